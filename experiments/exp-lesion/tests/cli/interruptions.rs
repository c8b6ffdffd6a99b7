//! Runs that are killed, stopped or started twice.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use vgg_core::device::{self, DeviceChoice};

use crate::support::{
    SMALL, all_layers, check_done, check_refused, check_same, program, program_on, run, tiny, wait_for_chunks,
};

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

/// In other processes, in other batches, killed and resumed: a GPU with one driver gives the same bytes.
#[test]
fn runs_on_wgpu_are_the_same_to_the_last_byte() {
    let device = std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into());
    let place = tempfile::tempdir().expect("a temporary folder");
    let [first, second, killed] = ["first", "second", "killed"].map(|name| place.path().join(name));
    let wanted: DeviceChoice = device.parse().unwrap_or_default();
    if !device::open(&wanted).is_ok_and(|device| device.info().backend == "wgpu") {
        eprintln!("skipped: no adapter of wgpu (GAINLAB_TEST_DEVICE={device})");
        return;
    }
    let program = |out: &Path, more: &[&str]| program_on(&device, out, &tiny(), &[&["--no-cache"], more].concat());
    check_done(&program(&first, &[]).output().expect("starts"));
    // The plan fixes how many pictures a batch has; a run may take fewer.
    check_done(&program(&second, &["--memory", "8MB"]).output().expect("starts"));
    let tables = [&first, &second].map(|out| std::fs::read(out.join("tables/sweep.csv")).expect("a table"));
    assert!(tables[0] == tables[1], "in other batches");

    let mut child = program(&killed, &["--quiet"]).stderr(Stdio::null()).spawn().expect("the program starts");
    wait_for_chunks(&killed, 1);
    child.kill().expect("still running");
    child.wait().expect("gone");
    check_done(&program(&killed, &["--resume"]).output().expect("starts"));
    check_same(&first, &killed);
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

#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(status.success());
}

#[cfg(unix)]
#[test]
fn a_shard_is_stopped_by_the_signals_of_a_cluster_and_goes_on() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [alone, out] = ["alone", "run"].map(|name| place.path().join(name));
    let settings = all_layers();
    check_done(&run(&alone, &settings, &[]));
    let shard = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
        command.args(["run", "--quiet", "--device", "cpu", "--out"]).arg(&out);
        command
    };
    let planning: Vec<&str> = settings.iter().flat_map(|setting| ["--set", setting]).collect();
    let mut plan = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    check_done(&plan.args(["plan", "--device", "cpu", "--out"]).arg(&out).args(planning).output().expect("starts"));
    for (finished, name) in ["-USR1", "-INT"].into_iter().enumerate() {
        let mut child = shard().spawn().expect("the program starts");
        wait_for_chunks(&out, 1 + 5 * finished);
        signal(&child, name);
        assert_eq!(child.wait().expect("ends").code(), Some(75), "{name}");
    }
    check_done(&shard().output().expect("starts"));
    let mut merge = Command::new(env!("CARGO_BIN_EXE_exp-lesion"));
    check_done(&merge.args(["merge", "--out"]).arg(&out).output().expect("starts"));
    check_same(&alone, &out);
}

