//! The program `exp-lesion`; what it computes is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    study::cli::main(&exp_lesion::STUDY)
}
