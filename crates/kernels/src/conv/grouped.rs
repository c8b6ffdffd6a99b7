//! Groups: a convolution as several, each of which reads some input channels and writes some output channels.

use rayon::prelude::*;

use super::Conv;
use super::filters::{Filters, Steps};
use super::plan::Method;
use crate::activation::clip;
use crate::channels::select_channels;
use crate::error::ShapeError;
use crate::kernel::{Engine, Range};
use crate::maps::Maps;
use crate::window::{Rounding, Window};

/// Filters with their places in the whole convolution.
pub(super) struct Part {
    pub(super) filters: Filters,
    /// Channels of the whole input that the filters read, in their order.
    inputs: Vec<usize>,
    /// Channels of the whole output that the filters write, in their order.
    outputs: Vec<usize>,
}

impl Part {
    /// Splits a kernel `[channels_out, channels_in / groups, height, width]` into its groups; a group per input channel
    /// stays together.
    pub(super) fn split(
        engine: Engine,
        kernel: &[f32],
        channels_out: usize,
        channels_in: usize,
        window: Window,
        groups: usize,
    ) -> Vec<Self> {
        if groups == channels_in && groups > 1 {
            let filters = Filters::depthwise(engine, kernel.to_vec(), channels_out, channels_in, window);
            return vec![Self { filters, inputs: (0..channels_in).collect(), outputs: (0..channels_out).collect() }];
        }
        let (outputs, inputs) = (channels_out / groups, channels_in / groups);
        let kernels = kernel.chunks_exact(kernel.len() / groups).enumerate();
        let part = |(group, kernel): (usize, &[f32])| Self {
            filters: Filters::new(engine, kernel.to_vec(), outputs, inputs, window),
            inputs: (group * inputs..(group + 1) * inputs).collect(),
            outputs: (group * outputs..(group + 1) * outputs).collect(),
        };
        kernels.map(part).collect()
    }

    /// The part that reads those of the chosen channels (each once) that this one does; their places are those in the
    /// choice.
    pub(super) fn restrict(&self, chosen: &[usize], channels_in: usize) -> Option<Self> {
        let mut own = vec![None; channels_in];
        self.inputs.iter().enumerate().for_each(|(index, &channel)| own[channel] = Some(index));
        let (inputs, indices): (Vec<usize>, Vec<usize>) =
            chosen.iter().enumerate().filter_map(|(place, &channel)| Some((place, own[channel]?))).unzip();
        if indices.is_empty() {
            return None;
        }
        let outputs = match self.filters.multiplier() {
            Some(count) => indices.iter().flat_map(|&i| &self.outputs[i * count..(i + 1) * count]).copied().collect(),
            None => self.outputs.clone(),
        };
        Some(Self { filters: self.filters.restrict(&indices), inputs, outputs })
    }

    /// Whether the filters read and write all channels of a convolution in their order.
    pub(super) fn is_whole(&self, conv: &Conv) -> bool {
        self.inputs.iter().copied().eq(0..conv.channels_in) && self.outputs.iter().copied().eq(0..conv.channels_out)
    }
}

/// Convolves all pictures part by part; the shapes have been checked.
pub(super) fn run(
    conv: &Conv,
    parts: &[Part],
    method: Option<Method>,
    input: &Maps,
    steps: Steps<'_>,
    output: &mut Maps,
) -> Result<(), ShapeError> {
    let size = conv.window.output_size([input.height(), input.width()], Rounding::Floor)?;
    let [height, width] = steps.pool.output_size(size)?;
    output.reshape_for_overwrite([input.pictures(), height, width, conv.channels_out])?;
    if parts.iter().map(|part| part.outputs.len()).sum::<usize>() < conv.channels_out {
        fill_unreached(steps, output);
    }
    let mut result = Maps::empty();
    for part in parts {
        let slice = select_channels(input, &part.inputs)?;
        let of_part = |values: &[f32]| part.outputs.iter().map(|&channel| values[channel]).collect::<Vec<_>>();
        let (bias, gain) = (of_part(steps.bias), steps.gain.map(of_part));
        let steps = Steps { bias: &bias, gain: gain.as_deref(), ..steps };
        part.filters.run(method, &slice, steps, &mut result)?;
        scatter(&result, &part.outputs, output);
    }
    Ok(())
}

/// Writes what a channel is without any sum to all pixels.
fn fill_unreached(steps: Steps<'_>, output: &mut Maps) {
    let Range { low, high } = steps.range;
    let clipped = steps.bias.iter().map(|&bias| clip(bias, low, high));
    let pixel: Vec<f32> = match steps.gain {
        Some(gains) => clipped.zip(gains).map(|(value, gain)| value * gain).collect(),
        None => clipped.collect(),
    };
    output.data_mut().par_chunks_exact_mut(pixel.len()).for_each(|target| target.copy_from_slice(&pixel));
}

/// Writes maps to some channels of larger ones.
fn scatter(source: &Maps, channels: &[usize], target: &mut Maps) {
    let (row, all) = (source.width() * channels.len(), target.channels());
    let rows = target.data_mut().par_chunks_exact_mut(source.width() * all);
    rows.zip(source.data().par_chunks_exact(row)).for_each(|(target, source)| {
        for (target, source) in target.chunks_exact_mut(all).zip(source.chunks_exact(channels.len())) {
            channels.iter().zip(source).for_each(|(&channel, &value)| target[channel] = value);
        }
    });
}
