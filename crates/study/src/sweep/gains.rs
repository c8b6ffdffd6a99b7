//! Groups of channels at a whole grid of gains: the selective channels in full, random groups as curves, and every
//! group at its best gain.
//!
//! Groups are taken a few at a time, so that the margins of groups × gains never need more than [`MARGIN_BYTES`].

use ndarray::Array2;
use rayon::prelude::*;
use stats::StatsError;
use stimuli::Emotion;
use vgg_core::{GainRelu, Intervention, Network};

use super::best::{self, Curve};
use super::guard::Guard;
use super::margins::{Margins, pictures_of};
use super::scores::{self, Cell, Context, Intervals, Part};
use super::{append, set_pairs};
use crate::config::{Config, Mode};
use crate::groups::{Group, groups};
use crate::measure::Measure;
use crate::pass;
use crate::plan::Chunk;
use crate::preparation::{Prepared, Sets, StudyError};
use crate::rows::{BestRow, DrawRow, SweepRow};

/// Memory that margins may take before they become rows.
const MARGIN_BYTES: usize = 256 << 20;
/// The slope that leaves everything as it is, whose margins are known from the preparation.
pub const INTACT: f32 = 1.0;
/// What a sweep over gains reads.
pub const GAIN_PARTS: [Part; 2] = [Part::Validation, Part::Test];
/// All layers at once get this share of the strength (Lindsay & Miller 2018).
const SHARE_OF_ALL_LAYERS: f32 = 0.1;

/// What a part of an attention sweep leaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GainTables {
    /// Test pictures; no random draws.
    pub sweep: Vec<SweepRow>,
    /// Validation pictures, the same conditions.
    pub validation: Vec<SweepRow>,
    /// Random draws.
    pub draws: Vec<DrawRow>,
    /// Every group at its best gain.
    pub best: Vec<BestRow>,
}

/// A part of an attention sweep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// One slope for a group: the selective channels and random draws, at one layer.
    Groups(Chunk),
    /// Slopes that follow from tuning values at the chunk's layer, or at all where the network has no such layer.
    Tuned(Chunk, Mode),
}

/// The gains of a run.
struct Grid {
    /// All of them, which groups get that are no random draws.
    all: Vec<f32>,
    /// Positions of those that random draws get too, and among which best gains are chosen.
    shared: Vec<usize>,
}

/// A group and what a gain does to it.
struct Subject {
    group: Group,
    /// Tuning values of every layer that is changed; nothing for a uniform slope.
    tuning: Option<Vec<(usize, Vec<f32>)>>,
    gains: Vec<f32>,
}

impl Grid {
    fn new(config: &Config) -> Self {
        let attention = config.attention();
        Self { all: attention.slopes(), shared: attention.shared() }
    }

    fn gains_of(&self, group: &Group) -> Vec<f32> {
        match group.draw {
            None => self.all.clone(),
            Some(_) => self.shared.iter().map(|&position| self.all[position]).collect(),
        }
    }

    /// What a group has at the shared gains, out of what it has at its own.
    fn at_shared<T: Copy>(&self, group: &Group, own: &[T]) -> Vec<T> {
        match group.draw {
            None => self.shared.iter().map(|&position| own[position]).collect(),
            Some(_) => own.to_vec(),
        }
    }
}

impl Task {
    /// The part's name, which is also its files'.
    pub fn id(&self) -> String {
        match self {
            Task::Groups(chunk) => chunk.id(),
            Task::Tuned(chunk, mode) => {
                format!("n{}-l{:02}-e{}-{}", chunk.network, chunk.layer, chunk.emotion, mode.name())
            }
        }
    }

    /// The chunk that says where.
    pub fn chunk(&self) -> &Chunk {
        match self {
            Task::Groups(chunk) | Task::Tuned(chunk, _) => chunk,
        }
    }

    fn subjects(&self, grid: &Grid, context: Context<'_>) -> Result<Vec<Subject>, StatsError> {
        let Context { prepared, sets, config } = context;
        let plain = |group: Group| Subject { gains: grid.gains_of(&group), group, tuning: None };
        match self {
            Task::Groups(chunk) => {
                let groups = groups(chunk, &config.attention().controls, prepared, sets, config)?;
                Ok(groups.into_iter().map(plain).collect())
            }
            Task::Tuned(chunk, mode) => Ok(vec![tuned(chunk, *mode, grid.all.clone(), prepared)]),
        }
    }
}

