//! A value per layer, for several series and panels: the form of the papers' lesion and gain figures.

use crate::axes::{LINE, Scale, SlotLabels, vertical_title, vertical_title_width};
use crate::error::{FigureError, check_length, check_value};
use crate::figure::Figure;
use crate::layer_panel::{self, Frame};
use crate::legend::Legend;
use crate::number::precise;
use crate::page::{self, MARGIN};
use crate::svg::{Anchor, Canvas, Text};
use crate::text::{Weight, shorten};
use crate::theme::{Role, size};
use std::fmt;

/// An estimate and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The estimate.
    pub y: f64,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
}

impl Point {
    /// An estimate without interval.
    pub fn new(y: f64) -> Self {
        Self { y, low: None, high: None }
    }

    /// An estimate with its interval.
    pub fn with_interval(y: f64, low: f64, high: f64) -> Self {
        Self { y, low: Some(low), high: Some(high) }
    }

    /// The estimate and the ends that it has.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        [Some(self.y), self.low, self.high].into_iter().flatten()
    }

    /// Both ends, one that is missing replaced by the estimate; `None` without any.
    pub(crate) fn interval(&self) -> Option<(f64, f64)> {
        (self.low.is_some() || self.high.is_some()).then(|| (self.low.unwrap_or(self.y), self.high.unwrap_or(self.y)))
    }
}

impl fmt::Display for Point {
    /// The estimate and, in brackets, its interval.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", precise(self.y))?;
        match self.interval() {
            Some((low, high)) => write!(formatter, " [{}, {}]", precise(low), precise(high)),
            None => Ok(()),
        }
    }
}

/// One line of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The name in the legend; say here what the interval is. Series of one name share a legend entry.
    pub name: String,
    /// What it stands for, which fixes its look.
    pub role: Role,
    /// One per layer; `None` leaves a gap.
    pub points: Vec<Option<Point>>,
    /// Which points are marked as significant: one per layer, or empty. A star on a gap is not drawn.
    pub stars: Vec<bool>,
}

/// One coordinate system of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Stands above the panel.
    pub title: String,
    /// Its lines; later ones lie on top, and controls below all others.
    pub series: Vec<Series>,
}

/// Rows of panels over the same layers, with a shared vertical axis.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerChart {
    /// Stands above the figure.
    pub title: String,
    /// Title of the horizontal axis, such as "convolution layer".
    pub x_label: String,
    /// Title of the vertical axis with its unit, such as "change of F1 (%)".
    pub y_label: String,
    /// Names of the layers, first to last. Names like `conv3_2` are grouped by what stands before the underscore.
    pub layers: Vec<String>,
    /// The panels, row by row; rows may differ in length.
    pub panels: Vec<Vec<Panel>>,
    /// The value of "no effect": a line, always within the axis.
    pub baseline: Option<f64>,
    /// What a star means, such as "q < .05"; in the legend if there is any star.
    pub star_label: String,
    /// Stands below the figure: what is shown, n, what the intervals are.
    pub caption: String,
}

/// Where the panels go, in px.
struct Layout {
    left: f64,
    /// Above each panel, for its title.
    title_room: f64,
    panel: (f64, f64),
    figure_width: f64,
    scale: Scale,
    labels: SlotLabels,
}

const COLUMN_GAP: f64 = 16.0;

