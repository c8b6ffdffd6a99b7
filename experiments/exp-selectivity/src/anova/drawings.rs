//! Shares of channels with an effect of emotion, of object category, of both and of their interaction, and how large the
//! effects are, layer by layer.

use anyhow::Result;
use figures::{LayerChart, Panel, Point, Role, Series};
use study::Experiment;
use study::comparison::{ALPHA, mean};
use study::report::{self, Drawing};
use study::rows::AnovaLayerRow;

use super::{BOTH, EFFECTS};

/// The looks of emotion, object category, interaction and both.
const LOOKS: [Role; 4] = [Role::Network(0), Role::Network(1), Role::Network(2), Role::Network(3)];

/// Both figures; none where no set has object categories.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn all(experiment: &Experiment, rows: &[AnovaLayerRow]) -> Result<Vec<Drawing>> {
    let sets: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    let sets: Vec<&str> = sets.into_iter().filter(|set| rows.iter().any(|row| row.set == *set)).collect();
    if sets.is_empty() {
        return Ok(vec![]);
    }
    Ok(vec![shares(experiment, rows, &sets)?, sizes(experiment, rows, &sets)?])
}

/// The rows of an effect in a set.
fn of<'a>(rows: &'a [AnovaLayerRow], set: &'a str, effect: &'a str) -> impl Iterator<Item = &'a AnovaLayerRow> {
    rows.iter().filter(move |row| row.set == set && row.effect == effect)
}

/// A point per layer where the trained network has a value.
fn line(
    layers: &[String],
    rows: &[AnovaLayerRow],
    (set, effect, role): (&str, &str, Role),
    value: fn(&AnovaLayerRow) -> Option<f64>,
) -> Series {
    let point = |layer: &String| {
        let row = of(rows, set, effect).find(|row| row.network == "trained" && row.layer == *layer)?;
        Some(Point::new(value(row)?))
    };
    Series { name: effect.into(), role, points: layers.iter().map(point).collect(), stars: vec![] }
}

fn pictures(rows: &[AnovaLayerRow], sets: &[&str]) -> String {
    let count = |set: &&str| of(rows, set, EFFECTS[0]).map(|row| row.n_pictures.to_string()).next().unwrap_or_default();
    sets.iter().map(count).collect::<Vec<_>>().join(" and ")
}

fn shares(experiment: &Experiment, rows: &[AnovaLayerRow], sets: &[&str]) -> Result<Drawing> {
    let layers = experiment.layer_names();
    let names = [EFFECTS[0], EFFECTS[1], BOTH, EFFECTS[2]];
    let untrained = |set: &str| {
        let point = |layer: &String| {
            let others = of(rows, set, EFFECTS[0]).filter(|row| row.network != "trained" && row.layer == *layer);
            let shares: Vec<f64> = others.map(|row| row.share).collect();
            let (low, high) = shares.iter().fold((f64::MAX, f64::MIN), |(low, high), &y| (low.min(y), high.max(y)));
            (!shares.is_empty()).then(|| Point::with_interval(mean(&shares), low, high))
        };
        let points = layers.iter().map(point).collect();
        Series { name: "emotion, random networks (mean, range)".into(), role: Role::Control(0), points, stars: vec![] }
    };
    let panel = |set: &&str| {
        let mut series = Vec::new();
        if experiment.config.network.random_networks > 0 {
            series.push(untrained(set));
        }
        let lines = names.into_iter().zip(LOOKS).filter(|(name, _)| of(rows, set, name).next().is_some());
        series.extend(lines.map(|(name, role)| line(&layers, rows, (set, name, role), |row| Some(row.share))));
        Panel { title: (*set).into(), series }
    };
    let caption = format!(
        "{}Two-way analysis of variance of every channel of the trained network, sums of squares of type II: each factor beyond \
         the other. Share of a layer's channels with q < {ALPHA}, corrected over its channels. n = {} pictures.",
        report::caution(experiment),
        pictures(rows, sets),
    );
    let chart = LayerChart {
        title: "Channels with an effect of emotion and of object category".into(),
        x_label: "layer".into(),
        y_label: "share of channels".into(),
        layers: layers.clone(),
        panels: vec![sets.iter().map(panel).collect()],
        baseline: None,
        star_label: String::new(),
        caption: caption.clone(),
    };
    let description = "Line chart of shares of channels by layer; the numbers are in anova_layers.csv.".into();
    Ok(Drawing { name: "anova-shares".into(), figure: chart.draw()?, caption, description })
}

/// An effect size of a layer.
type Size = fn(&AnovaLayerRow) -> Option<f64>;

fn sizes(experiment: &Experiment, rows: &[AnovaLayerRow], sets: &[&str]) -> Result<Drawing> {
    let layers = experiment.layer_names();
    let looks = [LOOKS[0], LOOKS[1], LOOKS[3]];
    let measures: [(&str, Size); 2] = [("partial η²", |row| row.mean_partial_eta2), ("ω²", |row| row.mean_omega2)];
    let panel = |set: &str, (name, value): (&str, Size)| {
        let present = EFFECTS.into_iter().zip(looks).filter(|(effect, _)| of(rows, set, effect).next().is_some());
        let series = present.map(|(effect, role)| line(&layers, rows, (set, effect, role), value)).collect();
        Panel { title: format!("{set}: {name}"), series }
    };
    let caption = format!(
        "{}Effect sizes in the trained network, means over the channels of a layer that vary. Partial η² is above 0 by chance, \
         the more the more levels a factor has; ω² is 0 on average where nothing is. n = {} pictures.",
        report::caution(experiment),
        pictures(rows, sets),
    );
    let chart = LayerChart {
        title: "How much emotion and object category explain".into(),
        x_label: "layer".into(),
        y_label: "mean over channels".into(),
        layers: layers.clone(),
        panels: measures.into_iter().map(|measure| sets.iter().map(|set| panel(set, measure)).collect()).collect(),
        baseline: Some(0.0),
        star_label: String::new(),
        caption: caption.clone(),
    };
    let description = "Line chart of mean effect sizes by layer; the numbers are in anova_layers.csv.".into();
    Ok(Drawing { name: "anova-effects".into(), figure: chart.draw()?, caption, description })
}
