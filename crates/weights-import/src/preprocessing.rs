//! Which preparation of the pictures belongs to the weights. The names and shapes of a VGG-16 do not tell: under
//! torchvision's names both torchvision's own weights and conversions of the Caffe weights are handed around, whose
//! inputs differ by a factor of fifty. The wrong one gives wrong results without any error, so it is decided only by
//! what proves it — arithmetic in the file itself, or the hash of a file that is known — and asked for elsewhere.

use std::str::FromStr;

use serde::Deserialize;
use vgg_core::{ChannelOrder, Preprocessing};

use crate::arithmetic::{self, Affine};
use crate::error::Flaw;
use crate::naming::Naming;

/// What a user asked for with `--preprocessing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum PreprocessingChoice {
    /// Decide by what the file proves, or refuse.
    #[default]
    Auto,
    /// RGB from 0 to 1, normalised with ImageNet's mean and standard deviation.
    Torchvision,
    /// BGR from 0 to 255, minus ImageNet's mean; also Keras' own weights.
    Caffe,
    /// RGB from 0 to 255, minus ImageNet's mean: the TensorFlow conversions of the Caffe weights.
    CaffeRgb,
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
        /// Its name in the list of files to fetch.
        name: String,
        /// What its makers say.
        choice: PreprocessingChoice,
    },
}

impl FromStr for PreprocessingChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::Torchvision, Self::Caffe, Self::CaffeRgb];
        let found = all.into_iter().find(|choice| choice.name() == text);
        found.ok_or_else(|| "expected auto, torchvision, caffe or caffe-rgb".into())
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
        }
    }
}

/// The preparation, and a sentence that says why.
pub(crate) fn decide(
    choice: PreprocessingChoice,
    evidence: Option<&Evidence>,
    naming: Option<Naming>,
    input_side: usize,
) -> Result<(Preprocessing, String), Flaw> {
    let side = input_side as u32;
    let asked = choice.preprocessing(side);
    if let Some(Evidence::Arithmetic { at, affine }) = evidence {
        let Some(stated) = affine.preprocessing(side) else {
            return Err(Flaw::Arithmetic { at: at.clone(), scale: affine.scale, shift: affine.shift });
        };
        let told = words(&stated);
        return match asked {
            Some(asked) if !arithmetic::agree(&asked, &stated) => {
                Err(Flaw::Contradiction { at: at.clone(), stated: told, asked: choice.name().into() })
            }
            _ => Ok((stated, format!("preprocessing from the file itself ({at}): {told}"))),
        };
    }
    if let Some(asked) = asked {
        return Ok((asked, format!("preprocessing {}: as asked", choice.name())));
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

/// `RGB from 0 to 1, − [0.485, 0.456, 0.406], ÷ [0.229, 0.224, 0.225]`.
fn words(prepared: &Preprocessing) -> String {
    let order = match prepared.order {
        ChannelOrder::Rgb => "RGB",
        ChannelOrder::Bgr => "BGR",
    };
    let largest = if prepared.scale < 1.0 { 1 } else { 255 };
    format!("{order} from 0 to {largest}, − {:?}, ÷ {:?}", prepared.mean, prepared.sd)
}

fn reason(naming: Option<Naming>) -> String {
    let (whose, usual) = match naming {
        Some(Naming::Torchvision | Naming::TorchvisionNormalised) => {
            ("torchvision's", "Its own weights take torchvision; conversions of the Caffe weights carry the same names")
        }
        Some(Naming::Timm | Naming::TimmNormalised) => {
            ("timm's", "Its own weights take torchvision; weights trained otherwise may not")
        }
        Some(Naming::Gluon) => ("MXNet Gluon's", "Its own weights take torchvision; weights trained otherwise may not"),
        Some(Naming::Keras) => ("Keras'", "Keras' own ImageNet weights take caffe; weights trained otherwise may not"),
        Some(Naming::Frossard) => {
            ("those of vgg16_weights.npz", "The original of that file takes caffe-rgb; others may not")
        }
        Some(Naming::DropoutFirst | Naming::Caffe) => {
            ("those of a conversion from Caffe", "The original weights take caffe; others may not")
        }
        None => return "the names of the tensors do not tell where they come from".into(),
    };
    format!("the names of the tensors are {whose}, which does not prove it. {usual}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arithmetic::Step;

    fn arithmetic(steps: &[Step]) -> Evidence {
        let affine = steps.iter().fold(Affine::IDENTITY, |affine, &step| affine.then(step));
        Evidence::Arithmetic { at: "Sub node \"s\"".into(), affine }
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        let (caffe, why) = decide(PreprocessingChoice::Caffe, None, Some(Naming::Torchvision), 64).expect("asked for");
        assert_eq!((caffe, why.as_str()), (Preprocessing::caffe(64), "preprocessing caffe: as asked"));
        let (reversed, _) = decide(PreprocessingChoice::CaffeRgb, None, None, 64).expect("asked for");
        assert_eq!((reversed.order, reversed.mean), (ChannelOrder::Rgb, [123.68, 116.779, 103.939]));
    }

    #[test]
    fn no_name_proves_a_preprocessing() {
        use Naming::{Caffe, DropoutFirst, Frossard, Gluon, Keras, Timm, Torchvision, TorchvisionNormalised};
        let names = [Torchvision, TorchvisionNormalised, DropoutFirst, Timm, Gluon, Keras, Caffe, Frossard].map(Some);
        for naming in names.into_iter().chain([None]) {
            let error = decide(PreprocessingChoice::Auto, None, naming, 224).expect_err("unknown").to_string();
            for part in ["torchvision (RGB from 0 to 1", "caffe (BGR from 0 to 255", "caffe-rgb (RGB from 0 to 255"] {
                assert!(error.contains(&format!("--preprocessing {part}")), "{error}");
            }
        }
    }

    #[test]
    fn a_known_file_decides_but_the_user_counts_more() {
        let known = Evidence::Known { name: "zoo".into(), choice: PreprocessingChoice::Torchvision };
        let (auto, why) = decide(PreprocessingChoice::Auto, Some(&known), None, 64).expect("known");
        assert_eq!((auto, why.contains("this file is zoo")), (Preprocessing::torchvision(64), true));
        let (asked, _) = decide(PreprocessingChoice::Caffe, Some(&known), None, 64).expect("asked for");
        assert_eq!(asked, Preprocessing::caffe(64));
    }

    #[test]
    fn arithmetic_in_the_file_decides_and_must_not_be_contradicted() {
        let caffe = arithmetic(&[Step::Subtract([104.0, 117.0, 123.0])]);
        for choice in [PreprocessingChoice::Auto, PreprocessingChoice::Caffe] {
            let (prepared, _) = decide(choice, Some(&caffe), None, 64).expect("ImageNet's mean");
            assert_eq!((prepared.order, prepared.mean), (ChannelOrder::Bgr, [104.0, 117.0, 123.0]));
        }
        let error = decide(PreprocessingChoice::Torchvision, Some(&caffe), None, 64).expect_err("caffe").to_string();
        for part in ["Sub node \"s\"", "BGR from 0 to 255", "--preprocessing torchvision"] {
            assert!(error.contains(part), "{error}");
        }
        let halves = arithmetic(&[Step::Subtract([0.5; 3]), Step::Divide([0.5; 3])]);
        let error = decide(PreprocessingChoice::Torchvision, Some(&halves), None, 64).expect_err("open").to_string();
        assert!(error.contains("× [2.0, 2.0, 2.0] + [-1.0, -1.0, -1.0]") && error.contains("without"), "{error}");
    }
}
