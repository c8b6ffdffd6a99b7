//! Workbooks are read in a child process of the program itself: the library that reads them panics on some damaged files,
//! takes memory without end on others, and a process that runs out of memory is ended by the system, results and all.
//!
//! The child is this program, started with [`VARIABLE`] set; it gets the file from its standard input, and answers with
//! the cells as JSON on its standard output.

use std::env;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::grid::Grid;
use super::workbook;

/// What tells a process that it is such a child.
const VARIABLE: &str = "GAINLAB_WORKBOOK_READER";
/// How long a child may take: tables of norms are read in a tenth of a second.
const TIME: Duration = Duration::from_secs(30);
/// How much memory it may take, the program's own included; on Windows nothing limits it.
#[cfg(unix)]
const MEMORY: u64 = 2 << 30;
/// How much it may answer.
const ANSWER: u64 = 512 << 20;

/// Whether this program answers as a child would have to.
static PREPARED: OnceLock<()> = OnceLock::new();

/// To be called first in `main` of every program that reads picture sets. In a child it reads the workbook and never
/// returns; elsewhere it only says that children can be had. Without it workbooks are read in this process, where a
/// panic of the library is caught but nothing limits its memory.
pub fn read_workbooks_in_a_child() {
    if env::var_os(VARIABLE).is_none() {
        let _ = PREPARED.set(());
        return;
    }
    // Its end would be told to a user, who can do nothing about it.
    std::panic::set_hook(Box::new(|_| {}));
    std::process::exit(if answer().is_ok() { 0 } else { 1 });
}

/// What a child does.
fn answer() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        rlimit::setrlimit(rlimit::Resource::AS, MEMORY, MEMORY)?;
        rlimit::setrlimit(rlimit::Resource::CORE, 0, 0)?;
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let mut output = std::io::stdout().lock();
    serde_json::to_writer(&mut output, &workbook::grids(bytes))?;
    output.flush()
}

/// Every sheet of a workbook as text, whatever the library does with it.
pub(super) fn grids(bytes: Vec<u8>) -> Result<Vec<Grid>, String> {
    if PREPARED.get().is_none() {
        let read = || workbook::grids(bytes);
        return std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| Err(failed(DAMAGED)));
    }
    let program = env::current_exe().map_err(|error| failed(&error.to_string()))?;
    let child = Command::new(program)
        .env(VARIABLE, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut child = child.map_err(|error| failed(&error.to_string()))?;
    let answer = heard(&mut child, bytes, TIME);
    // It may have ended by itself, or answered and gone on; neither matters any more.
    let _ = child.kill();
    let _ = child.wait();
    match serde_json::from_slice(&answer?) {
        Ok(grids) => grids,
        Err(_) => Err(failed(DAMAGED)),
    }
}

const DAMAGED: &str = "it is damaged, or asks for too much memory";

/// What a child answers in time.
fn heard(child: &mut Child, bytes: Vec<u8>, time: Duration) -> Result<Vec<u8>, String> {
    let (mut input, output) = (child.stdin.take(), child.stdout.take());
    let (send, receive) = mpsc::channel();
    // Both end with the child: a pipe without a process behind it is closed.
    thread::spawn(move || input.as_mut().map(|input| input.write_all(&bytes)));
    thread::spawn(move || {
        let mut answer = Vec::new();
        let read = output.map(|output| output.take(ANSWER).read_to_end(&mut answer));
        // Nobody listens any more where it took too long.
        let _ = send.send(if matches!(read, Some(Ok(_))) { answer } else { Vec::new() });
    });
    receive.recv_timeout(time).map_err(|_| failed(&format!("reading it takes more than {} s", time.as_secs())))
}

fn failed(reason: &str) -> String {
    format!("cannot read this workbook ({reason}); save the sheet that is meant as .csv")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn answer_of(program: &str, argument: &str, time: Duration) -> Result<Vec<u8>, String> {
        let mut command = Command::new(program);
        command.arg(argument).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("every Unix has it");
        let answer = heard(&mut child, vec![7; 1 << 20], time);
        child.kill().expect("ours");
        child.wait().expect("ours");
        answer
    }

    #[test]
    fn a_child_is_heard_whole_and_one_that_dies_or_never_ends_is_survived() {
        let long = Duration::from_secs(60);
        assert_eq!(answer_of("cat", "-", long), Ok(vec![7; 1 << 20]));
        assert_eq!(answer_of("sh", "-c", long).map(|answer| answer.len()), Ok(0));
        let late = answer_of("sleep", "600", Duration::from_secs(1)).expect_err("it sleeps");
        assert!(
            late.contains("cannot read this workbook") && late.contains("more than 1 s") && late.contains(".csv"),
            "{late}"
        );
    }
}
