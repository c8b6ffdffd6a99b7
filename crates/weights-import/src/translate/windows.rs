//! Convolutions and pools: windows that slide over maps.

use graph::{AveragePool, Conv, MAX_WINDOW, MaxPool, Op, Shape, Window};
use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::axes::Dim;
use super::network::{Border, Map, Network, Source, Value};
use crate::error::Flaw;

/// How a window slides.
struct Slide {
    kernel: [usize; 2],
    stride: [usize; 2],
    /// Top, left, bottom, right.
    padding: [usize; 4],
    dilation: [usize; 2],
}

impl Network<'_> {
    /// A `Conv`.
    pub(super) fn convolution(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let kernel = self.floats(node, 1)?;
        let [outputs, reads, height, width] = kernel.shape[..] else {
            let expected = "a convolution over rows and columns, with a kernel of 4 axes";
            return Err(Flaw::deviation(label(node), expected, format!("a kernel of shape {:?}", kernel.shape)));
        };
        let stated = attributes::sizes(node, "kernel_shape", [height, width], 1)?;
        if stated != [height, width] {
            let found = format!("a kernel of shape {:?}", kernel.shape);
            return Err(Flaw::deviation(label(node), format!("kernel_shape {stated:?}"), found));
        }
        let bias = if self.value(node, 2).is_some() { Some(self.floats(node, 2)?) } else { None };
        let (input, border) = self.maps(node)?;
        if border.fill != 0.0 {
            return Err(Flaw::deviation(label(node), "a border of zeros", format!("a border of {}", border.fill)));
        }
        let shape = self.drafts[input].shape;
        let groups = attributes::int(node, "group", 1);
        let groups = usize::try_from(groups).ok().filter(|groups| reads.checked_mul(*groups) == Some(shape.channels));
        let Some(groups) = groups else {
            let expected = format!("a kernel for the {} channels that it reads", shape.channels);
            let found = format!("shape {:?} in {} groups", kernel.shape, attributes::int(node, "group", 1));
            return Err(Flaw::deviation(format!("{} ({})", label(node), kernel.label()), expected, found));
        };
        let Slide { kernel: sides, stride, padding, dilation } = slide(node, [height, width], shape, border)?;
        let conv = Conv { outputs, kernel: sides, stride, padding, dilation, groups, bias: bias.is_some() };
        let bias = bias.map(|bias| super::layers::check_bias(node, bias, outputs)).transpose()?;
        let source = Source { kernel, transposed: false, columns: None, bias, line: None };
        let like = self.bordered(node, 0)?.axes;
        let id = self.push_weighted(node, Op::Conv(conv), input, source)?;
        Ok(Value::Map(self.as_maps(&like, id)))
    }

    /// A `MaxPool`.
    pub(super) fn max_pool(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let (input, border) = self.maps(node)?;
        let shape = self.drafts[input].shape;
        // Zeros count in a border of zeros, and padding never does: the same only where nothing is below zero.
        let never = border.fill <= f32::MIN;
        if border != Border::default() && !never && !(border.fill == 0.0 && self.drafts[input].non_negative) {
            let expected = "a border that is never the maximum, or one of zeros around numbers that are at least 0";
            return Err(Flaw::deviation(label(node), expected, format!("a Pad node of {} before it", border.fill)));
        }
        let Slide { kernel, stride, padding, dilation } = slide(node, kernel_of(node)?, shape, border)?;
        let window = Window { kernel, stride, padding, ceil: rounds_up(node, border)? };
        let like = self.bordered(node, 0)?.axes;
        let id = self.push(node, Op::MaxPool(MaxPool { window, dilation }), vec![input])?;
        Ok(Value::Map(self.as_maps(&like, id)))
    }

    /// An `AveragePool`.
    pub(super) fn average_pool(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        if let Some(Value::Squares(squares)) = self.value(node, 0) {
            return squares.averaged(node).map(Value::Squares);
        }
        let (input, border) = self.maps(node)?;
        let shape = self.drafts[input].shape;
        let counted = attributes::int(node, "count_include_pad", 0) != 0;
        let own = slide(node, kernel_of(node)?, shape, Border::default())?;
        if border != Border::default() && (border.fill != 0.0 || (own.padding != [0; 4] && !counted)) {
            let found = format!("a Pad node of {} before padding of its own", border.fill);
            return Err(Flaw::deviation(label(node), "a border of zeros that counts in the mean", found));
        }
        let Slide { kernel, stride, padding, dilation } = slide(node, kernel_of(node)?, shape, border)?;
        if dilation != [1; 2] {
            return Err(Flaw::deviation(label(node), "dilations [1, 1]", format!("{dilation:?}")));
        }
        let window = Window { kernel, stride, padding, ceil: rounds_up(node, border)? };
        let count_include_pad = counted || border != Border::default();
        let like = self.bordered(node, 0)?.axes;
        let id = self.push(node, Op::AveragePool(AveragePool { window, count_include_pad }), vec![input])?;
        Ok(Value::Map(self.as_maps(&like, id)))
    }

    /// A `GlobalAveragePool` or `GlobalMaxPool`.
    pub(super) fn global_pool(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let map = self.map(node, 0)?;
        let (input, _) = self.maps(node)?;
        let Shape { height, width, .. } = self.drafts[input].shape;
        let whole = Window { kernel: [height, width], stride: [1; 2], padding: [0; 4], ceil: false };
        let op = match node.op_type.as_str() {
            "GlobalMaxPool" => Op::MaxPool(MaxPool::new(whole)),
            _ => Op::GlobalAverage,
        };
        let id = self.push(node, op, vec![input])?;
        Ok(Value::Map(self.as_maps(&map.axes, id)))
    }

    /// A `ReduceMean` over rows, columns or both.
    pub(super) fn mean(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let map = self.map(node, 0)?;
        let rank = map.axes.rank();
        let given = match self.optional_integers(node, 1)? {
            Some(axes) => axes,
            None => attributes::ints(node, "axes").map_or_else(|| (0..rank as i64).collect(), <[i64]>::to_vec),
        };
        let axes = given.iter().map(|&axis| attributes::place(node, axis, rank)).collect::<Result<Vec<_>, _>>()?;
        let over: Vec<Dim> = axes.iter().flat_map(|&axis| map.axes.run(axis)).copied().collect();
        if axes.contains(&0) || over.iter().any(|dim| matches!(dim, Dim::Pictures | Dim::Channels)) || axes.is_empty() {
            let found = format!("axes {given:?} of {:?}", map.axes.extents());
            return Err(Flaw::deviation(label(node), "a mean over rows and columns", found));
        }
        let Shape { height, width, .. } = self.drafts[map.node].shape;
        let side = |dim: Dim, side: usize| if over.contains(&dim) { side } else { 1 };
        let kernel = [side(Dim::Rows, height), side(Dim::Columns, width)];
        let id = if kernel == [1, 1] {
            map.node
        } else if kernel == [height, width] {
            self.push(node, Op::GlobalAverage, vec![map.node])?
        } else {
            let window = Window { kernel, stride: [1; 2], padding: [0; 4], ceil: false };
            self.push(node, Op::AveragePool(AveragePool { window, count_include_pad: false }), vec![map.node])?
        };
        let gone = (attributes::int(node, "keepdims", 1) == 0).then_some(&axes[..]);
        let axes = map.axes.averaged(self.drafts[id].shape, gone);
        Ok(Value::Map(Map { node: id, axes, ..map }))
    }
}

