//! What can be wrong with the shapes that a caller gives.

use thiserror::Error;

/// Shapes that do not fit each other, or a parameter outside its range.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// A slice has another length than its shape says.
    #[error("{what} holds {found} values, but its shape {shape} asks for {expected}")]
    Length {
        /// The argument, in words.
        what: &'static str,
        /// The shape as the caller gave it.
        shape: String,
        /// Number of values the shape asks for.
        expected: usize,
        /// Number of values given.
        found: usize,
    },
    /// A size that must be at least 1 is 0.
    #[error("{what} has a size of zero in its shape {shape}; every size must be at least 1")]
    Empty {
        /// The argument, in words.
        what: &'static str,
        /// The shape as the caller gave it.
        shape: String,
    },
    /// The product of the sizes does not fit into memory addresses.
    #[error("{what} of shape {shape} is too large to address")]
    TooLarge {
        /// The argument, in words.
        what: &'static str,
        /// The shape as the caller gave it.
        shape: String,
    },
    /// Input and layer, or two inputs, disagree on a size.
    #[error("{what}: expected {expected}, found {found}")]
    Mismatch {
        /// The size in question, in words.
        what: &'static str,
        /// The size asked for.
        expected: String,
        /// The size found.
        found: String,
    },
    /// A channel or input index points past the end.
    #[error("index {index} is out of range: there are only {count} input channels")]
    Index {
        /// The index given.
        index: usize,
        /// Number of channels that exist.
        count: usize,
    },
    /// The maps, padding included, are smaller than the window.
    #[error("a window that covers {extent} pixels does not fit into maps of {size} pixels, {padded} with padding")]
    WindowTooLarge {
        /// Height × width that the window covers, dilation included.
        extent: String,
        /// Height × width of the maps.
        size: String,
        /// Height × width of the maps with their padding.
        padded: String,
    },
    /// A window of a pool would hold padding alone.
    #[error(
        "pooling {size} pixels with kernel {kernel}, dilation {dilation} and padding {padding}: a window would hold padding alone"
    )]
    HollowWindow {
        /// Height or width of the maps.
        size: usize,
        /// Taps of the window in this direction.
        kernel: usize,
        /// Pixels from one tap to the next.
        dilation: usize,
        /// Padding before the first pixel.
        padding: usize,
    },
    /// A parameter is outside its range.
    #[error("{what} is {found}; it must be {rule}")]
    Parameter {
        /// The parameter, in words.
        what: &'static str,
        /// Its value.
        found: String,
        /// What it must be, in words.
        rule: &'static str,
    },
}

/// The number of values in a shape, or an error if a size is zero or the product overflows.
pub(crate) fn volume(what: &'static str, shape: &[usize]) -> Result<usize, ShapeError> {
    let named = || format!("{shape:?}");
    if shape.contains(&0) {
        return Err(ShapeError::Empty { what, shape: named() });
    }
    let product = shape.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
    product.filter(|&n| n <= isize::MAX as usize / 4).ok_or_else(|| ShapeError::TooLarge { what, shape: named() })
}

/// Checks that a slice has as many values as its shape.
pub(crate) fn check_length(what: &'static str, shape: &[usize], found: usize) -> Result<(), ShapeError> {
    let expected = volume(what, shape)?;
    if expected == found {
        return Ok(());
    }
    Err(ShapeError::Length { what, shape: format!("{shape:?}"), expected, found })
}

/// Checks that two sizes agree.
pub(crate) fn check_same(what: &'static str, expected: usize, found: usize) -> Result<(), ShapeError> {
    if expected == found {
        return Ok(());
    }
    Err(ShapeError::Mismatch { what, expected: expected.to_string(), found: found.to_string() })
}

/// Checks that every index points at one of `count` channels.
pub(crate) fn check_indices(indices: &[usize], count: usize) -> Result<(), ShapeError> {
    if indices.is_empty() {
        return Err(ShapeError::Empty { what: "the choice of input channels", shape: "[0]".into() });
    }
    match indices.iter().find(|&&index| index >= count) {
        Some(&index) => Err(ShapeError::Index { index, count }),
        None => Ok(()),
    }
}

/// Checks that two shapes agree.
pub(crate) fn check_shape(what: &'static str, expected: &[usize], found: &[usize]) -> Result<(), ShapeError> {
    if expected == found {
        return Ok(());
    }
    Err(ShapeError::Mismatch { what, expected: format!("{expected:?}"), found: format!("{found:?}") })
}

/// Checks a parameter against its rule, which `holds` says is kept.
pub(crate) fn check_parameter(
    what: &'static str,
    found: impl std::fmt::Debug,
    holds: bool,
    rule: &'static str,
) -> Result<(), ShapeError> {
    if holds {
        return Ok(());
    }
    Err(ShapeError::Parameter { what, found: format!("{found:?}"), rule })
}
