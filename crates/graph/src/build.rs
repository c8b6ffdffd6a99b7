//! From definitions in any order to a checked [`Graph`].

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::graph::{MAX_MULTIPLICATIONS, MAX_NODES};
use crate::order::order_of_computation;
use crate::{Graph, GraphError, Node, NodeId, Op};

/// Definitions of nodes, in any order; [`GraphBuilder::finish`] makes a [`Graph`] of them. It is also the serialised
/// form of a graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphBuilder {
    nodes: Vec<Definition>,
    output: String,
}

/// A node as it is defined: by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    name: String,
    op: Op,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inputs: Vec<String>,
}

impl GraphBuilder {
    /// No nodes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node that reads the nodes of these names, which may be defined later. Nothing is checked before
    /// [`GraphBuilder::finish`].
    pub fn add(&mut self, name: impl Into<String>, op: Op, inputs: &[&str]) -> &mut Self {
        let inputs = inputs.iter().map(|&input| input.into()).collect();
        self.nodes.push(Definition { name: name.into(), op, inputs });
        self
    }

    /// Checks everything, infers all shapes, and puts the nodes in an order of computation: that of their definition
    /// wherever it is one.
    ///
    /// # Errors
    /// The first impossible thing, naming its node; see [`GraphError`].
    pub fn finish(mut self, output: &str) -> Result<Graph, GraphError> {
        self.output = output.into();
        Graph::try_from(self)
    }
}

impl TryFrom<GraphBuilder> for Graph {
    type Error = GraphError;

    fn try_from(builder: GraphBuilder) -> Result<Self, GraphError> {
        let GraphBuilder { nodes: definitions, output } = builder;
        let inputs = resolve(&definitions)?;
        let Some(output_at) = definitions.iter().position(|node| node.name == output) else {
            return Err(GraphError::NoOutput { output });
        };
        let order = order_of_computation(&inputs).map_err(|circle| GraphError::Cycle {
            nodes: circle.into_iter().take(8).map(|at| definitions[at].name.clone()).collect(),
        })?;
        let mut position = vec![NodeId::new(0); definitions.len()];
        order.iter().enumerate().for_each(|(place, &at)| position[at] = NodeId::new(place));
        let mut definitions: Vec<_> = definitions.into_iter().map(Some).collect();
        let mut graph =
            Self { nodes: Vec::with_capacity(order.len()), input: NodeId::new(0), output: position[output_at] };
        for &at in &order {
            // The order is a permutation, so each definition is taken once.
            let Some(Definition { name, op, .. }) = definitions[at].take() else { continue };
            let inputs: Vec<NodeId> = inputs[at].iter().map(|&input| position[input]).collect();
            let shapes: Vec<_> = inputs.iter().map(|&input| graph.node(input).shape).collect();
            let shape = op.output_shape(&name, &shapes)?;
            if matches!(op, Op::Input(_)) {
                graph.input = position[at];
            }
            graph.nodes.push(Node { name, op, inputs, shape });
        }
        graph.check_all_read()?;
        graph.check_multiplications()?;
        Ok(graph)
    }
}

impl From<Graph> for GraphBuilder {
    fn from(graph: Graph) -> Self {
        let name = |id: &NodeId| graph.node(*id).name.clone();
        let output = name(&graph.output);
        let definition = |node: &Node| Definition {
            name: node.name.clone(),
            op: node.op.clone(),
            inputs: node.inputs.iter().map(name).collect(),
        };
        Self { nodes: graph.nodes.iter().map(definition).collect(), output }
    }
}

/// The positions of what each definition reads.
fn resolve(definitions: &[Definition]) -> Result<Vec<Vec<usize>>, GraphError> {
    if definitions.len() > MAX_NODES {
        return Err(GraphError::TooManyNodes { found: definitions.len() });
    }
    let mut position = HashMap::new();
    for (at, node) in definitions.iter().enumerate() {
        if node.name.is_empty() {
            return Err(GraphError::Nameless { position: at + 1 });
        }
        if position.insert(node.name.as_str(), at).is_some() {
            return Err(GraphError::Twice { node: node.name.clone() });
        }
    }
    let is_input = |node: &&Definition| matches!(node.op, Op::Input(_));
    let inputs: Vec<String> = definitions.iter().filter(is_input).map(|node| node.name.clone()).collect();
    if inputs.len() != 1 {
        return Err(GraphError::Inputs { inputs });
    }
    let find = |node: &Definition, input: &String| {
        let missing = || GraphError::Missing { node: node.name.clone(), input: input.clone() };
        position.get(input.as_str()).copied().ok_or_else(missing)
    };
    definitions.iter().map(|node| node.inputs.iter().map(|input| find(node, input)).collect()).collect()
}

impl Graph {
    fn check_all_read(&self) -> Result<(), GraphError> {
        let needed = self.ancestors(&[self.output]);
        let Some(unread) = self.ids().find(|id| !needed[id.index()]) else { return Ok(()) };
        let name = |id| self.node(id).name.clone();
        Err(GraphError::Unread { node: name(unread), output: name(self.output) })
    }

    fn check_multiplications(&self) -> Result<(), GraphError> {
        let mut total = 0u64;
        for id in self.ids() {
            // Kernel and map have at most 2³¹ numbers each, so the product stays below 2⁶².
            total = total.saturating_add(self.multiplications(id));
            if total > MAX_MULTIPLICATIONS {
                let (node, what) = (self.node(id).name.clone(), "the multiplications of the network up to here");
                return Err(GraphError::TooLarge { node, what, limit: MAX_MULTIPLICATIONS });
            }
        }
        Ok(())
    }
}
