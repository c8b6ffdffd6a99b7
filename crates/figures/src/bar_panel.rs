//! The panel of a bar chart: categories side by side with values upwards, or below each other with values to the right.

use crate::axes::{LINE, Scale, SlotLabels, vertical_title, vertical_title_width, widest};
use crate::bar_chart::{Bar, BarChart, Bars};
use crate::bar_marks::{BarStyle, DASHES, whisker};
use crate::number::precise;
use crate::page::MARGIN;
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten};
use crate::theme::{BASELINE, FRAME, GRID, SOFT_INK, size};

/// Share of a slot that its bars fill.
const FILLED: f64 = 0.76;
/// Room for the name of a category that stands beside its bars, in px.
const LONGEST_NAME: f64 = 190.0;

/// A panel whose place is known but for its top, in px.
pub(crate) struct BarPanel<'a> {
    chart: &'a BarChart,
    scale: &'a Scale,
    left: f64,
    /// Along the axis of categories.
    breadth: f64,
    /// Along the axis of values.
    length: f64,
    labels: Option<SlotLabels>,
    pub figure_width: f64,
}

impl<'a> BarPanel<'a> {
    pub fn arrange(chart: &'a BarChart, scale: &'a Scale) -> Self {
        let (categories, series) = (chart.categories.len() as f64, chart.series.len() as f64);
        match chart.direction {
            Bars::Upright => {
                let (breadth, length) = ((categories * (14.0 * series / FILLED).max(24.0)).max(480.0), 240.0);
                let labels = SlotLabels::arrange(&chart.categories, breadth / categories);
                let axis = vertical_title_width(&chart.value_label, length) + scale.label_width() + 10.0;
                let left = MARGIN + axis.max(labels.overhang);
                let figure_width = left + breadth + MARGIN;
                Self { chart, scale, left, breadth, length, labels: Some(labels), figure_width }
            }
            Bars::Level => {
                let (breadth, length) = ((categories * (13.0 * series / FILLED).max(22.0)).max(90.0), 500.0);
                let names = widest(chart.categories.iter().map(String::as_str)).min(LONGEST_NAME);
                let left = MARGIN + vertical_title_width(&chart.category_label, breadth) + names + 10.0;
                let figure_width = left + length + MARGIN + scale.label_width() / 2.0;
                Self { chart, scale, left, breadth, length, labels: None, figure_width }
            }
        }
    }

    /// The place of a value, that many px along the axis of categories.
    fn place(&self, top: f64, across: f64, value: f64) -> Place {
        let share = self.scale.share(value);
        match self.chart.direction {
            Bars::Upright => (self.left + across, top + self.length * (1.0 - share)),
            Bars::Level => (self.left + self.length * share, top + across),
        }
    }

    fn extent(&self) -> Place {
        match self.chart.direction {
            Bars::Upright => (self.breadth, self.length),
            Bars::Level => (self.length, self.breadth),
        }
    }

