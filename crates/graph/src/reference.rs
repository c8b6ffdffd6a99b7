//! Networks computed plainly in f64: slow, without tricks, one picture at a time, every sum in one fixed order. Ground
//! truth for kernels and for the rules of this crate.
//!
//! A convolution adds its taps in the order input channel, row, column, then the bias; a window of a pool is read row
//! by row.

mod ops;

use thiserror::Error;

use crate::weights::Scalar;
use crate::{Graph, GraphError, NodeId, Op, Parameters, Shape, Weights};

/// A value for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Channels, height, width.
    pub shape: Shape,
    /// The numbers, channel by channel, row by row.
    pub data: Vec<f64>,
}

impl Value {
    /// The map of a channel.
    ///
    /// # Panics
    /// If there is no such channel.
    pub fn channel(&self, channel: usize) -> &[f64] {
        let pixels = self.shape.pixels();
        &self.data[channel * pixels..(channel + 1) * pixels]
    }
}

/// A pass that cannot be computed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ReferenceError {
    /// A picture or another value with more or fewer numbers than its shape has.
    #[error("{what} has {found} numbers; expected {expected}")]
    Length {
        /// The value, in words.
        what: &'static str,
        /// The shape that it should have.
        expected: Shape,
        /// Numbers given.
        found: usize,
    },
    /// Gains for another number of channels.
    #[error("{node}: {found} gains were given for {expected} channels")]
    Gains {
        /// The node.
        node: String,
        /// Its channels.
        expected: usize,
        /// Gains given.
        found: usize,
    },
    /// An operation that cannot be.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Weights of another graph.
    #[error("{node}: the weights do not fit; they are of another network or operation")]
    Weights {
        /// The first node that they do not fit.
        node: String,
    },
}

/// One gain per channel of a node's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Gains {
    /// The node.
    pub node: NodeId,
    /// What its channels are multiplied by.
    pub factors: Vec<f64>,
}

/// The results of all nodes, in the order of computation, with gains at some of them.
///
/// # Errors
/// A picture, gains or weights that do not fit the graph.
pub fn values<T: Scalar>(
    graph: &Graph,
    weights: &Weights<T>,
    picture: &[f64],
    gains: &[Gains],
) -> Result<Vec<Value>, ReferenceError> {
    let input = graph.node(graph.input()).shape;
    if picture.len() != input.values() {
        return Err(ReferenceError::Length { what: "the picture", expected: input, found: picture.len() });
    }
    for Gains { node, factors } in gains {
        let node = graph.node(*node);
        if factors.len() != node.shape.channels {
            let (expected, found) = (node.shape.channels, factors.len());
            return Err(ReferenceError::Gains { node: node.name.clone(), expected, found });
        }
    }
    let mut values: Vec<Value> = Vec::with_capacity(graph.nodes().len());
    for id in graph.ids() {
        let node = graph.node(id);
        let inputs: Vec<&Value> = node.inputs.iter().map(|input| &values[input.index()]).collect();
        let parameters = fitting(graph, weights, id)?;
        let mut value = match node.op {
            Op::Input(shape) => Value { shape, data: picture.to_vec() },
            _ => Value { shape: node.shape, data: ops::apply(&node.op, &inputs, parameters, node.shape) },
        };
        for Gains { factors, .. } in gains.iter().filter(|gains| gains.node == id) {
            let maps = value.data.chunks_exact_mut(node.shape.pixels());
            maps.zip(factors).for_each(|(map, factor)| map.iter_mut().for_each(|x| *x *= factor));
        }
        values.push(value);
    }
    Ok(values)
}

/// The result of one operation.
///
/// # Errors
/// Inputs or parameters that do not fit the operation, or an input node, which is none.
pub fn operation<T: Scalar>(
    op: &Op,
    inputs: &[&Value],
    parameters: Option<&Parameters<T>>,
) -> Result<Value, ReferenceError> {
    let shapes: Vec<Shape> = inputs.iter().map(|input| input.shape).collect();
    let shape = op.output_shape("the operation", &shapes)?;
    let wrong = inputs.iter().find(|input| input.data.len() != input.shape.values());
    if let Some(&Value { shape: expected, ref data }) = wrong.copied() {
        return Err(ReferenceError::Length { what: "an input", expected, found: data.len() });
    }
    let Some(first) = shapes.first() else {
        return Err(ReferenceError::Length { what: "the picture", expected: shape, found: 0 });
    };
    if !fits(op, op.kernel_shape(*first), parameters) {
        return Err(ReferenceError::Weights { node: "the operation".into() });
    }
    Ok(Value { shape, data: ops::apply(op, inputs, parameters, shape) })
}

/// The parameters of a node, of the lengths that its graph asks for.
fn fitting<'a, T: Scalar>(
    graph: &Graph,
    weights: &'a Weights<T>,
    id: NodeId,
) -> Result<Option<&'a Parameters<T>>, ReferenceError> {
    let (node, parameters) = (graph.node(id), weights.of(id));
    let fits = fits(&node.op, graph.kernel_shape(id), parameters);
    fits.then_some(parameters).ok_or_else(|| ReferenceError::Weights { node: node.name.clone() })
}

fn fits<T>(op: &Op, shape: Option<[usize; 4]>, parameters: Option<&Parameters<T>>) -> bool {
    match (shape, parameters) {
        (None, None) => true,
        (Some(shape), Some(parameters)) => {
            let bias = parameters.bias.as_ref().map(Vec::len);
            parameters.kernel.len() == shape.iter().product() && bias == op.has_bias().then_some(shape[0])
        }
        _ => false,
    }
}
