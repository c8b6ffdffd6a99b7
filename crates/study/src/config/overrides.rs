//! One value of a configuration, by its dotted path: `--set key=value` and the options that stand for one.

use std::fmt;
use std::path::Path;

use toml::{Table, Value};
use vgg_core::device::Precision;

use super::ConfigError;

/// A value that the command line gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    option: String,
    key: String,
    value: Value,
}

impl Assignment {
    /// `--set key=value`; the value is TOML, or plain text where it is not.
    ///
    /// # Errors
    /// No `=`, or nothing before it.
    pub fn set(text: &str) -> Result<Self, ConfigError> {
        let option = format!("--set {text}");
        let (key, text) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty()).ok_or_else(|| {
            ConfigError::Syntax { origin: option.clone(), reason: "expected key=value, as in sweep.draws=20".into() }
        })?;
        Ok(Self { key: key.trim().into(), value: value(text.trim()), option })
    }

    /// `--seed`.
    pub fn seed(seed: u64) -> Self {
        // TOML's whole numbers have 63 bits; a larger one is kept as text, and refused with the option's name.
        let value = i64::try_from(seed).map_or_else(|_| Value::String(seed.to_string()), Value::Integer);
        Self { option: format!("--seed {seed}"), key: "seed".into(), value }
    }

    /// `--precision`.
    pub fn precision(precision: Precision) -> Self {
        let value = Value::String(precision.to_string());
        Self { option: format!("--precision {precision}"), key: "precision".into(), value }
    }

    /// `--weights`.
    ///
    /// # Errors
    /// A path that is not UTF-8, which no configuration can hold.
    pub fn weights(path: &Path) -> Result<Self, ConfigError> {
        let option = format!("--weights {}", path.display());
        let text = path.to_str().ok_or_else(|| ConfigError::Syntax {
            origin: option.clone(),
            reason: "the path is not UTF-8; rename the file".into(),
        })?;
        Ok(Self { key: "network.weights".into(), value: Value::String(text.into()), option })
    }

    /// Whether the value of a path comes from here.
    pub(super) fn gives(&self, path: &str) -> bool {
        path.strip_prefix(&self.key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Puts the value in its place.
    pub(super) fn apply(&self, table: &mut Table) -> Result<(), ConfigError> {
        self.insert(table).map_err(|reason| ConfigError::Syntax { origin: self.to_string(), reason })
    }

    fn insert(&self, table: &mut Table) -> Result<(), String> {
        let (parents, key) = match self.key.rsplit_once('.') {
            Some((parents, key)) => (parents.split('.').collect(), key),
            None => (vec![], self.key.as_str()),
        };
        let mut here = table;
        let mut parents = parents.into_iter().peekable();
        while let Some(parent) = parents.next() {
            let next = here.entry(parent).or_insert_with(|| Value::Table(Table::new()));
            here = match next {
                Value::Table(table) => table,
                Value::Array(entries) => entry(entries, parent, parents.next())?,
                other => return Err(format!("{parent} is {}, not a section", other.type_str())),
            };
        }
        here.insert(key.to_string(), self.value.clone());
        Ok(())
    }
}

impl fmt::Display for Assignment {
    /// The option as it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.option)
    }
}

fn entry<'a>(entries: &'a mut [Value], name: &str, index: Option<&str>) -> Result<&'a mut Table, String> {
    let count = entries.len();
    let entries_named = if count == 1 { "1 entry".into() } else { format!("{count} entries") };
    let number = index
        .and_then(|text| text.parse::<usize>().ok())
        .ok_or_else(|| format!("{name} is a list: write {name}.0.key=value for its first entry"))?;
    match entries.get_mut(number) {
        Some(Value::Table(table)) => Ok(table),
        _ => Err(format!("{name} has {entries_named}, counted from 0; there is no {name}.{number}")),
    }
}

fn value(text: &str) -> Value {
    toml::from_str::<Table>(&format!("value = {text}"))
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.into()))
}
