//! Which preparation of the pictures belongs to the weights. The names and shapes of a network do not tell: under
//! torchvision's names both torchvision's own weights and conversions of the Caffe weights are handed around, whose
//! inputs differ by a factor of fifty. The wrong one gives wrong results without any error, so it is decided only by
//! what proves it — arithmetic in the file itself, or the hash of a file that is known — and asked for elsewhere.

mod preparation;

use std::str::FromStr;

use serde::Deserialize;
use vgg_core::{ChannelOrder, Filter, Preprocessing, Resize};

use crate::arithmetic::{self, Affine};
use crate::error::Flaw;
use crate::naming::Naming;
pub use preparation::{Colours, Preparation, Size};

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
    /// The file is one whose hash is known.
    Known {
        /// Its name in the list of known files.
        name: String,
        /// What its makers say.
        choice: PreprocessingChoice,
    },
}

impl FromStr for PreprocessingChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::Torchvision, Self::Caffe, Self::CaffeRgb, Self::EfficientnetLite];
        let found = all.into_iter().find(|choice| choice.name() == text);
        found.ok_or_else(|| "expected auto, torchvision, caffe, caffe-rgb or efficientnet-lite".into())
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
        }
    }

    fn preprocessing(self, side: u32) -> Option<Preprocessing> {
        let caffe = Preprocessing::caffe(side);
        match self {
            Self::Auto => None,
            Self::Torchvision => Some(Preprocessing::torchvision(side)),
            Self::Caffe => Some(caffe),
            Self::CaffeRgb => {
                let [blue, green, red] = caffe.mean;
                Some(Preprocessing { order: ChannelOrder::Rgb, mean: [red, green, blue], ..caffe })
            }
            Self::EfficientnetLite => Some(Preprocessing::efficientnet_lite(side)),
        }
    }
}

/// The preparation, and a sentence that says why.
///
/// # Errors
/// A preparation that nothing tells, one that contradicts the file, or a size that cannot be.
pub(crate) fn decide(
    preparation: &Preparation,
    evidence: Option<&Evidence>,
    naming: Option<Naming>,
    input_side: usize,
) -> Result<(Preprocessing, String), Flaw> {
    let (colours, why) = colours(preparation, evidence, naming, input_side as u32)?;
    let prepared = preparation.size.apply(colours)?;
    let why = if preparation.size == Size::default() {
        why
    } else {
        format!("{why}; {}, as asked", size_in_words(&prepared))
    };
    Ok((prepared, why))
}

fn colours(
    preparation: &Preparation,
    evidence: Option<&Evidence>,
    naming: Option<Naming>,
    side: u32,
) -> Result<(Preprocessing, String), Flaw> {
    let choice = preparation.choice;
    let asked = match &preparation.colours {
        Some(colours) => {
            Some((colours.preprocessing(side)?, "the numbers of --mean, --sd, --order and --scale".into()))
        }
        None => choice.preprocessing(side).zip(Some(format!("--preprocessing {}", choice.name()))),
    };
    if let Some(Evidence::Arithmetic { at, affine }) = evidence {
        let Some(stated) = affine.preprocessing(side) else {
            return Err(Flaw::Arithmetic { at: at.clone(), scale: affine.scale, shift: affine.shift });
        };
        let words = words(&stated);
        return match asked {
            Some((prepared, asked)) if !arithmetic::agree(&prepared, &stated) => {
                Err(Flaw::Contradiction { at: at.clone(), stated: words, asked })
            }
            _ => Ok((stated, format!("preprocessing from the file itself ({at}): {words}"))),
        };
    }
    if let Some((prepared, _)) = asked {
        let which = if preparation.colours.is_some() { words(&prepared) } else { choice.name().into() };
        return Ok((prepared, format!("preprocessing {which}: as asked")));
    }
    let known = match evidence {
        Some(Evidence::Known { name, choice }) => choice.preprocessing(side).zip(Some((name, choice))),
        _ => None,
    };
    match known {
        Some((known, (name, choice))) => {
            Ok((known, format!("preprocessing {}: this file is {name}, by its hash", choice.name())))
        }
        None => Err(Flaw::Preprocessing { reason: reason(naming) }),
    }
}

/// `RGB from 0 to 1, − [0.485, 0.456, 0.406], ÷ [0.229, 0.224, 0.225]`, mean and standard deviation in that order of the
/// colours.
pub(crate) fn words(prepared: &Preprocessing) -> String {
    let order = match prepared.order {
        ChannelOrder::Rgb => "RGB",
        ChannelOrder::Bgr => "BGR",
    };
    let largest = if prepared.scale < 1.0 { 1 } else { 255 };
    format!("{order} from 0 to {largest}, − {:?}, ÷ {:?}", prepared.mean, prepared.sd)
}

/// `shorter side 256 (bilinear), centre crop 224`.
pub(crate) fn size_in_words(prepared: &Preprocessing) -> String {
    let Preprocessing { shorter_side, crop, .. } = prepared;
    let filter = match prepared.filter {
        Filter::Bilinear => "bilinear",
        Filter::Bicubic => "bicubic",
        Filter::Lanczos => "lanczos",
        Filter::Nearest => "nearest",
    };
    match prepared.resize {
        Resize::Shorter => format!("shorter side {shorter_side} ({filter}), centre crop {crop}"),
        Resize::Squash => format!("both sides {shorter_side} ({filter}), centre crop {crop}"),
        Resize::None => format!("not resized, centre crop {crop}"),
    }
}

