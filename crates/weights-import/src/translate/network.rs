//! The network while it is being translated: its nodes so far, and what every value of the file is in it.

use std::collections::HashMap;

use graph::{Activation, Op, Shape};
use onnx_ir::NodeProto;

use super::attributes::label;
use super::axes::{Axes, Dim};
use super::line::Line;
use super::refusals;
use super::squares::Squares;
use crate::error::Flaw;
use crate::onnx::{Constant, Integers, OnnxModel};
use crate::tensor::{Element, SourceTensor};

/// What a value of the file is.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// It depends on the picture.
    Map(Map),
    /// The square of such a value, on the way to a local response normalisation.
    Squares(Squares),
    /// The same numbers for every picture.
    Constant(Constant),
}

/// What a node of the network gives, as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Map {
    pub node: usize,
    pub axes: Axes,
    pub border: Border,
    /// The softmax that the file has here, which is left out at the end of a network.
    pub softmax: Option<String>,
}

/// What `Pad` nodes put around maps, until the layer behind takes it over.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Border {
    /// Top, left, bottom, right.
    pub pads: [usize; 4],
    pub fill: f32,
}

/// A node of the network.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub name: String,
    /// The node of the file, for messages.
    pub at: String,
    pub work: Work,
    pub inputs: Vec<usize>,
    pub shape: Shape,
    /// Whether no number that it gives is below 0.
    pub non_negative: bool,
}

/// What it does.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "one for each node of a network, and most have weights")]
pub(super) enum Work {
    Plain(Op),
    Weighted(Op, Source),
    Line(Line),
}

/// Where weights come from; nothing is read before the end.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub kernel: SourceTensor,
    /// Whether the kernel is a matrix `[inputs, outputs]`.
    pub transposed: bool,
    /// For a matrix that reads maps in another order: the place in it of each input of ours.
    pub columns: Option<Vec<usize>>,
    pub bias: Option<SourceTensor>,
    /// What follows and is folded in.
    pub line: Option<Line>,
}

/// The network so far.
pub(super) struct Network<'m> {
    pub values: HashMap<&'m str, Value>,
    pub drafts: Vec<Draft>,
    pub notes: Vec<String>,
    /// The element type of the first weights that are shorter than float32.
    pub short: Option<Element>,
    /// The short float in which the graph computes.
    pub computes_in: Option<&'static str>,
    /// Names that are taken, with the number of the next node that would have that name.
    names: HashMap<String, usize>,
}

impl<'m> Network<'m> {
    /// The pictures, and the constants of the file.
    pub fn new(model: &'m OnnxModel, input: &'m str, shape: Shape, axes: Axes) -> Self {
        let constants = model.constants.iter();
        let values = constants.map(|(name, constant)| (name.as_str(), Value::Constant(constant.clone()))).collect();
        let (drafts, notes) = (vec![], vec![]);
        let mut network = Self { values, drafts, notes, short: None, computes_in: None, names: HashMap::new() };
        let op = Op::Input(shape);
        let name = network.fresh(input);
        let at = format!("input \"{input}\"");
        let non_negative = false;
        network.drafts.push(Draft { name, at, work: Work::Plain(op), inputs: vec![], shape, non_negative });
        network.values.insert(input, Value::Map(Map { node: 0, axes, border: Border::default(), softmax: None }));
        network
    }

    /// The value of an input, if the node has it.
    pub fn value(&self, node: &NodeProto, input: usize) -> Option<&Value> {
        let name = node.input.get(input).filter(|name| !name.is_empty())?;
        self.values.get(name.as_str())
    }

    /// An input that depends on the picture, whatever is still to be done with it.
    pub fn any_map(&self, node: &NodeProto, input: usize) -> Result<Map, Flaw> {
        match self.value(node, input) {
            Some(Value::Map(map)) => Ok(map.clone()),
            Some(Value::Squares(_)) => Err(refusals::squares(node)),
            Some(Value::Constant(_)) => {
                let name = &node.input[input];
                Err(Flaw::deviation(label(node), format!("maps as input {input}"), format!("the constant \"{name}\"")))
            }
            None => Err(missing(node, input)),
        }
    }

