//! The tests of an overlap: against chance, over layers, and against untrained networks.

use anyhow::Result;
use rayon::prelude::*;
use stats::StatsError;
use stats::bootstrap::Bootstrap;
use stats::empirical::{Alternative, empirical_p, z_score};
use stats::quantile::quantiles;
use stats::spearman::{spearman, spearman_interval};
use study::Experiment;
use study::comparison::{correct, mean};
use study::rows::TestRow;
use study::seeds;

use crate::overlap::Overlap;

/// The comparison with random channel sets of the same sizes.
pub const AGAINST_CHANCE: &str = "Jaccard index against random channel sets of the same sizes";
/// The trend over layers.
pub const TREND: &str = "Spearman correlation of the Jaccard index with depth";
/// The comparison with untrained networks.
pub const AGAINST_RANDOM: &str = "Jaccard index, mean over layers: trained minus mean of the random networks";

/// All rows of `tests.csv`; q is corrected over layers and emotions of one network and comparison.
///
/// # Errors
/// Numbers that are not finite, which an overlap does not hold.
pub fn tests(experiment: &Experiment, overlaps: &[Overlap]) -> Result<Vec<TestRow>> {
    let names: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    let set = names.join(" × ");
    let mut tests: Vec<TestRow> = overlaps
        .par_iter()
        .enumerate()
        .map(|(number, overlap)| against_chance(experiment, overlap, number, &set))
        .collect::<Result<Vec<_>, StatsError>>()?
        .into_iter()
        .flatten()
        .collect();
    let mut networks: Vec<&str> = overlaps.iter().map(|overlap| overlap.row.network.as_str()).collect();
    networks.dedup();
    for emotion in Experiment::emotions() {
        let indices: Vec<Vec<Option<f64>>> =
            networks.iter().map(|network| by_layer(overlaps, network, emotion)).collect();
        for (number, (network, indices)) in networks.iter().zip(&indices).enumerate() {
            let seed = seeds::derive(experiment.config.seed, "trend", &[number]);
            let row = TestRow { network: network.to_string(), ..row(&set, "all", emotion) };
            tests.extend(trend(row, indices, bootstrap(experiment, seed))?);
        }
        let seed = seeds::derive(experiment.config.seed, "against random networks", &[]);
        let row = TestRow { network: "trained".into(), ..row(&set, "all", emotion) };
        tests.extend(against_random(row, &indices, bootstrap(experiment, seed))?);
    }
    correct(&mut tests)?;
    Ok(tests)
}

fn row(set: &str, layer: &str, emotion: &str) -> TestRow {
    TestRow {
        set: set.into(),
        layer: layer.into(),
        emotion: emotion.into(),
        task: emotion.into(),
        ..TestRow::default()
    }
}

fn bootstrap(experiment: &Experiment, seed: u64) -> Bootstrap {
    Bootstrap { resamples: experiment.config.generalization.bootstrap, seed }
}

/// Jaccard indices of a network for an emotion, layer by layer.
fn by_layer(overlaps: &[Overlap], network: &str, emotion: &str) -> Vec<Option<f64>> {
    let rows = overlaps.iter().map(|overlap| &overlap.row);
    rows.filter(|row| row.network == network && row.emotion == emotion).map(|row| row.jaccard).collect()
}

/// The interval is a bootstrap over the channels of the layer. A layer without selective channels has no index.
fn against_chance(
    experiment: &Experiment,
    overlap: &Overlap,
    number: usize,
    set: &str,
) -> Result<Option<TestRow>, StatsError> {
    let found = &overlap.row;
    let Some(jaccard) = found.jaccard else { return Ok(None) };
    let seed = seeds::derive(experiment.config.seed, "channels", &[number]);
    let index = |members: &[(bool, bool)]| {
        let either = members.iter().filter(|(a, b)| *a || *b).count();
        let both = members.iter().filter(|(a, b)| *a && *b).count();
        (either > 0).then(|| both as f64 / either as f64)
    };
    let interval = bootstrap(experiment, seed).interval("Jaccard index", &overlap.members, index)?;
    Ok(Some(TestRow {
        network: found.network.clone(),
        comparison: AGAINST_CHANCE.into(),
        estimate: jaccard,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        control_mean: found.chance_jaccard,
        control_low: found.random_ci_low,
        control_high: found.random_ci_high,
        p: Some(found.p_exact),
        n: experiment.config.generalization.draws,
        ..row(set, &found.layer, &found.emotion)
    }))
}