/// Computes a part.
///
/// # Errors
/// The device failed, or a picture cannot be decoded.
pub fn compute_gains(
    task: &Task,
    network: &Network,
    prepared: &Prepared,
    sets: &Sets,
    config: &Config,
    batch: usize,
) -> Result<GainTables, StudyError> {
    let failed = |source| StudyError::Stats { set: "all sets".into(), source };
    let (context, grid) = (Context { prepared, sets, config }, Grid::new(config));
    let subjects = task.subjects(&grid, context).map_err(failed)?;
    let mut tables = GainTables::default();
    for test in 0..sets.sets.len() {
        let pairs = set_pairs(config, sets.sets.len());
        let trained_on: Vec<usize> = pairs.into_iter().filter(|pair| pair.1 == test).map(|pair| pair.0).collect();
        let heads = config.heads.splits * crate::preparation::EMOTIONS;
        let pictures = pictures_of(&GAIN_PARTS, sets, test);
        let bytes = 4 * grid.all.len() * trained_on.len() * pictures.len() * heads;
        for block in subjects.chunks((MARGIN_BYTES / bytes.max(1)).max(1)) {
            let place = Place { chunk: task.chunk(), test, trained_on: &trained_on, pictures: &pictures };
            let margins = margins(&place, block, network, context, batch)?;
            let parts: Vec<GainTables> = block
                .par_iter()
                .zip(margins)
                .map(|(subject, points)| {
                    let mut tables = GainTables::default();
                    for (bank, &train) in trained_on.iter().enumerate() {
                        let points: Vec<&Margins<'_>> = points.iter().map(|banks| &banks[bank]).collect();
                        tables.append(read(task.chunk(), subject, &grid, &points, [train, test], context)?);
                    }
                    Ok(tables)
                })
                .collect::<Result<_, _>>()
                .map_err(failed)?;
            parts.into_iter().for_each(|part| tables.append(part));
        }
    }
    Ok(tables)
}

/// The tables of one group and one pair of sets.
fn read(
    chunk: &Chunk,
    Subject { group, gains, .. }: &Subject,
    grid: &Grid,
    margins: &[&Margins<'_>],
    [train, test]: [usize; 2],
    context: Context<'_>,
) -> Result<GainTables, StatsError> {
    let cells: Vec<Cell<'_>> = gains.iter().map(|&gain| Cell { chunk, group, gain, train, test }).collect();
    let curve = Curve { cells: &cells, margins };
    let shared = Curve { cells: &grid.at_shared(group, &cells), margins: &grid.at_shared(group, margins) };
    let mut tables = GainTables { best: best::rows(&shared, context)?, ..GainTables::default() };
    match group.draw {
        Some(draw) => tables.draws = draw_rows(&curve, draw, context)?,
        None => {
            let rows = |part, intervals| -> Result<Vec<SweepRow>, StatsError> {
                let of_gain: Vec<Vec<SweepRow>> = cells
                    .par_iter()
                    .zip(margins)
                    .map(|(cell, margins)| scores::part_rows(cell, margins, part, intervals, context))
                    .collect::<Result<_, _>>()?;
                Ok(of_gain.into_iter().flatten().collect())
            };
            tables.sweep = rows(Part::Test, Intervals::Own)?;
            tables.validation = rows(Part::Validation, Intervals::None)?;
        }
    }
    Ok(tables)
}

fn draw_rows(curve: &Curve<'_>, draw: usize, context: Context<'_>) -> Result<Vec<DrawRow>, StatsError> {
    let splits = context.config.heads.splits;
    let row = |(gain, cell): (usize, &Cell<'_>)| {
        let mean = |measure, part| curve.mean_change(cell.chunk.emotion, &vec![gain; splits], measure, part, context);
        Ok(DrawRow {
            network: context.prepared.name.clone(),
            set_train: context.sets.sets[cell.train].name.clone(),
            set_test: context.sets.sets[cell.test].name.clone(),
            layer: cell.layer_name(context.prepared),
            emotion: Emotion::ALL[cell.chunk.emotion].to_string(),
            group: cell.group.name.into(),
            draw,
            gain: scores::decimal(cell.gain),
            change_pct: mean(Measure::F1, Part::Test)?,
            validation_change_pct: mean(Measure::F1, Part::Validation)?,
            auc_change: mean(Measure::Auc, Part::Test)?,
            yes_change: mean(Measure::Yes, Part::Test)?,
        })
    };
    curve.cells.iter().enumerate().map(row).collect()
}

/// Slopes by tuning value: at the chunk's layer, or at all. A channel's tuning value is its mean over the sets; a
/// constant channel has none and stays as it is.
fn tuned(chunk: &Chunk, mode: Mode, gains: Vec<f32>, prepared: &Prepared) -> Subject {
    let units = &prepared.selection.units;
    let count = prepared.layers.len();
    let layers = if chunk.layer < count { chunk.layer..chunk.layer + 1 } else { 0..count };
    let share = if chunk.layer < count { 1.0 } else { SHARE_OF_ALL_LAYERS };
    let value = |layer: usize, channel: usize| {
        let of_sets = units.iter().map(|set| set[layer][channel].values.as_ref().map_or(0.0, |v| v[chunk.emotion]));
        let mean = of_sets.sum::<f64>() / units.len() as f64;
        let mean = if mode == Mode::TuningPositive { mean.max(0.0) } else { mean };
        share * mean as f32
    };
    let tuning: Vec<(usize, Vec<f32>)> = layers
        .map(|layer| (layer, (0..units[0][layer].len()).map(|channel| value(layer, channel)).collect()))
        .collect();
    let changed = tuning.iter().map(|(_, values)| values.iter().filter(|&&value| value != 0.0).count()).sum();
    // For slopes of their own the group only counts channels; it is never the group of a line.
    let group = Group { name: mode.name(), draw: None, channels: (0..changed).collect() };
    Subject { group, tuning: Some(tuning), gains }
}

/// Where margins are read: a chunk's layer, heads, and pictures of the set at position `test`.
struct Place<'a> {
    chunk: &'a Chunk,
    test: usize,
    trained_on: &'a [usize],
    pictures: &'a [usize],
}

