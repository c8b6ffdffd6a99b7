//! The configuration of an experiment: one TOML file, every key of which can be overridden with `--set key=value`.
//!
//! Keys that do not exist are errors. What no paper states is a default here and named as a choice in METHODS.md.

mod analyses;
mod attention;
mod effective;
mod known;
mod limits;
mod overrides;
mod paths;
mod print;
mod repeats;
mod sets;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vgg_core::Colour;
use vgg_core::device::Precision;
use vgg_core::head::{AdamRecipe, LogisticRecipe, Recipe};

pub use analyses::{GeneralizationConfig, SelectivityConfig};
pub use attention::{AttentionConfig, Axis, Mode};
pub use effective::Effective;
pub use overrides::Assignment;
pub use sets::SetConfig;

/// A configuration as it will be computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the run: the folder under `results/<experiment>/`.
    pub name: String,
    /// One or two sentences for the report.
    #[serde(default)]
    pub description: String,
    /// Every random number derives from this.
    #[serde(default)]
    pub seed: u64,
    /// Pictures per batch; chosen from the memory budget where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<usize>,
    /// The numbers that networks compute with, `float32` or `float16`.
    #[serde(default, skip_serializing_if = "Precision::is_default")]
    pub precision: Precision,
    /// The network.
    #[serde(default)]
    pub network: NetworkConfig,
    /// The picture sets, one or more.
    pub sets: Vec<SetConfig>,
    /// Which channels are selective.
    #[serde(default)]
    pub selection: SelectionConfig,
    /// How recognition heads are trained.
    #[serde(default)]
    pub heads: HeadConfig,
    /// The sweep over conditions.
    #[serde(default)]
    pub sweep: SweepConfig,
    /// How tuning is tested and shown by exp-selectivity.
    #[serde(default)]
    pub selectivity: SelectivityConfig,
    /// How the overlap between sets is tested by exp-generalization.
    #[serde(default)]
    pub generalization: GeneralizationConfig,
    /// The gains of exp-attention; the papers' grid where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<AttentionConfig>,
}

/// Which network, and how it sees.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// A `.bpk` file; the demonstration network that the program carries where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// Where channels are studied and changed: names of sites, or of any activation of the network; what `weights-import
    /// show` lists. The network's own sites where none is given: for a VGG its convolutions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sites: Vec<String>,
    /// How many randomly initialised networks of the same architecture run beside it, as the control without training.
    #[serde(default)]
    pub random_networks: usize,
    /// `as-is` or `grey`.
    #[serde(default)]
    pub colour: Colour,
}

/// Which channels are called selective.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectionConfig {
    /// The rule.
    #[serde(default)]
    pub rule: SelectionRule,
    /// The pictures that decide which channels a lesion or a gain changes. Tuning and overlap, which test no head, are
    /// about all pictures.
    #[serde(default)]
    pub pictures: SelectionPictures,
}

/// The published rules of selectivity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionRule {
    /// Preferred emotion in every set (Liu et al., preprint 2023).
    #[default]
    #[serde(rename = "preprint-2023")]
    Preprint2023,
    /// d′, without the lowest fifth, the same emotion in every set (Liu et al. 2024).
    #[serde(rename = "plos-2024")]
    Plos2024,
}

/// The pictures that decide which channels a lesion or a gain changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SelectionPictures {
    /// All pictures, as in the papers: test pictures choose the channels that are then judged on them.
    All,
    /// A random half of every category, which no split tests.
    #[default]
    Train,
}

/// How recognition heads are trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HeadConfig {
    /// The papers' recipe or the converged one.
    pub recipe: HeadRecipe,
    /// Number of random splits into training, validation and test pictures (50/25/25 per category).
    pub splits: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Adam's passes over the training pictures.
    pub epochs: usize,
    /// Adam's pictures per step.
    pub batch: usize,
}

/// The recipes for heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadRecipe {
    /// Adam for a fixed number of epochs (Liu et al. 2024).
    Adam,
    /// Logistic regression to convergence, its L2 penalty chosen on validation pictures.
    Logistic,
}

/// The conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SweepConfig {
    /// Layers by name; all where the list is empty.
    pub layers: Vec<String>,
    /// Random groups per layer, emotion and control.
    pub draws: usize,
    /// The controls of exp-lesion; those of exp-attention are `attention.controls`.
    pub controls: Vec<Control>,
    /// How many nearest channels a matched partner is drawn from.
    pub neighbours: usize,
    /// Random groups per chunk of work.
    pub draws_per_chunk: usize,
    /// Resamples of the bootstrap behind every confidence interval.
    pub bootstrap: usize,
    /// Whether heads trained on one set also read the test pictures of the others.
    pub cross_sets: bool,
    /// How many of the untrained networks are swept like the trained one; all where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub random_networks: Option<usize>,
}

/// A kind of control group: as many channels of the same layer as are selective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Any channels, selective ones included (the papers).
    Random,
    /// Any channels that are not selective for the emotion.
    RandomNonselective,
    /// Channels that are not selective, of about the same mean activation.
    Matched,
    /// Channels that are not selective, which the intact head's answer follows as closely.
    MatchedReadout,
    /// Channels that the same rule selects when labels are shuffled.
    Permuted,
}

/// A configuration that cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The text is not a configuration.
    #[error("{origin}: {reason}")]
    Syntax {
        /// The file, or the option.
        origin: String,
        /// What is wrong.
        reason: String,
    },
    /// A key that no configuration has.
    #[error("{origin}: unknown key `{key}`: {remedy}")]
    UnknownKey {
        /// The file, or the option.
        origin: String,
        /// Its dotted path.
        key: String,
        /// The name that was meant, or those there are.
        remedy: String,
    },
    /// A value that makes no sense.
    #[error("configuration `{name}`: {key}: {reason}")]
    Value {
        /// Name of the run.
        name: String,
        /// The key.
        key: String,
        /// What is wrong, and the remedy.
        reason: String,
    },
}

