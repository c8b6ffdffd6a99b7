//! Pictures in rows of what was predicted of them, each with its true class; ids stand where pictures must not.

use crate::axes::LINE;
use crate::error::FigureError;
use crate::figure::Figure;
use crate::legend::Legend;
use crate::page::{self, MARGIN};
use crate::picture_cell::{self, CELL_GAP, Outcome, SIDE, caption_lines, caption_room};
use crate::svg::{Canvas, Place, Stroke, Text};
use crate::text::{Weight, wrap_at_most};
use crate::theme::{GRID, SOFT_INK, size};

/// A small copy of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    /// Width in pixels, from 1 to [`Thumbnail::LARGEST`].
    pub width: usize,
    /// Height in pixels, from 1 to [`Thumbnail::LARGEST`].
    pub height: usize,
    /// Red, green and blue of each pixel, row by row from the top: `3 · width · height` bytes.
    pub rgb: Vec<u8>,
}

impl Thumbnail {
    /// The longest side that a grid takes, in pixels: more than a printed page shows, and a page of some megabytes.
    pub const LARGEST: usize = 320;
}

/// A picture and what it truly shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridPicture {
    /// Its name; stands in its place where there is no thumbnail.
    pub id: String,
    /// The picture, where it may be shown.
    pub thumbnail: Option<Thumbnail>,
    /// Its true class. A picture is marked as right if that is the name of its row.
    pub truth: String,
}

/// Pictures of which the same was predicted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GridRow {
    /// The predicted class.
    pub name: String,
    /// The pictures; there may be none.
    pub pictures: Vec<GridPicture>,
}

/// Rows of pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureGrid {
    /// Stands above the figure.
    pub title: String,
    /// The rows, top to bottom.
    pub rows: Vec<GridRow>,
    /// Stands below the figure: how the pictures were chosen, and whose they are.
    pub caption: String,
}

/// Width of the names of rows, in px.
const NAMES: f64 = 120.0;
/// The most pictures side by side; further ones go on below.
const PER_LINE: usize = 8;

impl PictureGrid {
    /// Draws the grid; thumbnails are embedded as PNG.
    ///
    /// # Errors
    /// [`FigureError`] if there is no row, if a thumbnail has a side of 0 or above [`Thumbnail::LARGEST`], or not three
    /// bytes per pixel.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let longest = self.rows.iter().map(|row| row.pictures.len()).max().unwrap_or(0);
        let per_line = longest.clamp(1, PER_LINE);
        let width = (2.0 * MARGIN + NAMES + per_line as f64 * (SIDE + CELL_GAP) - CELL_GAP).max(360.0);
        let mut canvas = Canvas::for_values(self.rows.iter().map(|row| row.pictures.len()).sum());
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let mut y = self.legend().draw(&mut canvas, top, width) + 4.0;
        for row in &self.rows {
            canvas.line((MARGIN, y), (width - MARGIN, y), Stroke::solid(GRID, 1.0));
            canvas.open_panel(&format!("predicted {}", row.name), "");
            y = draw_row(&mut canvas, row, per_line, (MARGIN, y + 8.0))? + 8.0;
            canvas.close();
        }
        let bottom = page::caption(&mut canvas, &self.caption, y, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default();
        for outcome in [Outcome::Right, Outcome::Wrong] {
            let is_there = |row: &GridRow| row.pictures.iter().any(|picture| Outcome::of(row, picture) == outcome);
            if self.rows.iter().any(is_there) {
                legend.add_own(outcome.meaning(), 28.0, move |canvas, place| outcome.draw_key(canvas, place));
            }
        }
        legend
    }

    fn check(&self) -> Result<(), FigureError> {
        if self.rows.is_empty() {
            return Err(FigureError::Empty { place: format!("pictures \"{}\"", self.title), what: "rows" });
        }
        for (row, picture) in self.rows.iter().flat_map(|row| row.pictures.iter().map(move |picture| (row, picture))) {
            let Some(Thumbnail { width, height, rgb }) = &picture.thumbnail else { continue };
            let sides = [*width, *height].iter().all(|side| (1..=Thumbnail::LARGEST).contains(side));
            if !sides || rgb.len() != 3 * width * height {
                let place = format!("pictures \"{}\", row {}, picture {}", self.title, row.name, picture.id);
                let (most, found) = (Thumbnail::LARGEST, rgb.len());
                return Err(FigureError::Pixels { place, width: *width, height: *height, most, found });
            }
        }
        Ok(())
    }
}

/// Draws the name of a row and its pictures; returns where they end.
fn draw_row(canvas: &mut Canvas, row: &GridRow, per_line: usize, (x, y): Place) -> Result<f64, FigureError> {
    let names = wrap_at_most(&row.name, size::HEADING, Weight::Bold, NAMES - 10.0, 4);
    for (index, line) in names.iter().enumerate() {
        let place = (x, y + (index as f64 + 1.0) * 15.0);
        canvas.text(Text { size: size::HEADING, weight: Weight::Bold, ..Text::at(place, line) });
    }
    let bottom = y + names.len() as f64 * 15.0 + 4.0;
    if row.pictures.is_empty() {
        let place = (x + NAMES, y + 15.0);
        canvas.text(Text { colour: SOFT_INK, ..Text::at(place, "no picture") });
        return Ok(f64::max(bottom, y + LINE + 8.0));
    }
    let mut top = y;
    for pictures in row.pictures.chunks(per_line) {
        for (index, picture) in pictures.iter().enumerate() {
            let corner = (x + NAMES + index as f64 * (SIDE + CELL_GAP), top);
            picture_cell::draw(canvas, row, picture, corner)?;
        }
        let lines = pictures.iter().map(|picture| caption_lines(picture).len()).max().unwrap_or(1);
        top += SIDE + caption_room(lines) + 8.0;
    }
    Ok(f64::max(bottom, top - 8.0))
}
