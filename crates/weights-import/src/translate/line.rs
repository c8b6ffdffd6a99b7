//! A factor and a summand per channel, which disappear into the weights before them.

use graph::{BatchNorm, Conv, Parameters, WeightsError};

/// `scale · x + shift` in each channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub scale: Vec<f64>,
    pub shift: Vec<f64>,
    /// What is added to every pixel as well, `channel × row × column`: a mean image. Only lines in front of the network
    /// have it.
    pub image: Option<Vec<f64>>,
    /// Whether a batch normalisation is part of it, which belongs to the network. In front of the network all other
    /// lines prepare the pictures.
    pub norms: usize,
    /// The nodes that it is made of, for messages; the first few of them.
    pub at: Vec<String>,
}

/// More would bury a message.
const SHOWN: usize = 8;

impl Line {
    /// The same for all channels.
    pub fn uniform(channels: usize, scale: f64, shift: f64, at: String) -> Self {
        Self { scale: vec![scale; channels], shift: vec![shift; channels], image: None, norms: 0, at: vec![at] }
    }

    /// An image that is added.
    pub fn of_image(channels: usize, image: Vec<f64>, at: String) -> Self {
        Self { image: Some(image), ..Self::uniform(channels, 1.0, 0.0, at) }
    }

    /// This line, and then another one.
    pub fn then(&self, next: &Self) -> Self {
        let both = |first: &[f64]| first.iter().zip(&next.scale).map(|(a, b)| a * b).collect::<Vec<f64>>();
        let mut shift = both(&self.shift);
        shift.iter_mut().zip(&next.shift).for_each(|(shift, more)| *shift += more);
        let at = self.at.iter().chain(&next.at).take(SHOWN).cloned().collect();
        let image = self.image_then(next);
        Self { scale: both(&self.scale), shift, image, norms: self.norms + next.norms, at }
    }

    /// The image of this line, scaled by another one, and that one's own.
    fn image_then(&self, next: &Self) -> Option<Vec<f64>> {
        let mut image = match (&self.image, &next.image) {
            (None, other) => return other.clone(),
            (Some(own), _) => own.clone(),
        };
        let plane = (image.len() / next.scale.len().max(1)).max(1);
        for (pixels, scale) in image.chunks_mut(plane).zip(&next.scale) {
            pixels.iter_mut().for_each(|pixel| *pixel *= scale);
        }
        image.iter_mut().zip(next.image.iter().flatten()).for_each(|(pixel, more)| *pixel += more);
        Some(image)
    }

    /// Whether it changes nothing but the last digits of float32.
    pub fn is_identity(&self) -> bool {
        let unscaled = self.scale.iter().all(|scale| (scale - 1.0).abs() < 1e-7);
        unscaled && self.shift.iter().all(|shift| shift.abs() < 1e-12) && self.image.is_none()
    }

    /// The factor and the summand that all channels have, if they have one.
    pub fn same(&self) -> Option<(f64, f64)> {
        let (&scale, &shift) = self.scale.first().zip(self.shift.first())?;
        let same = |numbers: &[f64], first: f64| numbers.iter().all(|&number| number == first);
        (same(&self.scale, scale) && same(&self.shift, shift) && self.image.is_none()).then_some((scale, shift))
    }

    /// The weights of a layer with this line behind it.
    pub fn fold(&self, node: &str, parameters: Parameters) -> Result<Parameters, WeightsError> {
        self.norm().fold(node, parameters)
    }

    /// The line as a layer of its own.
    pub fn as_depthwise(&self, node: &str) -> Result<(Conv, Parameters), WeightsError> {
        self.norm().as_depthwise(node)
    }

    /// A normalisation with a mean of 0 and a variance of 1 is the line itself.
    fn norm(&self) -> BatchNorm {
        let channels = self.scale.len();
        let (mean, variance) = (vec![0.0; channels], vec![1.0; channels]);
        BatchNorm { scale: self.scale.clone(), shift: self.shift.clone(), mean, variance, epsilon: 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_scaled_and_added_pixel_by_pixel() {
        let image = |numbers: [f64; 4]| Line::of_image(2, numbers.to_vec(), "image".into());
        let scaled = Line { scale: vec![2.0, 3.0], ..Line::uniform(2, 1.0, 5.0, "node".into()) };
        let both = image([1.0, 2.0, 3.0, 4.0]).then(&scaled);
        assert_eq!((both.image, both.shift), (Some(vec![2.0, 4.0, 9.0, 12.0]), vec![5.0, 5.0]));
        let after = scaled.then(&image([1.0, 2.0, 3.0, 4.0])).then(&image([1.0; 4]));
        assert_eq!((after.image.as_deref(), after.same()), (Some(&[2.0, 3.0, 4.0, 5.0][..]), None));
        assert!(!image([0.0, 0.0, 0.0, 1.0]).is_identity());
    }

    #[test]
    fn lines_follow_one_another() {
        let line = |scale: f64, shift: f64| Line::uniform(2, scale, shift, "node".into());
        let both = line(2.0, 1.0).then(&line(3.0, -5.0));
        assert_eq!((both.same(), both.at.len()), (Some((6.0, -2.0)), 2), "3 · (2x + 1) − 5");
        assert!(line(2.0, 1.0).then(&line(0.5, -0.5)).is_identity() && !both.is_identity());
        let folded = both.fold("conv", Parameters { kernel: vec![1.0, 10.0], bias: Some(vec![0.5, 0.0]) });
        let expected = Parameters { kernel: vec![6.0, 60.0], bias: Some(vec![1.0, -2.0]) };
        assert_eq!(folded, Ok(expected));
    }
}
