//! Curves over a number, such as the gain: the form of the papers' figures of performance against attention strength.

use crate::axes::{LINE, Scale, vertical_title, vertical_title_width};
use crate::error::{FigureError, check_value};
use crate::figure::Figure;
use crate::layer_chart::Point;
use crate::legend::{BAND_OPACITY, Legend};
use crate::number::precise;
use crate::page::{self, MARGIN};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten};
use crate::theme::{BASELINE, FRAME, GRID, Role, SOFT_INK, size};

/// One curve of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The name in the legend; say here what the band is. Curves of one name share a legend entry.
    pub name: String,
    /// What it stands for, which fixes its look.
    pub role: Role,
    /// Places along the horizontal axis, ascending, and the estimates there.
    pub points: Vec<(f64, Point)>,
}

/// One coordinate system of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct CurvePanel {
    /// Stands above the panel.
    pub title: String,
    /// Its curves; later ones lie on top.
    pub curves: Vec<Curve>,
}

/// Rows of panels that share both axes.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveChart {
    /// Stands above the figure.
    pub title: String,
    /// Title of the horizontal axis with its unit.
    pub x_label: String,
    /// Title of the vertical axis with its unit.
    pub y_label: String,
    /// The panels, row by row.
    pub panels: Vec<Vec<CurvePanel>>,
    /// The value of "no effect": a line, always within the axis.
    pub baseline: Option<f64>,
    /// Stands below the figure.
    pub caption: String,
}

const COLUMN_GAP: f64 = 16.0;
const HEIGHT: f64 = 190.0;

/// The box of a panel and its two scales.
struct Frame<'a> {
    corner: Place,
    width: f64,
    x: &'a Scale,
    y: &'a Scale,
}

impl CurveChart {
    /// Draws the chart.
    ///
    /// # Examples
    /// ```
    /// use figures::{Curve, CurveChart, CurvePanel, Point, Role};
    ///
    /// let points = vec![(0.0, Point::new(0.0)), (1.0, Point::new(4.0)), (5.0, Point::new(-20.0))];
    /// let curve = Curve { name: "neutral channels".into(), role: Role::Neutral, points };
    /// let chart = CurveChart {
    ///     title: "Gain".into(),
    ///     x_label: "α".into(),
    ///     y_label: "change of F1 (%)".into(),
    ///     panels: vec![vec![CurvePanel { title: "mine".into(), curves: vec![curve] }]],
    ///     baseline: Some(0.0),
    ///     caption: String::new(),
    /// };
    /// assert!(chart.draw()?.png()?.starts_with(b"\x89PNG"));
    /// # Ok::<(), figures::FigureError>(())
    /// ```
    ///
    /// # Errors
    /// [`FigureError`] if there is no panel, or if a value is not finite, above 1e100 or an interval upside down.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let columns = self.panels.iter().map(Vec::len).max().unwrap_or(1);
        let panel_width = if columns < 3 { 360.0 } else { 270.0 };
        let curves = || self.panels.iter().flatten().flat_map(|panel| &panel.curves);
        let points = || curves().flat_map(|curve| &curve.points);
        let x = Scale::covering(points().map(|(x, _)| *x), 0.03);
        let y = Scale::covering(points().flat_map(|(_, point)| point.values()).chain(self.baseline), 0.05);
        let left = MARGIN + vertical_title_width(&self.y_label, HEIGHT) + y.label_width() + 10.0;
        let width = left + columns as f64 * (panel_width + COLUMN_GAP) - COLUMN_GAP + MARGIN;
        let mut canvas = Canvas::for_values(points().count());
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let mut legend = Legend::default();
        for curve in curves() {
            legend.add(&curve.name, curve.role, curve.points.iter().any(|(_, point)| point.interval().is_some()));
        }
        let mut bottom = legend.draw(&mut canvas, top, width);
        for panels in &self.panels {
            let titles = panels.iter().map(|panel| page::panel_title_room(&panel.title, panel_width));
            let y_top = bottom + titles.fold(0.0, f64::max);
            for (column, panel) in panels.iter().enumerate() {
                let corner = (left + column as f64 * (panel_width + COLUMN_GAP), y_top);
                let frame = Frame { corner, width: panel_width, x: &x, y: &y };
                canvas.open_panel(&panel.title, &self.y_label);
                frame.draw(&mut canvas, panel, self.baseline, column == 0);
                canvas.close();
            }
            vertical_title(&mut canvas, &self.y_label, (MARGIN + size::HEADING, y_top + HEIGHT / 2.0), HEIGHT);
            bottom = y_top + HEIGHT + LINE + 6.0;
        }
        let label = shorten(&self.x_label, size::HEADING, Weight::Regular, width - MARGIN - left);
        let place = ((left + width - MARGIN) / 2.0, bottom + LINE);
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, ..Text::at(place, &label) });
        let bottom = page::caption(&mut canvas, &self.caption, bottom + LINE + 8.0, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn check(&self) -> Result<(), FigureError> {
        if self.panels.is_empty() || self.panels.iter().any(Vec::is_empty) {
            return Err(FigureError::Empty { place: format!("chart \"{}\"", self.title), what: "panels" });
        }
        for (panel, curve) in
            self.panels.iter().flatten().flat_map(|panel| panel.curves.iter().map(move |c| (panel, c)))
        {
            let place = || format!("chart \"{}\", panel \"{}\", curve \"{}\"", self.title, panel.title, curve.name);
            for (x, point) in &curve.points {
                std::iter::once(*x).chain(point.values()).try_for_each(|value| check_value(value, place))?;
                if let Some((low, high)) = point.low.zip(point.high).filter(|(low, high)| low > high) {
                    return Err(FigureError::Interval { place: place(), low, high });
                }
            }
        }
        Ok(())
    }
}

