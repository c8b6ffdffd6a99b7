//! Which preparation of the pictures belongs to the weights. The names and shapes of a network do not tell: under
//! torchvision's names both torchvision's own weights and conversions of the Caffe weights are handed around, whose
//! inputs differ by a factor of fifty. The wrong one gives wrong results without any error, so it is decided only by
//! what proves it — arithmetic in the file itself, or the hash of a file that is known — and asked for elsewhere.

mod decide;
mod preparation;
#[cfg(test)]
mod tests;
mod words;

use std::str::FromStr;

use serde::Deserialize;
use vgg_core::{ChannelOrder, MeanPicture, Preprocessing};

use crate::arithmetic::Affine;
use crate::naming::Naming;
pub(crate) use decide::decide;
pub use preparation::{Colours, Preparation, Size};
pub(crate) use words::{size_in_words, words};

/// What a user asked for with `--preprocessing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PreprocessingChoice {
    /// Decide by what the file proves, or refuse.
    #[default]
    Auto,
    /// RGB from 0 to 1, normalised with ImageNet's mean and standard deviation.
    Torchvision,
    /// BGR from 0 to 255, minus ImageNet's mean; also Keras' own VGG weights.
    Caffe,
    /// RGB from 0 to 255, minus ImageNet's mean: the TensorFlow conversions of the Caffe weights.
    CaffeRgb,
    /// RGB from 0 to 255, minus 127, divided by 128: EfficientNet-Lite.
    EfficientnetLite,
    /// RGB from 0 to 255, minus a mean image, both sides resized to 227 as MATLAB does it: EmoNet.
    Emonet,
    /// RGB from 0 to 255, both sides resized to 227: users of EmoNet's port to PyTorch.
    EmonetPytorch,
}

/// Something that proves a preprocessing, whatever the tensors are called.
pub(crate) enum Evidence {
    /// The file prepares its own input.
    Arithmetic {
        /// The nodes or tensors that do.
        at: String,
        /// What they do, taken together.
        affine: Affine,
    },
    /// The file subtracts a mean image.
    MeanImage {
        /// The nodes that do.
        at: String,
        /// What they subtract.
        image: MeanPicture,
        /// What they divide by afterwards.
        sd: [f64; 3],
    },
    /// The file is one whose hash is known.
    Known {
        /// Its name in the list of known files.
        name: String,
        /// What its makers say.
        choice: PreprocessingChoice,
    },
}

/// What is known of a network whose preprocessing is sought.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About<'a> {
    /// Who named its tensors.
    pub naming: Option<Naming>,
    /// Its name.
    pub network: &'a str,
    /// Side of its input.
    pub side: usize,
}

const CHOICES: [PreprocessingChoice; 7] = [
    PreprocessingChoice::Auto,
    PreprocessingChoice::Torchvision,
    PreprocessingChoice::Caffe,
    PreprocessingChoice::CaffeRgb,
    PreprocessingChoice::EfficientnetLite,
    PreprocessingChoice::Emonet,
    PreprocessingChoice::EmonetPytorch,
];

impl FromStr for PreprocessingChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = CHOICES.into_iter().find(|choice| choice.name() == text);
        found.ok_or_else(|| {
            let names = CHOICES.map(|choice| choice.name().to_string());
            format!("expected {}", crate::error::and(&names, "or"))
        })
    }
}

impl TryFrom<String> for PreprocessingChoice {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl PreprocessingChoice {
    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Torchvision => "torchvision",
            Self::Caffe => "caffe",
            Self::CaffeRgb => "caffe-rgb",
            Self::EfficientnetLite => "efficientnet-lite",
            Self::Emonet => "emonet",
            Self::EmonetPytorch => "emonet-pytorch",
        }
    }

    /// The convention, where its name tells all of it.
    fn preprocessing(self, side: u32) -> Option<Preprocessing> {
        let caffe = Preprocessing::caffe(side);
        match self {
            Self::Auto | Self::Emonet => None,
            Self::Torchvision => Some(Preprocessing::torchvision(side)),
            Self::Caffe => Some(caffe),
            Self::CaffeRgb => {
                let [blue, green, red] = caffe.mean;
                Some(Preprocessing { order: ChannelOrder::Rgb, mean: [red, green, blue], ..caffe })
            }
            Self::EfficientnetLite => Some(Preprocessing::efficientnet_lite(side)),
            Self::EmonetPytorch => Some(Preprocessing::emonet_pytorch()),
        }
    }
}
