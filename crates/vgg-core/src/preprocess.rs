//! A decoded picture becomes the input of a network: colour, resize, centre crop, channel order, scale, mean (a colour or
//! a whole picture) and standard deviation.
//!
//! The convention belongs to the weights and travels with them. Resizing is Pillow's, which torchvision and timm apply to
//! pictures too, bit for bit, and sizes round as torchvision's `Resize` and `CenterCrop` round them; or MATLAB's.

mod matlab;
mod mean_picture;
mod resample;
#[cfg(test)]
mod tests;

use image::RgbImage;
use serde::{Deserialize, Serialize};

pub use mean_picture::MeanPicture;
use resample::Axis;
pub use resample::Filter;

/// Side of EmoNet's pictures.
pub const EMONET_SIDE: u32 = 227;

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
    /// Subtracted after scaling, in the channel order of the weights; 0 where a mean picture is.
    pub mean: [f32; 3],
    /// Subtracted after scaling instead of a mean colour, pixel by pixel of the crop. Files of weights hold it as a tensor.
    #[serde(skip)]
    pub mean_picture: Option<MeanPicture>,
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
            mean_picture: None,
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

    /// The convention of EmoNet in MATLAB (Kragel et al. 2019): both sides to 227 pixels by MATLAB's cubic filter, RGB,
    /// 0 … 255, minus a mean picture (a mean colour, where all its pixels are the same), divided by nothing.
    ///
    /// Source: `readAndPreprocessImage.m` of github.com/ecco-laboratory/EmoNet, and the input layer of the network.
    pub fn emonet(mean: MeanPicture) -> Self {
        let plain = Self { filter: Filter::MatlabBicubic, ..Self::emonet_pytorch() };
        match mean.plain() {
            Some(mean) => Self { mean, ..plain },
            None => Self { mean_picture: Some(mean), ..plain },
        }
    }

    /// How users of EmoNet's port to PyTorch prepare pictures, which is not how it was trained: both sides to 227 pixels by
    /// the bilinear filter, RGB, 0 … 255, and nothing subtracted.
    ///
    /// Source: `replicate-kragel2019.py` of github.com/ecco-laboratory/emonet-pytorch.
    pub fn emonet_pytorch() -> Self {
        Self {
            shorter_side: EMONET_SIDE,
            resize: Resize::Squash,
            scale: 1.0,
            mean: [0.0; 3],
            sd: [1.0; 3],
            ..Self::torchvision(EMONET_SIDE)
        }
    }

    /// Checks values that were read from a file.
    ///
    /// # Errors
    /// A crop of no pixels, larger than the resized picture, or other than that of a picture that is not resized, a side
    /// above 8192, a mean or scale that is not finite, a mean picture of another size than the crop or beside a mean
    /// colour, or a standard deviation that is not positive.
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
            return self.check_mean_picture();
        };
        Err(PreprocessingError(fault))
    }

    fn check_mean_picture(&self) -> Result<(), PreprocessingError> {
        let (Some(picture), crop) = (&self.mean_picture, self.crop) else { return Ok(()) };
        if picture.side() != crop {
            let fault = format!("a mean image of {0}×{0} pixels for a crop of {crop}×{crop}", picture.side());
            return Err(PreprocessingError(fault));
        }
        if self.mean != [0.0; 3] {
            return Err(PreprocessingError(format!(
                "a mean image and a mean colour {:?}; there is one mean",
                self.mean
            )));
        }
        Ok(())
    }

    /// Turns a decoded picture into network input. A picture smaller than the crop is enlarged, unless nothing is resized.
    ///
    /// # Shapes
    /// - output: `[3, crop, crop]`, channel first, row by row
    ///
    /// A picture without pixels counts as black. The preprocessing must be a valid one ([`Preprocessing::validate`]).
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
            let values = pixels.iter().skip(source).step_by(3).map(|&value| f32::from(value) * self.scale);
            match &self.mean_picture {
                None => input.extend(values.map(|value| (value - mean) / sd)),
                Some(picture) => {
                    input.extend(values.zip(picture.channel(channel)).map(|(value, mean)| (value - mean) / sd));
                }
            }
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
