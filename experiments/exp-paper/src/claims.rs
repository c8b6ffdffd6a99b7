//! The published claims, each with a decision rule that was fixed before any result was looked at.
//!
//! A claim is a row of [`CLAIMS`]: what was published, the rule, and a pure function from the tables of a run to one
//! measurement per picture set or emotion. The rules are choices of this program; METHODS.md lists them.

mod attention;
mod catalogue;
mod lesion;
mod lookup;
mod overlap;
mod table1;
#[cfg(test)]
mod testing;
mod tuning;

use std::collections::BTreeSet;

use anyhow::Result;
use figures::Verdict;
use stats::benjamini_hochberg::q_values;
use stats::bootstrap::Bootstrap;
use stimuli::Kind;
use study::comparison::ALPHA;
use study::config::SelectionPictures;
use study::rows::{ClaimRow, SweepRow, TestRow};

pub use self::catalogue::CLAIMS;

/// The network that learned something.
pub const TRAINED: &str = "trained";

/// The tables by which claims are judged.
pub struct Evidence<'a> {
    /// Layers, first to last.
    pub layers: Vec<String>,
    /// Picture sets.
    pub sets: Vec<Set>,
    /// Name of the network's architecture.
    pub architecture: String,
    /// The pictures that decided which channels were changed.
    pub selection: SelectionPictures,
    /// `tests.csv` of the selectivity part.
    pub selectivity: &'a [TestRow],
    /// `tests.csv` of the generalization part.
    pub generalization: &'a [TestRow],
    /// `tests.csv` of the lesion part.
    pub lesion: &'a [TestRow],
    /// `sweep.csv` of the lesion part.
    pub lesions: &'a [SweepRow],
    /// `tests.csv` of the attention part.
    pub attention: &'a [TestRow],
    /// `sweep.csv` of the attention part.
    pub gains: &'a [SweepRow],
    /// Resamples and seed of every interval over splits.
    pub bootstrap: Bootstrap,
}

/// A picture set, as far as claims depend on it.
pub struct Set {
    /// The name in tables.
    pub name: String,
    /// What it is; nothing for pictures that the program drew.
    pub kind: Option<Kind>,
}

/// A published claim.
pub struct Claim {
    /// A short name that never changes.
    pub id: &'static str,
    /// What was published, in a sentence.
    pub statement: &'static str,
    /// Where.
    pub source: &'static str,
    /// When it counts as reached.
    pub rule: &'static str,
    /// What it takes to judge it.
    pub about: About,
    decision: Decision,
    judge: fn(&Evidence<'_>) -> Result<Vec<Measurement>>,
}

/// What a claim is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// Responses alone.
    Responses,
    /// What heads answer, intact or under an intervention.
    Heads,
}

/// How a measurement becomes a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// It must point the right way, with q below [`ALPHA`].
    Significant,
    /// It must fit by itself.
    Fit,
}

/// What a run says about a claim at one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measurement {
    /// Set and emotion.
    place: String,
    /// What is estimated, with its unit.
    quantity: String,
    /// The published value, where the claim is one.
    published: Option<f64>,
    /// Nothing where the claim cannot be tested here.
    found: Option<Found>,
    /// What a reader should know; why it cannot be tested.
    remark: String,
}

/// An estimate of this run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Found {
    estimate: f64,
    interval: Option<(f64, f64)>,
    /// Where 95 % of shuffled labels or of control groups lie.
    null: Option<(f64, f64)>,
    p: Option<f64>,
    /// Control groups among which the rank of the estimate gives p, where that is how.
    draws: Option<usize>,
    /// Whether the estimate lies where the claim puts it.
    fits: bool,
}

