//! Counts beyond which a typing error is more likely than a wish, and which would end in a lack of memory or of time
//! long after the start.

use super::{Config, ConfigError, SetConfig};

/// What a count is in a configuration.
type Count = fn(&Config) -> usize;

/// The largest value of every count that makes rows, draws or networks, by key. A lesion of VGG-16 with the largest
/// numbers of draws and of splits would still be a run of weeks, not of centuries.
const LARGEST: [(&str, Count, usize); 10] = [
    ("network.random_networks", |config| config.network.random_networks, 1_000),
    ("heads.splits", |config| config.heads.splits, 10_000),
    ("sweep.draws", |config| config.sweep.draws, 100_000),
    ("attention.control_draws", |config| config.attention().control_draws.unwrap_or(0), 100_000),
    ("sweep.bootstrap", |config| config.sweep.bootstrap, 1_000_000),
    ("selectivity.permutations", |config| config.selectivity.permutations, 1_000_000),
    ("selectivity.bootstrap", |config| config.selectivity.bootstrap, 1_000_000),
    ("selectivity.folds", |config| config.selectivity.folds, 1_000),
    ("generalization.draws", |config| config.generalization.draws, 10_000_000),
    ("generalization.permutations", |config| config.generalization.permutations, 100_000),
];

/// Pictures of a category that the program draws.
const LARGEST_PER_CATEGORY: usize = 20_000;

/// Refuses the first count that is too large.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    let counts = LARGEST.map(|(key, count, most)| (key.to_string(), count(config), most));
    let of_sets = config.sets.iter().enumerate().filter_map(|(number, set)| match set {
        SetConfig::Synthetic(spec) => {
            Some((format!("sets.{number}.per_category"), spec.per_category, LARGEST_PER_CATEGORY))
        }
        SetConfig::Files(_) | SetConfig::Halves(_) => None,
    });
    match counts.into_iter().chain(of_sets).find(|(_, count, most)| count > most) {
        None => Ok(()),
        Some((key, count, most)) => {
            Err(ConfigError::value(config, &key, format!("{count} is too many, the largest value is {most}")))
        }
    }
}
