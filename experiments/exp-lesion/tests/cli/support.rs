//! Starts the program on a tiny study and looks at what it left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Small enough to end in about a second.
pub const SMALL: [&str; 8] = [
    "network.random_networks=0",
    "sets.0.per_category=8",
    "sets.1.per_category=8",
    "heads.splits=2",
    "sweep.layers=[\"conv5_1\", \"conv5_3\"]",
    "sweep.draws=4",
    "sweep.draws_per_chunk=2",
    "sweep.bootstrap=50",
];

/// The same with all layers, so that there is time to stop it.
pub fn all_layers() -> Vec<&'static str> {
    SMALL.iter().copied().filter(|setting| !setting.starts_with("sweep.layers")).collect()
}

pub fn program(out: &Path, settings: &[&str], more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    command.args(["--device", "cpu", "--out"]).arg(out).args(more).current_dir(env!("CARGO_TARGET_TMPDIR"));
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command
}

pub fn run(out: &Path, settings: &[&str], more: &[&str]) -> Output {
    program(out, settings, more).output().expect("the program starts")
}

pub fn check_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Fails with status 1 and a message that holds every part.
pub fn check_refused(output: &Output, parts: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

pub fn tables(out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = ["tables", "arrays", "figures"]
        .iter()
        .flat_map(|part| {
            fs::read_dir(out.join(part)).expect("a finished run").map(|entry| entry.expect("readable").path())
        })
        .map(|path| (path.strip_prefix(out).expect("inside").to_path_buf(), fs::read(&path).expect("readable")))
        .collect();
    files.sort();
    files
}

pub fn check_same(one: &Path, other: &Path) {
    let (one, other) = (tables(one), tables(other));
    assert_eq!(one.len(), other.len());
    for ((name, bytes), (other_name, other_bytes)) in one.iter().zip(&other) {
        assert_eq!(name, other_name);
        assert!(bytes == other_bytes, "{} differs", name.display());
    }
}

pub fn wait_for_chunks(out: &Path, count: usize) {
    let begun = Instant::now();
    let chunks = || fs::read_dir(out.join("chunks")).map_or(0, |entries| entries.count());
    while chunks() < count {
        assert!(begun.elapsed() < Duration::from_secs(120), "no chunk within two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}
