//! Every batch of every chunk is read once with the network intact, and must say what it said in the preparation.
//!
//! A sweep can take days. A picture that was replaced meanwhile, a device that computes wrongly, or numbers that are
//! not finite would otherwise only show as strange results, or not at all. This costs one condition per batch.

use ndarray::{Array2, ArrayView1};

use crate::pictures::StudySet;
use crate::preparation::{Prepared, StudyError};

/// How far a feature may move, relative to the largest feature of its set. Float32 sums in another order move one by less
/// than 2e-4, and float16 is refused where it moves one by more than 2e-3 (`float16.rs`); another picture moves many by
/// far more than this.
const TOLERANCE: f32 = 1e-2;

/// What the intact network said of the pictures of a set.
pub(super) struct Guard<'a> {
    set: &'a StudySet,
    /// `[pictures × feature units]`
    then: &'a Array2<f32>,
    allowed: f32,
}

impl<'a> Guard<'a> {
    /// Guards the pictures of the set at position `test`.
    pub fn new(prepared: &'a Prepared, set: &'a StudySet, test: usize) -> Self {
        let then = &prepared.features[test];
        let largest = then.iter().fold(0.0, |largest: f32, feature| largest.max(feature.abs()));
        Self { set, then, allowed: TOLERANCE * largest }
    }

    /// Compares the intact features of these pictures, `[pictures × feature units]`.
    pub fn check(&self, pictures: &[usize], now: &Array2<f32>) -> Result<(), StudyError> {
        for (&picture, now) in pictures.iter().zip(now.rows()) {
            if let Some((then, now)) = drift(self.then.row(picture), now, self.allowed) {
                let picture = self.set.pictures[picture].id.clone();
                return Err(StudyError::Drifted { set: self.set.name.clone(), picture, then, now });
            }
        }
        Ok(())
    }
}

/// The first features that differ by more than is allowed; one that is not a number always does.
fn drift(then: ArrayView1<'_, f32>, now: ArrayView1<'_, f32>, allowed: f32) -> Option<(f32, f32)> {
    let stays = |then: f32, now: f32| (now - then).abs() <= allowed;
    then.iter().zip(now).find(|(then, now)| !stays(**then, **now)).map(|(&then, &now)| (then, now))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn rounding_passes_and_everything_else_is_found() {
        let then = array![0.5, -3.0];
        let drift = |now: [f32; 2]| drift(then.view(), ArrayView1::from(&now), 0.03);
        assert_eq!(drift([0.5001, -3.0001]), None);
        assert_eq!(drift([0.5, -2.9]), Some((-3.0, -2.9)));
        assert!(drift([f32::NAN, -3.0]).is_some(), "not a number");
        assert!(drift([0.5, f32::NEG_INFINITY]).is_some());
    }
}
