//! Filled shapes, sometimes with an outline.

use super::super::canvas::Canvas;
use super::super::dice::Dice;
use super::super::drawing::{Drawing, Mark, Tone};
use super::super::palette::Palette;

/// The thinnest line as a share of the picture's side: what a 64-pixel picture can still show.
const THINNEST: f32 = 0.015;

/// Paints the parts as areas of one colour each.
pub fn paint(canvas: &mut Canvas, drawing: &Drawing, palette: &Palette, dice: &mut Dice) {
    let side = canvas.side();
    let outline = dice.chance(0.4).then(|| side * dice.between(0.012, 0.028));
    for part in &drawing.parts {
        let colour = palette.of(part.tone);
        match part.mark {
            Mark::Line(width) => canvas.line(&part.outline, width.max(side * THINNEST), colour),
            Mark::Fill => {
                canvas.fill(&part.outline, colour);
                if let Some(width) = outline {
                    canvas.ring(&part.outline, width, palette.of(Tone::Ink));
                }
            }
        }
    }
}
