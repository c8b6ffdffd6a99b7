//! Convolutions and dense layers as one matrix product with fixed tiles.

use burn_cubecl::cubecl;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;

use super::range::{INFINITY, beyond, magnitude, note};
use super::tile::{LANES, TILE_TERMS, Tile, UNITS};
use super::window::{OUTSIDE, Sliding, Window, under_tap, window_left, window_top};
use super::{dims, elem, launches, workgroup, workgroups};

/// What a launch is about.
#[derive(CubeLaunch, CubeType)]
struct Problem {
    /// The first tile of this launch.
    first_tile: u32,
    /// Pixels of the output, over all pictures.
    positions: u32,
    /// Channels that are read, without padding, and where those of the first picture begin.
    channels: u32,
    input_start: u32,
    /// Values of a picture of the input, and of one of its maps.
    input_picture: u32,
    input_plane: u32,
    /// Channels that are made, without padding, and where those of the first picture begin.
    outputs: u32,
    output_start: u32,
    /// Values of a picture of the output.
    output_picture: u32,
    /// Fetches of [`TILE_TERMS`] terms of the sum: for each tap of the kernel, or in all where taps are packed.
    fetches: u32,
    /// What a sum is raised to if it is less, and lowered to if it is more: 0 and the greatest number for a rectifier.
    floor: f32,
    ceiling: f32,
    /// Bits of the least number that the output cannot hold.
    beyond: u32,
}

/// What of a launch is part of its shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Form {
    rows: u32,
    columns: u32,
    tile: Tile,
    /// Whether terms of several taps are fetched together, and the channels that are then read, or 0.
    packed: u32,
    /// Whether the output may not hold what is a float32.
    narrow: bool,
}

impl Form {
    fn taps(self) -> u32 {
        self.rows * self.columns
    }

    /// Rounds of fetches whose terms belong to taps of their own.
    fn rounds(self) -> u32 {
        if self.packed > 0 { 1 } else { self.taps() }
    }

    /// Fetches of a unit for one tile of the input.
    fn each(self) -> u32 {
        TILE_TERMS * self.tile.positions() / UNITS
    }
}

/// Where the pixels lie that a unit fetches.
#[derive(CubeType)]
struct Source {
    /// The first of the channels that are read, in the picture of the position.
    start: u32,
    /// Where the window of the position begins.
    top: u32,
    left: u32,
    /// Whether there is such a position.
    exists: bool,
    /// The column of the tile, and the first of the unit's rows.
    column: u32,
    first_term: u32,
}

/// `min(max(W ∗ x + b, floor), ceiling)`, maps `[pictures, channels, height, width]`, zeros around them. `left_range`
/// becomes 1 where a sum is no finite float32, or the output cannot hold it.
///
/// The matrix product of weights `[taps · padded channels, padded outputs]` and the pixels under each tap, which are
/// gathered while they are fetched. A workgroup computes a tile: some output channels at positions in a row, across
/// pictures. Every sum runs over taps, then over channels, one term after the other in float32, wherever in a batch and
/// in a tile its position is: so a picture's bits depend on nothing but the picture and the driver.
#[cube(launch_unchecked)]
fn convolve<F: Float, N: Size>(
    input: &[F],
    weights: &[Vector<F, N>],
    bias: &[Vector<f32, N>],
    output: &mut [F],
    left_range: &mut [f32],
    problem: Problem,
    window: Window,
    #[comptime] form: Form,
    #[define(F)] _dtype: ElemType,
) {
    let tile = comptime!(form.tile);
    let mut weights_tile = Shared::<[Vector<f32, N>]>::new_slice(comptime!((TILE_TERMS * tile.rows) as usize));
    let mut input_tile = Shared::<[f32]>::new_slice(comptime!((TILE_TERMS * tile.positions()) as usize));

    let first = (problem.first_tile + workgroup()) * comptime!(tile.positions());
    let source = source(first, &problem, &window, form);
    let column = UNIT_POS % comptime!(tile.abreast());
    let row = UNIT_POS / comptime!(tile.abreast());
    let mut sums = Array::<Vector<f32, N>>::new(comptime!(tile.columns as usize));
    #[unroll]
    for i in 0..tile.columns {
        sums[i as usize] = Vector::new(0.0f32);
    }

    let weights_width = CUBE_COUNT_Y * tile.rows;
    let mut weights_at = (UNIT_POS / tile.rows) * weights_width + CUBE_POS_Y * tile.rows + UNIT_POS % tile.rows;
    for tap in 0..comptime!(form.rounds()) {
        let (tap_row, tap_column) = (tap / form.columns, tap % form.columns);
        let pixel = under_tap(&window, source.top, source.left, tap_row, tap_column, true);
        for fetch in 0..problem.fetches {
            if UNIT_POS < comptime!(TILE_TERMS * tile.rows) {
                weights_tile[UNIT_POS as usize] = Vector::cast_from(weights[weights_at as usize]);
            }
            weights_at += weights_width * TILE_TERMS;
            if comptime!(form.packed > 0) {
                fetch_packed::<F>(input, &mut input_tile, &source, fetch, &problem, &window, form);
            } else {
                fetch_channels::<F>(input, &mut input_tile, &source, pixel, fetch, &problem, form);
            }
            sync_cube();
            add_up::<N>(&mut sums, &weights_tile, &input_tile, row, column, tile);
            sync_cube();
        }
    }

    let outputs_at = CUBE_POS_Y * tile.rows + row;
    let bias = bias[outputs_at as usize];
    #[unroll]
    for i in 0..tile.columns {
        let position = first + column + i * comptime!(tile.abreast());
        store::<F, N>(
            output,
            left_range,
            sums[i as usize] + bias,
            outputs_at * LANES,
            position,
            &problem,
            &window,
            form,
        );
    }
}

