//! `Pad` nodes: some exporters put the border of zeros in front of a convolution instead of into it.

use onnx_ir::NodeProto;

use crate::error::Flaw;
use crate::graph::attributes::{self, label};
use crate::graph::walk::Walk;
use crate::onnx::Constant;
use crate::parts::FlattenOrder;

impl<'m> Walk<'m> {
    /// Adds the border of a `Pad` node to that of the convolution that follows.
    pub(super) fn pad(&mut self, node: &'m NodeProto) -> Result<(), Flaw> {
        let at = || format!("before a convolution ({})", label(node));
        let mode = attributes::string(node, "mode");
        if !matches!(mode.as_str(), "" | "constant") {
            return Err(Flaw::deviation(at(), "a border of zeros", format!("mode {mode}")));
        }
        if let Some(fill) = self.fill(node).filter(|&fill| fill != 0.0) {
            return Err(Flaw::deviation(at(), "a border of zeros", format!("a border of {fill}")));
        }
        let Some(pads) = self.pads(node) else {
            return Err(Flaw::deviation(at(), "constant pads for four axes", "others"));
        };
        let ([height, width], others) = match self.layout {
            FlattenOrder::ChannelFirst => ([2, 3], [0, 1]),
            FlattenOrder::ChannelLast => ([1, 2], [0, 3]),
        };
        if others.iter().any(|&axis| pads[axis] != (0, 0)) || pads.iter().any(|&(a, b)| a < 0 || b < 0) {
            return Err(Flaw::deviation(at(), "a border of rows and columns", format!("pads {pads:?} by axis")));
        }
        let border = [pads[height].0, pads[width].0, pads[height].1, pads[width].1];
        for (sum, more) in self.padding.iter_mut().zip(border) {
            *sum = sum.saturating_add(more);
        }
        Ok(())
    }

    /// Whether a `Pad` node adds nothing.
    pub(super) fn pads_nothing(&mut self, node: &'m NodeProto) -> bool {
        // Its value counts as read, whatever it is.
        self.fill(node);
        self.pads(node).is_some_and(|pads| pads == [(0, 0); 4])
    }

    /// Start and end of each of the four axes. They are an attribute up to operator set 10, an input since; operator
    /// set 18 lets them name the axes.
    fn pads(&mut self, node: &'m NodeProto) -> Option<[(i64, i64); 4]> {
        let values = match node.input.get(1).filter(|name| !name.is_empty()) {
            Some(name) => self.integers(name)?,
            None => attributes::ints(node, "pads")?.to_vec(),
        };
        let axes = match node.input.get(3).filter(|name| !name.is_empty()) {
            Some(name) => self.integers(name)?,
            None => vec![0, 1, 2, 3],
        };
        if values.len() != 2 * axes.len() {
            return None;
        }
        let mut pads = [(0, 0); 4];
        for (place, axis) in axes.iter().enumerate() {
            let axis = usize::try_from(if *axis < 0 { axis + 4 } else { *axis }).ok()?;
            *pads.get_mut(axis)? = (values[place], values[axes.len() + place]);
        }
        Some(pads)
    }

    /// The value of the border; NaN if it is no constant.
    fn fill(&mut self, node: &'m NodeProto) -> Option<f32> {
        let Some(name) = node.input.get(2).filter(|name| !name.is_empty()) else {
            return attributes::float(node, "value");
        };
        match self.constant(name) {
            Some(Constant::Floats(tensor)) => {
                tensor.clone().into_vector().ok().and_then(|values| values.first().copied()).or(Some(f32::NAN))
            }
            _ => Some(f32::NAN),
        }
    }
}
