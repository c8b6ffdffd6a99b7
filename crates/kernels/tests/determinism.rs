//! A picture's result has the same bits whatever batch it comes in, wherever it stands in it, and on any number of
//! threads.
#![allow(clippy::unwrap_used)]

use kernels::{Activation, Conv3x3, Dense, Epilogue, Maps};
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

/// Convolves the batch on several pools, and every picture alone, and compares bits.
fn check_conv(pictures: usize, height: usize, width: usize, channels_in: usize, channels_out: usize, seed: u64) {
    let kernel = noise(seed, channels_out * channels_in * 9);
    let conv = Conv3x3::new(&kernel, &noise(seed + 1, channels_out), channels_out, channels_in).unwrap();
    let values = noise(seed + 2, pictures * height * width * channels_in);
    let batch = Maps::new(pictures, height, width, channels_in, values.clone()).unwrap();
    let gains = noise(seed + 3, channels_out);
    let pooled = if height > 1 && width > 1 { Epilogue::GainPool(&gains) } else { Epilogue::Gain(&gains) };
    for epilogue in [Epilogue::PreActivation, pooled] {
        let expected = on_threads(1, || conv.forward(&batch, epilogue)).unwrap();
        for threads in [2, 3, 8] {
            let found = on_threads(threads, || conv.forward(&batch, epilogue)).unwrap();
            assert_eq!(bits(found.data()), bits(expected.data()), "{threads} threads");
        }
        let results = expected.data().chunks_exact(expected.picture_len());
        for (picture, expected) in values.chunks_exact(batch.picture_len()).zip(results) {
            let alone = Maps::new(1, height, width, channels_in, picture.to_vec()).unwrap();
            let found = on_threads(2, || conv.forward(&alone, epilogue)).unwrap();
            assert_eq!(bits(found.data()), bits(expected), "a picture alone");
        }
    }
}

#[test]
fn layers_like_those_of_vgg() {
    check_conv(3, 14, 14, 256, 256, 1);
    check_conv(5, 4, 4, 64, 64, 2);
    check_conv(2, 56, 60, 24, 16, 3);
    check_conv(9, 32, 32, 8, 8, 4);
    check_conv(2, 40, 33, 3, 64, 5);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn convolutions(
        pictures in 1usize..6, height in 1usize..30, width in 1usize..30,
        channels_in in 1usize..40, channels_out in 1usize..40, seed in 0u64..1000,
    ) {
        check_conv(pictures, height, width, channels_in, channels_out, seed);
    }

    #[test]
    fn dense_layers(pictures in 1usize..130, inputs in 1usize..1100, outputs in 1usize..70, seed in 0u64..1000) {
        let (matrix, bias) = (noise(seed, inputs * outputs), noise(seed + 1, outputs));
        let layer = Dense::new(&matrix, &bias, inputs, outputs).unwrap();
        let x = noise(seed + 2, pictures * inputs);
        let expected = on_threads(1, || layer.forward(&x, pictures, Activation::Relu)).unwrap();
        let found = on_threads(3, || layer.forward(&x, pictures, Activation::Relu)).unwrap();
        prop_assert_eq!(bits(&found), bits(&expected));
        for (row, expected) in x.chunks_exact(inputs).zip(expected.chunks_exact(outputs)) {
            prop_assert_eq!(bits(&layer.forward(row, 1, Activation::Relu).unwrap()), bits(expected));
        }
    }
}
