//! Convolutions.

mod depthwise;
mod direct;
mod filters;
mod grouped;
mod patch;
mod plan;
mod pointwise;
mod weights;
mod winograd;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use crate::elementwise::scale_channels;
use crate::epilogue::{Epilogue, Pool};
use crate::error::{ShapeError, check_indices, check_length, check_parameter, check_same};
use crate::kernel::Engine;
use crate::maps::Maps;
use crate::pooling::max_pool2;
use crate::window::{Rounding, Window};
use filters::Steps;
use grouped::Part;
use plan::Method;

/// What every method needs to know of a convolution under way.
#[derive(Clone, Copy)]
struct Task<'a> {
    engine: Engine,
    input: &'a Maps,
    window: &'a Window,
    /// Height and width of the output before the pool.
    size: [usize; 2],
    channels_out: usize,
}

/// A convolution (cross-correlation, as in every library of networks) with its bias: any kernel size, stride, padding
/// with zeros, dilation, and groups.
///
/// The shape of the layer decides how it is computed, never the batch: 3×3 windows of stride 1 by Winograd's F(4×4, 3×3)
/// where maps are large and channels many enough; 1×1 windows as one matrix product; one channel per group by vectors
/// of channels; all others as matrix products over rows of pixels; groups one after the other. Weights are packed at
/// the first use of a method and kept. Clones share them.
#[derive(Clone)]
pub struct Conv {
    channels_out: usize,
    channels_in: usize,
    window: Window,
    bias: Vec<f32>,
    parts: Arc<Vec<Part>>,
}

impl Conv {
    /// Takes a kernel `[channels_out, channels_in / groups, height, width]`, row-major, and a bias of `channels_out`
    /// values. Output channels of group g are the g-th of `groups` equal parts, and read that part of the input.
    ///
    /// # Errors
    /// If a size is zero, a slice does not have the length of its shape, the groups do not divide both numbers of
    /// channels, or the window has a number outside its range.
    pub fn new(
        kernel: &[f32],
        bias: &[f32],
        channels_out: usize,
        channels_in: usize,
        window: Window,
        groups: usize,
    ) -> Result<Self, ShapeError> {
        Self::with_engine(Engine::detect(), kernel, bias, [channels_out, channels_in], window, groups)
    }

    fn with_engine(
        engine: Engine,
        kernel: &[f32],
        bias: &[f32],
        [channels_out, channels_in]: [usize; 2],
        window: Window,
        groups: usize,
    ) -> Result<Self, ShapeError> {
        window.check()?;
        let divides = |channels: usize| groups > 0 && channels.is_multiple_of(groups);
        let rule = "a divisor of the number of input channels and of the number of output channels";
        let found = format!("{groups} for {channels_in} → {channels_out} channels");
        check_parameter("the number of groups", found, divides(channels_in) && divides(channels_out), rule)?;
        let [height, width] = window.kernel;
        check_length("the kernel", &[channels_out, channels_in / groups, height, width], kernel.len())?;
        check_length("the bias", &[channels_out], bias.len())?;
        let parts = Part::split(engine, kernel, channels_out, channels_in, window, groups);
        Ok(Self { channels_out, channels_in, window, bias: bias.to_vec(), parts: Arc::new(parts) })
    }

    /// The same convolution reading only these input channels, in this order, and without bias.
    ///
    /// This is B = W∗v of a gain line. All output channels are kept; those that read none of the inputs are zero.
    /// Transformed weights that exist already are copied, not transformed again.
    ///
    /// # Errors
    /// If no channel is chosen, an index points past the last input channel, or a channel is chosen twice.
    pub fn restrict(&self, inputs: &[usize]) -> Result<Self, ShapeError> {
        check_indices(inputs, self.channels_in)?;
        let mut seen = vec![false; self.channels_in];
        for &input in inputs {
            check_parameter("an input channel", input, !std::mem::replace(&mut seen[input], true), "chosen once only")?;
        }
        let parts = self.parts.iter().filter_map(|part| part.restrict(inputs, self.channels_in)).collect();
        let bias = vec![0.0; self.channels_out];
        Ok(Self { channels_in: inputs.len(), bias, parts: Arc::new(parts), ..*self })
    }

    /// The same convolution with another bias.
    ///
    /// # Errors
    /// If there is not one value per output channel.
    pub fn with_bias(self, bias: &[f32]) -> Result<Self, ShapeError> {
        check_length("the bias", &[self.channels_out], bias.len())?;
        Ok(Self { bias: bias.to_vec(), ..self })
    }

    /// Number of input channels.
    pub fn channels_in(&self) -> usize {
        self.channels_in
    }

    /// Number of output channels.
    pub fn channels_out(&self) -> usize {
        self.channels_out
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// The bias, one value per output channel.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The convolution of all pictures, `[pictures, height, width, channels_out]`, followed by the epilogue and the pool.
    ///
    /// # Errors
    /// If the input has another number of channels, if the padded maps are smaller than the window, if there is not one
    /// gain factor per output channel, if a parameter of the activation is outside its range, or if a map smaller than
    /// 2×2 is to be pooled.
    pub fn forward(&self, input: &Maps, epilogue: Epilogue<'_>, pool: Pool) -> Result<Maps, ShapeError> {
        let mut output = Maps::empty();
        self.forward_into(input, epilogue, pool, &mut output)?;
        Ok(output)
    }

    /// As [`Conv::forward`], written over `output`, whose memory is used again where it is large enough.
    ///
    /// # Errors
    /// As [`Conv::forward`].
    pub fn forward_into(
        &self,
        input: &Maps,
        epilogue: Epilogue<'_>,
        pool: Pool,
        output: &mut Maps,
    ) -> Result<(), ShapeError> {
        self.forward_by(None, input, epilogue, pool, output)
    }

    /// As [`Conv::forward_into`], by a method that tests choose.
    fn forward_by(
        &self,
        method: Option<Method>,
        input: &Maps,
        epilogue: Epilogue<'_>,
        pool: Pool,
        output: &mut Maps,
    ) -> Result<(), ShapeError> {
        check_same("the number of input channels", self.channels_in, input.channels())?;
        epilogue.check(self.channels_out)?;
        pool.output_size(self.window.output_size([input.height(), input.width()], Rounding::Floor)?)?;
        if let Some(range) = epilogue.activation.range() {
            let steps = Steps { bias: &self.bias, gain: epilogue.gain, range, pool };
            return match &self.parts[..] {
                [part] if part.is_whole(self) => part.filters.run(method, input, steps, output),
                parts => grouped::run(self, parts, method, input, steps, output),
            };
        }
        // Functions that are no clip take a pass of their own.
        self.forward_by(method, input, Epilogue::LINEAR, Pool::None, output)?;
        epilogue.activation.apply_to(output.data_mut());
        if let Some(gains) = epilogue.gain {
            scale_channels(output, gains)?;
        }
        if pool == Pool::Max2 {
            *output = max_pool2(output)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Conv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [height, width] = self.window.kernel;
        write!(f, "Conv({height}×{width}, {} → {})", self.channels_in, self.channels_out)
    }
}