/// The position whose pixels a unit fetches.
#[cube]
fn source(first: u32, problem: &Problem, window: &Window, #[comptime] form: Form) -> Source {
    let column = UNIT_POS % comptime!(form.tile.positions());
    let position = first + column;
    let pixel = position % window.output_plane;
    Source {
        start: problem.input_start + (position / window.output_plane) * problem.input_picture,
        top: window_top(window, pixel),
        left: window_left(window, pixel),
        exists: position < problem.positions,
        column,
        first_term: UNIT_POS / comptime!(form.tile.positions()),
    }
}

/// One tap of some channels.
#[cube]
fn fetch_channels<F: Float>(
    input: &[F],
    tile: &mut Shared<[f32]>,
    source: &Source,
    pixel: u32,
    fetch: u32,
    problem: &Problem,
    #[comptime] form: Form,
) {
    let inside = source.exists && pixel != OUTSIDE;
    #[unroll]
    for i in 0..comptime!(form.each()) {
        let term = source.first_term + i * comptime!(UNITS / form.tile.positions());
        let channel = fetch * TILE_TERMS + term;
        let mut value = 0.0f32;
        if inside && channel < problem.channels {
            value = f32::cast_from(input[(source.start + pixel + channel * problem.input_plane) as usize]);
        }
        tile[(term * comptime!(form.tile.positions()) + source.column) as usize] = value;
    }
}

/// All channels of some taps, where channels are few.
#[cube]
fn fetch_packed<F: Float>(
    input: &[F],
    tile: &mut Shared<[f32]>,
    source: &Source,
    fetch: u32,
    problem: &Problem,
    window: &Window,
    #[comptime] form: Form,
) {
    #[unroll]
    for i in 0..comptime!(form.each()) {
        let term = source.first_term + i * comptime!(UNITS / form.tile.positions());
        let whole = fetch * TILE_TERMS + term;
        let (tap, channel) = (whole / form.packed, whole % form.packed);
        let pixel = under_tap(window, source.top, source.left, tap / form.columns, tap % form.columns, true);
        let mut value = 0.0f32;
        if source.exists && tap < comptime!(form.taps()) && pixel != OUTSIDE {
            value = f32::cast_from(input[(source.start + pixel + channel * problem.input_plane) as usize]);
        }
        tile[(term * comptime!(form.tile.positions()) + source.column) as usize] = value;
    }
}

/// Adds the terms that were fetched to the sums of a unit, one after the other.
#[cube]
fn add_up<N: Size>(
    sums: &mut Array<Vector<f32, N>>,
    weights_tile: &Shared<[Vector<f32, N>]>,
    input_tile: &Shared<[f32]>,
    row: u32,
    column: u32,
    #[comptime] tile: Tile,
) {
    #[unroll]
    for term in 0..TILE_TERMS {
        let weight = weights_tile[(term * tile.rows + row) as usize];
        #[unroll]
        for i in 0..tile.columns {
            let at = term * comptime!(tile.positions()) + column + i * comptime!(tile.abreast());
            sums[i as usize] = fma(weight, Vector::new(input_tile[at as usize]), sums[i as usize]);
        }
    }
}

