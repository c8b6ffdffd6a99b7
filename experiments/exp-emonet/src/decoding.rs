//! Panel D: classes read from every layer by partial least squares, fitted on training frames, tested on the others.

use anyhow::Result;
use ndarray::{Array2, Axis};
use stats::StatsError;
use stats::bootstrap::Interval;
use stats::groups::dense;
use stats::simpls::{Simpls, indicators};
use stats::spearman::rho;
use stats::top_k::{Average, Ranking};
use stimuli::frames::Part;

use crate::numbers::bootstrap;
use crate::opened::Opened;
use crate::passed::Passed;
use crate::rows::DecodingRow;
use crate::scored::Scored;

/// The name of the class scores among layers.
pub const SCORES: &str = "scores";

/// What is read from the layers.
pub struct Decoding {
    /// A row per layer, the class scores last.
    pub rows: Vec<DecodingRow>,
    /// Spearman's ρ of accuracy with depth over the layers but the class scores, with its interval over resamples of groups;
    /// nothing where the layers do not differ.
    pub trend: Option<Interval>,
}

/// Reads classes from every layer.
///
/// # Errors
/// A statistic that cannot be.
pub fn decode(opened: &Opened, passed: &Passed, shown: &Scored) -> Result<Decoding> {
    let stage = opened.progress.stage("classes from layers", passed.layers.len() + 1);
    let layers = passed.layers.iter().map(|layer| (layer.name.as_str(), &layer.means)).chain([(SCORES, &shown.scores)]);
    let (mut rows, mut hits) = (Vec::new(), Vec::new());
    for (name, units) in layers {
        let (row, right) = layer(opened, name, units)?;
        rows.push(row);
        hits.push(right);
        stage.advance(1);
    }
    stage.finish();
    hits.pop();
    Ok(Decoding { trend: trend(opened, &hits)?, rows })
}

/// Whether accuracy rises with depth; `hits[layer][frame]`.
fn trend(opened: &Opened, hits: &[Vec<bool>]) -> Result<Option<Interval>> {
    let groups = dense(&opened.side(Part::Test).groups);
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let depth: Vec<f64> = (0..hits.len()).map(|layer| layer as f64).collect();
    let resampled = |_: usize, copies: &[usize]| {
        let right = |hits: &Vec<bool>| -> f64 {
            hits.iter().zip(&groups).filter(|(right, _)| **right).map(|(_, &group)| copies[group] as f64).sum()
        };
        let right: Vec<f64> = hits.iter().map(right).collect();
        rho(&depth, &right).ok().flatten()
    };
    match bootstrap(opened, "decoding trend").crossed("trend with depth", 1, count, resampled) {
        Ok(interval) => Ok(Some(interval)),
        Err(StatsError::Undefined { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The row of a layer, and which test frames are right.
fn layer(opened: &Opened, name: &str, units: &Array2<f32>) -> Result<(DecodingRow, Vec<bool>)> {
    let (train, test) = (opened.side(Part::Train), opened.side(Part::Test));
    let classes = opened.classes().len();
    let targets = indicators(&train.labels, classes)?;
    let model =
        Simpls::fit(units.select(Axis(0), &train.rows).view(), targets.view(), opened.config.panels.components)?;
    let predicted = model.predict(units.select(Axis(0), &test.rows).view())?;
    let ranking = Ranking::new(predicted.view(), &test.labels)?;
    let found = ranking.accuracy(1)?;
    let interval = ranking.interval(1, Average::Samples, &test.groups, bootstrap(opened, "decoding"))?;
    let frames = test.rows.len() as f64;
    let right = test.labels.iter().enumerate().map(|(frame, &label)| ranking.top(frame, 1).eq([label])).collect();
    let row = DecodingRow {
        layer: name.into(),
        units: units.ncols(),
        components: model.components,
        accuracy: found.plain,
        sem: (found.plain * (1.0 - found.plain) / frames).sqrt(),
        ci_low: interval.low,
        ci_high: interval.high,
        chance: found.shuffled,
    };
    Ok((row, right))
}
