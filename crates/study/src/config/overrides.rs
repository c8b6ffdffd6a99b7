//! `--set key=value`: one value of a configuration, by its dotted path.

use toml::{Table, Value};

/// Puts a value in its place; the value is TOML, or plain text where it is not.
pub(super) fn apply(table: &mut Table, assignment: &str) -> Result<(), String> {
    let (path, text) = assignment.split_once('=').ok_or("expected key=value, as in sweep.draws=20")?;
    let (parents, key) = match path.trim().rsplit_once('.') {
        Some((parents, key)) => (parents.split('.').collect(), key),
        None => (vec![], path.trim()),
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
    here.insert(key.to_string(), value(text.trim()));
    Ok(())
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
