//! Lists whose entries name what is computed: an entry that stands in one twice would be computed, counted and tested
//! twice, and no row would tell the two apart.

use serde::Serialize;

use super::{Config, ConfigError};

/// Refuses the first entry that a list holds twice.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    twice(config, "sweep.controls", &config.sweep.controls)?;
    twice(config, "sweep.layers", &config.sweep.layers)?;
    let Some(attention) = &config.attention else { return Ok(()) };
    twice(config, "attention.controls", &attention.controls)?;
    twice(config, "attention.modes", &attention.modes)
}

fn twice<T: PartialEq + Serialize>(config: &Config, key: &str, list: &[T]) -> Result<(), ConfigError> {
    match list.iter().enumerate().find(|(at, entry)| list[..*at].contains(entry)) {
        None => Ok(()),
        Some((_, entry)) => {
            // As it stands in the file, quotation marks included.
            let name = toml::Value::try_from(entry).map_or_else(|error| error.to_string(), |value| value.to_string());
            Err(ConfigError::value(config, key, format!("{name} stands in the list twice; take one of them out")))
        }
    }
}
