//! plan, run, status, merge, verify: the parts of a run, each in a process of its own.

use std::fs;
use std::path::Path;

use study::planned::Planned;
use study::sealed;

use crate::support::{SMALL, check_done, check_refused, check_same, run, table_set, verb};

fn plan(out: &Path, settings: &[&str]) {
    let settings: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    check_done(&verb("plan", out, &[&["--device", "cpu"], settings.as_slice()].concat()));
}

fn compute(out: &Path, shard: &str) {
    check_done(&verb("run", out, &["--shard", shard, "--device", "cpu", "--quiet"]));
}

/// Exit status 3, a list that holds every part, and no output.
fn check_incomplete(out: &Path, parts: &[&str]) {
    let output = verb("merge", out, &[]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!out.join("report.html").exists() && !out.join("tables/sweep.csv").exists());
}

fn status(out: &Path, shards: &str) -> String {
    let output = verb("status", out, &["--shards", shards]);
    check_done(&output);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn shards_merge_to_the_bytes_of_one_process() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [alone, sharded] = ["alone", "sharded"].map(|name| place.path().join(name));
    check_done(&run(&alone, &SMALL, &[]));
    plan(&sharded, &SMALL);
    assert!(status(&sharded, "5").contains("--array=0-4\n"));
    compute(&sharded, "3/5");
    compute(&sharded, "0/5");
    assert!(status(&sharded, "5").contains("--array=1-2,4\n"), "{}", status(&sharded, "5"));
    check_incomplete(&sharded, &["of what", "is missing", "run --out"]);
    // Another number of shards fills what is missing; what is there is kept.
    compute(&sharded, "0/2");
    compute(&sharded, "1/2");
    let text = status(&sharded, "5");
    assert!(
        text.contains("12 of 12 complete")
            && text.contains("complete n0-l10-e0-d0002-0004\n")
            && !text.contains("--array"),
        "{text}"
    );
    check_done(&verb("merge", &sharded, &[]));
    check_same(&alone, &sharded);
    check_done(&verb("verify", &sharded, &[]));
    check_done(&verb("verify", &alone, &[]));
}

#[test]
fn what_is_no_chunk_of_the_plan_stops_the_merge() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [one, other] = ["one", "other"].map(|name| place.path().join(name));
    for (out, seed) in [(&one, "seed=1"), (&other, "seed=2")] {
        plan(out, &[&SMALL[..], &[seed]].concat());
        compute(out, "0/1");
    }
    let chunk = |out: &Path, name: &str| out.join("chunks").join(name);
    let [first, second, third] =
        ["n0-l10-e0-d0000-0002", "n0-l10-e0-d0002-0004", "n0-l10-e1-d0000-0002"].map(|name| format!("{name}.parquet"));
    fs::copy(chunk(&other, &first), chunk(&one, &first)).expect("writable");
    fs::copy(chunk(&one, &third), chunk(&one, "copy.parquet")).expect("writable");
    let bytes = fs::read(chunk(&one, &second)).expect("written");
    fs::write(chunk(&one, &second), &bytes[..bytes.len() / 2]).expect("writable");
    fs::write(chunk(&one, ".part-host-1-1-abc"), "half").expect("writable");
    check_incomplete(
        &one,
        &[
            "copy.parquet is a duplicate: it holds chunk n0-l10-e1-d0000-0002",
            "n0-l10-e0-d0000-0002.parquet is foreign: it belongs to plan",
            "n0-l10-e0-d0002-0004.parquet is truncated or damaged",
        ],
    );
    // The first chunk of the dearer layer has the selective group too, and comes before those that have not.
    assert!(status(&one, "12").contains("--array=0,3\n"), "{}", status(&one, "12"));
    fs::remove_file(chunk(&one, "copy.parquet")).expect("there");
    compute(&one, "0/1");
    check_done(&verb("merge", &one, &[]));
}