/// The sums of one position and neighbouring channels, as the output holds them.
#[cube]
fn store<F: Float, N: Size>(
    output: &mut [F],
    left_range: &mut [f32],
    sum: Vector<f32, N>,
    first_channel: u32,
    position: u32,
    problem: &Problem,
    window: &Window,
    #[comptime] form: Form,
) {
    let result = min(max(sum, Vector::new(problem.floor)), Vector::new(problem.ceiling));
    let picture = problem.output_start + (position / window.output_plane) * problem.output_picture;
    let start = picture + position % window.output_plane;
    // The bounds hide what is no number, so the sums themselves are looked at. Those of padding are of zeros.
    let mut most = 0u32;
    let mut most_held = 0u32;
    #[unroll]
    for lane in 0..LANES {
        let channel = first_channel + lane;
        let value = result.extract(lane as usize);
        if position < problem.positions && channel < problem.outputs {
            output[(start + channel * window.output_plane) as usize] = F::cast_from(value);
            if comptime!(form.narrow) {
                most_held = max(most_held, magnitude(value));
            }
        }
        most = max(most, magnitude(sum.extract(lane as usize)));
    }
    note(left_range, most, INFINITY);
    if comptime!(form.narrow) {
        note(left_range, most_held, problem.beyond);
    }
}

/// Some output channels of a convolution, or units of a dense layer.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Convolution {
    pub(in super::super) sliding: Sliding,
    /// The first of the channels that are read, and how many.
    pub(in super::super) reads: [usize; 2],
    /// The first of the channels that are made, and how many, without the padding of the weights.
    pub(in super::super) gives: [usize; 2],
    /// Whether the terms of all taps lie side by side in the weights, without padding between them.
    pub(in super::super) packed: bool,
    /// Bounds of the result.
    pub(in super::super) bounds: [f32; 2],
    /// Multiplications of one launch; [`MOST_MULTIPLICATIONS`](super::MOST_MULTIPLICATIONS).
    pub(in super::super) most: u64,
}

/// The result is written into `output`, whose shape says how large it is.
pub(super) fn convolved(
    [input, weights, bias, output, left_range]: [CubeTensor; 5],
    convolution: Convolution,
) -> CubeTensor {
    let [pictures, all_channels, height, width] = dims(&input);
    let [_, all_outputs, rows, columns] = dims(&output);
    let [terms, padded_outputs]: [usize; 2] = weights.meta.shape().dims();
    let Convolution { sliding, reads: [first_read, channels], gives: [first_given, outputs], packed, bounds, most } =
        convolution;
    let positions = pictures * rows * columns;
    let tile = Tile::new(outputs, positions);
    let form = Form {
        rows: sliding.kernel[0] as u32,
        columns: sliding.kernel[1] as u32,
        tile,
        packed: if packed { channels as u32 } else { 0 },
        narrow: beyond(output.dtype) != INFINITY,
    };
    let tiles = positions.div_ceil(tile.positions() as usize) as u32;
    let of_tile = u64::from(tile.positions()) * (terms * padded_outputs) as u64;
    let (plane, output_plane) = (height * width, rows * columns);
    for launched in launches(tiles, of_tile, most) {
        let problem = ProblemLaunch::new(
            launched.start,
            positions as u32,
            channels as u32,
            (first_read * plane) as u32,
            (all_channels * plane) as u32,
            plane as u32,
            outputs as u32,
            (first_given * output_plane) as u32,
            (all_outputs * output_plane) as u32,
            terms as u32 / TILE_TERMS / form.rounds(),
            bounds[0],
            bounds[1],
            beyond(output.dtype),
        );
        // SAFETY: the kernel keeps to `positions`, `channels` and `outputs`, which are those of the buffers, and to the
        // padded weights, whose size is a multiple of the tile.
        unsafe {
            convolve::launch_unchecked(
                &output.client,
                workgroups(launched.len() as u32, (padded_outputs / Tile::outputs(outputs)) as u32),
                CubeDim::new_1d(UNITS),
                LANES as usize,
                input.clone().into_buffer_arg(),
                weights.clone().into_buffer_arg(),
                bias.clone().into_buffer_arg(),
                output.clone().into_buffer_arg(),
                left_range.clone().into_buffer_arg(),
                problem,
                sliding.launch(&input, &output),
                form,
                elem(&output),
            );
        }
    }
    output
}
