//! What a whole study leaves, what it refuses, and who can read its tables.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use exp_paper::Part;
use exp_paper::claims::CLAIMS;

use crate::support::{Row, SETTINGS, check_done, files, program, run, table};

#[test]
fn a_study_leaves_its_parts_and_its_claims_and_is_the_same_twice() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [first, second] = ["first", "second"].map(|name| place.path().join(name));
    let output = run(&first, &[]);
    check_done(&output);
    check_log(&String::from_utf8_lossy(&output.stderr));
    check_claims(&table(&first.join("tables/claims.csv")));
    check_parts(&first);
    check_report(&fs::read_to_string(first.join("report.html")).expect("a report"));
    check_done(&run(&second, &["--no-cache"]));
    let (one, other) = (files(&first), files(&second));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(other[name] == *bytes, "{} differs", name.display());
    }
    let refused = run(&first, &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--resume"), "what to do is said");
    let claims = fs::read(first.join("tables/claims.csv")).expect("a table");
    check_done(&run(&first, &["--resume"]));
    assert_eq!(fs::read(first.join("tables/claims.csv")).expect("a table"), claims);
    check_readers(&first);
    check_watched(&first, &second);
}

#[test]
fn a_calibration_counts_verdicts_on_shuffled_labels_and_stands_in_the_report() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("study");
    let calibrate = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
        command.args(["calibrate", "--device", "cpu", "--out"]).arg(&out).args(more).env("NO_COLOR", "1");
        SETTINGS.iter().for_each(|setting| {
            command.args(["--set", setting]);
        });
        command.output().expect("the program starts")
    };
    let output = calibrate(&["--labellings", "3", "--sweeps", "1"]);
    check_done(&output);
    let csv = fs::read(out.join("tables/calibration.csv")).expect("a table");
    let rows = table(&out.join("tables/calibration.csv"));
    for claim in &CLAIMS {
        let row = rows.iter().find(|row| row["claim"] == claim.id).expect("a row per claim");
        let expected = if claim.id.starts_with("quality") || claim.id.starts_with("overlap") { "3" } else { "1" };
        assert_eq!(row["labellings"], expected, "{row:?}");
        let share = row["reached"].parse::<f64>().expect("a count") / expected.parse::<f64>().expect("a count");
        assert_eq!(row["rate"].parse::<f64>().expect("a share"), share, "{row:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains(claim.id), "it is printed too");
    }
    check_done(&calibrate(&["--labellings", "3", "--sweeps", "1"]));
    assert_eq!(fs::read(out.join("tables/calibration.csv")).expect("a table"), csv, "the same again");
    check_done(&calibrate(&["--labellings", "2", "--chance-channels"]));
    let rows = table(&out.join("tables/calibration_chance_channels.csv"));
    assert!(rows.iter().any(|row| row["claim"] == "lesion-hurts" && row["labellings"] == "2"), "{rows:?}");
    assert!(rows.iter().all(|row| row["claim"] != "quality-rises"), "responses kept their labels");
    check_done(&run(&out, &[]));
    let report = fs::read_to_string(out.join("report.html")).expect("a report");
    assert!(report.contains("in how many repetitions of the study on shuffled labels"));
    assert!(report.contains("chance channels: "), "beside the verdicts");
    let refused = calibrate(&["--labellings", "1", "--chance-channels", "--set", "selection.pictures=all"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--chance-channels needs selection.pictures"));
    check_done(&verb("verify", &[&out]));
    let refused = calibrate(&["--labellings", "1", "--sweeps", "2"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no more labellings can be swept"));
}

#[test]
fn planted_effects_are_counted_in_a_table_of_their_own() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("study");
    let planted = |effects: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
        command.args(["calibrate", "--device", "cpu", "--labellings", "2", "--planted", effects, "--out"]).arg(&out);
        SETTINGS.iter().for_each(|setting| {
            command.args(["--set", setting]);
        });
        command.args(more).env("NO_COLOR", "1").output().expect("the program starts")
    };
    let output = planted("0.9,0", &["--sweeps", "1"]);
    check_done(&output);
    let printed = String::from_utf8_lossy(&output.stdout).to_string();
    assert!(printed.contains("planted effect 0\n") && printed.contains("planted effect 0.9\n"), "{printed}");
    let rows = table(&out.join("tables/power.csv"));
    assert_eq!(rows.len(), 2 * CLAIMS.len());
    for claim in &CLAIMS {
        let own: Vec<&Row> = rows.iter().filter(|row| row["claim"] == claim.id).collect();
        let effects: Vec<f64> = own.iter().map(|row| row["effect"].parse().expect("a number")).collect();
        assert_eq!(effects, [0.0, 0.9], "{}", claim.id);
        let about_responses = claim.id.starts_with("quality") || claim.id.starts_with("overlap");
        let expected = if about_responses { "2" } else { "1" };
        assert!(own.iter().all(|row| row["labellings"] == expected), "{own:?}");
    }
    assert!(!out.join("tables/calibration.csv").exists(), "nothing was shuffled");
    check_done(&run(&out, &[]));
    let report = fs::read_to_string(out.join("report.html")).expect("a report");
    assert!(report.contains("How often planted effects are found"));
    check_done(&verb("verify", &[&out]));
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("a manifest");
    assert!(manifest.contains("tables/power.parquet") && manifest.contains("figures/power.png"));
    let refused = planted("0.4,1.5", &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("from 0 to 1"));
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_study_between_two_chunks_and_it_goes_on() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [whole, stopped] = ["whole", "stopped"].map(|name| place.path().join(name));
    check_done(&run(&whole, &["--no-cache"]));
    let mut child = program(&stopped, &["--no-cache", "--quiet"]).spawn().expect("the program starts");
    let chunks = stopped.join("lesion/chunks");
    let begun = std::time::Instant::now();
    while fs::read_dir(&chunks).map_or(0, |entries| entries.count()) < 2 {
        assert!(begun.elapsed().as_secs() < 120, "no chunk within two minutes");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let killed = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    assert_eq!(child.wait().expect("ends").code(), Some(75));
    assert!(!stopped.join("report.html").exists());
    check_done(&run(&stopped, &["--no-cache", "--resume"]));
    assert!(files(&whole) == files(&stopped), "a stopped and resumed study has the bytes of one that was not");
}

/// Standard error is a pipe here: plain lines, one per stage, and no escape codes.
fn check_log(log: &str) {
    assert!(!log.contains('\u{1b}'), "escape codes in a log: {log}");
    for part in Part::ALL {
        assert!(log.contains(&format!("{}/report.html", part.name())), "{log}");
    }
    assert!(log.contains(" on cpu\n"), "a stage names its device: {log}");
}

fn check_claims(rows: &[Row]) {
    for claim in &CLAIMS {
        let own: Vec<&Row> = rows.iter().filter(|row| row["claim"] == claim.id).collect();
        assert!(!own.is_empty(), "{} is missing", claim.id);
        for row in own {
            let testable = row["verdict"] != "not testable here";
            assert!(["reached", "not reached", "not testable here"].contains(&row["verdict"].as_str()), "{row:?}");
            assert_eq!(testable, !row["estimate"].is_empty(), "{row:?}");
            assert!(testable || !row["remark"].is_empty(), "a reason is given: {row:?}");
        }
    }
    let of_table: Vec<&Row> = rows.iter().filter(|row| row["claim"].starts_with("table-1")).collect();
    assert_eq!(of_table.len(), 18);
    assert!(of_table.iter().all(|row| row["verdict"] == "not testable here" && !row["published"].is_empty()));
    assert!(rows.iter().any(|row| row["verdict"] != "not testable here"), "something can be tested on drawings");
}

fn check_parts(folder: &Path) {
    for part in Part::ALL {
        let part = part.folder(folder);
        let manifest = fs::read_to_string(part.join("manifest.json")).expect("a manifest");
        assert!(manifest.contains("\"state\": \"complete\""));
        for entry in fs::read_dir(part.join("tables")).expect("tables") {
            let path = entry.expect("readable").path();
            if path.extension().is_some_and(|ending| ending == "csv") {
                let text = fs::read_to_string(&path).expect("a table");
                let words = || text.split([',', '\n']);
                assert!(!words().any(|cell| ["NaN", "inf", "-inf"].contains(&cell)), "{}", path.display());
            }
        }
    }
}

fn verb(verb: &str, arguments: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
    let folder = (verb == "verify").then_some("--out");
    command.arg(verb).args(folder).args(arguments).env("NO_COLOR", "1").output().expect("the program starts")
}

/// A changed claim is found by `verify` and by `compare`.
fn check_watched(first: &Path, second: &Path) {
    check_done(&verb("verify", &[first]));
    let same = verb("compare", &[first, second]);
    let told = String::from_utf8_lossy(&same.stdout).to_string();
    assert!(same.status.success() && told.contains("same      claims") && told.contains("lesion/sweep"), "{told}");
    let claims = second.join("tables/claims.csv");
    let text = fs::read_to_string(&claims).expect("a table");
    fs::write(&claims, text.replacen("not reached", "reached", 1)).expect("writable");
    let changed = verb("verify", &[second]);
    let told = String::from_utf8_lossy(&changed.stderr).to_string();
    assert!(changed.status.code() == Some(1) && told.contains("tables/claims.csv has"), "{told}");
    let different = verb("compare", &[first, second]);
    assert_eq!(different.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&different.stdout).contains("different claims: 1 differences"));
}

fn check_report(report: &str) {
    for part in
        ["SYNTHETIC DATA", "reached if", "was not measured", "One layer, one emotion", "conv3_1", "[choice]", "BibTeX"]
    {
        assert!(report.contains(part), "{part} is not in the report");
    }
    for foreign in ["<img", "src=\"http", "<link", "@import"] {
        assert!(!report.contains(foreign), "{foreign} in the report");
    }
}

/// The examples for Python and R print one table, the numbers of which are those of sweep.csv.
fn check_readers(folder: &Path) {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    let own = |row: &&Row| {
        row["network"] == "trained" && row["set_train"] == row["set_test"] && row["task"] == row["emotion"]
    };
    let rows = table(&folder.join("lesion/tables/sweep.csv"));
    let selective = rows.iter().filter(own).filter(|row| row["group"] == "selective" && row["layer"] == "conv5_3");
    let changes: Vec<f64> = selective.filter_map(|row| row["change_pct"].parse().ok()).collect();
    let mean = changes.iter().sum::<f64>() / changes.len() as f64;
    rename_a_set(&folder.join("lesion/tables/sweep.csv"), &folder.with_file_name("renamed/tables"), "NA");
    for (program, script, needs) in [("python3", "read_tables.py", "import pandas"), ("Rscript", "read_tables.R", "1")]
    {
        let ready = Command::new(program).args([if program == "Rscript" { "-e" } else { "-c" }, needs]).output();
        if !ready.is_ok_and(|output| output.status.success()) {
            eprintln!("skipped: {script} ({program}, or pandas for Python, is not there)");
            continue;
        }
        let output = Command::new(program).arg(docs.join(script)).arg(folder.join("lesion")).output().expect("starts");
        check_done(&output);
        let text = String::from_utf8_lossy(&output.stdout).to_string();
        let line = text.lines().find(|line| line.starts_with("conv5_3")).expect("a line per layer");
        let last: f64 = line.split_whitespace().last().and_then(|cell| cell.parse().ok()).expect("a number");
        assert!((last - mean).abs() <= 0.0051, "{program}: {last}, sweep.csv: {mean}\n{text}");
        let renamed = Command::new(program)
            .arg(docs.join(script))
            .arg(folder.with_file_name("renamed"))
            .output()
            .expect("starts");
        check_done(&renamed);
        assert_eq!(String::from_utf8_lossy(&renamed.stdout), text, "{program}: a set called NA");
    }
}

/// Copies a table into a new folder, its first set under another name.
fn rename_a_set(table: &Path, folder: &Path, name: &str) {
    fs::create_dir_all(folder).expect("writable");
    let mut reader = csv::Reader::from_path(table).expect("a table");
    let mut writer = csv::Writer::from_path(folder.join("sweep.csv")).expect("writable");
    let header = reader.headers().expect("a header").clone();
    writer.write_record(&header).expect("writable");
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a record")).collect();
    let at = header.iter().position(|column| column == "set_train").expect("a column");
    let old = rows[0][at].to_string();
    for row in &rows {
        let cells = header.iter().zip(row);
        writer
            .write_record(
                cells.map(|(column, cell)| if column.starts_with("set_") && cell == old { name } else { cell }),
            )
            .expect("writable");
    }
    writer.flush().expect("writable");
}

#[test]
fn the_configuration_can_be_seen_and_shells_can_complete() {
    let print = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_exp-paper")).args(arguments).output().expect("starts");
        check_done(&output);
        String::from_utf8_lossy(&output.stdout).to_string()
    };
    let printed = print(&["config", "print", "--set", "sweep.draws=7", "--seed", "5"]);
    for line in ["draws = 7  # --set", "seed = 5  # --seed", "splits = 10  # the embedded demonstration"] {
        assert!(printed.lines().any(|found| found == line), "`{line}` is not in\n{printed}");
    }
    assert!(print(&["completions", "bash"]).contains("--dry-run"));
    let dry = print(&["--device", "cpu", "--dry-run", "--quiet", "--out", "nowhere"]);
    assert_eq!(dry.matches("time     ").count(), Part::ALL.len(), "{dry}");
    assert!(dry.contains("study    at most about") && dry.contains("for all parts"), "{dry}");
    assert!(!Path::new("nowhere").exists());
}

#[test]
fn mistakes_are_named_with_what_was_meant() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let refused = |more: &[&str], parts: &[&str]| {
        let output = run(&place.path().join("run"), more);
        let message = String::from_utf8_lossy(&output.stderr).to_string();
        assert_eq!(output.status.code(), Some(1), "{message}");
        parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
    };
    refused(&["--set", "sweep.drws=3"], &["--set sweep.drws=3", "did you mean `sweep.draws`?"]);
    refused(&["--config", "no/such.toml"], &["no/such.toml"]);
    let one = place.path().join("one.toml");
    fs::write(
        &one,
        "name = \"one\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 8\nseed = 1\n",
    )
    .expect("writable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
    let output = command.args(["--device", "cpu", "--config"]).arg(&one).arg("--out").arg(place.path().join("one"));
    let output = output.output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("split_halves = true"));
    assert!(!place.path().join("one").exists(), "nothing is left behind");
}

#[test]
fn errors_are_events_too() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
    let output = command.args(["--json", "--set", "sweep.drws=3"]).output().expect("starts");
    assert_eq!(output.status.code(), Some(1));
    let events = String::from_utf8_lossy(&output.stdout);
    assert!(events.starts_with("{\"event\":\"error\""), "{events}");
}
