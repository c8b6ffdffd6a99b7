//! How often is a claim reached when labels say nothing, and how often when they follow channels? The whole study is
//! repeated on shuffled or planted labels, and its verdicts are counted: a program that finds emotion in noise is no
//! instrument, nor is one that finds nothing.
//!
//! Networks and pictures stay as they are, so responses and features are computed once. Everything after them is done
//! again for every labelling by the same code: tuning, overlap and their joint permutations, splits, selection, heads and,
//! on request, the sweeps.

mod count;
mod labels;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use clap::Args;
use stimuli::Emotion;
use study::Experiment;
use study::cli::{Outcome, RunArguments, help};
use study::config::SelectionPictures;
use study::driver;
use study::preparation::{Prepared, Taps, Tuned, taps_of_all_networks};
use study::progress::{Progress, Stage, Voice};
use study::rows::{CalibrationRow, ClaimRow, SweepRow, TestRow};
use study::signals::StopFlag;
use study::sweep::GainTables;
use vgg_core::device::Device;

use self::count::{Judged, Repetition, count};
use self::labels::{Labels, Origin};
use crate::claims::{Evidence, any_recognised, judge};
use crate::{DEMONSTRATION, NAME, calibration, findings, power};

/// Options of `calibrate`.
#[derive(Args, Clone, Debug)]
pub struct CalibrateArguments {
    /// What is computed and where.
    #[command(flatten)]
    pub run: RunArguments,
    /// Labellings on which the claims about responses are judged (with --planted: of every effect)
    #[arg(long, value_name = "N", default_value = "200")]
    pub labellings: usize,
    /// Of these, how many are also swept, for the claims about lesions and gains; every one takes as long as the study's
    /// sweeps, which --set can cut down
    #[arg(long, value_name = "N", default_value = "0")]
    pub sweeps: usize,
    /// Instead of shuffled labels, labels that follow a tenth of the deep channels with these correlations, from 0
    /// (nothing planted) to 1: how often is what is there found?
    #[arg(long, value_name = "E,E…", value_delimiter = ',', allow_negative_numbers = true, value_parser = effect)]
    pub planted: Vec<f64>,
    /// Shuffle labels only where they choose channels: heads keep the true ones and recognise what they did. How often do
    /// channels that were chosen by chance reach a claim about lesions and gains? All labellings are swept
    #[arg(long, conflicts_with_all = ["planted", "sweeps"])]
    pub chance_channels: bool,
}

fn effect(text: &str) -> Result<f64, String> {
    let known = text.trim().parse::<f64>().ok().filter(|effect| (0.0..=1.0).contains(effect));
    known.ok_or_else(|| "an effect is a number from 0 to 1, as in 0.2,0.4".into())
}

/// What the claims about lesions and gains are judged by.
#[derive(Default)]
struct Sweeps {
    lesion: Vec<TestRow>,
    lesions: Vec<SweepRow>,
    attention: Vec<TestRow>,
    gains: GainTables,
}

/// Heads, ready for sweeps.
struct Heads {
    /// The trained network first.
    prepared: Vec<Prepared>,
    /// What its heads recognise with the network intact.
    intact: Vec<TestRow>,
    /// Whether that is anything.
    recognise: bool,
}

impl Sweeps {
    /// Them as evidence.
    fn evidence<'a>(&'a self, experiment: &'a Experiment) -> Evidence<'a> {
        Evidence {
            lesion: &self.lesion,
            lesions: &self.lesions,
            attention: &self.attention,
            gains: &self.gains.sweep,
            ..findings::without_tables(experiment)
        }
    }
}

/// What every repetition starts from.
struct Repeater<'a> {
    arguments: &'a CalibrateArguments,
    taps: &'a [Taps],
    origin: Origin,
    device: &'a Device,
    stop: &'a StopFlag,
}

