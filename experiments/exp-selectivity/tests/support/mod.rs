//! Runs of the program, and what they leave.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;

pub type Row = BTreeMap<String, String>;

/// A run on the CPU with few shuffles.
pub fn run(folder: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("exp-selectivity").expect("built");
    command.args(["--quiet", "--device", "cpu", "--set", "selectivity.permutations=19", "--out"]);
    command.arg(folder).args(more).assert()
}

/// Header and rows of a table.
pub fn table(folder: &Path, name: &str) -> (String, Vec<Row>) {
    let mut reader = csv::Reader::from_path(folder.join(format!("tables/{name}.csv"))).expect("a table");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(String::from).collect();
    let row = |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(String::from)).collect();
    let rows = reader.records().map(|record| row(record.expect("a record"))).collect();
    (header.join(","), rows)
}
