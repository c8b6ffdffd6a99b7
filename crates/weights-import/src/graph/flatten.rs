//! What may stand between the last pooling and fc6: an average that changes nothing, a change of the axes' order, and a
//! flattening.

use onnx_ir::NodeProto;

use crate::error::Flaw;
use crate::graph::attributes::{self, label};
use crate::graph::shapes::Extent;
use crate::graph::walk::Walk;
use crate::graph::{Requirement, shapes};
use crate::onnx::Constant;
use crate::parts::FlattenOrder;

impl<'m> Walk<'m> {
    /// What stands between the last pooling and fc6; gives the order of the flat map.
    pub fn flatten(&mut self) -> Result<FlattenOrder, Flaw> {
        while let Some(node) = self.peek()? {
            let at = || format!("flattening before fc6 ({})", label(node));
            match node.op_type.as_str() {
                _ if self.flattened => break,
                "AveragePool" => attributes::check_identity_pool(node, "average before fc6")?,
                "ReduceMean" if self.averages_pixels(node) => self.requirements.push(Requirement::OnePixel(at())),
                "GlobalAveragePool" => self.requirements.push(Requirement::OnePixel(at())),
                "Transpose" => self.transpose(node)?,
                "Flatten" => {
                    let axis = attributes::axis(node, 1, 4);
                    if axis != 1 {
                        return Err(Flaw::deviation(at(), "axis 1, which keeps the pictures apart", axis.to_string()));
                    }
                    self.flattened = true;
                }
                "Reshape" => {
                    let units = self.reshape(node)?;
                    self.requirements.extend(units.map(|units| Requirement::Units(at(), units)));
                    self.flattened = true;
                }
                _ => return Err(Flaw::deviation("flattening before fc6", "Flatten or Reshape", label(node))),
            }
            self.step(node)?;
        }
        Ok(self.layout)
    }

    /// A `Reshape` to `[pictures, -1]`; gives the number of values of a picture, if it fixes that.
    fn reshape(&mut self, node: &'m NodeProto) -> Result<Option<i64>, Flaw> {
        let refused = |found: String| {
            let at = format!("flattening before fc6 ({})", label(node));
            Err(Flaw::deviation(at, "the shape [pictures, -1]", found))
        };
        let Some(target) = node.input.get(1).and_then(|name| self.target(name)) else {
            return refused("a shape that is computed in another way".into());
        };
        let literal = attributes::int(node, "allowzero", 0) != 0;
        match shapes::flat(&target, self.batch()) {
            Some(units) if !(literal && target.contains(&Extent::Known(0))) => Ok(units),
            _ => refused(format!("{target:?}")),
        }
    }

    /// Follows a change between channels first and channels last.
    pub(super) fn transpose(&mut self, node: &NodeProto) -> Result<(), Flaw> {
        let permutation = attributes::ints(node, "perm").unwrap_or_default();
        let Some(layout) = self.layout.after(permutation) else {
            let expected = "a change between channels first and channels last";
            return Err(Flaw::deviation(label(node), expected, format!("perm {permutation:?}")));
        };
        self.layout = layout;
        Ok(())
    }

    /// Whether a mean runs over rows and columns and keeps the axes, as `torch.mean` of a map is exported.
    fn averages_pixels(&mut self, node: &'m NodeProto) -> bool {
        let axes = match node.input.get(1) {
            Some(name) => match self.constant(name) {
                Some(Constant::Integers(axes)) => axes.as_slice(),
                _ => return false,
            },
            None => attributes::ints(node, "axes").unwrap_or_default(),
        };
        let mut axes: Vec<_> = axes.iter().map(|axis| axis.rem_euclid(4)).collect();
        axes.sort_unstable();
        axes == [2, 3] && attributes::int(node, "keepdims", 1) == 1
    }
}
