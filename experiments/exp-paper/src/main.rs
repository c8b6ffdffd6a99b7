//! The program `exp-paper`; what it computes is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    exp_paper::main()
}
