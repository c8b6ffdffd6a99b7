//! The tables of a calibration: written beside the tables of a study, printed, and read again for its report.

use anyhow::{Context, Result};
use study::rows::CalibrationRow;
use study::{Experiment, whole_file};
use tidy::{TidyRow, from_parquet, to_csv, to_parquet};

/// Where the rates under shuffled labels lie in the folder of a study, without ending.
pub const TABLE: &str = "tables/calibration";
/// Where the rates of channels chosen by chance lie: of the claims about lesions and gains, with heads of true labels.
pub const CHANCE_CHANNELS: &str = "tables/calibration_chance_channels";
/// What a table must belong to.
const PLAN: &str = "plan";

/// Writes a table of this place as CSV and as Parquet.
///
/// # Errors
/// A folder that cannot be written.
pub fn write<R: TidyRow>(experiment: &Experiment, place: &str, rows: &[R]) -> Result<()> {
    let (table, base) = (R::to_table(rows), experiment.out.join(place));
    let folder = base.parent().unwrap_or(&experiment.out);
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let parquet = to_parquet(&table, &[(PLAN, &experiment.plan)])?;
    for (ending, bytes) in [("csv", to_csv(&table)?), ("parquet", parquet)] {
        let path = base.with_extension(ending);
        whole_file::write(&path, &bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// The table of this very study at a place, where its folder holds one. One of other pictures, weights or settings is
/// left out, and that is said.
///
/// # Errors
/// A table that cannot be read.
pub fn read<R: TidyRow>(experiment: &Experiment, place: &str) -> Result<Option<Vec<R>>> {
    let path = experiment.out.join(place).with_extension("parquet");
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
    Ok(Some(R::from_table(&table)?))
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

/// The rates that were measured for a study.
#[derive(Default)]
pub struct Measured {
    /// With labels shuffled everywhere.
    pub shuffled: Option<Vec<CalibrationRow>>,
    /// With labels shuffled where they choose channels.
    pub chance_channels: Option<Vec<CalibrationRow>>,
}

impl Measured {
    /// What stands in the folder of a study.
    ///
    /// # Errors
    /// As [`read`].
    pub fn read(experiment: &Experiment) -> Result<Self> {
        let (shuffled, chance_channels) = (read(experiment, TABLE)?, read(experiment, CHANCE_CHANNELS)?);
        Ok(Self { shuffled, chance_channels })
    }

    /// The tables there are.
    pub fn places(&self) -> impl Iterator<Item = &'static str> {
        let places = [(TABLE, self.shuffled.is_some()), (CHANCE_CHANNELS, self.chance_channels.is_some())];
        places.into_iter().filter(|(_, there)| *there).map(|(place, _)| place)
    }

    /// How often a claim was reached, in words; empty where that was not measured.
    pub fn rates(&self, claim: &str) -> String {
        let rate = |rows: &Option<Vec<CalibrationRow>>, what: &str| {
            let row = rows.iter().flatten().find(|row| row.claim == claim)?;
            Some(format!("{what}{} of {} ({:.1} %)", row.reached, row.labellings, 100.0 * row.rate))
        };
        let rates = [rate(&self.shuffled, ""), rate(&self.chance_channels, "chance channels: ")];
        rates.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }
}
