//! Files whose bits flip, that are edited, emptied or lost: each is noticed by name, and made anew where that can be.
//!
//! `GAINLAB_ALL_BITS=1` flips every bit of the files instead of some hundred.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use exp_lesion::STUDY;
use study::chunk_file::{self, Fault};
use study::planned::Planned;
use study::prepared::PreparedFiles;
use study::sealed::{self, Found};

use crate::support::{check_done, check_refused, check_same, run, tiny, verb};

const CHUNK: &str = "chunks/n0-l12-e0-d0000-0002.parquet";

/// A run that is whole, and its plan.
fn whole(place: &Path) -> (PathBuf, String) {
    let out = place.join("whole");
    check_done(&run(&out, &tiny(), &["--no-cache"]));
    match Planned::find(&out).expect("readable") {
        Found::Whole(planned) => (out, planned.plan),
        other => panic!("{other:?}"),
    }
}

fn plan(out: &Path) -> Output {
    let settings = tiny();
    let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    verb("plan", out, &[&["--device", "cpu", "--no-cache"], settings.as_slice()].concat())
}

/// Calls the closure with every flip of one bit of a file, or with some hundred of them, and puts the file back.
fn with_flips(file: &Path, noticed: impl Fn() -> bool) {
    let bytes = fs::read(file).expect("written");
    let every = std::env::var_os("GAINLAB_ALL_BITS").is_some();
    let step = if every { 1 } else { (bytes.len() * 8 / 400).max(1) | 1 };
    let mut unnoticed = Vec::new();
    for bit in (0..bytes.len() * 8).step_by(step) {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(file, &flipped).expect("writable");
        if !noticed() {
            unnoticed.push(bit);
        }
    }
    fs::write(file, &bytes).expect("writable");
    let tried = (bytes.len() * 8).div_ceil(step);
    eprintln!("{}: {tried} flips of {} bits, {} unnoticed", file.display(), bytes.len() * 8, unnoticed.len());
    assert!(unnoticed.is_empty(), "{}: {unnoticed:?}", file.display());
}

#[test]
fn no_flipped_bit_of_a_run_goes_unnoticed() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, plan) = whole(place.path());
    let id = CHUNK.trim_start_matches("chunks/").trim_end_matches(".parquet");
    let damaged = || matches!(chunk_file::read(&out, &plan, id, STUDY.tables), Err(Fault::Damaged(_)));
    assert!(!damaged());
    with_flips(&out.join(CHUNK), damaged);
    let Found::Whole(files) = PreparedFiles::find(&out, &plan).expect("readable") else { panic!("not prepared") };
    assert!(files.differences().is_empty());
    let shared = files.files().iter().min_by_key(|file| file.bytes).expect("some");
    with_flips(&out.join(&shared.path), || shared.difference(&out).is_some());
    for name in ["plan.json", "prepared.json", "manifest.json"] {
        let file = out.join(name);
        with_flips(&file, || matches!(sealed::find::<serde_json::Value>(&file), Ok(Found::Damaged(_))));
    }
}

#[test]
fn a_damaged_chunk_is_named_by_every_verb_and_computed_again() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let (chunk, reference) = (out.join(CHUNK), place.path().join("reference"));
    check_done(&run(&reference, &tiny(), &["--no-cache"]));
    let bytes = fs::read(&chunk).expect("written");
    for (at, again) in [(bytes.len() / 3, "run"), (bytes.len() / 2, "resume"), (60, "run")] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        fs::write(&chunk, &flipped).expect("writable");
        let status = verb("status", &out, &[]);
        check_done(&status);
        let told = String::from_utf8_lossy(&status.stdout).into_owned();
        assert!(told.contains(&format!("damaged  {CHUNK} is truncated or damaged")), "{told}");
        let merged = verb("merge", &out, &[]);
        assert_eq!(merged.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&merged.stderr).contains(CHUNK));
        check_refused(&verb("verify", &out, &[]), &[CHUNK, "other bytes"]);
        let repaired = match again {
            "run" => verb("run", &out, &["--device", "cpu"]),
            _ => run(&out, &tiny(), &["--no-cache", "--resume"]),
        };
        check_done(&repaired);
        assert!(String::from_utf8_lossy(&repaired.stderr).contains(CHUNK), "what is done again is said");
        check_done(&verb("merge", &out, &[]));
        check_done(&verb("verify", &out, &[]));
        check_same(&reference, &out);
    }
}

#[test]
fn lost_and_damaged_shared_files_are_named_and_made_anew() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let reference = place.path().join("reference");
    check_done(&run(&reference, &tiny(), &["--no-cache"]));
    for name in ["tables/units.csv", "arrays/responses.npz", "prepared.json"] {
        for lost in [true, false] {
            match lost {
                true => fs::remove_file(out.join(name)).expect("there"),
                false => fs::write(out.join(name), "{}").expect("writable"),
            }
            let told = String::from_utf8_lossy(&verb("status", &out, &[]).stdout).into_owned();
            assert!(told.contains("plan again"), "{name}: {told}");
            for word in ["merge", "run"] {
                check_refused(&verb(word, &out, &[]), &["plan again with the same settings"]);
            }
            check_done(&plan(&out));
            check_done(&verb("merge", &out, &[]));
            check_done(&verb("verify", &out, &[]));
            check_same(&reference, &out);
        }
    }
}

