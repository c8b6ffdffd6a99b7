//! Rows whose cells have slipped by a column, because one was lost or one came in between: then a standard deviation
//! stands for a mean, and looks like one.
//!
//! A standard deviation knows its mean: of n ratings between a and b with the mean m it is at most
//! √((m − a)(b − m) · n / (n − 1)) (Bhatia & Davis, Am. Math. Monthly 107: 353, 2000). Of a row that has slipped this is
//! hardly ever true, because a small mean beside a large deviation is impossible.

use crate::categories::Scale;
use crate::error::StimuliError;
use crate::reader::{Row, Table, parse_number, spread_of};
use crate::spec::{Kind, SetSpec};

/// How much means and deviations are rounded at most.
const ROUNDING: f64 = 0.05;
/// So many words for every number make a column one of words.
const WORDS_PER_NUMBER: usize = 3;

/// What every row of a table must fulfil.
pub(crate) struct Slips {
    /// Columns of means with those of their standard deviations.
    spreads: Vec<(usize, usize)>,
    /// Columns of words.
    words: Vec<usize>,
    scale: Option<Scale>,
    /// n / (n − 1) for the smallest number of raters.
    raters: f64,
}

impl Slips {
    /// What can be checked of a table.
    pub(crate) fn of(table: &Table, spec: &SetSpec) -> Self {
        // Of other tables than published ones only the scale of the valence is known.
        let ratings: &[&str] = if spec.kind == Kind::Table { &["valence"] } else { &["valence", "arousal"] };
        let means = ratings.iter().filter_map(|key| table.column(key));
        let spreads = means.filter_map(|mean| Some((mean, spread_of(&table.headings, mean)?)));
        let keys: &[&str] = if spec.kind == Kind::Oasis {
            &["id", "object", "object_category"]
        } else {
            &["object", "object_category"]
        };
        let columns = keys.iter().filter_map(|key| table.column(key));
        Self {
            spreads: spreads.collect(),
            words: columns.filter(|column| holds_words(table, *column)).collect(),
            scale: spec.valence_scale(),
            raters: if spec.kind == Kind::Table { 2.0 } else { 10.0 / 9.0 },
        }
    }

    /// Refuses a row that has slipped.
    ///
    /// # Errors
    /// The first cell that cannot be what its heading says.
    pub(crate) fn refuse(&self, table: &Table, row: &Row) -> Result<(), StimuliError> {
        if let Some(&column) = self.words.iter().find(|column| is_number(row.cell(**column))) {
            let reason =
                "is a number in a column of words: have the cells of this row slipped? Put each under its heading";
            return Err(table.cell_error(row, column, reason));
        }
        let Some(scale) = self.scale else { return Ok(()) };
        for &(mean, spread) in &self.spreads {
            let numbers = (table.number(row, Some(mean))?, table.number(row, Some(spread))?);
            let (Some(mean), Some(found)) = numbers else { continue };
            let largest = self.largest(mean, scale);
            if found < 0.0 || found - ROUNDING > largest {
                let [low, high] = scale;
                let reason = format!(
                    "is no standard deviation of ratings from {low} to {high} whose mean is {mean} (the largest is \
                     {largest:.2}): have the cells of this row slipped? Put each under its heading, or set 'scale'"
                );
                return Err(table.cell_error(row, spread, reason));
            }
        }
        Ok(())
    }

    /// The largest standard deviation of ratings with a mean, which may have been rounded.
    fn largest(&self, mean: f64, [low, high]: Scale) -> f64 {
        let middle = f64::midpoint(low, high);
        let central = if (mean - middle).abs() <= ROUNDING { middle } else { mean + ROUNDING.copysign(middle - mean) };
        (self.raters * (central - low) * (high - central)).max(0.0).sqrt()
    }
}

fn is_number(cell: &str) -> bool {
    matches!(parse_number(cell), Ok(Some(_)))
}

fn holds_words(table: &Table, column: usize) -> bool {
    let cells = table.rows.iter().map(|row| row.cell(column)).filter(|cell| !cell.is_empty());
    let (numbers, words): (Vec<&str>, Vec<&str>) = cells.partition(|cell| is_number(cell));
    words.len() >= WORDS_PER_NUMBER * numbers.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever ratings people give, the bound holds for their rounded mean and deviation.
        #[test]
        fn no_ratings_spread_further_than_the_bound(ratings in prop::collection::vec(1_u8..=9, 10..60)) {
            let values: Vec<f64> = ratings.into_iter().map(f64::from).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
            let round = |value: f64| (value * 10.0).round() / 10.0;
            let slips = Slips { spreads: vec![], words: vec![], scale: None, raters: 10.0 / 9.0 };
            let largest = slips.largest(round(mean), [1.0, 9.0]);
            prop_assert!(round(variance.sqrt()) - ROUNDING <= largest + 1e-9, "{} {largest}", variance.sqrt());
        }
    }
}
