//! The 1×1 convolution: the pixels of all pictures are the rows of one matrix product, as they lie.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Task;
use super::plan::pixels_per_block;
use super::weights::DirectWeights;
use crate::finish::Finish;
use crate::kernel::{PixelRows, Product, Store, finish_rows, multiply};
use crate::packed::panels;
use crate::scratch::{Scratch, with_scratch};

/// Convolves all pictures and writes the finished maps to `output`, `[pictures, height, width, channels_out]`.
pub(super) fn convolve(task: &Task<'_>, weights: &DirectWeights, finish: &Finish, output: &mut [f32]) {
    let channels = task.input.channels();
    let pixels = output.len() / task.channels_out;
    let block = pixels_per_block(pixels, 4 * (channels + finish.bias.len()), rayon::current_num_threads());
    let blocks = output.par_chunks_mut(block * task.channels_out);
    blocks.zip(task.input.data().par_chunks(block * channels)).for_each(|(output, a)| {
        with_scratch(|scratch| task.engine.run(Block { task, weights, finish, a, output, scratch }));
    });
}

/// Some pixels.
struct Block<'a, 'o> {
    task: &'a Task<'a>,
    weights: &'a DirectWeights,
    finish: &'a Finish,
    a: &'a [f32],
    output: &'o mut [f32],
    scratch: &'o mut Scratch,
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { task, weights, finish, a, output, scratch } = self;
        let (channels, depth) = (task.channels_out, weights.depth);
        let count = a.len() / depth;
        let sums = scratch.sums.get(count * finish.bias.len());
        for panel in panels(task.engine, channels) {
            let b = weights.panel(panel);
            let c = &mut sums[panel.0 * count..(panel.0 + panel.1) * count];
            let (source, store) = (weights.source(), Store::Replace);
            let product = Product { a, row_stride: depth, starts: &[0], depth, rows: count, b, source, c, store };
            multiply(simd, task.engine.max_rows, product);
        }
        let Finish { bias, gain, range, .. } = finish;
        let (groups, width, range) = (count, count, *range);
        let rows = PixelRows { sums, count, groups, pixels: 1, channels, width, bias, gain, range, pool: 1 };
        finish_rows(simd, &rows, output);
    }
}
