//! What the benchmarks share: the yardstick, and pictures that are no pictures.

use std::hint::black_box;
use std::time::Instant;

use ndarray::{Array2, Array4};

/// Side of the matrices behind the yardstick.
const SIDE: usize = 768;

/// GFLOP/s of single-precision matrix products (the `matrixmultiply` crate), one per processor at a time: the best of
/// several, so that other programs on the machine spoil it least.
pub fn sgemm_gflops() -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get());
    (0..5).map(|_| one_round(threads)).fold(0.0, f64::max)
}

fn one_round(threads: usize) -> f64 {
    let product = || {
        let matrix = Array2::<f32>::from_elem((SIDE, SIDE), black_box(0.5));
        let begun = Instant::now();
        (0..4).for_each(|_| drop(black_box(matrix.dot(&matrix))));
        begun.elapsed().as_secs_f64()
    };
    let slowest = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(product)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    });
    (threads * 4 * 2 * SIDE.pow(3)) as f64 / slowest / 1e9
}

/// Values between −2 and 2 that look like nothing.
#[allow(dead_code, reason = "not every benchmark shows pictures to a network")]
pub fn pictures(count: usize, side: usize) -> Array4<f32> {
    Array4::from_shape_fn((count, 3, side, side), |(n, c, y, x)| {
        ((n * 37 + c * 17 + y * 5 + x * 11) % 29) as f32 / 7.0 - 2.0
    })
}
