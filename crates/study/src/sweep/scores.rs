//! From the margins of a condition to the rows of the table.

use ndarray::Array2;
use stats::StatsError;
use stats::bootstrap::{Bootstrap, Interval, Observation};
use stats::confusion::{Confusion, change_pct};
use stats::dprime::dprime;
use stats::roc::auc;
use stimuli::Emotion;

use crate::config::Config;
use crate::plan::{Chunk, Group};
use crate::preparation::{EMOTIONS, Prepared, Sets};
use crate::rows::SweepRow;
use crate::seeds;

/// One condition read by the heads of one set on the pictures of one set.
pub(super) struct Cell<'a> {
    pub chunk: &'a Chunk,
    pub group: &'a Group,
    pub gain: f32,
    pub train: usize,
    pub test: usize,
}

/// What a head says of one picture: the truth, its answer with the network intact, and its answer now.
#[derive(Clone, Copy)]
struct Answer {
    truth: bool,
    intact: bool,
    now: bool,
}

/// A row per task and split.
pub(super) fn rows(
    cell: &Cell<'_>,
    margins: &Array2<f32>,
    prepared: &Prepared,
    sets: &Sets,
    config: &Config,
) -> Result<Vec<SweepRow>, StatsError> {
    let mut rows = Vec::new();
    for task in 0..EMOTIONS {
        let interval = match cell.group.draw {
            None => interval(cell, task, margins, prepared, sets, config)?,
            Some(_) => None,
        };
        for split in 0..config.heads.splits {
            rows.push(row(cell, task, split, margins, prepared, sets, interval)?);
        }
    }
    Ok(rows)
}

fn row(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Array2<f32>,
    prepared: &Prepared,
    sets: &Sets,
    interval: Option<Interval>,
) -> Result<SweepRow, StatsError> {
    let set = &sets.sets[cell.test];
    let answers = answers(cell, task, split, margins, prepared, sets);
    let counts: Confusion = answers.iter().map(|answer| (answer.truth, answer.now)).collect();
    let base: Confusion = answers.iter().map(|answer| (answer.truth, answer.intact)).collect();
    let column = crate::preparation::heads_column(split, task);
    let scores: Vec<f64> =
        sets.splits[cell.test][split].test.iter().map(|&row| f64::from(margins[[row, column]])).collect();
    let truth: Vec<bool> = answers.iter().map(|answer| answer.truth).collect();
    Ok(SweepRow {
        network: prepared.name.clone(),
        set_train: sets.sets[cell.train].name.clone(),
        set_test: set.name.clone(),
        task: Emotion::ALL[task].to_string(),
        layer: prepared.network.architecture().layers()[cell.chunk.layer].name.clone(),
        emotion: Emotion::ALL[cell.chunk.emotion].to_string(),
        group: cell.group.name.into(),
        draw: cell.group.draw,
        split_seed: split,
        gain: f64::from(cell.gain),
        n_units: cell.group.channels.len(),
        tp: counts.tp,
        fp: counts.fp,
        tn: counts.tn,
        r#fn: counts.fn_,
        f1: counts.f1(),
        accuracy: counts.accuracy(),
        balanced_accuracy: counts.balanced_accuracy(),
        auc: auc(&scores, &truth)?,
        dprime: dprime(&counts),
        base_f1: base.f1(),
        change_pct: change_pct(counts.f1(), base.f1()),
        ci_low: interval.map(|interval| interval.low),
        ci_high: interval.map(|interval| interval.high),
    })
}

fn answers(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Array2<f32>,
    prepared: &Prepared,
    sets: &Sets,
) -> Vec<Answer> {
    let intact = &prepared.intact[cell.train][cell.test];
    let column = crate::preparation::heads_column(split, task);
    let test = &sets.splits[cell.test][split].test;
    let answer = |&row: &usize| Answer {
        truth: sets.sets[cell.test].emotions[row].index() == task,
        intact: intact[[row, column]] > 0.0,
        now: margins[[row, column]] > 0.0,
    };
    test.iter().map(answer).collect()
}

/// The 95 % interval of the mean change in F1 (%), over pictures and splits; nothing where the intact network never
/// finds the emotion, or finds it too seldom to be resampled.
fn interval(
    cell: &Cell<'_>,
    task: usize,
    margins: &Array2<f32>,
    prepared: &Prepared,
    sets: &Sets,
    config: &Config,
) -> Result<Option<Interval>, StatsError> {
    let observed: Vec<Vec<Observation<Answer>>> = (0..config.heads.splits)
        .map(|split| {
            let pictures = sets.splits[cell.test][split].test.iter();
            let answers = answers(cell, task, split, margins, prepared, sets);
            pictures.zip(answers).map(|(&picture, value)| Observation { picture, value }).collect()
        })
        .collect();
    if observed.iter().all(|split| change(&values(split)).is_none()) {
        return Ok(None);
    }
    let coordinates = [cell.chunk.network, cell.chunk.layer, cell.chunk.emotion, cell.train, cell.test, task];
    let seed = seeds::derive(config.seed, "bootstrap", &coordinates);
    let bootstrap = Bootstrap { resamples: config.sweep.bootstrap, seed };
    match bootstrap.two_level_interval("change in F1", &observed, change) {
        Ok(interval) => Ok(Some(interval)),
        Err(StatsError::Undefined { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn values(observations: &[Observation<Answer>]) -> Vec<Answer> {
    observations.iter().map(|observation| observation.value).collect()
}

fn change(answers: &[Answer]) -> Option<f64> {
    let now: Confusion = answers.iter().map(|answer| (answer.truth, answer.now)).collect();
    let intact: Confusion = answers.iter().map(|answer| (answer.truth, answer.intact)).collect();
    change_pct(now.f1(), intact.f1())
}
