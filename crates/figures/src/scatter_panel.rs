//! One plane of points: marks by class, rings, and the names of classes where their points lie.

use crate::axes::LINE;
use crate::class_names::{Spot, place_names, short_names};
use crate::page;
use crate::scatter::{Scatter, ScatterPanel, ScatterPoint};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten, wrap_at_most};
use crate::theme::{FRAME, INK, SOFT_INK, class_look, size};

/// A panel in its box, with the places of its points.
pub(crate) struct Plane<'a> {
    corner: Place,
    side: f64,
    scatter: &'a Scatter,
    panel: &'a ScatterPanel,
    places: Vec<Place>,
}

/// Air between the frame and the outermost points, in px; rings fit into it.
const AIR: f64 = 14.0;
/// From this side on, classes are named in full where they lie.
const ROOMY: f64 = 400.0;
/// The longest a label of a point gets, in px at the size of labels, so that thousands of points stay a small file.
const LONGEST_LABEL: f64 = 330.0;
const MOST_NOTE_LINES: usize = 3;

fn note_lines(note: &str, side: f64) -> Vec<String> {
    wrap_at_most(note, size::LABEL, Weight::Regular, side, MOST_NOTE_LINES)
}

/// Room that a note needs below its panel, in px.
pub(crate) fn note_height(note: &str, side: f64) -> f64 {
    note_lines(note, side).len() as f64 * LINE + 6.0
}

impl<'a> Plane<'a> {
    pub fn new(corner: Place, side: f64, scatter: &'a Scatter, panel: &'a ScatterPanel) -> Self {
        Self { corner, side, scatter, panel, places: places(corner, side, &panel.points) }
    }

    /// Draws the panel with its title and its note.
    pub fn draw(&self, canvas: &mut Canvas) {
        let (x, y) = self.corner;
        canvas.open_panel(&self.panel.title, "");
        page::panel_title(canvas, &self.panel.title, self.corner, self.side);
        canvas.outline(self.corner, (self.side, self.side), Stroke::solid(FRAME, 1.0));
        for class in 0..self.scatter.classes.len() {
            self.draw_class(canvas, class);
        }
        if self.places.is_empty() {
            let middle = (x + self.side / 2.0, y + self.side / 2.0);
            canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(middle, "no values") });
        }
        self.draw_names(canvas);
        for (index, line) in note_lines(&self.panel.note, self.side).iter().enumerate() {
            let place = (x, y + self.side + 4.0 + (index as f64 + 1.0) * LINE);
            canvas.text(Text { colour: SOFT_INK, ..Text::at(place, line) });
        }
        canvas.close();
    }

    /// The points of a class with their places.
    fn members(&self, class: usize) -> impl Iterator<Item = (&ScatterPoint, Place)> {
        let all = self.panel.points.iter().zip(self.places.iter().copied());
        all.filter(move |(point, _)| point.class == class)
    }

    /// Radius of a mark in px: two fifths of what it would have if all of them shared the plane evenly, within limits.
    fn radius(&self) -> f64 {
        (self.side / (self.places.len().max(1) as f64).sqrt() / 5.0).clamp(1.9, 4.0)
    }

    /// Draws the points of a class and the rings around them.
    fn draw_class(&self, canvas: &mut Canvas, class: usize) {
        let (look, radius) = (class_look(class), self.radius());
        if self.members(class).next().is_none() {
            return;
        }
        let (outline, ring) = if radius < 3.0 { (0.8, 0.45) } else { (1.2, 0.7) };
        canvas.open_marks(look, outline);
        for (point, place) in self.members(class) {
            canvas.small_mark(look.marker, place, radius, &told(self.scatter, point));
        }
        canvas.close();
        if self.members(class).any(|(point, _)| point.ringed) {
            canvas.open_rings(Stroke::solid(INK, ring));
            self.members(class).filter(|(point, _)| point.ringed).for_each(|(_, at)| canvas.ring(at, radius + 1.4));
            canvas.close();
        }
    }

    /// Writes the names of the classes near the medians of their points.
    fn draw_names(&self, canvas: &mut Canvas) {
        let names = if self.side >= ROOMY { self.scatter.classes.clone() } else { short_names(&self.scatter.classes) };
        let spot = |(class, name): (usize, &String)| {
            let median = |values: &mut Vec<f64>| {
                values.sort_by(f64::total_cmp);
                values.get(values.len().saturating_sub(1) / 2).copied()
            };
            let (mut xs, mut ys): (Vec<f64>, Vec<f64>) = self.members(class).map(|(_, place)| place).unzip();
            // A little above, so that a class of one point does not hide it.
            let place = (median(&mut xs)?, median(&mut ys)? - self.radius() - 4.0);
            Some(Spot { name: shorten(name, size::LABEL, Weight::Bold, self.side / 2.0), place })
        };
        let spots = names.iter().enumerate().filter_map(spot).collect();
        for spot in place_names(spots, self.corner, self.side) {
            let weight = Weight::Bold;
            canvas.text(Text { weight, anchor: Anchor::Middle, halo: true, ..Text::at(spot.place, &spot.name) });
        }
    }
}

/// Where points stand: one px is the same distance along both axes, and what they span lies in the middle of the box.
fn places(corner: Place, side: f64, points: &[ScatterPoint]) -> Vec<Place> {
    let span = |value: fn(&ScatterPoint) -> f64| {
        points.iter().map(value).fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (across, upwards) = (span(|point| point.x), span(|point| point.y));
    let largest = (across.1 - across.0).max(upwards.1 - upwards.0);
    // Without any extent all points lie in the middle; below this, the ratio would leave the floating-point range.
    let unit = if largest > 1e-290 { (side - 2.0 * AIR) / largest } else { 0.0 };
    let from_middle = |value: f64, (low, high): (f64, f64)| ((value - low) - (high - low) / 2.0) * unit;
    let middle = (corner.0 + side / 2.0, corner.1 + side / 2.0);
    let place =
        |point: &ScatterPoint| (middle.0 + from_middle(point.x, across), middle.1 - from_middle(point.y, upwards));
    points.iter().map(place).collect()
}

/// What a point tells: its name, its class, and whether it has a ring.
fn told(scatter: &Scatter, point: &ScatterPoint) -> String {
    let label = shorten(&point.label, size::LABEL, Weight::Regular, LONGEST_LABEL);
    let class = format!("{} {}", scatter.class_label, scatter.classes[point.class]);
    let ring = if point.ringed { format!(", {}", scatter.ring_label) } else { String::new() };
    format!("{label}, {}{ring}", class.trim())
}
