//! Writes the pictures of a configuration as PNG files, decoded as every experiment decodes them, so that other programs
//! compute from the same pixels:
//!
//! ```text
//! cargo run -p stimuli --release --example png_copies -- STUDY.toml FOLDER [--allow-missing]
//! ```
//!
//! STUDY.toml is the configuration of an experiment; its synthetic sets are passed over (see `synthetic_set`). The folder
//! gets `<set>/<id>.png` and `<set>.csv` for every set, which name the original and the SHA-256 of each copy. What is
//! printed is the `[[sets]]` that reads the copies instead of the originals. Nothing is overwritten.

use std::error::Error;
use std::path::{Path, PathBuf};

use stimuli::{SetSpec, copies};
use toml::{Table, Value};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (config, folder, allow_missing) = match arguments.as_slice() {
        [config, folder] => (config, folder, false),
        [config, folder, option] if option == "--allow-missing" => (config, folder, true),
        _ => return Err("expected STUDY.toml FOLDER [--allow-missing]".into()),
    };
    for set in sets(Path::new(config))? {
        let (spec, halves) = spec(set, Path::new(config).parent().unwrap_or(Path::new("")))?;
        let loaded = stimuli::load(&spec, allow_missing)?;
        eprintln!("{}: {}", loaded.name, loaded.notes);
        let table = copies::write(&loaded, Path::new(folder))?;
        print!("{}", of_copies(&spec, halves, &table)?);
    }
    Ok(())
}

/// The sets of a configuration that have files.
fn sets(config: &Path) -> Result<Vec<Table>, Box<dyn Error>> {
    let text = std::fs::read_to_string(config).map_err(|error| format!("cannot read {}: {error}", config.display()))?;
    let mut table: Table = text.parse().map_err(|error| format!("{}: {error}", config.display()))?;
    let Some(Value::Array(sets)) = table.remove("sets") else {
        return Err(format!("{} has no [[sets]]", config.display()).into());
    };
    let sets = sets.into_iter().map(Value::try_into::<Table>).collect::<Result<Vec<_>, _>>()?;
    Ok(sets.into_iter().filter(|set| set.get("kind").and_then(Value::as_str) != Some("synthetic")).collect())
}

/// A set with paths that start from the configuration's folder, and whether it is divided into halves.
fn spec(mut set: Table, folder: &Path) -> Result<(SetSpec, Option<Value>), Box<dyn Error>> {
    let halves = set.remove("split_halves");
    let mut spec: SetSpec = set.try_into()?;
    for path in [&mut spec.images, &mut spec.ratings].into_iter().chain(&mut spec.labels) {
        *path = folder.join(&path);
    }
    Ok((spec, halves))
}

/// The set of the copies, as a configuration writes it.
fn of_copies(spec: &SetSpec, halves: Option<Value>, table: &Path) -> Result<String, Box<dyn Error>> {
    let text = |path: PathBuf| std::path::absolute(path).map(|path| Value::String(path.display().to_string()));
    let mut set = Table::new();
    set.insert("kind".into(), "table".into());
    set.insert("name".into(), spec.name.clone().into());
    set.insert("images".into(), text(table.with_extension(""))?);
    set.insert("ratings".into(), text(table.to_owned())?);
    set.insert("columns".into(), Table::from_iter([("id".to_owned(), Value::from("id"))]).into());
    if let Some(scale) = spec.scale.or(spec.kind.scale()) {
        set.insert("scale".into(), scale.to_vec().into());
    }
    set.insert("show_thumbnails".into(), spec.show_thumbnails.into());
    set.extend(halves.map(|halves| ("split_halves".to_owned(), halves)));
    let sets = Table::from_iter([("sets".to_owned(), Value::Array(vec![Value::Table(set)]))]);
    Ok(toml::to_string(&sets)?)
}
