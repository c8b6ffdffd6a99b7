//! Selective channels against control groups: one row of `tests.csv` per comparison, corrected over its family.

use std::collections::{BTreeMap, BTreeSet};

use stats::StatsError;
use stats::benjamini_hochberg::q_values;
use stats::empirical::{Alternative, Draws, cliffs_delta};
use stats::quantile::quantiles;

use crate::measure::{Ends, Measure};
use crate::rows::TestRow;

/// q below which a comparison counts as significant; the p at which a verdict turns.
pub const ALPHA: f64 = 0.05;

/// What was changed and what was read, at a layer or over all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The network.
    pub network: String,
    /// The set.
    pub set: String,
    /// The emotion of the changed channels.
    pub emotion: String,
    /// The emotion that the head recognises.
    pub task: String,
}

/// Changes of one measure at one place and layer: those of the selective group and of every draw of a control, each with
/// a value per split where splits are told apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Effects {
    /// The selective group's, by split.
    pub selective: Vec<f64>,
    /// The 95 % interval of their mean.
    pub interval: Ends,
    /// Every draw's, by split.
    pub draws: BTreeMap<usize, Vec<f64>>,
}

/// An observed value against those of control groups.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// The value.
    pub estimate: f64,
    /// Its 95 % interval, as far as it is known.
    pub interval: Ends,
    /// The value of every control group.
    pub null: Vec<f64>,
}

impl Place {
    /// A row of the table about this place.
    pub fn row(&self, layer: &str, comparison: String) -> TestRow {
        TestRow {
            network: self.network.clone(),
            set: self.set.clone(),
            comparison,
            layer: layer.into(),
            emotion: self.emotion.clone(),
            task: self.task.clone(),
            ..TestRow::default()
        }
    }
}

impl Effects {
    /// Whether there is anything to compare.
    pub fn is_comparable(&self) -> bool {
        !self.selective.is_empty() && !self.draws.is_empty()
    }

    /// The row of the comparison, not yet corrected; nothing unless both sides have values. The share of yes answers is
    /// described and not tested: it may go either way.
    ///
    /// # Errors
    /// Numbers that are not finite.
    pub fn test(
        &self,
        row: TestRow,
        measure: Measure,
        alternative: Alternative,
    ) -> Result<Option<TestRow>, StatsError> {
        if !self.is_comparable() {
            return Ok(None);
        }
        let observed = Observed {
            estimate: mean(&self.selective),
            interval: self.interval,
            null: self.draws.values().map(|splits| mean(splits)).collect(),
        };
        let single: Vec<f64> = self.draws.values().flatten().copied().collect();
        let row = TestRow { cliffs_delta: Some(cliffs_delta(&self.selective, &single)?), ..row };
        observed.test(row, tested(measure, alternative))
    }
}

/// The direction in which a measure is tested; none for the one that is only described.
pub fn tested(measure: Measure, alternative: Alternative) -> Option<Alternative> {
    (measure != Measure::Yes).then_some(alternative)
}

impl Observed {
    /// The row of the comparison, not yet corrected; nothing without control groups, no p without a direction.
    ///
    /// # Errors
    /// Numbers that are not finite.
    pub fn test(&self, row: TestRow, alternative: Option<Alternative>) -> Result<Option<TestRow>, StatsError> {
        let Self { estimate, interval, null } = self;
        if null.is_empty() {
            return Ok(None);
        }
        let [low, high] = quantiles(null, [0.025, 0.975])?;
        let draws = Draws::new(*estimate, null)?;
        Ok(Some(TestRow {
            estimate: *estimate,
            ci_low: interval.0,
            ci_high: interval.1,
            control_mean: Some(mean(null)),
            control_low: Some(low),
            control_high: Some(high),
            p: alternative.map(|alternative| draws.p(alternative)),
            z: draws.z(),
            n: null.len(),
            ..row
        }))
    }
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
