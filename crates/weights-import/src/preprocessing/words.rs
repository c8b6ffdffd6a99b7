//! A preprocessing in words.

use vgg_core::{ChannelOrder, Filter, Preprocessing, Resize};

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