#[test]
fn verify_names_what_changed() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    plan(&out, &SMALL);
    check_refused(&verb("verify", &out, &[]), &["not merged yet", "merge --out"]);
    compute(&out, "0/1");
    check_done(&verb("merge", &out, &[]));
    let table = out.join("tables/tests.csv");
    let text = fs::read_to_string(&table).expect("written");
    fs::write(&table, text.replacen('1', "2", 1)).expect("writable");
    fs::remove_file(out.join("figures/lesion.png")).expect("there");
    let chunk = out.join("chunks/n0-l10-e0-d0000-0002.parquet");
    let bytes = fs::read(&chunk).expect("written");
    fs::write(&chunk, &bytes[1..]).expect("writable");
    let parts = ["differences (3)", "tables/tests.csv has other bytes", "figures/lesion.png is missing", "chunks/n0"];
    check_refused(&verb("verify", &out, &[]), &parts);
}

#[test]
fn later_verbs_need_a_plan_of_this_program_and_the_same_input() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    for name in ["run", "status", "merge", "verify"] {
        check_refused(&verb(name, &out, &[]), &["holds no plan", "exp-lesion plan --out"]);
    }
    assert!(!out.exists());
    plan(&out, &SMALL);
    plan(&out, &SMALL);
    let plan_file = out.join("plan.json");
    let written = fs::read(&plan_file).expect("written");
    // As if another program had planned.
    let with = |change: &dyn Fn(&mut Planned)| {
        let mut planned: Planned = sealed::from_json(&written).expect("whole");
        change(&mut planned);
        fs::write(&plan_file, sealed::to_json(&planned).expect("an object")).expect("writable");
    };
    with(&|planned| planned.commit.insert(0, '0'));
    let resumed = run(&out, &SMALL, &["--resume"]);
    check_done(&resumed);
    assert!(String::from_utf8_lossy(&resumed.stderr).contains("planned by commit 0"));
    check_refused(&run(&out, &[&SMALL[..], &["seed=9"]].concat(), &["--resume"]), &["another plan"]);
    let usage = verb("run", &out, &["--shard", "2/2"]);
    assert_eq!(usage.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&usage.stderr).contains("I/N"));

    with(&|planned| planned.experiment = "exp-attention".into());
    check_refused(&verb("run", &out, &[]), &["holds a run of exp-attention"]);
    with(&|planned| planned.config = planned.config.replace("per_category = 8", "per_category = 9"));
    check_refused(&verb("run", &out, &["--device", "cpu"]), &["pictures or norms changed since"]);
    with(&|planned| planned.weights_sha256.insert(0, '0'));
    check_refused(&verb("run", &out, &["--device", "cpu"]), &["the weights changed since the run was planned"]);
    fs::write(&plan_file, &written).expect("writable");
    let features = out.join("arrays/features.npz");
    let bytes = fs::read(&features).expect("written");
    fs::write(&features, &bytes[..bytes.len() - 1]).expect("writable");
    check_refused(&verb("run", &out, &["--device", "cpu"]), &["features.npz has", "bytes", "plan again"]);
    plan(&out, &SMALL);
    assert!(fs::read(&features).expect("made anew") == bytes);
    compute(&out, "0/1");
}

#[test]
fn chunks_from_different_devices_are_merged_with_a_warning() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    plan(&out, &SMALL);
    compute(&out, "0/2");
    check_done(&verb("run", &out, &["--shard", "1/2", "--device", "flex", "--quiet"]));
    let merged = verb("merge", &out, &[]);
    check_done(&merged);
    let message = String::from_utf8_lossy(&merged.stderr);
    assert!(message.contains("warning: this run was computed on different devices"), "{message}");
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("written");
    assert!(manifest.contains("cpu: kernels on ") && manifest.contains("flex: burn-flex on "), "{manifest}");
}

