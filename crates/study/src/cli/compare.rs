//! Options of `compare`.

use std::path::PathBuf;

/// What to compare.
#[derive(clap::Args, Clone, Debug)]
pub struct CompareArguments {
    /// Folder of a run
    #[arg(value_name = "DIR_A")]
    pub a: PathBuf,
    /// Folder of another run
    #[arg(value_name = "DIR_B")]
    pub b: PathBuf,
    /// Numbers a and b agree where |a-b| is at most this times the largest of 1, |a| and |b|; counts must be equal
    #[arg(long, value_name = "T", default_value = "1e-4", allow_negative_numbers = true, value_parser = tolerance)]
    pub tolerance: f64,
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("expected a number that is not negative".into()),
    }
}
