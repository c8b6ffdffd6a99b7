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

/// Accepts a list of the expected length.
pub(crate) fn check_length(
    found: usize,
    expected: usize,
    what: &'static str,
    place: impl Fn() -> String,
) -> Result<(), FigureError> {
    if found == expected { Ok(()) } else { Err(FigureError::Shape { place: place(), what, expected, found }) }
}
