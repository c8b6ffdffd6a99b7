//! What of a node counts in a comparison.

use std::fmt;

use crate::geometry::Axis;
use crate::{AveragePool, Conv, Graph, NodeId, Op, Shape};

/// One thing that two nodes must have in common. The first one of a node is its kind.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Trait {
    what: &'static str,
    value: String,
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.what.is_empty() { f.write_str(&self.value) } else { write!(f, "{} {}", self.what, self.value) }
    }
}

/// For each node the one whose value it merely passes on; itself if it does something.
pub(super) fn core(graph: &Graph) -> Vec<NodeId> {
    let readers = graph.readers();
    let mut core: Vec<NodeId> = Vec::with_capacity(readers.len());
    for id in graph.ids() {
        let node = graph.node(id);
        let dense = |reader: &NodeId| matches!(graph.node(*reader).op, Op::Dense(_));
        let passes = match (&node.op, node.inputs.first().map(|input| graph.node(*input).shape)) {
            (Op::Flatten, Some(input)) => {
                let read = readers[id.index()].iter().all(dense) && !readers[id.index()].is_empty();
                input.is_vector() || read
            }
            (Op::GlobalAverage, Some(input)) => input.is_vector(),
            (Op::MaxPool(pool), Some(input)) => pool.window.kernel == [1; 2] && input == node.shape,
            (Op::AveragePool(pool), Some(input)) => pool.window.kernel == [1; 2] && input == node.shape,
            _ => false,
        };
        core.push(if passes { core[node.inputs[0].index()] } else { id });
    }
    core
}

/// Everything that counts of a node, its kind first, sizes of weights before the way in which it slides.
pub(super) fn traits(graph: &Graph, id: NodeId) -> Vec<Trait> {
    let node = graph.node(id);
    let mut traits = List(Vec::new());
    let input = node.inputs.first().map_or(node.shape, |input| graph.node(*input).shape);
    match &node.op {
        Op::Input(shape) => traits.kind("an input").add("of", shape),
        Op::Dense(dense) => traits.dense(input.values(), dense.outputs),
        Op::Conv(conv) if is_dense(conv, input, node.shape) => traits.dense(input.values(), conv.outputs),
        Op::Conv(conv) => traits
            .kind("a convolution")
            .add("outputs", conv.outputs)
            .add("inputs", input.channels)
            .add("groups", conv.groups)
            .add("kernel", pair(conv.kernel))
            .slide(Axis::of_conv(conv), node.shape),
        Op::Add => traits.kind("a sum"),
        Op::Multiply => traits.kind("a product"),
        Op::Concat => traits.kind("a concatenation"),
        Op::MaxPool(pool) => {
            traits.kind("a max-pool").add("kernel", pair(pool.window.kernel)).slide(Axis::of_max(pool), node.shape)
        }
        Op::AveragePool(pool) if is_global(pool, input, node.shape) => traits.kind("a global average"),
        Op::AveragePool(pool) => traits.average(pool, node.shape),
        Op::GlobalAverage => traits.kind("a global average"),
        Op::Activation(activation) => traits.kind("an activation").add("", activation),
        Op::Lrn(lrn) => traits
            .kind("a local response normalisation")
            .add("window", format!("from {} channels below to {} above", lrn.below, lrn.above))
            .add("alpha", lrn.alpha)
            .add("beta", lrn.beta)
            .add("k", lrn.k),
        Op::Flatten => traits.kind("a flattening"),
    };
    traits.0
}

/// A convolution that sees the whole map at once.
fn is_dense(conv: &Conv, input: Shape, output: Shape) -> bool {
    let whole = conv.kernel == [input.height, input.width] && conv.padding == [0; 4];
    let straight = conv.dilation == [1; 2] || conv.kernel == [1; 2];
    whole && straight && conv.groups == 1 && output.is_vector()
}

fn is_global(pool: &AveragePool, input: Shape, output: Shape) -> bool {
    pool.window.kernel == [input.height, input.width] && pool.window.padding == [0; 4] && output.is_vector()
}

fn pair(sizes: [usize; 2]) -> String {
    format!("{}×{}", sizes[0], sizes[1])
}

struct List(Vec<Trait>);

impl List {
    fn kind(&mut self, kind: &str) -> &mut Self {
        self.add("", kind)
    }

    fn add(&mut self, what: &'static str, value: impl fmt::Display) -> &mut Self {
        self.0.push(Trait { what, value: value.to_string() });
        self
    }

    fn dense(&mut self, inputs: usize, outputs: usize) -> &mut Self {
        self.kind("a dense layer").add("inputs", inputs).add("outputs", outputs)
    }

    /// Where windows lie: with the size of the output, padding behind the input and rounding have no more to say.
    fn slide(&mut self, axes: [Axis; 2], output: Shape) -> &mut Self {
        let one = |axis: usize, size: usize| if axes[axis].kernel == 1 { 1 } else { size };
        self.add("stride", pair(axes.map(|axis| axis.stride)))
            .add("dilation", pair([one(0, axes[0].dilation), one(1, axes[1].dilation)]))
            .add("padding at the top and left", pair(axes.map(|axis| axis.before)))
            .add("output of", output)
    }

    fn average(&mut self, pool: &AveragePool, output: Shape) -> &mut Self {
        let axes = Axis::of_window(&pool.window, [1; 2]);
        self.kind("an average pool").add("kernel", pair(pool.window.kernel)).slide(axes, output);
        if pool.window.padding == [0; 4] {
            return self;
        }
        let counted = if pool.count_include_pad { "counted" } else { "not counted" };
        self.add("padding is", counted);
        if pool.count_include_pad {
            self.add("padding at the bottom and right", pair(axes.map(|axis| axis.after)));
        }
        self
    }
}
