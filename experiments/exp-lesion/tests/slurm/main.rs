//! The scripts of `cluster/` on a real Slurm of four nodes: runs that are stopped, preempted and unplugged end with the
//! bytes of a run in one process.

#![cfg(target_os = "linux")]

mod cluster;
mod refusing;
mod shard_process;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cluster::{Cluster, printed, repository, wait};
use shard_process::{ShardProcess, TERM, USR1};

const PROGRAM: &str = env!("CARGO_BIN_EXE_exp-lesion");

/// Small, with enough chunks for eight shards to have several each.
const SMALL: [&str; 7] = [
    "network.random_networks=0",
    "sets.0.per_category=8",
    "sets.1.per_category=8",
    "heads.splits=2",
    "sweep.draws=8",
    "sweep.draws_per_chunk=2",
    "sweep.bootstrap=50",
];

/// The jobs of a submission.
struct Jobs {
    plan: String,
    shards: String,
    array: String,
    merge: String,
}

fn settings<'a>(changes: &[&'a str]) -> Vec<&'a str> {
    SMALL.iter().chain(changes).flat_map(|setting| ["--set", setting]).collect()
}

fn submission(cluster: &Cluster, out: &Path, shards: usize, rest: &[&str]) -> Command {
    let mut command = cluster.command(repository().join("cluster/submit.sh"));
    command.args(["--shards", &shards.to_string(), "--device", "cpu", "--out"]).arg(out).args(rest);
    command
}

fn submit(submission: &mut Command) -> Jobs {
    let said = printed(submission);
    let word = |name: &str, number: usize| {
        let line = said.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_whitespace().nth(number).unwrap_or_default().to_string()
    };
    Jobs { plan: word("plan", 1), shards: word("shards", 1), array: word("shards", 2), merge: word("merge", 1) }
}

/// The same run in one process, which takes nothing over from the others.
fn single_process(place: &Path) -> PathBuf {
    let out = place.join("single");
    printed(
        Command::new(PROGRAM).args(["--device", "cpu", "--quiet", "--no-cache", "--out"]).arg(&out).args(settings(&[])),
    );
    out
}

fn log(out: &Path, shard: &str) -> String {
    fs::read_to_string(out.with_extension("logs").join(format!("shard-{shard}.log"))).unwrap_or_default()
}

fn chunks(out: &Path) -> usize {
    fs::read_dir(out.join("chunks")).map_or(0, |entries| entries.count())
}

fn check_same(one: &Path, other: &Path) {
    let files = |out: &Path| {
        let folders = ["tables", "arrays", "figures"].map(|part| out.join(part));
        let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a finished run"));
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
        files.push(out.join("heads.safetensors"));
        files.sort();
        files
    };
    let (one, other) = (files(one), files(other));
    assert_eq!(one.len(), other.len(), "{one:?} against {other:?}");
    for (one, other) in one.iter().zip(&other) {
        assert_eq!(one.file_name(), other.file_name());
        assert!(fs::read(one).expect("readable") == fs::read(other).expect("readable"), "{} differs", other.display());
    }
}

/// Has Slurm send a signal to a shard, which must stop between two chunks and be requeued. One that was at its last
/// chunk ends instead, and the next one is tried.
fn check_goes_on(cluster: &Cluster, jobs: &Jobs, out: &Path, signal: u64, send: impl Fn(&str)) {
    for _ in 0..4 {
        let process = ShardProcess::freeze(out, |_| true);
        let shard = process.shard.clone();
        let (task, before) = (format!("{}_{shard}", jobs.shards), log(out, &shard));
        send(&task);
        process.end_by(signal);
        let rest = wait("the exit status", || {
            let log = log(out, &shard);
            let rest = log.strip_prefix(&before)?.to_string();
            rest.contains("ends with exit status").then_some(rest)
        });
        if rest.contains("exit status 75") {
            wait("the restart", || (cluster.field(&task, "Restarts") != "0").then_some(()));
            return;
        }
        assert!(rest.contains("exit status 0"), "{rest}");
    }
    panic!("four shards were at their last chunk when the signal came");
}

#[test]
fn a_run_that_is_stopped_preempted_and_unplugged_ends_with_the_bytes_of_one_process() {
    let Some(cluster) = Cluster::start() else { return };
    let single = single_process(cluster.place());
    let out = cluster.place().join("sharded");
    let jobs = submit(submission(&cluster, &out, 8, &[PROGRAM]).args(settings(&[])));
    assert_eq!(jobs.array, "--array=0-7");

    wait("the first chunks", || (chunks(&out) >= 4).then_some(()));
    let unplugged = ShardProcess::freeze(&out, |_| true);
    let task = format!("{}_{}", jobs.shards, unplugged.shard);
    let node = cluster.field(&task, "NodeList");
    cluster.kill_node(&node);
    wait("the end of the shard", || (!unplugged.is_alive()).then_some(()));

    // Slurm takes its time to miss the node. Meanwhile:
    check_goes_on(&cluster, &jobs, &out, USR1, |task| {
        cluster.say("scancel", &["--signal=USR1", task]);
    });
    check_goes_on(&cluster, &jobs, &out, TERM, |task| {
        let node = format!("--nodelist={}", cluster.field(task, "NodeList"));
        cluster.say("sbatch", &["--partition=urgent", &node, "--gres=gpu:1", "--output=/dev/null", "--wrap=true"]);
    });

    wait("Slurm to miss the node", || (cluster.field(&task, "Restarts") != "0").then_some(()));
    assert!(!out.join("report.html").exists(), "nothing is merged before all chunks are there");
    cluster.start_node(&node);
    assert_eq!(cluster.end(&jobs.merge), "COMPLETED 0:0");
    assert_eq!(cluster.end(&jobs.plan), "COMPLETED 0:0");
    check_same(&single, &out);
    printed(Command::new(PROGRAM).args(["verify", "--out"]).arg(&out));
}

