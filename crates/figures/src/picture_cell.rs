//! One picture of a grid: the picture or its id, its frame, and its true class.

use crate::axes::LINE;
use crate::error::FigureError;
use crate::picture_grid::{GridPicture, GridRow, Thumbnail};
use crate::png;
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, wrap_at_most};
use crate::theme::{SHADE, SOFT_INK, size};

/// Side of the box of a picture, in px.
pub(crate) const SIDE: f64 = 98.0;
/// Between neighbouring boxes, in px.
pub(crate) const CELL_GAP: f64 = 10.0;
/// Between a frame and its picture, in px.
const BORDER: f64 = 4.0;
/// Room for the sign before the true class, in px.
const SIGN: f64 = 14.0;

/// Whether a prediction was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Right,
    Wrong,
}

impl Outcome {
    pub fn of(row: &GridRow, picture: &GridPicture) -> Self {
        if row.name == picture.truth { Outcome::Right } else { Outcome::Wrong }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Outcome::Right => "right: the true class is the predicted one",
            Outcome::Wrong => "wrong: the true class stands below",
        }
    }

    fn colour(self) -> &'static str {
        if self == Outcome::Right { "#009e73" } else { "#d55e00" }
    }

    fn frame(self) -> Stroke {
        let dash = if self == Outcome::Right { "" } else { "6 3" };
        Stroke { colour: self.colour(), width: 2.0, dash }
    }

    /// A tick or a cross in a box of 10 px whose left end and middle line are given.
    fn draw_sign(self, canvas: &mut Canvas, (x, y): Place) {
        let stroke = Stroke::solid(self.colour(), 2.0);
        match self {
            Outcome::Right => canvas.polyline(&[(x + 0.5, y), (x + 3.5, y + 3.5), (x + 9.5, y - 4.0)], stroke),
            Outcome::Wrong => {
                canvas.line((x + 1.0, y - 4.0), (x + 9.0, y + 4.0), stroke);
                canvas.line((x + 1.0, y + 4.0), (x + 9.0, y - 4.0), stroke);
            }
        }
    }

    /// Frame and sign, in 28 px.
    pub fn draw_key(self, canvas: &mut Canvas, (x, y): Place) {
        canvas.outline((x, y - 6.0), (12.0, 12.0), self.frame());
        self.draw_sign(canvas, (x + 17.0, y));
    }
}

/// The true class of a picture in lines that fit below it.
pub(crate) fn caption_lines(picture: &GridPicture) -> Vec<String> {
    wrap_at_most(&picture.truth, size::LABEL, Weight::Regular, SIDE - SIGN, 2)
}

/// Room that a true class of that many lines needs, in px.
pub(crate) fn caption_room(lines: usize) -> f64 {
    lines.max(1) as f64 * LINE + 4.0
}

/// Draws a picture, or its id, with its true class.
pub(crate) fn draw(
    canvas: &mut Canvas,
    row: &GridRow,
    picture: &GridPicture,
    (x, y): Place,
) -> Result<(), FigureError> {
    let outcome = Outcome::of(row, picture);
    let word = if outcome == Outcome::Right { "right" } else { "wrong" };
    canvas.open_value("picture", &format!("{}: true class {}, {word}", picture.id, picture.truth));
    match &picture.thumbnail {
        Some(thumbnail) => draw_thumbnail(canvas, thumbnail, (x, y))?,
        None => draw_id(canvas, &picture.id, (x, y)),
    }
    canvas.outline((x + 1.0, y + 1.0), (SIDE - 2.0, SIDE - 2.0), outcome.frame());
    outcome.draw_sign(canvas, (x, y + SIDE + LINE - 5.0));
    for (index, line) in caption_lines(picture).iter().enumerate() {
        canvas.text(Text::at((x + SIGN, y + SIDE + (index as f64 + 1.0) * LINE), line));
    }
    canvas.close();
    Ok(())
}

/// Draws a thumbnail in the middle of its box, as large as it can be with its own proportions.
fn draw_thumbnail(canvas: &mut Canvas, thumbnail: &Thumbnail, (x, y): Place) -> Result<(), FigureError> {
    let room = SIDE - 2.0 * BORDER;
    let (width, height) = (thumbnail.width as f64, thumbnail.height as f64);
    let scale = room / width.max(height);
    let extent = (width * scale, height * scale);
    let corner = (x + (SIDE - extent.0) / 2.0, y + (SIDE - extent.1) / 2.0);
    canvas.picture(corner, extent, &png::of_pixels(thumbnail.width, thumbnail.height, &thumbnail.rgb)?);
    Ok(())
}

/// Writes the id of a picture that is not shown.
fn draw_id(canvas: &mut Canvas, id: &str, (x, y): Place) {
    canvas.rectangle((x + BORDER, y + BORDER), (SIDE - 2.0 * BORDER, SIDE - 2.0 * BORDER), SHADE);
    let lines = wrap_at_most(id, size::LABEL, Weight::Regular, SIDE - 4.0 * BORDER, 5);
    let top = y + SIDE / 2.0 - lines.len() as f64 * LINE / 2.0;
    for (index, line) in lines.iter().enumerate() {
        let place = (x + SIDE / 2.0, top + (index as f64 + 1.0) * LINE - 3.0);
        canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(place, line) });
    }
}
