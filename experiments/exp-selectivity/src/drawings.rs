//! The figures of a selectivity run, drawn from its tables.

use anyhow::Result;
use figures::{
    ChannelExample, ChannelExamples, ExampleSet, LayerChart, Panel, Point, Role, Series, SharePanel, StackedShares,
};
use study::Experiment;
use study::comparison::{ALPHA, mean};
use study::config::SetConfig;
use study::report::{self, Drawing};
use study::rows::{ALL_SETS, ExampleRow, ShareRow, TestRow};

use crate::analysis::against_labels;
use crate::examples::Example;
use crate::nulls::Measure;
use crate::shares;

/// Example channels, both measures by layer, and shares of channels.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn all(
    experiment: &Experiment,
    tests: &[TestRow],
    shares: &[ShareRow],
    examples: &[Example],
    top: &[ExampleRow],
) -> Result<Vec<Drawing>> {
    let mut drawings = vec![tuning_curves(experiment, examples, top)?];
    for measure in Measure::ALL {
        drawings.push(by_layer(experiment, tests, measure)?);
    }
    drawings.push(channel_shares(experiment, shares)?);
    Ok(drawings)
}

fn pictures(experiment: &Experiment) -> String {
    experiment.sets.sets.iter().map(|set| set.pictures.len().to_string()).collect::<Vec<_>>().join(" and ")
}

/// The scale of valence: from 1 to 9, or to 7 where every set is OASIS, or what the pictures span where that is wider.
fn valence_range(experiment: &Experiment) -> (f64, f64) {
    let scale = |set: &SetConfig| match set {
        SetConfig::Synthetic(_) => None,
        SetConfig::Files(spec) | SetConfig::Halves(spec) => spec.scale.or(spec.kind.scale()),
    };
    let scales: Vec<[f64; 2]> = experiment.config.sets.iter().map(|set| scale(set).unwrap_or([1.0, 9.0])).collect();
    let values = experiment.sets.sets.iter().flat_map(|set| set.pictures.iter().filter_map(|picture| picture.valence));
    scales
        .into_iter()
        .flatten()
        .chain(values)
        .fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}

fn tuning_curves(experiment: &Experiment, examples: &[Example], top: &[ExampleRow]) -> Result<Drawing> {
    let emotions = Experiment::emotions();
    let cell = |example: &Example| {
        let (layer, emotion) = (&experiment.layer_names()[example.layer], emotions[example.emotion]);
        let Some(channel) = example.channel else {
            return ChannelExample { title: format!("{layer}: no {emotion} channel"), sets: vec![] };
        };
        let set = |(number, set): (usize, &study::pictures::StudySet)| {
            let own = top.iter().filter(|row| row.layer == *layer && row.emotion == emotion && row.set == set.name);
            ExampleSet {
                name: set.name.clone(),
                role: Role::Network(number),
                curve: example.curves[number].clone(),
                values: own.filter_map(|row| row.valence).collect(),
            }
        };
        let sets = experiment.sets.sets.iter().enumerate().map(set).collect();
        ChannelExample { title: format!("{layer}, channel {channel}: {emotion}"), sets }
    };
    let cells: Vec<ChannelExample> = examples.iter().map(cell).collect();
    let range = valence_range(experiment);
    let tops: Vec<String> = experiment
        .sets
        .sets
        .iter()
        .map(|set| crate::examples::top_count(&experiment.config.selectivity, set.pictures.len()).to_string())
        .collect();
    let caption = format!(
        "{}Trained network; n = {} pictures. Rule of choice: in the first, the middle and the last layer, for each emotion, the \
         selective channel with the largest tuning value for it, averaged over sets. Left: tuning curve. Right: the {} \
         pictures of each set that drive the channel most (never more than a quarter of a set), as shares by valence.",
        report::caution(experiment),
        pictures(experiment),
        tops.join(" and "),
    );
    let figure = ChannelExamples {
        title: "Tuning curves of example channels".into(),
        categories: emotions.map(String::from).to_vec(),
        curve_label: "tuning value (sd)".into(),
        value_label: format!("valence ({}–{})", range.0, range.1),
        value_range: range,
        rows: cells.chunks(emotions.len()).map(<[ChannelExample]>::to_vec).collect(),
        caption: caption.clone(),
    };
    let description = "Tuning curves and histograms of valence; the pictures are in examples.csv.".into();
    Ok(Drawing { name: "tuning-curves".into(), figure: figure.draw()?, caption, description })
}

