//! A factor and a summand per channel, which disappear into the weights before them.

use graph::{BatchNorm, Conv, Parameters, WeightsError};

/// `scale · x + shift` in each channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub scale: Vec<f64>,
    pub shift: Vec<f64>,
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
        Self { scale: vec![scale; channels], shift: vec![shift; channels], norms: 0, at: vec![at] }
    }

    /// This line, and then another one.
    pub fn then(&self, next: &Self) -> Self {
        let both = |first: &[f64]| first.iter().zip(&next.scale).map(|(a, b)| a * b).collect::<Vec<f64>>();
        let mut shift = both(&self.shift);
        shift.iter_mut().zip(&next.shift).for_each(|(shift, more)| *shift += more);
        let at = self.at.iter().chain(&next.at).take(SHOWN).cloned().collect();
        Self { scale: both(&self.scale), shift, norms: self.norms + next.norms, at }
    }

    /// Whether it changes nothing but the last digits of float32.
    pub fn is_identity(&self) -> bool {
        self.scale.iter().all(|scale| (scale - 1.0).abs() < 1e-7) && self.shift.iter().all(|shift| shift.abs() < 1e-12)
    }

    /// The factor and the summand that all channels have, if they have one.
    pub fn same(&self) -> Option<(f64, f64)> {
        let (&scale, &shift) = self.scale.first().zip(self.shift.first())?;
        let same = |numbers: &[f64], first: f64| numbers.iter().all(|&number| number == first);
        (same(&self.scale, scale) && same(&self.shift, shift)).then_some((scale, shift))
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
