//! Class scores of every frame: the network's own, and those that are trained here on frozen features.

use anyhow::{Result, bail, ensure};
use graph::Op;
use ndarray::Array2;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use stimuli::frames::{Classes, Part};
use study::seeds;
use vgg_core::Checkpoint;
use vgg_core::head::SoftmaxRecipe;
use vgg_core::head::readout::{LabelledFeatures, Readout, ReadoutRecipe};

use crate::chance::generator;
use crate::config::Scores;
use crate::opened::{Opened, Side};
use crate::passed::Passed;

/// The share of each class's training groups on which a penalty is chosen.
const VALIDATION: f64 = 0.2;

/// The name of the network's own scores.
pub const OWN: &str = "own";

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
        all.push(Scored { name: OWN, scores, layer: None });
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
    let first = wanted(opened.config.training.scores, &all);
    all.swap(0, first);
    Ok(all)
}

/// Checks that the scores that panels show will be there, before anything is computed.
///
/// # Errors
/// The network's own are wanted, and its classes are others.
pub fn check(opened: &Opened) -> Result<()> {
    ensure!(
        opened.config.training.scores != Scores::Own || own_order(opened).is_some(),
        "training.scores = \"own\": the network's classes are not those of the frames; choose \"sgd\" or \"converged\", which \
         are trained here, or give the frames the network's classes"
    );
    Ok(())
}

/// The position of the scores that panels show.
fn wanted(scores: Scores, all: &[Scored]) -> usize {
    let name = match scores {
        Scores::Auto => return 0,
        Scores::Own => OWN,
        Scores::Sgd => "sgd",
        Scores::Converged => "converged",
    };
    all.iter().position(|scored| scored.name == name).unwrap_or_default()
}

/// The network's own scores, in the order of the frames' classes, where it knows exactly these.
fn own(opened: &Opened, passed: &Passed) -> Option<Array2<f32>> {
    Some(passed.own.as_ref()?.select(ndarray::Axis(1), &own_order(opened)?))
}

/// The position of every class of the frames among the network's own, where it knows exactly these.
pub fn own_order(opened: &Opened) -> Option<Vec<usize>> {
    let (names, classes) = (&opened.checkpoint.origin.classes, opened.checkpoint.architecture.classes());
    if names.len() != classes || opened.classes().len() != classes {
        return None;
    }
    let known = Classes::new(names.iter().cloned()).ok()?;
    opened.classes().iter().map(|class| known.position(class)).collect()
}

/// The layer behind class scores: what was trained here, or the network's own last one.
///
/// # Errors
/// The network's own scores come from something else than a dense layer on its features.
pub fn layer_behind(opened: &Opened, shown: &Scored) -> Result<Readout> {
    match &shown.layer {
        Some(layer) => Ok(layer.clone()),
        None => own_layer(opened),
    }
}

/// The network's own last layer, in the order of the frames' classes.
///
/// # Errors
/// As [`layer_behind`].
pub fn own_layer(opened: &Opened) -> Result<Readout> {
    match own_order(opened).and_then(|order| layer_of(&opened.checkpoint, &order)) {
        Some(layer) => Ok(layer),
        None => {
            let graph = opened.checkpoint.architecture.graph();
            bail!(
                "the network's own class scores (node {}) are not a dense layer that reads its features (node {}), so that \
                 they cannot follow an intervention; set training.scores = \"sgd\", or interventions.gains = []",
                graph.node(graph.output()).name,
                opened.checkpoint.architecture.feature_name()
            )
        }
    }
}

/// The last layer of a network for some of its classes, where it is a dense layer that reads the features.
pub fn layer_of(checkpoint: &Checkpoint, classes: &[usize]) -> Option<Readout> {
    let network = &checkpoint.architecture;
    let output = network.graph().output();
    let node = network.graph().node(output);
    if !matches!(node.op, Op::Dense(_)) || node.inputs != [network.features()] {
        return None;
    }
    let (parameters, units) = (checkpoint.weights.of(output)?, network.feature_units());
    let weight = |(unit, class): (usize, usize)| parameters.kernel[classes[class] * units + unit];
    let bias = |&class: &usize| parameters.bias.as_ref().map_or(0.0, |bias| bias[class]);
    Some(Readout {
        weights: Array2::from_shape_fn((units, classes.len()), weight),
        bias: classes.iter().map(bias).collect(),
    })
}

