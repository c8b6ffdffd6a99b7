//! The attributes of a node, with the defaults of the ONNX operator definitions, checked against a VGG-16's.

use onnx_ir::{AttributeProto, NodeProto};

use crate::error::Flaw;
use crate::parts::MatrixLayout;

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

/// A 3×3 convolution with stride 1 and one pixel of zeros around the map.
pub(super) fn check_convolution(node: &NodeProto, layer: &str) -> Result<(), Flaw> {
    let check = Check { node, layer };
    check.ints("kernel_shape", &[3, 3], &[3, 3])?;
    check.ints("strides", &[1, 1], &[1, 1])?;
    check.ints("dilations", &[1, 1], &[1, 1])?;
    check.int("group", 1, 1)?;
    // With stride 1 and a 3×3 kernel, "same" is one pixel on every side.
    check.pads(&[1, 1, 1, 1], &["SAME_UPPER", "SAME_LOWER"])
}

/// A 2×2 max-pool with stride 2; gives whether the size is rounded up.
pub(super) fn check_max_pool(node: &NodeProto, layer: &str) -> Result<bool, Flaw> {
    let check = Check { node, layer };
    check.ints("kernel_shape", &[], &[2, 2])?;
    check.ints("strides", &[1, 1], &[2, 2])?;
    check.ints("dilations", &[1, 1], &[1, 1])?;
    check.pads(&[0, 0, 0, 0], &["VALID"])?;
    Ok(int(node, "ceil_mode", 0) != 0)
}

/// An average over one pixel.
pub(super) fn check_identity_pool(node: &NodeProto, layer: &str) -> Result<(), Flaw> {
    let check = Check { node, layer };
    check.ints("kernel_shape", &[], &[1, 1])?;
    check.ints("strides", &[1, 1], &[1, 1])?;
    check.pads(&[0, 0, 0, 0], &["VALID", "SAME_UPPER", "SAME_LOWER"])
}

/// `x · matrix + bias` without factors; gives the order of the matrix's axes.
pub(super) fn check_gemm(node: &NodeProto, layer: &str) -> Result<MatrixLayout, Flaw> {
    let check = Check { node, layer };
    check.int("transA", 0, 0)?;
    for factor in ["alpha", "beta"] {
        let found = attribute(node, factor).map_or(1.0, |attribute| attribute.f);
        check.equal(factor, &1.0, &found)?;
    }
    Ok(if int(node, "transB", 0) == 0 { MatrixLayout::InOut } else { MatrixLayout::OutIn })
}

struct Check<'a> {
    node: &'a NodeProto,
    layer: &'a str,
}

impl Check<'_> {
    fn int(&self, name: &str, default: i64, expected: i64) -> Result<(), Flaw> {
        self.equal(name, &expected, &int(self.node, name, default))
    }

    fn ints(&self, name: &str, default: &[i64], expected: &[i64]) -> Result<(), Flaw> {
        self.equal(name, &expected, &ints(self.node, name).unwrap_or(default))
    }

    /// Explicit pads, or an `auto_pad` that comes to the same.
    fn pads(&self, expected: &[i64], same: &[&str]) -> Result<(), Flaw> {
        let auto = attribute(self.node, "auto_pad").map_or(String::new(), |attribute| text(&attribute.s));
        match auto.as_str() {
            "" | "NOTSET" => self.ints("pads", &[0, 0, 0, 0], expected),
            "VALID" if expected == [0, 0, 0, 0] => Ok(()),
            other if same.contains(&other) => Ok(()),
            other => Err(Flaw::deviation(self.at(), format!("pads {expected:?}"), format!("auto_pad {other}"))),
        }
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&self, name: &str, expected: &T, found: &T) -> Result<(), Flaw> {
        if expected == found {
            return Ok(());
        }
        Err(Flaw::deviation(self.at(), format!("{name} {expected:?}"), format!("{found:?}")))
    }

    fn at(&self) -> String {
        format!("{} ({})", self.layer, label(self.node))
    }
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute.iter().find(|attribute| attribute.name == name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
