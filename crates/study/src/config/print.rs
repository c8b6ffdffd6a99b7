//! `config print`: the configuration in effect as a file of its own, each value with its origin.

use std::fmt::Write;

use toml::{Table, Value};

use super::AttentionConfig;
use super::effective::Effective;
use super::known::{self, SETS, join};

const HEADER: &str = "# The configuration in effect. Save it as a file and give it to --config: it reads back to the same \
                      configuration.\n# Each value is followed by its origin.\n";

impl Effective {
    /// The configuration as TOML, every value followed by its origin as a comment; keys without a value are named too.
    /// Paths are absolute, so that the text means the same wherever it is saved.
    ///
    /// # Examples
    /// ```
    /// use study::config::{Assignment, Config, Effective};
    ///
    /// let text = "name = \"mine\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1\n";
    /// let draws = Assignment::set("sweep.draws=50")?;
    /// let printed = Effective::embedded(text, "an example", &[draws])?.print();
    /// assert!(printed.contains("name = \"mine\"  # an example\n"));
    /// assert!(printed.contains("draws = 50  # --set\n"));
    /// assert_eq!(Config::parse(&printed, "printed", &[])?.sweep.draws, 50);
    /// # Ok::<(), study::config::ConfigError>(())
    /// ```
    pub fn print(&self) -> String {
        // Without a current folder the paths stay as they are: they could not be read from here either.
        let config = self.config.clone().with_absolute_paths().unwrap_or_else(|_| self.config.clone());
        let table = Table::try_from(config).expect("plain strings, numbers and lists");
        let mut text = HEADER.to_string();
        let sections = |key: &&str| is_section(key, &table) || known::keys(key).is_some();
        for key in known::keys("").unwrap_or_default().into_iter().filter(|key| !sections(key)) {
            self.line(&mut text, &table, "", key);
        }
        for (number, set) in entries(&table).enumerate() {
            text.push_str("\n[[sets]]\n");
            self.section(&mut text, set, &format!("{SETS}.{number}"), &known::keys_of_set(set));
        }
        for name in known::keys("").unwrap_or_default() {
            let Some(keys) = known::keys(name) else { continue };
            if let Some(Value::Table(section)) = table.get(name) {
                let _ = write!(text, "\n[{name}]\n");
                self.section(&mut text, section, name, &keys);
            }
        }
        if self.config.attention.is_none() {
            text.push_str(&default_attention());
        }
        text
    }

    fn section(&self, text: &mut String, table: &Table, place: &str, keys: &[&str]) {
        for key in keys.iter().filter(|key| !table.get(**key).is_some_and(Value::is_table)) {
            self.line(text, table, place, key);
        }
        for (key, inner) in table.iter().filter_map(|(key, value)| Some((key, value.as_table()?))) {
            // Sections within a section belong to a set, whose own header has no number.
            let _ = write!(text, "\n[{SETS}.{key}]\n");
            self.section(text, inner, &join(place, key), &known::keys_of_set_section(key));
        }
    }

    fn line(&self, text: &mut String, table: &Table, place: &str, key: &str) {
        let _ = match table.get(key) {
            Some(value) => writeln!(text, "{key} = {value}  # {}", comment(&self.origin(&join(place, key)))),
            None => writeln!(text, "# {key} is not set"),
        };
    }
}

/// What exp-attention computes where the configuration has no grid of its own, as comments: the section stays absent.
fn default_attention() -> String {
    let section = toml::to_string(&AttentionConfig::default()).expect("plain numbers, words and lists");
    let lines = section.lines().map(|line| format!("# {line}  # default\n"));
    ["\n# [attention]\n".to_string()].into_iter().chain(lines).collect()
}

/// A file's name may hold a line break, and a comment may not.
fn comment(origin: &str) -> String {
    origin.replace(char::is_control, "\u{fffd}")
}

fn is_section(key: &str, table: &Table) -> bool {
    key == SETS || table.get(key).is_some_and(Value::is_table)
}

fn entries(table: &Table) -> impl Iterator<Item = &Table> {
    table.get(SETS).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table)
}
