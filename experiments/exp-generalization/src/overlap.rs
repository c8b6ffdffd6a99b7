//! The overlap of the channels that two picture sets call selective, and what it would be by chance.

use anyhow::Result;
use rayon::prelude::*;
use stats::StatsError;
use stats::benjamini_hochberg::q_values;
use stats::empirical::Alternative;
use stats::hypergeometric::ChanceOverlap;
use stats::joint_test::joint_test;
use stats::panel::Panel;
use stats::panel_overlap::{Overlap, overlaps};
use study::Experiment;
use study::preparation::Tuned;
use study::rows::{OverlapRow, ShuffledRow};
use study::seeds;
use study::shuffled::{self, Key};

/// Names of the quantities that shuffled labels are about.
pub const JACCARD: &str = "Jaccard index";
/// The same above what random channel sets of these sizes would have.
pub const EXCESS: &str = "Jaccard index minus chance";

/// What a chunk leaves.
pub struct OfNetwork {
    /// A row per layer and emotion, in that order.
    pub overlaps: Vec<OverlapRow>,
    /// Jaccard index and excess of every layer, emotion and labelling.
    pub shuffled: Vec<ShuffledRow>,
}

/// The overlaps of a network. The rule of selectivity is applied to each set alone; q is corrected over the layers and
/// emotions.
///
/// # Errors
/// A set that is too poor for the rule.
pub fn of_network(experiment: &Experiment, network: &Tuned, number: usize) -> Result<OfNetwork> {
    let config = &experiment.config;
    let labellings = |set| shuffled::labellings(experiment, set, config.generalization.permutations);
    let (first, second) = (labellings(0)?, labellings(1)?);
    let layers = experiment.layer_names();
    let of_layer = |(layer, name): (usize, &String)| -> Result<OfNetwork> {
        let a = Panel::new(network.responses[0][layer].view(), &first)?;
        let b = Panel::new(network.responses[1][layer].view(), &second)?;
        let overlaps = overlaps(&a, &b, config.selection.rule.rule())?;
        let mut found = OfNetwork { overlaps: vec![], shuffled: vec![] };
        for (number_of_emotion, emotion) in Experiment::emotions().into_iter().enumerate() {
            let of_emotion = overlaps.column(number_of_emotion);
            let excess: Vec<Option<f64>> = of_emotion.iter().map(Overlap::excess).collect();
            let jaccard: Vec<Option<f64>> = of_emotion.iter().map(|overlap| overlap.jaccard).collect();
            for (quantity, values) in [(JACCARD, &jaccard), (EXCESS, &excess)] {
                let key: Key = [network.name.clone(), both_sets(experiment), quantity.into(), emotion.into()];
                found.shuffled.extend(shuffled::rows(&key, name, values));
            }
            let seed = seeds::derive(config.seed, "random channel sets", &[number, layer, number_of_emotion]);
            found.overlaps.push(OverlapRow {
                network: network.name.clone(),
                layer: name.clone(),
                emotion: emotion.into(),
                p_shuffled: joint_test(&excess, Alternative::Greater)?.map(|test| test.p),
                ..described(a.channels(), &of_emotion[0], config.generalization.draws, seed)?
            });
        }
        Ok(found)
    };
    let of_layers: Vec<OfNetwork> = layers.par_iter().enumerate().map(of_layer).collect::<Result<_>>()?;
    let mut found = OfNetwork { overlaps: vec![], shuffled: vec![] };
    for of_layer in of_layers {
        found.overlaps.extend(of_layer.overlaps);
        found.shuffled.extend(of_layer.shuffled);
    }
    correct(&mut found.overlaps)?;
    Ok(found)
}

/// Both sets, as rows about an overlap name them.
pub fn both_sets(experiment: &Experiment) -> String {
    experiment.sets.sets.iter().map(|set| set.name.as_str()).collect::<Vec<_>>().join(" × ")
}

fn correct(rows: &mut [OverlapRow]) -> Result<(), StatsError> {
    let tested: Vec<usize> = (0..rows.len()).filter(|&row| rows[row].p_shuffled.is_some()).collect();
    let p: Vec<f64> = tested.iter().filter_map(|&row| rows[row].p_shuffled).collect();
    for (&row, q) in tested.iter().zip(q_values(&p)?) {
        rows[row].q = Some(q);
    }
    Ok(())
}

/// An overlap beside that of random channel sets of the same sizes, which take channels for independent.
fn described(channels: usize, overlap: &Overlap, draws: usize, seed: u64) -> Result<OverlapRow, StatsError> {
    let chance = ChanceOverlap::new(channels, overlap.n_a, overlap.n_b)?;
    let random = chance.random_jaccard(draws, seed)?;
    Ok(OverlapRow {
        network: String::new(),
        layer: String::new(),
        emotion: String::new(),
        n_a: overlap.n_a,
        n_b: overlap.n_b,
        n_both: overlap.n_both,
        jaccard: overlap.jaccard,
        chance_jaccard: overlap.chance,
        p_exact: chance.p_at_least(overlap.n_both),
        random_mean: random.map(|random| random.mean),
        random_ci_low: random.map(|random| random.low),
        random_ci_high: random.map(|random| random.high),
        p_shuffled: None,
        q: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_by_hand() {
        // Two of four and two of four that share both: one of six cases.
        let overlap = Overlap { n_a: 2, n_b: 2, n_both: 2, jaccard: Some(1.0), chance: Some(7.0 / 18.0) };
        let row = described(4, &overlap, 500, 1).expect("sets that fit");
        assert_eq!((row.n_a, row.n_b, row.n_both, row.jaccard), (2, 2, 2, Some(1.0)));
        assert!((row.p_exact - 1.0 / 6.0).abs() < 1e-12);
        // Overlaps 0, 1, 2 in 1, 4, 1 of 6 cases have Jaccard 0, 1/3, 1: 7/18 on average. The standard deviation of one
        // draw is .28, of the mean of 500 draws .013; four of them are allowed.
        assert!((row.random_mean.expect("not empty") - 7.0 / 18.0).abs() < 0.05);
    }

    #[test]
    fn empty_sets_have_no_index_and_no_surprise() {
        let row = described(4, &Overlap::default(), 10, 1).expect("sets that fit");
        assert_eq!((row.jaccard, row.chance_jaccard, row.random_mean, row.p_exact), (None, None, None, 1.0));
    }
}
