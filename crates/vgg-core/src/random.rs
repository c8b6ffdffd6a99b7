//! Randomly initialised networks: the control without any training.

use graph::{Op, Parameters, Weights};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

use crate::{Architecture, Checkpoint, Origin, Preprocessing};

/// [`Origin::format`] of weights that were drawn.
pub const FORMAT: &str = "random";

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
    let graph = architecture.graph();
    let mut named = Vec::new();
    for id in graph.ids() {
        let (node, Some(shape)) = (graph.node(id), graph.kernel_shape(id)) else { continue };
        let draws: Vec<f32> = {
            let fan_in = shape[1..].iter().product();
            let mut draw = normal(&mut rng, fan_in);
            (0..shape.iter().product()).map(|_| draw()).collect()
        };
        let kernel = match node.op {
            // Drawn input by input: published seeds mean these weights.
            Op::Dense(_) => transposed(&draws, shape[1], shape[0]),
            _ => draws,
        };
        let bias = node.op.has_bias().then(|| vec![0.0; shape[0]]);
        named.push((node.name.clone(), Parameters { kernel, bias }));
    }
    Checkpoint {
        architecture: architecture.clone(),
        preprocessing: Preprocessing::torchvision(architecture.input_side() as u32),
        origin: Origin {
            format: FORMAT.into(),
            source: format!("He initialisation, seed {seed}"),
            sha256: String::new(),
            classes: vec![],
        },
        weights: Weights::new(graph, named).expect("shapes of the graph, and finite draws"),
    }
}

/// A row-major `[rows, columns]` matrix as `[columns, rows]`.
pub(crate) fn transposed(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| matrix[row * columns + column])).collect()
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
        let draw = |seed| he_initialised(&Architecture::tiny(), seed).weights;
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }

    #[test]
    fn the_variance_is_two_over_fan_in() {
        let network = he_initialised(&Architecture::vgg16_demo(8), 0);
        let fc7 = network.architecture.graph().find("fc7").expect("a dense layer");
        let matrix = &network.weights.of(fc7).expect("with weights").kernel;
        let variance = matrix.iter().map(|w| f64::from(*w).powi(2)).sum::<f64>() / matrix.len() as f64;
        // 512 × 512 draws: the standard error of the variance is 0.3 % of it; five of them are allowed.
        assert!((variance * 512.0 / 2.0 - 1.0).abs() < 0.014, "{variance}");
    }
}
