//! Completions for shells: what a verb `completions bash` prints.

use clap::CommandFactory;
pub use clap_complete::Shell;

/// The completion script of a program for a shell.
///
/// # Examples
/// ```
/// use study::completions::{Shell, script};
///
/// /// A program.
/// #[derive(clap::Parser)]
/// #[command(name = "exp-example")]
/// struct Program {
///     /// Say nothing
///     #[arg(long)]
///     quiet: bool,
/// }
/// assert!(script::<Program>(Shell::Bash).contains("--quiet"));
/// ```
pub fn script<Program: CommandFactory>(shell: Shell) -> String {
    let mut command = Program::command();
    let name = command.get_name().to_string();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    /// A program.
    #[derive(clap::Parser)]
    #[command(name = "exp-example")]
    struct Program {
        /// Folder of this run
        #[arg(long)]
        out: Option<std::path::PathBuf>,
    }

    #[test]
    fn every_shell_has_a_script_that_knows_the_options() {
        for shell in Shell::value_variants() {
            let script = script::<Program>(*shell);
            assert!(script.contains("exp-example") && script.contains("out"), "{shell}: {script}");
        }
    }
}
