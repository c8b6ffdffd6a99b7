//! Completions for shells: what a verb `completions bash` prints.

use clap::Command;
pub use clap_complete::Shell;

/// The completion script of a program for a shell.
///
/// # Examples
/// ```
/// use clap::{Arg, Command};
/// use study::completions::{Shell, script};
///
/// let program = Command::new("exp-example").arg(Arg::new("out").long("out"));
/// assert!(script(program, Shell::Bash).contains("--out"));
/// ```
pub fn script(mut command: Command, shell: Shell) -> String {
    let name = command.get_name().to_string();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Arg, ValueEnum};

    #[test]
    fn every_shell_has_a_script_that_knows_the_options() {
        for shell in Shell::value_variants() {
            let program = Command::new("exp-example").arg(Arg::new("out").long("out").help("Folder of this run"));
            let script = script(program, *shell);
            assert!(script.contains("exp-example") && script.contains("out"), "{shell}: {script}");
        }
    }
}
