//! The measures by which recognition is judged, and where the tables keep their changes.

use crate::rows::{BestRow, DrawRow, SweepRow};

/// Lower and upper end of an interval, as far as they are known.
pub type Ends = (Option<f64>, Option<f64>);

/// A measure of recognition, whose change against the intact network is what an intervention does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Area under the ROC curve; change in points. A shift of the criterion cannot move it, so verdicts stand on it.
    Auc,
    /// F1 of the emotion, the papers' measure; change in %. It moves with the share of yes answers alone.
    F1,
    /// Share of yes answers, right or wrong; change in points. It says how far F1 moved for that reason.
    Yes,
}

impl Measure {
    /// All of them, the one that decides first.
    pub const ALL: [Measure; 3] = [Measure::Auc, Measure::F1, Measure::Yes];

    /// What its change is called, with the unit.
    pub fn change_name(self) -> &'static str {
        match self {
            Measure::Auc => "change of AUC",
            Measure::F1 => "change of F1 (%)",
            Measure::Yes => "change of the share of yes answers",
        }
    }

    /// The short name, as in file names and the column `chosen_by`.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Auc => "auc",
            Measure::F1 => "f1",
            Measure::Yes => "yes",
        }
    }

    /// What its change is called at the start of a sentence.
    pub fn change_title(self) -> String {
        let mut letters = self.change_name().chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    }

    /// A figure's name: that of the measure that decides needs no suffix.
    pub fn figure(self, name: &str) -> String {
        if self == Measure::Auc { name.into() } else { format!("{name}-{}", self.name()) }
    }

    /// Its change in a row of `sweep.csv`; nothing where it has none.
    pub fn of_sweep(self, row: &SweepRow) -> Option<f64> {
        match self {
            Measure::Auc => row.auc_change,
            Measure::F1 => row.change_pct,
            Measure::Yes => row.yes_share.zip(row.base_yes_share).map(|(now, base)| now - base),
        }
    }

    /// The 95 % interval of its mean change in a row of `sweep.csv`.
    pub fn interval_of_sweep(self, row: &SweepRow) -> Ends {
        match self {
            Measure::Auc => (row.auc_ci_low, row.auc_ci_high),
            Measure::F1 => (row.ci_low, row.ci_high),
            Measure::Yes => (None, None),
        }
    }

    /// Its change in a row of `best.csv`.
    pub fn of_best(self, row: &BestRow) -> Option<f64> {
        match self {
            Measure::Auc => row.auc_change,
            Measure::F1 => row.change_pct,
            Measure::Yes => row.yes_change,
        }
    }

    /// The 95 % interval of its change in a row of `best.csv`.
    pub fn interval_of_best(self, row: &BestRow) -> Ends {
        match self {
            Measure::Auc => (row.auc_ci_low, row.auc_ci_high),
            Measure::F1 => (row.ci_low, row.ci_high),
            Measure::Yes => (None, None),
        }
    }

    /// Its change in a row of `draws.csv`.
    pub fn of_draw(self, row: &DrawRow) -> Option<f64> {
        match self {
            Measure::Auc => row.auc_change,
            Measure::F1 => row.change_pct,
            Measure::Yes => row.yes_change,
        }
    }
}
