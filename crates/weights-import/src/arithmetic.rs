//! Arithmetic in front of the first convolution: the network prepares its own input, by a factor and a summand for each
//! colour. Where these numbers tell the order and the range of the colours, they are the preprocessing of the weights.
//!
//! ImageNet's mean colour is the key. It is 124, 116, 104 in red, green, blue (of 255), so a file that subtracts it
//! shows by the order of the three numbers whether red or blue comes first, and by their size whether colours run to 1
//! or to 255.

use vgg_core::{ChannelOrder, Preprocessing};

/// ImageNet's mean colour in levels of 255: red, green, blue. Caffe's 123.68, 116.779, 103.939 and the rounded 123,
/// 117, 104 lie within [`NEAR`] of it.
pub(crate) const MEAN_COLOUR: [f64; 3] = [0.485 * 255.0, 0.456 * 255.0, 0.406 * 255.0];
/// How far a mean may be from it, in levels. Green and blue are 13 levels apart, red and blue 20.
const NEAR: f64 = 2.0;

/// `scale · x + shift` in each channel of the input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Affine {
    pub scale: [f64; 3],
    pub shift: [f64; 3],
}

impl Affine {
    /// `(x − mean) / sd`
    pub fn normalised(mean: [f64; 3], sd: [f64; 3]) -> Self {
        Self { scale: sd.map(|sd| 1.0 / sd), shift: std::array::from_fn(|channel| -mean[channel] / sd[channel]) }
    }

    /// The preprocessing that this is, for pictures of `side` pixels; `None` where order or range stay open.
    pub fn preprocessing(&self, side: u32) -> Option<Preprocessing> {
        let numbers = self.scale.iter().chain(&self.shift);
        if numbers.clone().any(|number| !number.is_finite()) || self.scale.iter().any(|&scale| scale <= 0.0) {
            return None;
        }
        let mean: [f64; 3] = std::array::from_fn(|channel| -self.shift[channel] / self.scale[channel]);
        let fits = |levels: f64, order: ChannelOrder| {
            let expected = [0, 1, 2].map(|channel| MEAN_COLOUR[source(order, channel)]);
            near(mean.map(|mean| mean * levels), expected)
        };
        let readings = [255.0, 1.0].into_iter().flat_map(|levels| ORDERS.map(|order| (levels, order)));
        let (levels, order) = readings.into_iter().find(|&(levels, order)| fits(levels, order))?;
        Some(Preprocessing {
            order,
            scale: (1.0 / levels) as f32,
            mean: mean.map(|mean| mean as f32),
            sd: self.scale.map(|scale| (1.0 / scale) as f32),
            ..Preprocessing::torchvision(side)
        })
    }
}

/// Whether a mean colour is another one but for rounded constants, in levels of 255.
pub(crate) fn near(colour: [f64; 3], other: [f64; 3]) -> bool {
    colour.iter().zip(other).all(|(level, other)| (level - other).abs() < NEAR)
}

const ORDERS: [ChannelOrder; 2] = [ChannelOrder::Rgb, ChannelOrder::Bgr];

/// The place of a channel in red, green, blue.
fn source(order: ChannelOrder, channel: usize) -> usize {
    match order {
        ChannelOrder::Rgb => channel,
        ChannelOrder::Bgr => 2 - channel,
    }
}

/// Whether two preparations give the same input but for rounded constants: a level of 255 in the mean (of any pixel, where
/// it is an image), 1 % in the range.
pub(crate) fn agree(one: &Preprocessing, other: &Preprocessing) -> bool {
    let images = match (&one.mean_picture, &other.mean_picture) {
        (None, None) => true,
        (Some(ours), Some(theirs)) if ours.side() == theirs.side() => {
            let mut pairs = ours.values().iter().zip(theirs.values());
            pairs.all(|(a, b)| (a / one.scale - b / other.scale).abs() <= 1.0)
        }
        _ => false,
    };
    let levels = |prepared: &Preprocessing| prepared.mean.map(|mean| mean / prepared.scale);
    let spread = |prepared: &Preprocessing| prepared.sd.map(|sd| sd / prepared.scale);
    let close = |a: [f32; 3], b: [f32; 3], far: &dyn Fn(f32) -> f32| {
        a.into_iter().zip(b).all(|(a, b)| (a - b).abs() <= far(b.abs()))
    };
    images
        && one.order == other.order
        && close(levels(one), levels(other), &|_| 1.0)
        && close(spread(one), spread(other), &|size| 0.01 * size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEAN: [f64; 3] = [0.485, 0.456, 0.406];
    const SD: [f64; 3] = [0.229, 0.224, 0.225];

    const ONE: [f64; 3] = [1.0; 3];

    fn found(scale: [f64; 3], shift: [f64; 3]) -> Option<Preprocessing> {
        Affine { scale, shift }.preprocessing(64)
    }

    fn normalised(mean: [f64; 3], sd: [f64; 3]) -> Option<Preprocessing> {
        Affine::normalised(mean, sd).preprocessing(64)
    }

    #[test]
    fn torchvisions_numbers_are_recognised_in_both_ranges() {
        let whole = |number: f64| number * 255.0;
        for (mean, sd) in [(MEAN, SD), (MEAN.map(whole), SD.map(whole))] {
            let prepared = normalised(mean, sd).expect("ImageNet's mean");
            assert!(agree(&prepared, &Preprocessing::torchvision(64)), "{prepared:?}");
            assert_eq!((prepared.crop, prepared.shorter_side), (64, 73));
        }
    }

    #[test]
    fn order_and_range_follow_from_the_numbers() {
        let caffe = [103.939, 116.779, 123.68];
        assert_eq!(normalised(caffe, ONE), Some(Preprocessing::caffe(64)));
        let reversed = normalised([123.0, 117.0, 104.0], ONE).expect("red first");
        assert_eq!((reversed.order, reversed.mean, reversed.sd), (ChannelOrder::Rgb, [123.0, 117.0, 104.0], [1.0; 3]));
        let scaled = found([255.0; 3], caffe.map(|mean| -mean)).expect("colours to 1");
        assert!(agree(&scaled, &Preprocessing::caffe(64)), "{scaled:?}");
        let flipped = |mut numbers: [f64; 3]| {
            numbers.reverse();
            numbers
        };
        let blue = normalised(flipped(MEAN), flipped(SD)).expect("blue first");
        assert_eq!(blue.order, ChannelOrder::Bgr);
        assert!(!agree(&blue, &Preprocessing::torchvision(64)));
    }

    #[test]
    fn numbers_that_tell_too_little_are_left_open() {
        assert_eq!(found([1.0 / 255.0; 3], [0.0; 3]), None);
        assert_eq!(normalised([0.5; 3], [0.5; 3]), None);
        assert_eq!(normalised([127.5; 3], ONE), None);
        assert_eq!(found([-1.0; 3], MEAN), None, "colours turned over");
        assert_eq!(normalised(MEAN, [0.0, 1.0, 1.0]), None);
        assert_eq!(normalised([f64::NAN; 3], ONE), None);
    }
}
