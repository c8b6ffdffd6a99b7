//! The `[[sets]]` of a configuration: files on disk, or synthetic scenes.

use serde::{Deserialize, Serialize};
use stimuli::splits::half_names;
use stimuli::synthetic::SyntheticSpec;
use stimuli::{PictureSet, SetSpec, StimuliError};
use toml::Table;

use super::known::SETS;
use super::{Config, ConfigError};
use crate::rows::ALL_SETS;

/// One picture set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Table", into = "Table")]
pub enum SetConfig {
    /// Scenes that the program draws.
    Synthetic(SyntheticSpec),
    /// Pictures and norms in files.
    Files(SetSpec),
    /// The same, divided at random into two sets A and B, so that one set can stand in for two.
    Halves(SetSpec),
}

pub(super) const KIND: &str = "kind";
pub(super) const HALVES: &str = "split_halves";
/// The kinds of sets.
pub(super) const KINDS: [&str; 5] = ["synthetic", "iaps", "naps", "oasis", "table"];

/// Refuses names by which rows and arrays could not be told apart: two sets of one name, also where only case or spaces
/// differ, which some file systems and readers of tables do not see, and the name that stands for all sets.
pub(super) fn check_names(config: &Config) -> Result<(), ConfigError> {
    let mut known: Vec<(String, String)> = vec![(ALL_SETS.into(), "the rows about all sets".into())];
    for (number, set) in config.sets.iter().enumerate() {
        for name in set.names() {
            let seen = name.trim().to_lowercase();
            if let Some((_, holder)) = known.iter().find(|(other, _)| *other == seen) {
                let reason = format!("the set would be called `{name}` like {holder}; give it another name");
                return Err(ConfigError::value(config, &format!("{SETS}.{number}.name"), reason));
            }
            known.push((seen, format!("{SETS}.{number}, which is called `{name}` in tables and files")));
        }
    }
    Ok(())
}

impl TryFrom<Table> for SetConfig {
    type Error = String;

    fn try_from(mut table: Table) -> Result<Self, String> {
        // One line; its second half names the key.
        let plain = |error: toml::de::Error| error.to_string().trim_end().replace('\n', " ");
        let kind = table.get(KIND).and_then(|kind| kind.as_str()).unwrap_or_default().to_string();
        if kind == "synthetic" {
            table.remove(KIND);
            return Ok(Self::Synthetic(table.try_into().map_err(plain)?));
        }
        let halves = table.remove(HALVES);
        let spec = table.try_into().map_err(plain)?;
        match halves.map_or(Some(false), |value| value.as_bool()) {
            Some(true) => Ok(Self::Halves(spec)),
            Some(false) => Ok(Self::Files(spec)),
            None => Err(format!("{HALVES} must be true or false")),
        }
    }
}

impl From<SetConfig> for Table {
    fn from(set: SetConfig) -> Self {
        let table = |spec: Result<Table, toml::ser::Error>| spec.expect("plain strings and numbers");
        match set {
            SetConfig::Synthetic(spec) => {
                let mut entries = table(Table::try_from(spec));
                entries.insert(KIND.into(), "synthetic".into());
                entries
            }
            SetConfig::Files(spec) => table(Table::try_from(spec)),
            SetConfig::Halves(spec) => {
                let mut entries = table(Table::try_from(spec));
                entries.insert(HALVES.into(), true.into());
                entries
            }
        }
    }
}

impl SetConfig {
    /// Where its files lie, if it has any.
    pub(super) fn files_mut(&mut self) -> Option<&mut SetSpec> {
        match self {
            Self::Synthetic(_) => None,
            Self::Files(spec) | Self::Halves(spec) => Some(spec),
        }
    }

    /// The pictures: one set, or two where one is divided.
    ///
    /// # Errors
    /// Files that are missing, unreadable or contradictory; see [`stimuli::load`].
    pub fn load(&self, allow_missing: bool, seed: u64) -> Result<Vec<PictureSet>, StimuliError> {
        match self {
            Self::Synthetic(spec) => Ok(vec![stimuli::synthetic::scene_set(spec)]),
            Self::Files(spec) => Ok(vec![stimuli::load(spec, allow_missing)?]),
            Self::Halves(spec) => Ok(stimuli::load(spec, allow_missing)?.halves(seed).into()),
        }
    }

    /// The names that its pictures have in tables and files: one, or two where the set is divided.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Synthetic(spec) => vec![spec.set_name()],
            Self::Files(spec) => vec![spec.name.clone()],
            Self::Halves(spec) => half_names(&spec.name).into(),
        }
    }

    /// Whether reports may show its pictures.
    pub fn show_thumbnails(&self) -> bool {
        match self {
            Self::Synthetic(_) => true,
            Self::Files(spec) | Self::Halves(spec) => spec.show_thumbnails,
        }
    }
}
