//! Convolutions and dense layers.

use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use graph::{Conv, Graph, NodeId, Op, Parameters};

use super::pool;
use crate::executor::range;
use crate::executor::tensors::{Placement, as_rows};
use crate::random::transposed;

/// The weights of a layer.
pub(super) struct Weights {
    matrix: Matrix,
    bias: Option<Tensor<1>>,
    /// The largest magnitude of the input with which no sum leaves the range of float32.
    pub(super) largest: f32,
}

enum Matrix {
    /// A kernel `[outputs, channels of a group, height, width]`.
    Conv(Conv, Tensor<4>),
    /// A matrix `[inputs, outputs]`.
    Dense(Tensor<2>),
}

impl Weights {
    pub(super) fn new(graph: &Graph, node: NodeId, parameters: &Parameters, placement: &Placement) -> Self {
        let shape = graph.kernel_shape(node).expect("a node with weights has a kernel");
        let kernel = parameters.kernel.clone();
        let matrix = match graph.node(node).op {
            Op::Conv(conv) => Matrix::Conv(conv, placement.place(kernel, shape)),
            _ => Matrix::Dense(placement.place(transposed(&kernel, shape[0], shape[1]), [shape[1], shape[0]])),
        };
        let bias = parameters.bias.as_ref().map(|bias| placement.floats(bias));
        Self { matrix, bias, largest: range::largest_input(parameters, shape[0]) }
    }

    pub(super) fn apply(&self, input: Tensor<4>, with_bias: bool) -> Tensor<4> {
        let bias = self.bias.clone().filter(|_| with_bias);
        match &self.matrix {
            Matrix::Conv(Conv { stride, padding, dilation, groups, .. }, kernel) => {
                let options = ConvOptions::new(*stride, [0, 0], *dilation, *groups);
                conv2d(pool::padded(input, *padding, 0.0), kernel.clone(), bias, options)
            }
            Matrix::Dense(matrix) => {
                // One picture at a time: sums of a product of several rows depend on how many there are.
                let [pictures, ..] = input.dims();
                let row = |picture: usize| as_rows(&input).narrow(0, picture, 1).matmul(matrix.clone());
                let product = Tensor::cat((0..pictures).map(row).collect(), 0);
                let product = match bias {
                    Some(bias) => product + bias.unsqueeze(),
                    None => product,
                };
                let [pictures, units] = product.dims();
                product.reshape([pictures, units, 1, 1])
            }
        }
    }
}
