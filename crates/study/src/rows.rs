//! The tables of a run, as the results folder promises them to other programs.

mod anova;
mod channels;
mod claims;
mod comparisons;
mod sweep;

pub use anova::{AnovaCellRow, AnovaLayerRow, AnovaRow};
pub use channels::{ExampleRow, PictureRow, SelectiveRow, ShareRow, UnitRow};
pub use claims::{CalibrationRow, ClaimRow, PowerRow};
pub use comparisons::{HeadRow, OverlapRow, ShuffledRow, TestRow};
pub use sweep::{BestRow, DrawRow, SweepRow};

/// The column `set` of what is about all sets together; no set may have this name.
pub const ALL_SETS: &str = "all sets";
