//! Labels for repetitions of a study: shuffled ones, which say nothing, and planted ones, which follow channels.
//!
//! What is planted: in the deepest third of the trained network's layers a tenth of the channels that vary is drawn, the
//! same channels in all sets. A picture's score is `E · z + sqrt(1 − E²) · noise`, where z is the standardised mean over
//! these channels of their standardised responses to the pictures of the set, and the noise is standard normal. So E is
//! the correlation that score and mean response would have over endlessly many pictures. The highest scores are called
//! pleasant, the lowest unpleasant, as many as there are in truth.

use anyhow::{Result, ensure};
use rand::RngExt;
use rand::seq::{SliceRandom, index};
use rand_distr::StandardNormal;
use stimuli::Emotion;
use study::preparation::{Taps, moments_of};
use study::{Experiment, seeds};

/// The layers that count as deep, and the share of their channels that labels follow.
const DEEP: usize = 3;
const FOLLOWED: usize = 10;

/// Where the labels of a repetition come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Labels {
    /// The true ones in random order.
    Shuffled,
    /// A score that follows channels with this correlation.
    Planted(f64),
    /// The true ones, shuffled among the pictures that choose channels and nowhere else.
    Choosing,
}

/// What labels are made from.
pub struct Origin {
    seed: u64,
    /// `truth[set][picture]`.
    truth: Vec<Vec<Emotion>>,
    /// `deciding[set]`: the pictures that choose channels.
    deciding: Vec<Vec<usize>>,
    /// `deep[channel][set][picture]`: standardised responses of the deep channels that vary in every set.
    deep: Vec<Vec<Vec<f64>>>,
}

impl Origin {
    /// The labels of an experiment and the responses of its trained network.
    ///
    /// # Errors
    /// A set without pictures of an emotion, or a network whose deep channels are all constant.
    pub fn new(experiment: &Experiment, trained: &Taps) -> Result<Self> {
        let sets = &experiment.sets;
        let moments = moments_of(&trained.responses, sets, &sets.every_picture())?;
        let layers = experiment.layer_names().len();
        let mut deep = Vec::new();
        for layer in layers - layers.div_ceil(DEEP)..layers {
            let varies = |channel: &usize| moments.iter().all(|of_set| !of_set[layer].is_constant(*channel));
            for channel in (0..moments[0][layer].channels()).filter(varies) {
                let of_set = |(set, of_set): (usize, &Vec<stats::Moments>)| -> Vec<f64> {
                    let (mean, sd) = (of_set[layer].mean[channel], of_set[layer].sd[channel]);
                    let responses = trained.responses[set][layer].column(channel);
                    responses.iter().map(|&response| (f64::from(response) - mean) / sd).collect()
                };
                deep.push(moments.iter().enumerate().map(of_set).collect());
            }
        }
        ensure!(
            !deep.is_empty(),
            "no channel of the deepest third of the layers varies over the pictures of every set"
        );
        let truth = sets.sets.iter().map(|set| set.emotions.clone()).collect();
        Ok(Self { seed: experiment.config.seed, truth, deciding: sets.deciding.clone(), deep })
    }

    /// The true labels.
    pub fn truth(&self) -> Vec<Vec<Emotion>> {
        self.truth.clone()
    }

    /// The labels of a repetition, set by set; they follow from its number alone. Every effect is planted into the same
    /// channels with the same noise.
    pub fn labels(&self, labels: Labels, number: usize) -> Vec<Vec<Emotion>> {
        match labels {
            Labels::Shuffled => shuffled(&self.truth, self.seed, number),
            Labels::Choosing => {
                let of_set = |(truth, rows): (&Vec<Emotion>, &Vec<usize>)| rows.iter().map(|&row| truth[row]).collect();
                let chosen: Vec<Vec<Emotion>> = self.truth.iter().zip(&self.deciding).map(of_set).collect();
                let mut emotions = self.truth.clone();
                for (set, shuffled) in shuffled(&chosen, self.seed, number).into_iter().enumerate() {
                    for (&row, emotion) in self.deciding[set].iter().zip(shuffled) {
                        emotions[set][row] = emotion;
                    }
                }
                emotions
            }
            Labels::Planted(effect) => {
                let group = self.group(number);
                let of_set = |(set, truth): (usize, &Vec<Emotion>)| {
                    let mut noise = stimuli::seed::rng(self.seed, "planted noise", &[number as u64, set as u64]);
                    let rest = (1.0 - effect * effect).sqrt();
                    let followed = self.mean_response(&group, set).into_iter();
                    let score = |z: f64| effect * z + rest * noise.sample::<f64, _>(StandardNormal);
                    ranked(&followed.map(score).collect::<Vec<f64>>(), truth)
                };
                self.truth.iter().enumerate().map(of_set).collect()
            }
        }
    }

    /// The channels that labels follow.
    fn group(&self, number: usize) -> Vec<usize> {
        let mut rng = stimuli::seed::rng(self.seed, "planted channels", &[number as u64]);
        index::sample(&mut rng, self.deep.len(), self.deep.len().div_ceil(FOLLOWED)).into_vec()
    }

