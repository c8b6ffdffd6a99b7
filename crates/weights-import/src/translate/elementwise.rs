//! Activations, and arithmetic of maps with one another or with constants.

use graph::{Activation, Op};
use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::axes::{Axes, Dim};
use super::broadcast::{per_channel, per_pixel};
use super::line::Line;
use super::network::{Map, Network, Value, Work};
use super::refusals;
use crate::error::Flaw;
use crate::tensor::SourceTensor;

impl Network<'_> {
    /// An activation without bounds to read.
    pub(super) fn activation(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let map = self.map(node, 0)?;
        let number = |name: &str, default: f32| attributes::float(node, name).unwrap_or(default);
        let activation = match node.op_type.as_str() {
            "Relu" => Activation::Relu,
            "Sigmoid" => Activation::Sigmoid,
            "HardSwish" => Activation::HardSwish,
            "LeakyRelu" => Activation::LeakyRelu { slope: number("alpha", 0.01) },
            "PRelu" => Activation::LeakyRelu { slope: self.slope(node)? },
            _ => {
                let (alpha, beta) = (number("alpha", 0.2), number("beta", 0.5));
                if (alpha - 1.0 / 6.0).abs() > 1e-6 || beta != 0.5 {
                    let found = format!("alpha {alpha}, beta {beta}");
                    return Err(Flaw::deviation(label(node), "a hard sigmoid with alpha 1/6 and beta 1/2", found));
                }
                Activation::HardSigmoid
            }
        };
        self.push_activation(node, &map, activation).map(Value::Map)
    }

    /// The one slope of a `PRelu`.
    fn slope(&mut self, node: &NodeProto) -> Result<f32, Flaw> {
        let slopes = self.floats(node, 1)?.into_floats()?;
        match slopes.first() {
            Some(&slope) if slope >= 0.0 && slopes.iter().all(|&other| other == slope) => Ok(slope),
            _ => {
                let found = format!("{} slopes, the first of them {}", slopes.len(), slopes.first().unwrap_or(&0.0));
                Err(Flaw::deviation(label(node), "one slope of at least 0 for all channels", found))
            }
        }
    }

    /// A `Clip`.
    pub(super) fn clip(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let map = self.map(node, 0)?;
        let bound = |given: Option<f32>, name: &str| given.or_else(|| attributes::float(node, name));
        let lo = bound(self.optional_float(node, 1)?, "min").filter(|&lo| lo > f32::MIN);
        let hi = bound(self.optional_float(node, 2)?, "max").filter(|&hi| hi < f32::MAX);
        let activation = match (lo, hi) {
            (None, None) => return Ok(Value::Map(map)),
            (Some(0.0), None) => Activation::Relu,
            (Some(lo), Some(hi)) => Activation::Clip { lo, hi },
            _ => {
                let words = |bound: Option<f32>| bound.map_or("nothing".into(), |bound: f32| bound.to_string());
                let found = format!("{} and {}", words(lo), words(hi));
                return Err(Flaw::deviation(label(node), "two bounds, or a lower one of 0", found));
            }
        };
        if activation == Activation::RELU6
            && let Some(input) = self.before_shift_of_three(map.node)
        {
            // min(max(x + 3, 0), 6) is six hard sigmoids.
            let hard = self.push_activation(node, &Map { node: input, ..map }, Activation::HardSigmoid)?;
            let six = Line::uniform(self.drafts[hard.node].shape.channels, 6.0, 0.0, label(node));
            let id = self.push_line(node, hard.node, six);
            return Ok(Value::Map(Map { node: id, ..hard }));
        }
        self.push_activation(node, &map, activation).map(Value::Map)
    }

    fn before_shift_of_three(&self, at: usize) -> Option<usize> {
        match &self.drafts[at].work {
            Work::Line(line) if line.same() == Some((1.0, 3.0)) => Some(self.drafts[at].inputs[0]),
            _ => None,
        }
    }

    /// `Add`, `Sub`, `Mul`, `Div` or `Pow`.
    pub(super) fn arithmetic(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let (first, second) = (self.value(node, 0).cloned(), self.value(node, 1).cloned());
        match (first, second) {
            (Some(Value::Squares(_)), _) | (_, Some(Value::Squares(_))) => self.arithmetic_of_squares(node),
            (Some(Value::Map(_)), Some(Value::Constant(_))) => self.with_constant(node, 0),
            (Some(Value::Constant(_)), Some(Value::Map(_))) => self.with_constant(node, 1),
            (Some(Value::Map(_)), Some(Value::Map(_))) => {
                let (a, b) = (self.map(node, 0)?, self.map(node, 1)?);
                match node.op_type.as_str() {
                    "Add" => self.sum_of(node, vec![a, b]),
                    "Mul" => self.product(node, a, b),
                    _ => Err(refusals::operator(node)),
                }
            }
            (None, _) => Err(super::network::missing(node, 0)),
            (_, None) => Err(super::network::missing(node, 1)),
            (Some(Value::Constant(_)), Some(Value::Constant(_))) => Err(refusals::operator(node)),
        }
    }

    /// Arithmetic of maps (input `place`) with a constant: a factor and a summand per channel.
    fn with_constant(&mut self, node: &NodeProto, place: usize) -> Result<Value, Flaw> {
        let mut map = self.map(node, place)?;
        let tensor = self.floats(node, 1 - place)?;
        let mut numbers = per_channel(node, &map.axes, &tensor)?;
        if numbers.is_none() && map.axes.rank() == 2 && map.axes.is_flat() {
            map = self.flat_map(&map);
            numbers = per_channel(node, &map.axes, &tensor)?;
        }
        let Some(by) = numbers else { return self.with_image(node, place, &map, &tensor) };
        let ones = || vec![1.0; by.len()];
        let zeros = || vec![0.0; by.len()];
        let turned = || by.iter().map(|by| -by).collect();
        let (scale, shift) = match (node.op_type.as_str(), place) {
            ("Add", _) => (ones(), by),
            ("Sub", 0) => (ones(), turned()),
            ("Sub", _) => (vec![-1.0; by.len()], by),
            ("Mul", _) => (by.clone(), zeros()),
            ("Div", 0) => (by.iter().map(|by| 1.0 / by).collect(), zeros()),
            ("Pow", 0) if by.iter().all(|&by| by == 2.0) => {
                return Ok(Value::Squares(super::squares::Squares::new(map)));
            }
            ("Pow", 0) if by.iter().all(|&by| by == 1.0) => return Ok(Value::Map(map)),
            ("Div", _) => return Err(Flaw::deviation(label(node), "a division by a constant", "one by maps")),
            _ => return Err(refusals::operator(node)),
        };
        if let Some(number) = scale.iter().chain(&shift).find(|number| !number.is_finite()) {
            return Err(Flaw::deviation(label(node), "arithmetic with finite numbers", number.to_string()));
        }
        let line = Line { scale, shift, image: None, norms: 0, at: vec![label(node)] };
        let id = self.push_line(node, map.node, line);
        Ok(Value::Map(Map { node: id, ..map }))
    }

    /// Arithmetic of the pictures with a constant that differs from pixel to pixel: a mean image in front of the network.
    fn with_image(&mut self, node: &NodeProto, place: usize, map: &Map, tensor: &SourceTensor) -> Result<Value, Flaw> {
        let sign = match (node.op_type.as_str(), place) {
            ("Add", _) => 1.0,
            ("Sub", 0) => -1.0,
            _ => return Err(refusals::from_pixel_to_pixel(&label(node), Some(tensor))),
        };
        let image = if self.is_in_front(map.node) { per_pixel(&map.axes, tensor)? } else { None };
        let Some(mut image) = image else { return Err(refusals::from_pixel_to_pixel(&label(node), Some(tensor))) };
        if let Some(number) = image.iter().find(|number| !number.is_finite()) {
            return Err(Flaw::deviation(label(node), "arithmetic with finite numbers", number.to_string()));
        }
        image.iter_mut().for_each(|number| *number *= sign);
        let line = Line::of_image(map.axes.extent(Dim::Channels), image, label(node));
        let id = self.push_line(node, map.node, line);
        Ok(Value::Map(Map { node: id, ..map.clone() }))
    }

    /// Whether a node gives the pictures, prepared at most.
    fn is_in_front(&self, mut node: usize) -> bool {
        loop {
            match (&self.drafts[node].work, &self.drafts[node].inputs[..]) {
                (_, []) => return true,
                (Work::Line(line), &[input]) if line.norms == 0 => node = input,
                _ => return false,
            }
        }
    }

    /// A `Sum`, whose summands may be constants.
    pub(super) fn sum(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let maps = (0..node.input.len()).map(|input| self.map(node, input)).collect::<Result<Vec<_>, _>>()?;
        self.sum_of(node, maps)
    }

    fn sum_of(&mut self, node: &NodeProto, mut maps: Vec<Map>) -> Result<Value, Flaw> {
        if maps.iter().any(|map| map.axes != maps[0].axes) {
            for map in &mut maps {
                if map.axes.rank() == 2 && map.axes.is_flat() {
                    *map = self.flat_map(map);
                }
            }
        }
        let Some(first) = maps.first().cloned() else { return Err(super::network::missing(node, 0)) };
        if let Some(other) = maps.iter().find(|map| map.axes != first.axes) {
            let found = format!("{:?} and {:?}", first.axes.extents(), other.axes.extents());
            return Err(Flaw::deviation(
                label(node),
                "a sum of maps of one shape, with their axes in one order",
                found,
            ));
        }
        if maps.len() == 1 {
            return Ok(Value::Map(first));
        }
        let id = self.push(node, Op::Add, maps.iter().map(|map| map.node).collect())?;
        Ok(Value::Map(Map { node: id, ..first }))
    }

    fn product(&mut self, node: &NodeProto, a: Map, b: Map) -> Result<Value, Flaw> {
        if a == b {
            return Ok(Value::Squares(super::squares::Squares::new(a)));
        }
        // Factors that all channels have may stand behind the product.
        let ((a, by_a), (b, by_b)) = (self.without_factor(a), self.without_factor(b));
        let product = self.gated(node, &a, &b).or_else(|| self.gated(node, &b, &a));
        let map = match product {
            Some(activated) => activated?,
            None => self.plain_product(node, a, b)?,
        };
        let factor = by_a * by_b;
        if factor == 1.0 {
            return Ok(Value::Map(map));
        }
        let line = Line::uniform(self.drafts[map.node].shape.channels, factor, 0.0, label(node));
        let id = self.push_line(node, map.node, line);
        Ok(Value::Map(Map { node: id, ..map }))
    }

    /// `x · σ(x)` is SiLU, `x` times its hard sigmoid is hard swish.
    fn gated(&mut self, node: &NodeProto, x: &Map, gate: &Map) -> Option<Result<Map, Flaw>> {
        let draft = &self.drafts[gate.node];
        let activation = match &draft.work {
            Work::Plain(Op::Activation(Activation::Sigmoid)) => Activation::Silu,
            Work::Plain(Op::Activation(Activation::HardSigmoid)) => Activation::HardSwish,
            _ => return None,
        };
        (draft.inputs == [x.node] && gate.axes == x.axes).then(|| self.push_activation(node, x, activation))
    }

    fn plain_product(&mut self, node: &NodeProto, a: Map, b: Map) -> Result<Map, Flaw> {
        let (maps, factors) = if b.axes == a.axes || b.axes.scales(&a.axes) { (a, b) } else { (b, a) };
        if maps.axes != factors.axes && !factors.axes.scales(&maps.axes) {
            let found = format!("{:?} and {:?}", maps.axes.extents(), factors.axes.extents());
            let expected = "a product of maps of one shape, or of maps and one number per channel";
            return Err(Flaw::deviation(label(node), expected, found));
        }
        let id = self.push(node, Op::Multiply, vec![maps.node, factors.node])?;
        Ok(Map { node: id, ..maps })
    }

    fn without_factor(&self, map: Map) -> (Map, f64) {
        match &self.drafts[map.node].work {
            Work::Line(line) => match line.same() {
                Some((factor, 0.0)) if factor != 0.0 => (Map { node: self.drafts[map.node].inputs[0], ..map }, factor),
                _ => (map, 1.0),
            },
            _ => (map, 1.0),
        }
    }

    /// A `Concat` along the channels.
    pub(super) fn concat(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let mut maps = (0..node.input.len()).map(|input| self.map(node, input)).collect::<Result<Vec<_>, _>>()?;
        for map in &mut maps {
            if map.axes.rank() == 2 && map.axes.is_flat() {
                *map = self.flat_map(map);
            }
        }
        let Some(first) = maps.first().cloned() else { return Err(super::network::missing(node, 0)) };
        let axis = attributes::place(node, attributes::int(node, "axis", 0), first.axes.rank())?;
        let along = |map: &Map| map.axes.rank() == first.axes.rank() && map.axes.channel_place() == Some(axis);
        if !maps.iter().all(along) {
            let shapes: Vec<_> = maps.iter().map(|map| format!("{:?}", map.axes.extents())).collect();
            let found = format!("axis {axis} of {}", shapes.join(" and "));
            return Err(Flaw::deviation(label(node), "a concatenation along the channels", found));
        }
        let places = first.axes.places();
        let id = self.push(node, Op::Concat, maps.iter().map(|map| map.node).collect())?;
        let (pictures, shape) = (first.axes.extent(Dim::Pictures), self.drafts[id].shape);
        let axes = match places {
            Some([3, 1, 2]) => Axes::ordered(pictures, shape, [Dim::Rows, Dim::Columns, Dim::Channels]),
            Some([1, 2, 3]) => Axes::maps(pictures, shape),
            None if first.axes.rank() == 2 => Axes::rows(pictures, shape.channels),
            _ => return Err(refusals::operator(node)),
        };
        Ok(Value::Map(Map { node: id, axes, ..first }))
    }

    /// The `Softmax` at the end, which is left out.
    pub(super) fn softmax(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let map = self.map(node, 0)?;
        Ok(Value::Map(Map { softmax: Some(label(node)), ..map }))
    }
}
