//! The direct convolution: the taps of the windows as a matrix product over rows of pixels, without copies of the windows.
//!
//! In a padded picture, channels last, the pixels under a row of the kernel are neighbours in memory. So a row of the
//! product is a pixel, its depth is as many pixels wide as the kernel, and the rows of the kernel are segments of the
//! depth. Pixels are numbered through the padded rows; the few sums that straddle two rows are computed and left out.
//! With a stride, the product steps over pixels, and rows of the picture that are a stride apart are laid one below the
//! other. With dilation, every tap is a segment.

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Task;
use super::patch::Patch;
use super::plan::rows_per_block;
use super::weights::DirectWeights;
use crate::finish::Finish;
use crate::kernel::{PixelRows, Product, Store, finish_rows, multiply};
use crate::packed::panels;
use crate::scratch::{Scratch, with_scratch};

/// Convolves all pictures and writes the finished maps to `output`, `[pictures, height, width, channels_out]`.
pub(super) fn convolve(task: &Task<'_>, weights: &DirectWeights, finish: &Finish, output: &mut [f32]) {
    let (input, pool) = (task.input, finish.pool);
    let layout = Layout::new(task, weights);
    let row_len = task.size[1] / pool * task.channels_out;
    let row_bytes = 4 * (layout.line_len * layout.phases.len() + layout.groups * finish.bias.len());
    let threads = rayon::current_num_threads();
    let rows = rows_per_block(task.size[0], input.pictures(), row_bytes, pool, threads);
    let pictures = output.par_chunks_exact_mut(task.size[0] / pool * row_len);
    pictures.zip(input.data().par_chunks_exact(input.picture_len())).for_each(|(output, picture)| {
        output.par_chunks_mut(rows / pool * row_len).enumerate().for_each(|(block, output)| {
            let (top, rows) = (block * rows, output.len() / row_len * pool);
            with_scratch(|scratch| {
                let layout = &layout;
                task.engine.run(Block { task, weights, finish, layout, picture, top, rows, output, scratch });
            });
        });
    });
}

/// How padded rows are laid out: `[phase][line][columns][channels]`, where line `i` of phase `p` is row
/// `i · stride + p` of a padded block.
struct Layout {
    /// Pixels of a padded row.
    columns: usize,
    /// Values of a padded row.
    line_len: usize,
    /// Rows of the product from one row of output pixels to the next.
    groups: usize,
    /// The phases that the kernel reads.
    phases: Vec<usize>,
    /// Lines of a phase beyond the rows of output pixels.
    reach: usize,
}

impl Layout {
    fn new(task: &Task<'_>, weights: &DirectWeights) -> Self {
        let (window, pixels) = (task.window, weights.pixels);
        let [stride_y, stride_x] = window.stride;
        let covered = (task.size[1].next_multiple_of(pixels) - 1) * stride_x + window.extent(1);
        let columns = covered.next_multiple_of(stride_x * pixels);
        let mut phases: Vec<usize> = (0..window.kernel[0]).map(|row| row * window.dilation[0] % stride_y).collect();
        phases.sort_unstable();
        phases.dedup();
        let line_len = columns * task.input.channels();
        Self {
            columns,
            line_len,
            groups: columns / (stride_x * pixels),
            phases,
            reach: (window.extent(0) - 1) / stride_y,
        }
    }

    /// Where the segments of the first output pixel start, for that many lines in each phase.
    fn starts(&self, task: &Task<'_>, segments: usize, lines: usize) -> Vec<usize> {
        let ([height, _], [stride, _]) = (task.window.kernel, task.window.stride);
        let per_row = segments / height;
        let starts = (0..height).flat_map(|row| {
            let down = row * task.window.dilation[0];
            let phase = self.phases.iter().position(|&phase| phase == down % stride).unwrap_or_default();
            let line = (phase * lines + down / stride) * self.line_len;
            (0..per_row).map(move |tap| line + tap * task.window.dilation[1] * task.input.channels())
        });
        starts.collect()
    }
}

/// Some rows of one picture.
struct Block<'a, 'o> {
    task: &'a Task<'a>,
    weights: &'a DirectWeights,
    finish: &'a Finish,
    layout: &'a Layout,
    picture: &'a [f32],
    /// First row of output pixels, before the pool.
    top: usize,
    /// Rows of output pixels, before the pool.
    rows: usize,
    output: &'o mut [f32],
    scratch: &'o mut Scratch,
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { task, weights, finish, layout, picture, top, rows, output, scratch } = self;
        let lines = rows + layout.reach;
        let a = scratch.strip.get(layout.phases.len() * lines * layout.line_len);
        lay_out(task, layout, picture, top, lines, a);
        let starts = layout.starts(task, weights.segments, lines);
        let (pixels, width) = (weights.pixels, task.size[1]);
        let count = (rows - 1) * layout.groups + width.div_ceil(pixels);
        let row_stride = pixels * task.window.stride[1] * task.input.channels();
        let sums = scratch.sums.get(count * finish.bias.len());
        for panel in panels(task.engine, pixels * task.channels_out) {
            let b = weights.panel(panel);
            let c = &mut sums[panel.0 * count..(panel.0 + panel.1) * count];
            let (source, store, depth) = (weights.source(), Store::Replace, weights.depth);
            let product = Product { a, row_stride, starts: &starts, depth, rows: count, b, source, c, store };
            multiply(simd, task.engine.max_rows, product);
        }
        let Finish { bias, gain, range, pool } = finish;
        let (channels, groups) = (task.channels_out, layout.groups);
        let rows = PixelRows { sums, count, groups, pixels, channels, width, bias, gain, range: *range, pool: *pool };
        finish_rows(simd, &rows, output);
    }
}

/// Copies the rows of the picture that a block reads, with zeros outside the picture.
#[inline(always)]
fn lay_out(task: &Task<'_>, layout: &Layout, picture: &[f32], top: usize, lines: usize, target: &mut [f32]) {
    let shape = [task.input.height(), task.input.width(), task.input.channels()];
    let stride = task.window.stride[0];
    let above = (top * stride) as isize - task.window.padding[0] as isize;
    let patch = Patch { picture, shape, top: above, left: -(task.window.padding[1] as isize), columns: layout.columns };
    for (slot, plane) in target.chunks_exact_mut(lines * layout.line_len).enumerate() {
        for (line, target) in plane.chunks_exact_mut(layout.line_len).enumerate() {
            patch.copy_row(line * stride + layout.phases[slot], target);
        }
    }
}
