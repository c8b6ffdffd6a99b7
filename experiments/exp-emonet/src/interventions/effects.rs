//! What an intervention changes in class scores: probabilities, the recall of a class, and valence and arousal.

use anyhow::Result;
use ndarray::{Array2, Axis};
use stats::StatsError;
use stats::read_out::Linear;
use stats::top_k::Ranking;
use vgg_core::head::readout::probabilities;

use crate::affect::Rating;

/// Differences between changed and intact scores, as means over frames.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// Of the probability of each class.
    pub probabilities: Vec<f64>,
    /// Of the share of frames of the target's class that are recognised; nothing where there is no such frame.
    pub recall: Option<f64>,
    /// Of the valence and the arousal that EmoNet's weights read; nothing where scores are not EmoNet's.
    pub affect: Option<[f64; 2]>,
}

/// The intact scores of frames, with which changed ones are compared.
pub struct Intact<'a> {
    scores: &'a Array2<f32>,
    probabilities: Array2<f64>,
    labels: &'a [usize],
    affect: Option<[Linear; 2]>,
}

impl<'a> Intact<'a> {
    /// Scores `[frames × classes]` with the class of each frame; `emonet` where they are EmoNet's own.
    pub fn new(scores: &'a Array2<f32>, labels: &'a [usize], emonet: bool) -> Self {
        let affect = emonet.then(|| Rating::ALL.map(Rating::released));
        Self { scores, probabilities: probabilities(scores.view()), labels, affect }
    }

    /// What differs in changed scores of the same frames.
    ///
    /// # Errors
    /// Scores that are not finite.
    pub fn effect(&self, changed: &Array2<f32>, class: usize) -> Result<Effect> {
        let probabilities = probabilities(changed.view());
        let difference = |class: usize| {
            mean_difference(&probabilities.column(class).to_vec(), &self.probabilities.column(class).to_vec())
        };
        let read = |linear: &Linear| -> Result<f64, StatsError> {
            Ok(mean_difference(&linear.read(changed.view())?, &linear.read(self.scores.view())?))
        };
        let affect = match &self.affect {
            Some([valence, arousal]) => Some([read(valence)?, read(arousal)?]),
            None => None,
        };
        let recall = match (self.recall(changed, class)?, self.recall(self.scores, class)?) {
            (Some(changed), Some(intact)) => Some(changed - intact),
            _ => None,
        };
        Ok(Effect { probabilities: (0..probabilities.ncols()).map(difference).collect(), recall, affect })
    }

    fn recall(&self, scores: &Array2<f32>, class: usize) -> Result<Option<f64>, StatsError> {
        let own: Vec<usize> = (0..self.labels.len()).filter(|&frame| self.labels[frame] == class).collect();
        if own.is_empty() {
            return Ok(None);
        }
        let ranking = Ranking::new(scores.select(Axis(0), &own).mapv(f64::from).view(), &vec![class; own.len()])?;
        Ok(Some(ranking.accuracy(1)?.plain))
    }
}

fn mean_difference(changed: &[f64], intact: &[f64]) -> f64 {
    changed.iter().zip(intact).map(|(changed, intact)| changed - intact).sum::<f64>() / changed.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn differences_are_means_over_frames() {
        let scores = array![[0.0, 0.0], [0.0, 3.0_f32.ln()]];
        let intact = Intact::new(&scores, &[0, 0], false);
        let effect = intact.effect(&array![[3.0_f32.ln(), 0.0], [0.0, 0.0]], 0).expect("finite");
        // Class 0: from 1/2 and 1/4 to 3/4 and 1/2. Of equal scores the first class is taken.
        assert!((effect.probabilities[0] - 0.25).abs() < 1e-7 && (effect.probabilities[1] + 0.25).abs() < 1e-7);
        assert_eq!((effect.recall, effect.affect), (Some(0.5), None));
        let none = intact.effect(&scores, 1).expect("finite");
        assert_eq!(none, Effect { probabilities: vec![0.0, 0.0], recall: None, affect: None });
    }

    #[test]
    fn valence_and_arousal_move_with_emonets_scores() {
        let scores = Array2::<f32>::zeros((3, 20));
        let mut changed = scores.clone();
        changed.column_mut(8).fill(2.0);
        let effect = Intact::new(&scores, &[8, 8, 0], true).effect(&changed, 8).expect("finite");
        let [valence, arousal] = effect.affect.expect("EmoNet's");
        assert!((valence + 2.0 * 0.7719).abs() < 1e-12 && (arousal - 2.0 * 0.0637).abs() < 1e-12, "Disgust");
        assert_eq!(effect.recall, Some(1.0));
    }
}
