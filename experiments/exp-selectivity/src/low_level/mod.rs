//! The control for trivial differences: are the categories told apart by low-level picture statistics alone, and by what was
//! learned from another set?

mod decoding;
mod descriptors;
mod fourier;
mod gist;
mod spectrum;

use anyhow::Result;
use rayon::prelude::*;
use stats::bootstrap::Bootstrap;
use stimuli::{Picture, StimuliError};
use study::Experiment;
use study::pictures::StudySet;
use study::preparation::EMOTIONS;
use study::rows::TestRow;
use study::seeds;
use vgg_core::Preprocessing;

use decoding::Decoder;
use descriptors::{Descriptors, GROUPS, SIDE};

/// What a decoding is called in `tests.csv`.
pub fn comparison(group: &str) -> String {
    format!("low-level statistics ({group}): balanced accuracy of a cross-validated linear SVM")
}

/// What a decoding by another set's machine is called.
pub fn across(group: &str, trained_on: &str) -> String {
    format!("low-level statistics ({group}): balanced accuracy of a linear SVM trained on {trained_on}")
}

/// Names of the groups of descriptors, all together first.
pub fn group_names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(name, _)| *name)
}

/// A row per group of descriptors and set: cross-validated within it, and read by the machine of each other set, which is
/// trained on all of that set's pictures. Intervals are bootstraps over the pictures that are read.
///
/// # Errors
/// A picture that cannot be decoded.
pub fn tests(experiment: &Experiment) -> Result<Vec<TestRow>> {
    let sets = &experiment.sets.sets;
    let features: Vec<Vec<Vec<f64>>> =
        sets.iter().map(|set| describe(experiment, set)).collect::<Result<_, StimuliError>>()?;
    let labels: Vec<Vec<usize>> = sets.iter().map(StudySet::labels).collect();
    let folds: Vec<Vec<usize>> = (0..sets.len())
        .map(|set| decoding::folds(&labels[set], experiment.config.selectivity.folds, experiment.config.seed, set))
        .collect();
    let decoders: usize = folds.iter().map(|folds| decoding::count(folds) + sets.len() - 1).sum();
    let stage = experiment.progress.stage("decoding from low-level statistics", decoders * GROUPS.len());
    let (mut tests, mut unsolved) = (Vec::new(), 0);
    for (set, labels_of_set) in labels.iter().enumerate() {
        for (group, range) in &GROUPS {
            let of_group =
                |set: usize| -> Vec<Vec<f64>> { features[set].iter().map(|row| row[range.clone()].to_vec()).collect() };
            let own = of_group(set);
            let (answers, of_folds) = decoding::cross_validated(&own, labels_of_set, &folds[set], &stage)?;
            unsolved += of_folds;
            tests.push(row(experiment, set, comparison(group), labels_of_set, answers)?);
            for other in (0..sets.len()).filter(|other| *other != set) {
                let everything: Vec<usize> = (0..labels[other].len()).collect();
                let decoder = Decoder::new(&of_group(other), &labels[other], &everything)?;
                stage.advance(1);
                unsolved += decoder.unsolved();
                let answers = own.iter().map(|picture| decoder.answer(picture)).collect();
                tests.push(row(experiment, set, across(group, &sets[other].name), labels_of_set, answers)?);
            }
        }
    }
    stage.finish();
    if unsolved > 0 {
        experiment.progress.warn(&format!(
            "{unsolved} support vector machines on low-level statistics did not reach their optimum: their balanced accuracies may \
             be off"
        ));
    }
    Ok(tests)
}

/// The descriptors of every picture of a set.
fn describe(experiment: &Experiment, set: &StudySet) -> Result<Vec<Vec<f64>>, StimuliError> {
    let colour = experiment.config.network.colour;
    // The picture as the network sees it, but for resolution and scale.
    let view = |side: usize| Preprocessing { mean: [0.0; 3], sd: [1.0; 3], ..Preprocessing::torchvision(side as u32) };
    let (small, large, descriptors) = (view(SIDE), view(gist::SIDE), Descriptors::new());
    let stage = experiment.progress.stage(&format!("low-level statistics of {}", set.name), set.pictures.len());
    let describe = |picture: &Picture| {
        let both = picture.with_pixels(|pixels| [small.apply(pixels, colour), large.apply(pixels, colour)]);
        let found = both.map(|[small, large]| descriptors.of(&small, &large));
        stage.advance(1);
        found
    };
    let found = set.pictures.par_iter().map(describe).collect::<Result<_, StimuliError>>();
    stage.finish();
    found
}

/// The row of answers to the pictures of a set.
fn row(
    experiment: &Experiment,
    set: usize,
    comparison: String,
    labels: &[usize],
    answers: Vec<usize>,
) -> Result<TestRow> {
    let config = &experiment.config;
    let pairs: Vec<(usize, usize)> = labels.iter().copied().zip(answers).collect();
    let seed = seeds::derive(config.seed, "low-level pictures", &[set]);
    let bootstrap = Bootstrap { resamples: config.selectivity.bootstrap, seed };
    let interval = bootstrap.interval("balanced accuracy", &pairs, decoding::balanced_accuracy)?;
    Ok(TestRow {
        set: experiment.sets.sets[set].name.clone(),
        comparison,
        estimate: interval.estimate,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        control_mean: Some(1.0 / EMOTIONS as f64),
        n: pairs.len(),
        ..TestRow::default()
    })
}
