//! The walk along the chain of nodes: what stands where, and what must come next.

use std::collections::{BTreeSet, HashMap};

use onnx_ir::NodeProto;

use crate::error::Flaw;
use crate::graph::Requirement;
use crate::graph::attributes::{self, label};
use crate::onnx::{Constant, OnnxModel, is_standard};
use crate::parts::FlattenOrder;
use crate::preprocessing::Evidence;

/// Of `TensorProto.DataType`: the floats to which a `Cast` may go.
const FLOAT: i64 = 1;
const FLOAT16: i64 = 10;
const BFLOAT16: i64 = 16;

/// A walk from the input of the graph towards its output.
pub(super) struct Walk<'m> {
    pub(super) model: &'m OnnxModel,
    /// Nodes that read a value.
    pub(super) readers: HashMap<&'m str, Vec<usize>>,
    /// The node that gives a value.
    producers: HashMap<&'m str, usize>,
    visited: Vec<bool>,
    /// The value at which the walk stands.
    pub value: &'m str,
    /// The name of the last layer, for messages.
    last: String,
    /// Whether the pictures come in channels first or last.
    pub(super) input_layout: FlattenOrder,
    /// Whether the map stands channels first or last.
    pub(super) layout: FlattenOrder,
    /// Whether the map has been flattened to rows.
    pub(super) flattened: bool,
    /// Zeros that `Pad` nodes have put around the map: top, left, bottom, right.
    pub(super) padding: [i64; 4],
    /// Batch normalisations that were folded.
    pub normalised: usize,
    /// Arithmetic in front of the first convolution.
    pub evidence: Option<Evidence>,
    /// The short float type to which a `Cast` goes.
    short: Option<&'static str>,
    /// Constants that the chain has read.
    pub used: BTreeSet<&'m str>,
    /// What must hold once the sizes are known.
    pub requirements: Vec<Requirement>,
    /// What a user should know.
    pub notes: Vec<String>,
}

impl<'m> Walk<'m> {
    /// Stands at the input of the graph.
    pub fn start(model: &'m OnnxModel) -> Result<Self, Flaw> {
        if let Some(node) = model.graph.node.iter().find(|node| is_quantised(&node.op_type)) {
            return Err(Flaw::Quantised { at: label(node) });
        }
        let (mut readers, mut producers) = (HashMap::<&str, Vec<usize>>::new(), HashMap::new());
        for (index, node) in model.graph.node.iter().enumerate() {
            for input in node.input.iter().filter(|input| !input.is_empty()) {
                readers.entry(input).or_default().push(index);
            }
            producers.extend(node.output.iter().map(|output| (output.as_str(), index)));
        }
        let inputs = model.graph.input.iter().map(|input| input.name.as_str());
        let pictures: Vec<_> = inputs.filter(|name| !model.constants.contains_key(*name)).collect();
        let [value] = pictures[..] else {
            return Err(Flaw::deviation("graph", "one input: the pictures", format!("{}", Names(&pictures))));
        };
        let mut walk = Self {
            model,
            readers,
            producers,
            visited: model.graph.node.iter().map(|node| node.op_type == "Constant").collect(),
            value,
            last: "the input".into(),
            input_layout: FlattenOrder::ChannelFirst,
            layout: FlattenOrder::ChannelFirst,
            flattened: false,
            padding: [0; 4],
            normalised: 0,
            evidence: None,
            short: None,
            used: BTreeSet::new(),
            requirements: vec![],
            notes: vec![],
        };
        walk.enter()?;
        Ok(walk)
    }

    /// Whether nothing follows.
    pub fn at_end(&self) -> bool {
        !self.readers.contains_key(self.value)
    }

    /// Checks that the chain ends here, and that its end is the output of the graph.
    pub fn finish(&mut self, with_scores: bool) -> Result<(), Flaw> {
        if with_scores && self.peek()?.is_some_and(|node| node.op_type == "Softmax") {
            self.expect(&["Softmax"], "softmax")?;
            self.notes.push("the file ends in a softmax: the class scores are what it reads, not what it gives".into());
        }
        if let Some(node) = self.peek()? {
            return Err(Flaw::deviation(format!("after {}", self.last), "the end of the graph", label(node)));
        }
        let outputs: Vec<_> = self.model.graph.output.iter().map(|output| output.name.as_str()).collect();
        if outputs != [self.value] {
            let expected = format!("the value after {} (\"{}\") and no other", self.last, self.value);
            return Err(Flaw::deviation("output of the graph", expected, format!("{}", Names(&outputs))));
        }
        Ok(())
    }

    /// A node that the walk has not seen, if there is one.
    pub fn unvisited(&self) -> Option<String> {
        self.visited.iter().position(|visited| !visited).map(|index| label(self.node(index)))
    }

