//! A picture's result has the same bits whatever batch it comes in, wherever it stands in it, and on any number of
//! threads.
#![allow(clippy::unwrap_used)]

use kernels::{Activation, Border, Conv, Dense, Epilogue, Lrn, Maps, Pool, Rounding, Window};
use kernels::{add, average_pool, concat, max_pool, multiply, spatial_mean};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..len).map(|_| random.random_range(-1.0..1.0)).collect()
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// Maps of `[pictures, height, width, channels]`.
fn batch(seed: u64, [pictures, height, width, channels]: [usize; 4]) -> Maps {
    Maps::new(pictures, height, width, channels, noise(seed, pictures * height * width * channels)).unwrap()
}

/// Runs the batch on several pools, and every picture alone, and compares bits.
fn check(batch: &Maps, run: impl Fn(&Maps) -> Maps + Sync) {
    let expected = on_threads(1, || run(batch));
    for threads in [2, 3, 8] {
        let found = on_threads(threads, || run(batch));
        assert_eq!(bits(found.data()), bits(expected.data()), "{threads} threads");
    }
    let [_, height, width, channels] = batch.shape();
    let results = expected.data().chunks_exact(expected.picture_len());
    for (picture, expected) in batch.data().chunks_exact(batch.picture_len()).zip(results) {
        let alone = Maps::new(1, height, width, channels, picture.to_vec()).unwrap();
        let found = on_threads(2, || run(&alone));
        assert_eq!(bits(found.data()), bits(expected), "a picture alone");
    }
}

fn check_conv(shape: [usize; 4], channels_out: usize, window: Window, groups: usize, seed: u64) {
    let kernel = noise(seed, channels_out * shape[3] / groups * window.taps());
    let conv = Conv::new(&kernel, &noise(seed + 1, channels_out), channels_out, shape[3], window, groups).unwrap();
    let (input, gains) = (batch(seed + 2, shape), noise(seed + 3, channels_out));
    let size = window.output_size([shape[1], shape[2]], Rounding::Floor).unwrap();
    let pool = if size.iter().all(|&side| side > 1) { Pool::Max2 } else { Pool::None };
    check(&input, |input| conv.forward(input, Epilogue::LINEAR, Pool::None).unwrap());
    check(&input, |input| conv.forward(input, Epilogue::RELU.gain(&gains), pool).unwrap());
}

const SAME: Window = Window::square(3).padding(1);

#[test]
fn layers_like_those_of_vgg() {
    check_conv([3, 14, 14, 256], 256, SAME, 1, 1);
    check_conv([5, 4, 4, 64], 64, SAME, 1, 2);
    check_conv([2, 56, 60, 24], 16, SAME, 1, 3);
    check_conv([9, 32, 32, 8], 8, SAME, 1, 4);
    check_conv([2, 40, 33, 3], 64, SAME, 1, 5);
}

#[test]
fn layers_like_those_of_other_networks() {
    check_conv([2, 67, 67, 3], 48, Window::square(11).stride(4).padding(2), 1, 1);
    check_conv([3, 13, 13, 48], 64, Window::square(5).padding(2), 2, 2);
    check_conv([3, 28, 28, 96], 32, Window::square(1), 1, 3);
    check_conv([3, 28, 26, 40], 40, SAME.stride(2), 40, 4);
    check_conv([2, 30, 28, 64], 96, SAME.stride(2), 1, 5);
}

#[test]
fn operations_between_layers() {
    let input = batch(1, [4, 13, 11, 24]);
    let window = SAME.stride(2);
    check(&input, |input| max_pool(input, &window, Rounding::Ceil).unwrap());
    check(&input, |input| average_pool(input, &window, Rounding::Ceil, Border::Counted).unwrap());
    check(&input, |input| Lrn::torch(5, 1e-4, 0.75, 1.0).unwrap().forward(input).unwrap());
    check(&input, |input| Maps::new(input.pictures(), 1, 1, 24, spatial_mean(input)).unwrap());
    check(&input, |input| {
        let mut maps = concat(&[input, input]).unwrap();
        Activation::Silu.apply(&mut maps).unwrap();
        let other = maps.clone();
        add(&mut maps, &other).unwrap();
        multiply(&mut maps, &other).unwrap();
        maps.flatten()
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolutions(
        shape in (1usize..6, 1usize..30, 1usize..30, 1usize..40), channels_out in 1usize..40, seed in 0u64..1000,
    ) {
        check_conv(shape.into(), channels_out, SAME, 1, seed);
    }

    #[test]
    fn windows(
        size in (6usize..30, 6usize..30), per_group in 1usize..9, groups in 1usize..4, side in 1usize..6,
        stride in 1usize..4, padding in 0usize..3, seed in 0u64..1000,
    ) {
        let window = Window::square(side).stride(stride).padding(padding);
        check_conv([3, size.0, size.1, per_group * groups], 3 * groups, window, groups, seed);
    }

    #[test]
    fn dense_layers(pictures in 1usize..130, inputs in 1usize..1100, outputs in 1usize..70, seed in 0u64..1000) {
        let (matrix, bias) = (noise(seed, inputs * outputs), noise(seed + 1, outputs));
        let layer = Dense::new(&matrix, &bias, inputs, outputs).unwrap();
        let x = noise(seed + 2, pictures * inputs);
        let expected = on_threads(1, || layer.forward(&x, pictures, Epilogue::RELU)).unwrap();
        let found = on_threads(3, || layer.forward(&x, pictures, Epilogue::RELU)).unwrap();
        prop_assert_eq!(bits(&found), bits(&expected));
        for (row, expected) in x.chunks_exact(inputs).zip(expected.chunks_exact(outputs)) {
            prop_assert_eq!(bits(&layer.forward(row, 1, Epilogue::RELU).unwrap()), bits(expected));
        }
    }
}
