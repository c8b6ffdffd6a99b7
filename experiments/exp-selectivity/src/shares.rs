//! How many channels of a layer belong to each emotion, by both published rules.

use anyhow::Result;
use stats::Moments;
use stats::selectivity::Rule;
use study::Experiment;
use study::config::SelectionRule;
use study::preparation::{Tuned, moments_of};
use study::rows::{ALL_SETS, ShareRow};

/// The emotion column of channels that belong to none.
pub const NONE: &str = "none";

/// The rules with their names.
const RULES: [(Rule, &str); 2] = [(Rule::Preprint2023, "preprint-2023"), (Rule::Plos2024, "plos-2024")];

/// The name of a configuration's rule, as in the column `rule`.
pub fn name(rule: SelectionRule) -> &'static str {
    match rule {
        SelectionRule::Preprint2023 => RULES[0].1,
        SelectionRule::Plos2024 => RULES[1].1,
    }
}

/// A row per network, rule, set (and all sets together), layer and emotion.
///
/// # Errors
/// A set that is too poor for a rule.
pub fn count(experiment: &Experiment, tuned: &[Tuned]) -> Result<Vec<ShareRow>> {
    let mut rows = Vec::new();
    for network in tuned {
        let moments = moments_of(&network.responses, &experiment.sets, &experiment.sets.every_picture())?;
        for (rule, rule_name) in RULES {
            for (layer, layer_name) in experiment.layer_names().iter().enumerate() {
                let of_layer: Vec<&Moments> = moments.iter().map(|set| &set[layer]).collect();
                let names = experiment.sets.sets.iter().map(|set| set.name.as_str());
                let mut views: Vec<(&str, Vec<&Moments>)> = names.zip(of_layer.iter().map(|set| vec![*set])).collect();
                views.push((ALL_SETS, of_layer));
                for (set, view) in views {
                    let groups: Vec<usize> = rule.select(&view)?.iter().map(Vec::len).collect();
                    rows.extend(shares(&groups, view[0].channels()).into_iter().map(|(emotion, n_channels, share)| {
                        ShareRow {
                            network: network.name.clone(),
                            set: set.into(),
                            rule: rule_name.into(),
                            layer: layer_name.clone(),
                            emotion: emotion.into(),
                            n_channels,
                            share,
                        }
                    }));
                }
            }
        }
    }
    Ok(rows)
}

fn shares(groups: &[usize], channels: usize) -> Vec<(&'static str, usize, f64)> {
    let none = channels - groups.iter().sum::<usize>();
    let names = Experiment::emotions().into_iter().chain([NONE]);
    names
        .zip(groups.iter().copied().chain([none]))
        .map(|(name, count)| (name, count, count as f64 / channels as f64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_layer() {
        let found = shares(&[1, 2, 0], 8);
        assert_eq!(found, [("pleasant", 1, 0.125), ("neutral", 2, 0.25), ("unpleasant", 0, 0.0), ("none", 5, 0.625)]);
    }
}