    /// A constant, followed through nodes that leave its values as they are; it counts as used.
    pub(super) fn constant(&mut self, name: &'m str) -> Option<&'m Constant> {
        let mut name = name;
        // Exporters that store equal tensors once refer to them through `Identity`, and those that store short floats
        // through a `Cast` to float32. The number of steps is bounded because a damaged file may have a loop.
        for _ in 0..8 {
            if let Some((name, constant)) = self.model.constants.get_key_value(name) {
                self.used.insert(name);
                return Some(constant);
            }
            let index = self.producer(name)?;
            let node = self.node(index);
            let widens = node.op_type == "Cast" && attributes::int(node, "to", 0) == FLOAT;
            if node.op_type != "Identity" && !widens {
                return None;
            }
            self.visit(index);
            name = node.input.first()?;
        }
        None
    }

    pub(super) fn producer(&self, value: &str) -> Option<usize> {
        self.producers.get(value).copied()
    }

    pub(super) fn node(&self, index: usize) -> &'m NodeProto {
        &self.model.graph.node[index]
    }

    /// Marks a node; `false` if it was marked before.
    pub(super) fn visit(&mut self, index: usize) -> bool {
        !std::mem::replace(&mut self.visited[index], true)
    }

    /// The next node that does something, which must be one of these operators.
    pub(super) fn expect(&mut self, operators: &[&str], layer: &str) -> Result<&'m NodeProto, Flaw> {
        let expected = operators.join(" or ");
        let Some(node) = self.peek()? else {
            let found = format!("the end of the graph after {}", self.last);
            return Err(Flaw::deviation(layer, expected, found));
        };
        let reads = node.input.first().is_some_and(|input| input == self.value);
        if !operators.contains(&node.op_type.as_str()) || !reads {
            return Err(Flaw::deviation(layer, expected, label(node)));
        }
        self.step(node)?;
        self.last = layer.into();
        Ok(node)
    }

    /// The next node that does something; steps over those that change nothing. `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<&'m NodeProto>, Flaw> {
        loop {
            let Some(readers) = self.readers.get(self.value) else { return Ok(None) };
            // A `Shape` beside the chain is part of a computed `Reshape`, and is checked there.
            let mut chain = readers.iter().map(|&index| self.node(index)).filter(|node| node.op_type != "Shape");
            let (node, fork) = (chain.next(), chain.next());
            if fork.is_some() {
                let names: Vec<_> = readers.iter().map(|&index| label(self.node(index))).collect();
                let at = format!("after {} (value \"{}\")", self.last, self.value);
                return Err(Flaw::deviation(
                    at,
                    "a single chain of nodes",
                    format!("a fork to {}", names.join(" and ")),
                ));
            }
            match node {
                Some(node) if !is_standard(&node.domain) => {
                    return Err(Flaw::Foreign { at: label(node), domain: node.domain.clone() });
                }
                Some(node) if self.changes_nothing(node)? => self.step(node)?,
                other => return Ok(other),
            }
        }
    }

    fn changes_nothing(&mut self, node: &'m NodeProto) -> Result<bool, Flaw> {
        Ok(match node.op_type.as_str() {
            "Identity" => true,
            "Flatten" => self.flattened && attributes::axis(node, 1, 2) == 1,
            "Pad" => !self.flattened && self.pads_nothing(node),
            "Cast" => match attributes::int(node, "to", 0) {
                FLOAT => true,
                FLOAT16 => self.computes_in("float16"),
                BFLOAT16 => self.computes_in("bfloat16"),
                _ => false,
            },
            "Dropout" => {
                let flags: Vec<_> = node.input.iter().skip(1).filter_map(|name| self.constant(name)).collect();
                if flags.iter().any(|flag| matches!(flag, Constant::Integers(values) if values.contains(&1))) {
                    let at = format!("after {}", self.last);
                    return Err(Flaw::deviation(at, "a network in inference mode", "Dropout in training mode"));
                }
                true
            }
            _ => false,
        })
    }

    /// A graph that computes with short floats; here they are widened, which leaves out the rounding of its maps.
    fn computes_in(&mut self, element: &'static str) -> bool {
        if self.short.replace(element).is_none() {
            self.notes.push(format!(
                "the graph computes in {element}, this program in float32: scores agree but for the rounding of {element}"
            ));
        }
        true
    }

    /// Goes to the output of a node.
    pub(super) fn step(&mut self, node: &'m NodeProto) -> Result<(), Flaw> {
        let output = node.output.first().map_or("", |name| name);
        match self.producer(output) {
            Some(index) if self.visit(index) => {
                self.value = output;
                Ok(())
            }
            _ => Err(Flaw::deviation(label(node), "a chain without loops", "an output that was seen before")),
        }
    }
}

/// Whether an operator computes with whole numbers of few bits, or rounds to them.
fn is_quantised(operator: &str) -> bool {
    operator.starts_with("QLinear")
        || operator.ends_with("QuantizeLinear")
        || operator.ends_with("DequantizeLinear")
        || matches!(operator, "ConvInteger" | "MatMulInteger" | "QGemm")
}

struct Names<'a>(&'a [&'a str]);

impl std::fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            names => f.write_str(&names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")),
        }
    }
}
