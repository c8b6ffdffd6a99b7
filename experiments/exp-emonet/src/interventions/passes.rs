//! Class scores of frames while groups of channels of one site are scaled.

use anyhow::{Context, Result, ensure};
use ndarray::{Array2, ArrayView4};
use vgg_core::head::readout::Readout;
use vgg_core::{Intervention, Network};

use crate::passed::stacked;

/// A network, what reads its features, and the gains that are tried.
pub struct Passes<'a> {
    /// The network.
    pub network: &'a Network,
    /// The class scores.
    pub readout: &'a Readout,
    /// Slopes, of which 0 is the lesion.
    pub gains: &'a [f32],
}

/// Class scores of some frames, each `[frames × classes]`.
pub struct SiteScores {
    /// Of the untouched network.
    pub intact: Array2<f32>,
    /// Of each group, at each gain.
    pub groups: Vec<Vec<Array2<f32>>>,
}

impl Passes<'_> {
    /// The class scores of a batch `[frames, 3, side, side]`. What lies before the site, and the lines that all groups of
    /// its channels share, are computed once.
    ///
    /// # Errors
    /// The device failed, or a gain so large that scores leave the range of float32.
    pub fn batch(
        &self,
        frames: ArrayView4<'_, f32>,
        site: usize,
        groups: &[&[usize]],
        mut advance: impl FnMut(),
    ) -> Result<SiteScores> {
        let trip = self.network.prefix(frames, site);
        let junction = self.network.junction(&trip);
        let intact = self.readout.scores(self.network.suffix(&trip, &Intervention::none())?.view());
        let mut scores = Vec::with_capacity(groups.len());
        for group in groups {
            let features = self.network.gain_line(&junction, group).features_at(self.gains);
            let features = features.with_context(|| format!("interventions.gains at {}", self.site_name(site)))?;
            let of_group: Vec<_> = features.iter().map(|features| self.readout.scores(features.view())).collect();
            self.check(site, &of_group)?;
            scores.push(of_group);
            advance();
        }
        Ok(SiteScores { intact, groups: scores })
    }

    fn site_name(&self, site: usize) -> &str {
        &self.network.architecture().sites()[site].name
    }

    fn check(&self, site: usize, scores: &[Array2<f32>]) -> Result<()> {
        for (gain, scores) in self.gains.iter().zip(scores) {
            ensure!(
                scores.iter().all(|score| score.is_finite()),
                "interventions.gains: at a gain of {gain} at {} class scores leave the range of float32; choose smaller \
                 gains",
                self.site_name(site)
            );
        }
        Ok(())
    }
}