/// Whether a pool rounds the number of its windows up. A window may start in the border of a `Pad` node, but not in
/// padding of its own, so that a border cannot be taken over then.
fn rounds_up(node: &NodeProto, border: Border) -> Result<bool, Flaw> {
    let ceil = attributes::int(node, "ceil_mode", 0) != 0;
    if ceil && border != Border::default() {
        return Err(Flaw::deviation(label(node), "ceil_mode 0 behind a Pad node", "ceil_mode 1"));
    }
    Ok(ceil)
}

fn kernel_of(node: &NodeProto) -> Result<[usize; 2], Flaw> {
    match attributes::sizes(node, "kernel_shape", [0; 2], 1)? {
        [0, 0] => Err(Flaw::deviation(label(node), "a kernel_shape", "none")),
        kernel => Ok(kernel),
    }
}

/// Strides, dilations and padding of a node; what `Pad` nodes put around the maps comes to its own.
fn slide(node: &NodeProto, kernel: [usize; 2], shape: Shape, border: Border) -> Result<Slide, Flaw> {
    let stride = attributes::sizes(node, "strides", [1; 2], 1)?;
    let dilation = attributes::sizes(node, "dilations", [1; 2], 1)?;
    let own = match attributes::string(node, "auto_pad").as_str() {
        "" | "NOTSET" => attributes::sizes(node, "pads", [0; 4], 0)?,
        "VALID" => [0; 4],
        auto @ ("SAME_UPPER" | "SAME_LOWER") => {
            let [top, left, bottom, right] = border.pads;
            let sides = [(shape.height, top, bottom), (shape.width, left, right)];
            let sides = sides.map(|(side, before, after)| side.saturating_add(before).saturating_add(after));
            same(kernel, stride, dilation, sides, auto == "SAME_UPPER")
        }
        other => {
            let expected = "auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER";
            return Err(Flaw::deviation(label(node), expected, format!("\"{other}\"")));
        }
    };
    let mut padding = own;
    padding.iter_mut().zip(border.pads).for_each(|(sum, more)| *sum = sum.saturating_add(more));
    Ok(Slide { kernel, stride, padding, dilation })
}

/// Padding after which there is a window for every stride: half on each side, the odd one behind or before.
fn same(kernel: [usize; 2], stride: [usize; 2], dilation: [usize; 2], sides: [usize; 2], upper: bool) -> [usize; 4] {
    let one = |axis: usize| {
        let windows = sides[axis].div_ceil(stride[axis]);
        let [kernel, stride, dilation] = [kernel, stride, dilation].map(|sizes| sizes[axis].min(MAX_WINDOW));
        let extent = (kernel - 1) * dilation + 1;
        let total = (windows.saturating_sub(1) * stride + extent).saturating_sub(sides[axis]);
        let (less, more) = (total / 2, total - total / 2);
        if upper { (less, more) } else { (more, less) }
    };
    let ((top, bottom), (left, right)) = (one(0), one(1));
    [top, left, bottom, right]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_is_that_of_tensorflow() {
        let check = |kernel, stride, side, upper, expected: [usize; 2]| {
            let [top, left, bottom, right] = same([kernel; 2], [stride; 2], [1; 2], [side; 2], upper);
            assert_eq!(([top, bottom], [left, right]), (expected, expected), "{kernel} {stride} {side}");
        };
        check(3, 1, 8, true, [1, 1]);
        check(3, 2, 8, true, [0, 1]);
        check(3, 2, 8, false, [1, 0]);
        check(3, 2, 7, true, [1, 1]);
        check(2, 2, 5, true, [0, 1]);
        check(1, 2, 8, true, [0, 0]);
    }
}
