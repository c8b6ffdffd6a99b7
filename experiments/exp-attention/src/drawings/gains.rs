//! Changes over the whole grid of gains: a heat map over all layers, and curves of some.

use std::collections::BTreeSet;

use anyhow::Result;
use figures::{Curve, CurveChart, CurvePanel, HeatMap, HeatMaps, Point, Role};
use study::Experiment;
use study::groups::SELECTIVE;
use study::measure::Measure;
use study::report::{self, Drawing};
use study::sweep::GainTables;

use super::TRAINED;
use crate::curves::{self, GainPoint, Key, alpha};

/// The grid's axis: α, where the slope is 1 + α.
const AXIS: &str = "α (slope = 1 + α)";

/// Mean change by layer and gain: a map per set and emotion.
pub fn heat_map(experiment: &Experiment, tables: &GainTables, measure: Measure) -> Result<Drawing> {
    let layers = experiment.swept_layers();
    let gains = curves::gains(tables.sweep.iter().map(|row| row.gain));
    let map = |set: &str, emotion: &str| {
        let values = layers
            .iter()
            .map(|layer| {
                let curve = curves::group(tables, SELECTIVE, key(set, layer, emotion), measure);
                gains
                    .iter()
                    .map(|&gain| curve.iter().find(|point| point.gain == gain).map(|point| point.change))
                    .collect()
            })
            .collect();
        let columns = gains.iter().map(|gain| format!("{}", alpha(*gain))).collect();
        HeatMap { title: format!("{emotion}, {set}"), rows: layers.clone(), columns, values, stars: vec![] }
    };
    let sets = &experiment.sets.sets;
    let maps = sets.iter().flat_map(|set| Experiment::emotions().map(|emotion| map(&set.name, emotion))).collect();
    let caption = format!(
        "{}{} of the head for an emotion when the channels selective for it get a gain, by layer and gain; mean over {} splits, \
         test pictures.",
        report::caution(experiment),
        measure.change_title(),
        experiment.config.heads.splits,
    );
    let figure = HeatMaps {
        title: "Change of recognition by layer and gain".into(),
        maps,
        row_axis: "layer".into(),
        column_axis: AXIS.into(),
        unit: measure.change_name().into(),
        star_label: String::new(),
        caption: caption.clone(),
    };
    let description =
        format!("Heat map of the {} by layer and gain; the numbers are in sweep.csv.", measure.change_name());
    Ok(Drawing { name: measure.figure("gains"), figure: figure.draw()?, caption, description })
}

/// Curves over the gain at the first, the middle and the last layer of the sweep.
pub fn curves(experiment: &Experiment, tables: &GainTables, set: &str, measure: Measure) -> Result<Drawing> {
    let layers = experiment.swept_layers();
    let mut chosen = vec![0, layers.len() / 2, layers.len().saturating_sub(1)];
    chosen.dedup();
    let mut panels = Vec::new();
    for layer in chosen.into_iter().filter_map(|index| layers.get(index)) {
        let mut row = Vec::new();
        for (role, emotion) in Role::EMOTIONS.into_iter().zip(Experiment::emotions()) {
            let curves = of_panel(experiment, tables, key(set, layer, emotion), measure, role)?;
            row.push(CurvePanel { title: format!("{emotion}, {layer}"), curves });
        }
        panels.push(row);
    }
    let caption = format!(
        "{}{} of the head over the gain, set {set}; mean over {} splits, test pictures. Bands: 95 % bootstrap interval over test \
         pictures and splits; for control groups 95 % of {} draws.",
        report::caution(experiment),
        measure.change_title(),
        experiment.config.heads.splits,
        tables.draws.iter().map(|row| row.draw).collect::<BTreeSet<_>>().len(),
    );
    let chart = CurveChart {
        title: format!("Change of recognition over the gain, {set}"),
        x_label: AXIS.into(),
        y_label: measure.change_name().into(),
        panels,
        baseline: Some(0.0),
        caption: caption.clone(),
    };
    let description = format!(
        "Curves of the {} over the gain, set {set}; the numbers are in sweep.csv and draws.csv.",
        measure.change_name()
    );
    Ok(Drawing { name: measure.figure(&format!("curves-{set}")), figure: chart.draw()?, caption, description })
}

fn of_panel(
    experiment: &Experiment,
    tables: &GainTables,
    key: Key<'_>,
    measure: Measure,
    role: Role,
) -> Result<Vec<Curve>> {
    let mut curves = Vec::new();
    if let Some(control) = experiment.config.attention().controls.first() {
        let points = curves::random(tables, control.name(), key, measure)?;
        curves.push(Curve { name: control.words().into(), role: Role::Control(0), points: placed(&points) });
    }
    let groups = [
        ("tuning_positive", "slopes by tuning value, positive only", Role::Network(2)),
        ("tuning", "slopes by tuning value", Role::Network(1)),
        (SELECTIVE, "selective channels", role),
    ];
    for (group, name, role) in groups {
        let points = curves::group(tables, group, key, measure);
        // Bands of several groups would hide each other.
        let points = points.into_iter().map(|point| match group {
            SELECTIVE => point,
            _ => GainPoint { interval: (None, None), ..point },
        });
        let points: Vec<GainPoint> = points.collect();
        if !points.is_empty() {
            curves.push(Curve { name: name.into(), role, points: placed(&points) });
        }
    }
    Ok(curves)
}

fn placed(points: &[GainPoint]) -> Vec<(f64, Point)> {
    let place = |point: &GainPoint| {
        (alpha(point.gain), Point { y: point.change, low: point.interval.0, high: point.interval.1 })
    };
    points.iter().map(place).collect()
}

fn key<'a>(set: &'a str, layer: &'a str, emotion: &'a str) -> Key<'a> {
    Key { network: TRAINED, train: set, test: set, layer, emotion, task: emotion }
}
