//! The recognition heads: every set × split × task.

use ndarray::Array2;
use rayon::prelude::*;
use stimuli::Emotion;
use vgg_core::head::{Examples, Head, HeadBank};

use super::{EMOTIONS, Sets, StudyError};
use crate::config::Config;
use crate::progress::Stage;
use crate::seeds;

/// A head and what it is for.
pub struct TrainedHead {
    /// The position of the set on which it was trained.
    pub set: usize,
    /// The split.
    pub split: usize,
    /// The emotion that it recognises.
    pub task: Emotion,
    /// The head.
    pub head: Head,
}

/// All heads of a network.
pub struct HeadBanks {
    /// `heads[set]`, ordered by split and within it by task.
    pub heads: Vec<Vec<TrainedHead>>,
    /// `banks[set]`: the same heads side by side.
    pub banks: Vec<HeadBank>,
}

/// Number of heads of a study.
pub(super) fn count(sets: &Sets) -> usize {
    sets.splits.iter().map(|splits| splits.len() * EMOTIONS).sum()
}

/// The column of a head in its set's bank.
pub fn column(split: usize, task: usize) -> usize {
    split * EMOTIONS + task
}

impl HeadBanks {
    /// Heads `[set][split and task]` and the same side by side.
    pub(super) fn new(heads: Vec<Vec<TrainedHead>>) -> Self {
        let side_by_side = |of_set: &Vec<TrainedHead>| {
            HeadBank::new(&of_set.iter().map(|trained| trained.head.clone()).collect::<Vec<_>>())
        };
        let banks = heads.iter().map(side_by_side).collect();
        Self { heads, banks }
    }

    pub(super) fn train(
        features: &[Array2<f32>],
        sets: &Sets,
        config: &Config,
        stage: &Stage,
    ) -> Result<Self, StudyError> {
        let mut heads = Vec::new();
        for (set, features) in features.iter().enumerate() {
            let cells: Vec<(usize, usize)> =
                (0..config.heads.splits).flat_map(|split| (0..EMOTIONS).map(move |task| (split, task))).collect();
            let of_set: Vec<TrainedHead> = cells
                .into_par_iter()
                .map(|(split, task)| {
                    let head = train_one(features, sets, config, [set, split, task]);
                    stage.advance(1);
                    head
                })
                .collect::<Result<_, _>>()?;
            heads.push(of_set);
        }
        Ok(Self::new(heads))
    }
}

fn train_one(
    features: &Array2<f32>,
    sets: &Sets,
    config: &Config,
    [set, split, task]: [usize; 3],
) -> Result<TrainedHead, StudyError> {
    let rows = &sets.splits[set][split];
    let targets: Vec<bool> = sets.sets[set].labels().iter().map(|&label| label == task).collect();
    let examples = |rows: &[usize]| Examples::select(features.view(), &targets, rows);
    let seed = seeds::derive(config.seed, "head", &[set, split, task]);
    let task = Emotion::ALL[task];
    let head = config.heads.recipe().train(&examples(&rows.train), &examples(&rows.validation), seed);
    let failed = |source| StudyError::Head { set: sets.sets[set].name.clone(), task, split, source };
    Ok(TrainedHead { set, split, task, head: head.map_err(failed)? })
}
