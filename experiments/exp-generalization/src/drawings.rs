//! The figures of an overlap, drawn from `overlap.csv`.

use anyhow::Result;
use figures::{LayerChart, Panel, Point, Role, Series};
use stats::hypergeometric::ChanceOverlap;
use study::Experiment;
use study::comparison::{ALPHA, mean};
use study::report::{self, Drawing};
use study::rows::OverlapRow;

/// Half of what lies outside of a 95 % band.
const TAIL: f64 = 0.025;

/// What a figure shows of a row.
#[derive(Clone, Copy, PartialEq)]
enum Measure {
    /// The Jaccard index, as in the preprint's Fig 3.
    Jaccard,
    /// The number of shared channels, as in the article's Fig 3.
    Count,
}

/// The Jaccard index and the number of shared channels by layer.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn all(experiment: &Experiment, rows: &[OverlapRow]) -> Result<Vec<Drawing>> {
    [Measure::Jaccard, Measure::Count].map(|measure| draw(experiment, rows, measure)).into_iter().collect()
}

fn draw(experiment: &Experiment, rows: &[OverlapRow], measure: Measure) -> Result<Drawing> {
    let panels = Role::EMOTIONS
        .into_iter()
        .zip(Experiment::emotions())
        .map(|(role, emotion)| {
            let of_emotion: Vec<&OverlapRow> = rows.iter().filter(|row| row.emotion == emotion).collect();
            let series = series(experiment, &of_emotion, measure, role);
            Ok(Panel { title: emotion.into(), series: series? })
        })
        .collect::<Result<_>>()?;
    let names: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    let counts: Vec<String> = experiment.sets.sets.iter().map(|set| set.pictures.len().to_string()).collect();
    let (name, title, y_label, detail) = match measure {
        Measure::Jaccard => (
            "jaccard",
            "Do channels keep their emotion? Jaccard index",
            "Jaccard index",
            format!(
                "Band: mean and 95 % of {} draws of random channel sets, as if channels were independent.",
                experiment.config.generalization.draws
            ),
        ),
        Measure::Count => (
            "overlap",
            "Do channels keep their emotion? Shared channels",
            "channels selective in both sets",
            "Band: mean and 95 % of the hypergeometric distribution, as if channels were independent.".to_string(),
        ),
    };
    let caption = format!(
        "{}Channels selective for an emotion in {} (n = {} pictures): how many are selective in both. {detail} Stars: joint permutation of labels. Whiskers of the \
         random networks: mean and range over {} untrained networks.",
        report::caution(experiment),
        names.join(" and in "),
        counts.join(" and "),
        experiment.config.network.random_networks,
    );
    let chart = LayerChart {
        title: title.into(),
        x_label: "layer".into(),
        y_label: y_label.into(),
        layers: experiment.layer_names(),
        panels: vec![panels],
        baseline: Some(0.0),
        star_label: format!("q < {ALPHA} against shuffled labels"),
        caption: caption.clone(),
    };
    let description = format!("Line chart of the {y_label} by layer; the numbers are in overlap.csv.");
    Ok(Drawing { name: name.into(), figure: chart.draw()?, caption, description })
}

fn series(experiment: &Experiment, rows: &[&OverlapRow], measure: Measure, role: Role) -> Result<Vec<Series>> {
    let trained: Vec<&OverlapRow> = rows.iter().copied().filter(|row| row.network == "trained").collect();
    let layers = experiment.trained().architecture.sites();
    let chance =
        trained.iter().zip(layers).map(|(row, layer)| chance(row, layer.channels, measure)).collect::<Result<_>>()?;
    let untrained = layers.iter().map(|layer| {
        let of_layer = rows.iter().filter(|row| row.network != "trained" && row.layer == layer.name);
        let values: Vec<f64> = of_layer.filter_map(|row| value(row, measure)).collect();
        let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &y| (low.min(y), high.max(y)));
        (!values.is_empty()).then(|| Point::with_interval(mean(&values), low, high))
    });
    let plain = |name: &str, role, points| Series { name: name.into(), role, points, stars: vec![] };
    let mut all = vec![plain("random channels, chance", Role::Control(0), chance)];
    if experiment.config.network.random_networks > 0 {
        all.push(plain("random networks (mean, range)", Role::Network(1), untrained.collect()));
    }
    let stars = trained.iter().map(|row| row.q.is_some_and(|q| q < ALPHA)).collect();
    let points = trained.iter().map(|row| value(row, measure).map(Point::new)).collect();
    all.push(Series { name: "trained network".into(), role, points, stars });
    Ok(all)
}

fn value(row: &OverlapRow, measure: Measure) -> Option<f64> {
    match measure {
        Measure::Jaccard => row.jaccard,
        Measure::Count => Some(row.n_both as f64),
    }
}

/// What random channel sets of the trained network's sizes would give.
fn chance(row: &OverlapRow, channels: usize, measure: Measure) -> Result<Option<Point>> {
    if measure == Measure::Jaccard {
        let point = |y| Point { y, low: row.random_ci_low, high: row.random_ci_high };
        return Ok(row.random_mean.map(point));
    }
    let exact = ChanceOverlap::new(channels, row.n_a, row.n_b)?;
    let quantile = |at: f64| {
        let mut below = 0.0;
        let reached = |count: &usize| {
            below += exact.probability(*count);
            below >= at
        };
        (0..=row.n_a.min(row.n_b)).find(reached).unwrap_or(row.n_a.min(row.n_b)) as f64
    };
    let (low, high) = (quantile(TAIL), quantile(1.0 - TAIL));
    Ok(Some(Point::with_interval(exact.mean(), low, high)))
}
