//! The 3×3 convolution of stride 1 by Winograd's F(4×4, 3×3): rows of 6×6 tiles are transformed, multiplied and
//! transformed back block by block.

use std::ops::Range;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use super::Task;
use super::patch::Patch;
use super::plan::{Team, blocks};
use super::weights::{POSITIONS, TileWeights};
use crate::finish::Finish;
use crate::kernel::{
    Engine, InputTiles, OutputTiles, Planes, Product, Store, TILE, forward_tiles, inverse_tiles, multiply,
};
use crate::maps::Maps;
use crate::packed::panels;
use crate::scratch::{Buffer, LINE, Scratch, with_scratch};

/// One convolution under way.
#[derive(Clone, Copy)]
struct Job<'a> {
    engine: Engine,
    weights: &'a TileWeights,
    finish: &'a Finish,
    input: &'a Maps,
    channels_out: usize,
    /// Height and width of the output before the pool.
    size: [usize; 2],
    /// Padding above and left of the picture.
    before: [usize; 2],
    tiles_x: usize,
    tiles_y: usize,
}

/// Convolves all pictures and writes the finished maps to `output`, `[pictures, height, width, channels_out]`.
pub(super) fn convolve(task: &Task<'_>, weights: &TileWeights, finish: &Finish, output: &mut [f32]) {
    let Task { engine, input, channels_out, size, .. } = *task;
    let [tiles_y, tiles_x] = size.map(|side| side.div_ceil(4));
    let before = [task.window.padding[0], task.window.padding[1]];
    let job = Job { engine, weights, finish, input, channels_out, size, before, tiles_x, tiles_y };
    let rows = input.pictures() * tiles_y;
    let plan = blocks(rows, tiles_x, input.channels(), job.padded_out(), rayon::current_num_threads());
    let ranges = (0..rows).step_by(plan.tile_rows).map(|start| start..rows.min(start + plan.tile_rows));
    let blocks: Vec<_> = split(output, ranges.map(|range| (job.output_len(range.clone()), range)));
    match plan.team {
        Team::One => blocks.into_par_iter().for_each(|(rows, output)| {
            with_scratch(|scratch| engine.run(Block { job, rows, segment: plan.segment, output, scratch }));
        }),
        Team::All => {
            blocks.into_iter().for_each(|(rows, output)| with_scratch(|scratch| together(job, rows, output, scratch)));
        }
    }
}

/// Cuts `output` into consecutive parts of the given lengths, each with its label.
fn split<T>(mut output: &mut [f32], parts: impl Iterator<Item = (usize, T)>) -> Vec<(T, &mut [f32])> {
    parts
        .map(|(len, label)| {
            let (part, rest) = std::mem::take(&mut output).split_at_mut(len);
            output = rest;
            (label, part)
        })
        .collect()
}

impl<'a> Job<'a> {
    fn padded_out(self) -> usize {
        self.channels_out.next_multiple_of(self.engine.lanes)
    }

    /// Values that a range of tile rows writes.
    fn output_len(self, rows: Range<usize>) -> usize {
        let (side, height) = (4 / self.finish.pool, self.size[0] / self.finish.pool);
        let row_len = self.size[1] / self.finish.pool * self.channels_out;
        let rows_of = |row: usize| height.saturating_sub(row % self.tiles_y * side).min(side);
        rows.map(|row| rows_of(row) * row_len).sum()
    }

    /// Values from one tile position to the next, for the inputs and for the sums of `tiles` tiles: an odd number of
    /// cache lines, so that the 36 positions of a tile do not fall into the same set of the cache.
    fn strides(self, tiles: usize) -> (usize, usize) {
        let odd = |len: usize| (len.div_ceil(LINE) | 1) * LINE;
        (odd(tiles * self.input.channels()), odd(tiles * self.padded_out()))
    }

