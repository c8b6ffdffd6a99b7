//! A panel per layer and emotion: what its selective channels are tuned to, and what silencing them and raising their
//! gain does.

use anyhow::Result;
use exp_attention::curves::{self, GainPoint, Key};
use exp_lesion::analysis::comparison;
use figures::{Block, Curve, CurveChart, CurvePanel, Explorer, ExplorerPanel, LayerChart, Panel, Point, Role, Series};
use stats::quantile::quantiles;
use study::Experiment;
use study::comparison::{ALPHA, mean};
use study::config::Control;
use study::groups::SELECTIVE;
use study::measure::Measure;
use study::pictures::StudySet;
use study::report;
use study::rows::{TestRow, UnitRow};

use crate::claims::TRAINED;
use crate::parts::PartTables;

/// What interventions are measured by.
const MEASURE: Measure = Measure::Auc;

/// What a panel is about.
#[derive(Clone, Copy)]
struct Place<'a> {
    layer: &'a str,
    emotion: &'static str,
    role: Role,
}

/// The explorer of the trained network.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn explorer(experiment: &Experiment, tables: &PartTables) -> Result<Block> {
    let mut panels = Vec::new();
    for layer in &experiment.swept_layers() {
        for (role, emotion) in Role::EMOTIONS.into_iter().zip(Experiment::emotions()) {
            let blocks = blocks(experiment, tables, Place { layer, emotion, role })?;
            panels.push(ExplorerPanel { labels: vec![layer.clone(), emotion.into()], blocks });
        }
    }
    // The last place about which most is known: deep layers matter most, and early ones often have nothing to silence.
    let fullest = panels.iter().enumerate().max_by_key(|(_, panel)| panel.blocks.len()).map_or(0, |(index, _)| index);
    let explorer = Explorer::new("One layer, one emotion", &["layer", "emotion"], panels)?;
    Ok(Block::Explorer(explorer.starting_at(fullest)))
}

fn blocks(experiment: &Experiment, tables: &PartTables, place: Place<'_>) -> Result<Vec<Block>> {
    let channels: Vec<usize> = tables
        .selective
        .iter()
        .filter(|row| row.network == TRAINED && row.layer == place.layer && row.emotion == place.emotion)
        .map(|row| row.channel)
        .collect();
    let of_layer = tables.units.iter().filter(|row| row.network == TRAINED && row.layer == place.layer);
    let units: Vec<&UnitRow> = of_layer.collect();
    let all = units.iter().filter(|row| row.set == experiment.sets.sets[0].name).count();
    let nothing = if channels.is_empty() { " There is nothing to silence or to raise." } else { "" };
    let count = channels.len();
    let text =
        format!("{count} of the {all} channels of {} are selective for {}.{nothing}", place.layer, place.emotion);
    let mut blocks = vec![Block::Paragraph(text)];
    blocks.extend(tuning(experiment, &units, &channels, place)?);
    blocks.extend(lesion(experiment, &tables.lesion, place)?);
    blocks.extend(gain(experiment, tables, place)?);
    Ok(blocks)
}

fn figure(experiment: &Experiment, figure: figures::Figure, caption: &str, description: String) -> Block {
    let caution = report::caution(experiment);
    let pictures: Vec<String> = experiment.sets.sets.iter().map(|set| set.pictures.len().to_string()).collect();
    let caption = format!("{caution}{caption} n = {} pictures.", pictures.join(" and "));
    Block::Figure { figure, caption, description }
}

/// Tuning curves: the mean tuning value for each emotion, of the selective channels and of all.
fn tuning(experiment: &Experiment, units: &[&UnitRow], channels: &[usize], place: Place<'_>) -> Result<Option<Block>> {
    let emotions = Experiment::emotions();
    let point = |rows: &[&&UnitRow], emotion: usize| -> Result<Option<Point>> {
        let value = |row: &&&UnitRow| [row.s_pleasant, row.s_neutral, row.s_unpleasant][emotion];
        let values: Vec<f64> = rows.iter().filter_map(value).collect();
        if values.is_empty() {
            return Ok(None);
        }
        let [low, high] = quantiles(&values, [0.025, 0.975])?;
        Ok(Some(Point::with_interval(mean(&values), low.min(mean(&values)), high.max(mean(&values)))))
    };
    let points = |rows: Vec<&&UnitRow>| (0..emotions.len()).map(|emotion| point(&rows, emotion)).collect::<Result<_>>();
    let mut panels = Vec::new();
    for set in &experiment.sets.sets {
        let of_set = || units.iter().filter(|row| row.set == set.name);
        let series = |name: String, role, rows: Vec<&&UnitRow>| -> Result<Series> {
            Ok(Series { name, role, points: points(rows)?, stars: vec![] })
        };
        let mut all = vec![series("all channels (95 % of them)".into(), Role::Control(0), of_set().collect())?];
        if !channels.is_empty() {
            let own = of_set().filter(|row| channels.contains(&row.channel)).collect();
            all.push(series(format!("{}-selective channels (95 % of them)", place.emotion), place.role, own)?);
        }
        panels.push(Panel { title: set.name.clone(), series: all });
    }
    let chart = LayerChart {
        title: format!("Tuning in {}", place.layer),
        x_label: "emotion".into(),
        y_label: "tuning value (sd)".into(),
        layers: emotions.map(String::from).to_vec(),
        panels: vec![panels],
        baseline: Some(0.0),
        star_label: String::new(),
        caption: String::new(),
    };
    let description =
        format!("Mean tuning values in {}; every channel is in selectivity/tables/units.csv.", place.layer);
    Ok(Some(figure(experiment, chart.draw()?, "Mean tuning value of channels for each emotion.", description)))
}

