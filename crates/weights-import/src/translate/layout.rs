//! Nodes that leave all numbers as they are and only say how they stand: reshapings, transpositions, casts.

use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::axes::Axes;
use super::constants::permutation;
use super::network::{Border, Map, Network, Value, missing};
use crate::error::Flaw;

/// Of `TensorProto.DataType`: the floats to which a `Cast` may go.
const FLOAT: i64 = 1;
const FLOAT16: i64 = 10;
const BFLOAT16: i64 = 16;

impl Network<'_> {
    /// A node that changes nothing at all. (A `CastLike` of a constant or of maps makes floats of them, which they are.)
    pub(super) fn pass(&self, node: &NodeProto) -> Result<Value, Flaw> {
        self.value(node, 0).cloned().ok_or_else(|| missing(node, 0))
    }

    /// A `Dropout`, which does nothing outside of training.
    pub(super) fn dropout(&self, node: &NodeProto) -> Result<Value, Flaw> {
        if self.optional_integers(node, 2)?.is_some_and(|mode| mode.iter().any(|&flag| flag != 0)) {
            let found = "Dropout in training mode; export after model.eval()";
            return Err(Flaw::deviation(label(node), "a network in inference mode", found));
        }
        self.pass(node)
    }

    /// A `Cast` of maps from one float to another.
    pub(super) fn cast(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        if !self.is_float_cast(node) {
            let found = format!("element type {}", attributes::int(node, "to", 0));
            return Err(Flaw::deviation(label(node), "a cast of maps to float32, float16 or bfloat16", found));
        }
        let element = match attributes::int(node, "to", 0) {
            FLOAT16 => Some("float16"),
            BFLOAT16 => Some("bfloat16"),
            _ => None,
        };
        self.computes_in = self.computes_in.or(element);
        self.pass(node)
    }

    pub(super) fn is_float_cast(&self, node: &NodeProto) -> bool {
        matches!(attributes::int(node, "to", 0), FLOAT | FLOAT16 | BFLOAT16)
    }

    /// `Reshape`, `Flatten`, `Squeeze` or `Unsqueeze` of maps.
    pub(super) fn reshape(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let axes = self.axes(node)?;
        let extents = self.new_extents(node, &axes.extents())?;
        let reshaped = axes.reshaped(&extents).ok_or_else(|| {
            let found = format!("{:?} as {extents:?}", axes.extents());
            let expected = "a reshaping that keeps pictures, channels, rows and columns whole";
            Flaw::deviation(label(node), expected, found)
        })?;
        self.with_axes(node, reshaped)
    }

    /// A `Transpose` of maps.
    pub(super) fn transpose(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let axes = self.axes(node)?;
        let permutation = permutation(node, axes.rank())?;
        let transposed = axes.transposed(&permutation).ok_or_else(|| missing(node, 0))?;
        self.with_axes(node, transposed)
    }

    /// A `Gather` that takes all channels in their order, as the exporter writes it for maps with channels last.
    pub(super) fn gather(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let axes = self.axes(node)?;
        let axis = attributes::place(node, attributes::int(node, "axis", 0), axes.rank())?;
        let picks = self.integers(node, 1)?;
        let mut extents = axes.extents();
        if !picks.values.iter().copied().eq(0..i64::try_from(extents[axis]).unwrap_or(i64::MAX)) {
            return Err(super::refusals::operator(node));
        }
        extents.splice(axis..=axis, picks.shape);
        match axes.reshaped(&extents) {
            Some(reshaped) => self.with_axes(node, reshaped),
            None => Err(super::refusals::operator(node)),
        }
    }

    /// A `Pad`, whose border the layer behind it takes over.
    pub(super) fn pad(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let mode = attributes::string(node, "mode");
        if !matches!(mode.as_str(), "" | "constant") {
            return Err(Flaw::deviation(label(node), "a border of zeros", format!("mode {mode}")));
        }
        let axes = self.axes(node)?;
        let pads = self.pads_by_axis(node, axes.rank())?;
        let fill = match self.optional_float(node, 2)? {
            Some(fill) => fill,
            None => attributes::float(node, "value").unwrap_or(0.0),
        };
        if pads.iter().all(|&pads| pads == (0, 0)) {
            return self.pass(node);
        }
        if let Some(Value::Squares(squares)) = self.value(node, 0) {
            return squares.padded(node, &pads, fill).map(Value::Squares);
        }
        let mut map = self.bordered(node, 0)?;
        let Some(places) = axes.places() else {
            let found = format!("pads {pads:?} of {} axes", axes.rank());
            return Err(Flaw::deviation(label(node), "a border of rows and columns", found));
        };
        let [_, rows, columns] = places;
        if pads.iter().enumerate().any(|(axis, &pads)| axis != rows && axis != columns && pads != (0, 0)) {
            return Err(Flaw::deviation(label(node), "a border of rows and columns", format!("pads {pads:?} by axis")));
        }
        if map.border != Border::default() && map.border.fill.to_bits() != fill.to_bits() {
            let found = format!("{} and {fill}", map.border.fill);
            return Err(Flaw::deviation(label(node), "a border of one number", found));
        }
        let more = [pads[rows].0, pads[columns].0, pads[rows].1, pads[columns].1];
        for (sum, more) in map.border.pads.iter_mut().zip(more) {
            *sum = sum.saturating_add(more);
        }
        map.border.fill = fill;
        Ok(Value::Map(map))
    }

    /// Start and end of each axis. They are an attribute up to operator set 10, an input since; operator set 18 lets
    /// them name the axes.
    fn pads_by_axis(&self, node: &NodeProto, rank: usize) -> Result<Vec<(usize, usize)>, Flaw> {
        let values = match self.optional_integers(node, 1)? {
            Some(values) => values,
            None => attributes::ints(node, "pads").unwrap_or_default().to_vec(),
        };
        let axes = match self.optional_integers(node, 3)? {
            Some(axes) => axes.iter().map(|&axis| attributes::place(node, axis, rank)).collect::<Result<_, _>>()?,
            None => (0..rank).collect::<Vec<_>>(),
        };
        let sizes: Vec<usize> = values.iter().filter_map(|&pads| usize::try_from(pads).ok()).collect();
        if sizes.len() != values.len() || sizes.len() != 2 * axes.len() {
            let found = format!("{values:?}");
            let expected = format!("{} pads of at least 0, two for each of {} axes", 2 * axes.len(), axes.len());
            return Err(Flaw::deviation(label(node), expected, found));
        }
        let mut pads = vec![(0, 0); rank];
        for (place, &axis) in axes.iter().enumerate() {
            pads[axis] = (sizes[place], sizes[axes.len() + place]);
        }
        Ok(pads)
    }

    /// The extents after a `Reshape`, `Flatten`, `Squeeze` or `Unsqueeze`.
    pub(super) fn new_extents(&self, node: &NodeProto, old: &[usize]) -> Result<Vec<usize>, Flaw> {
        match node.op_type.as_str() {
            "Reshape" => reshaped(node, old, &self.integers(node, 1)?.values),
            "Flatten" => {
                let axis = attributes::int(node, "axis", 1);
                let end = i64::try_from(old.len()) == Ok(axis);
                let axis = if end { old.len() } else { attributes::place(node, axis, old.len())? };
                let (front, back) = old.split_at(axis);
                Ok(vec![front.iter().product(), back.iter().product()])
            }
            _ => {
                let given = match self.optional_integers(node, 1)? {
                    Some(axes) => Some(axes),
                    None => attributes::ints(node, "axes").map(<[i64]>::to_vec),
                };
                if node.op_type == "Squeeze" { squeezed(node, old, given) } else { unsqueezed(node, old, given) }
            }
        }
    }

    fn axes(&self, node: &NodeProto) -> Result<Axes, Flaw> {
        match self.value(node, 0) {
            Some(Value::Squares(squares)) => Ok(squares.axes.clone()),
            _ => {
                let map = self.any_map(node, 0)?;
                let moved = !matches!(node.op_type.as_str(), "Pad" | "Transpose");
                if moved && map.border.pads != [0; 4] { self.map(node, 0).map(|map| map.axes) } else { Ok(map.axes) }
            }
        }
    }

    fn with_axes(&self, node: &NodeProto, axes: Axes) -> Result<Value, Flaw> {
        match self.value(node, 0) {
            Some(Value::Squares(squares)) => Ok(Value::Squares(squares.clone().with_axes(axes))),
            _ => self.any_map(node, 0).map(|map| Value::Map(Map { axes, ..map })),
        }
    }
}

