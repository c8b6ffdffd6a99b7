//! Local response normalisation, taken apart: PyTorch's exporters write `x / (k + α · mean of x² over n channels)^β` as
//! up to nine nodes.

use graph::{Lrn, Op};
use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::axes::{Axes, Dim};
use super::network::{Map, Network, Value};
use super::refusals;
use crate::error::Flaw;

/// `(k + alpha · mean of x² over the window)^beta`, as far as it has been read.
#[derive(Clone, Debug)]
pub(super) struct Squares {
    /// x
    of: Map,
    pub axes: Axes,
    /// Channels of zeros before the first and behind the last.
    padded: [usize; 2],
    /// Whether the mean over the window was taken.
    averaged: bool,
    alpha: f64,
    k: f64,
    beta: Option<f64>,
}

impl Squares {
    /// The square of maps.
    pub fn new(of: Map) -> Self {
        let axes = of.axes.clone();
        Self { of, axes, padded: [0; 2], averaged: false, alpha: 1.0, k: 0.0, beta: None }
    }

    /// The same numbers in another order.
    pub fn with_axes(self, axes: Axes) -> Self {
        Self { axes, ..self }
    }

    /// With zeros beside the first and the last channel.
    pub fn padded(&self, node: &NodeProto, pads: &[(usize, usize)], fill: f32) -> Result<Self, Flaw> {
        let axis = pads.iter().position(|&pads| pads != (0, 0));
        let alone = pads.iter().filter(|&&pads| pads != (0, 0)).count() == 1;
        match axis.filter(|&axis| alone && fill == 0.0 && self.axes.run(axis) == [Dim::Channels]) {
            Some(axis) if self.padded == [0; 2] && !self.averaged => {
                Ok(Self { padded: [pads[axis].0, pads[axis].1], ..self.clone() })
            }
            _ => Err(refusals::squares(node)),
        }
    }

    /// The mean over a window of channels.
    pub fn averaged(&self, node: &NodeProto) -> Result<Self, Flaw> {
        let kernel = attributes::ints(node, "kernel_shape").unwrap_or_default();
        let first = self.axes.rank().checked_sub(kernel.len()).ok_or_else(|| refusals::squares(node))?;
        let mut wide = kernel.iter().enumerate().filter(|(_, size)| **size != 1);
        let (Some((place, &size)), None) = (wide.next(), wide.next()) else { return Err(refusals::squares(node)) };
        let ones = |name: &str| attributes::ints(node, name).is_none_or(|ints| ints.iter().all(|&int| int == 1));
        let pads = attributes::ints(node, "pads").unwrap_or_default();
        let own = |at: usize| pads.get(at).and_then(|&pads| usize::try_from(pads).ok()).unwrap_or(0);
        let own = [own(place), own(place + kernel.len())];
        let others = pads.iter().enumerate().any(|(at, &pads)| pads != 0 && at % kernel.len() != place);
        let counted = own == [0; 2] || attributes::int(node, "count_include_pad", 0) != 0;
        let auto = !matches!(attributes::string(node, "auto_pad").as_str(), "" | "NOTSET" | "VALID");
        let padded = [self.padded[0].saturating_add(own[0]), self.padded[1].saturating_add(own[1])];
        let whole =
            padded[0].checked_add(padded[1]).and_then(|padded| i64::try_from(padded).ok()) == size.checked_sub(1);
        let channels = self.axes.run(first + place) == [Dim::Channels];
        if !(ones("strides") && ones("dilations") && counted && whole && channels) || others || auto || self.averaged {
            return Err(refusals::squares(node));
        }
        Ok(Self { padded, averaged: true, ..self.clone() })
    }

    /// With a constant.
    pub fn with(&self, node: &NodeProto, by: f64) -> Result<Self, Flaw> {
        let squares = self.clone();
        match node.op_type.as_str() {
            "Pow" if self.beta.is_none() => Ok(Self { beta: Some(by), ..squares }),
            _ if self.beta.is_some() => Err(refusals::squares(node)),
            "Add" => Ok(Self { k: self.k + by, ..squares }),
            "Mul" => Ok(Self { alpha: self.alpha * by, k: self.k * by, ..squares }),
            "Div" => Ok(Self { alpha: self.alpha / by, k: self.k / by, ..squares }),
            _ => Err(refusals::squares(node)),
        }
    }

    /// The operation that divides (`sign` 1) or multiplies (−1) maps by this.
    fn lrn(&self, map: &Map, sign: f64) -> Option<Op> {
        let beta = self.beta? * sign;
        let same = map.node == self.of.node && map.axes == self.of.axes && map.axes == self.axes;
        let [below, above] = self.padded;
        let lrn = Lrn { below, above, alpha: self.alpha as f32, beta: beta as f32, k: self.k as f32 };
        (same && self.averaged && map.axes.are_maps()).then_some(Op::Lrn(lrn))
    }
}

impl Network<'_> {
    /// `Mul`, `Div`, `Add` or `Pow` with squares on one side at least.
    pub(super) fn arithmetic_of_squares(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let (first, second) = (self.value(node, 0).cloned(), self.value(node, 1).cloned());
        let refused = || refusals::squares(node);
        match (first, second) {
            (Some(Value::Squares(squares)), Some(Value::Constant(_))) => {
                let by = self.optional_float(node, 1)?.ok_or_else(refused)?;
                squares.with(node, by.into()).map(Value::Squares)
            }
            (Some(Value::Constant(_)), Some(Value::Squares(squares))) if matches!(&*node.op_type, "Add" | "Mul") => {
                let by = self.optional_float(node, 0)?.ok_or_else(refused)?;
                squares.with(node, by.into()).map(Value::Squares)
            }
            (Some(Value::Map(map)), Some(Value::Squares(squares))) => {
                let sign = match node.op_type.as_str() {
                    "Div" => 1.0,
                    "Mul" => -1.0,
                    _ => return Err(refused()),
                };
                let op = squares.lrn(&map, sign).ok_or_else(refused)?;
                let id = self.push(node, op, vec![map.node])?;
                Ok(Value::Map(Map { node: id, ..map }))
            }
            _ => Err(refused()),
        }
    }

    /// An `LRN` node.
    pub(super) fn lrn(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let (input, border) = self.maps(node)?;
        let map = self.map(node, 0)?;
        let size = attributes::int(node, "size", 0);
        let Some(size) = usize::try_from(size).ok().filter(|&size| size > 0 && border.pads == [0; 4]) else {
            return Err(Flaw::deviation(label(node), "a size of at least 1", size.to_string()));
        };
        let number = |name: &str, default: f32| attributes::float(node, name).unwrap_or(default);
        let (alpha, beta, bias) = (number("alpha", 1e-4), number("beta", 0.75), number("bias", 1.0));
        let id = self.push(node, Op::Lrn(Lrn::onnx(size, alpha, beta, bias)), vec![input])?;
        Ok(Value::Map(self.as_maps(&map.axes, id)))
    }
}
