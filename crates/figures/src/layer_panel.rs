//! One panel of a layer chart: grid, groups of layers, intervals, lines, markers and stars.

use crate::axes::Scale;
use crate::layer_chart::{LayerChart, Panel, Point, Series};
use crate::legend::{BAND_OPACITY, star};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::theme::{BASELINE, FRAME, GRID, IntervalStyle, Look, Role, SHADE, SOFT_INK};

/// The box of a panel and its vertical scale.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub corner: Place,
    pub extent: Place,
    pub scale: &'a Scale,
}

impl Frame<'_> {
    fn y(&self, value: f64) -> f64 {
        self.corner.1 + self.extent.1 * (1.0 - self.scale.share(value))
    }

    fn right(&self) -> f64 {
        self.corner.0 + self.extent.0
    }

    /// Writes the tick labels to the left of the frame.
    pub fn draw_tick_labels(&self, canvas: &mut Canvas) {
        for (value, label) in &self.scale.ticks {
            let place = (self.corner.0 - 6.0, self.y(*value) + 4.0);
            canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, label) });
        }
    }
}

/// A series with its place among the series of a panel.
struct Track<'a> {
    series: &'a Series,
    look: Look,
    chart: &'a LayerChart,
    slot: f64,
    /// Shift to the right, so that whiskers of several series stand side by side.
    shift: f64,
}

/// Draws a panel into its frame.
pub(crate) fn draw(canvas: &mut Canvas, frame: &Frame<'_>, panel: &Panel, chart: &LayerChart) {
    let (layers, baseline) = (&chart.layers, chart.baseline);
    let slot = frame.extent.0 / layers.len() as f64;
    shade_groups(canvas, frame, layers, slot);
    for (value, _) in &frame.scale.ticks {
        let y = frame.y(*value);
        canvas.line((frame.corner.0, y), (frame.right(), y), Stroke::solid(GRID, 0.8));
    }
    if let Some(baseline) = baseline {
        let y = frame.y(baseline);
        canvas.line((frame.corner.0, y), (frame.right(), y), Stroke::solid(BASELINE, 1.1));
    }
    canvas.outline(frame.corner, frame.extent, Stroke::solid(FRAME, 1.0));
    let tracks = tracks(panel, chart, slot);
    for track in &tracks {
        track.draw_intervals(canvas, frame);
    }
    for track in &tracks {
        track.draw_line(canvas, frame);
    }
    if panel.series.iter().all(|series| series.points.iter().all(Option::is_none)) {
        let middle = (frame.corner.0 + frame.extent.0 / 2.0, frame.corner.1 + frame.extent.1 / 2.0 - 8.0);
        canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(middle, "no values") });
    }
}

/// From this width of a slot on, controls too stand beside the other series.
const WIDE_SLOT: f64 = 40.0;

/// The series of a panel from back to front, controls first; those with whiskers side by side.
fn tracks<'a>(panel: &'a Panel, chart: &'a LayerChart, slot: f64) -> Vec<Track<'a>> {
    let is_control = |series: &Series| matches!(series.role, Role::Control(_));
    let (controls, others): (Vec<&Series>, Vec<&Series>) = panel.series.iter().partition(|series| is_control(series));
    let shifted = if slot < WIDE_SLOT { others.len() } else { panel.series.len() };
    let step = (slot * 0.6 / shifted.max(1) as f64).min(if slot < WIDE_SLOT { 6.0 } else { 8.0 });
    let shift = |index: usize| (index as f64 - (shifted as f64 - 1.0) / 2.0) * step;
    let track = |series, shift| Track { series, look: series.role.look(), chart, slot, shift };
    let controls = controls
        .into_iter()
        .enumerate()
        .map(|(index, series)| track(series, if slot < WIDE_SLOT { 0.0 } else { shift(others.len() + index) }));
    let mut tracks: Vec<Track<'a>> = controls.collect();
    tracks.extend(others.iter().enumerate().map(|(index, series)| track(series, shift(index))));
    tracks
}

