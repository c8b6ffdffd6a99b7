//! A convolution without groups, or one with a group per channel: its kernel, packed for the methods that it uses.

use std::sync::OnceLock;

use super::plan::{Method, method};
use super::weights::{DirectWeights, TileWeights};
use super::{Task, depthwise, direct, pointwise, winograd};
use crate::epilogue::Pool;
use crate::error::ShapeError;
use crate::finish::Finish;
use crate::kernel::{Engine, Range};
use crate::maps::Maps;
use crate::pooling::max_pool2;
use crate::window::{Rounding, Window};
use depthwise::DepthwiseWeights;

/// What follows the sums, as kernels do it.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    /// One value per output channel.
    pub(super) bias: &'a [f32],
    /// One factor per output channel.
    pub(super) gain: Option<&'a [f32]>,
    pub(super) range: Range,
    pub(super) pool: Pool,
}

pub(super) struct Filters {
    engine: Engine,
    window: Window,
    channels_out: usize,
    channels_in: usize,
    /// Output channel o reads input channel `o / (channels_out / channels_in)` alone.
    depthwise: bool,
    /// `[channels_out, channels_in, height, width]`, or `[channels_out, 1, height, width]`.
    kernel: Vec<f32>,
    by_tiles: OnceLock<TileWeights>,
    by_taps: OnceLock<DirectWeights>,
    by_channels: OnceLock<DepthwiseWeights>,
}

impl Filters {
    /// Takes a kernel of `[channels_out, channels_in, height, width]`.
    pub(super) fn new(
        engine: Engine,
        kernel: Vec<f32>,
        channels_out: usize,
        channels_in: usize,
        window: Window,
    ) -> Self {
        // The dilation of a single tap means nothing; 1 is the simplest.
        let dilation = [0, 1].map(|axis| if window.kernel[axis] == 1 { 1 } else { window.dilation[axis] });
        let (by_tiles, by_taps, by_channels) = Default::default();
        let window = Window { dilation, ..window };
        Self { engine, window, channels_out, channels_in, depthwise: false, kernel, by_tiles, by_taps, by_channels }
    }

    /// Takes a kernel of `[channels_out, 1, height, width]`.
    pub(super) fn depthwise(
        engine: Engine,
        kernel: Vec<f32>,
        channels_out: usize,
        channels_in: usize,
        window: Window,
    ) -> Self {
        Self { depthwise: true, ..Self::new(engine, kernel, channels_out, channels_in, window) }
    }

    /// How many output channels read each input channel alone, if that is so.
    pub(super) fn multiplier(&self) -> Option<usize> {
        self.depthwise.then(|| self.channels_out / self.channels_in)
    }

    /// The same filters reading only these input channels; of a depthwise convolution, the outputs that read them.
    pub(super) fn restrict(&self, inputs: &[usize]) -> Self {
        let taps = self.window.taps();
        if let Some(multiplier) = self.multiplier() {
            let len = multiplier * taps;
            let kernel =
                inputs.iter().flat_map(|&input| &self.kernel[input * len..(input + 1) * len]).copied().collect();
            return Self::depthwise(self.engine, kernel, inputs.len() * multiplier, inputs.len(), self.window);
        }
        let mut kernel = Vec::with_capacity(self.channels_out * inputs.len() * taps);
        for filter in self.kernel.chunks_exact(self.channels_in * taps) {
            inputs.iter().for_each(|&input| kernel.extend_from_slice(&filter[input * taps..(input + 1) * taps]));
        }
        let part = Self::new(self.engine, kernel, self.channels_out, inputs.len(), self.window);
        let transformed = self.by_tiles.get();
        let copied = transformed.map(|all| all.restrict(self.engine, self.channels_out, self.channels_in, inputs));
        Self { by_tiles: copied.map_or_else(OnceLock::new, OnceLock::from), ..part }
    }

    /// Convolves all pictures; the shapes have been checked. A method that is not given is chosen by the shape.
    pub(super) fn run(
        &self,
        chosen: Option<Method>,
        input: &Maps,
        steps: Steps<'_>,
        output: &mut Maps,
    ) -> Result<(), ShapeError> {
        let size = self.window.output_size([input.height(), input.width()], Rounding::Floor)?;
        let method = match chosen {
            _ if self.depthwise => Method::Depthwise,
            Some(method) => method,
            None => method(&self.window, size, self.channels_in, self.channels_out),
        };
        if steps.pool == Pool::Max2 && matches!(method, Method::Pointwise | Method::Depthwise) {
            let mut whole = Maps::empty();
            self.run(chosen, input, Steps { pool: Pool::None, ..steps }, &mut whole)?;
            *output = max_pool2(&whole)?;
            return Ok(());
        }
        let [height, width] = steps.pool.output_size(size)?;
        output.reshape_for_overwrite([input.pictures(), height, width, self.channels_out])?;
        let task = Task { engine: self.engine, input, window: &self.window, size, channels_out: self.channels_out };
        let output = output.data_mut();
        match method {
            Method::Winograd => winograd::convolve(&task, self.by_tiles(), &self.finish(steps, 1), output),
            Method::Direct => {
                let weights = self.by_taps();
                direct::convolve(&task, weights, &self.finish(steps, weights.pixels), output);
            }
            Method::Pointwise => pointwise::convolve(&task, self.by_taps(), &self.finish(steps, 1), output),
            Method::Depthwise => depthwise::convolve(&task, self.by_channels(), &self.finish(steps, 1), output),
        }
        Ok(())
    }

    fn finish(&self, steps: Steps<'_>, pixels: usize) -> Finish {
        Finish::new(steps.bias, steps.gain, steps.range, steps.pool.side(), pixels, self.engine.lanes)
    }

    fn by_tiles(&self) -> &TileWeights {
        let new = || TileWeights::new(self.engine, &self.kernel, self.channels_out, self.channels_in);
        self.by_tiles.get_or_init(new)
    }

    fn by_taps(&self) -> &DirectWeights {
        let new = || DirectWeights::new(self.engine, &self.kernel, self.channels_out, self.channels_in, &self.window);
        self.by_taps.get_or_init(new)
    }

    fn by_channels(&self) -> &DepthwiseWeights {
        let multiplier = self.channels_out / self.channels_in;
        let new = || DepthwiseWeights::new(self.engine, &self.kernel, self.channels_out, multiplier, &self.window);
        self.by_channels.get_or_init(new)
    }
}
