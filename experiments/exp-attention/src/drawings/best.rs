//! The best change by layer.

use anyhow::Result;
use figures::{LayerChart, Panel, Point, Role, Series};
use study::Experiment;
use study::comparison::ALPHA;
use study::config::Control;
use study::coverage::draws_in_words;
use study::groups::SELECTIVE;
use study::report::{self, Drawing};
use study::rows::{BestRow, TestRow};
use study::sweep::GainTables;

use super::{TRAINED, pictures};
use crate::analysis::{Choice, comparison, pair};

/// Selective channels against random groups, each at its own best gain: a row of panels per pair of sets, a column per
/// emotion.
pub fn by_layer(
    experiment: &Experiment,
    tests: &[TestRow],
    network: &str,
    choice: Choice,
    pairs: &[[&str; 2]],
) -> Result<Drawing> {
    let panel = |[train, test]: [&str; 2], role, emotion: &str| {
        let of_panel: Vec<&TestRow> = tests
            .iter()
            .filter(|row| row.network == network && row.set == pair(train, test) && row.emotion == emotion)
            .collect();
        Panel {
            title: format!("{emotion}, {}", pair(train, test)),
            series: series(experiment, &of_panel, choice, role, emotion),
        }
    };
    let emotions = || Role::EMOTIONS.into_iter().zip(Experiment::emotions());
    let panels =
        pairs.iter().map(|&pair| emotions().map(|(role, emotion)| panel(pair, role, emotion)).collect()).collect();
    let crossed = pairs.iter().any(|[train, test]| train != test);
    let (name, title) = names(network, choice, crossed);
    let caption = format!(
        "{}{} of the head for an emotion when the channels selective for it get their best gain, one layer at a time. \
         {} Points: mean over {} splits; whiskers: 95 % bootstrap interval over test pictures and splits. Bands: 95 % of {} \
         control groups of equal size, each at its own best gain; n = {} pictures.{}",
        report::caution(experiment),
        choice.by.change_title(),
        said(choice),
        experiment.config.heads.splits,
        draws_in_words(tests.iter().filter(|row| row.network == network)),
        pictures(experiment),
        if crossed { " Heads were trained on the first set and read the pictures of the second." } else { "" },
    );
    let words = [choice.by.change_name(), experiment.config.attention().main_control().words()];
    let figure = chart(title, words, experiment.swept_layers(), panels, caption.clone()).draw()?;
    let description = format!(
        "Line chart of the {} at the best gain by layer, {network} network; the numbers are in tests.csv.",
        choice.by.change_name()
    );
    Ok(Drawing { name, figure, caption, description })
}

fn names(network: &str, choice: Choice, crossed: bool) -> (String, String) {
    let what = "Best gain of emotion-selective channels";
    match (network, choice, crossed) {
        (TRAINED, _, true) => ("cross-set".into(), format!("{what}: heads of one set, pictures of the other")),
        (TRAINED, Choice::PRIMARY, _) => ("best".into(), what.into()),
        (TRAINED, Choice::BY_F1, _) => ("best-f1".into(), format!("{what}, chosen by F1")),
        (TRAINED, ..) => ("best-on-test".into(), format!("{what}, chosen on test pictures as in the papers")),
        (network, ..) => (format!("best-{network}"), format!("The same in an untrained network ({network})")),
    }
}

fn said(choice: Choice) -> &'static str {
    match choice {
        Choice::PRIMARY => "The gain was chosen for each split by AUC on its validation pictures.",
        Choice::BY_F1 => "The gain was chosen for each split by F1 on its validation pictures.",
        _ => "The gain with the highest mean change on test pictures was chosen, which overstates the change.",
    }
}

fn chart(
    title: String,
    [measure, control]: [&str; 2],
    layers: Vec<String>,
    panels: Vec<Vec<Panel>>,
    caption: String,
) -> LayerChart {
    LayerChart {
        title,
        x_label: "layer".into(),
        y_label: measure.into(),
        layers,
        panels,
        baseline: Some(0.0),
        star_label: format!("q < {ALPHA} against {control}"),
        caption,
    }
}