impl LayerChart {
    /// Draws the chart.
    ///
    /// # Examples
    /// ```
    /// use figures::{LayerChart, Panel, Point, Role, Series};
    ///
    /// let points = vec![Some(Point::with_interval(-3.0, -6.0, 1.0)), Some(Point::new(-40.0))];
    /// let series = Series { name: "pleasant channels".into(), role: Role::Pleasant, points, stars: vec![false, true] };
    /// let chart = LayerChart {
    ///     title: "Lesion".into(),
    ///     x_label: "layer".into(),
    ///     y_label: "change of F1 (%)".into(),
    ///     layers: vec!["conv1_1".into(), "conv5_3".into()],
    ///     panels: vec![vec![Panel { title: "mine".into(), series: vec![series] }]],
    ///     baseline: Some(0.0),
    ///     star_label: "q < .05".into(),
    ///     caption: "n = 120 pictures".into(),
    /// };
    /// assert!(chart.draw()?.svg().starts_with("<svg"));
    /// # Ok::<(), figures::FigureError>(())
    /// ```
    ///
    /// # Errors
    /// [`FigureError`] if there is no layer or panel, if a list does not have one entry per layer, or if a value is
    /// not finite, above 1e100 or an interval upside down.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let mut canvas = Canvas::for_values(self.series().map(|series| series.points.len()).sum());
        let layout = self.layout();
        let width = layout.figure_width;
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let top = self.legend().draw(&mut canvas, top, width);
        let bottom = self.draw_panels(&mut canvas, &layout, top);
        let bottom = page::caption(&mut canvas, &self.caption, bottom, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn check(&self) -> Result<(), FigureError> {
        let empty = |what| Err(FigureError::Empty { place: format!("chart \"{}\"", self.title), what });
        if self.layers.is_empty() {
            return empty("layers");
        }
        if self.panels.is_empty() || self.panels.iter().any(Vec::is_empty) {
            return empty("panels");
        }
        if let Some(baseline) = self.baseline {
            check_value(baseline, || format!("chart \"{}\", baseline", self.title))?;
        }
        let all = self.panels.iter().flatten().flat_map(|panel| panel.series.iter().map(move |s| (panel, s)));
        all.into_iter().try_for_each(|(panel, series)| self.check_series(panel, series))
    }

    fn check_series(&self, panel: &Panel, series: &Series) -> Result<(), FigureError> {
        let place = || format!("chart \"{}\", panel \"{}\", series \"{}\"", self.title, panel.title, series.name);
        check_length(series.points.len(), self.layers.len(), "points, one per layer", place)?;
        if !series.stars.is_empty() {
            check_length(series.stars.len(), self.layers.len(), "stars, one per layer", place)?;
        }
        for (point, layer) in series.points.iter().zip(&self.layers) {
            let place = || format!("{}, layer {layer}", place());
            let Some(point) = point else { continue };
            point.values().try_for_each(|value| check_value(value, place))?;
            if let Some((low, high)) = point.low.zip(point.high).filter(|(low, high)| low > high) {
                return Err(FigureError::Interval { place: place(), low, high });
            }
        }
        Ok(())
    }

    fn series(&self) -> impl Iterator<Item = &Series> {
        self.panels.iter().flatten().flat_map(|panel| &panel.series)
    }

    fn has_stars(&self) -> bool {
        self.series().any(|series| series.stars.contains(&true))
    }

    fn layout(&self) -> Layout {
        let columns = self.panels.iter().map(Vec::len).max().unwrap_or(1);
        let roomy: f64 = match columns {
            1 => 560.0,
            2 => 380.0,
            3 => 290.0,
            _ => 240.0,
        };
        let panel = (roomy.max(self.layers.len() as f64 * 10.0), if self.panels.len() == 1 { 260.0 } else { 200.0 });
        let values = self.series().flat_map(|s| s.points.iter().flatten().flat_map(Point::values)).chain(self.baseline);
        let scale = Scale::covering(values, if self.has_stars() { 0.1 } else { 0.05 });
        let labels = SlotLabels::arrange(&self.layers, panel.0 / self.layers.len() as f64);
        let axis = vertical_title_width(&self.y_label, panel.1) + scale.label_width() + 10.0;
        let left = MARGIN + axis.max(labels.overhang);
        let figure_width = left + columns as f64 * (panel.0 + COLUMN_GAP) - COLUMN_GAP + MARGIN;
        let titles = self.panels.iter().flatten().map(|p| page::panel_title_room(&p.title, panel.0));
        let title_room = titles.fold(0.0, f64::max);
        Layout { left, title_room, panel, figure_width, scale, labels }
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default();
        for series in self.series() {
            let interval = series.points.iter().flatten().any(|point| point.interval().is_some());
            legend.add(&series.name, series.role, interval);
        }
        if self.has_stars() && !self.star_label.is_empty() {
            legend.add_star(&self.star_label);
        }
        legend
    }

    /// Draws all panels and axis titles; returns where the caption begins.
    fn draw_panels(&self, canvas: &mut Canvas, layout: &Layout, top: f64) -> f64 {
        let (width, height) = layout.panel;
        let row_height = height + layout.title_room;
        let mut bottom = top;
        for (row, panels) in self.panels.iter().enumerate() {
            for (column, panel) in panels.iter().enumerate() {
                let x = layout.left + column as f64 * (width + COLUMN_GAP);
                let y = top + self.labels_above(row, layout) + row as f64 * row_height + layout.title_room;
                let frame = Frame { corner: (x, y), extent: layout.panel, scale: &layout.scale };
                canvas.open_panel(&panel.title, &self.y_label);
                page::panel_title(canvas, &panel.title, frame.corner, width);
                layer_panel::draw(canvas, &frame, panel, self);
                if column == 0 {
                    frame.draw_tick_labels(canvas);
                    vertical_title(canvas, &self.y_label, (MARGIN + size::HEADING, y + height / 2.0), height);
                }
                let is_last = self.panels.get(row + 1).is_none_or(|next| next.len() <= column);
                if is_last {
                    layout.labels.draw(canvas, (x, y + height));
                    bottom = f64::max(bottom, y + height + layout.labels.height);
                }
                canvas.close();
            }
        }
        self.draw_x_label(canvas, layout, bottom)
    }

    /// Room that layer labels take above a row, where an earlier row is longer than the one after it.
    fn labels_above(&self, row: usize, layout: &Layout) -> f64 {
        let shorter = self.panels[..=row].windows(2).filter(|rows| rows[1].len() < rows[0].len()).count();
        shorter as f64 * layout.labels.height
    }

    fn draw_x_label(&self, canvas: &mut Canvas, layout: &Layout, bottom: f64) -> f64 {
        if self.x_label.is_empty() {
            return bottom + 4.0;
        }
        let middle = (layout.left + layout.figure_width - MARGIN) / 2.0;
        let place = (middle, bottom + LINE);
        let room = layout.figure_width - MARGIN - layout.left;
        let label = shorten(&self.x_label, size::HEADING, Weight::Regular, room);
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, ..Text::at(place, &label) });
        bottom + LINE + 8.0
    }
}