fn by_layer(experiment: &Experiment, tests: &[TestRow], measure: Measure) -> Result<Drawing> {
    let name = against_labels(measure);
    let layers = experiment.layer_names();
    let panel = |set: &study::pictures::StudySet| {
        let own: Vec<&TestRow> = tests.iter().filter(|test| test.comparison == name && test.set == set.name).collect();
        let trained = |layer: &String| own.iter().find(|test| test.network == "trained" && test.layer == *layer);
        let labels = layers.iter().map(|layer| {
            let test = trained(layer)?;
            Some(Point { y: test.control_mean?, low: test.control_low, high: test.control_high })
        });
        let untrained = layers.iter().map(|layer| {
            let others = own.iter().filter(|test| test.network != "trained" && test.layer == *layer);
            let values: Vec<f64> = others.map(|test| test.estimate).collect();
            let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &y| (low.min(y), high.max(y)));
            (!values.is_empty()).then(|| Point::with_interval(mean(&values), low, high))
        });
        let point = |layer| trained(layer).map(|test| Point::new(test.estimate));
        let stars = layers.iter().map(|layer| trained(layer).is_some_and(|test| test.q.is_some_and(|q| q < ALPHA)));
        let plain = |name: &str, role, points| Series { name: name.into(), role, points, stars: vec![] };
        let mut series = vec![plain("shuffled labels (mean, 95 %)", Role::Control(0), labels.collect())];
        if experiment.config.network.random_networks > 0 {
            series.push(plain("random networks (mean, range)", Role::Network(1), untrained.collect()));
        }
        series.push(Series {
            name: "trained network".into(),
            role: Role::Network(0),
            points: layers.iter().map(point).collect(),
            stars: stars.collect(),
        });
        Panel { title: set.name.clone(), series }
    };
    let caption = format!(
        "{}Mean {} over the channels of a layer; n = {} pictures. Random networks: {} untrained ones. \
         Band: 95 % of {} shuffles of the labels, the trained network.",
        report::caution(experiment),
        measure.name(),
        pictures(experiment),
        experiment.config.network.random_networks,
        experiment.config.selectivity.permutations,
    );
    let title = match measure {
        Measure::Quality => "Tuning quality by layer",
        Measure::Index => "Selectivity index by layer",
    };
    let chart = LayerChart {
        title: title.into(),
        x_label: "layer".into(),
        y_label: match measure {
            Measure::Quality => "tuning quality (sd)".into(),
            Measure::Index => "selectivity index (d′)".into(),
        },
        layers: layers.clone(),
        panels: vec![experiment.sets.sets.iter().map(panel).collect()],
        baseline: None,
        star_label: format!("q < {ALPHA} against shuffled labels"),
        caption: caption.clone(),
    };
    let description = format!("Line chart of the {} by layer; the numbers are in tests.csv.", measure.name());
    Ok(Drawing { name: measure.name().replace(' ', "-"), figure: chart.draw()?, caption, description })
}

fn channel_shares(experiment: &Experiment, rows: &[ShareRow]) -> Result<Drawing> {
    let rule = shares::name(experiment.config.selection.rule);
    let emotions = Experiment::emotions();
    let panel = |network: &str, set: &str| {
        let share = |layer: &String, emotion: &str| {
            let is_it = |row: &&ShareRow| {
                row.network == network
                    && row.set == set
                    && row.rule == rule
                    && row.layer == *layer
                    && row.emotion == emotion
            };
            rows.iter().find(is_it).map_or(0.0, |row| row.share)
        };
        let of_layer = |layer: &String| emotions.iter().map(|emotion| share(layer, emotion)).collect();
        SharePanel {
            title: format!("{network}, {set}"),
            shares: experiment.layer_names().iter().map(of_layer).collect(),
        }
    };
    let mut networks = vec!["trained"];
    if experiment.config.network.random_networks > 0 {
        networks.push("random-1");
    }
    let sets: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).chain([ALL_SETS]).collect();
    let caption = format!(
        "{}Share of a layer's channels that belong to each emotion by the rule {rule}, in each set and in all sets alike; empty: \
         none. n = {} pictures. Every untrained network is in shares.csv.",
        report::caution(experiment),
        pictures(experiment),
    );
    let figure = StackedShares {
        title: "Channels by emotion".into(),
        x_label: "layer".into(),
        y_label: "share of channels".into(),
        layers: experiment.layer_names(),
        categories: emotions.map(String::from).into_iter().zip(Role::EMOTIONS).collect(),
        panels: networks.iter().map(|network| sets.iter().map(|set| panel(network, set)).collect()).collect(),
        caption: caption.clone(),
    };
    let description = "Stacked bars of channels by emotion; the numbers are in shares.csv.".into();
    Ok(Drawing { name: "shares".into(), figure: figure.draw()?, caption, description })
}
