//! The overlap of the channels that two picture sets call selective, and what it would be by chance.

use anyhow::Result;
use rayon::prelude::*;
use stats::benjamini_hochberg::q_values;
use stats::hypergeometric::ChanceOverlap;
use stats::jaccard::{jaccard, shared};
use stats::{Moments, StatsError};
use study::Experiment;
use study::preparation::{Tuned, moments_of};
use study::rows::OverlapRow;
use study::seeds;

/// One row of `overlap.csv` and the channels behind it.
pub struct Overlap {
    /// The row.
    pub row: OverlapRow,
    /// Per channel of the layer: selective in the first set, in the second.
    pub members: Vec<(bool, bool)>,
}

/// The channels of a layer that each of the two sets calls selective, by emotion.
type Groups = [Vec<Vec<usize>>; 2];

/// A row per layer and emotion of a network, in that order. The rule of selectivity is applied to each set alone; q is
/// corrected over the layers and emotions.
///
/// # Errors
/// A set that is too poor for the rule.
pub fn rows(experiment: &Experiment, network: &Tuned, number: usize) -> Result<Vec<OverlapRow>> {
    let layers = experiment.layer_names();
    let of_layer = |(layer, (groups, channels)): (usize, &(Groups, usize))| -> Result<Vec<OverlapRow>> {
        let [a, b] = groups;
        let of_emotion = |(emotion, name): (usize, &str)| {
            let seed = seeds::derive(experiment.config.seed, "random channel sets", &[number, layer, emotion]);
            let draws = experiment.config.generalization.draws;
            let row = compare(*channels, &a[emotion], &b[emotion], draws, seed)?;
            let network = network.name.clone();
            Ok(OverlapRow { network, layer: layers[layer].clone(), emotion: name.into(), ..row })
        };
        Experiment::emotions().into_iter().enumerate().map(of_emotion).collect()
    };
    let selective = selective(experiment, network)?;
    let rows: Vec<Vec<OverlapRow>> = selective.par_iter().enumerate().map(of_layer).collect::<Result<_>>()?;
    let mut rows = rows.concat();
    let p: Vec<f64> = rows.iter().map(|row| row.p_exact).collect();
    for (row, q) in rows.iter_mut().zip(q_values(&p)?) {
        row.q = Some(q);
    }
    Ok(rows)
}

/// The rows of all networks, each with the channels behind it.
///
/// # Errors
/// As [`rows`].
pub fn with_channels(experiment: &Experiment, tuned: &[Tuned], rows: &[OverlapRow]) -> Result<Vec<Overlap>> {
    let mut members = Vec::new();
    for network in tuned {
        for ([a, b], channels) in selective(experiment, network)? {
            let is_in = |group: &[usize], channel: usize| group.binary_search(&channel).is_ok();
            let of_emotion = |(a, b): (&Vec<usize>, &Vec<usize>)| {
                (0..channels).map(|channel| (is_in(a, channel), is_in(b, channel))).collect()
            };
            members.extend(a.iter().zip(&b).map(of_emotion));
        }
    }
    let overlap = |(row, members): (&OverlapRow, Vec<(bool, bool)>)| Overlap { row: row.clone(), members };
    Ok(rows.iter().zip(members).map(overlap).collect())
}

/// Selective channels of every layer, and how many channels it has.
fn selective(experiment: &Experiment, network: &Tuned) -> Result<Vec<(Groups, usize)>> {
    let moments = moments_of(&network.responses, &experiment.sets, &experiment.config)?;
    let groups = |of_layer: &Moments| experiment.config.selection.rule.rule().select(&[of_layer]);
    let layers = moments[0].iter().zip(&moments[1]);
    layers.map(|(a, b)| Ok(([groups(a)?, groups(b)?], a.channels()))).collect()
}

/// The overlap of two channel sets of one layer, each ascending.
fn compare(channels: usize, a: &[usize], b: &[usize], draws: usize, seed: u64) -> Result<OverlapRow, StatsError> {
    let n_both = shared(a, b);
    let chance = ChanceOverlap::new(channels, a.len(), b.len())?;
    let random = chance.random_jaccard(draws, seed)?;
    Ok(OverlapRow {
        network: String::new(),
        layer: String::new(),
        emotion: String::new(),
        n_a: a.len(),
        n_b: b.len(),
        n_both,
        jaccard: jaccard(n_both, a.len(), b.len())?,
        chance_jaccard: chance.jaccard(),
        p_exact: chance.p_at_least(n_both),
        random_mean: random.map(|random| random.mean),
        random_ci_low: random.map(|random| random.low),
        random_ci_high: random.map(|random| random.high),
        q: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlap_by_hand() {
        // Two of four and two of four that share both: one of six cases, and Jaccard 1.
        let row = compare(4, &[0, 2], &[0, 2], 500, 1).expect("sets that fit");
        assert_eq!((row.n_a, row.n_b, row.n_both, row.jaccard), (2, 2, 2, Some(1.0)));
        assert!((row.p_exact - 1.0 / 6.0).abs() < 1e-12);
        // Overlaps 0, 1, 2 in 1, 4, 1 of 6 cases have Jaccard 0, 1/3, 1.
        let exact = (4.0 / 3.0 + 1.0) / 6.0;
        assert!((row.chance_jaccard.expect("not empty") - exact).abs() < 1e-12);
        // The standard deviation of one draw is .28, of the mean of 500 draws .013; four of them are allowed.
        assert!((row.random_mean.expect("not empty") - exact).abs() < 0.05);
    }

    #[test]
    fn empty_sets_have_no_index_and_no_surprise() {
        let row = compare(4, &[], &[], 10, 1).expect("sets that fit");
        assert_eq!((row.jaccard, row.chance_jaccard, row.random_mean, row.p_exact), (None, None, None, 1.0));
        let row = compare(4, &[], &[1], 10, 1).expect("sets that fit");
        assert_eq!((row.jaccard, row.p_exact), (Some(0.0), 1.0));
    }
}
