use std::path::PathBuf;

use image::Rgb;
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden");

/// The pictures of tests/golden/pillow_preprocess.py.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let noise = |c: u32| {
            let h = x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663) ^ c.wrapping_mul(83_492_791);
            ((h ^ (h >> 13)).wrapping_mul(0x5BD1_E995) >> 24) as u8
        };
        let across = x * 255 / (width - 1).max(1);
        let down = y * 255 / (height - 1).max(1);
        let gradient = [across as u8, down as u8, ((x + y) * 3 % 256) as u8];
        Rgb(if (x / 8 + y / 8) % 2 == 0 { [0, 1, 2].map(noise) } else { gradient })
    })
}

/// The cases of tests/golden/pillow_filters.py: every filter and every way to the size.
#[test]
fn other_filters_and_sizes_equal_those_of_torchvision_and_pillow_byte_by_byte() {
    let text = std::fs::read_to_string(PathBuf::from(GOLDEN).join("pillow_filters.json")).expect("golden file");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let crops = image::open(PathBuf::from(GOLDEN).join("pillow_filters.png")).expect("golden crops").into_rgb8();
    let (cases, side) = (golden["cases"].as_array().expect("cases"), number(&golden["crop"]));
    let plane = (side * side) as usize;
    assert_eq!(crops.as_raw().len(), cases.len() * plane * 3, "one crop per case");
    for (case, expected) in cases.iter().zip(crops.as_raw().chunks_exact(plane * 3)) {
        let prepared = Preprocessing {
            shorter_side: number(&case["size"]),
            resize: serde_json::from_value(case["resize"].clone()).expect("a way to the size"),
            filter: serde_json::from_value(case["filter"].clone()).expect("a filter"),
            ..bytes(side)
        };
        let input = prepared.apply(&picture(number(&case["width"]), number(&case["height"])), Colour::AsIs);
        for (at, &byte) in expected.iter().enumerate() {
            assert_eq!(input[at % 3 * plane + at / 3], f32::from(byte), "{case}, byte {at}");
        }
    }
}

/// A preprocessing whose output is the resized and cropped bytes.
fn bytes(crop: u32) -> Preprocessing {
    Preprocessing { scale: 1.0, mean: [0.0; 3], sd: [1.0; 3], ..Preprocessing::torchvision(crop) }
}

fn number(value: &Value) -> u32 {
    value.as_u64().expect("a number") as u32
}

/// The preprocessing of the golden file, every case as (case, source, colour), and the expected crops.
fn golden() -> (u32, u32, Vec<(Value, RgbImage, Colour)>, RgbImage) {
    let text = std::fs::read_to_string(PathBuf::from(GOLDEN).join("pillow_preprocess.json")).expect("golden file");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let cases = golden["cases"].as_array().expect("cases").iter().map(|case| {
        let source = picture(number(&case["width"]), number(&case["height"]));
        let sum: u64 = source.as_raw().iter().map(|&byte| u64::from(byte)).sum();
        assert_eq!(Some(sum), case["source_sum"].as_u64(), "both languages draw the same picture");
        (case.clone(), source, if case["grey"] == true { Colour::Grey } else { Colour::AsIs })
    });
    let crops = image::open(PathBuf::from(GOLDEN).join("pillow_preprocess.png")).expect("golden crops").into_rgb8();
    (number(&golden["shorter_side"]), number(&golden["crop"]), cases.collect(), crops)
}

#[test]
fn crops_equal_those_of_torchvision_and_pillow_byte_by_byte() {
    let (shorter_side, crop, cases, expected) = golden();
    let plain = Preprocessing { shorter_side, crop, ..bytes(crop) };
    let plane = (crop * crop) as usize;
    assert_eq!(expected.as_raw().len(), cases.len() * plane * 3, "one crop per case");
    for (index, (case, source, colour)) in cases.iter().enumerate() {
        let input = plain.apply(source, *colour);
        for (at, &byte) in expected.as_raw()[index * plane * 3..][..plane * 3].iter().enumerate() {
            assert_eq!(input[at % 3 * plane + at / 3], f32::from(byte), "{case}, byte {at}");
        }
    }
}

