//! The numbers of kernels and biases, one entry per node that has them.

use std::collections::HashMap;
use std::fmt;

use thiserror::Error;

use crate::{Graph, NodeId};

/// f32, in which networks run, or f64, in which they are checked.
pub trait Scalar: Copy + Into<f64> + fmt::Debug + fmt::Display + PartialEq + private::Sealed {
    /// The nearest number of this type.
    fn rounded(value: f64) -> Self;
}

impl Scalar for f32 {
    fn rounded(value: f64) -> Self {
        value as Self
    }
}

impl Scalar for f64 {
    fn rounded(value: f64) -> Self {
        value
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// Kernel and bias of one node, in C order.
///
/// # Shapes
/// - `kernel`: [`Graph::kernel_shape`], that is `[outputs, inputs / groups, height, width]` or `[outputs, inputs]`
/// - `bias`: `[outputs]`, present exactly where the operation says so
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters<T = f32> {
    /// The kernel or matrix, output first.
    pub kernel: Vec<T>,
    /// One number per output channel.
    pub bias: Option<Vec<T>>,
}

/// Weights that do not fit their graph.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum WeightsError {
    /// A node without its weights, or a tensor that a file lacks.
    #[error("{node}: {tensor} is missing")]
    Missing {
        /// The node.
        node: String,
        /// The tensor, by name or in words.
        tensor: String,
    },
    /// Weights for a node that has none, or does not exist.
    #[error("{node}: {what}")]
    Unexpected {
        /// The node.
        node: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// Too many or too few numbers, or another shape.
    #[error("{node}: {tensor} has {found}; expected {expected}")]
    Shape {
        /// The node.
        node: String,
        /// The tensor, by name or in words.
        tensor: String,
        /// What the graph asks for.
        expected: String,
        /// What was given.
        found: String,
    },
    /// A number that is infinite or NaN.
    #[error("{node}: number {position} of {tensor} is {value}; weights must be finite")]
    NotFinite {
        /// The node.
        node: String,
        /// The tensor, by name or in words.
        tensor: String,
        /// Its place in C order, from 0.
        position: usize,
        /// The number.
        value: String,
    },
    /// A variance below zero, or zero with an epsilon of zero.
    #[error("{node}: variance {variance} with epsilon {epsilon} (channel {channel}) has no inverse root")]
    Variance {
        /// The node.
        node: String,
        /// The channel.
        channel: usize,
        /// Its variance.
        variance: f64,
        /// What is added to it.
        epsilon: f64,
    },
}

/// The weights of a graph: every node that needs some has them, of the right length, and all are finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights<T = f32> {
    by_node: Vec<Option<Parameters<T>>>,
}

impl<T: Scalar> Weights<T> {
    /// Weights given by node name, in any order.
    ///
    /// # Errors
    /// [`WeightsError`] for the first node, in the order of computation, whose weights do not fit.
    pub fn new(graph: &Graph, named: impl IntoIterator<Item = (String, Parameters<T>)>) -> Result<Self, WeightsError> {
        let ids: HashMap<_, _> = graph.ids().map(|id| (graph.node(id).name.as_str(), id)).collect();
        let mut by_node: Vec<Option<Parameters<T>>> = graph.ids().map(|_| None).collect();
        for (node, parameters) in named {
            let Some(id) = ids.get(node.as_str()) else {
                return Err(WeightsError::Unexpected {
                    node,
                    what: "weights for a node that the network does not have",
                });
            };
            if by_node[id.index()].replace(parameters).is_some() {
                return Err(WeightsError::Unexpected { node, what: "weights were given twice" });
            }
        }
        let weights = Self { by_node };
        weights.check_fits(graph)?;
        Ok(weights)
    }

    /// Checks that these are weights of that graph.
    ///
    /// # Errors
    /// [`WeightsError`] for the first node, in the order of computation, whose weights do not fit.
    pub fn check_fits(&self, graph: &Graph) -> Result<(), WeightsError> {
        if let Some(more) = self.by_node.len().checked_sub(graph.nodes().len()).filter(|&more| more > 0) {
            let node = format!("{more} nodes");
            return Err(WeightsError::Unexpected { node, what: "weights for nodes that the network does not have" });
        }
        graph.ids().try_for_each(|id| self.check(graph, id))
    }

    /// Kernel and bias of a node; nothing for a node without weights.
    pub fn of(&self, id: NodeId) -> Option<&Parameters<T>> {
        self.by_node.get(id.index())?.as_ref()
    }

    /// Takes the weights apart: one entry per node, in the order of computation.
    pub fn into_parts(self) -> Vec<Option<Parameters<T>>> {
        self.by_node
    }

    fn check(&self, graph: &Graph, id: NodeId) -> Result<(), WeightsError> {
        let node = graph.node(id);
        let name = || node.name.clone();
        let (shape, parameters) = match (graph.kernel_shape(id), self.of(id)) {
            (None, None) => return Ok(()),
            (None, Some(_)) => {
                return Err(WeightsError::Unexpected { node: name(), what: "weights for an operation that has none" });
            }
            (Some(_), None) => return Err(WeightsError::Missing { node: name(), tensor: "its kernel".into() }),
            (Some(shape), Some(parameters)) => (shape, parameters),
        };
        check_numbers(&node.name, "the kernel", &shape, &parameters.kernel)?;
        match (node.op.has_bias(), &parameters.bias) {
            (true, Some(bias)) => check_numbers(&node.name, "the bias", &shape[..1], bias),
            (true, None) => Err(WeightsError::Missing { node: name(), tensor: "its bias".into() }),
            (false, Some(_)) => {
                Err(WeightsError::Unexpected { node: name(), what: "a bias for an operation without one" })
            }
            (false, None) => Ok(()),
        }
    }
}

/// Checks length and finiteness of a tensor.
pub(crate) fn check_numbers<T: Scalar>(
    node: &str,
    tensor: &str,
    shape: &[usize],
    numbers: &[T],
) -> Result<(), WeightsError> {
    let (node, tensor) = (String::from(node), String::from(tensor));
    if numbers.len() != shape.iter().product::<usize>() {
        let expected = format!("{} ({shape:?})", shape.iter().product::<usize>());
        return Err(WeightsError::Shape { node, tensor, expected, found: format!("{} numbers", numbers.len()) });
    }
    match numbers.iter().position(|&number| !number.into().is_finite()) {
        None => Ok(()),
        Some(position) => Err(WeightsError::NotFinite { node, tensor, position, value: numbers[position].to_string() }),
    }
}
