//! The three emotion categories of the study.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The emotion category of a picture, in the order P, N, U that every table and array of this project uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Emotion {
    /// High valence.
    Pleasant,
    /// Middling valence.
    Neutral,
    /// Low valence.
    Unpleasant,
}

/// A word that names no emotion category.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no emotion: write pleasant, neutral or unpleasant (or positive, negative, P, N, U)")]
pub struct UnknownEmotion(pub String);

impl Emotion {
    /// The three categories, in the order of [`Emotion::index`].
    pub const ALL: [Emotion; 3] = [Emotion::Pleasant, Emotion::Neutral, Emotion::Unpleasant];

    /// Position in [`Emotion::ALL`]: 0, 1 or 2.
    pub fn index(self) -> usize {
        self as usize
    }

    /// `pleasant`, `neutral` or `unpleasant`.
    pub fn name(self) -> &'static str {
        match self {
            Emotion::Pleasant => "pleasant",
            Emotion::Neutral => "neutral",
            Emotion::Unpleasant => "unpleasant",
        }
    }
}

impl fmt::Display for Emotion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.name())
    }
}

impl FromStr for Emotion {
    type Err = UnknownEmotion;

    /// Reads a category as researchers write it, in any case: `pleasant`, `positive`, `pos`, `P`; `neutral`, `neu`,
    /// `N`; `unpleasant`, `negative`, `neg`, `U`. The single letters are those of the papers, so `N` is neutral.
    fn from_str(text: &str) -> Result<Self, UnknownEmotion> {
        match text.trim().to_lowercase().as_str() {
            "pleasant" | "positive" | "pos" | "p" => Ok(Emotion::Pleasant),
            "neutral" | "neu" | "n" => Ok(Emotion::Neutral),
            "unpleasant" | "negative" | "neg" | "u" => Ok(Emotion::Unpleasant),
            _ => Err(UnknownEmotion(text.trim().to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indices_agree_with_the_order() {
        for (index, emotion) in Emotion::ALL.into_iter().enumerate() {
            assert_eq!(emotion.index(), index);
            assert_eq!(emotion.name().parse(), Ok(emotion));
            assert_eq!(serde_json::to_string(&emotion).expect("serialises"), format!("\"{emotion}\""));
        }
    }

    #[test]
    fn reads_what_researchers_write() {
        for (text, expected) in
            [(" Positive", Emotion::Pleasant), ("N", Emotion::Neutral), ("neg", Emotion::Unpleasant)]
        {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_unknown_word_is_named_with_the_remedy() {
        let message = "happy ".parse::<Emotion>().expect_err("not a category").to_string();
        assert_eq!(
            message,
            "'happy' is no emotion: write pleasant, neutral or unpleasant (or positive, negative, P, N, U)"
        );
    }
}
