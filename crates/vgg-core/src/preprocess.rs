//! A decoded picture becomes the input of a network: colour, resize, centre crop, channel order, scale, mean and
//! standard deviation.
//!
//! The convention belongs to the weights and travels with them. Resizing is Pillow's, which torchvision and timm apply to
//! pictures too, bit for bit, and sizes round as torchvision's `Resize` and `CenterCrop` round them.

mod resample;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use resample::Axis;
pub use resample::Filter;

/// Sides above this are a damaged file and not a network.
const MAX_SIDE: u32 = 8192;

/// How a decoded picture becomes network input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Preprocessing {
    /// Pixels of the shorter side after resizing; of both sides with [`Resize::Squash`]; the crop again with
    /// [`Resize::None`].
    pub shorter_side: u32,
    /// How the picture comes to that size.
    #[serde(default)]
    pub resize: Resize,
    /// The filter that resizes it.
    #[serde(default)]
    pub filter: Filter,
    /// Side of the square that is then cut from the centre.
    pub crop: u32,
    /// The channel order that the weights expect.
    pub order: ChannelOrder,
    /// Multiplies pixel values, which are 0 … 255: 1/255 or 1.
    pub scale: f32,
    /// Subtracted after scaling, in the channel order of the weights.
    pub mean: [f32; 3],
    /// Divides last, in the channel order of the weights.
    pub sd: [f32; 3],
}

/// How a picture comes to its size before the crop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resize {
    /// The shorter side is given, the longer one follows in proportion, rounded down: torchvision's `Resize(n)`.
    #[default]
    Shorter,
    /// Both sides are given, so that proportions change: torchvision's `Resize((n, n))`.
    Squash,
    /// It stays as it is; where it is smaller than the crop, black surrounds it: torchvision's `CenterCrop` alone.
    None,
}

/// The order in which a network expects the three colour channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelOrder {
    /// Red, green, blue: torchvision and most others.
    Rgb,
    /// Blue, green, red: Caffe, and Keras' VGG.
    Bgr,
}

/// Whether a network sees a picture in colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Colour {
    /// The picture as it is.
    #[default]
    AsIs,
    /// Grey by ITU-R 601 luma, as Pillow's `convert("L")`, before resizing; repeated over the three channels.
    Grey,
}

/// A preprocessing that no network can have.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("preprocessing: {0}")]
pub struct PreprocessingError(String);

impl PreprocessingError {
    /// The fault, without what it is a fault of.
    pub(crate) fn fault(&self) -> &str {
        &self.0
    }
}

impl Preprocessing {
    /// torchvision's convention: RGB, 0 … 1, mean and standard deviation of ImageNet; the shorter side is resized to
    /// 256 pixels for a crop of 224, and in proportion for other crops.
    pub fn torchvision(crop_side: u32) -> Self {
        Self {
            shorter_side: margin(crop_side),
            resize: Resize::Shorter,
            filter: Filter::Bilinear,
            crop: crop_side,
            order: ChannelOrder::Rgb,
            scale: 1.0 / 255.0,
            mean: [0.485, 0.456, 0.406],
            sd: [0.229, 0.224, 0.225],
        }
    }

    /// The convention of Caffe, and of Keras' VGG: BGR, 0 … 255, minus the mean colour of ImageNet.
    pub fn caffe(crop_side: u32) -> Self {
        Self {
            order: ChannelOrder::Bgr,
            scale: 1.0,
            mean: [103.939, 116.779, 123.68],
            sd: [1.0; 3],
            ..Self::torchvision(crop_side)
        }
    }

    /// The convention of EfficientNet-Lite: RGB, (value − 127) / 128 with values 0 … 255, and the bicubic filter; the
    /// shorter side is resized to 256 pixels for a crop of 224.
    ///
    /// Source: `MEAN_RGB` and `STDDEV_RGB` in `lite/efficientnet_lite_builder.py`, `CROP_PADDING` and the bicubic resizing in
    /// `preprocessing.py`, both of `models/official/efficientnet` in github.com/tensorflow/tpu. TensorFlow's filter there
    /// is not antialiased; this one is Pillow's, with which PyTorch users of these weights prepare pictures.
    pub fn efficientnet_lite(crop_side: u32) -> Self {
        Self {
            filter: Filter::Bicubic,
            mean: [127.0 / 255.0; 3],
            sd: [128.0 / 255.0; 3],
            ..Self::torchvision(crop_side)
        }
    }

    /// Checks values that were read from a file.
    ///
    /// # Errors
    /// A crop of no pixels, larger than the resized picture, or other than that of a picture that is not resized, a side
    /// above 8192, a mean or scale that is not finite, or a standard deviation that is not positive.
    pub fn validate(&self) -> Result<(), PreprocessingError> {
        let numbers = self.mean.iter().chain(&self.sd).chain([&self.scale]);
        let fault = if self.crop == 0 || self.crop > self.shorter_side || self.shorter_side > MAX_SIDE {
            format!("a crop of {} from a shorter side of {} pixels", self.crop, self.shorter_side)
        } else if self.resize == Resize::None && self.shorter_side != self.crop {
            format!("a side of {} pixels without resizing, with a crop of {}", self.shorter_side, self.crop)
        } else if numbers.into_iter().any(|number| !number.is_finite()) || self.scale == 0.0 {
            format!("scale {}, mean {:?}, sd {:?} must be finite, and scale not 0", self.scale, self.mean, self.sd)
        } else if self.sd.iter().any(|sd| *sd <= 0.0) {
            format!("the standard deviations {:?} must be positive", self.sd)
        } else {
            return Ok(());
        };
        Err(PreprocessingError(fault))
    }

