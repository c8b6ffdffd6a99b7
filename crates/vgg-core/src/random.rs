//! Randomly initialised networks: the control without any training.

use ndarray::{Array1, Array2, Array4};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::checkpoint::{Checkpoint, ConvWeights, DenseWeights};
use crate::{Architecture, Origin, Preprocessing};

/// Weights drawn from `N(0, 2 / fan_in)` with zero biases (He et al. 2015, eq. 10), the same for the same seed on every
/// machine.
///
/// # Examples
/// ```
/// use vgg_core::{Architecture, random::he_initialised};
///
/// let untrained = he_initialised(&Architecture::tiny(), 7);
/// assert_eq!(untrained.origin.source, "He initialisation, seed 7");
/// ```
pub fn he_initialised(architecture: &Architecture, seed: u64) -> Checkpoint {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let convolutions = architecture
        .layers()
        .iter()
        .map(|layer| ConvWeights {
            kernel: Array4::from_shape_simple_fn(
                (layer.channels, layer.inputs, 3, 3),
                normal(&mut rng, layer.inputs * 9),
            ),
            bias: Array1::zeros(layer.channels),
        })
        .collect();
    let dense = architecture
        .dense_layers()
        .iter()
        .map(|layer| DenseWeights {
            matrix: Array2::from_shape_simple_fn((layer.inputs, layer.outputs), normal(&mut rng, layer.inputs)),
            bias: Array1::zeros(layer.outputs),
        })
        .collect();
    Checkpoint {
        architecture: architecture.clone(),
        preprocessing: Preprocessing::torchvision(architecture.input_side as u32),
        origin: Origin {
            format: "random".into(),
            source: format!("He initialisation, seed {seed}"),
            sha256: String::new(),
            classes: vec![],
        },
        convolutions,
        dense,
    }
}

fn normal(rng: &mut ChaCha8Rng, fan_in: usize) -> impl FnMut() -> f32 + '_ {
    let distribution = Normal::new(0.0, (2.0 / fan_in as f32).sqrt()).expect("a fan-in above zero");
    move || distribution.sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_the_weights() {
        let draw = |seed| he_initialised(&Architecture::tiny(), seed).dense;
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn the_variance_is_two_over_fan_in() {
        let weights = he_initialised(&Architecture::vgg16_demo(8), 0);
        let matrix = &weights.dense[1].matrix;
        let variance = matrix.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / matrix.len() as f64;
        // 512 × 512 draws: the standard error of the variance is 0.3 % of it; five of them are allowed.
        assert!((variance * 512.0 / 2.0 - 1.0).abs() < 0.014, "{variance}");
    }
}
