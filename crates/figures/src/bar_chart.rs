//! Bars per category, alone or in groups, with up to two kinds of interval side by side and named reference lines.

use crate::axes::Scale;
use crate::bar_marks::{self, BarStyle, DASHES, MOST_INTERVALS};
use crate::bar_panel::BarPanel;
use crate::error::{FigureError, check_count, check_length, check_value};
use crate::figure::Figure;
use crate::legend::{KEY, Legend};
use crate::number::precise;
use crate::page::{self, MARGIN};
use crate::svg::{Canvas, Stroke};
use crate::theme::BASELINE;

/// The length of a bar and the intervals around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// The value.
    pub value: f64,
    /// Lower and upper end of each kind of interval that the chart has; `None` for one that does not exist.
    pub intervals: Vec<Option<(f64, f64)>>,
}

/// One bar per category.
#[derive(Clone, Debug, PartialEq)]
pub struct BarSeries {
    /// The name in the legend; a chart of one series needs none.
    pub name: String,
    /// One per category; `None` leaves a gap.
    pub bars: Vec<Option<Bar>>,
}

/// A value that bars are compared with, such as chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The name in the legend.
    pub name: String,
    /// Where its line stands; always within the axis.
    pub value: f64,
}

/// Which way the bars go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bars {
    /// Categories stand side by side, as layers do.
    Upright,
    /// Categories stand below each other, which leaves room for long names.
    Level,
}

/// Bars over categories.
#[derive(Clone, Debug, PartialEq)]
pub struct BarChart {
    /// Stands above the figure.
    pub title: String,
    /// What the categories are, such as "layer".
    pub category_label: String,
    /// Title of the axis of values with its unit.
    pub value_label: String,
    /// Which way the bars go.
    pub direction: Bars,
    /// Names of the categories.
    pub categories: Vec<String>,
    /// Up to four bars per category, side by side.
    pub series: Vec<BarSeries>,
    /// What the intervals are, such as "± binomial SEM" and "95 % CI, bootstrap over videos"; up to two.
    pub intervals: Vec<String>,
    /// Where bars begin: 0, or the value of no effect.
    pub start: f64,
    /// Up to four dashed lines.
    pub references: Vec<Reference>,
    /// Stands below the figure: what is shown, n, what the intervals are.
    pub caption: String,
}

