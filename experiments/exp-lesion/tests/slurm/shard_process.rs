//! A shard at work, as the operating system sees it. Stopped by SIGSTOP it cannot end before the test has done to it
//! what it came to do, so that no test depends on who is faster.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cluster::wait;

/// `SIGUSR1` and `SIGTERM`, as bits of the masks in `/proc/PID/status`.
pub const USR1: u64 = 1 << 9;
pub const TERM: u64 = 1 << 14;

/// A process that computes a shard and stands still.
pub struct ShardProcess {
    pid: u32,
    /// The number of the shard.
    pub shard: String,
}

impl ShardProcess {
    /// Waits for a shard of a run that has begun and listens to signals already, and stops it.
    pub fn freeze(out: &Path, wanted: impl Fn(&str) -> bool) -> Self {
        wait("a shard at work", || {
            let process = processes(out).into_iter().find(|found| wanted(&found.shard))?;
            process.send("STOP");
            wait("a stopped shard", || (process.is_stopped() || !process.is_alive()).then_some(()));
            // One that ended at this very moment is no use; the next one will do.
            process.is_stopped().then_some(process)
        })
    }

    /// Waits for a signal, lets the process go on, and waits for its end.
    pub fn end_by(self, signal: u64) {
        wait("the signal", || (!self.is_stopped() || self.mask("ShdPnd") & signal != 0).then_some(()));
        self.send("CONT");
        wait("the end of the shard", || (!self.is_alive()).then_some(()));
    }

    /// Whether it runs or stands still.
    pub fn is_alive(&self) -> bool {
        self.line("State").is_some_and(|state| !state.starts_with(['Z', 'X']))
    }

    fn is_stopped(&self) -> bool {
        self.line("State").is_some_and(|state| state.starts_with('T'))
    }

    fn mask(&self, name: &str) -> u64 {
        self.line(name).and_then(|mask| u64::from_str_radix(&mask, 16).ok()).unwrap_or(0)
    }

    fn line(&self, name: &str) -> Option<String> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok()?;
        status.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_string()))
    }

    fn send(&self, signal: &str) {
        // It may have ended by itself, which shows in its state.
        let _ = Command::new("kill").args([&format!("-{signal}"), &self.pid.to_string()]).output();
    }
}

/// Shards of a run that listen to signals.
fn processes(out: &Path) -> Vec<ShardProcess> {
    let numbers = fs::read_dir("/proc").expect("/proc").flatten();
    let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let shards = pids.filter_map(|pid| {
        let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
        let words: Vec<String> =
            command.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into()).collect();
        let value = |option: &str| words.iter().skip_while(|word| *word != option).nth(1);
        let ours =
            words[0] == env!("CARGO_BIN_EXE_exp-lesion") && value("--out").is_some_and(|value| Path::new(value) == out);
        let shard = value("--shard")?.split('/').next()?.to_string();
        ours.then_some(ShardProcess { pid, shard })
    });
    shards.filter(|process| process.mask("SigCgt") & USR1 != 0).collect()
}
