//! The table of a calibration: written beside the tables of a study, printed, and read again for its report.

use anyhow::{Context, Result};
use study::rows::CalibrationRow;
use study::table::{TidyRow, from_parquet, to_csv, to_parquet};
use study::{Experiment, whole_file};

/// Where it lies in the folder of a study, without ending.
pub const TABLE: &str = "tables/calibration";
/// What the table must belong to.
const PLAN: &str = "plan";

/// Writes `tables/calibration.csv` and `.parquet`.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(experiment: &Experiment, rows: &[CalibrationRow]) -> Result<()> {
    let (table, base) = (CalibrationRow::to_table(rows), experiment.out.join(TABLE));
    let folder = base.parent().unwrap_or(&experiment.out);
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let parquet = to_parquet(&table, &[(PLAN, &experiment.plan)])?;
    for (ending, bytes) in [("csv", to_csv(&table)?), ("parquet", parquet)] {
        let path = base.with_extension(ending);
        whole_file::write(&path, &bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The calibration of this very study, where its folder holds one. One of other pictures, weights or settings is left
/// out, and that is said.
///
/// # Errors
/// A table that cannot be read.
pub fn read(experiment: &Experiment) -> Result<Option<Vec<CalibrationRow>>> {
    let path = experiment.out.join(TABLE).with_extension("parquet");
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.with_context(|| path.display().to_string())?,
    };
    let (table, notes) = from_parquet(bytes).with_context(|| path.display().to_string())?;
    if notes.get(PLAN).is_none_or(|plan| *plan != experiment.plan) {
        experiment.progress.warn(&format!(
            "{}: belongs to another configuration, other pictures or weights, and is left out of the report: calibrate again",
            path.display()
        ));
        return Ok(None);
    }
    Ok(Some(CalibrationRow::from_table(&table)?))
}

/// The table for a terminal.
pub fn text(rows: &[CalibrationRow]) -> String {
    let mut text = format!(
        "{:<24}{:>11}{:>9}{:>8}  {:<16}{}\n",
        "claim", "labellings", "reached", "rate", "95 % interval", "testable"
    );
    for row in rows {
        let interval = format!("{:.3} to {:.3}", row.ci_low, row.ci_high);
        text += &format!(
            "{:<24}{:>11}{:>9}{:>8.3}  {interval:<16}{}\n",
            row.claim, row.labellings, row.reached, row.rate, row.testable
        );
    }
    text
}

/// How often a claim was reached by shuffled labels, in words; empty where that was not measured.
pub fn rate(rows: Option<&[CalibrationRow]>, claim: &str) -> String {
    let row = rows.unwrap_or_default().iter().find(|row| row.claim == claim);
    row.map(|row| format!("{} of {} ({:.1} %)", row.reached, row.labellings, 100.0 * row.rate)).unwrap_or_default()
}
