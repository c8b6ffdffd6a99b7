//! A network on the way from its table to its graph: a chain of nodes that can be branched off and joined.

use std::collections::HashMap;

use super::Blueprint;
use super::state_dict::{Norm, Source};
use crate::{Activation, Conv, Dense, Graph, GraphBuilder, GraphError, NodeId, Op, Shape};

/// Where a layer's weights stand: prefixes of parameter names.
pub(super) enum Stored {
    /// `prefix.weight` and `prefix.bias`.
    Plain(String),
    /// `prefix.weight`, and a batch normalisation with its prefix and its ε.
    Normalised(String, String, f64),
}

pub(super) struct Sketch {
    builder: GraphBuilder,
    shapes: HashMap<String, Shape>,
    /// The node that the next one reads.
    at: String,
    stored: Vec<(String, Stored)>,
    sites: Vec<(String, String)>,
    /// What recognition heads read; the output where nothing else is said.
    features: Option<String>,
}

impl Sketch {
    /// A square RGB picture.
    pub fn new(side: usize) -> Self {
        let mut sketch = Self {
            builder: GraphBuilder::new(),
            shapes: HashMap::new(),
            at: String::new(),
            stored: Vec::new(),
            sites: Vec::new(),
            features: None,
        };
        sketch.join("input", Op::Input(Shape::new(3, side, side)), &[]);
        sketch
    }

    /// The node that the next one reads.
    pub fn at(&self) -> String {
        self.at.clone()
    }

    /// Goes back to a node.
    pub fn go_to(&mut self, node: &str) -> &mut Self {
        self.at = node.into();
        self
    }

    /// The shape that the next node reads; a single number where the sketch is already wrong.
    pub fn shape(&self) -> Shape {
        self.shapes.get(&self.at).copied().unwrap_or(Shape::vector(1))
    }

    /// A node that reads the last one.
    pub fn then(&mut self, name: &str, op: Op) -> &mut Self {
        let at = self.at();
        self.join(name, op, &[&at])
    }

    /// A node that reads several.
    pub fn join(&mut self, name: &str, op: Op, inputs: &[&str]) -> &mut Self {
        let shapes: Option<Vec<_>> = inputs.iter().map(|&input| self.shapes.get(input).copied()).collect();
        // A shape that cannot be is reported when the graph is finished.
        if let Some(shape) = shapes.and_then(|shapes| op.output_shape(name, &shapes).ok()) {
            self.shapes.insert(name.into(), shape);
        }
        self.builder.add(name, op, inputs);
        self.at = name.into();
        self
    }

    pub fn conv(&mut self, name: &str, conv: Conv, stored: Stored) -> &mut Self {
        self.stored.push((name.into(), stored));
        self.then(name, Op::Conv(conv))
    }

    pub fn dense(&mut self, name: &str, outputs: usize, prefix: &str) -> &mut Self {
        self.stored.push((name.into(), Stored::Plain(prefix.into())));
        self.then(name, Op::Dense(Dense { outputs, bias: true }))
    }

    pub fn activation(&mut self, name: &str, activation: Activation) -> &mut Self {
        self.then(name, Op::Activation(activation))
    }

    /// Makes the last node a default site.
    pub fn site(&mut self, name: &str) -> &mut Self {
        self.sites.push((name.into(), self.at()));
        self
    }

    /// Makes the last node what recognition heads read.
    pub fn features(&mut self) -> &mut Self {
        self.features = Some(self.at());
        self
    }

    /// The graph, with the last node as its output.
    pub fn finish(self) -> Result<Blueprint, GraphError> {
        let graph = self.builder.finish(&self.at)?;
        let find = |name: &str| graph.find(name).ok_or_else(|| GraphError::NoOutput { output: name.into() });
        let site = |(name, node): &(String, String)| Ok(graph.site_at(find(node)?, name));
        let sites = self.sites.iter().map(site).collect::<Result<_, GraphError>>()?;
        let source = |(node, stored)| Ok(source(&graph, find(node)?, stored));
        let sources = self.stored.iter().map(|(node, stored)| (node.as_str(), stored)).map(source);
        let sources = sources.collect::<Result<_, GraphError>>()?;
        let features = self.features.as_deref().map_or(Ok(graph.output()), find)?;
        Ok(Blueprint { sites, sources, features, graph })
    }
}

fn source(graph: &Graph, node: NodeId, stored: &Stored) -> Source {
    let kernel = graph.kernel_shape(node).unwrap_or_default();
    let shape = match graph.node(node).op {
        Op::Dense(_) => kernel[..2].to_vec(),
        _ => kernel.to_vec(),
    };
    let (prefix, norm) = match stored {
        Stored::Plain(prefix) => (prefix, None),
        Stored::Normalised(prefix, norm, epsilon) => (prefix, Some(Norm { prefix: norm.clone(), epsilon: *epsilon })),
    };
    let bias = norm.is_none().then(|| format!("{prefix}.bias"));
    Source { node, weight: format!("{prefix}.weight"), shape, bias, norm }
}