    /// The same where a border may stand around the maps.
    pub fn bordered(&self, node: &NodeProto, input: usize) -> Result<Map, Flaw> {
        let map = self.any_map(node, input)?;
        match &map.softmax {
            None => Ok(map),
            Some(at) => Err(Flaw::operator(
                at.clone(),
                format!("a softmax inside of the network ({} reads it)", label(node)),
                "a softmax is read at the end only; export a network without attention",
            )),
        }
    }

    /// An input that depends on the picture.
    pub fn map(&self, node: &NodeProto, input: usize) -> Result<Map, Flaw> {
        let map = self.bordered(node, input)?;
        if map.border.pads == [0; 4] {
            return Ok(map);
        }
        let expected = "a border of zeros in front of a convolution or a pool, behind all arithmetic";
        Err(Flaw::deviation(format!("the Pad node before {}", label(node)), expected, label(node)))
    }

    /// The input as maps `[pictures, channels, height, width]`: the node that gives them, and their border.
    pub fn maps(&mut self, node: &NodeProto) -> Result<(usize, Border), Flaw> {
        let map = self.bordered(node, 0)?;
        if map.axes.are_maps() {
            return Ok((map.node, map.border));
        }
        if map.axes.rank() == 4 && map.border.pads == [0; 4] && map.axes.is_flat() {
            return Ok((self.flattened(&map), Border::default()));
        }
        let found = format!("axes of {:?} in another order", map.axes.extents());
        Err(Flaw::deviation(label(node), "maps [pictures, channels, height, width]", found))
    }

    /// The vector of flattened maps, channel first.
    pub fn flattened(&mut self, map: &Map) -> usize {
        if self.drafts[map.node].shape.is_vector() {
            return map.node;
        }
        let name = self.fresh("flatten");
        self.add(name, String::new(), Op::Flatten, vec![map.node], Shape::vector(self.drafts[map.node].shape.values()))
    }

    /// Constant floats.
    pub fn floats(&mut self, node: &NodeProto, input: usize) -> Result<SourceTensor, Flaw> {
        let name = node.input.get(input).map_or("", |name| name);
        match self.value(node, input) {
            Some(Value::Constant(Constant::Floats(tensor))) => {
                let tensor = tensor.clone();
                if tensor.element != Element::Float32 {
                    self.short = self.short.or(Some(tensor.element));
                }
                Ok(tensor)
            }
            Some(Value::Constant(Constant::Integers(_))) => {
                Err(Flaw::ElementType { tensor: name.into(), found: "integers".into() })
            }
            Some(Value::Constant(Constant::Other(found))) => {
                Err(Flaw::ElementType { tensor: name.into(), found: found.clone() })
            }
            Some(_) => {
                let found = format!("input {input} \"{name}\", which depends on the picture");
                Err(Flaw::deviation(label(node), "constant weights", found))
            }
            None => Err(missing(node, input)),
        }
    }

    /// Constant integers: axes, extents, flags.
    pub fn integers(&self, node: &NodeProto, input: usize) -> Result<Integers, Flaw> {
        match self.value(node, input) {
            Some(Value::Constant(Constant::Integers(integers))) => Ok(integers.clone()),
            Some(_) => {
                let found = format!("input {input} \"{}\", which is something else", node.input[input]);
                Err(Flaw::deviation(label(node), "constant integers", found))
            }
            None => Err(missing(node, input)),
        }
    }

    /// Constant integers, where the node has that input.
    pub fn optional_integers(&self, node: &NodeProto, input: usize) -> Result<Option<Vec<i64>>, Flaw> {
        match self.value(node, input) {
            None => Ok(None),
            Some(_) => self.integers(node, input).map(|integers| Some(integers.values)),
        }
    }

