//! The program `exp-emonet`; what it computes is in the library beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    exp_emonet::main()
}
