//! What the program says when its input cannot be used.

use std::fs;
use std::process::Command;

use crate::support::{check_done, check_refused, run, table_set};

#[test]
fn bad_configurations_are_refused_by_name() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let refused = |settings: &[&str], parts: &[&str]| check_refused(&run(&out, settings, &[]), parts);
    refused(&["sweep.layers=[\"conv9_9\"]"], &["conv9_9", "conv5_3"]);
    refused(&["sweep.drws=3"], &["drws"]);
    refused(&["heads.splits=0"], &["heads.splits", "at least 1"]);
    refused(&["sets.0.per_category=2"], &["category", "2 pictures"]);
    refused(&["selection.pictures=some"], &["selection.pictures=some", "`all`", "`train`"]);
    refused(&["sets.0.name=\"synthetic-sketch\""], &["sets.1.name", "`synthetic-sketch`", "another name"]);
    refused(&["sweep.draws=1000000000"], &["sweep.draws", "1000000000", "100000"]);
    refused(&["sets.0.per_category=100000000"], &["sets.0.per_category", "100000000", "20000"]);
    refused(&["sweep.draws=100000", "sweep.draws_per_chunk=1"], &["sweep.draws_per_chunk", "1000000"]);
    let missing = run(&out, &[], &["--config", "no/such.toml"]);
    check_refused(&missing, &["no/such.toml", "No such file"]);
    let usage = run(&out, &[], &["--no-such-flag"]);
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn bad_weights_and_devices_are_refused_by_name() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let weights = place.path().join("weights.bpk");
    check_refused(&run(&out, &[], &["--weights", "no/such.bpk"]), &["no/such.bpk"]);
    fs::write(&weights, "not weights").expect("writable");
    let given = weights.to_str().expect("UTF-8");
    check_refused(&run(&out, &[], &["--weights", given]), &["weights.bpk"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    let output = command.args(["--device", "no such adapter", "--out"]).arg(&out).output().expect("starts");
    check_refused(&output, &["no such adapter", "--device cpu"]);
    assert!(!out.exists(), "nothing is written before the input is known to be good");
}

#[test]
fn missing_pictures_are_listed_and_skipped_only_on_request() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = table_set(place.path());
    let (out, config) = (place.path().join("run"), config.to_str().expect("UTF-8"));
    let refused = run(&out, &[], &["--config", config]);
    check_refused(&refused, &["missing", "gone", "--allow-missing"]);
    check_done(&run(&out, &[], &["--config", config, "--allow-missing"]));
    let pictures = fs::read_to_string(out.join("tables/pictures.csv")).expect("the table");
    assert!(!pictures.contains("gone") && pictures.contains("17"), "{pictures}");
}
