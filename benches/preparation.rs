//! What surrounds the network: decoding and preprocessing of pictures, and the training of recognition heads.

mod common;

use std::hint::black_box;
use std::io::Cursor;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use image::{ImageFormat, RgbImage};
use ndarray::Array2;
use vgg_core::head::{AdamRecipe, Examples, LogisticRecipe, Recipe};
use vgg_core::{Colour, Preprocessing};

/// A picture of the size of IAPS' and NAPS', as the photographs come: JPEG.
fn jpeg() -> Vec<u8> {
    let value = |x: u32, y: u32| (128.0 + 60.0 * (x as f32 / 37.0).sin() + 60.0 * (y as f32 / 23.0).cos()) as u8;
    let picture = RgbImage::from_fn(1024, 768, |x, y| image::Rgb([value(x, y), value(y, x), value(x + y, x)]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("writes to memory");
    bytes.into_inner()
}

fn pictures(criterion: &mut Criterion) {
    println!("sgemm yardstick: {:.1} GFLOP/s on all processors", common::sgemm_gflops());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("picture.jpg");
    std::fs::write(&path, jpeg()).expect("a writable folder");
    let decoded = stimuli::decode::decode(&path).expect("just written");
    let preprocessing = Preprocessing::torchvision(224);
    let mut group = criterion.benchmark_group("pictures/1024x768");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(3)).sample_size(20);
    group
        .bench_function("decode", |bencher| bencher.iter(|| black_box(stimuli::decode::decode(&path).expect("whole"))));
    group.bench_function("preprocess", |bencher| {
        bencher.iter(|| black_box(preprocessing.apply(&decoded, Colour::AsIs)));
    });
    group.finish();
}

/// A set of the size of IAPS and the features of VGG-16: 513 training and 257 validation pictures, 4,096 units.
fn heads(criterion: &mut Criterion) {
    let examples = |count: usize| Examples {
        features: Array2::from_shape_fn((count, 4096), |(row, column)| {
            ((row * 31 + column * 17 + row * column) % 23) as f32 / 11.0
        }),
        targets: (0..count).map(|row| row % 3 == 0).collect(),
    };
    let (train, validation) = (examples(513), examples(257));
    let recipes =
        [("adam", Recipe::Adam(AdamRecipe::default())), ("logistic", Recipe::Logistic(LogisticRecipe::default()))];
    let mut group = criterion.benchmark_group("head/513x4096");
    group.sample_size(10).sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(8));
    for (name, recipe) in recipes {
        group.bench_function(name, |bencher| {
            bencher.iter(|| black_box(recipe.train(&train, &validation, 1).expect("two classes")));
        });
    }
    group.finish();
}

criterion_group!(benches, pictures, heads);
criterion_main!(benches);