#[test]
fn pictures_may_move_but_not_change() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [first, second] = ["first", "second"].map(|name| place.path().join(name));
    for folder in [&first, &second] {
        fs::create_dir(folder).expect("writable");
        table_set(folder);
    }
    let out = place.path().join("run");
    let config = |folder: &Path| folder.join("config.toml").to_str().expect("UTF-8").to_string();
    let planned = verb("plan", &out, &["--config", &config(&first), "--allow-missing", "--device", "cpu"]);
    check_done(&planned);
    compute(&out, "0/1");
    // Equal pictures elsewhere are the same plan.
    check_done(&run(&out, &[], &["--config", &config(&second), "--allow-missing", "--resume"]));
    check_done(&verb("verify", &out, &[]));

    fs::copy(first.join("images/1.png"), first.join("images/2.png")).expect("writable");
    check_refused(&verb("verify", &out, &[]), &["differences (1)", "set `mine`", "pictures or norms are others now"]);
    check_refused(&verb("run", &out, &["--device", "cpu"]), &["set `mine`: pictures or norms changed since"]);
    fs::remove_dir_all(&first).expect("ours");
    let verified = verb("verify", &out, &[]);
    check_done(&verified);
    let message = String::from_utf8_lossy(&verified.stderr);
    assert!(message.contains("set `mine` was not checked"), "{message}");
}

#[test]
fn a_network_that_says_something_else_than_in_the_preparation_stops_the_run() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [out, other] = ["run", "other"].map(|name| place.path().join(name));
    plan(&out, &SMALL);
    plan(&other, &[&SMALL[..], &["sets.1.seed=99"]].concat());
    // Features of other pictures under an honest hash: as if pictures had changed since without anybody noticing.
    let prepared = |out: &Path| -> serde_json::Value {
        sealed::from_json(&fs::read(out.join("prepared.json")).expect("written")).expect("whole")
    };
    let of_features = |file: &&mut serde_json::Value| file["path"] == "arrays/features.npz";
    let (mut own, mut foreign) = (prepared(&out), prepared(&other));
    let [record, replacement] = [&mut own, &mut foreign].map(|prepared| {
        prepared["files"].as_array_mut().and_then(|files| files.iter_mut().find(of_features)).expect("recorded")
    });
    std::mem::swap(record, replacement);
    fs::write(out.join("prepared.json"), sealed::to_json(&own).expect("an object")).expect("writable");
    fs::copy(other.join("arrays/features.npz"), out.join("arrays/features.npz")).expect("writable");
    let refused = verb("run", &out, &["--device", "cpu"]);
    check_refused(&refused, &["chunk n0-l10-e0", "set `synthetic-sketch`, picture", "when the run was prepared"]);
}

#[test]
fn the_cache_saves_work_and_never_changes_a_byte() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [first, second, third, plain] = ["first", "second", "third", "plain"].map(|name| place.path().join(name));
    let entries = |ending: &str| {
        let files = fs::read_dir(place.path().join(".cache")).into_iter().flatten().flatten().map(|entry| entry.path());
        files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect::<Vec<_>>()
    };
    check_done(&run(&plain, &SMALL, &["--no-cache"]));
    assert!(entries("npz").is_empty());
    check_done(&run(&first, &SMALL, &[]));
    assert_eq!((entries("npz").len(), entries("sha256").len()), (2, 2), "one per set");
    check_same(&plain, &first);
    let written = |path: &Path| fs::metadata(path).and_then(|file| file.modified()).expect("there");
    let times: Vec<_> = entries("npz").iter().map(|path| written(path)).collect();
    check_done(&run(&second, &[&SMALL[..], &["sweep.draws=3"]].concat(), &[]));
    assert_eq!(
        entries("npz").iter().map(|path| written(path)).collect::<Vec<_>>(),
        times,
        "another plan, equal pictures"
    );
    for path in entries("npz") {
        let mut bytes = fs::read(&path).expect("written");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).expect("writable");
    }
    check_done(&run(&third, &SMALL, &[]));
    check_same(&plain, &third);
}
