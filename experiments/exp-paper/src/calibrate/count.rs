//! Verdicts of many repetitions, counted.

use anyhow::Result;
use figures::Verdict;
use stats::binomial::exact_interval;
use study::rows::{CalibrationRow, ClaimRow};

use crate::claims::{About, CLAIMS};

/// What one labelling gave.
pub struct Repetition {
    /// Its claims.
    pub claims: Vec<ClaimRow>,
    /// Which of them were looked at.
    pub judged: Judged,
}

/// What claims of a repetition are about, as far as they were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judged {
    /// Responses alone: nothing was swept.
    Responses,
    /// Lesions and gains alone: labels were shuffled only where they choose channels.
    Heads,
    /// Both.
    All,
}

impl Judged {
    fn covers(self, about: About) -> bool {
        match self {
            Judged::Responses => about == About::Responses,
            Judged::Heads => about != About::Responses,
            Judged::All => true,
        }
    }
}

/// A row per claim that any labelling was about.
///
/// # Errors
/// None for counts, which cannot exceed their total.
pub fn count(repetitions: &[Repetition]) -> Result<Vec<CalibrationRow>> {
    let mut rows = Vec::new();
    for claim in &CLAIMS {
        let own = |repetition: &&Repetition| repetition.judged.covers(claim.about);
        let verdicts: Vec<Vec<&str>> = repetitions.iter().filter(own).map(|one| one.verdicts(claim.id)).collect();
        if verdicts.is_empty() {
            continue;
        }
        let labellings = verdicts.len();
        let reached = verdicts.iter().filter(|of| of.contains(&Verdict::Reached.words())).count();
        let anywhere = |of: &&Vec<&str>| of.iter().any(|verdict| *verdict != Verdict::NotTestable.words());
        let testable = verdicts.iter().filter(anywhere).count();
        let (ci_low, ci_high) = exact_interval(reached, labellings)?;
        let rate = reached as f64 / labellings as f64;
        rows.push(CalibrationRow { claim: claim.id.into(), labellings, reached, rate, ci_low, ci_high, testable });
    }
    Ok(rows)
}

impl Repetition {
    fn verdicts(&self, claim: &str) -> Vec<&str> {
        self.claims.iter().filter(|row| row.claim == claim).map(|row| row.verdict.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_counts_once_per_labelling_and_only_where_it_was_looked_at() {
        let row = |claim: &str, verdict: &str| {
            let (claim, verdict) = (claim.to_string(), verdict.to_string());
            ClaimRow { claim, verdict, ..ClaimRow::default() }
        };
        let repetitions = [
            Repetition {
                claims: vec![
                    row("quality-rises", "reached"),
                    row("quality-rises", "reached"),
                    row("lesion-hurts", "not testable here"),
                ],
                judged: Judged::All,
            },
            Repetition {
                claims: vec![row("quality-rises", "not reached"), row("lesion-hurts", "not testable here")],
                judged: Judged::Responses,
            },
        ];
        let rows = count(&repetitions).expect("valid");
        let of = |claim: &str| rows.iter().find(|row| row.claim == claim).expect("a row");
        assert_eq!(
            (of("quality-rises").reached, of("quality-rises").labellings, of("quality-rises").rate),
            (1, 2, 0.5)
        );
        assert_eq!((of("lesion-hurts").labellings, of("lesion-hurts").testable), (1, 0));
        let heads = Repetition { claims: vec![row("lesion-hurts", "reached")], judged: Judged::Heads };
        let rows = count(&[heads]).expect("valid");
        assert!(rows.iter().all(|row| row.claim != "quality-rises"), "responses kept their true labels");
        assert!(rows.iter().any(|row| (row.claim.as_str(), row.reached) == ("lesion-hurts", 1)));
    }
}
