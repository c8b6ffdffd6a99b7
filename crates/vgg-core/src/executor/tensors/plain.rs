//! Operations by those that Burn has itself, for its CPU backend.

mod activation;
mod lrn;
mod pool;
mod weights;

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{FloatDType, Tensor};
use graph::{Graph, NodeId, Op};

use self::weights::Weights;
use super::{Operations, Placement, flattened};
use crate::Checkpoint;
use crate::executor::range;
use crate::route::Step;

/// A network's operations.
pub(super) struct PlainOperations {
    placement: Placement,
    graph: Graph,
    /// Weights of every node that has some.
    weights: Vec<Option<Weights>>,
    /// Whether a map was beyond a bound since results were last read.
    left_range: AtomicBool,
}

impl PlainOperations {
    pub(super) fn new(checkpoint: &Checkpoint, placement: Placement) -> Self {
        let graph = checkpoint.architecture.graph().clone();
        let of_node = |id| Some(Weights::new(&graph, id, checkpoint.weights.of(id)?, &placement));
        let weights = graph.ids().map(of_node).collect();
        Self { placement, graph, weights, left_range: AtomicBool::new(false) }
    }

    fn operation(&self, node: NodeId, inputs: &[&Tensor<4>]) -> Tensor<4> {
        let input = inputs[0].clone();
        if let Some(weights) = &self.weights[node.index()] {
            return weights.apply(self.checked(input, weights.largest), true);
        }
        let own = self.graph.node(node);
        let others = inputs[1..].iter().map(|&input| input.clone());
        match &own.op {
            Op::Add => self.checked(others.fold(input, Tensor::add), f32::MAX),
            // A factor for every channel is spread over its map.
            Op::Multiply => self.checked(others.fold(input, Tensor::mul), f32::MAX),
            Op::Concat => Tensor::cat(inputs.iter().map(|&input| input.clone()).collect(), 1),
            Op::MaxPool(pool) => pool::max(input, pool, own.shape),
            Op::AveragePool(pool) => pool::average(input, pool, own.shape),
            Op::GlobalAverage => self.means(&input),
            Op::Activation(activation) => activation::applied(input, *activation),
            Op::Lrn(lrn) => {
                let largest = lrn::largest_input(lrn);
                lrn::normalised(self.checked(input, largest), lrn)
            }
            Op::Flatten => flattened(&input),
            Op::Input(_) | Op::Conv(_) | Op::Dense(_) => unreachable!("{} has weights or is given", own.op),
        }
    }

    /// An activation, factors and a pool.
    fn finished(&self, value: Tensor<4>, step: Step, factors: Option<&[f32]>) -> Tensor<4> {
        let value = match step.activation.map(|node| &self.graph.node(node).op) {
            Some(Op::Activation(own)) => activation::applied(value, *own),
            _ => value,
        };
        let value = match factors {
            Some(factors) => self.scaled(&value, factors),
            None => value,
        };
        if step.pool.is_some() { pool::halved(value) } else { value }
    }

    /// Notes a map beyond a bound, so that nothing is read that follows from it. What cannot be read now is an error when
    /// results are.
    fn checked(&self, map: Tensor<4>, largest: f32) -> Tensor<4> {
        let within = map.clone().into_data().as_slice::<f32>().is_ok_and(|values| range::all_within(values, largest));
        if !within {
            self.left_range.store(true, Ordering::Relaxed);
        }
        map
    }
}

impl Operations for PlainOperations {
    fn step(&self, step: Step, inputs: &[&Tensor<4>], factors: Option<&[f32]>) -> Tensor<4> {
        self.finished(self.operation(step.node, inputs), step, factors)
    }

    fn scaled(&self, map: &Tensor<4>, factors: &[f32]) -> Tensor<4> {
        let factors = self.placement.place(factors.to_vec(), [1, factors.len(), 1, 1]);
        self.checked(map.clone() * factors, f32::MAX)
    }

    fn direction(&self, node: NodeId, input: &Tensor<4>) -> Tensor<4> {
        let weights = self.weights[node.index()].as_ref().expect("a direction is of an operation with weights");
        weights.apply(self.checked(input.clone(), weights.largest), false)
    }

    fn line_point(&self, step: Step, intact: &Tensor<4>, direction: &Tensor<4>, slope: f32) -> Tensor<4> {
        let point = intact.clone() + direction.clone() * (slope - 1.0);
        self.finished(self.checked(point, f32::MAX), step, None)
    }

    fn means(&self, map: &Tensor<4>) -> Tensor<4> {
        let [pictures, channels, height, width] = map.dims();
        let positions: Tensor<3> = map.clone().reshape([pictures, channels, height * width]).cast(FloatDType::F32);
        self.checked(positions.mean_dim(2).reshape([pictures, channels, 1, 1]), f32::MAX)
    }

    fn left_range(&self) -> Tensor<1> {
        let left = self.left_range.swap(false, Ordering::Relaxed);
        self.placement.floats(&[f32::from(u8::from(left))])
    }
}
