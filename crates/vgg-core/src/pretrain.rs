//! Trains a network from scratch to name objects.
//!
//! A plain VGG of 16 layers does not train from random weights, so every layer but the class scores is trained with batch
//! normalisation (Ioffe & Szegedy 2015), which is folded into the weights at the end: what comes out is the plain network.

mod learner;

use burn::nn::loss::CrossEntropyLossConfig;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::{Device as BurnDevice, Int, Tensor, TensorData};
use graph::Weights;
use ndarray::Array4;

use crate::{Architecture, Checkpoint, ComputeError, Origin, random};
use learner::{Learner, Plan, read};

/// [`Origin::format`] of weights that were trained here.
pub const FORMAT: &str = "pretrained here";

/// How to train.
#[derive(Clone, Debug, PartialEq)]
pub struct PretrainRecipe {
    /// Batches to learn from.
    pub steps: usize,
    /// Highest learning rate; it rises linearly over the first twentieth of the steps and falls to 0 as a cosine.
    pub learning_rate: f64,
    /// Decoupled weight decay (AdamW; Loshchilov & Hutter 2019).
    pub weight_decay: f32,
    /// Decides the initial weights.
    pub seed: u64,
}

/// Pictures and what they show.
///
/// # Shapes
/// - `pictures`: `[pictures, 3, side, side]`, preprocessed
/// - `labels`: one class per picture
pub struct Batch {
    /// What the network sees.
    pub pictures: Array4<f32>,
    /// What it should say.
    pub labels: Vec<usize>,
}

/// Trains a network on batches that the caller draws, and reports the mean cross-entropy of every step.
///
/// Computes on Burn's CPU backend, where the same batches give the same weights.
///
/// # Errors
/// A network that is no chain of convolutions, dense layers, max-pools, local response normalisations and ReLUs; the device
/// failed, or the loss is no longer a number.
pub fn pretrain(
    architecture: &Architecture,
    recipe: &PretrainRecipe,
    mut batch: impl FnMut(usize) -> Batch,
    mut report: impl FnMut(usize, f32),
) -> Result<Checkpoint, ComputeError> {
    let device = BurnDevice::flex().autodiff();
    let plan = Plan::of(architecture.graph()).map_err(failure)?;
    let start = random::he_initialised(architecture, recipe.seed);
    let mut learner = Learner::new(&start, &plan, &device);
    let mut optimizer = AdamWConfig::new().with_weight_decay(recipe.weight_decay).init();
    for step in 0..recipe.steps {
        let batch = batch(step);
        let labels: Vec<i64> = batch.labels.iter().map(|&label| label as i64).collect();
        let labels = Tensor::<1, Int>::from_data(TensorData::new(labels, [batch.labels.len()]), &device);
        let logits = learner.forward(learner::pictures(&batch.pictures, &device), &plan);
        let loss = CrossEntropyLossConfig::new().init(&device).forward(logits, labels);
        let value = read(loss.clone())?[0];
        if !value.is_finite() {
            return Err(failure(format!("the loss is {value} at step {step}; try a lower learning rate")));
        }
        report(step, value);
        let gradients = GradientsParams::from_grads(loss.backward(), &learner);
        learner = optimizer.step(rate(recipe, step), learner, gradients);
    }
    let weights = Weights::new(plan.graph, learner.fold(&plan)?).map_err(failure)?;
    let origin = Origin {
        format: FORMAT.into(),
        source: format!("{} steps of AdamW, seed {}", recipe.steps, recipe.seed),
        sha256: String::new(),
        classes: vec![],
    };
    Ok(Checkpoint { origin, weights, ..start })
}

/// Learning rate of a step: a linear rise over the first twentieth, then half a cosine.
fn rate(recipe: &PretrainRecipe, step: usize) -> f64 {
    let (step, steps) = (step as f64 + 1.0, recipe.steps as f64);
    let rise = (steps / 20.0).max(1.0);
    if step < rise {
        recipe.learning_rate * step / rise
    } else {
        let progress = (step - rise) / (steps - rise).max(1.0);
        recipe.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
    }
}

fn failure(reason: impl ToString) -> ComputeError {
    ComputeError::new("burn-flex", reason.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Network, device::Device};

    /// Two classes that differ in their top and bottom halves.
    fn halves(step: usize, side: usize) -> Batch {
        let labels: Vec<usize> = (0..16).map(|index| (index + step) % 2).collect();
        let pictures = Array4::from_shape_fn((16, 3, side, side), |(picture, channel, row, column)| {
            let bright = (row < side / 2) == (labels[picture] == 0);
            let texture = ((picture * 31 + row * 7 + column * 13 + channel * 5 + step * 3) % 11) as f32 / 11.0;
            if bright { 1.0 + texture } else { -texture }
        });
        Batch { pictures, labels }
    }

    fn vgg() -> Architecture {
        let table = graph::VggTable { groups: &[(4, 2), (6, 2)], hidden: &[10, 8] };
        Architecture::vgg("tiny", 16, &table, 2).expect("a network")
    }

    fn trained(architecture: &Architecture) -> (Checkpoint, Vec<f32>) {
        let recipe = PretrainRecipe { steps: 40, learning_rate: 0.01, weight_decay: 0.01, seed: 7 };
        let (mut losses, side) = (Vec::new(), architecture.input_side());
        let batch = |step| halves(step, side);
        let checkpoint = pretrain(architecture, &recipe, batch, |_, loss| losses.push(loss)).expect("trains");
        (checkpoint, losses)
    }

    #[test]
    fn the_folded_network_names_what_it_learnt() {
        for architecture in [vgg(), Architecture::alexnet_demo(2)] {
            let (checkpoint, losses) = trained(&architecture);
            assert!(losses[39] < 0.3 * losses[0], "{losses:?}");
            let network = Network::new(&checkpoint, &Device::cpu()).expect("fits");
            let batch = halves(1000, architecture.input_side());
            let logits = network.logits(batch.pictures.view()).expect("runs");
            for (row, &label) in logits.rows().into_iter().zip(&batch.labels) {
                assert!(row[label] > row[1 - label], "{}: {logits}", architecture.name());
            }
        }
    }

    #[test]
    fn training_twice_gives_the_same_weights() {
        let ((first, _), (second, _)) = (trained(&vgg()), trained(&vgg()));
        assert_eq!(first.weights, second.weights);
    }

    #[test]
    fn a_network_that_is_no_chain_is_named() {
        let known = graph::known("squeezenet1_1").expect("in the table").side(64);
        let branched = Architecture::of_blueprint("branched", known.build().expect("a network")).expect("with sites");
        let recipe = PretrainRecipe { steps: 1, learning_rate: 0.01, weight_decay: 0.0, seed: 1 };
        let error = pretrain(&branched, &recipe, |step| halves(step, 64), |_, _| {}).expect_err("refused").to_string();
        assert!(
            error.contains("only chains can be trained here") || error.contains("cannot be trained here"),
            "{error}"
        );
    }
}
