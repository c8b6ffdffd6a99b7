//! How well predicted ratings agree with people's.

use anyhow::Result;
use stats::agreement::{agreement, binned_agreement};
use stats::bootstrap::Observation;

use super::ReadOut;
use crate::affect::Rating;
use crate::numbers::{bootstrap, mean};
use crate::opened::Opened;
use crate::rows::RatingRow;

/// Bins of pictures of similar rating, as in the paper's figure 2.
const QUANTILES: usize = 25;

/// The agreement of one read-out, averaged over repeats of cross-validation.
///
/// # Errors
/// Predictions beyond all bounds.
pub fn row(opened: &Opened, set: usize, rating: Rating, ratings: &[f64], read_out: &ReadOut) -> Result<RatingRow> {
    let repeats = &read_out.predictions;
    let found = repeats.iter().map(|predicted| agreement(ratings, predicted)).collect::<Result<Vec<_>, _>>()?;
    let interval =
        found.iter().any(|found| found.r.is_some()).then(|| interval(opened, ratings, repeats)).transpose()?;
    let binned = match ratings.len() >= QUANTILES {
        true => repeats.iter().map(|predicted| binned_agreement(ratings, predicted, QUANTILES)).collect(),
        false => Ok(vec![]),
    }?;
    Ok(RatingRow {
        set: opened.rated[set].name.clone(),
        rating: rating.name().into(),
        weights: if read_out.released { super::RELEASED } else { "cross-validated" }.into(),
        features: read_out.features.clone(),
        pictures: ratings.len(),
        r: interval.map(|interval| interval.estimate),
        r_ci_low: interval.map(|interval| interval.low),
        r_ci_high: interval.map(|interval| interval.high),
        rmse: found.iter().map(|found| found.rmse).sum::<f64>() / found.len().max(1) as f64,
        r_quantiles: mean(&binned.iter().filter_map(|found| found.r).collect::<Vec<f64>>()),
        published_r: published(opened, set, rating, read_out),
    })
}

/// Interval of r over resamples of pictures and, where there are several, of repeats.
fn interval(opened: &Opened, ratings: &[f64], repeats: &[Vec<f64>]) -> Result<stats::bootstrap::Interval> {
    let of_repeat = |predicted: &Vec<f64>| {
        let pairs = ratings.iter().copied().zip(predicted.iter().copied()).enumerate();
        pairs.map(|(picture, value)| Observation { picture, value }).collect()
    };
    let observations: Vec<Vec<Observation<(f64, f64)>>> = repeats.iter().map(of_repeat).collect();
    let correlation = |pairs: &[(f64, f64)]| {
        let (ratings, predicted): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
        agreement(&ratings, &predicted).ok()?.r
    };
    Ok(bootstrap(opened, "ratings").two_level_interval("correlation with ratings", &observations, correlation)?)
}

/// What the paper has for these features; nothing for hidden layers.
fn published(opened: &Opened, set: usize, rating: Rating, read_out: &ReadOut) -> Option<f64> {
    let kind = opened.config.rated.get(set)?.kind;
    (read_out.features == super::LOGITS).then(|| rating.published(kind, read_out.released)).flatten()
}

/// Keeps the prediction of every rated picture, averaged over repeats.
pub fn keep_means(kept: &mut [Option<f64>], rows: &[usize], read_out: &ReadOut) {
    let repeats = &read_out.predictions;
    for (at, &row) in rows.iter().enumerate() {
        let sum: f64 = repeats.iter().map(|predicted| predicted[at]).sum();
        kept[row] = (!repeats.is_empty()).then(|| sum / repeats.len() as f64);
    }
}
