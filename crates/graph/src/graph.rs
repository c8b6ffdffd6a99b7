//! The graph itself: nodes in an order in which they can be computed.

use serde::{Deserialize, Serialize};

use crate::{GraphBuilder, GraphError, Op, Shape};

/// The most nodes of a graph. Networks that people use have a few hundred.
pub const MAX_NODES: usize = 1 << 16;

/// The most multiplications of a graph for one picture, so that counts of them never overflow.
pub const MAX_MULTIPLICATIONS: u64 = 1 << 53;

/// A node's position in the order of computation: whatever a node reads comes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub(crate) u32);

impl NodeId {
    pub(crate) fn new(index: usize) -> Self {
        // Graphs have at most MAX_NODES nodes, so the position always fits.
        Self(index as u32)
    }

    /// The position, from 0.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// One operation of a graph, with the shape of what it gives for one picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Unlike that of any other node.
    pub name: String,
    /// What it does.
    pub op: Op,
    /// What it reads, in the order in which the operation reads it.
    pub inputs: Vec<NodeId>,
    /// What it gives.
    pub shape: Shape,
}

/// A convolutional network from one picture to one output, without its weights.
///
/// A graph is right by construction: names differ, shapes fit, every node leads from the input to the output, and
/// nothing overflows. It is built by [`GraphBuilder`], and read from serialised form through the same checks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "GraphBuilder", into = "GraphBuilder")]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
    pub(crate) input: NodeId,
    pub(crate) output: NodeId,
}

impl Graph {
    /// All nodes, in the order of computation.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The identifiers of all nodes, in the order of computation.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId::new)
    }

    /// A node of this graph.
    ///
    /// # Panics
    /// If the identifier is another graph's and beyond the end of this one.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// The node of that name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.ids().find(|&id| self.node(id).name == name)
    }

    /// The picture.
    pub fn input(&self) -> NodeId {
        self.input
    }

    /// What the network gives: mostly class scores, before any softmax.
    pub fn output(&self) -> NodeId {
        self.output
    }

    /// Shapes of what a node reads.
    pub fn input_shapes(&self, id: NodeId) -> Vec<Shape> {
        self.node(id).inputs.iter().map(|&input| self.node(input).shape).collect()
    }

    /// Shape of a node's kernel, `[outputs, inputs / groups, height, width]` (a dense matrix: `[outputs, inputs, 1,
    /// 1]`); nothing for a node without weights.
    pub fn kernel_shape(&self, id: NodeId) -> Option<[usize; 4]> {
        let node = self.node(id);
        node.op.kernel_shape(self.node(*node.inputs.first()?).shape)
    }

    /// Who reads each node, in order, one entry per node. A node that reads a value twice stands there twice.
    pub fn readers(&self) -> Vec<Vec<NodeId>> {
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for id in self.ids() {
            for input in &self.node(id).inputs {
                readers[input.index()].push(id);
            }
        }
        readers
    }

    /// Multiplications of a node with weights for one picture, without tricks. Pools, sums, products and
    /// normalisations are not counted, as is usual.
    pub fn multiplications(&self, id: NodeId) -> u64 {
        let kernel = self.kernel_shape(id).map_or(0, |kernel| kernel.iter().product::<usize>() as u64);
        kernel * self.node(id).shape.pixels() as u64
    }

    /// Multiplications of the whole network for one picture.
    pub fn total_multiplications(&self) -> u64 {
        self.ids().map(|id| self.multiplications(id)).sum()
    }

    /// Numbers in all kernels and biases. Folded batch normalisation counts as the bias that remains of it.
    pub fn weight_count(&self) -> u64 {
        let of = |id| {
            let kernel = self.kernel_shape(id)?;
            let bias = if self.node(id).op.has_bias() { kernel[0] } else { 0 };
            Some(kernel.iter().product::<usize>() as u64 + bias as u64)
        };
        self.ids().filter_map(of).sum()
    }

    /// The network up to a node, which becomes its output: VGG-16 without its dense layers is
    /// `vgg16.until("pool5")`, its features are `vgg16.until("relu7")`.
    ///
    /// # Errors
    /// There is no such node.
    pub fn until(&self, name: &str) -> Result<Self, GraphError> {
        let output = self.find(name).ok_or_else(|| GraphError::NoOutput { output: name.into() })?;
        let needed = self.ancestors(&[output]);
        let mut position = vec![NodeId::new(0); self.nodes.len()];
        let mut nodes = Vec::new();
        for id in self.ids().filter(|id| needed[id.index()]) {
            position[id.index()] = NodeId::new(nodes.len());
            let node = self.node(id);
            let inputs = node.inputs.iter().map(|input| position[input.index()]).collect();
            nodes.push(Node { inputs, ..node.clone() });
        }
        Ok(Self { nodes, input: position[self.input.index()], output: position[output.index()] })
    }

    /// Which nodes the given ones depend on, themselves included: one flag per node.
    pub fn ancestors(&self, of: &[NodeId]) -> Vec<bool> {
        let mut needed = vec![false; self.nodes.len()];
        of.iter().for_each(|id| needed[id.index()] = true);
        for id in self.ids().rev() {
            if needed[id.index()] {
                self.node(id).inputs.iter().for_each(|input| needed[input.index()] = true);
            }
        }
        needed
    }

    /// Which nodes depend on the given one, itself excluded: one flag per node.
    pub fn descendants(&self, of: NodeId) -> Vec<bool> {
        let mut reached = vec![false; self.nodes.len()];
        for id in self.ids().skip(of.index() + 1) {
            let reads = |input: &NodeId| *input == of || reached[input.index()];
            reached[id.index()] = self.node(id).inputs.iter().any(reads);
        }
        reached
    }
}
