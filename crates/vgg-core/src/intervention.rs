//! What is done to the network: lesions and gains, as values handed to the forward pass.
//!
//! Nothing here changes a network, so there is nothing to reset between two conditions.

use std::collections::BTreeMap;

use crate::Architecture;

/// The rectifier of one site: `y_c = m_c · s_c · f(x_c)` for every channel c, where f is the site's activation, `max(0, x)`
/// in VGG (Liu et al. 2024, eq. 1, where the slope is written `1 + α`). The gain stands outside of any clip.
#[derive(Clone, Debug, PartialEq)]
pub struct GainRelu {
    factors: Vec<f32>,
}

/// A rectifier or intervention that cannot be.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum InterventionError {
    /// A slope that is negative or not a number.
    #[error("channel {channel}: the slope must be 0 or more, not {slope}")]
    Slope {
        /// The channel.
        channel: usize,
        /// Its slope.
        slope: f32,
    },
    /// A channel that the site does not have.
    #[error("channel {channel} does not exist: the site has {channels} channels")]
    Channel {
        /// The channel asked for.
        channel: usize,
        /// How many there are.
        channels: usize,
    },
    /// A site of another width.
    #[error("{site} of {network}: an intervention on {given} channels does not fit {expected}")]
    Width {
        /// The site.
        site: String,
        /// The network.
        network: String,
        /// Channels of the intervention.
        given: usize,
        /// Channels of the site.
        expected: usize,
    },
    /// A site that the network does not have.
    #[error("site {site} of {network}: interventions are possible at its {sites} sites, counted from 0")]
    NoSite {
        /// The position.
        site: usize,
        /// The network.
        network: String,
        /// Sites of the network.
        sites: usize,
    },
    /// A site that lies behind the pass.
    #[error("site {site}: an intervention on it comes too late for a pass that begins at site {from}")]
    Passed {
        /// The site's position.
        site: usize,
        /// Where the pass begins.
        from: usize,
    },
    /// A point of a gain line that does not exist.
    #[error("the slope of a gain line must be 0 or more, not {slope}")]
    Line {
        /// The slope.
        slope: f32,
    },
}

impl GainRelu {
    /// The ordinary rectifier: slope 1 and no lesion on every channel.
    pub fn ordinary(channels: usize) -> Self {
        Self { factors: vec![1.0; channels] }
    }

    /// A slope and a lesion mask for every channel; `mask[c]` is false where channel c is lesioned.
    ///
    /// # Errors
    /// A slope that is negative, infinite or NaN. (A negative slope would turn the rectifier round, and max-pooling
    /// would no longer commute with it.)
    ///
    /// # Panics
    /// If the two slices differ in length.
    pub fn new(slopes: &[f32], mask: &[bool]) -> Result<Self, InterventionError> {
        assert_eq!(slopes.len(), mask.len(), "one slope and one mask entry per channel");
        if let Some((channel, &slope)) = slopes.iter().enumerate().find(|(_, s)| !(s.is_finite() && **s >= 0.0)) {
            return Err(InterventionError::Slope { channel, slope });
        }
        Ok(Self { factors: slopes.iter().zip(mask).map(|(&slope, &alive)| if alive { slope } else { 0.0 }).collect() })
    }

    /// The same slope for a group of channels and 1 for all others.
    ///
    /// # Examples
    /// ```
    /// use vgg_core::GainRelu;
    ///
    /// assert_eq!(GainRelu::with_slope(3, &[1], 2.5)?.factors(), [1.0, 2.5, 1.0]);
    /// assert!(GainRelu::with_slope(3, &[3], 2.5).is_err(), "there is no channel 3");
    /// # Ok::<(), vgg_core::InterventionError>(())
    /// ```
    ///
    /// # Errors
    /// A channel that does not exist, or a slope below 0.
    pub fn with_slope(channels: usize, group: &[usize], slope: f32) -> Result<Self, InterventionError> {
        let mut slopes = vec![1.0; channels];
        for &channel in group {
            *slopes.get_mut(channel).ok_or(InterventionError::Channel { channel, channels })? = slope;
        }
        Self::new(&slopes, &vec![true; channels])
    }

