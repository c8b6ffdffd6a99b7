//! The sections `[selectivity]` and `[generalization]`: how tuning and overlap are tested and shown.

use serde::{Deserialize, Serialize};

/// How tuning is tested and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SelectivityConfig {
    /// Shuffles of the category labels behind each null distribution.
    pub permutations: usize,
    /// Resamples of the bootstrap behind the intervals of what low-level statistics decode.
    pub bootstrap: usize,
    /// Pictures that drive a channel most, as the papers show them; never more than a quarter of a set.
    pub top_pictures: usize,
    /// Folds of the cross-validation that decodes categories from low-level picture statistics.
    pub folds: usize,
}

/// How the overlap between sets is tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GeneralizationConfig {
    /// Pairs of random channel sets per layer and emotion, for the band of chance.
    pub draws: usize,
    /// Shuffles of the category labels behind each null distribution.
    pub permutations: usize,
}

impl Default for SelectivityConfig {
    fn default() -> Self {
        Self { permutations: 1000, bootstrap: 2000, top_pictures: 100, folds: 5 }
    }
}

impl Default for GeneralizationConfig {
    fn default() -> Self {
        Self { draws: 10_000, permutations: 1000 }
    }
}