#[test]
fn responses_that_are_damaged_together_with_their_record_are_computed_again() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let responses = out.join("arrays/responses.npz");
    let bytes = fs::read(&responses).expect("written");
    for at in (40..bytes.len()).step_by(bytes.len() / 12) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        fs::write(&responses, &flipped).expect("writable");
        fs::remove_file(out.join("prepared.json")).expect("there");
        check_done(&plan(&out));
        assert!(fs::read(&responses).expect("made anew") == bytes, "byte {at}");
    }
}

#[test]
fn an_edited_plan_is_noticed_and_written_anew_and_another_run_is_never_overwritten() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let file = out.join("plan.json");
    let text = fs::read_to_string(&file).expect("written");
    let edits = [
        text.replace("draws = 2", "draws = 3"),
        text.replace("\"version\": \"0", "\"version\": \"9"),
        text.replace("\"weights_sha256\": \"", "\"weights_sha256\": \"0"),
        text[..text.len() / 2].to_string(),
        String::new(),
    ];
    for edited in edits {
        assert_ne!(edited, text);
        fs::write(&file, &edited).expect("writable");
        for word in ["run", "merge", "status", "verify"] {
            check_refused(&verb(word, &out, &[]), &["plan.json", "plan again with the same settings"]);
        }
        check_refused(&run(&out, &[&tiny()[..], &["seed=9"]].concat(), &["--resume"]), &["another plan"]);
        check_refused(&run(&out, &tiny(), &[]), &["already holds a run"]);
        let resumed = run(&out, &tiny(), &["--no-cache", "--resume"]);
        check_done(&resumed);
        assert!(String::from_utf8_lossy(&resumed.stderr).contains("again    plan.json"));
        assert_eq!(fs::read_to_string(&file).expect("written anew"), text);
        check_done(&verb("verify", &out, &[]));
    }
    fs::remove_file(&file).expect("there");
    check_refused(&run(&out, &[&tiny()[..], &["seed=9"]].concat(), &["--resume"]), &["another plan"]);
    check_done(&plan(&out));
    assert_eq!(fs::read_to_string(&file).expect("written anew"), text);
    for name in ["plan.json", "prepared.json", "manifest.json"] {
        fs::write(out.join(name), "").expect("writable");
    }
    check_refused(&run(&out, &tiny(), &["--resume"]), &["plan.json", "no other file", "--out"]);
}

#[test]
fn a_plan_that_another_hand_sealed_must_still_be_that_of_its_settings() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let file = out.join("plan.json");
    let read = || sealed::from_json::<Planned>(&fs::read(&file).expect("written")).expect("whole");
    let planned = read();
    let mut less = planned.clone();
    less.chunks.pop();
    let mut other = planned;
    other.weights_sha256 = "0".repeat(64);
    for (changed, word) in [(less, "does not fit this program"), (other, "the weights changed since")] {
        fs::write(&file, sealed::to_json(&changed).expect("an object")).expect("writable");
        check_refused(&run(&out, &tiny(), &["--resume"]), &[word]);
    }
}

#[test]
fn a_manifest_that_lists_too_little_verifies_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let file = out.join("manifest.json");
    let read = || sealed::from_json::<serde_json::Value>(&fs::read(&file).expect("written")).expect("whole");
    let whole = read();
    let plain = serde_json::to_vec_pretty(&serde_json::json!({"files": []})).expect("JSON");
    fs::write(&file, plain).expect("writable");
    check_refused(&verb("verify", &out, &[]), &["manifest.json", "does not end in a seal"]);
    let mut none = whole.clone();
    none["files"] = serde_json::json!([]);
    fs::write(&file, sealed::to_json(&none).expect("an object")).expect("writable");
    check_refused(&verb("verify", &out, &[]), &[&format!("{CHUNK} is not listed"), "report.html is not listed"]);
    let mut one_less = whole;
    let files = one_less["files"].as_array_mut().expect("a list");
    files.retain(|file| file["path"] != "tables/tests.csv");
    fs::write(&file, sealed::to_json(&one_less).expect("an object")).expect("writable");
    check_refused(&verb("verify", &out, &[]), &["differences (1)", "tables/tests.csv is not listed"]);
    check_done(&verb("merge", &out, &[]));
    check_done(&verb("verify", &out, &[]));
}

#[test]
fn what_killed_processes_left_is_removed() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    let left = ["", "chunks/", "tables/", "figures/", "arrays/"].map(|part| format!("{part}.part-elsewhere-1-2-x"));
    for name in &left {
        fs::write(out.join(name), "half").expect("writable");
    }
    check_done(&verb("merge", &out, &[]));
    assert!(left.iter().all(|name| !out.join(name).exists()));
}

#[cfg(unix)]
#[test]
fn what_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().expect("a temporary folder");
    let (out, _) = whole(place.path());
    for name in ["plan.json", "prepared.json", CHUNK, "tables/units.csv", "manifest.json"] {
        let file = out.join(name);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("ours");
        // The administrator reads everything.
        if fs::read(&file).is_ok() {
            eprintln!("skipped: this user may read everything");
            return;
        }
        let output = verb("verify", &out, &[]);
        check_refused(&output, &[name]);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("ours");
    }
}