/// The interval is a bootstrap over layers; nothing for fewer than three layers or without any spread.
fn trend(row: TestRow, indices: &[Option<f64>], bootstrap: Bootstrap) -> Result<Option<TestRow>, StatsError> {
    let (depth, index): (Vec<f64>, Vec<f64>) =
        (0..).zip(indices).filter_map(|(depth, index)| index.map(|index| (f64::from(depth), index))).unzip();
    let Some(found) = spearman(&depth, &index)? else { return Ok(None) };
    let interval = spearman_interval(&depth, &index, &bootstrap)?;
    Ok(Some(TestRow {
        comparison: TREND.into(),
        estimate: found.rho,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        p: Some(found.p),
        n: depth.len(),
        ..row
    }))
}

/// The first network against the others, over the layers where all have an index. The interval is a bootstrap over
/// layers, p compares the means over layers of single networks.
fn against_random(
    row: TestRow,
    indices: &[Vec<Option<f64>>],
    bootstrap: Bootstrap,
) -> Result<Option<TestRow>, StatsError> {
    let layers = 0..indices.first().map_or(0, Vec::len);
    let complete: Vec<Vec<f64>> =
        layers.filter_map(|layer| indices.iter().map(|network| network[layer]).collect()).collect();
    if complete.is_empty() || indices.len() < 2 {
        return Ok(None);
    }
    let differences: Vec<f64> = complete.iter().map(|layer| layer[0] - mean(&layer[1..])).collect();
    let of_network = |network: usize| mean(&complete.iter().map(|layer| layer[network]).collect::<Vec<_>>());
    let null: Vec<f64> = (1..indices.len()).map(of_network).collect();
    let interval = bootstrap.mean(&differences)?;
    let [low, high] = quantiles(&null, [0.0, 1.0])?;
    Ok(Some(TestRow {
        comparison: AGAINST_RANDOM.into(),
        estimate: interval.estimate,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        control_mean: Some(mean(&null)),
        control_low: Some(low),
        control_high: Some(high),
        p: Some(empirical_p(of_network(0), &null, Alternative::Greater)?),
        z: z_score(of_network(0), &null)?,
        n: null.len(),
        ..row
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 200, seed: 1 };

    #[test]
    fn a_rising_index_has_a_trend_and_a_constant_one_has_none() {
        let rising = [Some(0.1), None, Some(0.2), Some(0.4)];
        let found = trend(TestRow::default(), &rising, BOOTSTRAP).expect("finite").expect("three layers");
        assert_eq!((found.estimate, found.n), (1.0, 3));
        assert!(trend(TestRow::default(), &[Some(0.2); 4], BOOTSTRAP).expect("finite").is_none());
    }

    #[test]
    fn the_difference_is_that_of_the_layers_that_all_networks_have() {
        let networks =
            [vec![Some(0.5), Some(0.9), None], vec![Some(0.3), None, None], vec![Some(0.1), Some(0.1), None]];
        let found = against_random(TestRow::default(), &networks, BOOTSTRAP).expect("finite").expect("one layer");
        assert!((found.estimate - 0.3).abs() < 1e-12);
        assert_eq!((found.p, found.n), (Some(1.0 / 3.0), 2));
        assert!(against_random(TestRow::default(), &networks[..1], BOOTSTRAP).expect("finite").is_none());
    }
}
