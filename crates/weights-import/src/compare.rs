//! Scores against reference scores.

use ndarray::{Array2, ArrayView1};

use crate::error::Flaw;

/// The place where two arrays of scores differ most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Largest absolute difference.
    pub largest: f32,
    /// Row where it is.
    pub picture: usize,
    /// Column where it is.
    pub class: usize,
    /// The score here.
    pub found: f32,
    /// The reference score.
    pub expected: f32,
}

/// One of the best classes of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranked {
    /// The class, counted from 0.
    pub class: usize,
    /// Its score before the softmax.
    pub score: f32,
    /// Its share after the softmax.
    pub probability: f32,
}

/// Compares scores `[pictures × classes]` with reference scores.
///
/// # Errors
/// Arrays of different shapes, empty arrays, or a score that is not finite on either side.
pub fn compare(found: &Array2<f32>, expected: &Array2<f32>) -> Result<Difference, Flaw> {
    if found.dim() != expected.dim() || found.is_empty() {
        let [ours, theirs] = [found.shape(), expected.shape()].map(|shape| format!("{shape:?}"));
        return Err(Flaw::deviation("reference scores", format!("shape {ours}"), theirs));
    }
    let mut worst: Option<Difference> = None;
    for ((picture, class), &found) in found.indexed_iter() {
        let expected = expected[(picture, class)];
        let largest = (found - expected).abs();
        if !largest.is_finite() {
            let at = format!("score of picture {picture}, class {class}");
            return Err(Flaw::deviation(at, format!("{expected}"), format!("{found}")));
        }
        if worst.is_none_or(|worst| largest > worst.largest) {
            worst = Some(Difference { largest, picture, class, found, expected });
        }
    }
    worst.ok_or_else(|| Flaw::deviation("reference scores", "at least one", "none"))
}

/// The `count` best classes of one picture, best first; equal scores by class.
pub fn best(scores: ArrayView1<'_, f32>, count: usize) -> Vec<Ranked> {
    let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = scores.iter().map(|score| (score - highest).exp()).sum();
    let rank = |(class, &score): (usize, &f32)| Ranked { class, score, probability: (score - highest).exp() / total };
    let mut ranked: Vec<_> = scores.iter().enumerate().map(rank).collect();
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
    ranked.truncate(count);
    ranked
}

#[cfg(test)]
mod tests {
    use ndarray::{arr1, arr2};

    use super::*;

    #[test]
    fn the_largest_difference_is_found() {
        let found = arr2(&[[1.0, 2.0], [3.0, 4.5]]);
        let expected = arr2(&[[1.0, 2.25], [3.0, 4.0]]);
        let worst = Difference { largest: 0.5, picture: 1, class: 1, found: 4.5, expected: 4.0 };
        assert_eq!(compare(&found, &expected).expect("finite"), worst);
    }

    #[test]
    fn nothing_hides_behind_nan() {
        let good = arr2(&[[1.0, 2.0]]);
        for bad in [arr2(&[[1.0, f32::NAN]]), arr2(&[[f32::INFINITY, 2.0]])] {
            assert!(compare(&good, &bad).is_err() && compare(&bad, &good).is_err() && compare(&bad, &bad).is_err());
        }
    }

    #[test]
    fn shapes_must_be_equal() {
        let error = compare(&arr2(&[[1.0, 2.0]]), &arr2(&[[1.0], [2.0]])).expect_err("transposed").to_string();
        assert!(error.contains("reference scores: expected shape [1, 2], found [2, 1]"), "{error}");
        assert!(compare(&Array2::zeros((0, 5)), &Array2::zeros((0, 5))).is_err(), "no pictures prove nothing");
    }

    #[test]
    fn the_best_come_first() {
        let ranked = best(arr1(&[0.0, 2.0, 1.0, 2.0]).view(), 3);
        assert_eq!(ranked.iter().map(|rank| rank.class).collect::<Vec<_>>(), [1, 3, 2]);
        let shares: f32 = best(arr1(&[500.0, -500.0, 499.0]).view(), 3).iter().map(|rank| rank.probability).sum();
        assert!((shares - 1.0).abs() < 1e-6, "{shares}");
    }
}
