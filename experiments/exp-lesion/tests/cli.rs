//! The program as a user meets it: what a run leaves behind, and what it says when something is wrong.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Small enough to end in about a second.
const SMALL: [&str; 8] = [
    "network.random_networks=0",
    "sets.0.per_category=8",
    "sets.1.per_category=8",
    "heads.splits=2",
    "sweep.layers=[\"conv5_1\", \"conv5_3\"]",
    "sweep.draws=4",
    "sweep.draws_per_chunk=2",
    "sweep.bootstrap=50",
];

/// The start of every table's header, which other programs rely on.
const HEADERS: [(&str, &str); 6] = [
    ("pictures", "set,picture,valence,category,split_0,split_1"),
    ("units", "network,set,layer,channel,s_pleasant,s_neutral,s_unpleasant,tuning_quality,preferred,si,excluded"),
    ("selective", "network,layer,channel,emotion"),
    ("heads", "network,set,task,split_seed,f1,f1_always_yes,accuracy,balanced_accuracy,auc,dprime"),
    (
        "sweep",
        "network,set_train,set_test,task,layer,emotion,group,draw,split_seed,gain,n_units,tp,fp,tn,fn,f1,accuracy,\
         balanced_accuracy,auc,dprime,base_f1,change_pct,ci_low,ci_high",
    ),
    ("tests", "network,set,comparison,layer,emotion,task,estimate,ci_low,ci_high"),
];

fn program(out: &Path, settings: &[&str], more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    command.args(["--device", "cpu", "--out"]).arg(out).args(more).current_dir(env!("CARGO_TARGET_TMPDIR"));
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command
}

fn run(out: &Path, settings: &[&str], more: &[&str]) -> Output {
    program(out, settings, more).output().expect("the program starts")
}

fn check_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Fails with status 1 and a message that holds every part.
fn check_refused(output: &Output, parts: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

fn tables(out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
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

fn check_same(one: &Path, other: &Path) {
    let (one, other) = (tables(one), tables(other));
    assert_eq!(one.len(), other.len());
    for ((name, bytes), (other_name, other_bytes)) in one.iter().zip(&other) {
        assert_eq!(name, other_name);
        assert!(bytes == other_bytes, "{} differs", name.display());
    }
}

#[test]
fn a_run_leaves_what_the_contract_promises() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    check_done(&run(&out, &SMALL, &[]));
    for (table, header) in HEADERS {
        let text = fs::read_to_string(out.join(format!("tables/{table}.csv"))).expect("the table");
        assert!(text.starts_with(header), "{table}: {}", text.lines().next().unwrap_or_default());
        assert!(text.lines().count() > 1, "{table} has rows");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{table}");
        assert!(out.join(format!("tables/{table}.parquet")).exists());
    }
    for file in
        ["manifest.json", "heads.safetensors", "arrays/responses.npz", "figures/lesion.svg", "figures/lesion.png"]
    {
        assert!(out.join(file).exists(), "{file}");
    }
    let report = fs::read_to_string(out.join("report.html")).expect("the report");
    assert!(report.contains("SYNTHETIC") && report.contains("<svg"));
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("the manifest");
    assert!(manifest.contains("\"state\": \"complete\"") && manifest.contains("\"plan\""));
}

#[test]
fn two_runs_and_a_killed_and_resumed_one_are_the_same_to_the_last_byte() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [first, second, killed] = ["first", "second", "killed"].map(|name| place.path().join(name));
    // All layers, so that there is time to kill it.
    let settings: Vec<&str> = SMALL.iter().copied().filter(|setting| !setting.starts_with("sweep.layers")).collect();
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
    let settings: Vec<&str> = SMALL.iter().copied().filter(|setting| !setting.starts_with("sweep.layers")).collect();
    let mut child = program(&out, &settings, &["--quiet"]).spawn().expect("the program starts");
    wait_for_chunks(&out, 1);
    let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
    assert_eq!(child.wait().expect("ends").code(), Some(75));
    assert!(!out.join("report.html").exists());
    check_done(&run(&out, &settings, &["--resume"]));
}

