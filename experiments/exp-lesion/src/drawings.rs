//! The figures of a lesion sweep, all drawn from `tests.csv`.

use anyhow::Result;
use figures::{HeatMap, HeatMaps, LayerChart, Panel, Point, Role, Series};
use study::Experiment;
use study::comparison::{ALPHA, mean};
use study::config::Control;
use study::coverage::draws_in_words;
use study::measure::Measure;
use study::report::{self, Drawing};
use study::rows::TestRow;

use crate::analysis::comparison;

/// Every control with its name in legends, the papers' first.
const CONTROLS: [(Control, &str); 5] = [
    (Control::Random, "random channels"),
    (Control::Permuted, "selected by shuffled labels"),
    (Control::Matched, "matched in response"),
    (Control::MatchedReadout, "matched in readout"),
    (Control::RandomNonselective, "non-selective channels"),
];

/// Per network and measure the lesion figure, and the specificity matrices of the trained one.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn all(experiment: &Experiment, tests: &[TestRow]) -> Result<Vec<Drawing>> {
    let mut drawings = Vec::new();
    // Only networks that were swept: the others have tests of their heads alone.
    let networks = experiment.network_names().into_iter().take(1 + experiment.config.swept_random_networks());
    for network in networks {
        for measure in Measure::ALL {
            drawings.push(lesion(experiment, tests, &network, measure)?);
        }
        // A mean over deep layers needs all of them.
        if network == "trained" && !experiment.early {
            drawings.push(specificity(experiment, tests, Measure::Auc)?);
            drawings.push(specificity(experiment, tests, Measure::F1)?);
        }
    }
    Ok(drawings)
}

fn lesion(experiment: &Experiment, tests: &[TestRow], network: &str, measure: Measure) -> Result<Drawing> {
    let panels = experiment
        .sets
        .sets
        .iter()
        .map(|set| {
            let of_emotion = |(role, emotion): (Role, &str)| Panel {
                title: format!("{emotion}, {}", set.name),
                series: series(experiment, tests, measure, [network, &set.name, emotion], role),
            };
            Role::EMOTIONS.into_iter().zip(Experiment::emotions()).map(of_emotion).collect()
        })
        .collect();
    let title = match network {
        "trained" => format!("Lesion of emotion-selective channels: {}", measure.change_name()),
        other => format!("The same in an untrained network ({other}): {}", measure.change_name()),
    };
    let whiskers = match measure {
        Measure::Yes => "F1 follows the share of yes answers, AUC does not.",
        _ => "Whiskers: 95 % bootstrap interval over test pictures and splits.",
    };
    let config = &experiment.config;
    let caption = format!(
        "{}{} of the head for an emotion when the channels selective for it are silenced, one layer at a time. \
         Points: mean over {} splits. {whiskers} Bands: 95 % of {} control groups of equal size; n = {} pictures.",
        report::caution(experiment),
        measure.change_title(),
        config.heads.splits,
        draws_in_words(tests.iter().filter(|test| test.network == network)),
        experiment.sets.sets.iter().map(|set| set.pictures.len().to_string()).collect::<Vec<_>>().join(" and "),
    );
    let chart = LayerChart {
        title,
        x_label: "layer".into(),
        y_label: measure.change_name().into(),
        layers: experiment.swept_layers(),
        panels,
        baseline: Some(0.0),
        star_label: format!("q < {ALPHA} against random channels"),
        caption: caption.clone(),
    };
    let name = if network == "trained" { "lesion".into() } else { format!("lesion-{network}") };
    let name = measure.figure(&name);
    let description = format!(
        "Line chart of the {} by layer, {network} network; the numbers are in tests.csv.",
        measure.change_name()
    );
    Ok(Drawing { name, figure: chart.draw()?, caption, description })
}

/// The selective group and its controls for one network, set and emotion.
fn series(
    experiment: &Experiment,
    tests: &[TestRow],
    measure: Measure,
    [network, set, emotion]: [&str; 3],
    role: Role,
) -> Vec<Series> {
    let find = |layer: &str, control: Control| {
        let name = comparison(measure, control.name());
        tests.iter().find(|test| {
            test.network == network
                && test.set == set
                && test.layer == layer
                && test.emotion == emotion
                && test.task == emotion
                && test.comparison == name
        })
    };
    let names = experiment.layer_names();
    let used: Vec<&String> = names.iter().filter(|name| experiment.swept_layers().contains(name)).collect();
    let mut all = Vec::new();
    for (index, (control, label)) in CONTROLS.iter().enumerate() {
        let points: Vec<Option<Point>> = used
            .iter()
            .map(|layer| {
                let test = find(layer, *control)?;
                Some(Point { y: test.control_mean?, low: test.control_low, high: test.control_high })
            })
            .collect();
        if points.iter().any(Option::is_some) {
            all.push(Series { name: (*label).into(), role: Role::Control(index), points, stars: vec![] });
        }
    }
    // Any control knows the selective group; the first that was run is asked.
    let any = |layer: &str| CONTROLS.iter().find_map(|(control, _)| find(layer, *control));
    let points = used
        .iter()
        .map(|layer| any(layer).map(|test| Point { y: test.estimate, low: test.ci_low, high: test.ci_high }))
        .collect();
    let stars = used
        .iter()
        .map(|layer| find(layer, Control::Random).is_some_and(|test| test.q.is_some_and(|q| q < ALPHA)))
        .collect();
    all.push(Series { name: format!("{emotion}-selective channels"), role, points, stars });
    all
}

fn specificity(experiment: &Experiment, tests: &[TestRow], measure: Measure) -> Result<Drawing> {
    let emotions = Experiment::emotions();
    let deep = deep_layers(experiment);
    let value = |set: &str, emotion: &str, task: &str| {
        let name = comparison(measure, CONTROLS[0].0.name());
        let changes: Vec<f64> = tests
            .iter()
            .filter(|test| test.network == "trained" && test.set == set && test.comparison == name)
            .filter(|test| test.emotion == emotion && test.task == task && deep.contains(&test.layer))
            .filter_map(|test| Some(test.estimate - test.control_mean?))
            .collect();
        (!changes.is_empty()).then(|| mean(&changes))
    };
    let maps = experiment
        .sets
        .sets
        .iter()
        .map(|set| HeatMap {
            title: set.name.clone(),
            rows: emotions.map(String::from).to_vec(),
            columns: emotions.map(String::from).to_vec(),
            values: emotions.map(|row| emotions.map(|column| value(&set.name, row, column)).to_vec()).to_vec(),
            stars: vec![],
        })
        .collect();
    let caption = format!(
        "{}{} of every head (columns) when the channels selective for one emotion (rows) are silenced, minus \
         the mean change under lesions of as many random channels; mean over {}.",
        report::caution(experiment),
        measure.change_title(),
        deep.join(", "),
    );
    let figure = HeatMaps {
        title: "Specificity: lesion one emotion, read every other".into(),
        maps,
        row_axis: "lesioned channels".into(),
        column_axis: "head".into(),
        unit: format!("{}, selective − random", measure.change_name()),
        star_label: String::new(),
        caption: caption.clone(),
    };
    let description = "Heat map of lesioned emotion by head; the numbers are in tests.csv.".into();
    Ok(Drawing { name: measure.figure("specificity"), figure: figure.draw()?, caption, description })
}

/// The later half of the swept layers.
fn deep_layers(experiment: &Experiment) -> Vec<String> {
    let layers = experiment.swept_layers();
    layers[layers.len() / 2..].to_vec()
}
