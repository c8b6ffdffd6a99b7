//! Damaged input of every kind that the programs read: seeds that are right, bytes of which are changed at random, and
//! nothing but an answer or an error may come of it. No panic, no reading for ever.
//!
//! `cargo test --release --test fuzz` takes ten seconds for every kind; words behind it choose kinds, as in
//! `cargo test --release --test fuzz -- workbooks`. `GAINLAB_FUZZ_INPUTS=100000` reads so many of each instead, and
//! `GAINLAB_FUZZ_FIRST=523` begins at an input that a failure names. Input number n of a kind is the same everywhere.

mod kinds;
mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use kinds::Kind;

/// How long a kind may take where no number of inputs is asked for.
const TIME: Duration = Duration::from_secs(10);
/// The longest that one input may take: a limit on work that does not end, generous on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    // The reader of workbooks starts this program again.
    stimuli::read_workbooks_in_a_child();
    let number = |name: &str| std::env::var(name).ok().and_then(|count| count.parse::<u64>().ok());
    let (inputs, first) = (number("GAINLAB_FUZZ_INPUTS"), number("GAINLAB_FUZZ_FIRST").unwrap_or(0));
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let place = tempfile::tempdir().expect("a temporary folder");
    let mut kinds = kinds::all(place.path());
    kinds.retain(|kind| chosen.is_empty() || chosen.iter().any(|word| word == kind.name));
    // What panics is told below, by the number that makes it again.
    std::panic::set_hook(Box::new(|_| {}));
    let faults: usize = kinds.iter().map(|kind| run(kind, first, inputs)).sum();
    if faults == 0 && !kinds.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads inputs of a kind, and gives how many were not answered as they should be.
fn run(kind: &Kind, first: u64, inputs: Option<u64>) -> usize {
    let begun = Instant::now();
    let (mut read, mut taken, mut faults, mut longest) = (0, 0, 0, Duration::ZERO);
    while inputs.map_or_else(|| begun.elapsed() < TIME, |inputs| read < inputs) {
        let number = first + read;
        let input = mutate::input(kind.name, &kind.seeds, number);
        let started = Instant::now();
        let answer = catch_unwind(AssertUnwindSafe(|| (kind.read)(&input)));
        let time = started.elapsed();
        (read, longest) = (read + 1, longest.max(time));
        match answer {
            Ok(true) => taken += 1,
            Ok(false) => {}
            Err(_) => faults += tell(kind, number, "panics"),
        }
        if time > LONGEST {
            faults += tell(kind, number, &format!("takes {time:.1?}"));
        }
    }
    let time = begun.elapsed().as_secs_f64();
    println!("{:<15}{read:>9} inputs, {taken} read, {faults} faults, longest {longest:.2?}, {time:.0} s", kind.name);
    faults
}

fn tell(kind: &Kind, number: u64, what: &str) -> usize {
    println!("{}: input {number} {what}: GAINLAB_FUZZ_FIRST={number} GAINLAB_FUZZ_INPUTS=1", kind.name);
    1
}