fn wait_for_chunks(out: &Path, count: usize) {
    let begun = Instant::now();
    let chunks = || fs::read_dir(out.join("chunks")).map_or(0, |entries| entries.count());
    while chunks() < count {
        assert!(begun.elapsed() < Duration::from_secs(120), "no chunk within two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_dry_run_says_what_it_would_do_and_writes_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let output = run(&out, &SMALL, &["--dry-run"]);
    check_done(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    for word in ["work", "chunks", "memory", "time", "GMAC/s"] {
        assert!(text.contains(word), "{text}");
    }
    assert!(!out.exists());
}

#[test]
fn quiet_is_quiet_and_json_is_json() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let quiet = run(&place.path().join("quiet"), &SMALL, &["--quiet"]);
    check_done(&quiet);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
    let json = run(&place.path().join("json"), &SMALL, &["--json"]);
    check_done(&json);
    let text = String::from_utf8_lossy(&json.stdout);
    assert!(text.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{text}");
    assert!(text.contains("\"stage\":\"sweep\""), "{text}");
}

#[test]
fn bad_configurations_are_refused_by_name() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let refused = |settings: &[&str], parts: &[&str]| check_refused(&run(&out, settings, &[]), parts);
    refused(&["sweep.layers=[\"conv9_9\"]"], &["conv9_9", "conv5_3"]);
    refused(&["sweep.drws=3"], &["drws"]);
    refused(&["heads.splits=0"], &["heads.splits", "at least 1"]);
    refused(&["sets.0.per_category=2"], &["category", "2 pictures"]);
    refused(&["selection.pictures=train"], &["selection.pictures", "heads.splits = 1"]);
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

/// A set of small pictures with a table, one of which is missing.
fn table_set(folder: &Path) -> PathBuf {
    let images = folder.join("images");
    fs::create_dir(&images).expect("writable");
    let mut table = String::from("path,category\ngone.png,neutral\n");
    for number in 0..36u32 {
        let category = ["pleasant", "neutral", "unpleasant"][number as usize % 3];
        let picture = image::RgbImage::from_fn(40, 40, |x, y| {
            let wave = (x * (1 + number % 3) + y * (number % 7) + number * 5) % 40;
            image::Rgb([(wave * 6) as u8, (y * 6) as u8, (x * 6) as u8])
        });
        picture.save(images.join(format!("{number}.png"))).expect("writable");
        table += &format!("{number}.png,{category}\n");
    }
    fs::write(folder.join("table.csv"), table).expect("writable");
    let config = folder.join("config.toml");
    let text = "name = \"table\"\n[[sets]]\nname = \"mine\"\nkind = \"table\"\nimages = \"images\"\nratings = \"table.csv\"\n\
                [heads]\nrecipe = \"adam\"\nsplits = 1\n[sweep]\nlayers = [\"conv5_3\"]\ndraws = 2\nbootstrap = 20\n";
    fs::write(&config, text).expect("writable");
    config
}

#[test]
fn open_pictures_with_real_ratings_run_through() {
    let data =
        std::env::var("GAINLAB_DATA").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into());
    let oasis = Path::new(&data).join("oasis-pixabay");
    if !oasis.exists() {
        eprintln!("skipped: no OASIS pictures at {} (set GAINLAB_DATA)", oasis.display());
        return;
    }
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../oasis.toml");
    let images = format!("sets.0.images={}", oasis.join("images").display());
    let ratings = format!("sets.0.ratings={}", oasis.join("OASIS.csv").display());
    let settings =
        [&images, &ratings, "heads.splits=2", "sweep.draws=2", "sweep.layers=[\"conv5_3\"]", "sweep.bootstrap=50"];
    let out = place.path().join("run");
    check_done(&run(&out, &settings, &["--config", config]));
    let pictures = fs::read_to_string(out.join("tables/pictures.csv")).expect("the table");
    assert!(pictures.contains("OASIS-A") && pictures.contains("OASIS-B"));
    assert!(!fs::read_to_string(out.join("report.html")).expect("the report").contains("SYNTHETIC"));
}
