//! `--budget`: fewer draws where time is short, and never other numbers.

use crate::support::{SMALL, check_done, check_refused, check_same, program, run};

#[test]
fn a_budget_that_suffices_changes_nothing_and_one_that_does_not_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [free, bound, short] = ["free", "bound", "short"].map(|name| place.path().join(name));
    check_refused(
        &run(&short, &SMALL, &["--budget", "1ms"]),
        &["--budget: 0 s buys nothing", "4 draws", "sweep.layers"],
    );
    assert!(!short.exists());
    check_done(&run(&free, &SMALL, &[]));
    let output = run(&bound, &SMALL, &["--budget", "9h"]);
    check_done(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("budget   9.0 h buys 4 draws") && said.contains("p goes down to 0.200"), "{said}");
    check_same(&free, &bound);
}

#[test]
fn a_time_without_a_unit_and_a_budget_for_what_was_planned_already_are_wrong_usage() {
    let place = tempfile::tempdir().expect("a temporary folder");
    for more in [["--budget", "8"].as_slice(), &["--budget", "8h", "--resume"], &["--budget", "8h", "--dry-run"]] {
        let status = program(place.path(), &SMALL, more).output().expect("the program starts").status;
        assert_eq!(status.code(), Some(2), "{more:?}");
    }
}