/// The lesion beside its controls, read by every head; nothing where it could not be compared.
fn lesion(experiment: &Experiment, tests: &[TestRow], place: Place<'_>) -> Result<Option<Block>> {
    let panel = |set: &StudySet| lesion_panel(experiment, tests, place, &set.name);
    let panels: Vec<Panel> = experiment.sets.sets.iter().filter_map(panel).collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let chart = LayerChart {
        title: format!("Lesion in {}", place.layer),
        x_label: "head".into(),
        y_label: MEASURE.change_name().into(),
        layers: Experiment::emotions().map(String::from).to_vec(),
        panels: vec![panels],
        baseline: Some(0.0),
        star_label: format!("q < {ALPHA} against random channels"),
        caption: String::new(),
    };
    let description =
        format!("Change of AUC when channels of {} are silenced; numbers in lesion/tables/tests.csv.", place.layer);
    let caption = format!(
        "Change of every head's AUC when the channels selective for {} are silenced, and when as many others are.",
        place.emotion
    );
    Ok(Some(figure(experiment, chart.draw()?, &caption, description)))
}

fn lesion_panel(experiment: &Experiment, tests: &[TestRow], place: Place<'_>, set: &str) -> Option<Panel> {
    let find = |task: &str, control: Control| {
        let name = comparison(MEASURE, control.name());
        let mut own = tests.iter().filter(|row| row.network == TRAINED && row.set == set && row.layer == place.layer);
        own.find(|row| row.comparison == name && row.emotion == place.emotion && row.task == task)
    };
    let (controls, heads) = (&experiment.config.sweep.controls, Experiment::emotions());
    let any = |task: &str| controls.iter().find_map(|&control| find(task, control));
    let point = |task| any(task).map(|row| Point { y: row.estimate, low: row.ci_low, high: row.ci_high });
    let points: Vec<Option<Point>> = heads.into_iter().map(point).collect();
    points.iter().any(Option::is_some).then(|| {
        let mut series: Vec<Series> = Vec::new();
        for (index, &control) in controls.iter().enumerate() {
            let point = |task| {
                let row = find(task, control)?;
                Some(Point { y: row.control_mean?, low: row.control_low, high: row.control_high })
            };
            let name = format!("{} channels (95 % of draws)", control.name().replace('_', " "));
            let points = heads.into_iter().map(point).collect();
            series.push(Series { name, role: Role::Control(index), points, stars: vec![] });
        }
        let sure = |task| find(task, Control::Random).is_some_and(|row| row.q.is_some_and(|q| q < ALPHA));
        let name = format!("{}-selective channels (95 % CI)", place.emotion);
        series.push(Series { name, role: place.role, points, stars: heads.into_iter().map(sure).collect() });
        Panel { title: set.into(), series }
    })
}

/// The gain curve beside that of control groups; nothing where no gain was swept.
fn gain(experiment: &Experiment, tables: &PartTables, place: Place<'_>) -> Result<Option<Block>> {
    let mut panels = Vec::new();
    for set in &experiment.sets.sets {
        let (layer, emotion) = (place.layer, place.emotion);
        let key = Key { network: TRAINED, train: &set.name, test: &set.name, layer, emotion, task: emotion };
        let selective = curves::group(&tables.gains, SELECTIVE, key, MEASURE);
        if selective.is_empty() {
            continue;
        }
        let mut of_panel = Vec::new();
        if let Some(control) = experiment.config.attention().controls.first() {
            let points = placed(&curves::random(&tables.gains, control.name(), key, MEASURE)?);
            let name = format!("{} (95 % of draws)", control.words());
            of_panel.push(Curve { name, role: Role::Control(0), points });
        }
        let name = format!("{emotion}-selective channels (95 % CI)");
        of_panel.push(Curve { name, role: place.role, points: placed(&selective) });
        panels.push(CurvePanel { title: set.name.clone(), curves: of_panel });
    }
    if panels.is_empty() {
        return Ok(None);
    }
    let chart = CurveChart {
        title: format!("Gain in {}", place.layer),
        x_label: "α (slope = 1 + α)".into(),
        y_label: MEASURE.change_name().into(),
        panels: vec![panels],
        baseline: Some(0.0),
        caption: String::new(),
    };
    let description = format!("Change of AUC over the gain in {}; numbers in attention/tables/sweep.csv.", place.layer);
    Ok(Some(figure(
        experiment,
        chart.draw()?,
        "Change of the head's AUC over the gain of the selective channels.",
        description,
    )))
}

fn placed(points: &[GainPoint]) -> Vec<(f64, Point)> {
    let place = |point: &GainPoint| {
        let y = Point { y: point.change, low: point.interval.0, high: point.interval.1 };
        (curves::alpha(point.gain), y)
    };
    points.iter().map(place).collect()
}
