//! Operations by our kernels, for GPUs.

mod constants;
mod weights;

use burn::backend::Dispatch;
use burn::tensor::Tensor;
use graph::{AveragePool, Graph, MaxPool, NodeId, Op};

use self::constants::Constants;
use self::weights::Weights;
use super::kernels::{AveragePooling, Bend, Kernels, MaxPooling, Pairing, Point, Sliding};
use super::{Operations, Placement, flattened};
use crate::Checkpoint;
use crate::route::Step;

/// A network's operations.
pub(super) struct FixedOperations {
    constants: Constants,
    graph: Graph,
    /// Weights of every node that has some.
    weights: Vec<Option<Weights>>,
}

impl FixedOperations {
    pub(super) fn new(checkpoint: &Checkpoint, placement: Placement) -> Self {
        let graph = checkpoint.architecture.graph().clone();
        let of_node = |id| Some(Weights::new(&graph, id, checkpoint.weights.of(id)?, &placement));
        let weights: Vec<Option<Weights>> = graph.ids().map(of_node).collect();
        let broadest = weights.iter().flatten().map(Weights::broadest).max().unwrap_or(1);
        Self { constants: Constants::new(placement, broadest), graph, weights }
    }

    fn bend(&self, activation: Option<NodeId>) -> Bend {
        match activation.map(|node| &self.graph.node(node).op) {
            Some(Op::Activation(own)) => Bend::from(*own),
            _ => Bend::NONE,
        }
    }

    /// The sums of a node with weights, with its bias, and what an activation makes of them, of which bounds are kept by
    /// the same kernel; without an activation, the bare sums of a direction.
    fn weighted(&self, weights: &Weights, node: NodeId, input: &Tensor<4>, bend: Option<Bend>) -> Tensor<4> {
        let shape = self.graph.node(node).shape;
        let size = [shape.channels, shape.height, shape.width];
        let bounds = bend.filter(|bend| bend.is_clamp()).unwrap_or(Bend::NONE);
        let sums = weights.apply(input, size, bend.is_some(), bounds, &self.constants);
        match bend {
            Some(bend) if !bend.is_clamp() => self.bent(&sums, bend),
            _ => sums,
        }
    }

    fn operation(&self, node: NodeId, inputs: &[&Tensor<4>]) -> Tensor<4> {
        let input = inputs[0];
        let own = self.graph.node(node);
        let size = [own.shape.height, own.shape.width];
        match &own.op {
            Op::Add => self.folded(inputs, |_, _| Pairing::Sum),
            // The factor of every channel, where there is one, comes second.
            Op::Multiply if is_smaller(input, inputs[1]) => self.folded(&[inputs[1], input], pairing),
            Op::Multiply => self.folded(inputs, pairing),
            Op::Concat => Tensor::cat(inputs.iter().map(|&input| input.clone()).collect(), 1),
            Op::MaxPool(MaxPool { window, dilation }) => self.max_pooled(
                input,
                None,
                MaxPooling { sliding: sliding(window, *dilation), size, multiplied: false },
            ),
            Op::AveragePool(AveragePool { window, count_include_pad }) => {
                let pool =
                    AveragePooling { sliding: sliding(window, [1; 2]), size, padding_counts: *count_include_pad };
                let [input, left_range] = [input.clone().into_dispatch(), self.constants.left_range().into_dispatch()];
                Tensor::from_dispatch(Dispatch::average_pooled(input, left_range, pool))
            }
            Op::GlobalAverage => self.means(input).cast(self.constants.placement.dtype),
            Op::Activation(activation) => self.bent(input, Bend::from(*activation)),
            Op::Lrn(lrn) => {
                let [input, left_range] = [input.clone().into_dispatch(), self.constants.left_range().into_dispatch()];
                Tensor::from_dispatch(Dispatch::normalised(input, left_range, *lrn))
            }
            Op::Flatten => flattened(input),
            Op::Input(_) | Op::Conv(_) | Op::Dense(_) => unreachable!("{} has weights or is given", own.op),
        }
    }