impl Default for HeadConfig {
    fn default() -> Self {
        let AdamRecipe { learning_rate, epochs, batch } = AdamRecipe::default();
        Self { recipe: HeadRecipe::Adam, splits: 20, learning_rate, epochs, batch }
    }
}

impl Default for SweepConfig {
    fn default() -> Self {
        Self {
            layers: vec![],
            draws: 100,
            controls: vec![Control::Random, Control::Permuted, Control::Matched, Control::MatchedReadout],
            neighbours: 5,
            draws_per_chunk: 25,
            bootstrap: 2000,
            cross_sets: false,
            random_networks: None,
        }
    }
}

impl HeadConfig {
    /// The recipe as `vgg-core` knows it.
    pub fn recipe(&self) -> Recipe {
        match self.recipe {
            HeadRecipe::Adam => {
                Recipe::Adam(AdamRecipe { learning_rate: self.learning_rate, epochs: self.epochs, batch: self.batch })
            }
            HeadRecipe::Logistic => Recipe::Logistic(LogisticRecipe::default()),
        }
    }
}

impl Control {
    /// The name in the column `group` of a sweep.
    pub fn name(self) -> &'static str {
        match self {
            Control::Random => "random",
            Control::RandomNonselective => "random_nonselective",
            Control::Matched => "matched",
            Control::MatchedReadout => "matched_readout",
            Control::Permuted => "permuted",
        }
    }

    /// What its channels are, for legends and sentences.
    pub fn words(self) -> &'static str {
        match self {
            Control::Random => "random channels",
            Control::RandomNonselective => "non-selective channels",
            Control::Matched => "channels matched in response",
            Control::MatchedReadout => "channels matched in readout",
            Control::Permuted => "channels that shuffled labels select",
        }
    }
}

impl SelectionRule {
    /// The rule as `stats` knows it.
    pub fn rule(self) -> stats::selectivity::Rule {
        match self {
            SelectionRule::Preprint2023 => stats::selectivity::Rule::Preprint2023,
            SelectionRule::Plos2024 => stats::selectivity::Rule::Plos2024,
        }
    }
}

impl Config {
    /// Reads a configuration, with overrides as for `--set`; see [`Effective::read`].
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a value that makes no sense.
    pub fn read(path: &Path, overrides: &[String]) -> Result<Self, ConfigError> {
        Ok(Effective::read(path, &assignments(overrides)?)?.config)
    }

    /// Parses a configuration; `origin` names it in errors.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(text: &str, origin: &str, overrides: &[String]) -> Result<Self, ConfigError> {
        Ok(Effective::embedded(text, origin, &assignments(overrides)?)?.config)
    }

    /// The sweep over gains: the papers' where the configuration has none.
    pub fn attention(&self) -> AttentionConfig {
        self.attention.clone().unwrap_or_default()
    }

    /// How many untrained networks are swept beside the trained one.
    pub fn swept_random_networks(&self) -> usize {
        self.sweep.random_networks.unwrap_or(usize::MAX).min(self.network.random_networks)
    }

    /// The configuration as TOML: what a manifest records, and what repeats the run.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain strings, numbers and lists")
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let named = !self.name.is_empty() && self.name.chars().all(plain) && !self.name.starts_with('.');
        let checks: [(bool, &'static str, &str); 11] = [
            (named, "name", "use letters, digits, `-`, `_` and `.`, since it becomes a folder"),
            (!self.sets.is_empty(), "sets", "at least one [[sets]] is needed"),
            (self.batch != Some(0), "batch", "at least 1 picture"),
            (self.heads.splits > 0, "heads.splits", "at least 1"),
            (self.heads.batch > 0 && self.heads.epochs > 0, "heads", "batch and epochs must be at least 1"),
            (
                self.heads.learning_rate.is_finite() && self.heads.learning_rate > 0.0,
                "heads.learning_rate",
                "must be above 0",
            ),
            (self.sweep.neighbours > 0 && self.sweep.draws_per_chunk > 0, "sweep", "counts must be at least 1"),
            (self.sweep.bootstrap > 0, "sweep.bootstrap", "at least 1 resample"),
            (
                self.selectivity.permutations > 0
                    && self.selectivity.bootstrap > 0
                    && self.selectivity.top_pictures > 0,
                "selectivity",
                "permutations, bootstrap and top_pictures must be at least 1",
            ),
            (self.selectivity.folds >= 2, "selectivity.folds", "cross-validation needs at least 2 folds"),
            (
                self.generalization.draws > 0 && self.generalization.permutations > 0,
                "generalization",
                "draws and permutations must be at least 1",
            ),
        ];
        let attention = self.attention.as_ref().and_then(AttentionConfig::problem);
        let checks = checks.into_iter().chain(attention.map(|reason| (false, "attention", reason)));
        for (fine, key, reason) in checks {
            if !fine {
                return Err(ConfigError::value(self, key, reason.into()));
            }
        }
        limits::check(self)?;
        repeats::check(self)?;
        sets::check_names(self)
    }
}

impl ConfigError {
    fn value(config: &Config, key: &str, reason: String) -> Self {
        Self::Value { name: config.name.clone(), key: key.into(), reason }
    }
}

fn assignments(overrides: &[String]) -> Result<Vec<Assignment>, ConfigError> {
    overrides.iter().map(|text| Assignment::set(text)).collect()
}

#[cfg(test)]
mod tests;
