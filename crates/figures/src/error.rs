use thiserror::Error;

/// Why a figure cannot be drawn.
#[derive(Debug, Error)]
pub enum FigureError {
    /// A value is NaN or infinite.
    #[error("{place}: {value} is no finite number; leave the value out (None) where there is nothing to show")]
    NotFinite {
        /// The chart, panel, series and layer (or map, row and column) of the value.
        place: String,
        /// The value as it came.
        value: f64,
    },
    /// A value is beyond ±[`crate::FigureError::LARGEST`].
    #[error("{place}: {value:e} is too large to be drawn; the largest value is 1e100")]
    TooLarge {
        /// The chart, panel, series and layer (or map, row and column) of the value.
        place: String,
        /// The value as it came.
        value: f64,
    },
    /// Lists that belong together differ in length.
    #[error("{place}: expected {expected} {what}, found {found}")]
    Shape {
        /// Where in the chart.
        place: String,
        /// What is counted.
        what: &'static str,
        /// How many there should be.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// There is nothing to draw.
    #[error("{place}: there are no {what}; a chart needs at least one")]
    Empty {
        /// Where in the chart.
        place: String,
        /// What is missing.
        what: &'static str,
    },
    /// An interval whose lower end is above its upper end.
    #[error("{place}: the interval from {low} to {high} is upside down; its lower end must come first")]
    Interval {
        /// Where in the chart.
        place: String,
        /// The lower end as it came.
        low: f64,
        /// The upper end as it came.
        high: f64,
    },
    /// Two panels that a reader could not tell apart.
    #[error("{place} is there twice; give every panel a place of its own")]
    Repeated {
        /// Which panel.
        place: String,
    },
    /// A value outside of what its kind of chart can show.
    #[error("{place}: {value} is not between {low} and {high}")]
    Range {
        /// Where in the chart.
        place: String,
        /// The value as it came.
        value: f64,
        /// The least value there can be.
        low: f64,
        /// The largest value there can be.
        high: f64,
    },
    /// A number that points to nothing.
    #[error("{place}: there is no {what} {index}; there are {count}, counted from 0")]
    Index {
        /// Where in the chart.
        place: String,
        /// What the number should point to.
        what: &'static str,
        /// The number as it came.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// More of a kind than a reader can tell apart.
    #[error("{place}: {found} {what} cannot be told apart in one chart; the most is {most}, so split it")]
    TooMany {
        /// Where in the chart.
        place: String,
        /// What there are too many of.
        what: &'static str,
        /// The most that a chart takes.
        most: usize,
        /// How many there are.
        found: usize,
    },
    /// Bytes that are not the picture they are said to be.
    #[error(
        "{place}: {width} × {height} pixels of red, green and blue need sides from 1 to {most} and three bytes per pixel; \
         there are {found} bytes"
    )]
    Pixels {
        /// Which picture.
        place: String,
        /// Its width in pixels.
        width: usize,
        /// Its height in pixels.
        height: usize,
        /// The longest side that a chart takes.
        most: usize,
        /// How many bytes there are.
        found: usize,
    },
    /// Merges or clusters that make no tree.
    #[error("{place}: {fault}")]
    Tree {
        /// Where in the chart.
        place: String,
        /// What is wrong, and what it should be.
        fault: String,
    },
    /// The drawing could not be turned into pixels.
    #[error("cannot turn the figure into a PNG: {0}")]
    Raster(String),
}

impl FigureError {
    /// The largest magnitude that a chart accepts, so that spans and scales stay finite.
    pub const LARGEST: f64 = 1e100;
}

/// Accepts a finite value of a size that can be drawn.
pub(crate) fn check_value(value: f64, place: impl Fn() -> String) -> Result<(), FigureError> {
    if !value.is_finite() {
        return Err(FigureError::NotFinite { place: place(), value });
    }
    if value.abs() > FigureError::LARGEST {
        return Err(FigureError::TooLarge { place: place(), value });
    }
    Ok(())
}

/// Accepts a finite value between two ends, both included.
pub(crate) fn check_range(value: f64, (low, high): (f64, f64), place: impl Fn() -> String) -> Result<(), FigureError> {
    check_value(value, &place)?;
    if value < low || value > high {
        return Err(FigureError::Range { place: place(), value, low, high });
    }
    Ok(())
}

/// Accepts up to `most` things of a kind.
pub(crate) fn check_count(
    found: usize,
    most: usize,
    what: &'static str,
    place: impl Fn() -> String,
) -> Result<(), FigureError> {
    if found <= most { Ok(()) } else { Err(FigureError::TooMany { place: place(), what, most, found }) }
}

/// Accepts a list of the expected length.
pub(crate) fn check_length(
    found: usize,
    expected: usize,
    what: &'static str,
    place: impl Fn() -> String,
) -> Result<(), FigureError> {
    if found == expected { Ok(()) } else { Err(FigureError::Shape { place: place(), what, expected, found }) }
}