fn reason(naming: Option<Naming>) -> String {
    let Some(naming) = naming else {
        return "the names of the tensors do not tell where they come from".into();
    };
    let usual = match naming {
        Naming::Torchvision => {
            "Its own weights take torchvision; conversions of the Caffe weights carry the same names"
        }
        Naming::Timm | Naming::Gluon => "Its own weights take torchvision; weights trained otherwise may not",
        Naming::Keras => "Keras' own ImageNet weights take caffe; weights trained otherwise may not",
        Naming::Frossard => "The original of that file takes caffe-rgb; others may not",
        Naming::DropoutFirst | Naming::Caffe => "The original weights take caffe; others may not",
        Naming::Lite => {
            "The package's own weights take efficientnet-lite; its page shows torchvision's numbers, so weights trained \
             after that page take torchvision"
        }
    };
    format!("the names of the tensors are {}, which does not prove it. {usual}", naming.whose())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arithmetic(mean: [f64; 3], sd: [f64; 3]) -> Evidence {
        Evidence::Arithmetic { at: "Sub node \"s\"".into(), affine: Affine::normalised(mean, sd) }
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        let caffe = Preparation::from(PreprocessingChoice::Caffe);
        let (caffe, why) = decide(&caffe, None, Some(Naming::Torchvision), 64).expect("asked for");
        assert_eq!((caffe, why.as_str()), (Preprocessing::caffe(64), "preprocessing caffe: as asked"));
        let (reversed, _) =
            decide(&Preparation::from(PreprocessingChoice::CaffeRgb), None, None, 64).expect("asked for");
        assert_eq!((reversed.order, reversed.mean), (ChannelOrder::Rgb, [123.68, 116.779, 103.939]));
    }

    #[test]
    fn no_name_proves_a_preprocessing() {
        use Naming::{Caffe, DropoutFirst, Frossard, Gluon, Keras, Lite, Timm, Torchvision};
        let names = [Torchvision, DropoutFirst, Timm, Gluon, Keras, Caffe, Frossard, Lite].map(Some);
        for naming in names.into_iter().chain([None]) {
            let error = decide(&Preparation::default(), None, naming, 224).expect_err("unknown").to_string();
            let parts = ["torchvision (RGB from 0 to 1", "caffe (BGR from 0 to 255", "caffe-rgb (RGB from 0 to 255"];
            for part in parts.into_iter().chain(["efficientnet-lite (RGB from 0 to 255, minus 127"]) {
                assert!(error.contains(&format!("--preprocessing {part}")), "{error}");
            }
        }
    }

    #[test]
    fn a_known_file_decides_but_the_user_counts_more() {
        let known = Evidence::Known { name: "zoo".into(), choice: PreprocessingChoice::Torchvision };
        let (auto, why) = decide(&Preparation::default(), Some(&known), None, 64).expect("known");
        assert_eq!((auto, why.contains("this file is zoo")), (Preprocessing::torchvision(64), true));
        let (asked, _) =
            decide(&Preparation::from(PreprocessingChoice::Caffe), Some(&known), None, 64).expect("asked for");
        assert_eq!(asked, Preprocessing::caffe(64));
    }

    #[test]
    fn arithmetic_in_the_file_decides_and_must_not_be_contradicted() {
        let caffe = arithmetic([104.0, 117.0, 123.0], [1.0; 3]);
        for asked in [PreprocessingChoice::Auto, PreprocessingChoice::Caffe] {
            let (prepared, _) = decide(&asked.into(), Some(&caffe), None, 64).expect("ImageNet's mean");
            assert_eq!((prepared.order, prepared.mean), (ChannelOrder::Bgr, [104.0, 117.0, 123.0]));
        }
        let torchvision = Preparation::from(PreprocessingChoice::Torchvision);
        let error = decide(&torchvision, Some(&caffe), None, 64).expect_err("caffe").to_string();
        for part in ["Sub node \"s\"", "BGR from 0 to 255", "--preprocessing torchvision"] {
            assert!(error.contains(part), "{error}");
        }
        let halves = arithmetic([0.5; 3], [0.5; 3]);
        let error = decide(&torchvision, Some(&halves), None, 64).expect_err("open").to_string();
        assert!(error.contains("× [2.0, 2.0, 2.0] + [-1.0, -1.0, -1.0]") && error.contains("without"), "{error}");
    }

    #[test]
    fn sizes_and_filters_change_what_is_decided() {
        let known = Evidence::Known { name: "zoo".into(), choice: PreprocessingChoice::Torchvision };
        let size = Size { side: Some(232), ..Size::default() };
        let told = Preparation { size, ..Preparation::default() };
        let (prepared, why) = decide(&told, Some(&known), None, 224).expect("known");
        assert_eq!(prepared, Preprocessing { shorter_side: 232, ..Preprocessing::torchvision(224) });
        assert!(why.ends_with("; shorter side 232 (bilinear), centre crop 224, as asked"), "{why}");
    }
}