/// Shades every second group of layers, so that the eye finds conv4 among 13 names.
fn shade_groups(canvas: &mut Canvas, frame: &Frame<'_>, layers: &[String], slot: f64) {
    let group = |name: &str| name.rsplit_once('_').map_or(name, |(group, _)| group).to_string();
    let groups: Vec<String> = layers.iter().map(|name| group(name)).collect();
    let mut start = 0;
    for (index, run) in groups.chunk_by(|a, b| a == b).enumerate() {
        // A group of its own for each layer would be stripes without meaning.
        if index % 2 == 1 && run.len() < layers.len() && groups.len() > groups.chunk_by(|a, b| a == b).count() {
            let x = frame.corner.0 + start as f64 * slot;
            canvas.rectangle((x, frame.corner.1), (run.len() as f64 * slot, frame.extent.1), SHADE);
        }
        start += run.len();
    }
}

/// A star stands beyond its interval on the side away from the baseline, where no control is in its way.
fn star_y(frame: &Frame<'_>, point: &Point, baseline: Option<f64>) -> f64 {
    if baseline.is_some_and(|baseline| point.y < baseline) {
        frame.y(point.values().fold(point.y, f64::min)) + 9.0
    } else {
        frame.y(point.values().fold(point.y, f64::max)) - 9.0
    }
}

impl Track<'_> {
    fn x(&self, frame: &Frame<'_>, index: usize) -> f64 {
        frame.corner.0 + (index as f64 + 0.5) * self.slot + self.shift
    }

    /// Stretches of neighbouring layers for which `part` has a value.
    fn runs<T>(&self, part: impl Fn(&Point) -> Option<T>) -> Vec<Vec<(usize, T)>> {
        let mut runs = vec![Vec::new()];
        for (index, point) in self.series.points.iter().enumerate() {
            match (point.as_ref().and_then(&part), runs.last_mut()) {
                (Some(value), Some(run)) => run.push((index, value)),
                _ => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| !run.is_empty());
        runs
    }

    fn draw_intervals(&self, canvas: &mut Canvas, frame: &Frame<'_>) {
        for run in self.runs(Point::interval) {
            // A band needs two neighbours; a lone layer gets whiskers.
            if self.look.interval == IntervalStyle::Band && run.len() > 1 {
                let upper = run.iter().map(|&(index, (_, high))| (self.x(frame, index), frame.y(high)));
                let lower = run.iter().rev().map(|&(index, (low, _))| (self.x(frame, index), frame.y(low)));
                canvas.polygon(&upper.chain(lower).collect::<Vec<_>>(), self.look.colour, BAND_OPACITY);
                continue;
            }
            for (index, (low, high)) in run {
                let (x, low, high) = (self.x(frame, index), frame.y(low), frame.y(high));
                let stroke = Stroke::solid(self.look.colour, 1.2);
                canvas.line((x, low), (x, high), stroke);
                canvas.line((x - 2.5, low), (x + 2.5, low), stroke);
                canvas.line((x - 2.5, high), (x + 2.5, high), stroke);
            }
        }
    }

    fn draw_line(&self, canvas: &mut Canvas, frame: &Frame<'_>) {
        canvas.open("series");
        for run in self.runs(|point| Some(point.y)) {
            let places: Vec<Place> = run.iter().map(|&(index, y)| (self.x(frame, index), frame.y(y))).collect();
            if places.len() > 1 {
                canvas.polyline(&places, Stroke { colour: self.look.colour, width: 1.6, dash: self.look.dash });
            }
        }
        let radius = (self.slot / 6.0).clamp(1.5, 3.2);
        for (index, point) in self.series.points.iter().enumerate() {
            let Some(point) = point else { continue };
            canvas.marker((self.x(frame, index), frame.y(point.y)), radius, self.look, &self.value(index, point));
            if self.has_star(index) {
                star(canvas, (self.x(frame, index), star_y(frame, point, self.chart.baseline)));
            }
        }
        canvas.close();
    }

    fn has_star(&self, index: usize) -> bool {
        self.series.stars.get(index) == Some(&true)
    }

    fn value(&self, index: usize, point: &Point) -> String {
        let (layer, name) = (&self.chart.layers[index], &self.series.name);
        let star = if self.has_star(index) { format!(", {}", self.chart.star_label) } else { String::new() };
        format!("{layer}, {name}: {point}{star}")
    }
}
