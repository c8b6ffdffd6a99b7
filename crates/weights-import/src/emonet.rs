//! EmoNet: the AlexNet of Kragel, Reddan, LaBar & Wager (Science Advances 5: eaaw4358, 2019), which sorts pictures into
//! twenty emotions. Its classes, and what MATLAB's original says of two pictures.

use stimuli::frames::EMONET_CLASSES;
use vgg_core::{Architecture, Preprocessing};

use crate::error::Flaw;
use crate::naming::Naming;

/// The name that the network has here.
pub const EMONET: &str = "emonet";

/// What MATLAB's EmoNet says of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmonetReference {
    /// The name of its file, without its ending.
    pub picture: &'static str,
    /// How far another program may be off, as a share of the probability.
    pub tolerance: f64,
    /// Probabilities of all classes, as MATLAB printed them.
    pub probabilities: [f64; 20],
}

/// Two pictures that come with the package emonet-py (gitlab.com/EAVISE/lme/emonet, `emonet_py/data`), with the
/// probabilities and tolerances of its `test_integrity.py`: the small one has the network's own size, so that nothing is
/// resized; the big one is 800×450.
pub const EMONET_REFERENCES: [EmonetReference; 2] = [
    EmonetReference {
        picture: "demo_small",
        tolerance: 1e-3,
        probabilities: [
            0.22926, 0.075324, 0.0030083, 0.0024761, 0.51978, 0.0075244, 0.0028647, 0.0041199, 0.0040441, 0.021392,
            0.00352, 0.0068833, 0.015457, 0.0014801, 0.070372, 0.0075813, 0.011797, 6.71e-5, 4.6644e-6, 0.013039,
        ],
    },
    EmonetReference {
        picture: "demo_big",
        tolerance: 1e-2,
        probabilities: [
            0.0044732, 0.0945, 0.034106, 0.3361, 0.021589, 0.0090503, 0.00067812, 0.05514, 0.072519, 0.019064,
            0.0032458, 0.017255, 0.030013, 0.00058266, 0.20558, 0.0099342, 0.059141, 0.00026909, 4.2833e-5, 0.026715,
        ],
    },
];

/// Whether names are those of EmoNet's classes in their order.
pub(crate) fn are_classes(names: &[String]) -> bool {
    let same = |(name, own): (&String, &str)| name == own || (own == "Empathic Pain" && name == "Empathetic Pain");
    names.len() == EMONET_CLASSES.len() && names.iter().zip(EMONET_CLASSES).all(same)
}

/// The names of a network's classes, where it is EmoNet with its own.
pub(crate) fn classes_of(network: &Architecture) -> Vec<String> {
    let own = network.name() == EMONET && network.classes() == EMONET_CLASSES.len();
    if own { EMONET_CLASSES.map(String::from).to_vec() } else { vec![] }
}

/// What a user should know about EmoNet's weights.
pub(crate) fn notes(network: &Architecture, prepared: &Preprocessing, naming: Option<Naming>) -> Vec<String> {
    if network.name() != EMONET {
        return vec![];
    }
    let mut notes = Vec::new();
    if !naming.is_some_and(Naming::is_emonet) {
        notes.push(
            "taken for EmoNet, because its layers are those of Caffe's AlexNet and its classes twenty; for another network, \
             name its classes with --classes"
                .into(),
        );
    }
    if prepared.scale != 1.0 || prepared.sd != [1.0; 3] {
        notes.push(
            "preprocessing: EmoNet was trained on colours from 0 to 255, divided by nothing: with this preprocessing its normalisations \
             do almost nothing and its scores mean little"
                .into(),
        );
    } else if prepared.mean_picture.is_none() && prepared.mean == [0.0; 3] {
        notes.push(
            "preprocessing: nothing is subtracted from the pictures, as in uses of the port to PyTorch; MATLAB's EmoNet subtracts a mean \
             image, so scores are not its own"
                .into(),
        );
    }
    notes
}

impl EmonetReference {
    /// The class whose probability is furthest off, and by what share of it.
    ///
    /// # Errors
    /// Another number of classes, or a probability that is no number.
    pub fn furthest(&self, probabilities: &[f64]) -> Result<(usize, f64), Flaw> {
        if probabilities.len() != self.probabilities.len() || probabilities.iter().any(|found| !found.is_finite()) {
            let found = format!("{} numbers", probabilities.iter().filter(|found| found.is_finite()).count());
            return Err(Flaw::deviation(self.picture, "the probabilities of 20 classes", found));
        }
        let share = |class: usize| (probabilities[class] / self.probabilities[class] - 1.0).abs();
        let first = (0, share(0));
        Ok((1..20)
            .map(|class| (class, share(class)))
            .fold(first, |most, next| if next.1 > most.1 { next } else { most }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_references_are_probabilities() {
        for reference in EMONET_REFERENCES {
            let sum: f64 = reference.probabilities.iter().sum();
            // Twenty numbers of five digits, the largest of them rounded at 5e-6.
            assert!((sum - 1.0).abs() < 2e-5, "{}: {sum}", reference.picture);
        }
        let small = EMONET_REFERENCES[0].probabilities;
        assert_eq!((EMONET_CLASSES[4], small[4]), ("Awe", 0.51978));
    }

    #[test]
    fn the_furthest_class_is_found() {
        let reference = EMONET_REFERENCES[0];
        let mut found = reference.probabilities;
        assert_eq!(reference.furthest(&found).expect("twenty"), (0, 0.0));
        found[18] *= 1.01;
        found[4] *= 1.005;
        let (class, share) = reference.furthest(&found).expect("twenty");
        assert!(class == 18 && (share - 0.01).abs() < 1e-9, "{class} {share}");
        assert!(reference.furthest(&found[..19]).is_err());
        found[3] = f64::NAN;
        assert!(reference.furthest(&found).is_err());
    }

    #[test]
    fn both_spellings_are_the_classes() {
        let mut names = EMONET_CLASSES.map(String::from).to_vec();
        assert!(are_classes(&names) && EMONET_CLASSES.is_sorted());
        names[9] = "Empathetic Pain".into();
        assert!(are_classes(&names));
        names.swap(3, 4);
        assert!(!are_classes(&names) && !are_classes(&names[..19]));
    }
}
