//! The tests of an overlap: against chance, over layers, and against untrained networks.

use anyhow::Result;
use rayon::prelude::*;
use stats::StatsError;
use stats::bootstrap::Bootstrap;
use study::Experiment;
use study::comparison::correct;
use study::over_layers::{against_random, trend};
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
            let row = TestRow { network: network.to_string(), comparison: TREND.into(), ..row(&set, "all", emotion) };
            tests.extend(trend(row, indices, bootstrap(experiment, seed))?);
        }
        let seed = seeds::derive(experiment.config.seed, "against random networks", &[]);
        let row = TestRow { network: "trained".into(), comparison: AGAINST_RANDOM.into(), ..row(&set, "all", emotion) };
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