/// 0 is the extent that stood there before (unless `allowzero` says otherwise), −1 what remains.
fn reshaped(node: &NodeProto, old: &[usize], target: &[i64]) -> Result<Vec<usize>, Flaw> {
    let literal = attributes::int(node, "allowzero", 0) != 0;
    let refused = || {
        let expected = format!("a shape for {old:?}");
        Flaw::deviation(label(node), expected, format!("{target:?}{}", if literal { " with allowzero" } else { "" }))
    };
    let extent = |(place, &extent): (usize, &i64)| match extent {
        0 if !literal => old.get(place).copied(),
        -1 => Some(1),
        extent => usize::try_from(extent).ok().filter(|&extent| extent > 0),
    };
    let mut extents: Vec<usize> = target.iter().enumerate().map(extent).collect::<Option<_>>().ok_or_else(refused)?;
    let product = |extents: &[usize]| extents.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent));
    let (all, known) = product(old).zip(product(&extents)).ok_or_else(refused)?;
    let mut rest = target.iter().enumerate().filter(|(_, extent)| **extent == -1);
    match (rest.next(), rest.next()) {
        (Some((place, _)), None) if known > 0 && all.is_multiple_of(known) => extents[place] = all / known,
        (None, None) if all == known => {}
        _ => return Err(refused()),
    }
    Ok(extents)
}

fn squeezed(node: &NodeProto, old: &[usize], given: Option<Vec<i64>>) -> Result<Vec<usize>, Flaw> {
    let Some(given) = given else { return Ok(old.iter().copied().filter(|&extent| extent != 1).collect()) };
    let gone = given.iter().map(|&axis| attributes::place(node, axis, old.len())).collect::<Result<Vec<_>, _>>()?;
    match gone.iter().find(|&&axis| old[axis] != 1) {
        None => {
            Ok(old.iter().enumerate().filter(|(axis, _)| !gone.contains(axis)).map(|(_, &extent)| extent).collect())
        }
        Some(axis) => Err(Flaw::deviation(label(node), "axes of extent 1", format!("axis {axis} of {old:?}"))),
    }
}

fn unsqueezed(node: &NodeProto, old: &[usize], given: Option<Vec<i64>>) -> Result<Vec<usize>, Flaw> {
    /// No value of any network has more axes.
    const MOST: usize = 8;
    let given = given.unwrap_or_default();
    let rank = old.len().saturating_add(given.len()).min(MOST);
    let mut new = given.iter().map(|&axis| attributes::place(node, axis, rank)).collect::<Result<Vec<_>, _>>()?;
    new.sort_unstable();
    new.dedup();
    if new.len() != given.len() {
        return Err(Flaw::deviation(label(node), "axes that differ", format!("{given:?}")));
    }
    let mut extents = old.to_vec();
    new.into_iter().for_each(|axis| extents.insert(axis.min(extents.len()), 1));
    Ok(extents)
}