impl Frame<'_> {
    fn place(&self, x: f64, y: f64) -> Place {
        (self.corner.0 + self.width * self.x.share(x), self.corner.1 + HEIGHT * (1.0 - self.y.share(y)))
    }

    fn draw(&self, canvas: &mut Canvas, panel: &CurvePanel, baseline: Option<f64>, first: bool) {
        page::panel_title(canvas, &panel.title, self.corner, self.width);
        self.draw_axes(canvas, first);
        if let Some(baseline) = baseline {
            let y = self.place(self.x.low, baseline).1;
            canvas.line((self.corner.0, y), (self.corner.0 + self.width, y), Stroke::solid(BASELINE, 1.1));
        }
        canvas.outline(self.corner, (self.width, HEIGHT), Stroke::solid(FRAME, 1.0));
        for curve in &panel.curves {
            self.draw_band(canvas, curve);
        }
        for curve in &panel.curves {
            self.draw_curve(canvas, curve);
        }
        if panel.curves.iter().all(|curve| curve.points.is_empty()) {
            let middle = (self.corner.0 + self.width / 2.0, self.corner.1 + HEIGHT / 2.0 - 8.0);
            canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(middle, "no values") });
        }
    }

    fn draw_axes(&self, canvas: &mut Canvas, first: bool) {
        for (value, label) in &self.y.ticks {
            let y = self.place(self.x.low, *value).1;
            canvas.line((self.corner.0, y), (self.corner.0 + self.width, y), Stroke::solid(GRID, 0.8));
            if first {
                let place = (self.corner.0 - 6.0, y + 4.0);
                canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, label) });
            }
        }
        for (value, label) in &self.x.ticks {
            let (x, bottom) = (self.place(*value, self.y.low).0, self.corner.1 + HEIGHT);
            canvas.line((x, bottom), (x, bottom + 3.0), Stroke::solid(FRAME, 1.0));
            let place = (x, bottom + LINE);
            canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(place, label) });
        }
    }

    fn draw_band(&self, canvas: &mut Canvas, curve: &Curve) {
        let ends: Vec<(f64, (f64, f64))> =
            curve.points.iter().filter_map(|(x, point)| Some((*x, point.interval()?))).collect();
        if ends.len() > 1 {
            let upper = ends.iter().map(|&(x, (_, high))| self.place(x, high));
            let lower = ends.iter().rev().map(|&(x, (low, _))| self.place(x, low));
            canvas.polygon(&upper.chain(lower).collect::<Vec<_>>(), curve.role.look().colour, BAND_OPACITY);
        }
    }

    fn draw_curve(&self, canvas: &mut Canvas, curve: &Curve) {
        let look = curve.role.look();
        let places: Vec<Place> = curve.points.iter().map(|(x, point)| self.place(*x, point.y)).collect();
        canvas.open("series");
        if places.len() > 1 {
            canvas.polyline(&places, Stroke { colour: look.colour, width: 1.6, dash: look.dash });
        }
        let radius = if places.len() > 25 { 1.2 } else { 2.4 };
        for ((x, point), place) in curve.points.iter().zip(places) {
            canvas.marker(place, radius, look, &format!("{}, {}: {point}", precise(*x), curve.name));
        }
        canvas.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, Point)>) -> CurveChart {
        let curve = Curve { name: "selective".into(), role: Role::Pleasant, points };
        CurveChart {
            title: "Curves".into(),
            x_label: "gain".into(),
            y_label: "change (%)".into(),
            panels: vec![vec![CurvePanel { title: "conv5_3".into(), curves: vec![curve] }]],
            baseline: Some(0.0),
            caption: "n = 3".into(),
        }
    }

    #[test]
    fn every_point_is_drawn_with_its_numbers() {
        let points = vec![(1.0, Point::new(0.0)), (1.5, Point::with_interval(4.25, 1.0, 6.0))];
        let figure = chart(points).draw().expect("finite");
        assert_eq!(figure.svg().matches("<circle").count(), 3, "two points and the legend's key");
        assert!(figure.svg().contains("1.5, selective: 4.25 [1, 6]"));
        figure.png().expect("an SVG that parses");
    }

    #[test]
    fn what_cannot_be_drawn_is_named() {
        let error = chart(vec![(1.0, Point::new(f64::NAN))]).draw().expect_err("NaN").to_string();
        assert!(error.contains("conv5_3") && error.contains("selective"), "{error}");
        assert!(chart(vec![(1.0, Point::with_interval(1.0, 2.0, 0.0))]).draw().is_err());
        assert!(CurveChart { panels: vec![], ..chart(vec![]) }.draw().is_err());
        chart(vec![]).draw().expect("an empty panel says so");
    }
}
