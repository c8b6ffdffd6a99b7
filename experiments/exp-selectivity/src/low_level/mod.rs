//! The control for trivial differences: are the categories told apart by low-level picture statistics alone?

mod decoding;
mod descriptors;
mod spectrum;

use anyhow::Result;
use rayon::prelude::*;
use stats::bootstrap::Bootstrap;
use stimuli::{Picture, StimuliError};
use study::Experiment;
use study::preparation::EMOTIONS;
use study::rows::TestRow;
use study::seeds;
use vgg_core::Preprocessing;

use descriptors::{Descriptors, GROUPS, SIDE};

/// What a decoding is called in `tests.csv`.
pub fn comparison(group: &str) -> String {
    format!("low-level statistics ({group}): balanced accuracy of a cross-validated linear SVM")
}

/// Names of the groups of descriptors, all together first.
pub fn group_names() -> impl Iterator<Item = &'static str> {
    GROUPS.iter().map(|(name, _)| *name)
}

/// A row per group of descriptors of a set. The interval is a bootstrap over pictures of the cross-validated answers.
///
/// # Errors
/// A picture that cannot be decoded.
pub fn tests(experiment: &Experiment, number: usize) -> Result<Vec<TestRow>> {
    let (config, set) = (&experiment.config, &experiment.sets.sets[number]);
    // The picture as the network sees it, but for resolution and scale.
    let view = Preprocessing { mean: [0.0; 3], sd: [1.0; 3], ..Preprocessing::torchvision(SIDE as u32) };
    let descriptors = Descriptors::new();
    let stage = experiment.progress.stage(&format!("low-level statistics of {}", set.name), set.pictures.len());
    let describe = |picture: &Picture| {
        let found = picture.with_pixels(|pixels| descriptors.of(&view.apply(pixels, config.network.colour)));
        stage.advance(1);
        found
    };
    let features: Vec<Vec<f64>> = set.pictures.par_iter().map(describe).collect::<Result<_, StimuliError>>()?;
    stage.finish();
    let labels = set.labels();
    let folds = decoding::folds(&labels, config.selectivity.folds, config.seed, number);
    let decoders = GROUPS.len() * decoding::count(&folds);
    let stage = experiment.progress.stage(&format!("decoding from low-level statistics of {}", set.name), decoders);
    let mut tests = Vec::new();
    for (group, range) in &GROUPS {
        let columns: Vec<Vec<f64>> = features.iter().map(|row| row[range.clone()].to_vec()).collect();
        let answers = decoding::cross_validated(&columns, &labels, &folds, &stage)?;
        let pairs: Vec<(usize, usize)> = labels.iter().copied().zip(answers).collect();
        let seed = seeds::derive(config.seed, "low-level pictures", &[number]);
        let bootstrap = Bootstrap { resamples: config.selectivity.bootstrap, seed };
        let interval = bootstrap.interval("balanced accuracy", &pairs, decoding::balanced_accuracy)?;
        tests.push(TestRow {
            set: set.name.clone(),
            comparison: comparison(group),
            estimate: interval.estimate,
            ci_low: Some(interval.low),
            ci_high: Some(interval.high),
            control_mean: Some(1.0 / EMOTIONS as f64),
            n: pairs.len(),
            ..TestRow::default()
        });
    }
    stage.finish();
    Ok(tests)
}
