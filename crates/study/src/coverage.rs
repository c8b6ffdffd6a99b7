//! How much of a sweep is there, where its report is made before its end.
//!
//! Chunks are computed in rounds: the selective groups with the first draws at every site of every network, then further
//! draws of all of them. How many draws there are depends on when a run was stopped and on nothing that was found, so a
//! comparison with the draws that are there holds its level; more rounds only sharpen it. A statement about all layers
//! needs a value at every layer, so it is made when the first round is complete.

use std::collections::BTreeSet;

use crate::driver::Work;
use crate::over_layers::ALL_LAYERS;
use crate::recognition::RECOGNITION;
use crate::rows::TestRow;

/// What is there of a sweep that is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Chunks that are there.
    pub computed: usize,
    /// Chunks of the plan.
    pub planned: usize,
    /// Rounds of which no chunk is missing, from the first on.
    pub rounds: usize,
    /// Rounds of the plan.
    pub planned_rounds: usize,
}

impl Coverage {
    /// Nothing where no chunk is missing.
    pub fn new<P>(works: &[Work<P>], missing: &[String]) -> Option<Self> {
        let missing: BTreeSet<&str> = missing.iter().map(String::as_str).collect();
        let open = works.iter().filter(|work| missing.contains(work.id.as_str()));
        let rounds = open.map(|work| work.round).min()?;
        Some(Self {
            computed: works.len() - missing.len(),
            planned: works.len(),
            rounds,
            planned_rounds: 1 + works.iter().map(|work| work.round).max().unwrap_or(0),
        })
    }

    /// Whether some layer has nothing yet.
    pub fn is_early(self) -> bool {
        self.rounds == 0
    }

    /// What stands above everything that is said of such a run.
    pub fn sentence(self) -> String {
        let Self { computed, planned, rounds, planned_rounds } = self;
        let of_layers = match rounds {
            0 => " The first round is not complete, so nothing is said of all layers together.",
            _ => "",
        };
        format!(
            "PARTIAL RUN: {computed} of {planned} chunks are computed, {rounds} of {planned_rounds} rounds are complete. Every \
             comparison stands on the draws that are there (n in tests.csv); p and intervals sharpen as the run goes on.\
             {of_layers}"
        )
    }
}

/// The rows of `tests.csv` that may be said: in a run whose first round is not complete, none about all layers.
pub fn sayable(tests: Vec<TestRow>, early: bool) -> Vec<TestRow> {
    let about_all = |test: &TestRow| test.layer == ALL_LAYERS && test.comparison != RECOGNITION;
    tests.into_iter().filter(|test| !(early && about_all(test))).collect()
}

/// On how many draws comparisons stand, in words: `39`, or `25 to 50`; empty where none was compared with draws.
pub fn draws_in_words<'a>(tests: impl IntoIterator<Item = &'a TestRow>) -> String {
    let compared = tests.into_iter().filter(|test| test.control_low.is_some());
    let counts: BTreeSet<usize> = compared.map(|test| test.n).collect();
    match (counts.first(), counts.last()) {
        (Some(least), Some(most)) if least != most => format!("{least} to {most}"),
        (Some(count), _) => count.to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Tables;

    fn works() -> Vec<Work<()>> {
        let work = |(layer, round)| Work::new(format!("l{layer}-r{round}"), round, 1, |_| Ok(Tables::empty(&[])));
        (0..2).flat_map(|layer| (0..3).map(move |round| (layer, round))).map(work).collect()
    }

    fn without(missing: &[&str]) -> Option<Coverage> {
        Coverage::new(&works(), &missing.iter().map(|&id| id.into()).collect::<Vec<_>>())
    }

    fn row(layer: &str, comparison: &str, n: usize) -> TestRow {
        let (layer, comparison) = (layer.into(), comparison.into());
        TestRow { layer, comparison, n, control_low: Some(0.0), ..TestRow::default() }
    }

    #[test]
    fn rounds_count_from_the_first_on() {
        assert_eq!(without(&[]), None, "a whole run");
        let late = without(&["l1-r2"]).expect("one is missing");
        assert_eq!(late, Coverage { computed: 5, planned: 6, rounds: 2, planned_rounds: 3 });
        assert_eq!(without(&["l0-r1", "l0-r2", "l1-r2"]).map(|coverage| coverage.rounds), Some(1));
        let early = without(&["l1-r0"]).expect("one is missing");
        assert!(
            early.sentence().contains("0 of 3 rounds") && early.sentence().contains("nothing is said of all layers")
        );
        assert!(!late.sentence().contains("nothing is said") && early.is_early() && !late.is_early());
    }

    #[test]
    fn before_the_first_round_is_complete_only_single_layers_and_heads_are_judged() {
        let tests = vec![row("conv1", "a", 9), row(ALL_LAYERS, "a", 9), row(ALL_LAYERS, RECOGNITION, 4)];
        assert_eq!(sayable(tests.clone(), true), [tests[0].clone(), tests[2].clone()]);
        assert_eq!(sayable(tests.clone(), false), tests);
    }

    #[test]
    fn draws_are_those_that_stand_behind_rows() {
        assert_eq!(draws_in_words(&[row("a", "x", 9), row("b", "x", 9)]), "9");
        assert_eq!(draws_in_words(&[row("a", "x", 25), row("b", "x", 50), row("c", "x", 25)]), "25 to 50");
        assert_eq!(draws_in_words(&[TestRow::default()]), "");
    }
}