#[test]
fn what_ended_for_good_is_not_repeated_until_it_is_submitted_again() {
    let Some(cluster) = Cluster::start() else { return };
    let single = single_process(cluster.place());
    let (out, broken) = (cluster.place().join("sharded"), cluster.place().join("broken"));
    let program = program_that_fails_at(cluster.place(), &broken);
    let program = program.to_str().expect("UTF-8");
    let mut command = submission(&cluster, &out, 4, &[program]);
    let jobs = submit(command.args(settings(&[])).env("GAINLAB_MAX_RESTARTS", "1"));
    let [worn, failed, cancelled] = [1, 2, 3].map(|shard| format!("{}_{shard}", jobs.shards));

    let freeze = |shard: &str| ShardProcess::freeze(&out, |found| found == shard);
    let stop = |process: ShardProcess| {
        cluster.say("scancel", &["--signal=USR1", &worn]);
        process.end_by(USR1);
    };
    let [first, third] = ["1", "3"].map(freeze);
    cluster.say("scancel", &[&cancelled]);
    third.end_by(TERM);
    stop(first);
    stop(freeze("1"));
    assert_eq!(cluster.end(&jobs.merge), "FAILED 3:0");
    assert!(!out.join("report.html").exists(), "an incomplete run is not merged");
    assert_eq!(cluster.end(&worn), "FAILED 75:0", "it may not be restarted once more");
    assert_eq!(cluster.end(&failed), "FAILED 1:0");
    assert!(cluster.end(&cancelled).starts_with("CANCELLED"));
    let restarts = [&worn, &failed, &cancelled].map(|task| cluster.field(task, "Restarts"));
    assert_eq!(restarts, ["1", "0", "0"]);

    fs::remove_file(&broken).expect("there");
    let again = submit(&mut submission(&cluster, &out, 4, &["--missing", program]));
    assert_eq!((again.plan.as_str(), again.array.as_str()), ("", "--array=1-3"));
    assert_eq!(cluster.end(&again.merge), "COMPLETED 0:0");
    check_same(&single, &out);
    let finished = submit(&mut submission(&cluster, &out, 4, &["--missing", program]));
    assert_eq!(finished.array, "", "nothing is missing any more");
}

/// The program, of which shard 2 fails for as long as a file is there.
fn program_that_fails_at(place: &Path, broken: &Path) -> PathBuf {
    let path = place.join("exp-lesion");
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in *'--shard 2/'*) [ ! -e '{}' ] || exit 1 ;; esac\nexec '{PROGRAM}' \"$@\"\n",
        broken.display()
    );
    fs::write(&path, text).expect("writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permitted");
    fs::write(broken, "").expect("writable");
    path
}

#[test]
fn nothing_waits_for_what_cannot_come() {
    let Some(cluster) = Cluster::start() else { return };
    let queue = || cluster.say("squeue", &["--noheader"]);
    let out = cluster.place().join("sharded");
    let jobs = submit(submission(&cluster, &out, 2, &[PROGRAM]).args(settings(&["sweep.layers=[\"conv9_9\"]"])));
    assert_eq!(cluster.end(&jobs.plan), "FAILED 1:0");
    assert!(cluster.end(&jobs.shards).starts_with("CANCELLED"));
    assert_eq!(cluster.end(&jobs.merge), "FAILED 1:0");
    assert_eq!(queue(), "");

    let too_large = submission(&cluster, &out, 100_000, &[PROGRAM]).output().expect("it starts");
    let message = String::from_utf8_lossy(&too_large.stderr);
    assert!(!too_large.status.success() && message.contains("Invalid job array"), "{message}");
    wait("the plan to be withdrawn", || queue().is_empty().then_some(()));
}

#[test]
fn a_submission_that_cannot_be_is_refused_before_anything_is_submitted() {
    let refused = |arguments: &[&str], parts: &[&str]| {
        let output = Command::new(repository().join("cluster/submit.sh")).args(arguments).output().expect("it starts");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
    };
    refused(&["--out", "run", PROGRAM], &["--shards"]);
    refused(&["--shards", "0", "--out", "run", PROGRAM], &["--shards", "`0`"]);
    refused(&["--shards", "2", PROGRAM], &["--out"]);
    refused(&["--shards"], &["--shards needs a value"]);
    refused(&["--shards", "2", "--out", "run"], &["which program"]);
    refused(&["--shards", "2", "--out", "run", "no/such/program"], &["no/such/program", "cargo build"]);
    refused(&["--shards", "2", "--out", "run", "--array", "1"], &["--array"]);
    refused(&["--shards", "2", "--out", "run", "--missing", PROGRAM, "--seed", "3"], &["--missing", "plan is fixed"]);
}
