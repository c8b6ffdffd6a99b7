//! The keys that a configuration may have, and which of them a misspelt one was meant to be.
//!
//! The keys are those of the types themselves, in the order of their declaration, so that no second list can be wrong.

use serde_aux::serde_introspection::serde_introspect as fields;
use stimuli::synthetic::SyntheticSpec;
use stimuli::{Columns, SetSpec, categories::Thresholds};
use toml::{Table, Value};

use super::sets::{HALVES, KIND, KINDS};
use super::{AttentionConfig, Config, ConfigError, GeneralizationConfig, HeadConfig, NetworkConfig};
use super::{SelectionConfig, SelectivityConfig, SweepConfig};

/// The name of the list of picture sets.
pub(super) const SETS: &str = "sets";
/// Jaro similarity from which a name is taken for a misspelling, as in clap.
const ALIKE: f64 = 0.7;

type Keys = fn() -> &'static [&'static str];

/// Every section with its keys; `""` is the top.
const SECTIONS: [(&str, Keys); 8] = [
    ("", fields::<Config>),
    ("network", fields::<NetworkConfig>),
    ("selection", fields::<SelectionConfig>),
    ("heads", fields::<HeadConfig>),
    ("sweep", fields::<SweepConfig>),
    ("selectivity", fields::<SelectivityConfig>),
    ("generalization", fields::<GeneralizationConfig>),
    ("attention", fields::<AttentionConfig>),
];

/// The sections of a picture set with their keys.
const SECTIONS_OF_SET: [(&str, Keys); 2] = [("thresholds", fields::<Thresholds>), ("columns", fields::<Columns>)];

/// The keys of a section of [`Config`]; none where the name is no section.
pub(super) fn keys(section: &str) -> Option<Vec<&'static str>> {
    SECTIONS.iter().find(|(name, _)| *name == section).map(|(_, keys)| keys().to_vec())
}

/// The keys of a picture set, which depend on its kind.
pub(super) fn keys_of_set(set: &Table) -> Vec<&'static str> {
    match set.get(KIND).and_then(Value::as_str) {
        Some("synthetic") => [&[KIND], fields::<SyntheticSpec>()].concat(),
        _ => [fields::<SetSpec>(), &[HALVES]].concat(),
    }
}

/// The keys of a section of a picture set; none where the name is no section.
pub(super) fn keys_of_set_section(section: &str) -> Vec<&'static str> {
    let found = SECTIONS_OF_SET.iter().find(|(name, _)| *name == section);
    found.map(|(_, keys)| keys().to_vec()).unwrap_or_default()
}

/// Refuses a key that no configuration has, at any depth; `origin` is the file or the option that is to blame.
pub(super) fn check(table: &Table, origin: &str) -> Result<(), ConfigError> {
    check_keys(table, "", &keys("").unwrap_or_default(), origin)?;
    for (name, value) in table {
        match value {
            Value::Array(sets) if name == SETS => check_sets(sets, origin)?,
            Value::Table(section) => check_keys(section, name, &keys(name).unwrap_or_default(), origin)?,
            _ => {}
        }
    }
    Ok(())
}

fn check_sets(sets: &[Value], origin: &str) -> Result<(), ConfigError> {
    for (number, set) in sets.iter().enumerate().filter_map(|(number, set)| Some((number, set.as_table()?))) {
        let place = format!("{SETS}.{number}");
        check_kind(set, &place, origin)?;
        check_keys(set, &place, &keys_of_set(set), origin)?;
        for (section, keys) in SECTIONS_OF_SET {
            if let Some(Value::Table(table)) = set.get(section) {
                check_keys(table, &join(&place, section), keys(), origin)?;
            }
        }
    }
    Ok(())
}

/// Before the keys, since a misspelt kind would make keys look unknown that are none.
fn check_kind(set: &Table, place: &str, origin: &str) -> Result<(), ConfigError> {
    let kind = set.get(KIND).and_then(Value::as_str);
    let Some(kind) = kind.filter(|kind| !KINDS.contains(kind)) else { return Ok(()) };
    let remedy = remedy(kind, "", &KINDS).unwrap_or_else(|| format!("the kinds are {}", KINDS.join(", ")));
    let reason = format!("{place}.{KIND}: there is no kind of picture set `{kind}`: {remedy}");
    Err(ConfigError::Syntax { origin: origin.into(), reason })
}

fn check_keys(table: &Table, place: &str, known: &[&str], origin: &str) -> Result<(), ConfigError> {
    let Some(unknown) = table.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let remedy = remedy(unknown, place, known)
        .or_else(|| elsewhere(unknown).map(|path| format!("did you mean `{path}`?")))
        .unwrap_or_else(|| format!("the keys here are {}", known.join(", ")));
    Err(ConfigError::UnknownKey { origin: origin.into(), key: join(place, unknown), remedy })
}

fn remedy(unknown: &str, place: &str, known: &[&str]) -> Option<String> {
    nearest(unknown, known).map(|name| format!("did you mean `{}`?", join(place, name)))
}

/// The key of that very name in another section: people forget the section.
fn elsewhere(name: &str) -> Option<String> {
    SECTIONS.iter().find(|(_, keys)| keys().contains(&name)).map(|(section, _)| join(section, name))
}

/// The known name that is most like an unknown one, if any is.
pub(super) fn nearest<'a>(unknown: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |name: &'a str| (name, strsim::jaro(unknown, name));
    let alike = known.iter().map(|&name| likeness(name)).filter(|(_, likeness)| *likeness > ALIKE);
    alike.max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(name, _)| name)
}

/// A dotted path.
pub(super) fn join(place: &str, key: &str) -> String {
    if place.is_empty() { key.into() } else { format!("{place}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_that_a_configuration_has_is_known() {
        let text = "name = \"a\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 4\n\
                    seed = 1\n[attention]";
        let config = Config::parse(text, "a", &[]).expect("valid");
        let table: Table = toml::from_str(&config.to_toml()).expect("reads back");
        for (name, _) in table.iter().filter(|(_, value)| value.is_table()) {
            assert!(keys(name).is_some(), "[{name}] is missing in SECTIONS");
        }
        assert_eq!(table.values().filter(|value| value.is_table()).count(), SECTIONS.len() - 1);
    }

    #[test]
    fn the_nearest_name_is_the_misspelt_one_and_nonsense_has_none() {
        let known = ["draws", "draws_per_chunk", "controls"];
        assert_eq!(nearest("drws", &known), Some("draws"));
        assert_eq!(nearest("contrls", &known), Some("controls"));
        assert_eq!(nearest("zzz", &known), None);
    }
}