/// Repeats the study on shuffled labels, prints how often each claim was reached, and writes `tables/calibration.csv`; on
/// planted labels `tables/power.csv` and `figures/power.svg`. What a signal stops is printed as far as it came and
/// replaces nothing on the disk.
///
/// # Errors
/// As a run of the study.
pub fn calibrate(arguments: &CalibrateArguments) -> Result<Outcome> {
    check(arguments)?;
    let progress = arguments.run.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let mut opening = arguments.run.opening(NAME, DEMONSTRATION)?;
    let device = opening.device(&arguments.run.device, arguments.run.memory, &progress)?;
    let mut experiment = Experiment::open(NAME, opening, progress.on(device.info()), &stop)?;
    (exp_selectivity::STUDY.check)(&experiment)?;
    (exp_generalization::STUDY.check)(&experiment)?;
    ensure!(
        !arguments.chance_channels || experiment.config.selection.pictures == SelectionPictures::Train,
        "--chance-channels needs selection.pictures = \"train\": where test pictures choose channels, their labels cannot be \
         shuffled and kept at once"
    );
    let Some(taps) = taps_of_all_networks(&experiment, &device, &stop)? else { return Ok(Outcome::Stopped) };
    let origin = Origin::new(&experiment, &taps[0])?;
    let repeater = Repeater { arguments, taps: &taps, origin, device: &device, stop: &stop };
    match (arguments.chance_channels, arguments.planted.is_empty()) {
        (true, _) => repeater.level(&mut experiment, Labels::Choosing, calibration::CHANCE_CHANNELS),
        (_, true) => repeater.level(&mut experiment, Labels::Shuffled, calibration::TABLE),
        _ => repeater.power(&mut experiment),
    }
}

fn check(arguments: &CalibrateArguments) -> Result<()> {
    ensure!(arguments.labellings > 0, "--labellings 0: at least one labelling is needed");
    ensure!(
        arguments.sweeps <= arguments.labellings,
        "--sweeps {} of --labellings {}: no more labellings can be swept than there are",
        arguments.sweeps,
        arguments.labellings
    );
    Ok(())
}

