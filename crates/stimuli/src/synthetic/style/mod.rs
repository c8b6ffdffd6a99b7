//! The two manners in which the same drawing can be rendered, one for each synthetic picture set.

mod flat;
mod sketch;

use serde::{Deserialize, Serialize};

use super::canvas::Canvas;
use super::dice::Dice;
use super::drawing::Drawing;
use super::palette::Palette;

/// A rendering style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Style {
    /// Filled shapes in saturated colours, sometimes outlined, on a smooth ground.
    Flat,
    /// Wavering pencil outlines, hatching and pale washes on grained paper, or chalk on a dark board.
    Sketch,
}

impl Style {
    /// Both styles.
    pub const ALL: [Style; 2] = [Style::Flat, Style::Sketch];

    /// `flat` or `sketch`.
    pub fn name(self) -> &'static str {
        match self {
            Style::Flat => "flat",
            Style::Sketch => "sketch",
        }
    }

    /// The range of saturations of objects and clutter.
    pub(super) fn saturation(self) -> [f32; 2] {
        match self {
            Style::Flat => [0.25, 0.95],
            Style::Sketch => [0.0, 0.35],
        }
    }

    /// The range of saturations of the ground.
    pub(super) fn ground_saturation(self) -> [f32; 2] {
        match self {
            Style::Flat => [0.1, 0.6],
            Style::Sketch => [0.0, 0.15],
        }
    }

    /// A luma for the ground, light and dark being equally likely: any in a flat picture, paper or board in a sketch.
    pub(super) fn ground_luma(self, dice: &mut Dice) -> f32 {
        match self {
            Style::Flat => dice.between(0.12, 0.88),
            Style::Sketch => 0.5 + dice.sign() * dice.between(0.2, 0.36),
        }
    }

    /// A luma for a ground that should be about that light: near it in a flat picture, paper or board in a sketch.
    pub(super) fn ground_luma_near(self, wanted: f32, dice: &mut Dice) -> f32 {
        match self {
            Style::Flat => (wanted + dice.between(-0.12, 0.12)).clamp(0.12, 0.88),
            Style::Sketch => 0.5 + (wanted - 0.5).signum() * dice.between(0.2, 0.36),
        }
    }

    /// How far the texture of the ground reaches up and down.
    pub(super) fn texture_strength(self, dice: &mut Dice) -> f32 {
        match self {
            Style::Flat => dice.between(0.0, 0.04),
            Style::Sketch => dice.between(0.03, 0.08),
        }
    }

    /// Standard deviation of the grain that is laid over the finished picture.
    pub(super) fn grain(self, dice: &mut Dice) -> f32 {
        match self {
            Style::Flat => dice.between(0.0, 0.02),
            Style::Sketch => dice.between(0.02, 0.05),
        }
    }

    /// Paints an object whose coordinates are pixels, with colours that stand out from a ground of that luma.
    pub(super) fn paint(self, canvas: &mut Canvas, drawing: &Drawing, ground: f32, dice: &mut Dice) {
        let palette = Palette::draw(dice, self, ground);
        match self {
            Style::Flat => flat::paint(canvas, drawing, &palette, dice),
            Style::Sketch => sketch::paint(canvas, drawing, &palette, ground, dice),
        }
    }
}
