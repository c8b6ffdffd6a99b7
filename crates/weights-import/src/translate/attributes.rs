//! The attributes of a node.

use onnx_ir::{AttributeProto, NodeProto};

use crate::error::Flaw;

/// `Conv node "conv1_1"`, for messages; exporters that name no nodes name at least their outputs.
pub(super) fn label(node: &NodeProto) -> String {
    let name = if node.name.is_empty() { node.output.first().map_or("", |name| name) } else { &node.name };
    format!("{} node \"{name}\"", node.op_type)
}

/// A list of integers.
pub(super) fn ints<'a>(node: &'a NodeProto, name: &str) -> Option<&'a [i64]> {
    attribute(node, name).map(|attribute| attribute.ints.as_slice())
}

/// An integer.
pub(super) fn int(node: &NodeProto, name: &str, default: i64) -> i64 {
    attribute(node, name).map_or(default, |attribute| attribute.i)
}

/// A float, where there is one.
pub(super) fn float(node: &NodeProto, name: &str) -> Option<f32> {
    attribute(node, name).map(|attribute| attribute.f)
}

/// A text; empty where there is none.
pub(super) fn string(node: &NodeProto, name: &str) -> String {
    attribute(node, name).map_or(String::new(), |attribute| String::from_utf8_lossy(&attribute.s).into_owned())
}

/// A list of N sizes of at least `least`, or the default where there is none.
pub(super) fn sizes<const N: usize>(
    node: &NodeProto,
    name: &str,
    default: [usize; N],
    least: usize,
) -> Result<[usize; N], Flaw> {
    let Some(found) = ints(node, name) else { return Ok(default) };
    let sizes = found.iter().map(|&size| usize::try_from(size).ok().filter(|&size| size >= least));
    let sizes: Option<Vec<usize>> = sizes.collect();
    sizes.and_then(|sizes| sizes.try_into().ok()).ok_or_else(|| {
        let expected = format!("{name} of {N} numbers, each at least {least}");
        Flaw::deviation(label(node), expected, format!("{found:?}"))
    })
}

/// The place of an axis among `rank` axes; negative ones count from the last.
pub(super) fn place(node: &NodeProto, axis: i64, rank: usize) -> Result<usize, Flaw> {
    let from_last = i64::try_from(rank).ok().and_then(|rank| axis.checked_add(rank)).filter(|_| axis < 0);
    let place = usize::try_from(from_last.unwrap_or(axis)).ok().filter(|&place| place < rank);
    place.ok_or_else(|| Flaw::deviation(label(node), format!("an axis of {rank}"), format!("axis {axis}")))
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}
