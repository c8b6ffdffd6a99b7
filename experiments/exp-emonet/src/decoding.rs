//! Panel D: classes read from every layer by partial least squares, fitted on training frames, tested on the others.

use anyhow::Result;
use ndarray::{Array2, Axis};
use stats::simpls::{Simpls, indicators};
use stats::top_k::{Average, Ranking};
use stimuli::frames::Part;

use crate::numbers::bootstrap;
use crate::opened::Opened;
use crate::passed::Passed;
use crate::rows::DecodingRow;
use crate::scored::Scored;

/// The name of the class scores among layers.
pub const SCORES: &str = "scores";

/// A row per layer, the class scores last.
///
/// # Errors
/// A statistic that cannot be.
pub fn decode(opened: &Opened, passed: &Passed, shown: &Scored) -> Result<Vec<DecodingRow>> {
    let stage = opened.progress.stage("classes from layers", passed.layers.len() + 1);
    let layers = passed.layers.iter().map(|layer| (layer.name.as_str(), &layer.means)).chain([(SCORES, &shown.scores)]);
    let mut rows = Vec::new();
    for (name, units) in layers {
        rows.push(layer(opened, name, units)?);
        stage.advance(1);
    }
    stage.finish();
    Ok(rows)
}

fn layer(opened: &Opened, name: &str, units: &Array2<f32>) -> Result<DecodingRow> {
    let (train, test) = (opened.side(Part::Train), opened.side(Part::Test));
    let classes = opened.classes().len();
    let targets = indicators(&train.labels, classes)?;
    let model = Simpls::fit(units.select(Axis(0), &train.rows).view(), targets.view(), opened.config.panels.components)?;
    let predicted = model.predict(units.select(Axis(0), &test.rows).view())?;
    let ranking = Ranking::new(predicted.view(), &test.labels)?;
    let found = ranking.accuracy(1)?;
    let interval = ranking.interval(1, Average::Samples, &test.groups, bootstrap(opened, "decoding"))?;
    let frames = test.rows.len() as f64;
    Ok(DecodingRow {
        layer: name.into(),
        units: units.ncols(),
        components: model.components,
        accuracy: found.plain,
        sem: (found.plain * (1.0 - found.plain) / frames).sqrt(),
        ci_low: interval.low,
        ci_high: interval.high,
        chance: found.shuffled,
    })
}
