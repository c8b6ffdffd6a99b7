//! What can be wrong with a graph; every message names the node.

use thiserror::Error;

use crate::{MAX_NODES, Shape};

/// A network that cannot be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GraphError {
    /// More nodes than [`MAX_NODES`].
    #[error("the network has {found} nodes; at most {MAX_NODES} are possible")]
    TooManyNodes {
        /// How many there are.
        found: usize,
    },
    /// A node whose name is empty.
    #[error("node {position} of the network has no name; every node needs one")]
    Nameless {
        /// Its place among the definitions, from 1.
        position: usize,
    },
    /// Two nodes of one name.
    #[error("{node}: two nodes have this name; names must differ")]
    Twice {
        /// The name.
        node: String,
    },
    /// A value that is read but that nobody gives.
    #[error("{node} reads {input:?}, which no node of the network gives")]
    Missing {
        /// Who reads.
        node: String,
        /// What is read.
        input: String,
    },
    /// Not exactly one input.
    #[error("a network has one input; this one has {}", if inputs.is_empty() { "none".into() } else { inputs.join(" and ") })]
    Inputs {
        /// The names of the inputs.
        inputs: Vec<String>,
    },
    /// Too many or too few inputs of a node.
    #[error("{node}: {op} reads {expected}, not {found}")]
    Arity {
        /// The node.
        node: String,
        /// Its operation, in words.
        op: String,
        /// How many values it reads.
        expected: &'static str,
        /// How many it was given.
        found: usize,
    },
    /// Nodes that wait for one another.
    #[error("{} read one another in a circle; a network must lead from its input to its output", nodes.join(", "))]
    Cycle {
        /// The nodes of the circle (the first eight of them).
        nodes: Vec<String>,
    },
    /// An output that does not exist.
    #[error("there is no node {output:?} that could be the output")]
    NoOutput {
        /// The name asked for.
        output: String,
    },
    /// A node that the output does not depend on.
    #[error("{node} is not read on the way to the output {output}; leave it out, or make it the output")]
    Unread {
        /// The node.
        node: String,
        /// The output.
        output: String,
    },
    /// A setting that no such operation can have.
    #[error("{node}: {rule}; found {found}")]
    Setting {
        /// The node.
        node: String,
        /// The rule that is broken.
        rule: &'static str,
        /// What was given.
        found: String,
    },
    /// Inputs whose shapes do not fit the operation.
    #[error("{node}: {rule}; it reads {}", in_words(inputs))]
    Shapes {
        /// The node.
        node: String,
        /// The rule that is broken.
        rule: String,
        /// The shapes of its inputs.
        inputs: Vec<Shape>,
    },
    /// More than this crate counts with.
    #[error("{node}: {what} would be more than {limit}")]
    TooLarge {
        /// The node.
        node: String,
        /// What is too large.
        what: &'static str,
        /// The most there may be.
        limit: u64,
    },
}

fn in_words(shapes: &[Shape]) -> String {
    shapes.iter().map(Shape::to_string).collect::<Vec<_>>().join(" and ")
}