    /// Transforms some tiles of one row of tiles.
    #[inline(always)]
    fn forward_row<S: Simd>(
        self,
        simd: S,
        row: usize,
        tiles: Range<usize>,
        planes: &mut Planes<'_>,
        strip: &mut Buffer,
    ) {
        let shape @ [_, _, channels] = [self.input.height(), self.input.width(), self.input.channels()];
        let len = self.input.picture_len();
        let picture = &self.input.data()[row / self.tiles_y * len..][..len];
        let top = (row % self.tiles_y * 4) as isize - self.before[0] as isize;
        let left = (tiles.start * 4) as isize - self.before[1] as isize;
        let columns = tiles.len() * 4 + 2;
        let patch = Patch { picture, shape, top, left, columns };
        if channels < S::F32_LANES {
            return forward_tiles(simd, &spread_patch(patch, tiles.len(), strip), planes, 0);
        }
        let strip = patch.copy(TILE, strip);
        let starts = [0, 1, 2, 3, 4, 5].map(|x| x * channels);
        for tile in 0..tiles.len() {
            let pixels = &strip[tile * 4 * channels..];
            let tiles = InputTiles { pixels, row_stride: columns * channels, columns: starts, len: channels };
            forward_tiles(simd, &tiles, planes, tile * channels);
        }
    }
}

/// Lays the pixels of a row of tiles out so that equal positions of neighbouring tiles are neighbours in memory:
/// `[6 rows][4 columns][tiles + 1][channels]`, zeros outside the picture. Then a vector spans several tiles.
#[inline(always)]
fn spread_patch<'s>(patch: Patch<'_>, tiles: usize, strip: &'s mut Buffer) -> InputTiles<'s> {
    let channels = patch.shape[2];
    let plane = (tiles + 1) * channels;
    let strip = strip.get(4 * TILE * plane);
    strip.fill(0.0);
    for (y, row) in strip.chunks_exact_mut(4 * plane).enumerate() {
        let (skipped, pixels) = patch.row(y);
        match channels {
            8 => spread::<8>(pixels, 8, skipped, plane, row),
            4 => spread::<4>(pixels, 4, skipped, plane, row),
            _ => spread::<0>(pixels, channels, skipped, plane, row),
        }
    }
    let columns = [0, 1, 2, 3, 4, 5].map(|x| x % 4 * plane + x / 4 * channels);
    InputTiles { pixels: strip, row_stride: 4 * plane, columns, len: tiles * channels }
}

/// Writes a row of pixels as `[4 columns][tiles + 1][channels]`, from column `skipped` on. `C` is the number of
/// channels where it is known when compiling, else 0.
#[inline(always)]
fn spread<const C: usize>(pixels: &[f32], channels: usize, skipped: usize, plane: usize, row: &mut [f32]) {
    for (x, source) in pixels.chunks_exact(channels).enumerate() {
        let start = (x + skipped) % 4 * plane + (x + skipped) / 4 * channels;
        let target = &mut row[start..start + channels];
        match (source.first_chunk::<C>(), target.first_chunk_mut::<C>()) {
            (Some(source), Some(target)) if C > 0 => *target = *source,
            _ => target.copy_from_slice(source),
        }
    }
}

/// A block that one thread computes alone.
struct Block<'a, 'o> {
    job: Job<'a>,
    rows: Range<usize>,
    /// Columns of tiles that are computed at a time.
    segment: usize,
    output: &'o mut [f32],
    scratch: &'o mut Scratch,
}

impl WithSimd for Block<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { job, rows, segment, output, scratch } = self;
        for start in (0..job.tiles_x).step_by(segment) {
            let columns = start..job.tiles_x.min(start + segment);
            convolve_columns(simd, job, rows.clone(), columns, output, scratch);
        }
    }
}

/// The whole way for some columns of some rows of tiles.
#[inline(always)]
fn convolve_columns<S: Simd>(
    simd: S,
    job: Job<'_>,
    rows: Range<usize>,
    columns: Range<usize>,
    output: &mut [f32],
    scratch: &mut Scratch,
) {
    let (channels, tiles) = (job.input.channels(), rows.len() * columns.len());
    let (input_stride, sum_stride) = job.strides(tiles);
    let input = scratch.input.get(POSITIONS * input_stride);
    let mut rest = Planes::new(input, input_stride, tiles * channels);
    for row in rows.clone() {
        let (mut planes, others) = rest.split_at(columns.len() * channels);
        job.forward_row(simd, row, columns.clone(), &mut planes, &mut scratch.strip);
        rest = others;
    }
    let sums = scratch.sums.get(POSITIONS * sum_stride);
    for (position, sums) in sums.chunks_exact_mut(sum_stride).enumerate() {
        let a = &input[position * input_stride..][..tiles * channels];
        for panel in panels(job.engine, job.channels_out) {
            let c = &mut sums[panel.0 * tiles..(panel.0 + panel.1) * tiles];
            multiply_panel(simd, job, position, panel, a, c);
        }
    }
    let mut output = output;
    for (index, row) in rows.enumerate() {
        let (part, rest) = output.split_at_mut(job.output_len(row..row + 1));
        inverse_tiles(simd, &output_row(job, sums, sum_stride, tiles, index, columns.clone()), part);
        output = rest;
    }
}

