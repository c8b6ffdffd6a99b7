//! The input of the graph: the pictures, how many at once, how large, channels first or last, and what is done to them
//! before the first convolution.

use onnx_ir::NodeProto;

use crate::arithmetic::{Affine, Step};
use crate::error::Flaw;
use crate::graph::attributes::{self, label};
use crate::graph::walk::Walk;
use crate::onnx::Constant;
use crate::parts::FlattenOrder;
use crate::preprocessing::Evidence;

impl<'m> Walk<'m> {
    /// Side of the pictures, where the graph fixes it.
    pub fn input_side(&self) -> Result<Option<usize>, Flaw> {
        let dims = self.input_dims();
        let [_, a, b, c] = dims[..] else { return Ok(None) };
        let last = self.input_layout == FlattenOrder::ChannelLast;
        let (channels, height, width) = if last { (c, a, b) } else { (a, b, c) };
        if channels.is_some_and(|channels| channels != 3) || height != width {
            let shown: Vec<_> = dims.iter().map(|dim| dim.map_or("?".into(), |dim| dim.to_string())).collect();
            let expected = if last { "[?, side, side, 3]" } else { "[?, 3, side, side]" };
            return Err(Flaw::deviation("input of the graph", expected, format!("[{}]", shown.join(", "))));
        }
        Ok(height)
    }

    /// Goes to the first convolution: turns pictures of a channels-last framework, and collects the arithmetic that
    /// prepares them.
    pub(super) fn enter(&mut self) -> Result<(), Flaw> {
        self.input_layout = self.first_layout();
        self.layout = self.input_layout;
        let (mut affine, mut nodes) = (Affine::IDENTITY, Vec::new());
        while let Some(node) = self.peek()? {
            match node.op_type.as_str() {
                "Transpose" => self.transpose(node)?,
                "Pad" if self.layout == FlattenOrder::ChannelLast => self.pad(node)?,
                "Add" | "Sub" | "Mul" | "Div" if self.padding != [0; 4] => {
                    let expected = "a border of zeros behind all arithmetic";
                    return Err(Flaw::deviation("in front of conv1_1", expected, format!("{} behind it", label(node))));
                }
                "Add" | "Sub" | "Mul" | "Div" => {
                    affine = affine.then(self.arithmetic(node)?);
                    nodes.push(label(node));
                }
                "Conv" | "Pad" => break,
                _ => {
                    let found = format!("{}; export the network without it", label(node));
                    return Err(Flaw::deviation("in front of conv1_1", "arithmetic with constants at most", found));
                }
            }
            self.step(node)?;
        }
        if self.layout == FlattenOrder::ChannelLast {
            return Err(Flaw::deviation("conv1_1", "pictures with their channels first", "channels last"));
        }
        if !nodes.is_empty() {
            self.evidence = Some(Evidence::Arithmetic { at: nodes.join(", "), affine });
        }
        Ok(())
    }

    /// One node of arithmetic with a constant.
    fn arithmetic(&mut self, node: &'m NodeProto) -> Result<Step, Flaw> {
        let second = node.input.first().is_some_and(|input| input == self.value);
        let operand = node.input.get(usize::from(second)).map_or("", |name| name);
        let Some(Constant::Floats(tensor)) = self.constant(operand) else {
            let found = format!("{} with \"{operand}\"", label(node));
            return Err(Flaw::deviation("in front of conv1_1", "arithmetic with constants of floats", found));
        };
        let three = match (self.layout, &tensor.shape[..]) {
            (_, shape) if shape.iter().all(|&extent| extent == 1) => false,
            (FlattenOrder::ChannelFirst, [3, 1, 1] | [1, 3, 1, 1]) => true,
            (FlattenOrder::ChannelLast, [3] | [1, 3] | [1, 1, 3] | [1, 1, 1, 3]) => true,
            (_, shape) => {
                let found = format!("{} with a constant of shape {shape:?}", label(node));
                return Err(Flaw::deviation("in front of conv1_1", "a constant for each colour", found));
            }
        };
        let values = tensor.clone().into_vector()?;
        let by: [f64; 3] = std::array::from_fn(|channel| f64::from(values[if three { channel } else { 0 }]));
        match (node.op_type.as_str(), second) {
            ("Add", _) => Ok(Step::Add(by)),
            ("Mul", _) => Ok(Step::Multiply(by)),
            ("Sub", true) => Ok(Step::Subtract(by)),
            ("Sub", false) => Ok(Step::SubtractFrom(by)),
            ("Div", true) => Ok(Step::Divide(by)),
            _ => Err(Flaw::deviation("in front of conv1_1", "a division by a constant", label(node))),
        }
    }

    /// How the pictures come in: as the first `Transpose` expects them, channels first without one.
    fn first_layout(&self) -> FlattenOrder {
        let (mut value, layout) = (self.value, FlattenOrder::ChannelFirst);
        // Each step goes to another node of the chain; the bound is for files with a loop.
        for _ in 0..self.model.graph.node.len() {
            let Some([only]) = self.readers.get(value).map(Vec::as_slice) else { return layout };
            let node = self.node(*only);
            match (node.op_type.as_str(), node.output.first()) {
                ("Transpose", _) if attributes::ints(node, "perm") == Some(&[0, 3, 1, 2]) => {
                    return FlattenOrder::ChannelLast;
                }
                ("Transpose" | "Conv", _) | (_, None) => return layout,
                (_, Some(output)) => value = output,
            }
        }
        layout
    }

    fn input_dims(&self) -> Vec<Option<usize>> {
        let constants = &self.model.constants;
        let input = self.model.graph.input.iter().find(|input| !constants.contains_key(&input.name));
        let Some(input) = input.filter(|input| input.type_.has_tensor_type()) else { return vec![] };
        let extent = |dim: i64| usize::try_from(dim).ok().filter(|&dim| dim > 0);
        input.type_.tensor_type().shape.dim.iter().map(|dim| extent(dim.dim_value())).collect()
    }

    /// Pictures that the graph takes at once; 1 where it does not say.
    pub(super) fn batch(&self) -> i64 {
        self.input_dims().first().copied().flatten().and_then(|batch| i64::try_from(batch).ok()).unwrap_or(1)
    }
}
