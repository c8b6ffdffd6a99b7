//! The report of a study that was stopped.

use std::fs;
use std::process::Command;

use crate::support::{Row, check_done, run, table};

#[test]
fn a_study_that_was_stopped_is_reported_as_far_as_it_went() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [out, out_text] = [place.path().to_path_buf(), place.path().to_path_buf()];
    let report = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
        command.args(["report", "--out"]).arg(&out_text).env("NO_COLOR", "1").output().expect("the program starts")
    };
    let nothing = report();
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("holds no part of a study"));
    check_done(&run(&out, &[]));
    let whole = fs::read(out.join("tables/claims.csv")).expect("written");
    check_done(&report());
    assert_eq!(
        fs::read(out.join("tables/claims.csv")).expect("written"),
        whole,
        "of a whole study it is the same report"
    );

    // The last layer's chunk of an emotion is lost, then all of the part.
    fs::remove_file(out.join("attention/chunks/n0-l12-e0-d0000-0004.parquet")).expect("there");
    check_done(&report());
    let text = fs::read_to_string(out.join("report.html")).expect("written");
    assert!(text.contains("PARTIAL STUDY. In the part attention: PARTIAL RUN:"));
    fs::remove_dir_all(out.join("attention")).expect("there");
    check_done(&report());
    let text = fs::read_to_string(out.join("report.html")).expect("written");
    assert!(text.contains("PARTIAL STUDY. The part attention is not there."));
    let left = fs::read_dir(out.join("figures")).expect("there").map(|entry| entry.expect("read").file_name());
    let left: Vec<String> = left.map(|name| name.to_string_lossy().into_owned()).collect();
    assert!(
        !left.is_empty() && left.iter().all(|name| !name.starts_with("attention")),
        "no figure outlives its part: {left:?}"
    );
    let claims = table(&out.join("tables/claims.csv"));
    let gains = claims.iter().filter(|row| row["claim"].starts_with("gain"));
    assert!(
        gains.clone().count() > 0 && gains.into_iter().all(|row| row["verdict"] == "not testable here"),
        "{claims:?}"
    );
    let rises = |row: &&Row| row["claim"] == "quality-rises";
    assert!(claims.iter().filter(rises).all(|row| !row["estimate"].is_empty()), "the other parts are judged as before");
}

#[test]
fn a_study_is_reported_as_markdown_with_its_drawings_beside_it() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, text) = (place.path().join("run"), place.path().join("docs/results/RESULTS.md"));
    check_done(&run(&out, &[]));
    let report = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
        command.arg("report").arg("--out").arg(&out).arg("--markdown").arg(&text).output().expect("the program starts")
    };
    check_done(&report());
    let first = fs::read_to_string(&text).expect("written");
    for needed in ["# Emotion-selective channels", "> **SYNTHETIC DATA", "Of 17 claims", "| not reached", "## Methods"]
    {
        assert!(first.contains(needed), "{needed}");
    }
    let links: Vec<&str> = first.lines().filter(|line| line.starts_with("![Figure ")).collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links {
        let name = link.split_once("](").and_then(|(_, rest)| rest.strip_suffix(')')).expect("a link");
        let drawing = fs::read_to_string(text.with_file_name(name)).expect("beside the text");
        assert!(drawing.contains("<svg"), "{name}");
    }
    check_done(&report());
    assert_eq!(fs::read_to_string(&text).expect("written"), first, "the same text again");
}