    fn folded(&self, inputs: &[&Tensor<4>], pairing: impl Fn(&Tensor<4>, &Tensor<4>) -> Pairing) -> Tensor<4> {
        inputs[1..].iter().fold(inputs[0].clone(), |result, input| {
            let pairing = pairing(&result, input);
            let [left, right] = [result, (*input).clone()].map(Tensor::into_dispatch);
            Tensor::from_dispatch(Dispatch::combined(left, right, self.constants.left_range().into_dispatch(), pairing))
        })
    }

    fn bent(&self, input: &Tensor<4>, bend: Bend) -> Tensor<4> {
        let left_range = self.constants.left_range().into_dispatch();
        Tensor::from_dispatch(Dispatch::activated(input.clone().into_dispatch(), left_range, bend))
    }

    fn max_pooled(&self, input: &Tensor<4>, factors: Option<&[f32]>, pool: MaxPooling) -> Tensor<4> {
        let [factors, left_range] =
            [self.constants.factors(factors), self.constants.left_range()].map(Tensor::into_dispatch);
        Tensor::from_dispatch(Dispatch::max_pooled(input.clone().into_dispatch(), factors, left_range, pool))
    }

    /// A value with its channels multiplied, pooled by windows of that side.
    fn modulated(&self, input: &Tensor<4>, factors: Option<&[f32]>, side: usize) -> Tensor<4> {
        let [_, _, height, width] = input.dims();
        let sliding = Sliding::square(side);
        let pool = MaxPooling { sliding, size: [height / side, width / side], multiplied: factors.is_some() };
        self.max_pooled(input, factors, pool)
    }
}

impl Operations for FixedOperations {
    fn step(&self, step: Step, inputs: &[&Tensor<4>], factors: Option<&[f32]>) -> Tensor<4> {
        let bend = self.bend(step.activation);
        let value = match (&self.weights[step.node.index()], step.activation) {
            (Some(weights), _) => self.weighted(weights, step.node, inputs[0], Some(bend)),
            (None, None) => self.operation(step.node, inputs),
            (None, Some(_)) => self.bent(&self.operation(step.node, inputs), bend),
        };
        match (factors, step.pool) {
            (None, None) => value,
            (_, pool) => self.modulated(&value, factors, pool_side(pool)),
        }
    }

    fn scaled(&self, map: &Tensor<4>, factors: &[f32]) -> Tensor<4> {
        self.modulated(map, Some(factors), 1)
    }

    fn direction(&self, node: NodeId, input: &Tensor<4>) -> Tensor<4> {
        let weights = self.weights[node.index()].as_ref().expect("a direction is of an operation with weights");
        self.weighted(weights, node, input, None)
    }

    fn line_point(&self, step: Step, intact: &Tensor<4>, direction: &Tensor<4>, slope: f32) -> Tensor<4> {
        let point = Point { step: slope - 1.0, bend: self.bend(step.activation), side: pool_side(step.pool) };
        let [intact, direction] = [intact, direction].map(|map| map.clone().into_dispatch());
        let left_range = self.constants.left_range().into_dispatch();
        Tensor::from_dispatch(Dispatch::point_of_line(intact, direction, left_range, point))
    }

    fn means(&self, map: &Tensor<4>) -> Tensor<4> {
        let left_range = self.constants.left_range().into_dispatch();
        Tensor::from_dispatch(Dispatch::spatial_means(map.clone().into_dispatch(), left_range))
    }

    fn left_range(&self) -> Tensor<1> {
        self.constants.take_left_range()
    }
}

/// Side of the max-pool behind a step.
fn pool_side(pool: Option<NodeId>) -> usize {
    if pool.is_some() { 2 } else { 1 }
}

fn sliding(window: &graph::Window, dilation: [usize; 2]) -> Sliding {
    Sliding { kernel: window.kernel, stride: window.stride, dilation, padding: window.padding }
}

fn pairing(left: &Tensor<4>, right: &Tensor<4>) -> Pairing {
    if is_smaller(right, left) { Pairing::ByMap } else { Pairing::Product }
}

fn is_smaller(one: &Tensor<4>, other: &Tensor<4>) -> bool {
    one.shape().num_elements() < other.shape().num_elements()
}
