//! Activations.

use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};
use graph::Activation;

/// An activation of every value.
pub(super) fn applied(x: Tensor<4>, activation: Activation) -> Tensor<4> {
    match activation {
        Activation::Relu => relu(x),
        Activation::Clip { lo, hi } => x.clamp(lo, hi),
        Activation::Silu => x.clone() * sigmoid(x),
        Activation::HardSwish => x.clone() * hard_sigmoid(x),
        Activation::HardSigmoid => hard_sigmoid(x),
        Activation::LeakyRelu { slope } => relu(x.clone()) + x.clamp_max(0.0) * slope,
        Activation::Sigmoid => sigmoid(x),
    }
}

fn hard_sigmoid(x: Tensor<4>) -> Tensor<4> {
    (x + 3.0).clamp(0.0, 6.0) / 6.0
}