/// Every claim at every place, in the order of [`CLAIMS`]; a claim without any place is not testable.
///
/// # Errors
/// Numbers that are not finite, which tables do not hold.
pub fn judge(evidence: &Evidence<'_>) -> Result<Vec<ClaimRow>> {
    let mut rows = Vec::new();
    for claim in &CLAIMS {
        let mut measurements = (claim.judge)(evidence)?;
        if measurements.is_empty() {
            let remark = "the tables hold nothing about it".into();
            measurements.push(Measurement { place: "all".into(), remark, ..Measurement::default() });
        }
        rows.extend(decide(claim, measurements)?);
    }
    Ok(rows)
}

/// Whether intact heads recognise their emotion at any place, without which no claim about heads can be tested.
pub fn any_recognised(evidence: &Evidence<'_>) -> bool {
    evidence.places().any(|(set, emotion)| lookup::recognised(evidence.lesion, set, emotion).is_ok())
}

/// Corrects p over the places of a claim and draws the verdicts.
fn decide(claim: &Claim, measurements: Vec<Measurement>) -> Result<Vec<ClaimRow>> {
    let p: Vec<f64> = measurements.iter().filter_map(|one| one.found?.p).collect();
    let mut q = q_values(&p)?.into_iter();
    let row = |one: Measurement| {
        let found = one.found;
        let q = found.and_then(|found| found.p).and_then(|_| q.next());
        ClaimRow {
            claim: claim.id.into(),
            statement: claim.statement.into(),
            source: claim.source.into(),
            rule: claim.rule.into(),
            place: one.place,
            quantity: one.quantity,
            published: one.published,
            estimate: found.map(|found| found.estimate),
            ci_low: found.and_then(|found| found.interval).map(|(low, _)| low),
            ci_high: found.and_then(|found| found.interval).map(|(_, high)| high),
            null_low: found.and_then(|found| found.null).map(|(low, _)| low),
            null_high: found.and_then(|found| found.null).map(|(_, high)| high),
            p: found.and_then(|found| found.p),
            q,
            verdict: verdict(claim.decision, found, q).words().into(),
            remark: one.remark,
        }
    };
    Ok(measurements.into_iter().map(row).collect())
}

fn verdict(decision: Decision, found: Option<Found>, q: Option<f64>) -> Verdict {
    let Some(found) = found else { return Verdict::NotTestable };
    let sure = found.fits && q.is_some_and(|q| q < ALPHA);
    let reached = match decision {
        Decision::Significant => sure,
        Decision::Fit => found.fits,
    };
    if reached { Verdict::Reached } else { Verdict::NotReached }
}

impl Measurement {
    /// A place where a claim cannot be tested.
    fn impossible(place: String, quantity: &str, published: Option<f64>, reason: &str) -> Self {
        Self { place, quantity: quantity.into(), published, found: None, remark: reason.into() }
    }
}

impl Evidence<'_> {
    /// Every emotion in every set, own heads on own pictures.
    fn places(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let sets = self.sets.iter().map(|set| set.name.as_str());
        sets.flat_map(|set| study::Experiment::emotions().map(|emotion| (set, emotion)))
    }

    /// The networks of a table that learned nothing.
    fn untrained<'b>(&self, tests: &'b [TestRow]) -> Vec<&'b str> {
        let names: BTreeSet<&str> = tests.iter().map(|test| test.network.as_str()).collect();
        names.into_iter().filter(|name| *name != TRAINED).collect()
    }
}

fn named(set: &str, emotion: &str) -> String {
    format!("{emotion}, {set}")
}

#[cfg(test)]
mod tests {
    use super::testing::{evidence, full};
    use super::*;

    #[test]
    fn without_any_row_every_claim_is_there_and_none_is_testable() {
        let rows = judge(&evidence()).expect("nothing to compute");
        for claim in &CLAIMS {
            let own: Vec<&ClaimRow> = rows.iter().filter(|row| row.claim == claim.id).collect();
            assert!(!own.is_empty(), "{}", claim.id);
            for row in own {
                assert_eq!((row.verdict.as_str(), row.estimate), ("not testable here", None), "{}", claim.id);
                assert!(!row.remark.is_empty(), "{}: a reason is given", claim.id);
            }
        }
        assert_eq!(rows.iter().filter(|row| row.claim.starts_with("table-1")).count(), 18, "all of Table 1");
    }