/// Margins `[subject][gain][bank]`, gains being those of the subject.
fn margins<'a>(
    place: &Place<'a>,
    subjects: &[Subject],
    network: &Network,
    context: Context<'_>,
    batch: usize,
) -> Result<Vec<Vec<Vec<Margins<'a>>>>, StudyError> {
    let Place { chunk, test, trained_on, pictures } = *place;
    let no_batch = |subject: &Subject| vec![vec![Vec::new(); trained_on.len()]; subject.gains.len()];
    let mut parts: Vec<Vec<Vec<Vec<Array2<f32>>>>> = subjects.iter().map(no_batch).collect();
    let first = if chunk.layer < network.architecture().sites().len() { chunk.layer } else { 0 };
    let set = &context.sets.sets[test];
    let guard = Guard::new(context.prepared, set, test);
    let read = |features: &Array2<f32>| -> Vec<Array2<f32>> {
        trained_on.iter().map(|&train| context.prepared.heads.banks[train].margins(features)).collect()
    };
    pass::for_each_batch(set, pictures, network, batch, |of_batch, inputs| {
        let activation = network.prefix(inputs, first);
        guard.check(of_batch, &network.suffix(&activation, &Intervention::none())?)?;
        let junction = subjects.iter().any(|subject| subject.tuning.is_none()).then(|| network.junction(&activation));
        let mut margins = Vec::new();
        for subject in subjects {
            let changed: Vec<f32> = subject.gains.iter().copied().filter(|&gain| gain != INTACT).collect();
            margins.push(match (&subject.tuning, &junction) {
                (None, Some(junction)) => {
                    let line = network.gain_line(junction, &subject.group.channels);
                    line.features_at(&changed)?.iter().map(read).collect::<Vec<_>>()
                }
                (tuning, _) => {
                    let tuning = tuning.as_deref().unwrap_or(&[]);
                    let point = |&gain: &f32| Ok(read(&network.suffix(&activation, &slopes(tuning, gain)?)?));
                    changed.iter().map(point).collect::<Result<_, StudyError>>()?
                }
            });
        }
        for ((points, subject), new) in parts.iter_mut().zip(subjects).zip(margins) {
            let of_gains = points.iter_mut().zip(&subject.gains).filter(|(_, gain)| **gain != INTACT);
            append(of_gains.map(|(banks, _)| banks), new);
        }
        Ok(())
    })?;
    let joined = |(bank, batches): (usize, &Vec<Array2<f32>>)| match batches.is_empty() {
        true => Margins::among(pictures, &context.prepared.intact[trained_on[bank]][test]),
        false => Margins::new(pictures, batches),
    };
    let of_point = |banks: &Vec<Vec<Array2<f32>>>| banks.iter().enumerate().map(joined).collect();
    Ok(parts.iter().map(|points| points.iter().map(of_point).collect()).collect())
}

/// `max(0, 1 + α·f)` for every channel of the layers, where the gain is `1 + α`.
fn slopes(tuning: &[(usize, Vec<f32>)], gain: f32) -> Result<Intervention, StudyError> {
    let mut intervention = Intervention::none();
    for (layer, values) in tuning {
        let slopes: Vec<f32> = values.iter().map(|value| (1.0 + (gain - 1.0) * value).max(0.0)).collect();
        let rectifier = GainRelu::new(&slopes, &vec![true; slopes.len()]).map_err(StudyError::Intervention)?;
        intervention = intervention.and(*layer, rectifier);
    }
    Ok(intervention)
}

impl GainTables {
    /// Puts other tables behind these.
    pub fn append(&mut self, other: GainTables) {
        self.sweep.extend(other.sweep);
        self.validation.extend(other.validation);
        self.draws.extend(other.draws);
        self.best.extend(other.best);
    }
}
