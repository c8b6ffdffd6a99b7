//! The direct convolution: the nine taps as a matrix product over rows of pixels, without copies of the windows.
//!
//! In a padded picture, channels last, the three pixels under a row of the kernel are neighbours in memory. So a row of
//! the product is a pixel, its depth is three pixels wide, and the three kernel rows are three segments. Pixels are
//! numbered through the padded rows; the few sums that straddle two rows are computed and left out.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::finish::Finish;
use crate::kernel::{Engine, PixelRows, Product, Source, Store, finish_rows, multiply};
use crate::maps::Maps;
use crate::padding::Window;
use crate::scratch::{Scratch, with_scratch};
use crate::weights::{RowWeights, panels};

/// Rows of output pixels, before the pool, that are computed at a time.
const ROWS: usize = 8;

/// Convolves all pictures and writes the finished maps to `output`, `[pictures, height, width, channels_out]`.
pub(crate) fn convolve(
    engine: Engine,
    weights: &RowWeights,
    finish: &Finish,
    input: &Maps,
    channels_out: usize,
    output: &mut [f32],
) {
    let pool = finish.pool;
    let row_len = input.width() / pool * channels_out;
    let pictures = output.par_chunks_exact_mut(input.height() / pool * row_len);
    pictures.zip(input.data().par_chunks_exact(input.picture_len())).for_each(|(output, picture)| {
        output.par_chunks_mut(ROWS / pool * row_len).enumerate().for_each(|(block, output)| {
            let (top, rows) = (block * ROWS, output.len() / row_len * pool);
            let shape = [input.height(), input.width(), input.channels(), channels_out];
            with_scratch(|scratch| {
                engine.run(Block { engine, weights, finish, picture, shape, top, rows, output, scratch });
            });
        });
    });
}

/// Some rows of one picture.
struct Block<'a, 'o> {
    engine: Engine,
    weights: &'a RowWeights,
    finish: &'a Finish,
    picture: &'a [f32],
    /// Height, width, channels in, channels out.
    shape: [usize; 4],
    top: usize,
    rows: usize,
    output: &'o mut [f32],
    scratch: &'o mut Scratch,
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { engine, weights, finish, shape: [height, width, channels, channels_out], rows, .. } = self;
        let pixels = weights.pixels;
        let padded_width = (width.next_multiple_of(pixels) + 2).next_multiple_of(pixels);
        let groups = padded_width / pixels;
        let shape = [height, width, channels];
        let window =
            Window { picture: self.picture, shape, top: self.top, left: 0, rows: rows + 2, columns: padded_width };
        let a = window.copy(&mut self.scratch.strip);
        let count = (rows - 1) * groups + width.div_ceil(pixels);
        let line = padded_width * channels;
        let starts = [0, line, 2 * line];
        let (row_stride, depth) = (pixels * channels, (pixels + 2) * channels);
        let sums = self.scratch.sums.get(count * finish.bias.len());
        for panel in panels(engine, pixels * channels_out) {
            let b = weights.panel(channels, panel);
            let c = &mut sums[panel.0 * count..(panel.0 + panel.1) * count];
            let (source, store) = (Source::Cache, Store::Replace);
            let product = Product { a, row_stride, starts: &starts, depth, rows: count, b, source, c, store };
            multiply(simd, engine.max_rows, product);
        }
        let Finish { bias, gain, floor, pool } = finish;
        let channels = channels_out;
        let rows = PixelRows { sums, count, groups, pixels, channels, width, bias, gain, floor: *floor, pool: *pool };
        finish_rows(simd, &rows, self.output);
    }
}
