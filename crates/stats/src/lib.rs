//! The statistics of the study: tuning and selectivity of channels, detection performance, and the tests that say
//! whether either is more than chance.
//!
//! Every function is pure: plain numbers in, plain numbers out, computed in f64. There is no I/O and no clock, and
//! whatever draws at random takes its seed from the caller. Categories are indices `0..K`, responses are
//! `[pictures × channels]`. A value that does not exist (the AUC of one class, the tuning of a constant channel) is
//! `None`, an input that makes no sense is a [`StatsError`]; no result is ever NaN. One file holds one statistic, its
//! formula and source on top.

mod error;
mod seeded;
#[cfg(test)]
mod testing;

mod moments;
pub mod selectivity;
pub mod selectivity_index;
pub mod tuning;

pub mod confusion;
pub mod dprime;
pub mod roc;

pub mod control_groups;
pub mod hypergeometric;
pub mod jaccard;

mod category_sums;
pub mod joint_test;
pub mod labellings;
pub mod panel;
pub mod panel_overlap;

pub mod benjamini_hochberg;
pub mod binomial;
pub mod bootstrap;
pub mod empirical;
pub mod mann_whitney;
mod pairings;
pub mod quantile;
mod ranks;
pub mod spearman;
pub mod splits_p;
mod tails;

pub use error::StatsError;
pub use moments::Moments;