impl SiteScores {
    /// The scores of all frames from those of batches, of which at least one is needed.
    pub fn joined(batches: &[Self]) -> Self {
        let sizes = batches.first().map_or(vec![], |batch| batch.groups.iter().map(Vec::len).collect());
        let of_group = |(group, gains): (usize, usize)| {
            (0..gains).map(|gain| stacked(batches.iter().map(|batch| &batch.groups[group][gain]))).collect()
        };
        Self {
            intact: stacked(batches.iter().map(|batch| &batch.intact)),
            groups: sizes.into_iter().enumerate().map(of_group).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array4, s};
    use vgg_core::device::Device;
    use vgg_core::random::he_initialised;
    use vgg_core::{Architecture, Checkpoint, GainRelu};

    use super::*;
    use crate::scored::layer_of;

    const GAINS: [f32; 3] = [0.0, 1.0, 2.5];
    const GROUPS: [&[usize]; 2] = [&[0, 3, 7], &[11]];

    fn checkpoint() -> Checkpoint {
        he_initialised(&Architecture::alexnet_demo(5), 3)
    }

    fn frames(side: usize) -> Array4<f32> {
        Array4::from_shape_fn((3, 3, side, side), |(frame, channel, row, column)| {
            ((frame * 31 + channel * 7 + row * 13 + column * 5) % 23) as f32 / 11.0 - 1.0
        })
    }

    fn scored(site: usize) -> (Network, Readout, Array4<f32>, SiteScores) {
        let checkpoint = checkpoint();
        let network = Network::new(&checkpoint, &Device::cpu()).expect("fits");
        let readout = layer_of(&checkpoint, &[0, 1, 2, 3, 4]).expect("a dense layer on the features");
        let frames = frames(network.architecture().input_side());
        let passes = Passes { network: &network, readout: &readout, gains: &GAINS };
        let scores = passes.batch(frames.view(), site, &GROUPS, || {}).expect("passes");
        (network, readout, frames, scores)
    }

    /// Sums of float32 in another order: some hundred units in the last place of the largest score.
    fn check_close(found: &Array2<f32>, expected: &Array2<f32>) {
        let largest = expected.iter().fold(1.0_f32, |largest, score| largest.max(score.abs()));
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() <= 1e-5 * largest, "{found} instead of {expected}");
        }
    }

    #[test]
    fn scaling_by_the_gain_line_is_scaling_in_a_pass_from_the_pictures_on() {
        for site in 0..5 {
            let (network, readout, frames, scores) = scored(site);
            let channels = network.architecture().sites()[site].channels;
            for (group, scores) in GROUPS.iter().zip(&scores.groups) {
                for (&gain, scores) in GAINS.iter().zip(scores) {
                    let rectifier = GainRelu::with_slope(channels, group, gain).expect("channels of the site");
                    let direct = network.features(frames.view(), &Intervention::at(site, rectifier)).expect("passes");
                    check_close(scores, &readout.scores(direct.view()));
                }
            }
        }
    }

    #[test]
    fn a_lesion_changes_scores_and_a_gain_of_one_does_not() {
        let (network, _, frames, scores) = scored(2);
        check_close(&scores.intact, &network.logits(frames.view()).expect("passes"));
        for group in &scores.groups {
            assert_ne!(group[0], scores.intact);
            assert_eq!(group[1], scores.intact, "nothing is added to the intact value");
            assert_ne!(group[2], scores.intact);
        }
    }

    #[test]
    fn neither_threads_nor_batches_change_a_bit() {
        let with_threads = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| scored(1).3)
        };
        let (one, three) = (with_threads(1), with_threads(3));
        assert_eq!((&one.intact, &one.groups), (&three.intact, &three.groups));
        let (network, readout, frames, whole) = scored(1);
        let passes = Passes { network: &network, readout: &readout, gains: &GAINS };
        let part = |from: usize, to: usize| {
            passes.batch(frames.slice(s![from..to, .., .., ..]), 1, &GROUPS, || {}).expect("passes")
        };
        let joined = SiteScores::joined(&[part(0, 2), part(2, 3)]);
        assert_eq!((joined.intact, joined.groups), (whole.intact, whole.groups));
    }

    #[test]
    fn gains_beyond_all_bounds_are_named() {
        let checkpoint = checkpoint();
        let network = Network::new(&checkpoint, &Device::cpu()).expect("fits");
        let mut readout = layer_of(&checkpoint, &[0, 1, 2, 3, 4]).expect("a dense layer on the features");
        let frames = frames(network.architecture().input_side());
        let refused = |readout: &Readout, gain: f32| {
            let passes = Passes { network: &network, readout, gains: &[gain] };
            format!("{:#}", passes.batch(frames.view(), 4, &GROUPS, || {}).err().expect("refused"))
        };
        let maps = refused(&readout, 3e38);
        assert!(maps.contains("interventions.gains at conv5") && maps.contains("Smaller gains"), "{maps}");
        readout.weights.mapv_inplace(|weight| weight * 1e36);
        let scores = refused(&readout, 1e6);
        assert!(scores.contains("at a gain of 1000000 at conv5 class scores leave"), "{scores}");
    }
}