impl Repeater<'_> {
    /// How often claims are reached when labels say nothing.
    fn level(&self, experiment: &mut Experiment, labels: Labels, table: &str) -> Result<Outcome> {
        let stage = experiment.progress.stage("shuffled labellings", self.arguments.labellings);
        let (rows, whole) = self.rates(experiment, labels, &stage)?;
        stage.finish();
        help::print(&calibration::text(&rows))?;
        if !whole {
            return Ok(Outcome::Stopped);
        }
        calibration::write(experiment, table, &rows)?;
        Ok(Outcome::Complete)
    }

    /// How often they are reached when labels follow channels.
    fn power(&self, experiment: &mut Experiment) -> Result<Outcome> {
        let mut effects = self.arguments.planted.clone();
        effects.sort_by(f64::total_cmp);
        effects.dedup();
        let stage = experiment.progress.stage("planted labellings", effects.len() * self.arguments.labellings);
        let mut rows = Vec::new();
        for effect in effects {
            let (found, whole) = self.rates(experiment, Labels::Planted(effect), &stage)?;
            help::print(&format!("planted effect {effect}\n{}", calibration::text(&found)))?;
            if !whole {
                return Ok(Outcome::Stopped);
            }
            rows.extend(found.into_iter().map(|row| power::row(effect, row)));
        }
        stage.finish();
        calibration::write(experiment, power::TABLE, &rows)?;
        power::draw(experiment, &rows)?;
        Ok(Outcome::Complete)
    }

    /// The rates of one kind of labels, and whether no signal cut them short.
    fn rates(&self, experiment: &mut Experiment, labels: Labels, stage: &Stage) -> Result<(Vec<CalibrationRow>, bool)> {
        // Stages within a labelling would only bury that of the whole.
        let voice = std::mem::replace(&mut experiment.progress, Progress::new(Voice::Quiet));
        let repetitions = Arc::new(Mutex::new(Vec::new()));
        // A labelling can take hours; those that are counted are printed also where one is cut short.
        let counted = repetitions.clone();
        let repeated = self.stop.with_last_words(
            move || print_counted(&locked(&counted)),
            || self.repeat_all(experiment, labels, stage, &repetitions),
        );
        experiment.progress = voice;
        repeated?;
        experiment.relabel(self.origin.truth())?;
        let repetitions = locked(&repetitions);
        Ok((count(&repetitions)?, repetitions.len() == self.arguments.labellings))
    }

    /// Appends what every labelling gives, up to the one that a signal stopped.
    fn repeat_all(
        &self,
        experiment: &mut Experiment,
        labels: Labels,
        stage: &Stage,
        repetitions: &Mutex<Vec<Repetition>>,
    ) -> Result<()> {
        // Where labels only choose channels, heads stay as they are.
        let mut heads = (labels == Labels::Choosing).then(|| self.heads(experiment)).transpose()?;
        for number in 0..self.arguments.labellings {
            let emotions = self.origin.labels(labels, number);
            let claims = if let Some(heads) = &mut heads {
                let claims = self.repeat_sweeps(experiment, heads, &emotions)?;
                claims.map(|claims| Repetition { claims, judged: Judged::Heads })
            } else {
                experiment.relabel(emotions)?;
                let swept = number < self.arguments.sweeps;
                let judged = if swept { Judged::All } else { Judged::Responses };
                self.repeat(experiment, swept)?.map(|claims| Repetition { claims, judged })
            };
            let Some(repetition) = claims else { break };
            locked(repetitions).push(repetition);
            stage.advance(1);
        }
        Ok(())
    }

    /// The claims on the labels that the experiment has now; nothing where a signal stopped it.
    fn repeat(&self, experiment: &Experiment, swept: bool) -> Result<Option<Vec<ClaimRow>>> {
        if self.stop.is_raised() {
            return Ok(None);
        }
        let tune = |taps: &Taps| Tuned::new(experiment, taps.name.clone(), taps.responses.clone());
        let tuned: Vec<Tuned> = self.taps.iter().map(tune).collect::<Result<_>>()?;
        let selectivity = exp_selectivity::tests(experiment, &tuned)?;
        let generalization = exp_generalization::tests(experiment, &tuned)?;
        let sweeps = if swept { self.sweep(experiment, &self.heads(experiment)?)? } else { Some(Sweeps::default()) };
        let Some(sweeps) = sweeps else { return Ok(None) };
        judge(&Evidence { selectivity: &selectivity, generalization: &generalization, ..sweeps.evidence(experiment) })
            .map(Some)
    }

    /// The claims about lesions and gains of channels that these emotions choose, on heads of the true ones; nothing where
    /// a signal stopped it.
    fn repeat_sweeps(
        &self,
        experiment: &Experiment,
        heads: &mut Heads,
        choosing: &[Vec<Emotion>],
    ) -> Result<Option<Vec<ClaimRow>>> {
        if self.stop.is_raised() {
            return Ok(None);
        }
        for prepared in &mut heads.prepared {
            prepared.reselect(experiment, choosing)?;
        }
        let Some(sweeps) = self.sweep(experiment, heads)? else { return Ok(None) };
        judge(&sweeps.evidence(experiment)).map(Some)
    }

    /// Heads on the labels that the experiment has now. Where those of the trained network recognise nothing, no others are
    /// trained.
    fn heads(&self, experiment: &Experiment) -> Result<Heads> {
        let train = |taps: &Taps| Prepared::train(experiment, taps.clone());
        let mut prepared = vec![train(&self.taps[0])?];
        let intact = exp_lesion::tests(experiment, &prepared, &[])?;
        let recognise = any_recognised(&Evidence { lesion: &intact, ..findings::without_tables(experiment) });
        let others = if recognise { experiment.config.swept_random_networks() } else { 0 };
        for taps in &self.taps[1..=others] {
            prepared.push(train(taps)?);
        }
        Ok(Heads { prepared, intact, recognise })
    }

    /// The sweeps, or only what intact heads recognise where that is nothing: no claim could be tested then, whatever the
    /// sweeps gave.
    fn sweep(&self, experiment: &Experiment, heads: &Heads) -> Result<Option<Sweeps>> {
        let Heads { prepared, intact, recognise } = heads;
        if !recognise {
            return Ok(Some(Sweeps { lesion: intact.clone(), attention: intact.clone(), ..Sweeps::default() }));
        }
        let Self { device, stop, .. } = *self;
        let Some(tables) = driver::in_memory(&exp_lesion::STUDY, experiment, prepared, device, stop)? else {
            return Ok(None);
        };
        let lesions: Vec<SweepRow> = tables.rows("sweep")?;
        let lesion = exp_lesion::tests(experiment, prepared, &lesions)?;
        let Some(tables) = driver::in_memory(&exp_attention::STUDY, experiment, prepared, device, stop)? else {
            return Ok(None);
        };
        let gains = exp_attention::found(&tables)?;
        let attention = exp_attention::tests(experiment, prepared, &gains)?;
        Ok(Some(Sweeps { lesion, lesions, attention, gains }))
    }
}

fn locked(repetitions: &Mutex<Vec<Repetition>>) -> MutexGuard<'_, Vec<Repetition>> {
    repetitions.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The rates so far. The process is being ended, so that nobody can be told where they cannot be printed.
fn print_counted(repetitions: &[Repetition]) {
    if let Ok(rows) = count(repetitions) {
        let _ = help::print(&calibration::text(&rows));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_is_a_correlation() {
        assert_eq!((effect("0"), effect(" 0.25"), effect("1")), (Ok(0.0), Ok(0.25), Ok(1.0)));
        for wrong in ["-0.1", "1.5", "NaN", "much", ""] {
            assert!(effect(wrong).is_err_and(|reason| reason.contains("from 0 to 1")), "{wrong}");
        }
    }
}
