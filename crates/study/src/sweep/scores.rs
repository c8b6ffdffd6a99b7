//! From the margins of a condition to the rows of the table.

use ndarray::Array2;
use stats::StatsError;
use stats::bootstrap::{Bootstrap, Interval, Observation};
use stats::confusion::{Confusion, change_pct};
use stats::dprime::dprime;
use stats::roc::auc;
use stimuli::Emotion;
use stimuli::splits::Split;

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

/// The pictures that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Those on which gains may be chosen.
    Validation,
    /// Those that tell what a gain does.
    Test,
}

/// The tasks whose change gets an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intervals {
    /// Every task, for a group that is no random draw.
    Every,
    /// Only the task of the emotion whose channels are changed.
    Own,
    /// None.
    None,
}

/// Everything that stays the same over the conditions of a network.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub prepared: &'a Prepared,
    pub sets: &'a Sets,
    pub config: &'a Config,
}

/// What a head says of one picture: the truth, its answer with the network intact, and its answer now.
#[derive(Clone, Copy)]
struct Answer {
    truth: bool,
    intact: bool,
    now: bool,
}

/// A row per task and split, on test pictures.
pub(super) fn rows(
    cell: &Cell<'_>,
    margins: &Array2<f32>,
    prepared: &Prepared,
    sets: &Sets,
    config: &Config,
) -> Result<Vec<SweepRow>, StatsError> {
    part_rows(cell, margins, Part::Test, Intervals::Every, Context { prepared, sets, config })
}

/// A row per task and split.
pub(super) fn part_rows(
    cell: &Cell<'_>,
    margins: &Array2<f32>,
    part: Part,
    intervals: Intervals,
    context: Context<'_>,
) -> Result<Vec<SweepRow>, StatsError> {
    let splits = context.config.heads.splits;
    let mut rows = Vec::new();
    for task in 0..EMOTIONS {
        let wanted = match intervals {
            Intervals::Every => cell.group.draw.is_none(),
            Intervals::Own => cell.group.draw.is_none() && task == cell.chunk.emotion,
            Intervals::None => false,
        };
        let interval = if wanted { interval(cell, task, &vec![margins; splits], context)? } else { None };
        for split in 0..splits {
            rows.push(row(cell, task, split, margins, part, context, interval)?);
        }
    }
    Ok(rows)
}

fn row(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Array2<f32>,
    part: Part,
    context: Context<'_>,
    interval: Option<Interval>,
) -> Result<SweepRow, StatsError> {
    let Context { prepared, sets, .. } = context;
    let answers = answers(cell, task, split, margins, part, context);
    let counts: Confusion = answers.iter().map(|answer| (answer.truth, answer.now)).collect();
    let base: Confusion = answers.iter().map(|answer| (answer.truth, answer.intact)).collect();
    let column = crate::preparation::heads_column(split, task);
    let pictures = part.pictures(&sets.splits[cell.test][split]);
    let scores: Vec<f64> = pictures.iter().map(|&row| f64::from(margins[[row, column]])).collect();
    let truth: Vec<bool> = answers.iter().map(|answer| answer.truth).collect();
    Ok(SweepRow {
        network: prepared.name.clone(),
        set_train: sets.sets[cell.train].name.clone(),
        set_test: sets.sets[cell.test].name.clone(),
        task: Emotion::ALL[task].to_string(),
        layer: cell.layer_name(prepared),
        emotion: Emotion::ALL[cell.chunk.emotion].to_string(),
        group: cell.group.name.into(),
        draw: cell.group.draw,
        split_seed: split,
        gain: decimal(cell.gain),
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

/// F1 of a head on a part of its split's pictures, and its change against the intact network (%).
pub(super) fn f1_and_change(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Array2<f32>,
    part: Part,
    context: Context<'_>,
) -> (f64, Option<f64>) {
    let answers = answers(cell, task, split, margins, part, context);
    let now: Confusion = answers.iter().map(|answer| (answer.truth, answer.now)).collect();
    (now.f1(), change(&answers))
}

fn answers(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Array2<f32>,
    part: Part,
    context: Context<'_>,
) -> Vec<Answer> {
    let Context { prepared, sets, .. } = context;
    let intact = &prepared.intact[cell.train][cell.test];
    let column = crate::preparation::heads_column(split, task);
    let answer = |&row: &usize| Answer {
        truth: sets.sets[cell.test].emotions[row].index() == task,
        intact: intact[[row, column]] > 0.0,
        now: margins[[row, column]] > 0.0,
    };
    part.pictures(&sets.splits[cell.test][split]).iter().map(answer).collect()
}

/// The 95 % interval of the mean change in F1 (%), over test pictures and splits, with the margins of each split;
/// nothing where the intact network never finds the emotion, or finds it too seldom to be resampled.
pub(super) fn interval(
    cell: &Cell<'_>,
    task: usize,
    margins: &[&Array2<f32>],
    context: Context<'_>,
) -> Result<Option<Interval>, StatsError> {
    let Context { sets, config, .. } = context;
    let observed: Vec<Vec<Observation<Answer>>> = margins
        .iter()
        .enumerate()
        .map(|(split, margins)| {
            let pictures = sets.splits[cell.test][split].test.iter();
            let answers = answers(cell, task, split, margins, Part::Test, context);
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

impl Part {
    fn pictures(self, split: &Split) -> &[usize] {
        match self {
            Part::Validation => &split.validation,
            Part::Test => &split.test,
        }
    }
}

impl Cell<'_> {
    /// The layer, or `all` for a change of every layer at once.
    pub fn layer_name(&self, prepared: &Prepared) -> String {
        prepared.layers.get(self.chunk.layer).cloned().unwrap_or_else(|| "all".into())
    }
}

/// The shortest decimal number that stands for a slope: 1.1, not 1.100000023841858.
pub(super) fn decimal(slope: f32) -> f64 {
    slope.to_string().parse().unwrap_or(f64::from(slope))
}

fn values(observations: &[Observation<Answer>]) -> Vec<Answer> {
    observations.iter().map(|observation| observation.value).collect()
}

fn change(answers: &[Answer]) -> Option<f64> {
    let now: Confusion = answers.iter().map(|answer| (answer.truth, answer.now)).collect();
    let intact: Confusion = answers.iter().map(|answer| (answer.truth, answer.intact)).collect();
    change_pct(now.f1(), intact.f1())
}
