//! Channels that prefer a class, and random groups of as many channels of the same site.
//!
//! A channel prefers the class with its largest tuning value `S_c = (mean response to frames of class c − mean over all
//! frames) / population sd` over training frames (Liu et al. 2024, PLOS Comput Biol 20(3): e1011943, eq. 4, with classes in
//! the place of emotion categories). Responses are spatial means after the activation. A constant channel prefers nothing.

use anyhow::Result;
use ndarray::ArrayView2;
use stats::control_groups::random;
use stats::tuning::tuning;
use stats::{Moments, StatsError};
use study::seeds;

/// The channels of one site that prefer one class, with their controls.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The class.
    pub class: usize,
    /// The channels, ascending; at least one.
    pub channels: Vec<usize>,
    /// Random groups of as many.
    pub draws: Vec<Vec<usize>>,
}

impl Target {
    /// All groups of channels, the preferring one first.
    pub fn groups(&self) -> impl Iterator<Item = &[usize]> {
        std::iter::once(&self.channels).chain(&self.draws).map(Vec::as_slice)
    }
}

/// The targets of a site, one for every class that a channel prefers.
///
/// # Shapes
/// - `responses`: `[training frames × channels]`, with a label per frame
///
/// # Errors
/// A class without a training frame, or responses that are not finite.
pub fn targets(
    responses: ArrayView2<'_, f32>,
    labels: &[usize],
    classes: usize,
    site: usize,
    draws: usize,
    seed: u64,
) -> Result<Vec<Target>, StatsError> {
    let tuned = tuning(&Moments::new(responses, labels, classes)?);
    let mut targets = Vec::new();
    for class in 0..classes {
        let prefers = |channel: &usize| tuned[*channel].as_ref().is_some_and(|tuned| tuned.preferred == class);
        let channels: Vec<usize> = (0..tuned.len()).filter(prefers).collect();
        if channels.is_empty() {
            continue;
        }
        let seed = seeds::derive(seed, "random channels", &[site, class]);
        let draw = |draw| random(tuned.len(), channels.len(), seed, draw);
        let draws = (0..draws as u64).map(draw).collect::<Result<_, _>>()?;
        targets.push(Target { class, channels, draws });
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn channels_go_to_the_class_they_respond_to_most_and_constant_ones_to_none() {
        // Channels 0 and 3 prefer class 0, channel 1 class 2, channel 2 is constant; nothing prefers class 1.
        let responses = array![[5.0, 0.0, 1.0, 0.2], [4.0, 0.0, 1.0, 0.3], [1.0, 0.5, 1.0, 0.1], [0.0, 2.0, 1.0, 0.0]];
        let found = targets(responses.view(), &[0, 0, 1, 2], 3, 4, 5, 9).expect("frames of every class");
        let channels: Vec<_> = found.iter().map(|target| (target.class, target.channels.as_slice())).collect();
        assert_eq!(channels, [(0, &[0, 3][..]), (2, &[1][..])]);
        assert!(found.iter().all(|target| target.draws.len() == 5 && target.groups().count() == 6));
        assert!(
            found.iter().flat_map(|t| t.draws.iter().map(|draw| (draw.len(), t.channels.len()))).all(|(a, b)| a == b)
        );
        let again = targets(responses.view(), &[0, 0, 1, 2], 3, 4, 5, 9).expect("frames of every class");
        assert_eq!(again, found);
        let elsewhere = targets(responses.view(), &[0, 0, 1, 2], 3, 3, 5, 9).expect("frames of every class");
        assert_ne!(elsewhere[0].draws, found[0].draws, "another site draws other channels");
    }
}