fn series(experiment: &Experiment, rows: &[&TestRow], choice: Choice, role: Role, emotion: &str) -> Vec<Series> {
    let layers = experiment.swept_layers();
    let find = |layer: &str, control: Control| {
        let name = comparison(choice, control.name());
        rows.iter().find(|row| row.layer == layer && row.comparison == name)
    };
    let mut all = Vec::new();
    let controls = experiment.config.attention().controls;
    for (index, &control) in controls.iter().enumerate() {
        let point = |layer: &String| {
            let row = find(layer, control)?;
            Some(Point { y: row.control_mean?, low: row.control_low, high: row.control_high })
        };
        let points = layers.iter().map(point).collect();
        let name = format!("{} channels", control.name().replace('_', " ").replace("nonselective", "non-selective"));
        all.push(Series { name, role: Role::Control(index), points, stars: vec![] });
    }
    let any = |layer: &String| controls.iter().find_map(|&control| find(layer, control));
    let point = |layer: &String| any(layer).map(|row| Point { y: row.estimate, low: row.ci_low, high: row.ci_high });
    let stars = experiment.config.attention().main_control();
    let sure = |layer: &String| find(layer, stars).is_some_and(|row| row.q.is_some_and(|q| q < ALPHA));
    all.push(Series {
        name: format!("{emotion}-selective channels"),
        role,
        points: layers.iter().map(point).collect(),
        stars: layers.iter().map(sure).collect(),
    });
    all
}

/// A uniform slope beside slopes that follow from tuning values, at one layer and at all.
pub fn modes(experiment: &Experiment, tables: &GainTables) -> Result<Drawing> {
    let mut layers = experiment.swept_layers();
    if experiment.config.attention().all_layers {
        layers.push("all".into());
    }
    let looks = |role| {
        [
            (SELECTIVE, "uniform slope, selective channels", role),
            ("tuning", "slopes by tuning value", Role::Network(1)),
            ("tuning_positive", "slopes by tuning value, positive only", Role::Network(2)),
        ]
    };
    let panel = |set: &str, role, emotion: &str| {
        let find = |group: &str, layer: &String| {
            let fits = |row: &&BestRow| {
                row.network == TRAINED
                    && row.set_train == set
                    && row.set_test == set
                    && row.group == group
                    && row.layer == *layer
                    && row.emotion == emotion
                    && row.task == emotion
                    && Choice::PRIMARY.is_of(row)
            };
            let row = tables.best.iter().find(fits)?;
            let (low, high) = Choice::PRIMARY.by.interval_of_best(row);
            Some(Point { y: Choice::PRIMARY.by.of_best(row)?, low, high })
        };
        let series = looks(role)
            .into_iter()
            .map(|(group, name, role)| {
                let points = layers.iter().map(|layer| find(group, layer)).collect();
                Series { name: name.into(), role, points, stars: vec![] }
            })
            .filter(|series| series.points.iter().any(Option::is_some))
            .collect();
        Panel { title: format!("{emotion}, {set}"), series }
    };
    let emotions = || Role::EMOTIONS.into_iter().zip(Experiment::emotions());
    let sets = &experiment.sets.sets;
    let panels =
        sets.iter().map(|set| emotions().map(|(role, emotion)| panel(&set.name, role, emotion)).collect()).collect();
    let caption = format!(
        "{}Change of the head's AUC at the best gain under three kinds of attention: one slope for the selective channels, or \
         max(0, 1 + αf) for every channel with f its tuning value, two-sided or positive only; all: every layer at once at a \
         tenth of α. {} Whiskers: 95 % bootstrap interval over test pictures and splits.",
        report::caution(experiment),
        said(Choice::PRIMARY),
    );
    let words = [Choice::PRIMARY.by.change_name(), experiment.config.attention().main_control().words()];
    let figure = chart("Kinds of attention".into(), words, layers, panels, caption.clone()).draw()?;
    let description = "Line chart of the change of AUC at the best gain by layer for three kinds of attention; the numbers are in best.csv.";
    Ok(Drawing { name: "modes".into(), figure, caption, description: description.into() })
}
