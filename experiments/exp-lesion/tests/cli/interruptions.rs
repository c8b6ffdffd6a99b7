//! Runs that are killed, stopped or started twice.

use std::process::{Command, Stdio};

use crate::support::{SMALL, all_layers, check_done, check_refused, check_same, program, run, wait_for_chunks};

#[test]
fn two_runs_and_a_killed_and_resumed_one_are_the_same_to_the_last_byte() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [first, second, killed] = ["first", "second", "killed"].map(|name| place.path().join(name));
    let settings = all_layers();
    check_done(&run(&first, &settings, &[]));
    check_done(&run(&second, &settings, &[]));
    check_same(&first, &second);

    let mut child =
        program(&killed, &settings, &["--quiet"]).stderr(Stdio::null()).spawn().expect("the program starts");
    wait_for_chunks(&killed, 2);
    child.kill().expect("still running");
    child.wait().expect("gone");
    check_refused(&run(&killed, &settings, &[]), &["already holds a run", "--resume"]);
    check_done(&run(&killed, &settings, &["--resume"]));
    check_same(&first, &killed);
    check_refused(&run(&killed, &SMALL, &["--resume"]), &["another plan", "--out"]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_between_two_chunks() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let settings = all_layers();
    let mut child = program(&out, &settings, &["--quiet"]).spawn().expect("the program starts");
    wait_for_chunks(&out, 1);
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
    assert_eq!(child.wait().expect("ends").code(), Some(75));
    assert!(!out.join("report.html").exists());
    check_done(&run(&out, &settings, &["--resume"]));
}
