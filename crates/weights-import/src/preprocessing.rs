//! Which preparation of the pictures belongs to the weights. The names and shapes of a network do not tell: under
//! torchvision's names both torchvision's own weights and conversions of the Caffe weights are handed around, whose
//! inputs differ by a factor of fifty. The wrong one gives wrong results without any error, so it is decided only by
//! what proves it — arithmetic in the file itself, or the hash of a file that is known — and asked for elsewhere.

mod preparation;

use std::str::FromStr;

use serde::Deserialize;
use vgg_core::{ChannelOrder, EMONET_SIDE, Filter, MeanPicture, Preprocessing, Resize};

use crate::arithmetic::{self, Affine};
use crate::emonet::EMONET;
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
    if let Some((at, stated)) = stated(evidence, choice, about)? {
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
            Some((colours.preprocessing(side)?, "the numbers of --mean, --sd, --order and --scale".into()))
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

/// What the file does to its pictures, and where.
///
/// # Errors
/// Arithmetic that leaves order or range of the colours open.
fn stated<'e>(
    evidence: Option<&'e Evidence>,
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
    // Where the mean colour of an image is not ImageNet's, the user may say that it is EmoNet's.
    let told =
        || (choice == PreprocessingChoice::Emonet && affine.scale == [1.0; 3]).then(Preprocessing::emonet_pytorch);
    let read = affine.preprocessing(about.side as u32).or_else(|| image.and_then(|_| told()));
    let Some(mut stated) = read else {
        return Err(Flaw::Arithmetic { at: at.clone(), scale: affine.scale, shift: affine.shift });
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

/// `RGB from 0 to 1, − [0.485, 0.456, 0.406], ÷ [0.229, 0.224, 0.225]`, mean and standard deviation in that order of the
/// colours.
pub(crate) fn words(prepared: &Preprocessing) -> String {
    let order = match prepared.order {
        ChannelOrder::Rgb => "RGB",
        ChannelOrder::Bgr => "BGR",
    };
    let largest = if prepared.scale < 1.0 { 1 } else { 255 };
    let mean = match &prepared.mean_picture {
        None => format!("{:?}", prepared.mean),
        Some(image) => {
            let (side, colour, sha256) = (image.side(), image.colour(), image.sha256());
            format!("a mean image of {side}×{side} (mean colour {colour:.1?}, sha256 {sha256})")
        }
    };
    format!("{order} from 0 to {largest}, − {mean}, ÷ {:?}", prepared.sd)
}

/// `shorter side 256 (bilinear), centre crop 224`.
pub(crate) fn size_in_words(prepared: &Preprocessing) -> String {
    let Preprocessing { shorter_side, crop, .. } = prepared;
    let filter = match prepared.filter {
        Filter::Bilinear => "bilinear",
        Filter::Bicubic => "bicubic",
        Filter::Lanczos => "lanczos",
        Filter::Nearest => "nearest",
        Filter::MatlabBicubic => "MATLAB's bicubic",
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
        Naming::EmonetPytorch | Naming::EmonetPy => {
            "EmoNet itself takes emonet, with the mean image that MATLAB subtracts (--mean-image); uses of its port to \
             PyTorch take emonet-pytorch"
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

    fn of(naming: Option<Naming>, side: usize) -> About<'static> {
        About { naming, network: "mine", side }
    }

    const EMONET_ITSELF: About<'static> = About { naming: Some(Naming::EmonetPy), network: EMONET, side: 227 };

    /// An image around a mean colour.
    fn image(colour: [f32; 3]) -> MeanPicture {
        let value = |at: usize| colour[at / (227 * 227)] + (at % 3) as f32 - 1.0;
        MeanPicture::new(227, (0..3 * 227 * 227).map(value).collect()).expect("an image")
    }

    const RED_FIRST: [f32; 3] = [122.7, 116.7, 104.0];

    fn subtracted(image: MeanPicture) -> Evidence {
        Evidence::MeanImage { at: "Sub node \"s\"".into(), image, sd: [1.0; 3] }
    }

    #[test]
    fn emonet_takes_the_image_that_it_is_given_and_none_by_itself() {
        let with = |image| Preparation { mean_image: image, ..PreprocessingChoice::Emonet.into() };
        let given = with(Some(image(RED_FIRST)));
        let (prepared, why) = decide(&given, None, EMONET_ITSELF).expect("all is told");
        assert_eq!(prepared, Preprocessing::emonet(image(RED_FIRST)));
        assert_eq!(why, "preprocessing emonet: as asked");
        let error = decide(&with(None), None, EMONET_ITSELF).expect_err("no image").to_string();
        assert!(error.contains("--mean-image: img_mean.txt") && error.contains("emonet-pytorch"), "{error}");
        let pytorch = PreprocessingChoice::EmonetPytorch;
        let (prepared, _) = decide(&pytorch.into(), None, EMONET_ITSELF).expect("asked for");
        assert_eq!(prepared, Preprocessing::emonet_pytorch());
        let beside = Preparation { mean_image: Some(image(RED_FIRST)), ..pytorch.into() };
        let error = decide(&beside, None, EMONET_ITSELF).expect_err("no place for it").to_string();
        assert!(error.contains("--mean-image: expected --preprocessing emonet") && error.contains("found"), "{error}");
        let bicubic = Size { filter: Some(Filter::Bicubic), ..Size::default() };
        let (prepared, why) = decide(&Preparation { size: bicubic, ..given }, None, EMONET_ITSELF).expect("told");
        assert_eq!((prepared.filter, prepared.resize, prepared.shorter_side), (Filter::Bicubic, Resize::Squash, 227));
        assert!(why.ends_with("both sides 227 (bicubic), centre crop 227, as asked"), "{why}");
    }

    #[test]
    fn emonets_conventions_are_refused_to_other_networks() {
        let check = |network, side, parts: &[&str]| {
            for choice in [PreprocessingChoice::Emonet, PreprocessingChoice::EmonetPytorch] {
                let about = About { naming: None, network, side };
                let error = decide(&choice.into(), None, about).expect_err("another network").to_string();
                assert!(parts.iter().all(|part| error.contains(part)), "{error}");
            }
        };
        check("alexnet", 224, &["96, 256, 384, 384 and 256", "torchvision's AlexNet, of 64, 192"]);
        check("alexnet-caffe", 99, &["alexnet-caffe for pictures of 99×99"]);
        check("vgg16", 227, &["vgg16 for pictures of 227×227"]);
    }

    #[test]
    fn an_image_in_the_file_is_the_preprocessing() {
        let file = subtracted(image(RED_FIRST));
        for choice in [PreprocessingChoice::Auto, PreprocessingChoice::Emonet] {
            let (prepared, why) = decide(&choice.into(), Some(&file), EMONET_ITSELF).expect("ImageNet's colours");
            assert_eq!(prepared, Preprocessing::emonet(image(RED_FIRST)));
            assert!(why.contains("Sub node \"s\"") && why.contains("a mean image of 227×227 (mean colour"), "{why}");
        }
        for choice in [PreprocessingChoice::EmonetPytorch, PreprocessingChoice::CaffeRgb] {
            let error = decide(&choice.into(), Some(&file), EMONET_ITSELF).expect_err("otherwise").to_string();
            assert!(error.contains("a mean image of") && error.contains("That is not --preprocessing"), "{error}");
        }
        let other =
            Preparation { mean_image: Some(image([122.7, 116.7, 107.0])), ..PreprocessingChoice::Emonet.into() };
        let error = decide(&other, Some(&file), EMONET_ITSELF).expect_err("another image").to_string();
        assert!(error.contains("That is not --preprocessing emonet with --mean-image"), "{error}");
        let caffe = About { network: "alexnet-caffe", ..EMONET_ITSELF };
        let (prepared, _) = decide(&Preparation::default(), Some(&file), caffe).expect("ImageNet's colours");
        assert_eq!((prepared.resize, prepared.mean_picture), (Resize::Shorter, Some(image(RED_FIRST))));
    }

    #[test]
    fn an_image_of_other_colours_leaves_their_order_open() {
        let file = subtracted(image([90.0, 90.0, 90.0]));
        let error = decide(&Preparation::default(), Some(&file), EMONET_ITSELF).expect_err("open").to_string();
        assert!(error.contains("do not tell which colour comes first"), "{error}");
        let (prepared, _) = decide(&PreprocessingChoice::Emonet.into(), Some(&file), EMONET_ITSELF).expect("told");
        assert_eq!(prepared, Preprocessing::emonet(image([90.0, 90.0, 90.0])));
        let blue = subtracted(image([104.0, 116.7, 122.7]));
        let (prepared, _) = decide(&Preparation::default(), Some(&blue), EMONET_ITSELF).expect("ImageNet's colours");
        assert_eq!((prepared.order, prepared.resize), (ChannelOrder::Bgr, Resize::Shorter), "not EmoNet's");
        let error =
            decide(&PreprocessingChoice::Emonet.into(), Some(&blue), EMONET_ITSELF).expect_err("BGR").to_string();
        assert!(error.contains("BGR from 0 to 255") && error.contains("That is not --preprocessing emonet"), "{error}");
    }

    #[test]
    fn what_is_asked_for_is_taken() {
        let caffe = Preparation::from(PreprocessingChoice::Caffe);
        let (caffe, why) = decide(&caffe, None, of(Some(Naming::Torchvision), 64)).expect("asked for");
        assert_eq!((caffe, why.as_str()), (Preprocessing::caffe(64), "preprocessing caffe: as asked"));
        let (reversed, _) =
            decide(&Preparation::from(PreprocessingChoice::CaffeRgb), None, of(None, 64)).expect("asked for");
        assert_eq!((reversed.order, reversed.mean), (ChannelOrder::Rgb, [123.68, 116.779, 103.939]));
    }

    #[test]
    fn no_name_proves_a_preprocessing() {
        use Naming::{Caffe, DropoutFirst, EmonetPy, EmonetPytorch, Frossard, Gluon, Keras, Lite, Timm, Torchvision};
        let names =
            [Torchvision, DropoutFirst, Timm, Gluon, Keras, Caffe, Frossard, Lite, EmonetPy, EmonetPytorch].map(Some);
        for naming in names.into_iter().chain([None]) {
            let error = decide(&Preparation::default(), None, of(naming, 224)).expect_err("unknown").to_string();
            let parts = ["torchvision (RGB from 0 to 1", "caffe (BGR from 0 to 255", "caffe-rgb (RGB from 0 to 255"];
            for part in parts.into_iter().chain(["efficientnet-lite (RGB from 0 to 255, minus 127"]) {
                assert!(error.contains(&format!("--preprocessing {part}")), "{error}");
            }
        }
    }

    #[test]
    fn a_known_file_decides_but_the_user_counts_more() {
        let known = Evidence::Known { name: "zoo".into(), choice: PreprocessingChoice::Torchvision };
        let (auto, why) = decide(&Preparation::default(), Some(&known), of(None, 64)).expect("known");
        assert_eq!((auto, why.contains("this file is zoo")), (Preprocessing::torchvision(64), true));
        let (asked, _) =
            decide(&Preparation::from(PreprocessingChoice::Caffe), Some(&known), of(None, 64)).expect("asked for");
        assert_eq!(asked, Preprocessing::caffe(64));
    }

    #[test]
    fn arithmetic_in_the_file_decides_and_must_not_be_contradicted() {
        let caffe = arithmetic([104.0, 117.0, 123.0], [1.0; 3]);
        for asked in [PreprocessingChoice::Auto, PreprocessingChoice::Caffe] {
            let (prepared, _) = decide(&asked.into(), Some(&caffe), of(None, 64)).expect("ImageNet's mean");
            assert_eq!((prepared.order, prepared.mean), (ChannelOrder::Bgr, [104.0, 117.0, 123.0]));
        }
        let torchvision = Preparation::from(PreprocessingChoice::Torchvision);
        let error = decide(&torchvision, Some(&caffe), of(None, 64)).expect_err("caffe").to_string();
        for part in ["Sub node \"s\"", "BGR from 0 to 255", "--preprocessing torchvision"] {
            assert!(error.contains(part), "{error}");
        }
        let halves = arithmetic([0.5; 3], [0.5; 3]);
        let error = decide(&torchvision, Some(&halves), of(None, 64)).expect_err("open").to_string();
        assert!(error.contains("× [2.0, 2.0, 2.0] + [-1.0, -1.0, -1.0]") && error.contains("without"), "{error}");
    }

    #[test]
    fn sizes_and_filters_change_what_is_decided() {
        let known = Evidence::Known { name: "zoo".into(), choice: PreprocessingChoice::Torchvision };
        let size = Size { side: Some(232), ..Size::default() };
        let told = Preparation { size, ..Preparation::default() };
        let (prepared, why) = decide(&told, Some(&known), of(None, 224)).expect("known");
        assert_eq!(prepared, Preprocessing { shorter_side: 232, ..Preprocessing::torchvision(224) });
        assert!(why.ends_with("; shorter side 232 (bilinear), centre crop 224, as asked"), "{why}");
    }
}
