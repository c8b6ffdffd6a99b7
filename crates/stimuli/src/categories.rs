//! Emotion categories from mean valence, by soft thresholds.
//!
//! Unpleasant below 3.8, neutral from 4.8 to 5.5, pleasant above 6.5 on the scale 1–9: the borders 4.3 ± 0.5 and
//! 6.0 ± 0.5 of Liu et al. (2023, 2024). What falls inside a border is left out.

use serde::{Deserialize, Serialize};

use crate::emotion::Emotion;

/// Valences that differ by less than this are equal: far below the precision of any norm, far above rounding.
const SAME: f64 = 1e-9;

/// A rating scale as `[lowest, highest]`.
pub type Scale = [f64; 2];

/// Soft thresholds on mean valence, on a scale of their own.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Unpleasant: valence below this.
    pub unpleasant_below: f64,
    /// Neutral: valence within this range, both ends included.
    pub neutral: [f64; 2],
    /// Pleasant: valence above this.
    pub pleasant_above: f64,
    /// The scale that the three values above refer to; a set with another scale gets them rescaled linearly.
    pub scale: Scale,
}

impl Default for Thresholds {
    /// The rule of Liu et al., on the scale 1–9.
    fn default() -> Self {
        Self { unpleasant_below: 3.8, neutral: [4.8, 5.5], pleasant_above: 6.5, scale: [1.0, 9.0] }
    }
}

impl Thresholds {
    /// The same thresholds on another scale: `x ↦ low' + (x − low) · (high' − low') / (high − low)`.
    ///
    /// OASIS rates 1–7, so its borders are unpleasant < 3.1, neutral 3.85–4.375, pleasant > 5.125.
    ///
    /// # Examples
    /// ```
    /// use stimuli::categories::Thresholds;
    /// use stimuli::Emotion;
    ///
    /// let oasis = Thresholds::default().on([1.0, 7.0]);
    /// assert_eq!(oasis.category(5.5), Some(Emotion::Pleasant));
    /// assert_eq!(oasis.category(5.0), None, "inside a soft border");
    /// ```
    pub fn on(&self, scale: Scale) -> Self {
        let factor = (scale[1] - scale[0]) / (self.scale[1] - self.scale[0]);
        let rescale = |value: f64| scale[0] + (value - self.scale[0]) * factor;
        Self {
            unpleasant_below: rescale(self.unpleasant_below),
            neutral: self.neutral.map(rescale),
            pleasant_above: rescale(self.pleasant_above),
            scale,
        }
    }

    /// The category of a mean valence on the scale of these thresholds; `None` inside a soft border.
    ///
    /// A valence that equals a threshold (within 1e-9) is not beyond it.
    pub fn category(&self, valence: f64) -> Option<Emotion> {
        if valence < self.unpleasant_below - SAME {
            Some(Emotion::Unpleasant)
        } else if valence > self.pleasant_above + SAME {
            Some(Emotion::Pleasant)
        } else if valence >= self.neutral[0] - SAME && valence <= self.neutral[1] + SAME {
            Some(Emotion::Neutral)
        } else {
            None
        }
    }

    /// What is wrong with these thresholds, if anything: they must rise, and lie on their scale.
    pub(crate) fn fault(&self) -> Option<String> {
        let [low, high] = self.scale;
        let rising = [low, self.unpleasant_below, self.neutral[0], self.neutral[1], self.pleasant_above, high];
        if rising.iter().all(|value| value.is_finite()) && rising.is_sorted() && low < high {
            return None;
        }
        Some(format!(
            "the thresholds must rise along their scale {low}–{high}: unpleasant_below {} ≤ neutral {} … {} ≤ \
             pleasant_above {}",
            self.unpleasant_below, self.neutral[0], self.neutral[1], self.pleasant_above
        ))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_borders_belong_to_no_side_but_neutral() {
        let rule = Thresholds::default();
        for (valence, expected) in [
            (3.79, Some(Emotion::Unpleasant)),
            (3.8, None),
            (4.79, None),
            (4.8, Some(Emotion::Neutral)),
            (5.5, Some(Emotion::Neutral)),
            (5.51, None),
            (6.5, None),
            (6.51, Some(Emotion::Pleasant)),
        ] {
            assert_eq!(rule.category(valence), expected, "valence {valence}");
        }
    }

    #[test]
    fn oasis_gets_the_thresholds_of_a_seven_point_scale() {
        let rule = Thresholds::default().on([1.0, 7.0]);
        let values = [rule.unpleasant_below, rule.neutral[0], rule.neutral[1], rule.pleasant_above];
        for (value, expected) in values.into_iter().zip([3.1, 3.85, 4.375, 5.125]) {
            assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
        }
        assert_eq!(rule.category(3.85), Some(Emotion::Neutral), "a threshold is hit in spite of rounding");
        assert_eq!(rule.category(3.1), None);
    }

    #[test]
    fn thresholds_that_fall_are_refused() {
        let rule = Thresholds { neutral: [5.5, 4.8], ..Thresholds::default() };
        let fault = rule.fault().expect("falls");
        assert!(fault.contains("neutral 5.5 … 4.8"), "{fault}");
        assert!(Thresholds { pleasant_above: f64::NAN, ..Thresholds::default() }.fault().is_some());
    }

    proptest! {
        #[test]
        fn rescaling_keeps_every_category(valence in 1.0f64..9.0, low in -100.0f64..100.0, width in 0.5f64..100.0) {
            let rule = Thresholds::default();
            // Within rounding of a border both answers are right.
            let borders = [3.8, 4.8, 5.5, 6.5];
            prop_assume!(borders.iter().all(|border| (valence - border).abs() > 1e-6));
            let rescaled = low + (valence - 1.0) * width / 8.0;
            prop_assert_eq!(rule.on([low, low + width]).category(rescaled), rule.category(valence));
        }
    }
}