/// One chunk that takes long, in which the program is now.
#[cfg(unix)]
fn in_a_long_chunk(out: &Path) -> (std::process::Child, impl Iterator<Item = String> + use<>) {
    let few = |setting: &&str| !setting.starts_with("sweep.");
    let slow = ["sweep.layers=[\"conv1_1\"]", "sweep.draws=5000", "sweep.draws_per_chunk=5000"];
    let settings: Vec<&str> = SMALL.iter().copied().filter(few).chain(slow).collect();
    let mut command = program(out, &settings, &["--json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("begin") && line.contains("sweep")));
    std::thread::sleep(Duration::from_millis(200));
    (child, lines)
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_stops_at_once_and_leaves_nothing_half_written() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let (mut child, _lines) = in_a_long_chunk(&out);
    // Emotions without selective channels have chunks without rows, which are there at once.
    let chunks = || std::fs::read_dir(out.join("chunks")).expect("a folder").count();
    let before = chunks();
    signal(&child, "-USR1");
    std::thread::sleep(Duration::from_secs(3));
    assert!(child.try_wait().expect("a child").is_none(), "a cluster's early notice waits for the chunk");
    let begun = Instant::now();
    signal(&child, "-INT");
    check_ended(&mut child, begun, Duration::from_secs(1), "a signal");
    assert_eq!(chunks(), before);
}

#[cfg(unix)]
#[test]
fn a_long_chunk_is_acknowledged_and_dropped_at_a_signal() {
    for name in ["-TERM", "-INT"] {
        let place = tempfile::tempdir().expect("a temporary folder");
        let (mut child, lines) = in_a_long_chunk(&place.path().join("run"));
        let begun = Instant::now();
        signal(&child, name);
        let mut lines = lines.skip_while(|line| !line.contains("stopping: "));
        assert!(lines.next().is_some(), "{name} is not acknowledged");
        assert!(begun.elapsed() < Duration::from_secs(1), "{name}: acknowledged after {:?}", begun.elapsed());
        check_ended(&mut child, begun, Duration::from_millis(2500), name);
        assert!(lines.any(|line| line.contains("what was at hand is dropped")), "{name}");
    }
}

/// Last words that nobody takes from us are not waited for.
#[cfg(target_os = "linux")]
#[test]
fn a_program_whose_output_nobody_reads_ends_at_a_signal() {
    const CAPACITY: usize = 65536;
    let place = tempfile::tempdir().expect("a temporary folder");
    let (_reader, mut pipe) = std::io::pipe().expect("a pipe");
    pipe.write_all(&[b'.'; CAPACITY]).expect("what a pipe holds");
    let mut command = program(&place.path().join("run"), &all_layers(), &["--json", "--no-cache"]);
    let mut child = command.stdout(pipe).spawn().expect("the program starts");
    std::thread::sleep(Duration::from_secs(1));
    assert!(child.try_wait().expect("a child").is_none(), "it waits to say its first word");
    let begun = Instant::now();
    signal(&child, "-TERM");
    check_ended(&mut child, begun, Duration::from_millis(2500), "a signal");
}

/// Looks whether the program ends with status 75, and soon enough after a signal.
#[cfg(unix)]
fn check_ended(child: &mut std::process::Child, begun: Instant, limit: Duration, signal: &str) {
    assert_eq!(child.wait().expect("ends").code(), Some(75), "{signal}");
    assert!(begun.elapsed() < limit, "{signal}: {:?}", begun.elapsed());
}

/// Waits for an event that holds all words, sends a signal, and looks how the program ends: with status 75 and a word.
#[cfg(unix)]
fn check_dropped(out: &Path, settings: &[&str], more: &[&str], event: &[&str], name: &str, word: &str) {
    let mut command = program(out, settings, &[&["--json", "--no-cache"], more].concat());
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let found = lines.any(|line| event.iter().all(|word| line.contains(word)));
    assert!(found, "no event with {event:?}");
    let begun = Instant::now();
    signal(&child, name);
    let rest: Vec<String> = lines.collect();
    assert_eq!(child.wait().expect("ends").code(), Some(75), "{rest:?}");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    assert!(rest.iter().any(|line| line.contains(word)), "`{word}` is not in {rest:?}");
    assert!(!out.join("heads.safetensors").exists());
}

#[cfg(unix)]
#[test]
fn reading_pictures_and_training_heads_are_dropped_at_a_signal() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = |name: &str| place.path().join(name);
    let endless = ["heads.recipe=adam", "heads.epochs=1000000000"];
    let heads = [SMALL.as_slice(), &endless].concat();
    let training = ["begin", "recognition heads"];
    check_dropped(&out("heads"), &heads, &[], &training, "-TERM", "stopped while training heads");
    let many = [SMALL.as_slice(), &["sets.0.per_category=20000", "sets.1.per_category=20000"]].concat();
    let (reading, word) = (["note", "network"], "stopped while reading weights and pictures");
    check_dropped(&out("pictures"), &many, &[], &reading, "-INT", word);
    check_dropped(&out("dry"), &many, &["--dry-run"], &reading, "-USR1", word);
    assert!(!out("pictures").exists() && !out("dry").exists(), "nothing is written before all pictures are read");

    // What was finished before the heads is kept, and the run goes on from there.
    check_refused(&run(&out("heads"), &heads, &[]), &["already holds a run"]);
    check_dropped(&out("heads"), &heads, &["--resume"], &training, "-TERM", "stopped while training heads");
}

#[test]
fn a_second_process_is_refused_by_name_and_a_killed_one_holds_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let settings = all_layers();
    let mut child = program(&out, &settings, &["--quiet"]).stderr(Stdio::null()).spawn().expect("the program starts");
    wait_for_chunks(&out, 1);
    let holder = format!("process {}", child.id());
    check_refused(&run(&out, &settings, &["--resume"]), &["another process is writing", &holder, "--out"]);
    child.kill().expect("still running");
    child.wait().expect("gone");
    check_done(&run(&out, &settings, &["--resume"]));
}
