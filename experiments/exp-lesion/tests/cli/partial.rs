//! Reports of runs that were stopped: they say how much there is, and stand on that alone.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{SMALL, check_done, check_refused, check_same, run};

fn verb(words: &[&str], out: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    command.args(words).arg("--out").arg(out).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.output().expect("the program starts")
}

fn chunk(out: &Path, layer: usize, emotion: usize, draws: &str) -> std::path::PathBuf {
    out.join(format!("chunks/n0-l{layer}-e{emotion}-d{draws}.parquet"))
}

/// Values of a column of a table of the run.
fn column(out: &Path, table: &str, name: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(out.join("tables").join(table)).expect("written");
    let position = reader.headers().expect("a header").iter().position(|header| header == name).expect("the column");
    reader.records().map(|record| record.expect("a row")[position].to_string()).collect()
}

fn manifest(out: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(out.join("manifest.json")).expect("written")).expect("JSON")
}

/// Reports what is there, and gives the text of the report.
fn reported(out: &Path) -> String {
    let output = verb(&["merge", "--partial"], out);
    check_done(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("PARTIAL RUN"), "it is said");
    assert_eq!(manifest(out)["state"], "partial");
    check_done(&verb(&["verify"], out));
    fs::read_to_string(out.join("report.html")).expect("written")
}

/// Two rounds of six chunks: emotions of two layers with two draws each.
#[test]
fn every_state_of_a_run_has_a_report_that_says_what_it_is() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [whole, stopped] = ["whole", "stopped"].map(|name| place.path().join(name));
    check_done(&run(&whole, &SMALL, &[]));
    check_done(&run(&stopped, &SMALL, &[]));

    fs::remove_file(chunk(&stopped, 12, 1, "0002-0004")).expect("there");
    let report = reported(&stopped);
    assert!(
        report.contains("PARTIAL RUN: 11 of 12 chunks are computed, 1 of 2 rounds are complete."),
        "the first screen"
    );
    let draws: BTreeSet<String> = column(&stopped, "tests.csv", "n").into_iter().collect();
    assert!(draws.contains("4") && draws.contains("2"), "each comparison stands on its own draws: {draws:?}");
    assert!(column(&stopped, "tests.csv", "comparison").iter().any(|name| name.contains("mean over layers")));
    assert!(report.contains("95 % of 2 to 4 control groups"), "captions count the draws that are there");
    let picture = fs::read_to_string(stopped.join("figures/lesion.svg")).expect("drawn");
    assert!(picture.contains("PARTIAL RUN. "), "figures leave reports");

    for emotion in 0..3 {
        fs::remove_file(chunk(&stopped, 10, emotion, "0002-0004")).expect("there");
    }
    assert!(reported(&stopped).contains("8 of 12 chunks are computed, 1 of 2 rounds"));
    fs::remove_file(chunk(&stopped, 10, 0, "0000-0002")).expect("there");
    let early = reported(&stopped);
    assert!(
        early.contains("7 of 12 chunks are computed, 0 of 2 rounds") && early.contains("nothing is said of all layers")
    );
    let comparisons = column(&stopped, "tests.csv", "comparison");
    assert!(comparisons.iter().all(|name| !name.contains("over layers") && !name.contains("depth")), "{comparisons:?}");
    assert!(comparisons.iter().any(|name| name.contains("lesion of selective")), "single layers are judged");

    // A merge that is not asked for a part of it refuses, and the run goes on to the bytes of one that never stopped.
    assert_eq!(verb(&["merge"], &stopped).status.code(), Some(3));
    check_done(&verb(&["run", "--device", "cpu"], &stopped));
    check_done(&verb(&["merge"], &stopped));
    assert_eq!(manifest(&stopped)["state"], "complete");
    check_same(&whole, &stopped);
}

#[test]
fn nothing_is_reported_of_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let settings: Vec<&str> = SMALL.iter().flat_map(|setting| ["--set", setting]).collect();
    check_done(&verb(&[&["plan", "--device", "cpu"], settings.as_slice()].concat(), place.path()));
    let output = verb(&["merge", "--partial"], place.path());
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no chunk is there"));
    assert!(!place.path().join("report.html").exists());
    check_refused(&verb(&["merge", "--partial"], &place.path().join("elsewhere")), &["holds no plan"]);
}

#[test]
fn first_draws_are_computed_everywhere_before_second_ones() {
    let place = tempfile::tempdir().expect("a temporary folder");
    check_done(&run(place.path(), &SMALL, &[]));
    let written = |draws: &str| {
        let files = (0..3).flat_map(|emotion| [10, 12].map(|layer| chunk(place.path(), layer, emotion, draws)));
        files.map(|path| fs::metadata(path).and_then(|data| data.modified()).expect("there")).collect::<Vec<_>>()
    };
    assert!(written("0000-0002").iter().max() <= written("0002-0004").iter().min());
}
