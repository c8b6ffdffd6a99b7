//! Dense layers, in blocks that every adapter can bind.

use burn::tensor::Tensor;

use super::{Placement, as_rows};
use crate::checkpoint::DenseWeights;

/// A dense layer, cut by columns where the whole matrix is larger than the adapter lets a shader bind (fc6 of VGG-16
/// has 411 MB; WebGPU guarantees 128 MiB). Every output is the same sum as in the whole matrix.
pub(super) struct DenseTensors {
    blocks: Vec<Tensor<2>>,
    bias: Tensor<1>,
}

impl DenseTensors {
    pub(super) fn new(weights: &DenseWeights, placement: &Placement) -> Self {
        let (inputs, outputs) = weights.matrix.dim();
        // Weights arrive as float32, whatever they become.
        let columns = (placement.limit / (4 * inputs as u64)).clamp(1, outputs as u64) as usize;
        let blocks = weights
            .matrix
            .axis_chunks_iter(ndarray::Axis(1), columns)
            .map(|block| placement.tensor(&block.to_owned()))
            .collect();
        Self { blocks, bias: placement.tensor(&weights.bias) }
    }

    pub(super) fn apply(&self, input: &Tensor<4>, with_bias: bool) -> Tensor<4> {
        let rows = as_rows(input);
        let mut parts: Vec<Tensor<2>> = self.blocks.iter().map(|block| rows.clone().matmul(block.clone())).collect();
        let product = if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) };
        let product = if with_bias { product + self.bias.clone().unsqueeze() } else { product };
        let [pictures, units] = product.dims();
        product.reshape([pictures, units, 1, 1])
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device as BurnDevice, FloatDType};
    use ndarray::{Array1, Array2, Array4};

    use super::*;

    fn layer(limit: u64) -> (DenseTensors, Placement) {
        let weights = DenseWeights {
            matrix: Array2::from_shape_fn((12, 7), |(input, output)| {
                ((input * 5 + output * 3) % 11) as f32 / 7.0 - 0.7
            }),
            bias: Array1::from_shape_fn(7, |output| output as f32 / 3.0),
        };
        let placement = Placement { device: BurnDevice::flex(), dtype: FloatDType::F32, limit };
        (DenseTensors::new(&weights, &placement), placement)
    }

    fn applied(limit: u64) -> Vec<f32> {
        let (layer, placement) = layer(limit);
        let input = placement.tensor(&Array4::from_shape_fn((3, 12, 1, 1), |(n, c, _, _)| (n * 7 + c) as f32 / 9.0));
        layer.apply(&input, true).try_to_vec_as().expect("reads")
    }

    #[test]
    fn blocks_keep_to_the_limit_and_never_vanish() {
        let columns = |limit| layer(limit).0.blocks.iter().map(|block| block.dims()[1]).collect::<Vec<_>>();
        assert_eq!(columns(u64::MAX), [7]);
        assert_eq!(columns(4 * 12 * 3), [3, 3, 1]);
        assert_eq!(columns(1), [1; 7], "a limit below one column cannot be kept, and one column is the least");
    }

    #[test]
    fn a_layer_in_blocks_is_the_layer() {
        let whole = applied(u64::MAX);
        for limit in [4 * 12 * 6, 4 * 12 * 2, 4 * 12] {
            for (a, b) in applied(limit).iter().zip(&whole) {
                assert!((a - b).abs() <= 1e-6 * (1.0 + b.abs()), "{limit}: {a} {b}");
            }
        }
    }
}
