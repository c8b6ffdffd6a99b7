//! Starts the program on a small study and reads what it left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Small enough to end in seconds.
pub const SETTINGS: [&str; 15] = [
    "network.random_networks=2",
    "sweep.random_networks=1",
    "sets.0.per_category=8",
    "sets.1.per_category=8",
    "heads.splits=2",
    "sweep.layers=[\"conv1_1\", \"conv3_1\", \"conv5_3\"]",
    "sweep.draws=4",
    "sweep.draws_per_chunk=4",
    "sweep.bootstrap=30",
    "selectivity.permutations=19",
    "selectivity.bootstrap=50",
    "generalization.draws=50",
    "generalization.permutations=19",
    "attention.step=2.5",
    "seed=3",
];

pub type Row = BTreeMap<String, String>;

pub fn program(out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
    command.args(["--device", "cpu", "--out"]).arg(out).args(more).env("NO_COLOR", "1");
    SETTINGS.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command
}

pub fn run(out: &Path, more: &[&str]) -> Output {
    program(out, more).output().expect("the program starts")
}

pub fn check_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub fn table(path: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(path).expect("a table");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(String::from).collect();
    let row = |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(String::from)).collect();
    reader.records().map(|record| row(record.expect("a record"))).collect()
}

/// Every file but the manifests, which hold the time and the command.
pub fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn collect(folder: &Path, root: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("readable") {
            let path = entry.expect("readable").path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() {
                collect(&path, root, files);
            } else if name != "manifest.json" && !name.starts_with('.') {
                let place = path.strip_prefix(root).expect("inside").to_path_buf();
                files.insert(place, fs::read(&path).expect("readable"));
            }
        }
    }
    let mut all = BTreeMap::new();
    collect(folder, folder, &mut all);
    all
}
