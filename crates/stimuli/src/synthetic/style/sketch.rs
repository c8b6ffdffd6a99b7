//! Pencil on paper or chalk on a board: wavering outlines, hatching, pale washes.

use super::super::canvas::Canvas;
use super::super::dice::Dice;
use super::super::drawing::{Drawing, Mark, Part, Tone};
use super::super::geometry::{Point, hatching};
use super::super::palette::{Palette, Rgb, colour, mix};
use super::Style;

/// The tools of one sketch.
struct Pencil {
    /// Colour of all strokes, far from that of the ground.
    lead: Rgb,
    /// Width of a stroke in pixels.
    width: f32,
    /// How far a stroke strays, in pixels.
    waver: f32,
    /// How strongly areas are tinted, 0–1.
    wash: f32,
    /// Distance of hatching lines in pixels.
    spacing: f32,
    /// Direction of hatching in turns.
    slant: f32,
}

/// Paints the parts as outlines over washes and hatching.
pub fn paint(canvas: &mut Canvas, drawing: &Drawing, palette: &Palette, ground: f32, dice: &mut Dice) {
    let pencil = Pencil::draw(dice, canvas.side(), ground);
    let paper = [ground; 3];
    for part in &drawing.parts {
        let tint = mix(paper, palette.of(part.tone), pencil.wash);
        match part.mark {
            Mark::Fill => pencil.area(canvas, part, tint, dice),
            Mark::Line(width) => pencil.stroke(canvas, part, width, tint, dice),
        }
    }
}

impl Pencil {
    fn draw(dice: &mut Dice, side: f32, ground: f32) -> Self {
        let distance = dice.between(0.4, 0.55);
        let luma = if ground < 0.5 { ground + distance } else { ground - distance };
        Self {
            lead: colour(dice, Style::Sketch.ground_saturation(), luma.clamp(0.02, 0.98)),
            width: side * dice.between(0.016, 0.026),
            waver: side * dice.between(0.003, 0.012),
            wash: dice.between(0.1, 0.55),
            spacing: side * dice.between(0.045, 0.065),
            slant: dice.between(0.0, 0.5),
        }
    }

    fn area(&self, canvas: &mut Canvas, part: &Part, tint: Rgb, dice: &mut Dice) {
        let (spacing, slant) = match part.tone {
            Tone::Main => (None, 0.0),
            Tone::Second => (Some(self.spacing), self.slant),
            Tone::Third => (Some(self.spacing * 0.75), self.slant + 0.25),
            Tone::Ink => (None, 0.0),
        };
        let filling = if part.tone == Tone::Ink { mix(tint, self.lead, 0.85) } else { tint };
        let outline = self.wavering(&part.outline, true, dice);
        canvas.fill(&outline, filling);
        if let Some(spacing) = spacing {
            canvas.lines(&hatching(&outline, spacing, slant), self.width * 0.5, self.lead);
        }
        canvas.ring(&outline, self.width, self.lead);
        if dice.chance(0.5) {
            let again = self.wavering(&part.outline, true, dice);
            canvas.ring(&again, self.width * 0.6, self.lead);
        }
    }

    /// A thin line is one stroke; a broad one is a band between two.
    fn stroke(&self, canvas: &mut Canvas, part: &Part, width: f32, tint: Rgb, dice: &mut Dice) {
        let line = self.wavering(&part.outline, false, dice);
        if width < 2.5 * self.width || part.tone == Tone::Ink {
            canvas.line(&line, width.max(self.width), self.lead);
        } else {
            canvas.line(&line, width + self.width, self.lead);
            canvas.line(&line, width - self.width, tint);
        }
    }

    /// The outline in steps of a tenth of a hand's width, each a little off.
    fn wavering(&self, outline: &[Point], closed: bool, dice: &mut Dice) -> Vec<Point> {
        let step = self.width * 8.0;
        let end = if closed { outline.len() } else { outline.len().saturating_sub(1) };
        let mut wavering = Vec::with_capacity(outline.len() * 2);
        let mut stray = |point: Point| point.map(|x| x + self.waver * dice.between(-1.0, 1.0));
        for index in 0..end {
            let (from, to) = (outline[index], outline[(index + 1) % outline.len()]);
            let length = (to[0] - from[0]).abs().max((to[1] - from[1]).abs());
            let pieces = (length / step).clamp(0.0, 50.0) as usize + 1;
            for piece in 0..pieces {
                let t = piece as f32 / pieces as f32;
                wavering.push(stray([from[0] + (to[0] - from[0]) * t, from[1] + (to[1] - from[1]) * t]));
            }
        }
        if !closed {
            wavering.extend(outline.last().map(|&point| stray(point)));
        }
        wavering
    }
}
