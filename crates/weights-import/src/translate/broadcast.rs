//! Constants that go with maps: one number for all, one per channel, or one per pixel.

use onnx_ir::NodeProto;

use super::attributes::label;
use super::axes::{Axes, Dim};
use crate::error::Flaw;
use crate::tensor::SourceTensor;

/// More channels than any layer has; a flattened picture that claims more would fill the memory with factors.
const MAX_CHANNELS: usize = 1 << 22;

/// A constant that is broadcast over maps, as one number per channel; nothing if it differs within a channel.
pub(super) fn per_channel(node: &NodeProto, axes: &Axes, tensor: &SourceTensor) -> Result<Option<Vec<f64>>, Flaw> {
    let (extents, shape) = (axes.extents(), &tensor.shape);
    let missing = extents.len().checked_sub(shape.len());
    let fits = missing
        .is_some_and(|missing| shape.iter().zip(&extents[missing..]).all(|(&own, &extent)| own == 1 || own == extent));
    let values = tensor.clone().into_floats()?;
    let channels = axes.extent(Dim::Channels);
    if channels > MAX_CHANNELS {
        return Err(Flaw::deviation(label(node), format!("at most {MAX_CHANNELS} channels"), channels.to_string()));
    }
    if let ([one], true) = (&values[..], fits || shape.iter().all(|&extent| extent == 1)) {
        return Ok(Some(vec![f64::from(*one); channels]));
    }
    let (true, Some(missing)) = (fits, missing) else {
        let expected = format!("a constant for maps of {extents:?}, one number or one per channel");
        return Err(Flaw::deviation(label(node), expected, format!("\"{}\" of shape {shape:?}", tensor.name)));
    };
    let mut found: Vec<Option<f32>> = vec![None; channels];
    let mut everywhere = None;
    for (place, &value) in values.iter().enumerate() {
        let slot = match channel(axes, shape, missing, place) {
            Some(channel) => &mut found[channel],
            None => &mut everywhere,
        };
        if slot.replace(value).is_some_and(|other: f32| other.to_bits() != value.to_bits()) {
            return Ok(None);
        }
    }
    Ok(found.into_iter().map(|value| value.or(everywhere).map(f64::from)).collect())
}

/// A constant as large as the pictures, `channel × row × column`; nothing if it is of another shape.
pub(super) fn per_pixel(axes: &Axes, tensor: &SourceTensor) -> Result<Option<Vec<f64>>, Flaw> {
    let (shape, extents) = (&tensor.shape, axes.extents());
    let (Some(places), Some(missing)) = (axes.places(), extents.len().checked_sub(shape.len())) else {
        return Ok(None);
    };
    let extent = |axis: usize| axis.checked_sub(missing).map_or(1, |own| shape[own]);
    let [channels, rows, columns] = places.map(|axis| (axis, extents[axis]));
    let whole = (0..extents.len()).all(|axis| extent(axis) == if places.contains(&axis) { extents[axis] } else { 1 });
    if !whole {
        return Ok(None);
    }
    let stride = |axis: usize| (axis + 1..extents.len()).map(extent).product::<usize>();
    let [c_step, y_step, x_step] = places.map(stride);
    let values = tensor.clone().into_floats()?;
    let mut image = Vec::with_capacity(values.len());
    for c in 0..channels.1 {
        for y in 0..rows.1 {
            image.extend((0..columns.1).map(|x| f64::from(values[c * c_step + y * y_step + x * x_step])));
        }
    }
    Ok(Some(image))
}

/// The channel to which a place of a constant belongs; nothing if it goes with all of them.
fn channel(axes: &Axes, shape: &[usize], missing: usize, place: usize) -> Option<usize> {
    let mut rest = place;
    let mut channel = None;
    for (axis, &extent) in shape.iter().enumerate().rev() {
        let mut at = rest % extent;
        rest /= extent;
        if extent == 1 {
            continue;
        }
        for &dim in axes.run(missing + axis).iter().rev() {
            if dim == Dim::Channels {
                channel = Some(at % axes.extent(dim));
            }
            at /= axes.extent(dim);
        }
    }
    channel
}
