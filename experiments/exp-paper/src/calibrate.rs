//! How often is a claim reached when labels say nothing? The whole study is repeated on shuffled labels, and its verdicts
//! are counted: a program that finds emotion in noise is no instrument.
//!
//! Networks and pictures stay as they are, so responses and features are computed once. Everything after them is done
//! again for every labelling by the same code: tuning, overlap and their joint permutations, splits, selection, heads and,
//! on request, the sweeps.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};
use clap::Args;
use rand::seq::SliceRandom;
use stats::binomial::exact_interval;
use stimuli::Emotion;
use study::cli::{Outcome, RunArguments, help};
use study::driver;
use study::preparation::{Prepared, Taps, Tuned, taps_of_all_networks};
use study::progress::{Progress, Voice};
use study::rows::{CalibrationRow, ClaimRow, SweepRow, TestRow};
use study::signals::StopFlag;
use study::sweep::GainTables;
use study::{Experiment, seeds};
use vgg_core::device::Device;

use crate::claims::{About, CLAIMS, Evidence, judge};
use crate::{DEMONSTRATION, NAME, calibration, findings};

/// Options of `calibrate`.
#[derive(Args, Clone, Debug)]
pub struct CalibrateArguments {
    /// What is computed and where.
    #[command(flatten)]
    pub run: RunArguments,
    /// Shuffled labellings on which the claims about responses are judged
    #[arg(long, value_name = "N", default_value = "200")]
    pub labellings: usize,
    /// Of these, how many are also swept, for the claims about lesions and gains; every one takes as long as the study's
    /// sweeps, which --set can cut down
    #[arg(long, value_name = "N", default_value = "0")]
    pub sweeps: usize,
}

/// What one labelling gave.
struct Repetition {
    claims: Vec<ClaimRow>,
    swept: bool,
}

/// What the claims about lesions and gains are judged by.
#[derive(Default)]
struct Sweeps {
    lesion: Vec<TestRow>,
    lesions: Vec<SweepRow>,
    attention: Vec<TestRow>,
    gains: GainTables,
}

/// Repeats the study on shuffled labels, prints how often each claim was reached, and writes `tables/calibration.csv`. A
/// calibration that a signal stops is printed as far as it came and replaces none on the disk.
///
/// # Errors
/// As a run of the study.
pub fn calibrate(arguments: &CalibrateArguments) -> Result<Outcome> {
    ensure!(arguments.labellings > 0, "--labellings 0: at least one shuffled labelling is needed");
    ensure!(
        arguments.sweeps <= arguments.labellings,
        "--sweeps {} of --labellings {}: no more labellings can be swept than there are",
        arguments.sweeps,
        arguments.labellings
    );
    let progress = arguments.run.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let mut opening = arguments.run.opening(NAME, DEMONSTRATION)?;
    let device = opening.device(&arguments.run.device, arguments.run.memory, &progress)?;
    let mut experiment = Experiment::open(NAME, opening, progress.on(device.info()), &stop)?;
    (exp_selectivity::STUDY.check)(&experiment)?;
    (exp_generalization::STUDY.check)(&experiment)?;
    let Some(taps) = taps_of_all_networks(&experiment, &device, &stop)? else { return Ok(Outcome::Stopped) };
    let truth: Vec<Vec<Emotion>> = experiment.sets.sets.iter().map(|set| set.emotions.clone()).collect();
    let stage = experiment.progress.stage("shuffled labellings", arguments.labellings);
    // Stages within a labelling would only bury that of the whole.
    let voice = std::mem::replace(&mut experiment.progress, Progress::new(Voice::Quiet));
    let mut repetitions = Vec::new();
    for number in 0..arguments.labellings {
        experiment.relabel(shuffled(&truth, experiment.config.seed, number))?;
        let swept = number < arguments.sweeps;
        let Some(claims) = repeat(&experiment, &taps, swept, &device, &stop)? else { break };
        repetitions.push(Repetition { claims, swept });
        stage.advance(1);
    }
    experiment.progress = voice;
    experiment.relabel(truth)?;
    stage.finish();
    let rows = count(&repetitions)?;
    help::print(&calibration::text(&rows))?;
    if repetitions.len() < arguments.labellings {
        return Ok(Outcome::Stopped);
    }
    calibration::write(&experiment, &rows)?;
    Ok(Outcome::Complete)
}

/// The emotions of every set in random order; which order follows from the number alone.
fn shuffled(truth: &[Vec<Emotion>], seed: u64, number: usize) -> Vec<Vec<Emotion>> {
    let of_set = |(set, emotions): (usize, &Vec<Emotion>)| {
        let mut emotions = emotions.clone();
        let seed = seeds::derive(seed, "calibration", &[number, set]);
        emotions.shuffle(&mut stimuli::seed::rng(seed, "calibration", &[]));
        emotions
    };
    truth.iter().enumerate().map(of_set).collect()
}