#[test]
fn network_input_equals_that_of_torchvision_and_caffe() {
    let (shorter_side, crop, cases, _) = golden();
    let sampled = [(0, 0, 0), (1, 0, 31), (2, 31, 0), (0, 16, 16), (1, 5, 27), (2, 31, 31)];
    // Values reach 2.7 and 152; a few roundings of float32 in another order are below 1e-6 of that.
    let presets =
        [(Preprocessing::torchvision(crop), "torchvision", 2e-6), (Preprocessing::caffe(crop), "caffe", 1e-4)];
    for (preset, name, tolerance) in presets {
        assert_eq!((preset.shorter_side, preset.crop), (shorter_side, crop));
        for (case, source, colour) in &cases {
            let input = preset.apply(source, *colour);
            for (at, (c, row, column)) in sampled.into_iter().enumerate() {
                let expected = case[name][at].as_f64().expect("a number") as f32;
                let found = input[(c * 32 + row) * 32 + column];
                assert!((found - expected).abs() <= tolerance, "{case} {name} {at}: {found}, not {expected}");
            }
        }
    }
}

#[test]
fn a_plain_colour_gives_exactly_the_numbers_of_the_presets() {
    let picture = RgbImage::from_pixel(300, 200, Rgb([255, 51, 0]));
    let input = Preprocessing::torchvision(224).apply(&picture, Colour::AsIs);
    assert_eq!(input.len(), 3 * 224 * 224);
    for (channel, expected) in
        [(1.0 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.0 - 0.406) / 0.225].into_iter().enumerate()
    {
        assert!(input[channel * 224 * 224..][..224 * 224].iter().all(|v: &f32| (v - expected).abs() < 1e-6));
    }
    let input = Preprocessing::caffe(8).apply(&picture, Colour::AsIs);
    assert_eq!([input[0], input[64], input[128]], [0.0 - 103.939, 51.0 - 116.779, 255.0 - 123.68]);
}

#[test]
fn the_shorter_side_keeps_the_proportion_of_256_to_224() {
    let sides: Vec<u32> = [224, 64, 32, 16].map(|crop| Preprocessing::torchvision(crop).shorter_side).into();
    assert_eq!(sides, [256, 73, 37, 18]);
}

#[test]
fn grey_is_the_luma_of_pillow() {
    // Image.new("RGB", (1, 1), colour).convert("L") of Pillow 13.0.
    for (colour, luma) in [([255, 0, 0], 76), ([0, 255, 0], 150), ([0, 0, 255], 29), ([200, 100, 50], 124)] {
        assert_eq!(grey(&RgbImage::from_pixel(1, 1, Rgb(colour))).get_pixel(0, 0).0, [luma; 3], "{colour:?}");
    }
}

#[test]
fn files_with_impossible_values_are_refused() {
    let good = Preprocessing::torchvision(32);
    assert_eq!(good.validate(), Ok(()));
    let check = |bad: Preprocessing, message: &str| {
        assert_eq!(bad.validate().expect_err("impossible").to_string(), format!("preprocessing: {message}"));
    };
    check(Preprocessing { crop: 0, ..good.clone() }, "a crop of 0 from a shorter side of 37 pixels");
    check(Preprocessing { crop: 40, ..good.clone() }, "a crop of 40 from a shorter side of 37 pixels");
    check(
        Preprocessing { sd: [1.0, 0.0, 1.0], ..good.clone() },
        "the standard deviations [1.0, 0.0, 1.0] must be positive",
    );
    check(
        Preprocessing { resize: Resize::None, ..good.clone() },
        "a side of 37 pixels without resizing, with a crop of 32",
    );
    check(
        Preprocessing { scale: f32::NAN, mean: [0.0; 3], sd: [1.0; 3], ..good.clone() },
        "scale NaN, mean [0.0, 0.0, 0.0], sd [1.0, 1.0, 1.0] must be finite, and scale not 0",
    );
    let image = |side: u32| MeanPicture::new(side, vec![1.0; 3 * (side * side) as usize]).ok();
    check(
        Preprocessing { mean_picture: image(31), mean: [0.0; 3], ..good.clone() },
        "a mean image of 31×31 pixels for a crop of 32×32",
    );
    check(
        Preprocessing { mean_picture: image(32), ..good },
        "a mean image and a mean colour [0.485, 0.456, 0.406]; there is one mean",
    );
}

#[test]
fn it_reads_back_from_json_exactly() {
    let presets = [Preprocessing::torchvision(224), Preprocessing::caffe(224), Preprocessing::efficientnet_lite(224)];
    for written in presets {
        let text = serde_json::to_string(&written).expect("serialises");
        assert_eq!(serde_json::from_str::<Preprocessing>(&text).expect("reads"), written);
    }
}