    #[test]
    fn effects_as_published_reach_every_claim_about_effects() {
        let tables = full();
        let rows = judge(&tables.evidence()).expect("finite");
        for row in rows.iter().filter(|row| !row.claim.starts_with("table-1")) {
            assert_eq!(row.verdict, "reached", "{row:?}");
            assert!(row.estimate.is_some(), "{row:?}");
            assert!(row.p.is_some() || row.claim == "lesion-random", "{row:?}");
        }
    }

    #[test]
    fn the_opposite_of_every_effect_reaches_none_of_them() {
        let tables = full().reversed();
        let rows = judge(&tables.evidence()).expect("finite");
        for row in rows.iter().filter(|row| !row.claim.starts_with("table-1")) {
            assert_eq!(row.verdict, "not reached", "{row:?}");
        }
    }

    #[test]
    fn nothing_is_said_where_heads_do_not_recognise_the_emotion() {
        let tables = full().blind();
        let rows = judge(&tables.evidence()).expect("finite");
        assert!(!any_recognised(&tables.evidence()) && any_recognised(&full().evidence()));
        let about_heads = |row: &&ClaimRow| row.claim.starts_with("lesion") || row.claim.starts_with("gain");
        assert!(rows.iter().any(|row| about_heads(&row)));
        for row in rows.iter().filter(about_heads) {
            assert_eq!(row.verdict, "not testable here", "{row:?}");
            assert!(row.remark.starts_with("heads do not recognise this emotion"), "{}", row.remark);
        }
    }

    #[test]
    fn a_selection_that_saw_the_test_pictures_is_named_beside_the_verdict() {
        let tables = full();
        let evidence = Evidence { selection: SelectionPictures::All, ..tables.evidence() };
        let rows = judge(&evidence).expect("finite");
        let warned = |row: &&ClaimRow| row.remark.contains("test pictures helped to choose the channels");
        let warned: BTreeSet<&str> = rows.iter().filter(warned).map(|row| row.claim.as_str()).collect();
        let about_heads =
            CLAIMS.iter().map(|claim| claim.id).filter(|id| id.starts_with("lesion") || id.starts_with("gain"));
        assert_eq!(warned, about_heads.collect());
    }

    #[test]
    fn what_so_few_draws_could_never_reach_is_not_testable() {
        let verdicts = |draws: usize| {
            let rows = judge(&full().with_draws(draws).evidence()).expect("finite");
            let by_rank = |row: &ClaimRow| {
                let swept = row.claim.starts_with("lesion-") || row.claim.starts_with("gain-");
                swept && row.claim != "lesion-random"
            };
            rows.into_iter().filter(by_rank).collect::<Vec<ClaimRow>>()
        };
        let few = verdicts(19);
        assert!(few.len() > 30, "{}", few.len());
        for row in &few {
            assert_eq!((row.verdict.as_str(), row.estimate), ("not testable here", None), "{row:?}");
            assert!(row.remark.starts_with("too few draws: with 19 of them p cannot fall below 0.050"), "{row:?}");
        }
        assert!(verdicts(20).iter().all(|row| row.verdict != "not testable here" && row.estimate.is_some()));
    }

    #[test]
    fn a_verdict_needs_direction_and_certainty() {
        let found = |fits| Some(Found { fits, ..Found::default() });
        let check = |decision, fits, q, expected| assert_eq!(verdict(decision, found(fits), q), expected);
        check(Decision::Significant, true, Some(0.01), Verdict::Reached);
        check(Decision::Significant, true, Some(0.05), Verdict::NotReached);
        check(Decision::Significant, true, None, Verdict::NotReached);
        check(Decision::Significant, false, Some(0.01), Verdict::NotReached);
        check(Decision::Fit, true, None, Verdict::Reached);
        assert_eq!(verdict(Decision::Fit, None, None), Verdict::NotTestable);
    }
}
