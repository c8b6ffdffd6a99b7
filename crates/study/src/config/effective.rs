//! The configuration in effect, together with where each of its values comes from.

use std::collections::BTreeSet;
use std::path::Path;

use toml::{Table, Value};

use super::known::{SETS, check, join};
use super::overrides::Assignment;
use super::{Config, ConfigError};

/// Keys of a picture set that are paths.
const SET_PATHS: [&str; 3] = ["images", "ratings", "labels"];

/// A configuration and the origin of its values.
#[derive(Clone, Debug)]
pub struct Effective {
    /// What will be computed.
    pub config: Config,
    source: String,
    given: BTreeSet<String>,
    assignments: Vec<Assignment>,
}

impl Effective {
    /// Reads a configuration file. Relative paths in it start from the file's folder, those of the command line from the
    /// folder of the process.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a value that makes no sense.
    pub fn read(path: &Path, assignments: &[Assignment]) -> Result<Self, ConfigError> {
        let origin = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io { path: origin.clone(), source })?;
        Self::new(&text, &origin, path.parent(), assignments)
    }

    /// Parses a configuration that is part of the program; `source` names it.
    ///
    /// # Errors
    /// As [`Effective::read`].
    pub fn embedded(text: &str, source: &str, assignments: &[Assignment]) -> Result<Self, ConfigError> {
        Self::new(text, source, None, assignments)
    }

    fn new(text: &str, source: &str, folder: Option<&Path>, options: &[Assignment]) -> Result<Self, ConfigError> {
        let mut table: Table = toml::from_str(text).map_err(|error| syntax(source, &error))?;
        check(&table, source)?;
        if let Some(folder) = folder {
            start_from(&mut table, folder);
        }
        let given = leaves(&table);
        let of_file = table.clone();
        for option in options {
            option.apply(&mut table)?;
            check(&table, &option.to_string())?;
        }
        let config: Config = match table.try_into() {
            Ok(config) => config,
            Err(error) => return Err(blame(error, text, source, of_file, options)),
        };
        config.validate()?;
        Ok(Self { config, source: source.into(), given, assignments: options.to_vec() })
    }

    /// Where the value of a dotted path comes from: an option of the command line, the file, or the default.
    pub fn origin(&self, path: &str) -> String {
        let option = self.assignments.iter().rev().find(|assignment| assignment.gives(path));
        match option {
            Some(option) => option.to_string().split([' ', '=']).next().unwrap_or_default().into(),
            None if self.given.contains(path) => self.source.clone(),
            None => "default".into(),
        }
    }
}

/// The file, with the line, if it is wrong by itself; else the first option that makes it wrong.
fn blame(error: toml::de::Error, text: &str, source: &str, mut table: Table, options: &[Assignment]) -> ConfigError {
    if let Err(of_file) = toml::from_str::<Config>(text) {
        return syntax(source, &of_file);
    }
    let spoils =
        |option: &&Assignment| option.apply(&mut table).is_err() || table.clone().try_into::<Config>().is_err();
    let option = options.iter().find(spoils).map_or_else(|| source.to_string(), Assignment::to_string);
    syntax(&option, &error)
}

fn syntax(origin: &str, error: &toml::de::Error) -> ConfigError {
    ConfigError::Syntax { origin: origin.into(), reason: error.to_string().trim_end().to_string() }
}

/// Makes relative paths of a file start from its folder.
fn start_from(table: &mut Table, folder: &Path) {
    let from_folder = |value: &mut Value| {
        let path = value.as_str().map(|path| folder.join(path));
        // A folder that is not UTF-8 cannot stand in a configuration; its files are then not found, by this very name.
        if let Some(path) = path {
            *value = Value::String(path.display().to_string());
        }
    };
    if let Some(Value::Table(network)) = table.get_mut("network") {
        network.get_mut("weights").into_iter().for_each(from_folder);
    }
    for set in sets_mut(table) {
        SET_PATHS.iter().for_each(|key| set.get_mut(*key).into_iter().for_each(from_folder));
    }
}

fn sets_mut(table: &mut Table) -> impl Iterator<Item = &mut Table> {
    table.get_mut(SETS).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_table_mut)
}

/// The paths of all values that are not sections.
fn leaves(table: &Table) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    collect(&Value::Table(table.clone()), "", &mut paths);
    paths
}

fn collect(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Table(table) => table.iter().for_each(|(key, value)| collect(value, &join(path, key), paths)),
        Value::Array(entries) if entries.iter().any(Value::is_table) => {
            entries.iter().enumerate().for_each(|(n, value)| collect(value, &join(path, &n.to_string()), paths));
        }
        _ => {
            paths.insert(path.into());
        }
    }
}
