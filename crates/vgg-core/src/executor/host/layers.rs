//! Operations of a graph as the CPU kernels have them.

use graph::{Graph, NodeId, Op, Parameters};
use kernels::{Conv, Dense, Maps, Window};

use crate::executor::range;

/// What `Network::new` and the graph make sure of.
pub(super) const FITS: &str = "shapes that follow from a checked graph and its weights";

/// An operation with its weights, and the largest magnitude of its input with which no sum leaves the range of float32.
pub(super) enum Layer {
    Conv {
        layer: Conv,
        largest: f32,
    },
    Dense {
        layer: Dense,
        largest: f32,
    },
    /// Maps as a vector. Where only dense layers read it, the maps stay as they lie and the rows of the matrix are put in
    /// their order instead.
    Flatten {
        as_it_lies: bool,
    },
    Other(Op),
}

impl Layer {
    pub(super) fn new(graph: &Graph, id: NodeId, parameters: Option<&Parameters>) -> Self {
        let node = graph.node(id);
        match (&node.op, graph.kernel_shape(id), parameters) {
            (Op::Conv(conv), Some([outputs, reads, ..]), Some(parameters)) => {
                let window =
                    Window { kernel: conv.kernel, stride: conv.stride, padding: conv.padding, dilation: conv.dilation };
                let inputs = reads * conv.groups;
                let layer =
                    Conv::new(&parameters.kernel, &bias(parameters, outputs), outputs, inputs, window, conv.groups);
                Self::Conv { layer: layer.expect(FITS), largest: range::largest_input(parameters, outputs) }
            }
            (Op::Dense(_), Some([outputs, inputs, ..]), Some(parameters)) => {
                let matrix = by_input(&parameters.kernel, &order(graph, node.inputs[0]), outputs);
                let layer = Dense::new(&matrix, &bias(parameters, outputs), inputs, outputs).expect(FITS);
                Self::Dense { layer, largest: range::largest_input(parameters, outputs) }
            }
            (Op::Flatten, ..) => Self::Flatten { as_it_lies: as_it_lies(graph, id) },
            (op, ..) => Self::Other(op.clone()),
        }
    }
}

/// Whether the maps that a node flattens may stay as they are.
fn as_it_lies(graph: &Graph, id: NodeId) -> bool {
    let reads = |reader: &graph::Node| reader.inputs.contains(&id);
    graph.nodes().iter().filter(|node| reads(node)).all(|node| matches!(node.op, Op::Dense(_)))
}

/// For every value that a dense layer reads, in the order in which they lie, its place in the graph's order.
fn order(graph: &Graph, input: NodeId) -> Vec<usize> {
    let node = graph.node(input);
    match node.op {
        Op::Flatten if as_it_lies(graph, input) => {
            let maps = graph.node(node.inputs[0]).shape;
            let at = |pixel: usize| (0..maps.channels).map(move |channel| channel * maps.pixels() + pixel);
            (0..maps.pixels()).flat_map(at).collect()
        }
        _ => (0..node.shape.values()).collect(),
    }
}

/// A matrix `[outputs, inputs]` as `[inputs, outputs]`, its inputs in an order.
fn by_input(matrix: &[f32], order: &[usize], outputs: usize) -> Vec<f32> {
    let inputs = order.len();
    let mut ordered = vec![0.0; matrix.len()];
    for (row, &input) in ordered.chunks_exact_mut(outputs).zip(order) {
        row.iter_mut().enumerate().for_each(|(output, value)| *value = matrix[output * inputs + input]);
    }
    ordered
}

fn bias(parameters: &Parameters, outputs: usize) -> Vec<f32> {
    parameters.bias.clone().unwrap_or_else(|| vec![0.0; outputs])
}

/// Where a group of a vector's units lies in the maps that it was flattened from; in other vectors, the units themselves.
/// A group of such a vector is of whole maps.
pub(super) fn rows(maps: &Maps, group: &[usize]) -> Vec<usize> {
    let (pixels, channels) = (maps.height() * maps.width(), maps.channels());
    let members: Vec<usize> = group.iter().step_by(pixels).map(|unit| unit / pixels).collect();
    (0..pixels).flat_map(|pixel| members.iter().map(move |channel| pixel * channels + channel)).collect()
}

/// The kernels' form of an activation.
pub(super) fn activation(activation: graph::Activation) -> kernels::Activation {
    match activation {
        graph::Activation::Relu => kernels::Activation::Relu,
        graph::Activation::Clip { lo, hi } => kernels::Activation::Clip { low: lo, high: hi },
        graph::Activation::Silu => kernels::Activation::Silu,
        graph::Activation::HardSwish => kernels::Activation::HardSwish,
        graph::Activation::HardSigmoid => kernels::Activation::HardSigmoid { slope: 1.0 / 6.0, offset: 0.5 },
        graph::Activation::LeakyRelu { slope } => kernels::Activation::LeakyRelu { slope },
        graph::Activation::Sigmoid => kernels::Activation::Sigmoid,
    }
}

/// The kernels' form of a pool's windows.
pub(super) fn window(window: &graph::Window, dilation: [usize; 2]) -> Window {
    Window { kernel: window.kernel, stride: window.stride, padding: window.padding, dilation }
}

/// The kernels' form of a normalisation.
pub(super) fn lrn(lrn: graph::Lrn) -> kernels::Lrn {
    kernels::Lrn {
        before: lrn.below,
        after: lrn.above,
        alpha: lrn.alpha.into(),
        beta: lrn.beta.into(),
        k: lrn.k.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_windows_of_a_graph_are_windows_of_the_kernels() {
        let most = graph::MAX_WINDOW;
        let window = Window { kernel: [1; 2], stride: [most; 2], padding: [most; 4], dilation: [most; 2] };
        assert!(Conv::new(&[1.0; 3], &[0.0], 1, 3, window, 1).is_ok(), "a graph within its limits is computed");
    }
}
