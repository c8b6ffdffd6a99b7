//! The best gain of a group of channels, chosen on validation pictures or on test pictures.

use stats::StatsError;
use stimuli::Emotion;

use super::margins::Margins;
use super::reading::{self, Reading};
use super::scores::{self, Cell, Context, Part};
use crate::measure::Measure;
use crate::preparation::EMOTIONS;
use crate::rows::BestRow;

/// One group at every gain, read by the heads of one set on the pictures of one set.
pub(super) struct Curve<'a> {
    /// A cell per gain.
    pub cells: &'a [Cell<'a>],
    /// Margins per gain.
    pub margins: &'a [&'a Margins<'a>],
}

/// The group at its best gain. Every task for a group that is no random draw, the emotion's own for a draw; where the
/// choice is made on test pictures, the own task only.
pub(super) fn rows(curve: &Curve<'_>, context: Context<'_>) -> Result<Vec<BestRow>, StatsError> {
    let cell = &curve.cells[0];
    let own = cell.chunk.emotion;
    let mut rows = Vec::new();
    for by in [Measure::Auc, Measure::F1] {
        let chosen = curve.choose_on_validation(own, by, context)?;
        for task in (0..EMOTIONS).filter(|&task| task == own || cell.group.draw.is_none()) {
            rows.push(curve.row(["validation", by.name()], task, &chosen, context)?);
        }
    }
    if let Some(gain) = curve.choose_on_test(own, context)? {
        let everywhere = vec![gain; context.config.heads.splits];
        rows.push(curve.row(["test", Measure::F1.name()], own, &everywhere, context)?);
    }
    Ok(rows)
}

impl Curve<'_> {
    /// For each split, the gain that is best by a measure on its validation pictures; of equals the nearest to the intact
    /// network.
    fn choose_on_validation(&self, task: usize, by: Measure, context: Context<'_>) -> Result<Vec<usize>, StatsError> {
        let of_split = |split: usize| {
            let score = |gain: usize| {
                let (cell, margins) = (&self.cells[gain], self.margins[gain]);
                scores::reading(cell, task, split, margins, Part::Validation, context).value(by)
            };
            let scores: Vec<Option<f64>> = (0..self.cells.len()).map(score).collect::<Result<_, StatsError>>()?;
            let best = self.highest((0..).zip(scores).filter_map(|(gain, score)| Some((gain, score?))));
            // Without a score at any gain there is nothing to choose, and the network stays as it is as far as it can.
            Ok(best.unwrap_or_else(|| self.nearest_to_intact()))
        };
        (0..context.config.heads.splits).map(of_split).collect()
    }

    /// The gain with the highest mean change of F1 on test pictures, as in the papers: one for all splits.
    fn choose_on_test(&self, task: usize, context: Context<'_>) -> Result<Option<usize>, StatsError> {
        let change = |gain: usize| {
            self.mean_change(task, &vec![gain; context.config.heads.splits], Measure::F1, Part::Test, context)
        };
        let changes: Vec<Option<f64>> = (0..self.cells.len()).map(change).collect::<Result<_, StatsError>>()?;
        Ok(self.highest((0..).zip(changes).filter_map(|(gain, change)| Some((gain, change?)))))
    }

    fn distance(&self, gain: usize) -> f32 {
        (self.cells[gain].gain - 1.0).abs()
    }

    fn nearest_to_intact(&self) -> usize {
        (0..self.cells.len()).min_by(|&a, &b| self.distance(a).total_cmp(&self.distance(b))).unwrap_or_default()
    }

    fn highest(&self, scores: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
        let better = |(a, x): &(usize, f64), (b, y): &(usize, f64)| {
            x.total_cmp(y).then(self.distance(*b).total_cmp(&self.distance(*a)))
        };
        scores.max_by(better).map(|(gain, _)| gain)
    }

    /// Mean over splits of a change at the gain of each split; nothing where no split has one.
    pub(super) fn mean_change(
        &self,
        task: usize,
        gains: &[usize],
        measure: Measure,
        part: Part,
        context: Context<'_>,
    ) -> Result<Option<f64>, StatsError> {
        reading::mean_change(&self.readings(task, gains, part, context), measure)
    }

    /// What the heads of a task read at the gain of each split.
    fn readings(&self, task: usize, gains: &[usize], part: Part, context: Context<'_>) -> Vec<Reading> {
        let of_split = |(split, &gain): (usize, &usize)| {
            scores::reading(&self.cells[gain], task, split, self.margins[gain], part, context)
        };
        gains.iter().enumerate().map(of_split).collect()
    }

    fn row(
        &self,
        [chosen_on, chosen_by]: [&str; 2],
        task: usize,
        gains: &[usize],
        context: Context<'_>,
    ) -> Result<BestRow, StatsError> {
        let cell = &self.cells[0];
        let chosen: Vec<&Margins<'_>> = gains.iter().map(|&gain| self.margins[gain]).collect();
        let [of_f1, of_auc] = match cell.group.draw {
            None => scores::intervals(cell, task, &chosen, context)?,
            Some(_) => [None; 2],
        };
        let readings = self.readings(task, gains, Part::Test, context);
        let total: f64 = gains.iter().map(|&gain| scores::decimal(self.cells[gain].gain)).sum();
        Ok(BestRow {
            network: context.prepared.name.clone(),
            set_train: context.sets.sets[cell.train].name.clone(),
            set_test: context.sets.sets[cell.test].name.clone(),
            task: Emotion::ALL[task].to_string(),
            layer: cell.layer_name(context.prepared),
            emotion: Emotion::ALL[cell.chunk.emotion].to_string(),
            group: cell.group.name.into(),
            draw: cell.group.draw,
            chosen_on: chosen_on.into(),
            chosen_by: chosen_by.into(),
            gain: total / gains.len() as f64,
            change_pct: reading::mean_change(&readings, Measure::F1)?,
            ci_low: of_f1.map(|interval| interval.low),
            ci_high: of_f1.map(|interval| interval.high),
            auc_change: reading::mean_change(&readings, Measure::Auc)?,
            auc_ci_low: of_auc.map(|interval| interval.low),
            auc_ci_high: of_auc.map(|interval| interval.high),
            yes_change: reading::mean_change(&readings, Measure::Yes)?,
        })
    }
}