/// The products of one position and one panel.
#[inline(always)]
fn multiply_panel<S: Simd>(simd: S, job: Job<'_>, position: usize, panel: (usize, usize), a: &[f32], c: &mut [f32]) {
    let depth = job.input.channels();
    let b = job.weights.panel(depth, position, panel);
    let (rows, source, store) = (a.len() / depth, job.weights.source(), Store::Replace);
    multiply(
        simd,
        job.engine.max_rows,
        Product { a, row_stride: depth, starts: &[0], depth, rows, b, source, c, store },
    );
}

fn output_row<'a>(
    job: Job<'a>,
    products: &'a [f32],
    position_stride: usize,
    block_tiles: usize,
    index: usize,
    columns: Range<usize>,
) -> OutputTiles<'a> {
    let Finish { bias, gain, range, pool } = job.finish;
    OutputTiles {
        products,
        position_stride,
        block_tiles,
        first: index * columns.len(),
        columns,
        channels: job.channels_out,
        bias,
        gain,
        range: *range,
        pool: *pool,
        width: job.size[1] / pool,
    }
}

/// A block that all threads compute together: rows of tiles, then (position, panel) pairs, then rows of tiles.
fn together(job: Job<'_>, rows: Range<usize>, output: &mut [f32], scratch: &mut Scratch) {
    let (channels, tiles) = (job.input.channels(), rows.len() * job.tiles_x);
    let (input_stride, sum_stride) = job.strides(tiles);
    let input = scratch.input.get(POSITIONS * input_stride);
    let mut rest = Some(Planes::new(input, input_stride, tiles * channels));
    let parts: Vec<_> = rows
        .clone()
        .filter_map(|row| {
            let (planes, others) = rest.take()?.split_at(job.tiles_x * channels);
            rest = Some(others);
            Some((row, planes))
        })
        .collect();
    parts.into_par_iter().for_each(|(row, planes)| {
        with_scratch(|scratch| job.engine.run(ForwardRow { job, row, planes, strip: &mut scratch.strip }));
    });
    let (input, sums) = (&*input, scratch.sums.get(POSITIONS * sum_stride));
    sums.par_chunks_exact_mut(sum_stride).enumerate().for_each(|(position, sums)| {
        let a = &input[position * input_stride..][..tiles * channels];
        let panels: Vec<_> = panels(job.engine, job.channels_out).map(|panel| (panel.1 * tiles, panel)).collect();
        split(sums, panels.into_iter()).into_par_iter().for_each(|(panel, c)| {
            job.engine.run(MultiplyPanel { job, position, panel, a, c });
        });
    });
    let parts = split(output, rows.enumerate().map(|(index, row)| (job.output_len(row..row + 1), index)));
    parts.into_par_iter().for_each(|(index, output)| {
        job.engine.run(InverseRow { row: output_row(job, sums, sum_stride, tiles, index, 0..job.tiles_x), output });
    });
}

struct ForwardRow<'a, 'o> {
    job: Job<'a>,
    row: usize,
    planes: Planes<'o>,
    strip: &'o mut Buffer,
}

impl WithSimd for ForwardRow<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.job.forward_row(simd, self.row, 0..self.job.tiles_x, &mut self.planes, self.strip);
    }
}

struct MultiplyPanel<'a, 'o> {
    job: Job<'a>,
    position: usize,
    panel: (usize, usize),
    a: &'o [f32],
    c: &'o mut [f32],
}

impl WithSimd for MultiplyPanel<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        multiply_panel(simd, self.job, self.position, self.panel, self.a, self.c);
    }
}

struct InverseRow<'a, 'o> {
    row: OutputTiles<'a>,
    output: &'o mut [f32],
}

impl WithSimd for InverseRow<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        inverse_tiles(simd, &self.row, self.output);
    }
}
