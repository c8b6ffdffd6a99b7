//! Three sentences made from the claims: what channels are tuned to, what they are needed for, and what that says of
//! the published claims.

use figures::Verdict;
use study::comparison::mean;
use study::rows::ClaimRow;

use crate::claims::CLAIMS;

/// The sentences at the top of the report.
pub fn sentences(claims: &[ClaimRow]) -> Vec<String> {
    vec![tuning(claims), interventions(claims), published(claims)]
}

/// The mean of a claim's estimates over its places; nothing where none could be tested.
fn estimate(claims: &[ClaimRow], id: &str) -> Option<f64> {
    let values: Vec<f64> = claims.iter().filter(|row| row.claim == id).filter_map(|row| row.estimate).collect();
    (!values.is_empty()).then(|| mean(&values))
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or("not measured".into(), |value| format!("{value:+.decimals$}").replace('-', "\u{2212}"))
}

/// How far something changed, with its unit.
fn by(value: Option<f64>, decimals: usize, unit: &str) -> String {
    value.map_or("by an unmeasured amount".into(), |_| format!("by {}{unit}", number(value, decimals)))
}

fn tuning(claims: &[ClaimRow]) -> String {
    format!(
        "In the trained network tuning quality correlates with depth by ρ = {} (untrained networks: {}), and channels keep \
         their emotion in the other picture set with a Jaccard index {} above chance (untrained networks: {}).",
        number(estimate(claims, "quality-rises"), 2),
        number(estimate(claims, "quality-flat-untrained"), 2),
        number(estimate(claims, "overlap-above-chance"), 3),
        number(estimate(claims, "overlap-untrained"), 3),
    )
}

fn interventions(claims: &[ClaimRow]) -> String {
    format!(
        "Silencing the channels selective for an emotion changed the AUC of its head {}; raising their gain to the value that \
         is best on validation pictures changed it {} on test pictures; silencing as many random channels changed F1 {} \
         (averages over layers, and over the emotions and sets whose heads recognise anything).",
        by(estimate(claims, "lesion-hurts"), 3, ""),
        by(estimate(claims, "gain-helps"), 3, ""),
        by(estimate(claims, "lesion-random"), 1, "\u{a0}%"),
    )
}

/// A claim counts as reached where it is reached at every place that can be tested.
fn published(claims: &[ClaimRow]) -> String {
    let verdicts = CLAIMS.iter().map(|claim| overall(claims.iter().filter(|row| row.claim == claim.id)));
    let verdicts: Vec<Verdict> = verdicts.collect();
    let count = |wanted| verdicts.iter().filter(|&&verdict| verdict == wanted).count();
    format!(
        "Of {} claims {} are reached at every set and emotion that can be tested, {} are not, and {} cannot be tested \
         here.",
        verdicts.len(),
        count(Verdict::Reached),
        count(Verdict::NotReached),
        count(Verdict::NotTestable),
    )
}

fn overall<'a>(rows: impl Iterator<Item = &'a ClaimRow>) -> Verdict {
    let verdicts: Vec<&str> = rows.map(|row| row.verdict.as_str()).collect();
    let any = |verdict: Verdict| verdicts.contains(&verdict.words());
    match (any(Verdict::NotReached), any(Verdict::Reached)) {
        (true, _) => Verdict::NotReached,
        (false, true) => Verdict::Reached,
        (false, false) => Verdict::NotTestable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(claim: &str, estimate: Option<f64>, verdict: Verdict) -> ClaimRow {
        ClaimRow { claim: claim.into(), estimate, verdict: verdict.words().into(), ..ClaimRow::default() }
    }

    #[test]
    fn sentences_are_made_from_the_rows() {
        let rows = [
            row("lesion-hurts", Some(-0.3), Verdict::Reached),
            row("lesion-hurts", Some(-0.4), Verdict::Reached),
            row("gain-helps", Some(0.02), Verdict::Reached),
            row("gain-helps", Some(-0.04), Verdict::NotReached),
        ];
        let [tuning, interventions, published] = sentences(&rows).try_into().expect("three sentences");
        assert!(tuning.contains("ρ = not measured"), "{tuning}");
        assert!(
            interventions.contains("its head by −0.350; raising")
                && interventions.contains("changed F1 by an unmeasured"),
            "{interventions}"
        );
        assert!(interventions.contains("changed it by −0.010 on test pictures"), "{interventions}");
        assert!(published.starts_with("Of 17 claims 1 are reached"), "{published}");
        assert!(published.contains("1 are not, and 15 cannot"), "{published}");
    }
}
