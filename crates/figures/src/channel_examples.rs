//! Example channels, one cell each: the tuning curve, and which pictures drive the channel most.

use crate::axes::{LINE, Scale, SlotLabels, vertical_title, vertical_title_width};
use crate::error::{FigureError, check_length, check_value};
use crate::example_panels::{Area, BINS, Qualities, draw_curves, draw_histograms, histogram};
use crate::figure::Figure;
use crate::legend::Legend;
use crate::page::{self, MARGIN};
use crate::svg::{Anchor, Canvas, Place, Text};
use crate::text::{Weight, shorten};
use crate::theme::{Role, SOFT_INK, size};

/// One picture set's view of a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct ExampleSet {
    /// The set, in the legend.
    pub name: String,
    /// Its look.
    pub role: Role,
    /// The tuning curve: one value per category; `None` leaves a gap.
    pub curve: Vec<Option<f64>>,
    /// A quality, such as valence, of the pictures that drive the channel most; drawn as shares of these pictures.
    pub values: Vec<f64>,
}

/// One channel; without sets the cell says that there is none.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelExample {
    /// Stands above the cell.
    pub title: String,
    /// The sets.
    pub sets: Vec<ExampleSet>,
}

/// A grid of example channels on shared scales.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelExamples {
    /// Stands above the figure.
    pub title: String,
    /// The categories of the curves, left to right.
    pub categories: Vec<String>,
    /// Title of the curves' vertical axis.
    pub curve_label: String,
    /// What the pictures' quality is, such as "valence (1–9)".
    pub value_label: String,
    /// The ends of the scale of that quality.
    pub value_range: (f64, f64),
    /// The cells, row by row.
    pub rows: Vec<Vec<ChannelExample>>,
    /// Stands below the figure.
    pub caption: String,
}

const CURVE: f64 = 96.0;
const HISTOGRAM: f64 = 124.0;
const HEIGHT: f64 = 104.0;
/// Between the curve and the histogram of a cell, where the histogram's ticks stand.
const INNER_GAP: f64 = 38.0;
const CELL_GAP: f64 = 22.0;

/// Where everything goes, in px, and the shared scales.
struct Layout {
    left: f64,
    width: f64,
    curves: Scale,
    shares: Scale,
    values: Scale,
    labels: SlotLabels,
}

impl ChannelExamples {
    /// Draws the grid.
    ///
    /// # Errors
    /// [`FigureError`] if there is no row, cell or category, if a curve does not have one value per category, if the
    /// scale of the quality is upside down, or if a value is not finite or above 1e100.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let layout = self.layout();
        let mut canvas = Canvas::for_values(self.sets().map(|set| set.curve.len() + BINS).sum());
        let top = page::title(&mut canvas, &self.title, MARGIN, layout.width);
        let mut legend = Legend::default();
        self.sets().for_each(|set| legend.add(&set.name, set.role, false));
        let mut y = legend.draw(&mut canvas, top, layout.width);
        for (row, cells) in self.rows.iter().enumerate() {
            let room = CURVE + INNER_GAP + HISTOGRAM;
            y += cells.iter().map(|cell| page::panel_title_room(&cell.title, room)).fold(0.0, f64::max);
            for (column, cell) in cells.iter().enumerate() {
                let x = layout.left + column as f64 * (room + CELL_GAP);
                let is_last = self.rows.get(row + 1).is_none_or(|next| next.len() <= column);
                self.draw_cell(&mut canvas, &layout, cell, (x, y), column == 0, is_last);
            }
            y += HEIGHT;
        }
        let bottom =
            page::caption(&mut canvas, &self.caption, y + layout.labels.height.max(2.0 * LINE) + 14.0, layout.width);
        Ok(canvas.finish((layout.width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn sets(&self) -> impl Iterator<Item = &ExampleSet> {
        self.rows.iter().flatten().flat_map(|cell| &cell.sets)
    }

    fn check(&self) -> Result<(), FigureError> {
        let empty = |what| Err(FigureError::Empty { place: format!("examples \"{}\"", self.title), what });
        if self.rows.is_empty() || self.rows.iter().any(Vec::is_empty) {
            return empty("channels");
        }
        if self.categories.is_empty() {
            return empty("categories");
        }
        let (low, high) = self.value_range;
        let place = || format!("examples \"{}\", scale", self.title);
        check_value(low, place)?;
        check_value(high, place)?;
        if low >= high {
            return Err(FigureError::Interval { place: place(), low, high });
        }
        for cell in self.rows.iter().flatten() {
            for set in &cell.sets {
                let place = || format!("channel \"{}\", set {}", cell.title, set.name);
                check_length(set.curve.len(), self.categories.len(), "values, one per category", place)?;
                set.curve.iter().flatten().chain(&set.values).try_for_each(|&value| check_value(value, place))?;
            }
        }
        Ok(())
    }

    fn layout(&self) -> Layout {
        let curves = Scale::covering(self.sets().flat_map(|set| set.curve.iter().flatten().copied()).chain([0.0]), 0.1);
        let largest = self.sets().flat_map(|set| histogram(&set.values, self.value_range)).fold(0.0, f64::max);
        let shares = Scale::covering([0.0, if largest > 0.0 { 1.1 * largest } else { 1.0 }].into_iter(), 0.0);
        let values = Scale::covering([self.value_range.0, self.value_range.1].into_iter(), 0.0);
        let labels = SlotLabels::arrange(&self.categories, CURVE / self.categories.len() as f64);
        let axis = vertical_title_width(&self.curve_label, HEIGHT) + curves.label_width() + 10.0;
        let left = MARGIN + axis.max(labels.overhang);
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(1) as f64;
        let width = left + columns * (CURVE + INNER_GAP + HISTOGRAM + CELL_GAP) - CELL_GAP + MARGIN;
        Layout { left, width: width.max(420.0), curves, shares, values, labels }
    }

    fn draw_cell(
        &self,
        canvas: &mut Canvas,
        layout: &Layout,
        cell: &ChannelExample,
        (x, y): Place,
        is_first: bool,
        is_last: bool,
    ) {
        canvas.open_panel(&cell.title, "");
        page::panel_title(canvas, &cell.title, (x, y), CURVE + INNER_GAP + HISTOGRAM);
        let curve = Area { corner: (x, y), extent: (CURVE, HEIGHT), scale: &layout.curves };
        draw_curves(canvas, &curve, self, &cell.sets);
        if is_first {
            curve.draw_tick_labels(canvas);
            vertical_title(canvas, &self.curve_label, (MARGIN + size::HEADING, y + HEIGHT / 2.0), HEIGHT);
        }
        let corner = (x + CURVE + INNER_GAP, y);
        let shares = Area { corner, extent: (HISTOGRAM, HEIGHT), scale: &layout.shares };
        let qualities = Qualities { label: &self.value_label, range: self.value_range, scale: &layout.values };
        draw_histograms(canvas, &shares, &qualities, &cell.sets);
        shares.draw_tick_labels(canvas);
        if is_last {
            layout.labels.draw(canvas, (x, y + HEIGHT));
            for (value, label) in &layout.values.ticks {
                let place = (corner.0 + HISTOGRAM * layout.values.share(*value), y + HEIGHT + LINE);
                canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(place, label) });
            }
            let label = shorten(&self.value_label, size::LABEL, Weight::Regular, HISTOGRAM + 20.0);
            let place = (corner.0 + HISTOGRAM / 2.0, y + HEIGHT + 2.0 * LINE);
            canvas.text(Text { anchor: Anchor::Middle, ..Text::at(place, &label) });
        }
        canvas.close();
    }
}
