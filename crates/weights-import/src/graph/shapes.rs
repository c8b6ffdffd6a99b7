//! The target of a `Reshape`: a constant, or a few nodes that compute `[pictures, -1]` from the shape of the map.

use onnx_ir::NodeProto;

use crate::graph::attributes;
use crate::graph::walk::Walk;
use crate::onnx::Constant;

/// Nodes that may stand one behind the other in the computation of a shape. Exporters write a handful; each is a frame
/// on the stack here, and a damaged file may have any number.
const DEEPEST: usize = 64;

/// One extent of a target shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// A number, with the meaning that `Reshape` gives it: −1 is "the rest", 0 is "as before".
    Known(i64),
    /// An extent of the map by its axis: 0 is the number of pictures.
    Axis(usize),
}

impl<'m> Walk<'m> {
    /// Evaluates a target shape; the nodes that compute it count as visited. `None` if it is anything unusual.
    pub(super) fn target(&mut self, name: &'m str) -> Option<Vec<Extent>> {
        self.target_within(name, DEEPEST)
    }

    fn target_within(&mut self, name: &'m str, depth: usize) -> Option<Vec<Extent>> {
        if let Some(constant) = self.constant(name) {
            let Constant::Integers(values) = constant else { return None };
            return Some(values.iter().map(|&value| Extent::Known(value)).collect());
        }
        let index = self.producer(name)?;
        // A node that was visited before closes a loop: no exporter writes one, but a damaged file may.
        if !self.visit(index) {
            return None;
        }
        self.computed(self.node(index), depth.checked_sub(1)?)
    }

    fn computed(&mut self, node: &'m NodeProto, depth: usize) -> Option<Vec<Extent>> {
        let first = node.input.first()?;
        match node.op_type.as_str() {
            "Shape" if first == self.value => {
                let start = usize::try_from(attributes::int(node, "start", 0)).ok()?;
                let end = usize::try_from(attributes::int(node, "end", 4)).ok()?.min(4);
                Some((start..end).map(Extent::Axis).collect())
            }
            "Gather" => {
                let data = self.target_within(first, depth)?;
                let picks = self.integers(node.input.get(1)?)?;
                picks.into_iter().map(|pick| data.get(usize::try_from(pick).ok()?).copied()).collect()
            }
            "Concat" => {
                let pieces =
                    node.input.iter().map(|input| self.target_within(input, depth)).collect::<Option<Vec<_>>>()?;
                Some(pieces.concat())
            }
            "Unsqueeze" | "Squeeze" | "Cast" | "Identity" => {
                for axes in &node.input[1..] {
                    self.integers(axes)?;
                }
                self.target_within(first, depth)
            }
            _ => None,
        }
    }

    pub(super) fn integers(&mut self, name: &'m str) -> Option<Vec<i64>> {
        match self.constant(name)? {
            Constant::Integers(values) => Some(values.clone()),
            _ => None,
        }
    }
}

/// Whether the shape is `[pictures, everything else]` for a graph that takes `batch` pictures at once; `Some(Some(n))`
/// if it fixes the number of values of a picture to `n`.
pub(super) fn flat(target: &[Extent], batch: i64) -> Option<Option<i64>> {
    let [pictures, units] = target else { return None };
    match (pictures, units) {
        (Extent::Axis(0), Extent::Known(-1)) => Some(None),
        (Extent::Known(count), Extent::Known(-1)) if *count == 0 || *count == batch => Some(None),
        (Extent::Axis(0) | Extent::Known(_), Extent::Known(units)) if *units > 0 => Some(Some(*units)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_shapes_are_told_from_others() {
        use Extent::{Axis, Known};
        assert_eq!(flat(&[Axis(0), Known(-1)], 1), Some(None));
        assert_eq!(flat(&[Known(0), Known(-1)], 1), Some(None));
        assert_eq!(flat(&[Known(8), Known(-1)], 8), Some(None));
        assert_eq!(flat(&[Known(-1), Known(25_088)], 1), Some(Some(25_088)));
        assert_eq!(flat(&[Known(2), Known(-1)], 1), None, "one picture cut in two");
        assert_eq!(flat(&[Known(-1), Known(-1)], 1), None);
        assert_eq!(flat(&[Axis(1), Known(-1)], 1), None);
        assert_eq!(flat(&[Known(1), Known(512), Known(49)], 1), None);
    }
}
