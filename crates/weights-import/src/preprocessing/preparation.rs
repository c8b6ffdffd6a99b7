//! What a user says about the preparation of pictures: a convention by its name, or its numbers, and sizes.

use vgg_core::{ChannelOrder, Filter, MeanPicture, Preprocessing, Resize};

use crate::error::Flaw;
use crate::preprocessing::PreprocessingChoice;

/// All that a user says; nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preparation {
    /// A convention by its name.
    pub choice: PreprocessingChoice,
    /// Its numbers, which count more.
    pub colours: Option<Colours>,
    /// Sizes, for whatever convention it is.
    pub size: Size,
    /// The mean image, for the convention that subtracts one.
    pub mean_image: Option<MeanPicture>,
}

/// How the numbers of pixels change before the network reads them: `(value − mean) / sd`.
#[derive(Clone, Debug, PartialEq)]
pub struct Colours {
    /// The largest value of a pixel: 1 or 255.
    pub largest: u8,
    /// Subtracted, for red, green and blue, whatever the order.
    pub mean: [f32; 3],
    /// Divides, for red, green and blue, whatever the order.
    pub sd: [f32; 3],
    /// The order in which the network reads the colours.
    pub order: ChannelOrder,
}

/// How a picture comes to the size of the input; what is not said is that of the convention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// How it is resized.
    pub resize: Option<Resize>,
    /// Pixels of the shorter side, or of both where proportions change.
    pub side: Option<u32>,
    /// The filter.
    pub filter: Option<Filter>,
}

impl From<PreprocessingChoice> for Preparation {
    fn from(choice: PreprocessingChoice) -> Self {
        Self { choice, ..Self::default() }
    }
}

impl Colours {
    /// As a preprocessing with torchvision's sizes.
    ///
    /// # Errors
    /// Numbers that cannot be meant.
    pub(crate) fn preprocessing(&self, side: u32) -> Result<Preprocessing, Flaw> {
        let largest = f32::from(self.largest);
        let found = |numbers: &[f32; 3]| format!("{},{},{}", numbers[0], numbers[1], numbers[2]);
        if self.largest != 1 && self.largest != 255 {
            return Err(Flaw::option("--scale", "1 or 255, the largest value of a pixel", self.largest));
        }
        if self.sd.iter().any(|sd| !sd.is_finite() || *sd <= 0.0) {
            return Err(Flaw::option("--sd", "three numbers above 0", found(&self.sd)));
        }
        if self.mean.iter().any(|mean| !(0.0..=largest).contains(mean)) {
            let expected = format!("numbers between 0 and {largest}, as --scale {largest} says");
            return Err(Flaw::option("--mean", expected, found(&self.mean)));
        }
        if self.largest == 255 && self.mean.iter().all(|mean| (f32::MIN_POSITIVE..1.0).contains(mean)) {
            let expected = "a mean colour of values from 0 to 255 (one below 1 belongs to --scale 1)";
            return Err(Flaw::option("--mean", expected, found(&self.mean)));
        }
        let ordered = |[red, green, blue]: [f32; 3]| match self.order {
            ChannelOrder::Rgb => [red, green, blue],
            ChannelOrder::Bgr => [blue, green, red],
        };
        let scale = largest / 255.0;
        let (mean, sd) = (ordered(self.mean), ordered(self.sd));
        Ok(Preprocessing { order: self.order, scale, mean, sd, ..Preprocessing::torchvision(side) })
    }
}

impl Size {
    /// A convention with these sizes.
    ///
    /// # Errors
    /// Sizes that contradict one another.
    pub(crate) fn apply(self, prepared: Preprocessing) -> Result<Preprocessing, Flaw> {
        let (crop, resize) = (prepared.crop, self.resize.unwrap_or(prepared.resize));
        let usual = match resize {
            Resize::Shorter => prepared.shorter_side,
            Resize::Squash | Resize::None => crop,
        };
        if resize == Resize::None && self.side.is_some() {
            return Err(Flaw::option("--size", "no size, as --resize none says", self.side.unwrap_or_default()));
        }
        if resize == Resize::None && self.filter.is_some() {
            return Err(Flaw::option("--filter", "no filter, as --resize none says", "one"));
        }
        let side = self.side.unwrap_or(usual);
        if side < crop {
            let expected = format!("at least {crop}, the side of the network's input, which is cut from the picture");
            return Err(Flaw::option("--size", expected, side));
        }
        let filter = self.filter.unwrap_or(prepared.filter);
        Ok(Preprocessing { shorter_side: side, resize, filter, ..prepared })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halves() -> Colours {
        Colours { largest: 1, mean: [0.5, 0.4, 0.3], sd: [0.25, 0.5, 1.0], order: ChannelOrder::Bgr }
    }

    #[test]
    fn numbers_are_told_in_red_green_blue() {
        let prepared = halves().preprocessing(64).expect("possible");
        assert_eq!((prepared.mean, prepared.sd), ([0.3, 0.4, 0.5], [1.0, 0.5, 0.25]));
        assert_eq!((prepared.order, prepared.scale, prepared.crop), (ChannelOrder::Bgr, 1.0 / 255.0, 64));
        let large = Colours { largest: 255, mean: [127.0; 3], sd: [128.0; 3], order: ChannelOrder::Rgb };
        let prepared = large.preprocessing(64).expect("possible");
        assert_eq!((prepared.scale, prepared.mean, prepared.sd), (1.0, [127.0; 3], [128.0; 3]));
    }

    #[test]
    fn numbers_that_cannot_be_meant_are_refused() {
        let check = |colours: Colours, message: &str| {
            assert_eq!(colours.preprocessing(64).expect_err(message).to_string(), message);
        };
        check(Colours { largest: 2, ..halves() }, "--scale: expected 1 or 255, the largest value of a pixel, found 2");
        check(Colours { sd: [1.0, 0.0, 1.0], ..halves() }, "--sd: expected three numbers above 0, found 1,0,1");
        check(
            Colours { mean: [0.5, 104.0, 0.5], ..halves() },
            "--mean: expected numbers between 0 and 1, as --scale 1 says, found 0.5,104,0.5",
        );
        check(
            Colours { largest: 255, ..halves() },
            "--mean: expected a mean colour of values from 0 to 255 (one below 1 belongs to --scale 1), found 0.5,0.4,0.3",
        );
    }

    #[test]
    fn sizes_that_are_not_told_are_those_of_the_convention() {
        let torchvision = || Preprocessing::torchvision(224);
        let applied = |size: Size| size.apply(torchvision()).expect("possible");
        assert_eq!(applied(Size::default()), torchvision());
        let squash = applied(Size { resize: Some(Resize::Squash), filter: Some(Filter::Bicubic), side: None });
        assert_eq!((squash.shorter_side, squash.resize, squash.filter), (224, Resize::Squash, Filter::Bicubic));
        let plain = applied(Size { resize: Some(Resize::None), ..Size::default() });
        assert_eq!((plain.shorter_side, plain.validate()), (224, Ok(())));
        let check = |size: Size, message: &str| {
            assert_eq!(size.apply(torchvision()).expect_err(message).to_string(), message);
        };
        check(
            Size { side: Some(223), ..Size::default() },
            "--size: expected at least 224, the side of the network's input, which is cut from the picture, found 223",
        );
        let none = Size { resize: Some(Resize::None), ..Size::default() };
        check(Size { side: Some(256), ..none }, "--size: expected no size, as --resize none says, found 256");
        check(
            Size { filter: Some(Filter::Nearest), ..none },
            "--filter: expected no filter, as --resize none says, found one",
        );
    }
}
