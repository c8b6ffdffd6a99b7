//! The legend: a row of keys above the panels, so that it never covers data.

use crate::page::MARGIN;
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten, width};
use crate::theme::{INK, IntervalStyle, Role, size};

/// Width of a key in px.
pub(crate) const KEY: f64 = 26.0;
const KEY_GAP: f64 = 4.0;
const ENTRY_GAP: f64 = 20.0;
const ROW: f64 = 18.0;

/// Draws a key, given its left end and its middle line.
type DrawKey = Box<dyn Fn(&mut Canvas, Place)>;

/// What a key shows.
enum Keys {
    /// The looks of a series, one per role it has in the figure, and whether any of them has an interval.
    Series { roles: Vec<Role>, interval: bool },
    /// The mark of significance.
    Star,
    /// A mark that the chart itself draws, in that many px.
    Own { width: f64, draw: DrawKey },
}

/// Names and what stands before them, in the order of their first appearance.
#[derive(Default)]
pub(crate) struct Legend {
    entries: Vec<(String, Keys)>,
}

impl Legend {
    /// Adds a series; one that is already there by name gets the further role as a further key.
    pub fn add(&mut self, name: &str, role: Role, has_interval: bool) {
        let known = self.entries.iter_mut().find(|(known, _)| known == name);
        if let Some((_, Keys::Series { roles, interval })) = known {
            *interval |= has_interval;
            if !roles.contains(&role) {
                roles.push(role);
            }
        } else {
            self.entries.push((name.to_string(), Keys::Series { roles: vec![role], interval: has_interval }));
        }
    }

    /// Adds the meaning of the stars.
    pub fn add_star(&mut self, meaning: &str) {
        self.entries.push((meaning.to_string(), Keys::Star));
    }

    /// Adds a key that the chart draws itself, `width` px wide.
    pub fn add_own(&mut self, name: &str, width: f64, draw: impl Fn(&mut Canvas, Place) + 'static) {
        self.entries.push((name.to_string(), Keys::Own { width, draw: Box::new(draw) }));
    }

    /// Draws the legend from `top` on, in as many rows as it needs; returns where the next part begins.
    pub fn draw(&self, canvas: &mut Canvas, top: f64, figure_width: f64) -> f64 {
        let room = figure_width - 2.0 * MARGIN;
        let (mut x, mut y) = (0.0, top + ROW);
        canvas.open("legend");
        for (name, keys) in &self.entries {
            let keys_width = keys.width();
            let name = shorten(name, size::LABEL, Weight::Regular, room - keys_width);
            let entry = keys_width + width(&name, size::LABEL, Weight::Regular);
            if x > 0.0 && x + entry > room {
                (x, y) = (0.0, y + ROW);
            }
            keys.draw(canvas, (MARGIN + x, y - 4.0));
            canvas.text(Text::at((MARGIN + x + keys_width, y), &name));
            x += entry + ENTRY_GAP;
        }
        canvas.close();
        if self.entries.is_empty() { top } else { y + 10.0 }
    }
}

impl Keys {
    fn width(&self) -> f64 {
        match self {
            Keys::Series { roles, .. } => roles.len() as f64 * (KEY + KEY_GAP) + 2.0,
            Keys::Star => 12.0,
            Keys::Own { width, .. } => width + KEY_GAP + 2.0,
        }
    }

    fn draw(&self, canvas: &mut Canvas, (x, y): Place) {
        match self {
            Keys::Star => star(canvas, (x + 5.0, y)),
            Keys::Own { draw, .. } => draw(canvas, (x, y)),
            Keys::Series { roles, interval } => {
                for (index, role) in roles.iter().enumerate() {
                    key(canvas, *role, *interval, (x + index as f64 * (KEY + KEY_GAP), y));
                }
            }
        }
    }
}

fn key(canvas: &mut Canvas, role: Role, interval: bool, (x, y): Place) {
    let look = role.look();
    let middle = x + KEY / 2.0;
    match look.interval {
        IntervalStyle::Band if interval => {
            let corners = [(x, y - 6.0), (x + KEY, y - 6.0), (x + KEY, y + 6.0), (x, y + 6.0)];
            canvas.polygon(&corners, look.colour, BAND_OPACITY);
        }
        IntervalStyle::Whiskers if interval => {
            canvas.line((middle, y - 7.0), (middle, y + 7.0), Stroke::solid(look.colour, 1.2));
        }
        _ => {}
    }
    canvas.line((x, y), (x + KEY, y), Stroke { colour: look.colour, width: 1.6, dash: look.dash });
    canvas.marker((middle, y), 3.2, look, "");
}

/// Opacity of interval bands, here and in the panels.
pub(crate) const BAND_OPACITY: f64 = 0.2;

/// The mark of significance, centred on a place.
pub(crate) fn star(canvas: &mut Canvas, (x, y): Place) {
    // The glyph of an asterisk hangs high in its line.
    let text = Text { size: 14.0, weight: Weight::Bold, anchor: Anchor::Middle, ..Text::at((x, y + 7.5), "*") };
    canvas.text(Text { colour: INK, ..text });
}
