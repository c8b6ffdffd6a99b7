//! A Slurm cluster of our own, for as long as a test lasts.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Two clusters at once would be slow enough on two cores to declare each other's nodes dead.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Far more than anything here takes, even on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(300);

/// Four nodes on this machine; they end with this value, and also if the test is killed.
pub struct Cluster {
    folder: tempfile::TempDir,
    server: Child,
    _turn: MutexGuard<'static, ()>,
}

impl Cluster {
    /// Starts a cluster; nothing, said aloud, where Slurm is not installed.
    pub fn start() -> Option<Self> {
        let needed = ["munged", "slurmctld", "slurmd", "sbatch"];
        if let Some(missing) = needed.into_iter().find(|program| !is_installed(program)) {
            eprintln!("skipped: Slurm ({missing} is missing; install the Debian packages slurm-wlm and munge)");
            return None;
        }
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut server = Command::new(repository().join("tests/slurm/cluster.sh"))
            .arg("serve")
            .arg(folder.path().join("slurm"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script starts");
        let mut said = String::new();
        BufReader::new(server.stdout.take().expect("piped")).read_line(&mut said).expect("text");
        let cluster = Self { folder, server, _turn: turn };
        assert_eq!(said.trim(), "ready", "the cluster did not start");
        Some(cluster)
    }

    /// A place for the files of a test.
    pub fn place(&self) -> &Path {
        self.folder.path()
    }

    /// A command that talks to this cluster.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("SLURM_CONF", self.folder.path().join("slurm/slurm.conf")).current_dir(self.place());
        command
    }

    /// What a command prints; it must succeed.
    pub fn say(&self, program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> String {
        printed(self.command(program).args(arguments))
    }

    /// A power cut of a node.
    pub fn kill_node(&self, node: &str) {
        self.node("kill-node", node);
    }

    /// The end of the power cut.
    pub fn start_node(&self, node: &str) {
        self.node("start-node", node);
        wait(&format!("{node} to come back"), || {
            let state = self.say("sinfo", &["--noheader", "--nodes", node, "--format=%T"]);
            ["idle", "mixed", "allocated"].contains(&state.lines().next()?).then_some(())
        });
    }

    fn node(&self, verb: &str, node: &str) {
        let folder = self.folder.path().join("slurm");
        printed(self.command(repository().join("tests/slurm/cluster.sh")).arg(verb).arg(folder).arg(node));
    }

    /// A field of a job as `scontrol show job` has it.
    pub fn field(&self, job: &str, name: &str) -> String {
        let job = self.say("scontrol", &["show", "--oneliner", "job", job]);
        let field = job.split_whitespace().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        field.unwrap_or_else(|| panic!("no {name} in {job}")).to_string()
    }

    /// Waits until a job is over; its state and exit status, as in `COMPLETED 0:0`.
    pub fn end(&self, job: &str) -> String {
        wait(&format!("the end of job {job}"), || {
            let state = self.field(job, "JobState");
            let over = !["PENDING", "RUNNING", "COMPLETING", "REQUEUED"].contains(&state.as_str());
            over.then(|| format!("{state} {}", self.field(job, "ExitCode")))
        })
    }

    /// What is known when a test fails.
    fn describe(&self) {
        for (program, arguments) in [("sinfo", ["-N", "-l"]), ("squeue", ["-r", "-l"])] {
            let output = self.command(program).args(arguments).output();
            eprintln!(
                "{}",
                output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
            );
        }
        let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_logs = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "logs");
        for log in entries(self.place()).filter(is_logs).flat_map(|folder| entries(&folder)) {
            eprintln!("--- {}\n{}", log.display(), fs::read_to_string(&log).unwrap_or_default());
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.describe();
        }
        drop(self.server.stdin.take());
        if let Err(error) = self.server.wait() {
            eprintln!("the cluster may still be running: {error}");
        }
    }
}

/// Waits for something to be there.
pub fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// What a command prints; it must succeed.
pub fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    places.into_iter().any(|folder| folder.join(program).is_file())
}