/// The cases of tests/golden/matlab_imresize.py, which computes the documented rule in exact fractions.
#[test]
fn matlabs_cubic_filter_gives_the_bytes_of_the_documented_rule() {
    let text = std::fs::read_to_string(PathBuf::from(GOLDEN).join("matlab_imresize.json")).expect("golden file");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let side = number(&golden["side"]);
    let results = image::open(PathBuf::from(GOLDEN).join("matlab_imresize.png")).expect("golden pictures").into_rgb8();
    let (cases, plane) = (golden["cases"].as_array().expect("cases"), (side * side) as usize);
    assert_eq!(results.as_raw().len(), cases.len() * plane * 3, "one picture per case");
    let prepared =
        Preprocessing { shorter_side: side, resize: Resize::Squash, filter: Filter::MatlabBicubic, ..bytes(side) };
    let mut unlike_pillow = 0;
    for (case, expected) in cases.iter().zip(results.as_raw().chunks_exact(plane * 3)) {
        let source = picture(number(&case["width"]), number(&case["height"]));
        let input = prepared.apply(&source, Colour::AsIs);
        for (at, &byte) in expected.iter().enumerate() {
            assert_eq!(input[at % 3 * plane + at / 3], f32::from(byte), "{case}, byte {at}");
        }
        let pillow = Preprocessing { filter: Filter::Bicubic, ..prepared.clone() }.apply(&source, Colour::AsIs);
        unlike_pillow += usize::from(pillow != input);
    }
    assert!(unlike_pillow > cases.len() / 2, "edges and order are others than Pillow's");
}

#[test]
fn emonets_conventions_are_a_squash_to_227_pixels_without_scaling() {
    let mean: Vec<f32> = (0..3 * 227 * 227).map(|at| (at % 251) as f32 / 3.0).collect();
    let emonet = Preprocessing::emonet(MeanPicture::new(227, mean.clone()).expect("a picture"));
    assert_eq!(emonet.validate(), Ok(()));
    let picture = picture(227, 227);
    let input = emonet.apply(&picture, Colour::AsIs);
    for (at, (&found, &mean)) in input.iter().zip(&mean).enumerate() {
        let (channel, pixel) = (at / (227 * 227), at % (227 * 227));
        assert_eq!(found, f32::from(picture.as_raw()[pixel * 3 + channel]) - mean, "{at}");
    }
    let wide = RgbImage::from_pixel(800, 450, Rgb([9, 80, 250]));
    let plain = Preprocessing::emonet_pytorch();
    let input = plain.apply(&wide, Colour::AsIs);
    assert_eq!((plain.validate(), input.len()), (Ok(()), 3 * 227 * 227));
    assert_eq!([input[0], input[227 * 227], input[2 * 227 * 227]], [9.0, 80.0, 250.0], "neither scaled nor centred");
}

#[test]
fn efficientnet_lite_takes_values_from_almost_minus_one_to_one() {
    let input = |value| {
        let picture = RgbImage::from_pixel(9, 9, Rgb([value; 3]));
        Preprocessing::efficientnet_lite(8).apply(&picture, Colour::AsIs)[0]
    };
    for (value, expected) in [(0, -127.0 / 128.0), (127, 0.0), (255, 1.0)] {
        assert!((input(value) - expected).abs() < 1e-6, "{value}: {}", input(value));
    }
}

#[test]
fn a_picture_without_pixels_is_black() {
    let preset = Preprocessing::caffe(2);
    assert_eq!(preset.apply(&RgbImage::new(0, 0), Colour::AsIs), preset.apply(&RgbImage::new(9, 9), Colour::AsIs));
}

proptest! {
    /// A picture of one colour stays of that colour at any size, and no size makes it panic.
    #[test]
    fn a_plain_picture_stays_plain(width in 1u32..3000, height in 1u32..40, crop in 1u32..40, value: u8) {
        let picture = RgbImage::from_pixel(width, height, Rgb([value; 3]));
        let input = bytes(crop).apply(&picture, Colour::AsIs);
        prop_assert_eq!(input, vec![f32::from(value); (crop * crop * 3) as usize]);
    }

    #[test]
    fn a_mirrored_picture_gives_the_mirrored_input(width in 1u32..90, height in 1u32..90, half in 1u32..20) {
        // With an even margin on both sides the crop is centred exactly, so only the rounding of weights differs.
        let plain = Preprocessing { shorter_side: half * 2, crop: half * 2, ..bytes(half * 2) };
        let source = picture(width, height);
        let margin = resized(width.max(height), width.min(height), half * 2) - u64::from(half * 2);
        prop_assume!(margin.is_multiple_of(2));
        let input = plain.apply(&source, Colour::AsIs);
        let mirrored = plain.apply(&image::imageops::flip_horizontal(&source), Colour::AsIs);
        let side = half as usize * 2;
        for (at, value) in input.iter().enumerate() {
            let (line, column) = (at / side, at % side);
            prop_assert!((value - mirrored[line * side + side - 1 - column]).abs() <= 1.0);
        }
    }
}
