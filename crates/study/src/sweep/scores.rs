//! From the margins of a condition to the rows of the table.

use stats::StatsError;
use stats::bootstrap::{Bootstrap, Interval};
use stats::dprime::dprime;
use stimuli::Emotion;
use stimuli::splits::Split;

use super::margins::Margins;
use super::reading::{self, Reading, Seen};
use crate::config::Config;
use crate::groups::Group;
use crate::measure::Measure;
use crate::plan::Chunk;
use crate::preparation::{EMOTIONS, Prepared, Sets};
use crate::rows::SweepRow;
use crate::seeds;

/// One condition read by the heads of one set on the pictures of one set.
#[derive(Clone, Copy)]
pub(super) struct Cell<'a> {
    pub chunk: &'a Chunk,
    pub group: &'a Group,
    pub gain: f32,
    pub train: usize,
    pub test: usize,
}

/// The pictures that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
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

/// A row per task and split, on test pictures.
pub(super) fn rows(
    cell: &Cell<'_>,
    margins: &Margins<'_>,
    prepared: &Prepared,
    sets: &Sets,
    config: &Config,
) -> Result<Vec<SweepRow>, StatsError> {
    part_rows(cell, margins, Part::Test, Intervals::Every, Context { prepared, sets, config })
}

/// A row per task and split.
pub(super) fn part_rows(
    cell: &Cell<'_>,
    margins: &Margins<'_>,
    part: Part,
    wanted: Intervals,
    context: Context<'_>,
) -> Result<Vec<SweepRow>, StatsError> {
    let splits = context.config.heads.splits;
    let mut rows = Vec::new();
    for task in 0..EMOTIONS {
        let wanted = match wanted {
            Intervals::Every => cell.group.draw.is_none(),
            Intervals::Own => cell.group.draw.is_none() && task == cell.chunk.emotion,
            Intervals::None => false,
        };
        let found = if wanted { intervals(cell, task, &vec![margins; splits], context)? } else { [None; 2] };
        for split in 0..splits {
            rows.push(row(cell, task, split, margins, part, context, found)?);
        }
    }
    Ok(rows)
}

fn row(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Margins<'_>,
    part: Part,
    context: Context<'_>,
    [of_f1, of_auc]: [Option<Interval>; 2],
) -> Result<SweepRow, StatsError> {
    let Context { prepared, sets, .. } = context;
    let reading = reading(cell, task, split, margins, part, context);
    let (counts, base) = (reading.counts(), reading.base_counts());
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
        auc: reading.auc()?,
        dprime: dprime(&counts),
        base_f1: base.f1(),
        change_pct: reading.change(Measure::F1)?,
        ci_low: of_f1.map(|interval| interval.low),
        ci_high: of_f1.map(|interval| interval.high),
        base_auc: reading.base_auc()?,
        auc_change: reading.change(Measure::Auc)?,
        auc_ci_low: of_auc.map(|interval| interval.low),
        auc_ci_high: of_auc.map(|interval| interval.high),
        yes_share: counts.yes_share(),
        base_yes_share: base.yes_share(),
    })
}

/// What the head of a task and split says of a part of its split's pictures.
pub(super) fn reading(
    cell: &Cell<'_>,
    task: usize,
    split: usize,
    margins: &Margins<'_>,
    part: Part,
    context: Context<'_>,
) -> Reading {
    let Context { prepared, sets, .. } = context;
    let intact = &prepared.intact[cell.train][cell.test];
    let column = crate::preparation::heads_column(split, task);
    let seen = |&picture: &usize| Seen {
        picture,
        truth: sets.sets[cell.test].emotions[picture].index() == task,
        intact: f64::from(intact[[picture, column]]),
        now: f64::from(margins.at(picture, column)),
    };
    Reading(part.pictures(&sets.splits[cell.test][split]).iter().map(seen).collect())
}

/// The 95 % intervals of the mean changes of F1 (%) and AUC on test pictures, with the margins of each split.
pub(super) fn intervals(
    cell: &Cell<'_>,
    task: usize,
    margins: &[&Margins<'_>],
    context: Context<'_>,
) -> Result<[Option<Interval>; 2], StatsError> {
    let of_split = |(split, margins): (usize, &&Margins<'_>)| reading(cell, task, split, margins, Part::Test, context);
    let readings: Vec<Reading> = margins.iter().enumerate().map(of_split).collect();
    let coordinates = [cell.chunk.network, cell.chunk.layer, cell.chunk.emotion, cell.train, cell.test, task];
    let seed = seeds::derive(context.config.seed, "bootstrap", &coordinates);
    reading::intervals(&readings, Bootstrap { resamples: context.config.sweep.bootstrap, seed })
}

impl Part {
    /// The pictures of this part of a split.
    pub fn pictures(self, split: &Split) -> &[usize] {
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
