//! `[attention]`: the grid of gains, and the shapes that attention may take.

use serde::{Deserialize, Serialize};

use super::Control;
use crate::groups::SELECTIVE;

/// Steps of a grid beyond which a typing error is more likely than a wish.
const LARGEST_GRID: usize = 1000;
/// Distance of the gains of control groups where none is given: a test of a best gain needs no fine grid.
const CONTROL_STEP: f64 = 0.5;
/// How far a ratio of steps may be from a whole number.
const ROUNDING: f64 = 1e-6;

/// The sweep over gains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttentionConfig {
    /// What the grid counts.
    pub axis: Axis,
    /// First value of the grid.
    pub start: f64,
    /// Last value of the grid.
    pub stop: f64,
    /// Distance of two values.
    pub step: f64,
    /// The controls of exp-attention; those of exp-lesion are `sweep.controls`.
    pub controls: Vec<Control>,
    /// Random groups per layer, emotion and control; `sweep.draws` where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_draws: Option<usize>,
    /// Distance of two values for control groups, a multiple of `step`; at least 0.5 where it is not given. Best gains are
    /// chosen and compared on the values that both sides have; the last value is always one of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_step: Option<f64>,
    /// How the slopes of a layer follow from the strength α.
    pub modes: Vec<Mode>,
    /// Whether the modes by tuning also run on all layers at once, at a tenth of the strength (Lindsay & Miller 2018).
    pub all_layers: bool,
}

/// What the grid counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// α, where the slope is 1 + α (Liu et al. 2024, eq. 1): −1 is the lesion, 0 the intact network.
    #[default]
    Alpha,
    /// The slope itself.
    Slope,
}

/// How the slopes of a layer follow from the strength α.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 1 + α for the selective channels (Liu et al.), against random groups of as many channels.
    Uniform,
    /// max(0, 1 + α·f) for every channel, f its tuning value (Lindsay & Miller, eLife 7: e38105, 2018, bidirectional).
    Tuning,
    /// The same with f = max(0, f): nothing is turned down (positive only).
    TuningPositive,
}

impl Default for AttentionConfig {
    fn default() -> Self {
        let modes = vec![Mode::Uniform, Mode::Tuning, Mode::TuningPositive];
        Self {
            axis: Axis::Alpha,
            start: 0.0,
            stop: 5.0,
            step: 0.1,
            controls: vec![Control::Random, Control::Permuted],
            control_draws: None,
            control_step: None,
            modes,
            all_layers: true,
        }
    }
}

impl Mode {
    /// The name in the column `group`.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Uniform => SELECTIVE,
            Mode::Tuning => "tuning",
            Mode::TuningPositive => "tuning_positive",
        }
    }
}

impl AttentionConfig {
    /// The slopes of the grid, ascending: 1 + α, or the slope itself.
    pub fn slopes(&self) -> Vec<f32> {
        let offset = if self.axis == Axis::Alpha { 1.0 } else { 0.0 };
        // Rounded to a billionth, so that the third step of 0.1 is 0.3.
        let value = |index: usize| ((self.start + index as f64 * self.step + offset) * 1e9).round() / 1e9;
        (0..self.steps().unwrap_or(0)).map(|index| value(index) as f32).collect()
    }

    /// The control that figures and sentences compare with: the first one.
    pub fn main_control(&self) -> Control {
        self.controls.first().copied().unwrap_or(Control::Random)
    }

    /// Positions among [`AttentionConfig::slopes`] of those that control groups get too, ascending.
    pub fn shared(&self) -> Vec<usize> {
        let count = self.steps().unwrap_or(0);
        let mut shared: Vec<usize> = (0..count).step_by(self.stride().unwrap_or(1)).collect();
        if shared.last().is_some_and(|&last| last + 1 < count) {
            shared.push(count - 1);
        }
        shared
    }

    /// Steps of the grid in one of control groups; nothing where that is no whole number.
    fn stride(&self) -> Option<usize> {
        let Some(control_step) = self.control_step else {
            return Some((CONTROL_STEP / self.step - ROUNDING).ceil().max(1.0) as usize);
        };
        let ratio = control_step / self.step;
        let whole = ratio.is_finite() && ratio > 1.0 - ROUNDING && (ratio - ratio.round()).abs() < ROUNDING;
        (whole && ratio < LARGEST_GRID as f64).then_some(ratio.round() as usize)
    }

    /// Why the grid cannot be run, if so.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let smallest = if self.axis == Axis::Alpha { -1.0 } else { 0.0 };
        match self.steps() {
            None => Some("start, stop and step must give a rising grid of at most 1000 values"),
            Some(_) if self.start < smallest => Some("the slope (1 + alpha) must not be below 0"),
            Some(_) if self.stride().is_none() => Some("control_step must be a multiple of step"),
            Some(_) if self.modes.is_empty() => Some("modes: at least one of uniform, tuning, tuning_positive"),
            Some(_) => None,
        }
    }

    fn steps(&self) -> Option<usize> {
        let count = ((self.stop - self.start) / self.step + 1e-9).floor();
        let fine = self.step > 0.0 && count >= 0.0 && count < LARGEST_GRID as f64 && self.start.is_finite();
        fine.then_some(count as usize + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_papers_grid_has_51_slopes_from_1_to_6() {
        let slopes = AttentionConfig::default().slopes();
        assert_eq!((slopes.len(), slopes[0], slopes[3], slopes[50]), (51, 1.0, 1.3, 6.0));
        let lesion = AttentionConfig { axis: Axis::Slope, stop: 1.0, step: 0.5, ..Default::default() };
        assert_eq!(lesion.slopes(), [0.0, 0.5, 1.0]);
    }

    #[test]
    fn control_groups_get_some_of_the_gains_and_the_last() {
        let papers = AttentionConfig::default();
        assert_eq!(papers.shared(), (0..=50).step_by(5).collect::<Vec<_>>());
        let all = AttentionConfig { control_step: Some(0.1), ..papers.clone() };
        assert_eq!(all.shared().len(), 51);
        let coarse = AttentionConfig { control_step: Some(1.2), ..papers.clone() };
        assert_eq!(coarse.shared(), [0, 12, 24, 36, 48, 50], "the largest gain tells how recognition declines");
        for (step, expected) in [(1.0, vec![0, 1, 2, 3, 4, 5]), (0.3, (0..=16).step_by(2).collect())] {
            assert_eq!(AttentionConfig { step, ..papers.clone() }.shared(), expected, "{step}");
        }
    }

    #[test]
    fn a_grid_that_cannot_be_is_named() {
        let grid = AttentionConfig::default();
        assert_eq!(grid.problem(), None);
        assert_eq!(AttentionConfig { start: -1.0, ..grid.clone() }.problem(), None, "the lesion");
        for broken in [
            AttentionConfig { step: 0.0, ..grid.clone() },
            AttentionConfig { step: f64::NAN, ..grid.clone() },
            AttentionConfig { start: 6.0, ..grid.clone() },
            AttentionConfig { start: -1.1, ..grid.clone() },
            AttentionConfig { stop: f64::INFINITY, ..grid.clone() },
            AttentionConfig { modes: vec![], ..grid.clone() },
            AttentionConfig { control_step: Some(0.25), ..grid.clone() },
            AttentionConfig { control_step: Some(0.0), ..grid.clone() },
            AttentionConfig { control_step: Some(f64::NAN), ..grid.clone() },
        ] {
            assert!(broken.problem().is_some(), "{broken:?}");
        }
    }
}