/// All training frames; those without a fifth of each class's groups; and that fifth. A class with a single group has it on
/// both sides, so that each side knows every class; no test frame is touched.
fn sides(opened: &Opened, passed: &Passed) -> (LabelledFeatures, LabelledFeatures, LabelledFeatures) {
    let (features, labels) = (passed.features.clone(), opened.labels());
    let all = LabelledFeatures { features, labels, classes: opened.classes().len() };
    let train = opened.side(Part::Train);
    let generator = |class| generator(opened, "validation groups", &[class]);
    let (kept, validation) = divided(&train, all.classes, generator);
    (all.select(&train.rows), all.select(&kept), all.select(&validation))
}

/// Training frames without a fifth of each class's groups, and that fifth.
fn divided(train: &Side, classes: usize, generator: impl Fn(usize) -> ChaCha8Rng) -> (Vec<usize>, Vec<usize>) {
    let (mut kept, mut validation) = (Vec::new(), Vec::new());
    for class in 0..classes {
        let frames = (0..train.rows.len()).filter(|&frame| train.labels[frame] == class);
        let of_class: Vec<(usize, usize)> = frames.map(|frame| (train.groups[frame], train.rows[frame])).collect();
        let mut groups: Vec<usize> = of_class.iter().map(|(group, _)| *group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups.shuffle(&mut generator(class));
        let count = ((groups.len() as f64 * VALIDATION).round() as usize).max(1).min(groups.len());
        let is_held = |group: &usize| groups[..count].contains(group);
        validation.extend(of_class.iter().filter(|(group, _)| is_held(group)).map(|(_, row)| *row));
        kept.extend(of_class.iter().filter(|(group, _)| groups.len() == 1 || !is_held(group)).map(|(_, row)| *row));
    }
    kept.sort_unstable();
    validation.sort_unstable();
    (kept, validation)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array4, Axis};
    use vgg_core::device::Device;
    use vgg_core::random::he_initialised;
    use vgg_core::{Architecture, Intervention, Network};

    use super::*;

    #[test]
    fn every_class_is_on_both_sides_and_only_a_class_of_one_group_shares_it() {
        // Class 0 has ten groups of two frames, class 1 a single group.
        let groups: Vec<usize> = (0..20).map(|frame| frame / 2).chain([10; 3]).collect();
        let labels: Vec<usize> = (0..23).map(|frame| usize::from(frame >= 20)).collect();
        let side = Side { rows: (100..123).collect(), labels, groups };
        let (kept, validation) = divided(&side, 2, |class| stimuli::seed::rng(1, "test", &[class as u64]));
        assert_eq!((kept.len(), validation.len()), (16 + 3, 4 + 3), "a fifth of ten groups");
        let both: Vec<usize> = kept.iter().copied().filter(|row| validation.contains(row)).collect();
        assert_eq!(both, [120, 121, 122]);
        let whole = |row: &&usize| **row < 120 && validation.contains(&(100 + (**row - 100) / 2 * 2));
        assert_eq!(validation.iter().filter(whole).count(), 4, "groups stay whole");
    }

    #[test]
    fn the_networks_last_layer_gives_its_own_scores() {
        let plain = he_initialised(&Architecture::alexnet_demo(5), 3);
        let biased = plain.with_weights(|node, parameters| {
            let bias = parameters.bias.as_mut().filter(|_| node == "fc8");
            bias.into_iter().for_each(|bias| bias.copy_from_slice(&[0.5, -1.0, 2.0, 0.0, 0.25]));
        });
        let checkpoint = biased.expect("of the same shape");
        let network = Network::new(&checkpoint, &Device::cpu()).expect("fits");
        let side = network.architecture().input_side();
        let frames =
            Array4::from_shape_fn((2, 3, side, side), |(f, c, y, x)| ((f * 5 + c + y * 3 + x) % 7) as f32 - 3.0);
        let features = network.features(frames.view(), &Intervention::none()).expect("passes");
        let order = [4, 0, 1, 3, 2];
        let layer = layer_of(&checkpoint, &order).expect("a dense layer on the features");
        let expected = network.logits(frames.view()).expect("passes").select(Axis(1), &order);
        let found = layer.scores(features.view());
        // The same products; both sum them in float32, in orders of their own.
        let largest = expected.iter().fold(1.0_f32, |largest, score| largest.max(score.abs()));
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-5 * largest), "{found} {expected}");
    }

    #[test]
    fn scores_that_are_no_dense_layer_on_the_features_have_none() {
        let network = Architecture::alexnet_demo(5);
        let sites: Vec<_> = network
            .site_names()
            .into_iter()
            .map(|name| {
                let node = name.replace("conv", "relu");
                vgg_core::NamedSite { name, node }
            })
            .collect();
        let earlier = Architecture::new("a", network.graph().clone(), &sites, "relu6").expect("with sites");
        assert!(layer_of(&he_initialised(&earlier, 1), &[0]).is_none(), "fc7 lies between");
    }
}
