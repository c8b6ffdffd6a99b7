//! The program `exp-selectivity`; what it computes is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    study::cli::main(&exp_selectivity::STUDY)
}