    /// Draws axes, bars and titles from `top` on; returns where they end.
    pub fn draw(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let extent = self.extent();
        canvas.open_panel("", &self.chart.value_label);
        for (value, _) in &self.scale.ticks {
            self.rule(canvas, top, *value, Stroke::solid(GRID, 0.8));
        }
        for category in 0..self.chart.categories.len() {
            self.draw_group(canvas, top, category);
        }
        if self.chart.references.iter().all(|reference| reference.value != self.chart.start) {
            self.rule(canvas, top, self.chart.start, Stroke::solid(BASELINE, 1.1));
        }
        for (reference, dash) in self.chart.references.iter().zip(DASHES) {
            canvas.open_value("reference", &format!("{}: {}", reference.name, precise(reference.value)));
            self.rule(canvas, top, reference.value, Stroke { colour: BASELINE, width: 1.4, dash });
            canvas.close();
        }
        canvas.outline((self.left, top), extent, Stroke::solid(FRAME, 1.0));
        if self.chart.series.iter().all(|series| series.bars.iter().all(Option::is_none)) {
            let middle = (self.left + extent.0 / 2.0, top + extent.1 / 2.0 - 8.0);
            canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(middle, "no values") });
        }
        canvas.close();
        self.draw_tick_labels(canvas, top);
        self.draw_titles(canvas, top)
    }

    /// A line at a value across the panel.
    fn rule(&self, canvas: &mut Canvas, top: f64, value: f64, stroke: Stroke) {
        canvas.line(self.place(top, 0.0, value), self.place(top, self.breadth, value), stroke);
    }

    /// Draws the bars of a category.
    fn draw_group(&self, canvas: &mut Canvas, top: f64, category: usize) {
        let (chart, count) = (self.chart, self.chart.series.len() as f64);
        let slot = self.breadth / chart.categories.len() as f64;
        let thickness = (slot * FILLED / count).min(46.0);
        for (index, series) in chart.series.iter().enumerate() {
            let Some(bar) = &series.bars[category] else { continue };
            let across = (category as f64 + 0.5) * slot + (index as f64 - count / 2.0) * thickness;
            let from = self.place(top, across + 0.5, chart.start);
            let to = self.place(top, across + thickness - 0.5, bar.value);
            canvas.open_value("bar", &chart.told(series, category, bar));
            let extent = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
            BarStyle::of(index).draw(canvas, (from.0.min(to.0), from.1.min(to.1)), extent);
            for (kind, (low, high), shift) in side_by_side(bar, thickness) {
                let across = across + thickness / 2.0 + shift;
                whisker(canvas, kind, self.place(top, across, low), self.place(top, across, high));
            }
            canvas.close();
        }
    }

    fn draw_tick_labels(&self, canvas: &mut Canvas, top: f64) {
        for (value, label) in &self.scale.ticks {
            let (place, anchor) = match self.chart.direction {
                Bars::Upright => ((self.left - 6.0, self.place(top, 0.0, *value).1 + 4.0), Anchor::End),
                Bars::Level => ((self.place(top, 0.0, *value).0, top + self.breadth + LINE), Anchor::Middle),
            };
            canvas.text(Text { anchor, colour: SOFT_INK, ..Text::at(place, label) });
        }
    }

    /// Writes the names of the categories and the titles of the axes; returns where they end.
    fn draw_titles(&self, canvas: &mut Canvas, top: f64) -> f64 {
        let chart = self.chart;
        let extent = self.extent();
        let bottom = top + extent.1;
        let (upward, level, below) = match &self.labels {
            Some(labels) => {
                labels.draw(canvas, (self.left, bottom));
                (&chart.value_label, &chart.category_label, labels.height)
            }
            None => {
                self.name_rows(canvas, top);
                (&chart.category_label, &chart.value_label, LINE + 4.0)
            }
        };
        vertical_title(canvas, upward, (MARGIN + size::HEADING, top + extent.1 / 2.0), extent.1);
        let level = shorten(level, size::HEADING, Weight::Regular, extent.0);
        let place = (self.left + extent.0 / 2.0, bottom + below + LINE);
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, ..Text::at(place, &level) });
        place.1 + 8.0
    }

    fn name_rows(&self, canvas: &mut Canvas, top: f64) {
        let row = self.breadth / self.chart.categories.len() as f64;
        for (index, name) in self.chart.categories.iter().enumerate() {
            let name = shorten(name, size::LABEL, Weight::Regular, LONGEST_NAME);
            let place = (self.left - 6.0, top + (index as f64 + 0.5) * row + 4.0);
            canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, &name) });
        }
    }
}

/// Kind and ends of every interval of a bar, and how far from the middle of the bar it stands.
fn side_by_side(bar: &Bar, thickness: f64) -> impl Iterator<Item = (usize, (f64, f64), f64)> {
    let count = bar.intervals.iter().flatten().count() as f64;
    let apart = (thickness / 3.0).min(9.0);
    let present = bar.intervals.iter().enumerate().filter_map(|(kind, ends)| Some((kind, (*ends)?)));
    present.enumerate().map(move |(index, (kind, ends))| (kind, ends, (index as f64 - (count - 1.0) / 2.0) * apart))
}
