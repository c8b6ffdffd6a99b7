//! One operation at a time.

use super::Value;
use crate::geometry::Axis;
use crate::weights::Scalar;
use crate::{AveragePool, Conv, Lrn, MaxPool, Op, Parameters, Shape};

/// The numbers of the result; shapes, arity and parameters are those of a checked graph.
pub(super) fn apply<T: Scalar>(
    op: &Op,
    inputs: &[&Value],
    parameters: Option<&Parameters<T>>,
    shape: Shape,
) -> Vec<f64> {
    match (op, parameters) {
        (Op::Conv(conv), Some(parameters)) => convolution(conv, inputs[0], parameters, shape),
        (Op::Dense(_), Some(parameters)) => dense(inputs[0], parameters),
        (Op::Add, _) => sum(inputs),
        (Op::Multiply, _) => product(inputs[0], inputs[1], shape),
        (Op::Concat, _) => inputs.iter().flat_map(|input| input.data.iter().copied()).collect(),
        (Op::MaxPool(pool), _) => max_pool(pool, inputs[0], shape),
        (Op::AveragePool(pool), _) => average_pool(pool, inputs[0], shape),
        (Op::GlobalAverage, _) => {
            let mean = |map: &[f64]| map.iter().sum::<f64>() / map.len() as f64;
            inputs[0].data.chunks_exact(inputs[0].shape.pixels()).map(mean).collect()
        }
        (Op::Activation(activation), _) => inputs[0].data.iter().map(|&x| activation.apply(x)).collect(),
        (Op::Lrn(lrn), _) => lrn_of(lrn, inputs[0]),
        // Flattening keeps the order of the numbers; an input is no operation, and weights were checked before.
        (Op::Flatten | Op::Input(_) | Op::Conv(_) | Op::Dense(_), _) => inputs[0].data.clone(),
    }
}

fn convolution<T: Scalar>(conv: &Conv, input: &Value, parameters: &Parameters<T>, shape: Shape) -> Vec<f64> {
    let reads = input.shape.channels / conv.groups;
    let gives = conv.outputs / conv.groups;
    let area = conv.kernel[0] * conv.kernel[1];
    let mut data = vec![0.0; shape.values()];
    for (output, map) in data.chunks_exact_mut(shape.pixels()).enumerate() {
        for read in 0..reads {
            let kernel = &parameters.kernel[(output * reads + read) * area..][..area];
            correlate(conv, input.channel(output / gives * reads + read), input.shape, kernel, map, shape);
        }
        if let Some(bias) = &parameters.bias {
            map.iter_mut().for_each(|y| *y += bias[output].into());
        }
    }
    data
}

/// Adds one input map, seen through one kernel, to an output map.
fn correlate<T: Scalar>(conv: &Conv, x: &[f64], from: Shape, kernel: &[T], map: &mut [f64], to: Shape) {
    let [rows, columns] = Axis::of_conv(conv);
    for (row, line) in map.chunks_exact_mut(to.width).enumerate() {
        for (tap, y) in rows.taps(row, from.height) {
            let source = &x[y * from.width..][..from.width];
            let weights = &kernel[tap * conv.kernel[1]..][..conv.kernel[1]];
            for (tap, weight) in weights.iter().enumerate() {
                add_tap(columns, tap, (*weight).into(), source, line);
            }
        }
    }
}

/// Adds one tap to a row of the output, wherever it sees the input.
fn add_tap(columns: Axis, tap: usize, weight: f64, source: &[f64], line: &mut [f64]) {
    let (reach, stride) = (tap * columns.dilation, columns.stride);
    let first = columns.before.saturating_sub(reach).div_ceil(stride);
    let start = first * stride + reach - columns.before;
    let seen = source.len().saturating_sub(start).div_ceil(stride);
    let Some(line) = line.get_mut(first..) else { return };
    if stride == 1 {
        let source = source.get(start..).unwrap_or_default();
        line.iter_mut().zip(source).for_each(|(y, x)| *y += weight * x);
    } else {
        let line = line.iter_mut().take(seen).enumerate();
        line.for_each(|(at, y)| *y += weight * source[start + at * stride]);
    }
}

fn dense<T: Scalar>(input: &Value, parameters: &Parameters<T>) -> Vec<f64> {
    let rows = parameters.kernel.chunks_exact(input.data.len()).enumerate();
    rows.map(|(output, row)| {
        let sum: f64 = row.iter().zip(&input.data).map(|(weight, x)| (*weight).into() * x).sum();
        sum + parameters.bias.as_ref().map_or(0.0, |bias| bias[output].into())
    })
    .collect()
}

fn sum(inputs: &[&Value]) -> Vec<f64> {
    let mut data = inputs[0].data.clone();
    for input in &inputs[1..] {
        data.iter_mut().zip(&input.data).for_each(|(sum, x)| *sum += x);
    }
    data
}

fn product(a: &Value, b: &Value, shape: Shape) -> Vec<f64> {
    let at = |value: &Value, index: usize| match value.shape == shape {
        true => value.data[index],
        false => value.data[index / shape.pixels()],
    };
    (0..shape.values()).map(|index| at(a, index) * at(b, index)).collect()
}

fn max_pool(pool: &MaxPool, input: &Value, shape: Shape) -> Vec<f64> {
    let [rows, columns] = Axis::of_max(pool);
    let largest = |map: &[f64], row, column| {
        let mut largest = f64::NEG_INFINITY;
        for (_, y) in rows.taps(row, input.shape.height) {
            for (_, x) in columns.taps(column, input.shape.width) {
                largest = largest.max(map[y * input.shape.width + x]);
            }
        }
        largest
    };
    over_windows(input, shape, largest)
}

fn average_pool(pool: &AveragePool, input: &Value, shape: Shape) -> Vec<f64> {
    let [rows, columns] = Axis::of_window(&pool.window, [1; 2]);
    let mean = |map: &[f64], row, column| {
        let (mut sum, mut count) = (0.0, 0);
        for (_, y) in rows.taps(row, input.shape.height) {
            for (_, x) in columns.taps(column, input.shape.width) {
                sum += map[y * input.shape.width + x];
                count += 1;
            }
        }
        if pool.count_include_pad {
            count = rows.padded_taps(row, input.shape.height) * columns.padded_taps(column, input.shape.width);
        }
        sum / count as f64
    };
    over_windows(input, shape, mean)
}

fn over_windows(input: &Value, shape: Shape, read: impl Fn(&[f64], usize, usize) -> f64) -> Vec<f64> {
    let mut data = Vec::with_capacity(shape.values());
    for map in input.data.chunks_exact(input.shape.pixels()) {
        for row in 0..shape.height {
            data.extend((0..shape.width).map(|column| read(map, row, column)));
        }
    }
    data
}

fn lrn_of(lrn: &Lrn, input: &Value) -> Vec<f64> {
    let (pixels, channels) = (input.shape.pixels(), input.shape.channels);
    let share = f64::from(lrn.alpha) / lrn.size() as f64;
    let one = |index: usize| {
        let (channel, pixel) = (index / pixels, index % pixels);
        let window = channel.saturating_sub(lrn.below)..(channel + lrn.above + 1).min(channels);
        let squares: f64 = window.map(|c| input.data[c * pixels + pixel].powi(2)).sum();
        input.data[index] / (f64::from(lrn.k) + share * squares).powf(lrn.beta.into())
    };
    (0..input.shape.values()).map(one).collect()
}
