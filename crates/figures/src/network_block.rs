//! One layer of a drawn network: its block, its marks and its texts.

use crate::axes::LINE;
use crate::bar_marks::hatch;
use crate::network_drawing::NetworkLayer;
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, wrap_at_most};
use crate::theme::{INK, PAPER, SOFT_INK, size};

/// Air between the texts of neighbouring layers, in px.
pub(crate) const SLOT_TEXT: f64 = 5.0;
/// Height and depth of a single unit, and what the largest block has beyond it, in px.
const HEIGHT: (f64, f64) = (12.0, 76.0);
const DEPTH: (f64, f64) = (6.0, 24.0);
/// How far back a block reaches, in px across and up, for each px of its width.
const SLANT: f64 = 0.26;
const MOST_LINES: usize = 2;

/// The largest layer of a network, which the others are drawn in relation to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    side: usize,
    channels: usize,
}

impl Sizes {
    pub fn of(layers: &[NetworkLayer]) -> Self {
        let side = layers.iter().map(|layer| layer.height.max(layer.width)).max().unwrap_or(1);
        Self { side, channels: layers.iter().map(|layer| layer.channels).max().unwrap_or(1) }
    }
}

/// A length that grows with the logarithm of a number, up to that of the largest.
fn length(number: usize, largest: usize, (least, more): (f64, f64)) -> f64 {
    if largest < 2 { least } else { least + more * (number as f64).ln() / (largest as f64).ln() }
}

/// How a layer is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub is_site: bool,
    pub retrained: bool,
}

impl Look {
    /// Room above the blocks for the mark of a site, in px.
    pub const MARK_ROOM: f64 = 16.0;

    fn colour(self) -> &'static str {
        match self {
            Look { retrained: true, .. } => "#d55e00",
            Look { is_site: true, .. } => "#0072b2",
            _ => "#6b6b6b",
        }
    }

    /// Draws a block: its front, and its top and side that go back by `back` px.
    fn draw(self, canvas: &mut Canvas, (x, y): Place, (width, height): Place, back: f64) {
        let colour = self.colour();
        let (right, bottom) = (x + width, y + height);
        let top = [(x, y), (x + back, y - back), (right + back, y - back), (right, y)];
        let side = [(right, y), (right + back, y - back), (right + back, bottom - back), (right, bottom)];
        let front = [(x, y), (right, y), (right, bottom), (x, bottom)];
        for (face, opacity) in [(top, 0.1), (side, 0.45), (front, 0.25)] {
            // The paper below hides arrows that pass behind.
            canvas.polygon(&face, PAPER, 1.0);
            canvas.polygon(&face, colour, opacity);
            canvas.polyline(&[face[0], face[1], face[2], face[3], face[0]], Stroke::solid(colour, 1.0));
        }
        if self.retrained {
            hatch(canvas, (x, y), (width, height), colour);
        }
        canvas.outline((x, y), (width, height), Stroke::solid(colour, if self.retrained { 2.0 } else { 1.0 }));
    }

    /// Draws a small block as the key of a legend.
    pub fn draw_key(self, canvas: &mut Canvas, (x, y): Place) {
        self.draw(canvas, (x, y - 2.0), (13.0, 8.0), 3.0);
        if self.is_site {
            site_mark(canvas, (x + 8.0, y - 8.5));
        }
    }
}

fn site_mark(canvas: &mut Canvas, (x, y): Place) {
    canvas.polygon(&[(x - 4.0, y - 3.0), (x + 4.0, y - 3.0), (x, y + 3.0)], INK, 1.0);
}

/// A layer as it is drawn.
pub(crate) struct Block<'a> {
    layer: &'a NetworkLayer,
    look: Look,
    front: Place,
    back: f64,
}

impl<'a> Block<'a> {
    pub fn new(layer: &'a NetworkLayer, sizes: &Sizes) -> Self {
        let front = (length(layer.channels, sizes.channels, DEPTH), length(layer.height, sizes.side, HEIGHT));
        let back = SLANT * length(layer.width, sizes.side, HEIGHT);
        Self { layer, look: Look { is_site: layer.is_site, retrained: layer.retrained }, front, back }
    }

    pub fn width(&self) -> f64 {
        self.front.0 + self.back
    }

    pub fn height(&self) -> f64 {
        self.front.1 + self.back
    }

    /// Draws the block around its middle.
    pub fn draw(&self, canvas: &mut Canvas, (x, y): Place) {
        let corner = (x - self.width() / 2.0, y - self.height() / 2.0 + self.back);
        self.look.draw(canvas, corner, self.front, self.back);
        if self.look.is_site {
            site_mark(canvas, (x, y - self.height() / 2.0 - 7.0));
        }
    }

    fn size(&self) -> String {
        let NetworkLayer { channels, height, width, .. } = self.layer;
        if (*height, *width) == (1, 1) { channels.to_string() } else { format!("{height}×{width}×{channels}") }
    }

    /// Name, kind, size, note and mark, each in lines of that many px.
    pub fn texts(&self, room: f64) -> Vec<Vec<String>> {
        let retrained = if self.layer.retrained { "retrained" } else { "" };
        let weights = [Weight::Bold, Weight::Regular, Weight::Regular, Weight::Regular, Weight::Bold];
        let texts = [&self.layer.name, &self.layer.kind, &self.size(), &self.layer.note, retrained];
        let lines = texts.into_iter().zip(weights);
        lines.map(|(text, weight)| wrap_at_most(text, size::LABEL, weight, room, MOST_LINES)).collect()
    }

    /// Writes the texts below a place, each kind of text at one height in the whole row; returns where the row ends.
    pub fn write(&self, canvas: &mut Canvas, texts: &[Vec<String>], row: &[Vec<Vec<String>>], (x, y): Place) -> f64 {
        let mut top = y;
        for (kind, lines) in texts.iter().enumerate() {
            let is_bold = kind == 0 || kind == 4;
            let weight = if is_bold { Weight::Bold } else { Weight::Regular };
            let colour = if is_bold { INK } else { SOFT_INK };
            for (index, line) in lines.iter().enumerate() {
                let place = (x, top + (index as f64 + 1.0) * LINE - 3.0);
                canvas.text(Text { anchor: Anchor::Middle, colour, weight, ..Text::at(place, line) });
            }
            top += row.iter().map(|texts| texts[kind].len()).max().unwrap_or(0) as f64 * LINE;
        }
        top
    }

    /// What the block tells: everything that is known of its layer.
    pub fn told(&self, site_label: &str, retrained_label: &str) -> String {
        let NetworkLayer { name, kind, channels, height, width, note, is_site, retrained } = self.layer;
        let size = if (*height, *width) == (1, 1) {
            format!("{channels} units")
        } else {
            format!("{channels} channels of {height} × {width}")
        };
        let marks = [(*is_site, site_label), (*retrained, retrained_label)];
        let marks = marks.into_iter().filter_map(|(is_so, label)| is_so.then_some(label));
        let parts: Vec<&str> =
            [kind.as_str(), &size, note].into_iter().chain(marks).filter(|part| !part.is_empty()).collect();
        format!("{name}: {}", parts.join(", "))
    }
}
