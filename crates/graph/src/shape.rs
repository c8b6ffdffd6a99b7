//! The shape of what one picture is at a place in the network.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most numbers that one value or one kernel may hold: 2³¹, which is 8 GiB in float32. A file that asks for more
/// is damaged or hostile.
pub const MAX_VALUES: usize = 1 << 31;

/// Channels, height and width of a value, for one picture. A vector of n units is n channels of 1×1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    /// Channels (feature maps), or units of a vector.
    pub channels: usize,
    /// Rows of a map.
    pub height: usize,
    /// Columns of a map.
    pub width: usize,
}

impl Shape {
    /// A stack of maps.
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width }
    }

    /// A vector: channels of 1×1.
    pub const fn vector(units: usize) -> Self {
        Self::new(units, 1, 1)
    }

    /// Positions of one map.
    pub const fn pixels(self) -> usize {
        self.height.saturating_mul(self.width)
    }

    /// Numbers in the value. The shapes of a [`crate::Graph`] hold at most [`MAX_VALUES`].
    pub const fn values(self) -> usize {
        self.channels.saturating_mul(self.pixels())
    }

    /// Whether every channel is a single number.
    pub const fn is_vector(self) -> bool {
        self.height == 1 && self.width == 1
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}", self.channels, self.height, self.width)
    }
}
