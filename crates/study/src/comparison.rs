//! Selective channels against random groups: one row of `tests.csv` per comparison, corrected over its family.

use std::collections::BTreeSet;

use stats::StatsError;
use stats::benjamini_hochberg::q_values;
use stats::empirical::{Alternative, Draws, cliffs_delta};
use stats::quantile::quantiles;

use crate::rows::TestRow;

/// Where something was changed and what was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The network.
    pub network: String,
    /// The set.
    pub set: String,
    /// The layer.
    pub layer: String,
    /// The emotion of the changed channels.
    pub emotion: String,
    /// The emotion that the head recognises.
    pub task: String,
}

/// An observed effect and the effects of random groups.
#[derive(Clone, Copy, Debug)]
pub struct Effect<'a> {
    /// The effect: the mean of what `single` lists.
    pub estimate: f64,
    /// Its 95 % interval, as far as it is known.
    pub interval: (Option<f64>, Option<f64>),
    /// The mean effect of every random group.
    pub null: &'a [f64],
    /// Single effects of the selective group and of the random groups, for Cliff's delta.
    pub single: (&'a [f64], &'a [f64]),
}

/// The row of one comparison, not yet corrected; nothing without draws.
///
/// # Errors
/// Numbers that are not finite.
pub fn test(
    place: &Place,
    comparison: String,
    effect: Effect<'_>,
    alternative: Alternative,
) -> Result<Option<TestRow>, StatsError> {
    let Effect { estimate, interval, null, single } = effect;
    if null.is_empty() || single.0.is_empty() {
        return Ok(None);
    }
    let [low, high] = quantiles(null, [0.025, 0.975])?;
    Ok(Some(TestRow {
        network: place.network.clone(),
        set: place.set.clone(),
        comparison,
        layer: place.layer.clone(),
        emotion: place.emotion.clone(),
        task: place.task.clone(),
        estimate,
        ci_low: interval.0,
        ci_high: interval.1,
        control_mean: Some(mean(null)),
        control_low: Some(low),
        control_high: Some(high),
        p: Some(Draws::new(estimate, null)?.p(alternative)),
        q: None,
        z: Draws::new(estimate, null)?.z(),
        cliffs_delta: Some(cliffs_delta(single.0, single.1)?),
        n: null.len(),
    }))
}

/// Fills in q by Benjamini and Hochberg over all layers, emotions and sets of one network and comparison, apart for the
/// task's own emotion and for the others. Rows without p stay without q.
///
/// # Errors
/// A p-value that is none.
pub fn correct(tests: &mut [TestRow]) -> Result<(), StatsError> {
    let family = |test: &TestRow| (test.network.clone(), test.comparison.clone(), test.emotion == test.task);
    let families: BTreeSet<_> = tests.iter().map(family).collect();
    for name in families {
        let members: Vec<usize> =
            (0..tests.len()).filter(|&index| tests[index].p.is_some() && family(&tests[index]) == name).collect();
        let p: Vec<f64> = members.iter().filter_map(|&index| tests[index].p).collect();
        for (&index, q) in members.iter().zip(q_values(&p)?) {
            tests[index].q = Some(q);
        }
    }
    Ok(())
}

/// Arithmetic mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
