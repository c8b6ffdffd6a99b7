//! Which preparation of the pictures belongs to the weights. The shapes of a VGG-16 do not tell, and the wrong one
//! gives wrong results without any error, so it is decided only where the file says enough.

use std::str::FromStr;

use vgg_core::Preprocessing;

use crate::error::Flaw;
use crate::naming::Naming;

/// What a user asked for with `--preprocessing`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PreprocessingChoice {
    /// Decide by the names of the tensors, or refuse.
    #[default]
    Auto,
    /// RGB from 0 to 1, normalised with ImageNet's mean and standard deviation.
    Torchvision,
    /// BGR from 0 to 255, minus ImageNet's mean; also Keras' own weights.
    Caffe,
}

impl FromStr for PreprocessingChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "torchvision" => Ok(Self::Torchvision),
            "caffe" => Ok(Self::Caffe),
            _ => Err("expected auto, torchvision or caffe".into()),
        }
    }
}

/// The preparation, and a sentence that says why.
pub(crate) fn decide(
    choice: PreprocessingChoice,
    naming: Option<Naming>,
    input_side: usize,
) -> Result<(Preprocessing, String), Flaw> {
    let side = input_side as u32;
    let refused = |reason: &str| Err(Flaw::Preprocessing { reason: reason.into() });
    let torchvision = |why: &str| Ok((Preprocessing::torchvision(side), format!("preprocessing torchvision: {why}")));
    match (choice, naming) {
        (PreprocessingChoice::Torchvision, _) => torchvision("as asked"),
        (PreprocessingChoice::Caffe, _) => Ok((Preprocessing::caffe(side), "preprocessing caffe: as asked".into())),
        (_, Some(Naming::Torchvision)) => torchvision("the tensors carry torchvision's names"),
        (_, Some(Naming::Timm)) => torchvision("the tensors carry timm's names, whose VGG-16 is torchvision's"),
        (_, Some(Naming::Gluon)) => {
            torchvision("the tensors carry MXNet Gluon's names, and its VGG-16 (ONNX model zoo) takes the same input")
        }
        (_, Some(Naming::Keras)) => refused(
            "the tensors carry Keras' names. Keras' own ImageNet weights take caffe; weights trained otherwise may not",
        ),
        (_, Some(Naming::DropoutFirst | Naming::Caffe)) => refused(
            "the tensors carry names of a conversion from Caffe. The original weights take caffe; others may not",
        ),
        (_, None) => refused("the names of the tensors do not tell where they come from"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_taken() {
        let (caffe, why) = decide(PreprocessingChoice::Caffe, Some(Naming::Torchvision), 64).expect("asked for");
        assert_eq!((caffe, why.as_str()), (Preprocessing::caffe(64), "preprocessing caffe: as asked"));
    }

    #[test]
    fn auto_decides_where_the_names_tell_and_refuses_elsewhere() {
        let auto = |naming| decide(PreprocessingChoice::Auto, naming, 224);
        for naming in [Naming::Torchvision, Naming::Timm, Naming::Gluon] {
            assert_eq!(auto(Some(naming)).expect("known").0, Preprocessing::torchvision(224));
        }
        for naming in [Some(Naming::Keras), Some(Naming::DropoutFirst), Some(Naming::Caffe), None] {
            let error = auto(naming).expect_err("unknown").to_string();
            assert!(error.contains("--preprocessing caffe"), "{error}");
        }
    }
}