impl BarChart {
    /// Draws the chart.
    ///
    /// # Examples
    /// ```
    /// use figures::{Bar, BarChart, BarSeries, Bars, Reference};
    ///
    /// let bar = |value| Some(Bar { value, intervals: vec![Some((value - 0.01, value + 0.01)), None] });
    /// let chart = BarChart {
    ///     title: "Accuracy".into(),
    ///     category_label: "layer".into(),
    ///     value_label: "share of frames".into(),
    ///     direction: Bars::Upright,
    ///     categories: vec!["conv1".into(), "fc8".into()],
    ///     series: vec![BarSeries { name: String::new(), bars: vec![bar(0.1), bar(0.23)] }],
    ///     intervals: vec!["± binomial SEM".into(), "95 % CI over videos".into()],
    ///     start: 0.0,
    ///     references: vec![Reference { name: "chance".into(), value: 0.05 }],
    ///     caption: "n = 400 videos".into(),
    /// };
    /// assert!(chart.draw()?.svg().contains("chance: 0.05"));
    /// # Ok::<(), figures::FigureError>(())
    /// ```
    ///
    /// # Errors
    /// [`FigureError`] if there is no category or series, if a list has another length than its names, if there are more
    /// than four series, two kinds of interval or four references, or if a value is not finite, above 1e100, or an
    /// interval upside down.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let scale = Scale::covering(self.values(), 0.04);
        let mut canvas = Canvas::for_values(self.series.len() * self.categories.len() + self.references.len());
        let panel = BarPanel::arrange(self, &scale);
        let width = panel.figure_width;
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let top = self.legend().draw(&mut canvas, top, width) + 4.0;
        let bottom = panel.draw(&mut canvas, top);
        let bottom = page::caption(&mut canvas, &self.caption, bottom, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    /// Everything that the axis of values must hold.
    fn values(&self) -> impl Iterator<Item = f64> {
        let ends = |bar: &Bar| bar.intervals.iter().flatten().flat_map(|&(low, high)| [low, high]).collect::<Vec<_>>();
        let bars = self.series.iter().flat_map(|series| series.bars.iter().flatten());
        let bars = bars.flat_map(move |bar| ends(bar).into_iter().chain([bar.value]));
        bars.chain([self.start]).chain(self.references.iter().map(|reference| reference.value))
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default();
        let bars = || self.series.iter().flat_map(|series| series.bars.iter().flatten());
        for (index, series) in self.series.iter().enumerate().filter(|(_, series)| !series.name.is_empty()) {
            legend.add_own(&series.name, 18.0, move |canvas, (x, y)| {
                BarStyle::of(index).draw(canvas, (x, y - 6.0), (18.0, 12.0));
            });
        }
        for (kind, name) in self.intervals.iter().enumerate() {
            if bars().any(|bar| bar.intervals[kind].is_some()) {
                legend.add_own(name, 10.0, move |canvas, (x, y)| {
                    bar_marks::whisker(canvas, kind, (x + 5.0, y + 7.0), (x + 5.0, y - 7.0));
                });
            }
        }
        for (reference, dash) in self.references.iter().zip(DASHES) {
            let name = format!("{} ({})", reference.name, precise(reference.value));
            legend.add_own(&name, KEY, move |canvas, (x, y)| {
                canvas.line((x, y), (x + KEY, y), Stroke { colour: BASELINE, width: 1.4, dash });
            });
        }
        legend
    }

    fn check(&self) -> Result<(), FigureError> {
        let place = || format!("bars \"{}\"", self.title);
        for (count, what) in [(self.categories.len(), "categories"), (self.series.len(), "series")] {
            if count == 0 {
                return Err(FigureError::Empty { place: place(), what });
            }
        }
        check_count(self.series.len(), BarStyle::MOST, "series of bars", place)?;
        check_count(self.intervals.len(), MOST_INTERVALS, "kinds of interval", place)?;
        check_count(self.references.len(), DASHES.len(), "reference lines", place)?;
        check_value(self.start, || format!("{}, start of the bars", place()))?;
        for reference in &self.references {
            check_value(reference.value, || format!("{}, reference \"{}\"", place(), reference.name))?;
        }
        self.series.iter().try_for_each(|series| self.check_series(series))
    }

    fn check_series(&self, series: &BarSeries) -> Result<(), FigureError> {
        let place = || format!("bars \"{}\", series \"{}\"", self.title, series.name);
        check_length(series.bars.len(), self.categories.len(), "bars, one per category", place)?;
        for (bar, category) in series.bars.iter().zip(&self.categories) {
            let place = || format!("{}, category {category}", place());
            let Some(bar) = bar else { continue };
            check_value(bar.value, place)?;
            check_length(bar.intervals.len(), self.intervals.len(), "intervals, one per kind", place)?;
            for &(low, high) in bar.intervals.iter().flatten() {
                [low, high].into_iter().try_for_each(|value| check_value(value, place))?;
                if low > high {
                    return Err(FigureError::Interval { place: place(), low, high });
                }
            }
        }
        Ok(())
    }

    /// What a bar tells: its category, its series, its value and its intervals.
    pub(crate) fn told(&self, series: &BarSeries, category: usize, bar: &Bar) -> String {
        let name = if series.name.is_empty() { String::new() } else { format!(", {}", series.name) };
        let mut text = format!("{}{name}: {}", self.categories[category], precise(bar.value));
        for (interval, kind) in bar.intervals.iter().zip(&self.intervals) {
            if let Some((low, high)) = interval {
                text += &format!("; {kind} [{}, {}]", precise(*low), precise(*high));
            }
        }
        text
    }
}