    /// Lesions a group of channels: their output is 0 whatever comes in.
    ///
    /// # Errors
    /// A channel that does not exist.
    pub fn lesion(channels: usize, group: &[usize]) -> Result<Self, InterventionError> {
        let mut mask = vec![true; channels];
        for &channel in group {
            *mask.get_mut(channel).ok_or(InterventionError::Channel { channel, channels })? = false;
        }
        Self::new(&vec![1.0; channels], &mask)
    }

    /// `m_c · s_c` for every channel: what the rectified input is multiplied by.
    pub fn factors(&self) -> &[f32] {
        &self.factors
    }
}

/// Rectifiers for some sites; all others stay ordinary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intervention {
    sites: BTreeMap<usize, GainRelu>,
}

impl Intervention {
    /// The untouched network.
    pub fn none() -> Self {
        Self::default()
    }

    /// An intervention on one site, given by its position among [`Architecture::sites`].
    pub fn at(site: usize, rectifier: GainRelu) -> Self {
        Self::none().and(site, rectifier)
    }

    /// The same with another site added (or replaced).
    #[must_use]
    pub fn and(mut self, site: usize, rectifier: GainRelu) -> Self {
        self.sites.insert(site, rectifier);
        self
    }

    /// The factors of a site, or nothing where it is untouched.
    pub fn factors(&self, site: usize) -> Option<&[f32]> {
        self.sites.get(&site).map(GainRelu::factors)
    }

    /// Checks that every site exists and has the right number of channels.
    ///
    /// # Errors
    /// The first site that does not fit.
    pub fn validate(&self, architecture: &Architecture) -> Result<(), InterventionError> {
        let sites = architecture.sites();
        for (&site, rectifier) in &self.sites {
            let (network, given) = (architecture.name().to_string(), rectifier.factors.len());
            match sites.get(site) {
                None => return Err(InterventionError::NoSite { site, network, sites: sites.len() }),
                Some(found) if found.channels != given => {
                    let (site, expected) = (found.name.clone(), found.channels);
                    return Err(InterventionError::Width { site, network, given, expected });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Checks that no site lies before the one at which a pass begins.
    ///
    /// # Errors
    /// The first site that does.
    pub fn validate_from(&self, from: usize) -> Result<(), InterventionError> {
        match self.sites.keys().find(|&&site| site < from) {
            Some(&site) => Err(InterventionError::Passed { site, from }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lesion_is_slope_zero_is_mask_zero() {
        let lesion = GainRelu::lesion(4, &[1, 3]);
        assert_eq!(lesion, GainRelu::with_slope(4, &[1, 3], 0.0));
        assert_eq!(lesion, GainRelu::new(&[1.0, 5.0, 1.0, 2.0], &[true, false, true, false]));
        assert_eq!(lesion.expect("valid").factors(), [1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn impossible_interventions_are_refused() {
        assert_eq!(GainRelu::with_slope(4, &[0], -1.0), Err(InterventionError::Slope { channel: 0, slope: -1.0 }));
        assert!(GainRelu::new(&[f32::NAN], &[true]).is_err());
        assert_eq!(GainRelu::lesion(4, &[4]), Err(InterventionError::Channel { channel: 4, channels: 4 }));
        let wide = Intervention::at(0, GainRelu::ordinary(5));
        let error = wide.validate(&Architecture::tiny()).expect_err("conv1_1 of tiny has 4 channels");
        assert!(error.to_string().contains("5 channels does not fit 4"), "{error}");
        let missing = Intervention::at(9, GainRelu::ordinary(4)).validate(&Architecture::tiny()).expect_err("4 sites");
        assert!(missing.to_string().contains("site 9 of tiny") && missing.to_string().contains("4 sites"), "{missing}");
        let early = Intervention::at(1, GainRelu::ordinary(4));
        assert_eq!(early.validate_from(1), Ok(()));
        assert_eq!(early.validate_from(2), Err(InterventionError::Passed { site: 1, from: 2 }));
    }
}
