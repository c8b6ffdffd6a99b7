//! What is decided, and what is refused.

use vgg_core::{ChannelOrder, Filter, MeanPicture, Preprocessing, Resize};

use super::{About, Colours, Evidence, Preparation, PreprocessingChoice, Size, decide};
use crate::arithmetic::Affine;
use crate::emonet::EMONET;
use crate::naming::Naming;

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
    let other = Preparation { mean_image: Some(image([122.7, 116.7, 107.0])), ..PreprocessingChoice::Emonet.into() };
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
    assert!(error.contains("[90.0, 90.0, 90.0]") && error.contains("--mean 0,0,0 with --sd"), "{error}");
    let colours = Colours { largest: 255, mean: [0.0; 3], sd: [1.0; 3], order: ChannelOrder::Bgr };
    let told = Preparation { colours: Some(colours.clone()), ..Preparation::default() };
    let (prepared, why) = decide(&told, Some(&file), of(None, 227)).expect("told");
    assert_eq!((prepared.order, prepared.mean_picture), (ChannelOrder::Bgr, Some(image([90.0, 90.0, 90.0]))));
    assert!(why.contains("from the file itself") && why.contains("BGR from 0 to 255"), "{why}");
    let divided = Preparation { colours: Some(Colours { sd: [2.0; 3], ..colours }), ..Preparation::default() };
    let error = decide(&divided, Some(&file), of(None, 227)).expect_err("the file divides by nothing").to_string();
    assert!(error.contains("That is not the numbers of --mean"), "{error}");
    let (prepared, _) = decide(&PreprocessingChoice::Emonet.into(), Some(&file), EMONET_ITSELF).expect("told");
    assert_eq!(prepared, Preprocessing::emonet(image([90.0, 90.0, 90.0])));
    let blue = subtracted(image([104.0, 116.7, 122.7]));
    let (prepared, _) = decide(&Preparation::default(), Some(&blue), EMONET_ITSELF).expect("ImageNet's colours");
    assert_eq!((prepared.order, prepared.resize), (ChannelOrder::Bgr, Resize::Shorter), "not EmoNet's");
    let error = decide(&PreprocessingChoice::Emonet.into(), Some(&blue), EMONET_ITSELF).expect_err("BGR").to_string();
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