    /// One constant float, where the node has that input.
    pub fn optional_float(&mut self, node: &NodeProto, input: usize) -> Result<Option<f32>, Flaw> {
        if self.value(node, input).is_none() {
            return Ok(None);
        }
        let tensor = self.floats(node, input)?;
        match tensor.into_floats()?[..] {
            [one] => Ok(Some(one)),
            ref more => {
                let found = format!("{} numbers", more.len());
                Err(Flaw::deviation(label(node), format!("one number as input {input}"), found))
            }
        }
    }

    /// Adds an operation of a node; its result has the given axes once its shape is known.
    pub fn push(&mut self, node: &NodeProto, op: Op, inputs: Vec<usize>) -> Result<usize, Flaw> {
        let name = self.name(node);
        let shape = self.shape_of(&op, &name, &inputs)?;
        Ok(self.add(name, label(node), op, inputs, shape))
    }

    /// Adds an operation with weights.
    pub fn push_weighted(&mut self, node: &NodeProto, op: Op, input: usize, source: Source) -> Result<usize, Flaw> {
        let id = self.push(node, op.clone(), vec![input])?;
        self.drafts[id].work = Work::Weighted(op, source);
        Ok(id)
    }

    /// Adds a factor and a summand per channel.
    pub fn push_line(&mut self, node: &NodeProto, input: usize, line: Line) -> usize {
        let (name, at, shape) = (self.name(node), label(node), self.drafts[input].shape);
        self.drafts.push(Draft { name, at, work: Work::Line(line), inputs: vec![input], shape, non_negative: false });
        self.drafts.len() - 1
    }

    /// Adds an activation, which keeps the axes.
    pub fn push_activation(&mut self, node: &NodeProto, map: &Map, activation: Activation) -> Result<Map, Flaw> {
        let id = self.push(node, Op::Activation(activation), vec![map.node])?;
        Ok(Map { node: id, ..map.clone() })
    }

    /// What a node of the network gives, as maps.
    pub fn as_maps(&self, like: &Axes, id: usize) -> Map {
        let axes = Axes::maps(like.extent(Dim::Pictures), self.drafts[id].shape);
        Map { node: id, axes, border: Border::default(), softmax: None }
    }

    fn shape_of(&self, op: &Op, name: &str, inputs: &[usize]) -> Result<Shape, Flaw> {
        let shapes: Vec<Shape> = inputs.iter().map(|&input| self.drafts[input].shape).collect();
        Ok(op.output_shape(name, &shapes)?)
    }

    fn add(&mut self, name: String, at: String, op: Op, inputs: Vec<usize>, shape: Shape) -> usize {
        let all = || inputs.iter().all(|&input| self.drafts[input].non_negative);
        let non_negative = match &op {
            Op::Activation(Activation::Relu | Activation::Sigmoid | Activation::HardSigmoid) => true,
            Op::Activation(Activation::Clip { lo, .. }) => *lo >= 0.0,
            Op::Conv(_) | Op::Dense(_) | Op::Input(_) => false,
            _ => all(),
        };
        self.drafts.push(Draft { name, at, work: Work::Plain(op), inputs, shape, non_negative });
        self.drafts.len() - 1
    }

    /// A readable name that no other node has.
    fn name(&mut self, node: &NodeProto) -> String {
        let own = if node.name.is_empty() { node.output.first().map_or("", |name| name) } else { &node.name };
        let plain = own.trim_start_matches('/');
        let readable: String =
            plain.chars().map(|c| if c.is_control() || c.is_whitespace() { '_' } else { c }).collect();
        self.fresh(if readable.is_empty() { &node.op_type } else { &readable })
    }

    fn fresh(&mut self, wanted: &str) -> String {
        let mut name = String::from(wanted);
        while self.names.contains_key(&name) {
            let next = self.names.entry(wanted.into()).or_insert(1);
            *next += 1;
            name = format!("{wanted}_{next}");
        }
        self.names.insert(name.clone(), 1);
        name
    }
}

/// A node that lacks an input.
pub(super) fn missing(node: &NodeProto, input: usize) -> Flaw {
    let found = format!("{} inputs", node.input.iter().filter(|name| !name.is_empty()).count());
    Flaw::deviation(label(node), format!("an input {input}"), found)
}
