//! The best gain of a group of channels, chosen on validation pictures or on test pictures.

use ndarray::Array2;
use stats::StatsError;
use stimuli::Emotion;

use super::scores::{self, Cell, Context, Part};
use crate::preparation::EMOTIONS;
use crate::rows::BestRow;

/// One group at every gain, read by the heads of one set on the pictures of one set.
pub(super) struct Curve<'a> {
    /// A cell per gain.
    pub cells: &'a [Cell<'a>],
    /// Margins per gain.
    pub margins: &'a [&'a Array2<f32>],
}

/// The group at its best gain. Every task for a group that is no random draw, the emotion's own for a draw; where the
/// choice is made on test pictures, the own task only.
pub(super) fn rows(curve: &Curve<'_>, context: Context<'_>) -> Result<Vec<BestRow>, StatsError> {
    let cell = &curve.cells[0];
    let own = cell.chunk.emotion;
    let by_validation = curve.choose_on_validation(own, context);
    let mut rows = Vec::new();
    for task in (0..EMOTIONS).filter(|&task| task == own || cell.group.draw.is_none()) {
        rows.push(curve.row("validation", task, &by_validation, context)?);
    }
    if let Some(gain) = curve.choose_on_test(own, context) {
        rows.push(curve.row("test", own, &vec![gain; context.config.heads.splits], context)?);
    }
    Ok(rows)
}

impl Curve<'_> {
    /// For each split, the gain with the highest F1 on its validation pictures; of equals the nearest to the intact
    /// network.
    fn choose_on_validation(&self, task: usize, context: Context<'_>) -> Vec<usize> {
        let f1 = |split: usize, gain: usize| {
            let (cell, margins) = (&self.cells[gain], self.margins[gain]);
            scores::f1_and_change(cell, task, split, margins, Part::Validation, context).0
        };
        let best = |split| self.highest((0..self.cells.len()).map(|gain| (gain, f1(split, gain))));
        (0..context.config.heads.splits).map(|split| best(split).unwrap_or(0)).collect()
    }

    /// The gain with the highest mean change on test pictures, as in the papers: one for all splits.
    fn choose_on_test(&self, task: usize, context: Context<'_>) -> Option<usize> {
        let change = |gain: usize| {
            let splits = context.config.heads.splits;
            Some((gain, self.mean_change(task, &vec![gain; splits], Part::Test, context)?))
        };
        self.highest((0..self.cells.len()).filter_map(change))
    }

    fn highest(&self, scores: impl Iterator<Item = (usize, f64)>) -> Option<usize> {
        let distance = |gain: usize| (self.cells[gain].gain - 1.0).abs();
        scores.max_by(|(a, x), (b, y)| x.total_cmp(y).then(distance(*b).total_cmp(&distance(*a)))).map(|(gain, _)| gain)
    }

    /// Mean over splits of the change (%) at the gain of each split; nothing where no split has one.
    pub(super) fn mean_change(&self, task: usize, gains: &[usize], part: Part, context: Context<'_>) -> Option<f64> {
        let change = |(split, &gain): (usize, &usize)| {
            scores::f1_and_change(&self.cells[gain], task, split, self.margins[gain], part, context).1
        };
        let changes: Vec<f64> = gains.iter().enumerate().filter_map(change).collect();
        (!changes.is_empty()).then(|| changes.iter().sum::<f64>() / changes.len() as f64)
    }

    fn row(&self, chosen_on: &str, task: usize, gains: &[usize], context: Context<'_>) -> Result<BestRow, StatsError> {
        let cell = &self.cells[0];
        let chosen: Vec<&Array2<f32>> = gains.iter().map(|&gain| self.margins[gain]).collect();
        let interval = match cell.group.draw {
            None => scores::interval(cell, task, &chosen, context)?,
            Some(_) => None,
        };
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
            gain: total / gains.len() as f64,
            change_pct: self.mean_change(task, gains, Part::Test, context),
            ci_low: interval.map(|interval| interval.low),
            ci_high: interval.map(|interval| interval.high),
        })
    }
}
