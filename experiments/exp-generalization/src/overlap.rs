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

/// The overlap for every network, layer and emotion, in that order. The rule of selectivity is applied to each set
/// alone; q is corrected over the layers and emotions of each network.
///
/// # Errors
/// A set that is too poor for the rule.
pub fn measure(experiment: &Experiment, tuned: &[Tuned]) -> Result<Vec<Overlap>> {
    let mut all = Vec::new();
    for (number, network) in tuned.iter().enumerate() {
        let mut overlaps = of_network(experiment, network, number)?;
        let p: Vec<f64> = overlaps.iter().map(|overlap| overlap.row.p_exact).collect();
        for (overlap, q) in overlaps.iter_mut().zip(q_values(&p)?) {
            overlap.row.q = Some(q);
        }
        all.extend(overlaps);
    }
    Ok(all)
}

fn of_network(experiment: &Experiment, network: &Tuned, number: usize) -> Result<Vec<Overlap>> {
    let moments = moments_of(&network.responses, &experiment.sets, &experiment.config)?;
    let layers = experiment.layer_names();
    let of_layer = |layer: usize| -> Result<Vec<Overlap>> {
        let groups = |set: &[Moments]| experiment.config.selection.rule.rule().select(&[&set[layer]]);
        let (a, b) = (groups(&moments[0])?, groups(&moments[1])?);
        let channels = moments[0][layer].channels();
        let of_emotion = |(emotion, name): (usize, &str)| {
            let coordinates = [number, layer, emotion];
            let seed = seeds::derive(experiment.config.seed, "random channel sets", &coordinates);
            let draws = experiment.config.generalization.draws;
            let row = compare(channels, &a[emotion], &b[emotion], draws, seed)?;
            let row =
                OverlapRow { network: network.name.clone(), layer: layers[layer].clone(), emotion: name.into(), ..row };
            let is_in = |group: &[usize], channel: usize| group.binary_search(&channel).is_ok();
            let members = (0..channels).map(|channel| (is_in(&a[emotion], channel), is_in(&b[emotion], channel)));
            Ok(Overlap { row, members: members.collect() })
        };
        Experiment::emotions().into_iter().enumerate().map(of_emotion).collect()
    };
    let layers: Vec<Vec<Overlap>> = (0..layers.len()).into_par_iter().map(of_layer).collect::<Result<_>>()?;
    Ok(layers.into_iter().flatten().collect())
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
