//! Starts the program on a tiny study and looks at what it left.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Small enough to end in about a second.
pub const SMALL: [&str; 8] = [
    "network.random_networks=0",
    "sets.0.per_category=8",
    "sets.1.per_category=8",
    "heads.splits=2",
    "sweep.layers=[\"conv5_1\", \"conv5_3\"]",
    "sweep.draws=4",
    "sweep.draws_per_chunk=2",
    "sweep.bootstrap=50",
];

/// The same with all layers, so that there is time to stop it.
pub fn all_layers() -> Vec<&'static str> {
    SMALL.iter().copied().filter(|setting| !setting.starts_with("sweep.layers")).collect()
}

/// Three chunks; half a second.
pub fn tiny() -> Vec<&'static str> {
    let other = |setting: &&str| !setting.starts_with("sweep.layers") && !setting.starts_with("sweep.draws");
    let own = ["sweep.layers=[\"conv5_3\"]", "sweep.draws=2", "sweep.draws_per_chunk=2"];
    SMALL.iter().copied().filter(other).chain(own).collect()
}

pub fn program(out: &Path, settings: &[&str], more: &[&str]) -> Command {
    program_on("cpu", out, settings, more)
}

pub fn program_on(device: &str, out: &Path, settings: &[&str], more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    command.args(["--device", device, "--out"]).arg(out).args(more).current_dir(env!("CARGO_TARGET_TMPDIR"));
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    command
}

pub fn run(out: &Path, settings: &[&str], more: &[&str]) -> Output {
    program(out, settings, more).output().expect("the program starts")
}

pub fn verb(verb: &str, out: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    command.args([verb, "--out"]).arg(out).args(more).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.output().expect("the program starts")
}

pub fn check_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Fails with status 1 and a message that holds every part.
pub fn check_refused(output: &Output, parts: &[&str]) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in parts {
        assert!(message.contains(part), "`{part}` is not in: {message}");
    }
    assert!(!message.contains("panicked"), "{message}");
}

/// Every visible file of a run but its manifest, which holds times and commands.
pub fn files(out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![out.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a finished run") {
            let path = entry.expect("readable").path();
            let name = path.file_name().expect("named").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.starts_with('.') && name != "manifest.json" {
                let bytes = fs::read(&path).expect("readable");
                found.push((path.strip_prefix(out).expect("inside").to_path_buf(), bytes));
            }
        }
    }
    found.sort();
    found
}

pub fn check_same(one: &Path, other: &Path) {
    let names = |files: &[(PathBuf, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let (one, other) = (files(one), files(other));
    assert_eq!(names(&one), names(&other));
    for ((name, bytes), (_, other_bytes)) in one.iter().zip(&other) {
        assert!(bytes == other_bytes, "{} differs", name.display());
    }
}

pub fn wait_for_chunks(out: &Path, count: usize) {
    let begun = Instant::now();
    let chunks = || fs::read_dir(out.join("chunks")).map_or(0, |entries| entries.count());
    while chunks() < count {
        assert!(begun.elapsed() < Duration::from_secs(120), "no chunk within two minutes");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A set of small pictures with a table, one of which is missing.
pub fn table_set(folder: &Path) -> PathBuf {
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
