//! The classes of a set of frames, in a fixed order, and how the labels of a table name them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::names::{fold, label_key};

/// The 20 classes of EmoNet in the order of its outputs (Kragel et al. 2019; ecco-laboratory/EmoNet). The list is fixed
/// and follows from no count: its classes do not all have more frames than those that were left out. emonet-py writes
/// "Empathetic Pain".
pub const EMONET_CLASSES: [&str; 20] = [
    "Adoration",
    "Aesthetic Appreciation",
    "Amusement",
    "Anxiety",
    "Awe",
    "Boredom",
    "Confusion",
    "Craving",
    "Disgust",
    "Empathic Pain",
    "Entrancement",
    "Excitement",
    "Fear",
    "Horror",
    "Interest",
    "Joy",
    "Romance",
    "Sadness",
    "Sexual Desire",
    "Surprise",
];

/// Two or more classes in the order of every table and array, with names that differ in more than case, spaces,
/// underscores and hyphens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Classes {
    names: Vec<String>,
    by_key: BTreeMap<String, usize>,
}

impl Classes {
    /// Classes of these names, in this order.
    ///
    /// # Examples
    /// ```
    /// use stimuli::frames::Classes;
    ///
    /// let classes = Classes::new(["Joy", "Fear"].map(String::from))?;
    /// assert_eq!(classes.position("fear"), Some(1));
    /// assert!(Classes::new(["Joy", "joy"].map(String::from)).is_err());
    /// # Ok::<(), String>(())
    /// ```
    ///
    /// # Errors
    /// Fewer than two names, an empty one, or two that name one class; in words.
    pub fn new(names: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let names: Vec<String> = names.into_iter().map(|name| name.trim().to_owned()).collect();
        let mut by_key = BTreeMap::new();
        for (position, name) in names.iter().enumerate() {
            if name.is_empty() {
                return Err(format!("the name of class {} is empty", position + 1));
            }
            if let Some(first) = by_key.insert(class_key(name), position) {
                let first: &String = &names[first];
                return Err(format!("'{first}' and '{name}' are names of one class; keep one of them"));
            }
        }
        match names.as_slice() {
            [] => Err("there is no class; at least two are needed".into()),
            [only] => Err(format!("there is only the class '{only}'; at least two are needed")),
            _ => Ok(Self { names, by_key }),
        }
    }

    /// The 20 classes of EmoNet in the order of its outputs.
    ///
    /// # Examples
    /// ```
    /// use stimuli::frames::Classes;
    ///
    /// let emonet = Classes::emonet();
    /// assert_eq!((emonet.len(), emonet.name(9)), (20, Some("Empathic Pain")));
    /// assert_eq!(emonet.position("empathetic_pain"), Some(9), "as some copies of the labels have it");
    /// ```
    pub fn emonet() -> Self {
        let by_key = EMONET_CLASSES.iter().enumerate().map(|(position, name)| (class_key(name), position)).collect();
        Self { names: EMONET_CLASSES.map(String::from).into(), by_key }
    }

    /// The classes that labels name, in alphabetical order; of several spellings of one class the first is its name.
    pub(crate) fn of_labels<'a>(labels: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut names: BTreeMap<String, &str> = BTreeMap::new();
        for label in labels {
            let name = names.entry(class_key(label)).or_insert(label);
            *name = (*name).min(label);
        }
        let mut names: Vec<&str> = names.into_values().collect();
        names.sort_by_key(|name| (fold(name), *name));
        Self::new(names.into_iter().map(str::to_owned))
    }

    /// How many classes there are.
    #[allow(clippy::len_without_is_empty)] // There are always two or more.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The names, in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of the class at that position.
    pub fn name(&self, position: usize) -> Option<&str> {
        self.names.get(position).map(String::as_str)
    }

    /// The position of the class that a label names, whatever its case and whatever joins its words.
    pub fn position(&self, label: &str) -> Option<usize> {
        self.by_key.get(&class_key(label)).copied()
    }
}

impl TryFrom<Vec<String>> for Classes {
    type Error = String;

    fn try_from(names: Vec<String>) -> Result<Self, String> {
        Self::new(names)
    }
}

impl From<Classes> for Vec<String> {
    fn from(classes: Classes) -> Self {
        classes.names
    }
}

/// How labels are compared. Two published copies of EmoNet's classes spell one of them differently.
pub(crate) fn class_key(label: &str) -> String {
    match label_key(label).as_str() {
        "empatheticpain" => "empathicpain".into(),
        key => key.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emonets_classes_are_twenty_in_alphabetical_order() {
        let classes = Classes::emonet();
        assert!(classes.names().is_sorted() && classes.len() == 20);
        assert_eq!(Classes::new(classes.names().to_vec()), Ok(classes.clone()));
        for (position, name) in EMONET_CLASSES.iter().enumerate() {
            assert_eq!(classes.position(&name.to_uppercase().replace(' ', "_")), Some(position));
        }
        assert_eq!(classes.position("Nostalgia"), None);
        assert_eq!(classes.name(20), None);
    }

    #[test]
    fn labels_become_classes_in_alphabetical_order_whatever_their_order_and_spelling() {
        let labels = ["joy", "Empathetic Pain", "awe", "sexual_desire", "Joy", "Sexual Desire", "empathic-pain"];
        let expected = ["awe", "Empathetic Pain", "Joy", "Sexual Desire"];
        assert_eq!(Classes::of_labels(labels.into_iter()).expect("classes").names(), expected);
        assert_eq!(Classes::of_labels(labels.into_iter().rev()).expect("classes").names(), expected);
    }

    #[test]
    fn lists_that_are_no_classes_are_refused() {
        let check = |names: &[&str], expected: &str| {
            assert_eq!(Classes::new(names.iter().map(|name| (*name).into())), Err(expected.into()));
        };
        check(&[], "there is no class; at least two are needed");
        check(&["Joy"], "there is only the class 'Joy'; at least two are needed");
        check(&["Joy", " "], "the name of class 2 is empty");
        check(
            &["Sexual Desire", "Joy", "sexual_desire"],
            "'Sexual Desire' and 'sexual_desire' are names of one class; keep one of them",
        );
    }

    #[test]
    fn classes_read_back_from_their_names() {
        let text = serde_json::to_string(&Classes::emonet()).expect("serialises");
        assert!(text.starts_with(r#"["Adoration","Aesthetic Appreciation""#), "{text}");
        assert_eq!(serde_json::from_str::<Classes>(&text).expect("reads"), Classes::emonet());
        assert!(serde_json::from_str::<Classes>(r#"["Joy"]"#).is_err());
    }
}
