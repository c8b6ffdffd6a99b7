//! Class scores of every frame: the network's own, and those that are trained here on frozen features.

use anyhow::{Result, bail};
use ndarray::Array2;
use rand::seq::SliceRandom;
use stimuli::frames::{Classes, Part};
use study::seeds;
use vgg_core::head::SoftmaxRecipe;
use vgg_core::head::readout::{LabelledFeatures, Readout, ReadoutRecipe};

use crate::config::Scores;
use crate::opened::Opened;
use crate::passed::Passed;

/// The share of each class's training groups on which a penalty is chosen.
const VALIDATION: f64 = 0.2;

/// Class scores by one way.
pub struct Scored {
    /// `own`, `sgd` or `converged`.
    pub name: &'static str,
    /// Before the softmax, `[frames × classes]`.
    pub scores: Array2<f32>,
    /// The trained layer; nothing for the network's own.
    pub layer: Option<Readout>,
}

/// All class scores, those that the panels show first.
///
/// # Errors
/// Training that does not end well, or scores that are wanted and not there.
pub fn score(opened: &Opened, passed: &Passed) -> Result<Vec<Scored>> {
    let stage = opened.progress.stage("class scores", 2);
    let (train, rest, validation) = sides(opened, passed);
    let seed = seeds::derive(opened.config.seed, "class scores", &[]);
    let mut all = Vec::new();
    if let Some(scores) = own(opened, passed) {
        all.push(Scored { name: "own", scores, layer: None });
    }
    let recipes = [
        ("sgd", ReadoutRecipe::Sgd(opened.config.training.recipe()), &train),
        ("converged", ReadoutRecipe::Softmax(SoftmaxRecipe::default()), &rest),
    ];
    for (name, recipe, pictures) in recipes {
        let layer = recipe.train(pictures, &validation, seed)?;
        all.push(Scored { name, scores: layer.scores(passed.features.view()), layer: Some(layer) });
        stage.advance(1);
    }
    stage.finish();
    let first = wanted(opened.config.training.scores, &all)?;
    all.swap(0, first);
    Ok(all)
}

/// The position of the scores that panels show.
fn wanted(scores: Scores, all: &[Scored]) -> Result<usize> {
    let name = match scores {
        Scores::Auto => return Ok(0),
        Scores::Own => "own",
        Scores::Sgd => "sgd",
        Scores::Converged => "converged",
    };
    match all.iter().position(|scored| scored.name == name) {
        Some(at) => Ok(at),
        None => bail!(
            "training.scores = \"own\": the network's classes are not those of the frames; choose \"sgd\" or \"converged\", \
             which are trained here, or give the frames the network's classes"
        ),
    }
}

/// The network's own scores, in the order of the frames' classes, where it knows exactly these.
fn own(opened: &Opened, passed: &Passed) -> Option<Array2<f32>> {
    let names = &opened.checkpoint.origin.classes;
    let known = Classes::new(names.iter().cloned()).ok()?;
    let order: Vec<usize> = opened.classes().iter().map(|class| known.position(class)).collect::<Option<_>>()?;
    let scores = passed.own.as_ref().filter(|scores| scores.ncols() == order.len())?;
    Some(scores.select(ndarray::Axis(1), &order))
}

/// All training frames; those without a fifth of each class's groups; and that fifth. A class with a single group has it on
/// both sides: the penalty is then chosen without it in mind, and no test frame is touched.
fn sides(opened: &Opened, passed: &Passed) -> (LabelledFeatures, LabelledFeatures, LabelledFeatures) {
    let all = LabelledFeatures {
        features: passed.features.clone(),
        labels: opened.labels(),
        classes: opened.classes().len(),
    };
    let train = opened.side(Part::Train);
    let mut held = vec![false; opened.frames.groups.len()];
    for class in 0..all.classes {
        let mut groups: Vec<usize> = train
            .labels
            .iter()
            .zip(&train.groups)
            .filter(|(label, _)| **label == class)
            .map(|(_, group)| *group)
            .collect();
        groups.sort_unstable();
        groups.dedup();
        let seed = seeds::derive(opened.config.seed, "validation groups", &[class]);
        groups.shuffle(&mut stimuli::seed::rng(seed, "validation groups", &[]));
        let count = ((groups.len() as f64 * VALIDATION).round() as usize)
            .max(1)
            .min(groups.len() - usize::from(groups.len() > 1));
        groups.iter().take(count).for_each(|&group| held[group] = true);
    }
    let frames = train.rows.iter().zip(&train.groups);
    let validation: Vec<usize> = frames.clone().filter(|(_, group)| held[**group]).map(|(row, _)| *row).collect();
    let kept: Vec<usize> = frames.filter(|(_, group)| !held[**group]).map(|(row, _)| *row).collect();
    let covers = |rows: &[usize]| (0..all.classes).all(|class| rows.iter().any(|&row| all.labels[row] == class));
    let rest = if covers(&kept) { kept } else { train.rows.clone() };
    (all.select(&train.rows), all.select(&rest), all.select(&validation))
}
