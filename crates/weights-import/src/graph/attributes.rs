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

/// A float, where there is one.
pub(super) fn float(node: &NodeProto, name: &str) -> Option<f32> {
    attribute(node, name).map(|attribute| attribute.f)
}

/// A text; empty where there is none.
pub(super) fn string(node: &NodeProto, name: &str) -> String {
    attribute(node, name).map_or(String::new(), |attribute| String::from_utf8_lossy(&attribute.s).into_owned())
}

/// An axis of a map of `rank` axes; negative ones count from the last.
pub(super) fn axis(node: &NodeProto, default: i64, rank: i64) -> i64 {
    let axis = int(node, "axis", default);
    if axis < 0 { axis + rank } else { axis }
}

/// A 3×3 convolution with stride 1 and one pixel of zeros around the map: its own, or `before` it (top, left, bottom,
/// right).
pub(super) fn check_convolution(node: &NodeProto, layer: &str, before: [i64; 4]) -> Result<(), Flaw> {
    let check = Check { node, layer };
    check.ints("kernel_shape", &[3, 3], &[3, 3])?;
    check.ints("strides", &[1, 1], &[1, 1])?;
    check.ints("dilations", &[1, 1], &[1, 1])?;
    check.int("group", 1, 1)?;
    if before.iter().any(|&pixels| pixels > 1) {
        let found = format!("{before:?} (top, left, bottom, right) from Pad nodes");
        return Err(Flaw::deviation(check.at(), "a border of one pixel", found));
    }
    // With stride 1 and a 3×3 kernel, "same" is one pixel on every side.
    let own = before.map(|before| 1 - before);
    check.pads(&own, if before == [0; 4] { &["SAME_UPPER", "SAME_LOWER"] } else { &[] })
}

/// The ε of a batch normalisation as it is used after training.
pub(super) fn check_batch_norm(node: &NodeProto, layer: &str) -> Result<f32, Flaw> {
    let check = Check { node, layer };
    check.int("training_mode", 0, 0)?;
    check.int("spatial", 1, 1)?;
    check.equal("number of outputs", &1, &node.output.iter().filter(|output| !output.is_empty()).count())?;
    Ok(float(node, "epsilon").unwrap_or(1e-5))
}

/// A 2×2 max-pool with stride 2; gives whether a last odd row or column is pooled too.
pub(super) fn check_max_pool(node: &NodeProto, layer: &str) -> Result<bool, Flaw> {
    let check = Check { node, layer };
    check.ints("kernel_shape", &[], &[2, 2])?;
    check.ints("strides", &[1, 1], &[2, 2])?;
    check.ints("dilations", &[1, 1], &[1, 1])?;
    // TensorFlow's "same" pads a map of odd side at one end, and a map of even side not at all.
    let same = string(node, "auto_pad").starts_with("SAME");
    check.pads(&[0, 0, 0, 0], &["SAME_UPPER", "SAME_LOWER"])?;
    Ok(same || int(node, "ceil_mode", 0) != 0)
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
        check.equal(factor, &1.0, &float(node, factor).unwrap_or(1.0))?;
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
        let auto = string(self.node, "auto_pad");
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