/// The claims on the labels that the experiment has now; nothing where a signal stopped it.
fn repeat(
    experiment: &Experiment,
    taps: &[Taps],
    swept: bool,
    device: &Device,
    stop: &StopFlag,
) -> Result<Option<Vec<ClaimRow>>> {
    if stop.is_raised() {
        return Ok(None);
    }
    let tune = |taps: &Taps| Tuned::new(experiment, taps.name.clone(), taps.responses.clone());
    let tuned: Vec<Tuned> = taps.iter().map(tune).collect::<Result<_>>()?;
    let selectivity = exp_selectivity::tests(experiment, &tuned)?;
    let generalization = exp_generalization::tests(experiment, &tuned)?;
    let sweeps = if swept { sweep(experiment, taps, device, stop)? } else { Some(Sweeps::default()) };
    let Some(sweeps) = sweeps else { return Ok(None) };
    let evidence = Evidence {
        selectivity: &selectivity,
        generalization: &generalization,
        lesion: &sweeps.lesion,
        lesions: &sweeps.lesions,
        attention: &sweeps.attention,
        gains: &sweeps.gains.sweep,
        ..findings::without_tables(experiment)
    };
    judge(&evidence).map(Some)
}

fn sweep(experiment: &Experiment, taps: &[Taps], device: &Device, stop: &StopFlag) -> Result<Option<Sweeps>> {
    let networks = 1 + experiment.config.swept_random_networks();
    let prepared: Vec<Prepared> =
        taps[..networks].iter().map(|taps| Prepared::train(experiment, taps.clone())).collect::<Result<_>>()?;
    let Some(tables) = driver::in_memory(&exp_lesion::STUDY, experiment, &prepared, device, stop)? else {
        return Ok(None);
    };
    let lesions: Vec<SweepRow> = tables.rows("sweep")?;
    let lesion = exp_lesion::tests(experiment, &prepared, &lesions)?;
    let Some(tables) = driver::in_memory(&exp_attention::STUDY, experiment, &prepared, device, stop)? else {
        return Ok(None);
    };
    let gains = exp_attention::found(&tables)?;
    let attention = exp_attention::tests(experiment, &prepared, &gains)?;
    Ok(Some(Sweeps { lesion, lesions, attention, gains }))
}

/// A row per claim that any labelling was about.
fn count(repetitions: &[Repetition]) -> Result<Vec<CalibrationRow>> {
    let mut rows = Vec::new();
    for claim in &CLAIMS {
        let own = |repetition: &&Repetition| claim.about == About::Responses || repetition.swept;
        let verdicts: Vec<BTreeMap<&str, usize>> =
            repetitions.iter().filter(own).map(|one| verdicts(one, claim.id)).collect();
        if verdicts.is_empty() {
            continue;
        }
        let with = |words: &str| verdicts.iter().filter(|verdicts| verdicts.contains_key(words)).count();
        let (labellings, reached) = (verdicts.len(), with("reached"));
        let (ci_low, ci_high) = exact_interval(reached, labellings)?;
        let testable = verdicts.iter().filter(|of| of.keys().any(|words| *words != "not testable here")).count();
        let rate = reached as f64 / labellings as f64;
        rows.push(CalibrationRow { claim: claim.id.into(), labellings, reached, rate, ci_low, ci_high, testable });
    }
    Ok(rows)
}

fn verdicts<'a>(repetition: &'a Repetition, claim: &str) -> BTreeMap<&'a str, usize> {
    let mut verdicts = BTreeMap::new();
    for row in repetition.claims.iter().filter(|row| row.claim == claim) {
        *verdicts.entry(row.verdict.as_str()).or_default() += 1;
    }
    verdicts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_move_within_a_set_and_follow_the_number() {
        let truth = vec![[Emotion::Pleasant; 4].to_vec(), [Emotion::ALL, Emotion::ALL].concat()];
        let one = shuffled(&truth, 7, 0);
        assert_eq!(one, shuffled(&truth, 7, 0));
        assert_eq!(one[0], truth[0], "one emotion can only stay");
        let counts =
            |emotions: &[Emotion]| Emotion::ALL.map(|emotion| emotions.iter().filter(|e| **e == emotion).count());
        assert_eq!(counts(&one[1]), [2, 2, 2]);
        assert!((0..9).any(|number| shuffled(&truth, 7, number)[1] != truth[1]));
    }

    #[test]
    fn a_claim_counts_once_per_labelling_and_only_where_it_was_looked_at() {
        let row = |claim: &str, verdict: &str| {
            let (claim, verdict) = (claim.to_string(), verdict.to_string());
            ClaimRow { claim, verdict, ..ClaimRow::default() }
        };
        let repetitions = [
            Repetition {
                claims: vec![
                    row("quality-rises", "reached"),
                    row("quality-rises", "reached"),
                    row("lesion-hurts", "not testable here"),
                ],
                swept: true,
            },
            Repetition {
                claims: vec![row("quality-rises", "not reached"), row("lesion-hurts", "not testable here")],
                swept: false,
            },
        ];
        let rows = count(&repetitions).expect("valid");
        let of = |claim: &str| rows.iter().find(|row| row.claim == claim).expect("a row");
        assert_eq!(
            (of("quality-rises").reached, of("quality-rises").labellings, of("quality-rises").rate),
            (1, 2, 0.5)
        );
        assert_eq!((of("lesion-hurts").labellings, of("lesion-hurts").testable), (1, 0));
    }
}
