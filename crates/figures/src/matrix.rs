//! What matrices of coloured cells share: their colours, one cell, and the bar that explains the colours.

use crate::axes::{LINE, Scale, vertical_title};
use crate::colour::{Rgb, hex, luminance};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::Weight;
use crate::theme::{FRAME, INK, PAPER, SOFT_INK, size};

/// How a share of the largest value becomes a colour; both begin near white and end in a colour of Okabe & Ito.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    /// From −1 to 1: blue below zero, vermillion above, which differ for everyone.
    Diverging,
    /// From 0 to 1: towards blue.
    Sequential,
}

const LOW: Rgb = [0.0, 114.0, 178.0];
const MIDDLE: Rgb = [247.0, 247.0, 247.0];
const HIGH: Rgb = [213.0, 94.0, 0.0];

impl Colours {
    /// The colour of a share; beyond its ends it stays the same.
    pub fn of(self, share: f64) -> Rgb {
        let end = if self == Colours::Sequential || share < 0.0 { LOW } else { HIGH };
        let amount = share.abs().min(1.0);
        std::array::from_fn(|index| MIDDLE[index] + amount * (end[index] - MIDDLE[index]))
    }

    /// The share at the lower end of the bar; that at the upper end is 1.
    fn lowest(self) -> f64 {
        if self == Colours::Diverging { -1.0 } else { 0.0 }
    }
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell<'a> {
    /// `None` for a cell without value.
    pub fill: Option<Rgb>,
    pub text: &'a str,
    pub weight: Weight,
    /// Whether the cells are large enough for texts, and for borders between them.
    pub prints: bool,
}

impl Cell<'_> {
    /// Draws the cell; one without value and text is crossed out.
    pub fn draw(&self, canvas: &mut Canvas, corner: Place, extent: Place) {
        canvas.rectangle(corner, extent, &self.fill.map_or(PAPER.into(), hex));
        if self.fill.is_none() && !self.prints {
            let (left, top) = corner;
            canvas.line((left, top + extent.1), (left + extent.0, top), Stroke::solid(FRAME, 0.6));
        }
        if self.prints {
            canvas.outline(corner, extent, Stroke::solid(PAPER, 1.0));
        }
        if !self.text.is_empty() {
            let place = (corner.0 + extent.0 / 2.0, corner.1 + extent.1 / 2.0 + 4.0);
            let (weight, colour) = (self.weight, self.fill.map_or(INK, readable_on));
            canvas.text(Text { anchor: Anchor::Middle, colour, weight, ..Text::at(place, self.text) });
        }
    }
}

/// Dark or white text, whichever has the higher contrast (relative luminance of WCAG 2.2).
fn readable_on(colour: Rgb) -> &'static str {
    if luminance(colour) > 0.2 { INK } else { PAPER }
}

/// Width of a colour bar in px.
const BAR: f64 = 14.0;
const BAR_STEPS: usize = 64;

/// The bar beside a matrix: its colours with their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColourBar<'a> {
    pub colours: Colours,
    /// From the value of the lower end to that of the upper end.
    pub scale: &'a Scale,
    /// What the numbers are.
    pub unit: &'a str,
}

impl ColourBar<'_> {
    /// Room across, in px, with labels and title.
    pub fn room(&self) -> f64 {
        BAR + 8.0 + self.scale.label_width() + 8.0 + 2.0 * LINE
    }

    /// Draws the bar from a corner on, up to 200 px high; returns where it ends.
    pub fn draw(&self, canvas: &mut Canvas, (x, y): Place, room: f64) -> f64 {
        let height = room.min(200.0);
        let step = height / BAR_STEPS as f64;
        let lowest = self.colours.lowest();
        canvas.open("scale");
        for index in 0..BAR_STEPS {
            let share = 1.0 - (1.0 - lowest) * (index as f64 + 0.5) / BAR_STEPS as f64;
            // Neighbours overlap a little: no seam shows where a viewer rounds their edges apart.
            let overlap = if index + 1 < BAR_STEPS { 0.5 } else { 0.0 };
            canvas.rectangle((x, y + index as f64 * step), (BAR, step + overlap), &hex(self.colours.of(share)));
        }
        canvas.outline((x, y), (BAR, height), Stroke::solid(FRAME, 0.8));
        for (value, label) in &self.scale.ticks {
            let tick = y + height * (1.0 - self.scale.share(*value));
            canvas.line((x + BAR, tick), (x + BAR + 4.0, tick), Stroke::solid(FRAME, 0.8));
            canvas.text(Text { colour: SOFT_INK, ..Text::at((x + BAR + 7.0, tick + 4.0), label) });
        }
        let title = x + BAR + 8.0 + self.scale.label_width() + 6.0 + size::HEADING;
        vertical_title(canvas, self.unit, (title, y + height / 2.0), height + 30.0);
        canvas.close();
        y + height + 12.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_begin_near_white_and_end_apart() {
        assert_eq!([Colours::Diverging, Colours::Sequential].map(|colours| colours.of(0.0)), [MIDDLE; 2]);
        assert_eq!([-1.0, 1.0, 7.0].map(|share| Colours::Diverging.of(share)), [LOW, HIGH, HIGH]);
        assert_eq!(Colours::Sequential.of(1.0), LOW);
    }

    #[test]
    fn texts_are_read_on_every_colour() {
        for step in 0..=40 {
            for colour in [Colours::Diverging.of(step as f64 / 20.0 - 1.0), Colours::Sequential.of(step as f64 / 40.0)]
            {
                let ratio = crate::colour::contrast::ratio(&hex(colour), readable_on(colour));
                assert!(ratio >= 3.8, "{ratio} on {}", hex(colour));
            }
        }
    }
}