    /// The mean response of a group to every picture of a set, standardised; 0 for a group whose channels cancel out.
    fn mean_response(&self, group: &[usize], set: usize) -> Vec<f64> {
        let pictures = self.truth[set].len() as f64;
        let sum = |picture: usize| group.iter().map(|&channel| self.deep[channel][set][picture]).sum::<f64>();
        let sums: Vec<f64> = (0..self.truth[set].len()).map(sum).collect();
        let mean = sums.iter().sum::<f64>() / pictures;
        let sd = (sums.iter().map(|sum| (sum - mean).powi(2)).sum::<f64>() / pictures).sqrt();
        sums.iter().map(|sum| if sd > 0.0 { (sum - mean) / sd } else { 0.0 }).collect()
    }
}

/// The emotions of every set in random order; which order follows from the number alone.
fn shuffled(truth: &[Vec<Emotion>], seed: u64, number: usize) -> Vec<Vec<Emotion>> {
    let of_set = |(set, emotions): (usize, &Vec<Emotion>)| {
        let mut emotions = emotions.clone();
        let seed = seeds::derive(seed, "calibration", &[number, set]);
        emotions.shuffle(&mut stimuli::seed::rng(seed, "calibration", &[]));
        emotions
    };
    truth.iter().enumerate().map(of_set).collect()
}

/// As many pictures of each emotion as in truth: the highest scores pleasant, the lowest unpleasant.
fn ranked(scores: &[f64], truth: &[Emotion]) -> Vec<Emotion> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&one, &other| scores[other].total_cmp(&scores[one]));
    let mut best_first = truth.to_vec();
    best_first.sort_by_key(|emotion| emotion.index());
    let mut emotions = truth.to_vec();
    for (picture, emotion) in order.into_iter().zip(best_first) {
        emotions[picture] = emotion;
    }
    emotions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(emotions: &[Emotion]) -> [usize; 3] {
        Emotion::ALL.map(|emotion| emotions.iter().filter(|e| **e == emotion).count())
    }

    /// Two sets of 60 pictures; every deep channel follows one wave with something of its own.
    fn origin() -> Origin {
        let response = |channel: usize, set: usize, picture: usize| {
            let (own, common) = ((channel * 7 + set) as f64 * 0.37, picture as f64);
            (common * 0.9 + set as f64).sin() + 0.3 * (common * 1.7 + own).sin()
        };
        let of_set = |channel, set| (0..60).map(|picture| response(channel, set, picture)).collect();
        let deep = (0..40).map(|channel| (0..2).map(|set| of_set(channel, set)).collect()).collect();
        let truth =
            vec![[vec![Emotion::Unpleasant; 10], vec![Emotion::Neutral; 20], vec![Emotion::Pleasant; 30]].concat(); 2];
        Origin { seed: 5, truth, deciding: vec![(20..60).step_by(2).collect(); 2], deep }
    }

    #[test]
    fn labels_move_within_a_set_and_follow_the_number() {
        let truth = vec![[Emotion::Pleasant; 4].to_vec(), [Emotion::ALL, Emotion::ALL].concat()];
        let one = shuffled(&truth, 7, 0);
        assert_eq!(one, shuffled(&truth, 7, 0));
        assert_eq!(one[0], truth[0], "one emotion can only stay");
        assert_eq!(counts(&one[1]), [2, 2, 2]);
        assert!((0..9).any(|number| shuffled(&truth, 7, number)[1] != truth[1]));
    }

    #[test]
    fn only_the_pictures_that_choose_are_shuffled() {
        let origin = origin();
        let labels = origin.labels(Labels::Choosing, 1);
        for (set, emotions) in labels.iter().enumerate() {
            assert_eq!(counts(emotions), [30, 20, 10]);
            assert_ne!(emotions, &origin.truth[set]);
            let stays = |row: &usize| !origin.deciding[set].contains(row);
            assert!((0..60).filter(stays).all(|row| emotions[row] == origin.truth[set][row]));
        }
    }

    #[test]
    fn the_highest_scores_are_pleasant_and_numbers_stay() {
        let [pleasant, neutral, unpleasant] = Emotion::ALL;
        let truth = [unpleasant, pleasant, neutral, pleasant];
        assert_eq!(ranked(&[0.3, -1.0, 2.0, 0.5], &truth), [neutral, unpleasant, pleasant, pleasant]);
    }

    #[test]
    fn planted_labels_follow_the_same_channels_in_all_sets_as_closely_as_is_said() {
        let origin = origin();
        let group = origin.group(3);
        assert_eq!(group.len(), 4, "a tenth of forty");
        // The mean standardised response to pleasant pictures, averaged over repetitions and sets.
        let followed = |effect: f64| {
            let mut sum = 0.0;
            for number in 0..40 {
                let labels = origin.labels(Labels::Planted(effect), number);
                for (set, emotions) in labels.iter().enumerate() {
                    assert_eq!(counts(emotions), [30, 20, 10]);
                    let z = origin.mean_response(&origin.group(number), set);
                    let own = z.iter().zip(emotions).filter(|(_, emotion)| **emotion == Emotion::Pleasant);
                    sum += own.map(|(z, _)| z).sum::<f64>() / 30.0;
                }
            }
            sum / 80.0
        };
        let [none, half, all] = [0.0, 0.5, 1.0].map(followed);
        assert!(none.abs() < 0.06, "nothing is planted, but z is {none}");
        assert!((half / all - 0.5).abs() < 0.1, "{half} should be half of {all}");
        let labels = |number| origin.labels(Labels::Planted(0.6), number);
        assert!(labels(0) == labels(0) && labels(0) != labels(1));
    }
}