    /// Turns a decoded picture into network input. A picture smaller than the crop is enlarged, unless nothing is resized.
    ///
    /// # Shapes
    /// - output: `[3, crop, crop]`, channel first, row by row
    ///
    /// A picture without pixels counts as black.
    ///
    /// # Examples
    /// ```
    /// use vgg_core::{Colour, Preprocessing};
    ///
    /// let input = Preprocessing::torchvision(224).apply(&image::RgbImage::new(640, 480), Colour::AsIs);
    /// assert_eq!(input.len(), 3 * 224 * 224);
    /// ```
    pub fn apply(&self, picture: &RgbImage, colour: Colour) -> Vec<f32> {
        let pixels = match colour {
            Colour::AsIs => self.resize_and_crop(picture),
            Colour::Grey => self.resize_and_crop(&grey(picture)),
        };
        let mut input = Vec::with_capacity(pixels.len());
        for channel in 0..3 {
            let source = match self.order {
                ChannelOrder::Rgb => channel,
                ChannelOrder::Bgr => 2 - channel,
            };
            let (mean, sd) = (self.mean[channel], self.sd[channel]);
            let values = pixels.iter().skip(source).step_by(3);
            input.extend(values.map(|&value| (f32::from(value) * self.scale - mean) / sd));
        }
        input
    }

    /// The centre crop of the resized picture, `[crop, crop, 3]` in bytes.
    fn resize_and_crop(&self, picture: &RgbImage) -> Vec<u8> {
        let (width, height) = picture.dimensions();
        if width == 0 || height == 0 {
            return vec![0; self.crop as usize * self.crop as usize * 3];
        }
        let side = self.shorter_side.max(self.crop);
        let shape = |source, other| match self.resize {
            Resize::Shorter => Some(resized(source, other, side)),
            Resize::Squash => Some(u64::from(side)),
            Resize::None => None,
        };
        match shape(width, height).zip(shape(height, width)) {
            Some((across, down)) => {
                let axis = |source, result| window(source, result, self.crop);
                resample::resample(picture, axis(width, across), axis(height, down), self.filter)
            }
            None if width < self.crop || height < self.crop => self.cut(&self.framed(picture)),
            None => self.cut(picture),
        }
    }

    /// The picture in a black frame, so that both sides are at least the crop. torchvision's `center_crop` puts the odd
    /// pixel at the right and at the bottom.
    fn framed(&self, picture: &RgbImage) -> RgbImage {
        let (width, height) = picture.dimensions();
        let before = |side: u32| self.crop.saturating_sub(side) / 2;
        let mut framed = RgbImage::new(width.max(self.crop), height.max(self.crop));
        image::imageops::replace(&mut framed, picture, i64::from(before(width)), i64::from(before(height)));
        framed
    }

    /// The centre crop of a picture that is large enough.
    fn cut(&self, picture: &RgbImage) -> Vec<u8> {
        let start = |side: u32| window(side, u64::from(side), self.crop).start as u32;
        let (left, top) = (start(picture.width()), start(picture.height()));
        image::imageops::crop_imm(picture, left, top, self.crop, self.crop).to_image().into_raw()
    }
}

/// The shorter side for a crop, in the proportion 256 : 224.
fn margin(crop: u32) -> u32 {
    (f64::from(crop) * 256.0 / 224.0).round() as u32
}

/// One side after resizing: `shorter_side`, or in proportion and rounded down if this is the longer side.
fn resized(side: u32, other: u32, shorter_side: u32) -> u64 {
    u64::from(shorter_side) * u64::from(side) / u64::from(side.min(other))
}

/// The centre crop along one axis of the resized picture.
fn window(source: u32, result: u64, crop: u32) -> Axis {
    // Python rounds halves to even, and torchvision rounds in Python.
    let start = ((result - u64::from(crop)) as f64 / 2.0).round_ties_even() as u64;
    Axis { source, result, start, count: crop }
}

/// ITU-R 601 luma in the integer arithmetic of Pillow's `convert("L")`, repeated over the three channels.
fn grey(picture: &RgbImage) -> RgbImage {
    let mut grey = picture.clone();
    for pixel in grey.pixels_mut() {
        let [red, green, blue] = pixel.0.map(u32::from);
        pixel.0 = [((red * 19_595 + green * 38_470 + blue * 7_471 + 0x8000) >> 16) as u8; 3];
    }
    grey
}

#[cfg(test)]
mod tests {
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
            Preprocessing { scale: f32::NAN, mean: [0.0; 3], sd: [1.0; 3], ..good },
            "scale NaN, mean [0.0, 0.0, 0.0], sd [1.0, 1.0, 1.0] must be finite, and scale not 0",
        );
    }

    #[test]
    fn it_reads_back_from_json_exactly() {
        let presets =
            [Preprocessing::torchvision(224), Preprocessing::caffe(224), Preprocessing::efficientnet_lite(224)];
        for written in presets {
            let text = serde_json::to_string(&written).expect("serialises");
            assert_eq!(serde_json::from_str::<Preprocessing>(&text).expect("reads"), written);
        }
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
}
