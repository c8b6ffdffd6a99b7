//! The input of a file: which value holds the pictures, how large they are, and whether channels come first or last.

use graph::Shape;
use onnx_ir::ValueInfoProto;

use super::attributes;
use super::axes::{Axes, Dim};
use crate::error::Flaw;
use crate::onnx::OnnxModel;

/// A file that claims larger pictures is damaged.
const MAX_SIDE: usize = 8192;
/// No graph takes more pictures at once.
const MAX_PICTURES: usize = 1 << 16;

/// The pictures of a file.
pub(super) struct Input<'m> {
    pub name: &'m str,
    pub shape: Shape,
    pub axes: Axes,
}

/// Finds the pictures. `side` is the user's word, which counts more than the graph's: convolutions take pictures of any
/// size. A graph that takes any number of pictures is read as it is for one of them.
pub(super) fn input(model: &OnnxModel, side: Option<usize>) -> Result<Input<'_>, Flaw> {
    let inputs: Vec<&ValueInfoProto> =
        model.graph.input.iter().filter(|input| !model.constants.contains_key(&input.name)).collect();
    let [pictures] = inputs[..] else {
        let names: Vec<_> = inputs.iter().map(|input| format!("\"{}\"", input.name)).collect();
        let found = if names.is_empty() { "none".into() } else { names.join(", ") };
        return Err(Flaw::deviation("graph", "one input: the pictures", found));
    };
    let dims = dims(pictures);
    let shown: Vec<_> = dims.iter().map(|dim| dim.map_or("?".into(), |dim| dim.to_string())).collect();
    let refused = |expected: &str| {
        Err(Flaw::deviation(format!("input \"{}\"", pictures.name), expected, format!("[{}]", shown.join(", "))))
    };
    let last = channels_last(model, pictures, &dims);
    let expected = if last { "pictures [?, side, side, 3]" } else { "pictures [?, 3, side, side]" };
    let (count, channels, height, width) = match (&dims[..], last) {
        (&[], _) => (None, None, None, None),
        (&[count, channels, height, width], false) | (&[count, height, width, channels], true) => {
            (count, channels, height, width)
        }
        _ => return refused(expected),
    };
    if channels.is_some_and(|channels| channels != 3) || height != width {
        return refused(expected);
    }
    let Some(side) = side.or(height) else {
        let reason = format!("the file takes pictures of any size ([{}])", shown.join(", "));
        return Err(Flaw::InputSide { reason });
    };
    if side == 0 || side > MAX_SIDE || count.is_some_and(|count| count > MAX_PICTURES) {
        return refused(&format!("at most {MAX_SIDE} pixels a side and {MAX_PICTURES} pictures at once"));
    }
    let (count, shape) = (count.unwrap_or(1), Shape::new(3, side, side));
    let axes = match last {
        true => Axes::ordered(count, shape, [Dim::Rows, Dim::Columns, Dim::Channels]),
        false => Axes::maps(count, shape),
    };
    Ok(Input { name: &pictures.name, shape, axes })
}

fn dims(input: &ValueInfoProto) -> Vec<Option<usize>> {
    if !input.type_.has_tensor_type() {
        return vec![];
    }
    let extent = |dim: i64| usize::try_from(dim).ok().filter(|&dim| dim > 0);
    input.type_.tensor_type().shape.dim.iter().map(|dim| extent(dim.dim_value())).collect()
}

/// Whether channels come last: by the extent of 3, or where that leaves it open, by the first `Transpose`.
fn channels_last(model: &OnnxModel, input: &ValueInfoProto, dims: &[Option<usize>]) -> bool {
    match dims {
        [_, first, _, last] if (*first == Some(3)) != (*last == Some(3)) => *last == Some(3),
        _ => turned_to_front(model, &input.name),
    }
}

/// Whether the first node behind the input that is no arithmetic puts the channels first.
fn turned_to_front(model: &OnnxModel, input: &str) -> bool {
    let mut value = input;
    // Each step goes to another node; the bound is for files with a loop.
    for _ in 0..model.graph.node.len().min(64) {
        let Some(node) = model.graph.node.iter().find(|node| node.input.iter().any(|name| name == value)) else {
            return false;
        };
        match (node.op_type.as_str(), node.output.first()) {
            ("Transpose", _) => return attributes::ints(node, "perm") == Some(&[0, 3, 1, 2]),
            ("Add" | "Sub" | "Mul" | "Div" | "Pad" | "Cast" | "Identity", Some(output)) => value = output,
            _ => return false,
        }
    }
    false
}
