//! Where a picture set lies and how it is to be read: the part of a configuration file that describes one set.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::categories::{Scale, Thresholds};
use crate::error::StimuliError;
use crate::notes::Published;
use crate::reader::{columns_fault, encoding_fault};

/// The picture sets whose norms this crate can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// International Affective Picture System (Lang, Bradley & Cuthbert 2008).
    Iaps,
    /// Nencki Affective Picture System (Marchewka et al. 2014).
    Naps,
    /// Open Affective Standardized Image Set (Kurdi, Lozano & Banaji 2017).
    Oasis,
    /// Any table with `path` and `valence` or `category`.
    Table,
}

/// What becomes of a picture that the user's labels do not mention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unlabelled {
    /// Its valence decides, by the thresholds: the labels are corrections.
    #[default]
    Rule,
    /// It is left out: the labels are the list of the pictures to use.
    LeftOut,
}

/// One picture set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetSpec {
    /// The name that tables and figures carry.
    pub name: String,
    /// How the norms are laid out.
    pub kind: Kind,
    /// The folder of the picture files.
    pub images: PathBuf,
    /// The file of the norms: text, `.xls`, `.xlsx` or `.ods`.
    pub ratings: PathBuf,
    /// The sheet of the workbook that is meant, or the table of the text (`row 12`), where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// The encoding of a text that is not Unicode, such as `macintosh` or `windows-1250`; guessed where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The columns of the norms that their headings do not tell.
    #[serde(default, skip_serializing_if = "Columns::is_empty")]
    pub columns: Columns,
    /// The user's own labels: a table with a column for the picture and a column `category`. They override the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<PathBuf>,
    /// What becomes of pictures that the labels do not mention.
    #[serde(default)]
    pub unlabelled: Unlabelled,
    /// The scale of the valence ratings; needed for `table`, known for the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// The rule that makes categories of valences.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// Whether the licence of the set allows its pictures to be shown in a report. IAPS and NAPS forbid it.
    #[serde(default)]
    pub show_thumbnails: bool,
}

/// Columns of a norm table by their headings as written, or by position, such as `column 3`. Headings of several rows
/// are joined by spaces: `All Valence M`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// The file of the picture; for `table`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The picture; for `table` what it is called in every table of results, where that is not its path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Mean valence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valence: Option<String>,
    /// Mean arousal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arousal: Option<String>,
    /// The user's own category, which overrides the rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// What the picture shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The category of what it shows, such as person or animal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_category: Option<String>,
}

impl Columns {
    fn entries(&self) -> [(&'static str, &Option<String>); 7] {
        [
            ("path", &self.path),
            ("id", &self.id),
            ("valence", &self.valence),
            ("arousal", &self.arousal),
            ("category", &self.category),
            ("object", &self.object),
            ("object_category", &self.object_category),
        ]
    }

    /// The columns that the user names, by key.
    pub(crate) fn named(&self) -> Vec<(&'static str, &str)> {
        self.entries().into_iter().filter_map(|(key, column)| Some((key, column.as_deref()?))).collect()
    }

    fn is_empty(&self) -> bool {
        self.named().is_empty()
    }

    /// What is wrong with these names for a set of that kind.
    fn fault(&self, kind: Kind) -> Option<String> {
        if self.path.is_some() && kind != Kind::Table {
            return Some("columns.path is not for this kind of set; the pictures are in columns.id".into());
        }
        columns_fault(&self.named())
    }
}

impl Kind {
    /// The scale of the published ratings.
    pub fn scale(self) -> Option<Scale> {
        match self {
            Kind::Iaps | Kind::Naps => Some([1.0, 9.0]),
            Kind::Oasis => Some([1.0, 7.0]),
            Kind::Table => None,
        }
    }

    /// The counts of Liu et al. (2023), to be printed beside a run's own.
    pub fn published(self) -> Option<Published> {
        match self {
            Kind::Iaps => Some(Published { pictures: 1182, used: [296, 390, 341] }),
            Kind::Naps => Some(Published { pictures: 1356, used: [352, 477, 281] }),
            Kind::Oasis | Kind::Table => None,
        }
    }
}

impl SetSpec {
    /// The scale of the valences: the one given here, else the published one.
    pub(crate) fn valence_scale(&self) -> Option<Scale> {
        self.scale.or(self.kind.scale())
    }

    /// Checks what can be checked without looking at any file.
    pub(crate) fn validate(&self) -> Result<(), StimuliError> {
        let scale = self.scale.filter(|[low, high]| !(low.is_finite() && high.is_finite() && low < high));
        let fault = scale
            .map(|[low, high]| format!("scale = [{low}, {high}] must be two finite numbers, the lower one first"))
            .or_else(|| self.thresholds.fault())
            .or_else(|| self.columns.fault(self.kind))
            .or_else(|| self.encoding.as_deref().and_then(encoding_fault))
            .or_else(|| self.name.trim().is_empty().then(|| "the set needs a name".to_owned()));
        fault.map_or(Ok(()), |reason| Err(StimuliError::Spec { set: self.name.clone(), reason }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"{"name": "open", "kind": "oasis", "images": "images", "ratings": "OASIS.csv"}"#;

    #[test]
    fn a_minimal_spec_has_the_defaults_of_the_papers() {
        let spec: SetSpec = serde_json::from_str(MINIMAL).expect("reads");
        assert_eq!(spec.valence_scale(), Some([1.0, 7.0]));
        assert_eq!(spec.thresholds, Thresholds::default());
        assert!(!spec.show_thumbnails && spec.labels.is_none());
        let text = serde_json::to_string(&spec).expect("serialises");
        assert_eq!(serde_json::from_str::<SetSpec>(&text).expect("reads back"), spec);
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let text = MINIMAL.replace("ratings", "rating");
        let message = serde_json::from_str::<SetSpec>(&text).expect_err("misspelt").to_string();
        assert!(message.contains("unknown field `rating`"), "{message}");
    }

    #[test]
    fn columns_that_the_kind_does_not_have_and_encodings_that_nobody_knows_are_refused() {
        let check = |keys: &str, expected: &str| {
            let text = MINIMAL.replace(r#""kind""#, &format!(r#"{keys}, "kind""#));
            let spec: SetSpec = serde_json::from_str(&text).expect("reads");
            assert_eq!(spec.validate().expect_err("refused").to_string(), format!("picture set 'open': {expected}"));
        };
        check(
            r#""columns": {"path": "file"}"#,
            "columns.path is not for this kind of set; the pictures are in columns.id",
        );
        check(
            r#""columns": {"id": "a", "valence": "a"}"#,
            "columns.id and columns.valence are both 'a'; each column has one meaning",
        );
        check(r#""columns": {"id": " "}"#, "columns.id is empty; write the heading of a column, or 'column 3'");
        check(
            r#""encoding": "ebcdic""#,
            "encoding = \"ebcdic\" is none that is known, such as utf-8, windows-1250, windows-1252, macintosh, gb18030",
        );
        let misspelt = MINIMAL.replace(r#""kind""#, r#""columns": {"valenz": "a"}, "kind""#);
        let message = serde_json::from_str::<SetSpec>(&misspelt).expect_err("misspelt").to_string();
        assert!(message.contains("unknown field `valenz`"), "{message}");
    }

    #[test]
    fn a_scale_upside_down_is_refused() {
        let spec = SetSpec { scale: Some([9.0, 1.0]), ..serde_json::from_str(MINIMAL).expect("reads") };
        let message = spec.validate().expect_err("upside down").to_string();
        assert_eq!(message, "picture set 'open': scale = [9, 1] must be two finite numbers, the lower one first");
    }
}
