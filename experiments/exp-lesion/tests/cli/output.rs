//! Readers that have seen enough, and disks that are full: what a program says then, and its exit status.

#![cfg(unix)]

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{SMALL, check_done, program, run, tiny};

/// 128 + SIGPIPE, which shells report for `seq 100000` in `seq 100000 | head -1`.
const CLOSED: i32 = 141;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs a program whose reader is gone before it says anything.
fn without_reader(command: &mut Command) -> Output {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped()).output().expect("the program starts")
}

fn onto_full_disk(command: &mut Command) -> Option<Output> {
    let full = OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else {
        eprintln!("skipped: /dev/full (it is not there)");
        return None;
    };
    Some(command.stdout(full).stderr(Stdio::piped()).output().expect("the program starts"))
}

fn check_printing(arguments: &[&str]) {
    let closed = without_reader(&mut command(arguments));
    assert_eq!(closed.status.code(), Some(CLOSED), "{arguments:?}: {}", String::from_utf8_lossy(&closed.stderr));
    let said = String::from_utf8_lossy(&closed.stderr);
    assert!(!said.contains("error") && !said.contains("panicked"), "{arguments:?}: {said}");
    let Some(full) = onto_full_disk(&mut command(arguments)) else { return };
    let said = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(1), "{arguments:?}: {said}");
    let errors = said.lines().filter(|line| line.contains("error:")).collect::<Vec<_>>();
    assert!(errors.len() == 1 && errors[0].contains("standard output"), "{arguments:?}: {said}");
}

#[test]
fn a_reader_that_is_gone_ends_a_program_quietly_and_a_full_disk_is_one_error() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [one, other] = ["one", "other"].map(|name| place.path().join(name));
    check_done(&run(&one, &tiny(), &[]));
    check_done(&run(&other, &tiny(), &["--seed", "7"]));
    let [one, other] = [&one, &other].map(|out| out.to_str().expect("UTF-8"));
    check_printing(&["status", "--out", one]);
    check_printing(&["status", "--json", "--out", one]);
    check_printing(&["compare", one, one]);
    check_printing(&["compare", one, other]);
    check_printing(&[
        "--dry-run",
        "--device",
        "cpu",
        "--set",
        "sets.0.per_category=8",
        "--set",
        "sets.1.per_category=8",
    ]);
    check_printing(&["config", "print"]);
    check_printing(&["completions", "bash"]);
    check_printing(&["--device", "list"]);
    check_printing(&["--help"]);
    check_printing(&["plan", "--help"]);
    check_printing(&["--version"]);
}

/// A run does not depend on who follows it; that the events could not be kept is told when it is done.
#[test]
fn a_run_goes_on_without_a_reader_and_names_a_full_disk_at_its_end() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let done = |out: &Path| out.join("report.html").exists();
    let unread = place.path().join("unread");
    let output = without_reader(&mut program(&unread, &tiny(), &["--json"]));
    assert!(output.status.success() && done(&unread), "{}", String::from_utf8_lossy(&output.stderr));
    let lost = place.path().join("lost");
    let Some(output) = onto_full_disk(&mut program(&lost, &tiny(), &["--json"])) else { return };
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write to standard output") && done(&lost), "{said}");
}

/// What a merge finds missing is told on standard error, of which the reader may be gone too.
#[test]
fn a_merge_without_a_reader_keeps_its_status() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let out = out.to_str().expect("UTF-8");
    let settings: Vec<&str> = SMALL.iter().flat_map(|setting| ["--set", setting]).collect();
    let plan = [&["plan", "--device", "cpu", "--quiet", "--out", out], settings.as_slice()].concat();
    check_done(&command(&plan).output().expect("starts"));
    let mut merge = command(&["merge", "--out", out]);
    let mut child = merge.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts");
    drop(child.stderr.take());
    assert_eq!(child.wait().expect("ends").code(), Some(3));
}
