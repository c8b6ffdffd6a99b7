//! Processes that die, and disks that are full, at every step of writing a file: what is left is whole, and the run goes
//! on to the bytes of one that was never disturbed.
//!
//! `GAINLAB_CRASHES=100` tries so many moments instead of five.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Instant, SystemTime};

use study::fault::{Step, VARIABLE};

use crate::support::{check_done, check_refused, check_same, files, program, run, tiny};

fn moments() -> usize {
    std::env::var("GAINLAB_CRASHES").ok().and_then(|count| count.parse().ok()).unwrap_or(5)
}

fn undisturbed(place: &Path) -> std::path::PathBuf {
    let out = place.join("undisturbed");
    check_done(&run(&out, &tiny(), &["--no-cache"]));
    out
}

fn with_fault(out: &Path, fault: &str) -> Output {
    let mut command = program(out, &tiny(), &["--no-cache", "--resume", "--quiet"]);
    command.env(VARIABLE, fault).output().expect("the program starts")
}

#[test]
fn a_process_that_dies_at_any_step_of_any_file_is_resumed_to_the_same_bytes() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let expected = undisturbed(place.path());
    // The manifest is written twice.
    let writes = files(&expected).len() + 2;
    let step_width = writes.div_ceil(moments());
    for (number, (_, step)) in Step::ALL.into_iter().enumerate() {
        // Every step dies at other files.
        for time in (1 + number % step_width..=writes).step_by(step_width) {
            let (fault, out) = (format!("die:{step}:{time}"), place.path().join(format!("{step}-{time}")));
            let died = with_fault(&out, &fault);
            let by_itself = [Some(0), Some(1)].contains(&died.status.code());
            assert!(!by_itself, "{fault}: {}", String::from_utf8_lossy(&died.stderr));
            check_done(&run(&out, &tiny(), &["--no-cache", "--resume"]));
            check_same(&expected, &out);
            fs::remove_dir_all(&out).expect("ours");
        }
    }
}

#[test]
fn a_process_that_is_killed_at_any_moment_is_resumed_to_the_same_bytes() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let begun = Instant::now();
    let expected = undisturbed(place.path());
    let whole = begun.elapsed();
    for number in 0..moments() {
        // The clock's nanoseconds are as random as it takes.
        let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970").subsec_nanos();
        let moment = whole.mul_f64(f64::from(clock % 1000) / 1000.0);
        let out = place.path().join(format!("killed-{number}"));
        let mut child = program(&out, &tiny(), &["--quiet"]).stderr(Stdio::null()).spawn().expect("the program starts");
        std::thread::sleep(moment);
        // It may have ended before its time; then there is nothing to kill, and resuming must change nothing.
        let _ = child.kill();
        child.wait().expect("gone");
        let resumed = run(&out, &tiny(), &["--resume"]);
        assert!(resumed.status.success(), "after {moment:?}: {}", String::from_utf8_lossy(&resumed.stderr));
        check_same(&expected, &out);
        fs::remove_dir_all(&out).expect("ours");
    }
}

#[test]
fn a_full_disk_is_one_clear_error_and_earlier_parts_are_kept() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let expected = undisturbed(place.path());
    for time in [1, 9, files(&expected).len()] {
        let out = place.path().join(format!("full-{time}"));
        let failed = with_fault(&out, &format!("full:half-written:{time}"));
        check_refused(&failed, &[out.to_str().expect("UTF-8"), "Make room", "--resume"]);
        check_done(&run(&out, &tiny(), &["--no-cache", "--resume"]));
        check_same(&expected, &out);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_on_file_size_is_one_clear_error() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    // Without the signal that a too large file would otherwise end the process by.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh"]);
    let program = program(&out, &tiny(), &["--no-cache"]);
    let output = limited.arg(program.get_program()).args(program.get_args()).output().expect("a shell");
    check_refused(&output, &["arrays/", "ulimit"]);
    check_done(&run(&out, &tiny(), &["--no-cache", "--resume"]));
}

/// A file system of so many bytes that only the script sees; what the script leaves in `OUT` stays.
#[cfg(target_os = "linux")]
fn in_small_file_system(bytes: usize, mounted: &Path, kept: &Path, script: &str) -> Option<Output> {
    let mount = format!("mount -t tmpfs -o size={bytes} tmpfs \"$MOUNTED\" || exit 99; {script}");
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", &mount, "sh"]).env("MOUNTED", mounted).env("KEPT", kept);
    let out = mounted.join("run");
    let program = program(&out, &tiny(), &["--no-cache"]);
    let output = command.arg(program.get_program()).args(program.get_args()).output();
    output.ok().filter(|output| output.status.success() || output.status.code() == Some(1))
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_really_full_keeps_what_is_whole() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let expected = undisturbed(place.path());
    let [mounted, kept] = ["mounted", "kept"].map(|name| place.path().join(name));
    fs::create_dir(&mounted).expect("writable");
    let all: u64 = files(&expected).iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let script = "\"$@\"; status=$?; cp -r \"$MOUNTED/run\" \"$KEPT\"; exit $status";
    let Some(output) = in_small_file_system(all as usize * 3 / 4, &mounted, &kept, script) else {
        eprintln!("skipped: a file system of limited size needs unshare and mount, which are not allowed here");
        return;
    };
    check_refused(&output, &["Make room", "--resume"]);
    check_done(&run(&kept, &tiny(), &["--no-cache", "--resume"]));
    check_same(&expected, &kept);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_disk_is_one_clear_error() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let mounted = place.path().join("mounted");
    fs::create_dir(&mounted).expect("writable");
    let script = "mount -o remount,ro \"$MOUNTED\" || exit 99; exec \"$@\"";
    let Some(output) = in_small_file_system(1 << 20, &mounted, place.path(), script) else {
        eprintln!("skipped: a read-only file system needs unshare and mount, which are not allowed here");
        return;
    };
    check_refused(&output, &["read-only", "--out"]);
}

#[test]
fn a_file_in_the_place_of_a_folder_is_one_clear_error() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    fs::create_dir(&out).expect("writable");
    fs::write(out.join("chunks"), "a file").expect("writable");
    check_refused(&run(&out, &tiny(), &[]), &["run/chunks", "A file stands where a folder should be"]);
    assert_eq!(fs::read(out.join("chunks")).expect("still there"), b"a file");
}

#[test]
fn leftovers_of_killed_processes_count_nowhere() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let (expected, out) = (undisturbed(place.path()), place.path().join("run"));
    for folder in ["", "chunks", "tables", "arrays", "figures"] {
        fs::create_dir_all(out.join(folder)).expect("writable");
        fs::write(out.join(folder).join(".part-elsewhere-1-2-abc"), "half").expect("writable");
    }
    check_done(&run(&out, &tiny(), &["--no-cache"]));
    check_same(&expected, &out);
}
