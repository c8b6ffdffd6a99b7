//! Valence and arousal as EmoNet reads them: the weights of its class scores, published with the Python package emonet-py
//! 1.0.8 (`emonet_valence.py`, `emonet_arousal.py`).
//!
//! They are for scores before the softmax of the 20 classes in EmoNet's order, and predict on the scale of IAPS, 1 to 9.

use stats::read_out::Linear;
use stimuli::frames::Classes;
use stimuli::{Kind, Picture};

use crate::opened::Opened;
use crate::scored::{OWN, Scored};

/// What people rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rating {
    /// From unpleasant to pleasant.
    Valence,
    /// From calm to aroused.
    Arousal,
}

/// Intercept and weights in the order of [`Classes::emonet`].
const VALENCE: (f64, [f64; 20]) = (
    3.2963,
    [
        0.5990, 0.4576, 0.3248, -0.0634, 0.0035, 0.0560, 0.1163, -0.1370, -0.7719, -0.1210, -0.1862, 0.0214, -0.3015,
        -0.3680, 0.2467, -0.2335, 0.1096, -0.3858, 0.1538, 0.5741,
    ],
);
const AROUSAL: (f64, [f64; 20]) = (
    6.5139,
    [
        -0.0910, -0.0121, -0.3154, 0.0152, 0.3949, -0.2019, -0.1216, -0.1029, 0.0637, 0.0037, -0.1700, 0.0736, 0.2145,
        0.1670, -0.2425, -0.0555, 0.1480, 0.1390, 0.1877, -0.0824,
    ],
);

/// Correlations of Kragel et al. (2019), p. 4, for valence and arousal: learned and tested on IAPS in cross-validation, and
/// the same models on OASIS.
const IAPS_CROSS_VALIDATED: [f64; 2] = [0.88, 0.85];
const OASIS_RELEASED: [f64; 2] = [0.83, 0.84];

impl Rating {
    /// Both, in the order of all tables.
    pub const ALL: [Self; 2] = [Self::Valence, Self::Arousal];

    /// `valence` or `arousal`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valence => "valence",
            Self::Arousal => "arousal",
        }
    }

    /// Position in [`Rating::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The mean rating of a picture, where it has one.
    pub fn of(self, picture: &Picture) -> Option<f64> {
        match self {
            Self::Valence => picture.valence,
            Self::Arousal => picture.arousal,
        }
    }

    /// The released weights of EmoNet's class scores.
    pub fn released(self) -> Linear {
        let (intercept, weights) = match self {
            Self::Valence => VALENCE,
            Self::Arousal => AROUSAL,
        };
        Linear { intercept, weights: weights.to_vec() }
    }

    /// What the paper found with the released weights, or with weights learned on the set itself.
    pub fn published(self, set: Kind, released: bool) -> Option<f64> {
        match (set, released) {
            (Kind::Oasis, true) => Some(OASIS_RELEASED[self.index()]),
            (Kind::Iaps, false) => Some(IAPS_CROSS_VALIDATED[self.index()]),
            _ => None,
        }
    }
}

/// Whether class scores are what the released weights are for: a network's own, of EmoNet's 20 classes in order.
pub fn is_emonet(opened: &Opened, shown: &Scored) -> bool {
    shown.name == OWN && are_emonets(opened.classes())
}

/// Whether classes are EmoNet's 20, in order.
pub fn are_emonets(classes: &[String]) -> bool {
    let emonet = Classes::emonet();
    classes.len() == emonet.len() && (0..).zip(classes).all(|(at, class)| emonet.position(class) == Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_those_that_were_published() {
        let logits = ndarray::Array2::from_elem((1, 20), 1.0_f32);
        let [valence, arousal] = Rating::ALL.map(|rating| rating.released().read(logits.view()).expect("finite")[0]);
        // Sums of the printed numbers.
        assert!((valence - 3.3908).abs() < 1e-9, "{valence}");
        assert!((arousal - 6.5259).abs() < 1e-9, "{arousal}");
        let disgust = Classes::emonet().position("Disgust").expect("a class");
        assert_eq!(Rating::Valence.released().weights[disgust], -0.7719);
    }

    #[test]
    fn only_emonets_classes_in_order_have_them() {
        let classes: Vec<String> = Classes::emonet().names().to_vec();
        assert!(are_emonets(&classes));
        let mut swapped = classes.clone();
        swapped.swap(0, 1);
        assert!(!are_emonets(&swapped) && !are_emonets(&classes[..19]));
        let mut spelt = classes;
        spelt[9] = "Empathetic Pain".into();
        assert!(are_emonets(&spelt), "as some copies of the labels have it");
    }
}
