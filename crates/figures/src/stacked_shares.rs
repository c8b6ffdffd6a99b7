//! Stacked bars per layer: which share of a whole belongs to each category.

use crate::axes::{LINE, Scale, SlotLabels, vertical_title, vertical_title_width};
use crate::error::{FigureError, check_length, check_value};
use crate::figure::Figure;
use crate::legend::Legend;
use crate::number::precise;
use crate::page::{self, MARGIN};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten};
use crate::theme::{FRAME, GRID, PAPER, Role, SOFT_INK, size};

/// One coordinate system: a bar per layer.
#[derive(Clone, Debug, PartialEq)]
pub struct SharePanel {
    /// Stands above the panel.
    pub title: String,
    /// Share of each category by layer, `shares[layer][category]`, each between 0 and 1 and together at most 1; what is
    /// missing to 1 stays empty.
    pub shares: Vec<Vec<f64>>,
}

/// Rows of panels of stacked bars over the same layers.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedShares {
    /// Stands above the figure.
    pub title: String,
    /// Title of the horizontal axis.
    pub x_label: String,
    /// Title of the vertical axis.
    pub y_label: String,
    /// Names of the layers, first to last.
    pub layers: Vec<String>,
    /// Name and look of each category, bottom to top.
    pub categories: Vec<(String, Role)>,
    /// The panels, row by row.
    pub panels: Vec<Vec<SharePanel>>,
    /// Stands below the figure.
    pub caption: String,
}

/// Height of a panel in px.
const HEIGHT: f64 = 170.0;
const COLUMN_GAP: f64 = 16.0;
/// Sums may exceed 1 by this much, as sums of rounded shares do.
const ROUNDING: f64 = 1e-9;

impl StackedShares {
    /// Draws the chart.
    ///
    /// # Errors
    /// [`FigureError`] if there is no layer, category or panel, if a list has another length than its names, or if a
    /// share is not finite, negative, or shares exceed 1 together.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let columns = self.panels.iter().map(Vec::len).max().unwrap_or(1);
        let panel_width = if columns <= 2 { 330.0 } else { 250.0 };
        let scale = Scale::covering([0.0, 1.0].into_iter(), 0.0);
        let labels = SlotLabels::arrange(&self.layers, panel_width / self.layers.len() as f64);
        let axis = vertical_title_width(&self.y_label, HEIGHT) + scale.label_width() + 10.0;
        let left = MARGIN + axis.max(labels.overhang);
        let width = left + columns as f64 * (panel_width + COLUMN_GAP) - COLUMN_GAP + MARGIN;
        let bars: usize = self.panels.iter().flatten().map(|panel| panel.shares.len()).sum();
        let mut canvas = Canvas::for_values(bars * self.categories.len());
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let mut legend = Legend::default();
        self.categories.iter().for_each(|(name, role)| legend.add(name, *role, false));
        let mut y = legend.draw(&mut canvas, top, width);
        for (row, panels) in self.panels.iter().enumerate() {
            let rooms = panels.iter().map(|panel| page::panel_title_room(&panel.title, panel_width));
            y += rooms.fold(0.0, f64::max);
            for (column, panel) in panels.iter().enumerate() {
                let corner = (left + column as f64 * (panel_width + COLUMN_GAP), y);
                self.draw_panel(&mut canvas, panel, corner, panel_width, &scale, column == 0);
                if self.panels.get(row + 1).is_none_or(|next| next.len() <= column) {
                    labels.draw(&mut canvas, (corner.0, y + HEIGHT));
                }
            }
            y += HEIGHT;
        }
        let middle = (left + width - MARGIN) / 2.0;
        let label = shorten(&self.x_label, size::HEADING, Weight::Regular, width - left);
        y += labels.height + LINE;
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, ..Text::at((middle, y), &label) });
        let bottom = page::caption(&mut canvas, &self.caption, y + 8.0, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn check(&self) -> Result<(), FigureError> {
        let empty = |what| Err(FigureError::Empty { place: format!("shares \"{}\"", self.title), what });
        if self.layers.is_empty() {
            return empty("layers");
        }
        if self.categories.is_empty() {
            return empty("categories");
        }
        if self.panels.is_empty() || self.panels.iter().any(Vec::is_empty) {
            return empty("panels");
        }
        for panel in self.panels.iter().flatten() {
            let place = || format!("shares \"{}\", panel \"{}\"", self.title, panel.title);
            check_length(panel.shares.len(), self.layers.len(), "bars, one per layer", place)?;
            for (shares, layer) in panel.shares.iter().zip(&self.layers) {
                let place = || format!("{}, layer {layer}", place());
                check_length(shares.len(), self.categories.len(), "shares, one per category", place)?;
                shares.iter().try_for_each(|&share| check_value(share, place))?;
                let sum: f64 = shares.iter().sum();
                if sum > 1.0 + ROUNDING || shares.iter().any(|&share| share < 0.0) {
                    return Err(FigureError::Interval { place: place(), low: sum, high: 1.0 });
                }
            }
        }
        Ok(())
    }

    fn draw_panel(
        &self,
        canvas: &mut Canvas,
        panel: &SharePanel,
        corner: Place,
        width: f64,
        scale: &Scale,
        is_first: bool,
    ) {
        canvas.open_panel(&panel.title, &self.y_label);
        page::panel_title(canvas, &panel.title, corner, width);
        let y = |share: f64| corner.1 + HEIGHT * (1.0 - scale.share(share));
        for (value, label) in &scale.ticks {
            canvas.line((corner.0, y(*value)), (corner.0 + width, y(*value)), Stroke::solid(GRID, 0.8));
            if is_first {
                let place = (corner.0 - 6.0, y(*value) + 4.0);
                canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, label) });
            }
        }
        if is_first {
            let middle = corner.1 + HEIGHT / 2.0;
            vertical_title(canvas, &self.y_label, (MARGIN + size::HEADING, middle), HEIGHT);
        }
        let slot = width / self.layers.len() as f64;
        for (layer, shares) in panel.shares.iter().enumerate() {
            let (x, bar) = (corner.0 + (layer as f64 + 0.1) * slot, 0.8 * slot);
            let mut sum = 0.0;
            for (&share, (name, role)) in shares.iter().zip(&self.categories) {
                let (low, high) = (y(sum), y(sum + share));
                let value = format!("{}, {name}: {} %", self.layers[layer], precise(100.0 * share));
                canvas.open_value("bar", &value);
                canvas.rectangle((x, high), (bar, low - high), role.look().colour);
                canvas.close();
                canvas.line((x, high), (x + bar, high), Stroke::solid(PAPER, 0.8));
                sum += share;
            }
        }
        canvas.outline(corner, (width, HEIGHT), Stroke::solid(FRAME, 1.0));
        canvas.close();
    }
}
