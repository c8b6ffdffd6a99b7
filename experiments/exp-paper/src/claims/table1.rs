//! Table 1 of Liu et al. (2024): F1 of the intact, the best enhanced and the worst lesioned network.
//!
//! The published values are about IAPS and NAPS and a VGG-16 that learned ImageNet; with anything else they cannot be
//! tested.

use std::collections::BTreeMap;

use anyhow::Result;
use stats::bootstrap::Bootstrap;
use stimuli::Kind;
use study::Experiment;
use study::comparison::mean;
use study::groups::SELECTIVE;
use study::rows::SweepRow;

use super::lookup::recognised;
use super::{Evidence, Found, Measurement, TRAINED, named};

pub(super) const RULE: &str =
    "within ±.08 of the published value: twice the standard error of one split's F1 with about 257 test pictures";
const TOLERANCE: f64 = 0.08;

/// A row of the table, in the order of [`Experiment::emotions`]: the set, and F1 per emotion.
struct Published {
    kind: Kind,
    name: &'static str,
    original: [f64; 3],
    enhanced: [f64; 3],
    lesioned: [f64; 3],
}

const PUBLISHED: [Published; 2] = [
    Published {
        kind: Kind::Iaps,
        name: "IAPS",
        original: [0.70, 0.63, 0.62],
        enhanced: [0.73, 0.69, 0.69],
        lesioned: [0.56, 0.26, 0.13],
    },
    Published {
        kind: Kind::Naps,
        name: "NAPS",
        original: [0.70, 0.63, 0.67],
        enhanced: [0.72, 0.67, 0.71],
        lesioned: [0.49, 0.25, 0.41],
    },
];

/// F1 of every split of one condition.
type Splits = Vec<f64>;

pub(super) fn original(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_table(
        evidence,
        "F1, mean over splits",
        |published| published.original,
        |set, emotion| {
            let splits = conditions(evidence.lesions, set, emotion, |row| row.base_f1);
            splits.into_values().next().map(|splits| (splits, String::new()))
        },
    )
}

pub(super) fn enhanced(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_table(
        evidence,
        "highest F1 over layers and gains, mean over splits",
        |published| published.enhanced,
        |set, emotion| {
            let all = conditions(evidence.gains, set, emotion, |row| row.f1);
            let best = all.into_iter().max_by(|(_, one), (_, other)| mean(one).total_cmp(&mean(other)));
            best.map(|((layer, slope), splits)| (splits, format!("{layer} at slope {}", f64::from_bits(slope))))
        },
    )
}

pub(super) fn lesioned(evidence: &Evidence<'_>) -> Result<Vec<Measurement>> {
    of_table(
        evidence,
        "lowest F1 over layers, mean over splits",
        |published| published.lesioned,
        |set, emotion| {
            let all = conditions(evidence.lesions, set, emotion, |row| row.f1);
            let worst = all.into_iter().min_by(|(_, one), (_, other)| mean(one).total_cmp(&mean(other)));
            worst.map(|((layer, _), splits)| (splits, layer))
        },
    )
}

fn of_table(
    evidence: &Evidence<'_>,
    quantity: &str,
    column: impl Fn(&Published) -> [f64; 3],
    splits: impl Fn(&str, &str) -> Option<(Splits, String)>,
) -> Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    for published in &PUBLISHED {
        for (emotion, value) in Experiment::emotions().into_iter().zip(column(published)) {
            let set = evidence.sets.iter().find(|set| set.kind == Some(published.kind));
            let place = named(set.map_or(published.name, |set| &set.name), emotion);
            let found = match (set, evidence.architecture.as_str()) {
                (None, _) => Err(format!("needs the pictures of {}", published.name)),
                (Some(set), "vgg16") => recognised(evidence.lesion, &set.name, emotion)
                    .and_then(|()| splits(&set.name, emotion).ok_or("no row of that head".to_string())),
                (Some(_), _) => Err("needs a VGG-16 that learned ImageNet".to_string()),
            };
            measurements.push(match found {
                Err(reason) => Measurement::impossible(place, quantity, Some(value), &reason),
                Ok((splits, remark)) => {
                    let found = Some(compare(&splits, value, &evidence.bootstrap)?);
                    Measurement { place, quantity: quantity.into(), published: Some(value), found, remark }
                }
            });
        }
    }
    Ok(measurements)
}

/// The mean over splits with its interval. One split has no spread, and p has no meaning here: both are left empty.
fn compare(splits: &Splits, published: f64, bootstrap: &Bootstrap) -> Result<Found> {
    let interval = bootstrap.mean(splits)?;
    let fits = (interval.estimate - published).abs() <= TOLERANCE;
    let several = splits.len() > 1;
    let interval_of_several = several.then_some((interval.low, interval.high));
    Ok(Found { estimate: interval.estimate, interval: interval_of_several, null: None, p: None, draws: None, fits })
}

/// The splits of every layer and slope, the selective channels of an emotion being changed and its own head read.
fn conditions(
    rows: &[SweepRow],
    set: &str,
    emotion: &str,
    value: impl Fn(&SweepRow) -> f64,
) -> BTreeMap<(String, u64), Splits> {
    let mut conditions: BTreeMap<_, Splits> = BTreeMap::new();
    let own = |row: &&SweepRow| row.emotion == emotion && row.task == emotion && row.group == SELECTIVE;
    let rows = rows.iter().filter(|row| row.network == TRAINED && row.set_train == set && row.set_test == set);
    for row in rows.filter(own) {
        conditions.entry((row.layer.clone(), row.gain.to_bits())).or_default().push(value(row));
    }
    conditions
}

#[cfg(test)]
mod tests {
    use super::super::testing::{evidence, full};
    use super::*;

    #[test]
    fn drawn_pictures_cannot_test_the_table_and_other_networks_neither() {
        for found in original(&evidence()).expect("no number") {
            assert_eq!((found.found, found.remark.starts_with("needs the pictures of")), (None, true));
        }
        let tables = full();
        let mut evidence = tables.evidence();
        evidence.sets[0].kind = Some(Kind::Iaps);
        evidence.architecture = "vgg16-demo".into();
        let found = original(&evidence).expect("no number");
        assert_eq!(found[0].remark, "needs a VGG-16 that learned ImageNet");
        assert_eq!(found[3].remark, "needs the pictures of NAPS");
    }

    #[test]
    fn with_the_papers_pictures_values_are_compared() {
        let tables = full();
        let mut evidence = tables.evidence();
        evidence.sets[0].kind = Some(Kind::Iaps);
        evidence.architecture = "vgg16".into();
        let f1 = |found: &Measurement| found.found.expect("testable").estimate;
        assert_eq!(f1(&original(&evidence).expect("finite")[0]), 0.6);
        let (best, worst) = (enhanced(&evidence).expect("finite"), lesioned(&evidence).expect("finite"));
        assert!(f1(&best[0]) > 0.6 && f1(&worst[0]) < 0.6);
        assert!(best[0].remark.contains("slope 1.5") && worst[0].remark == "conv5", "{best:?} {worst:?}");
        assert!(!original(&evidence).expect("finite")[0].found.expect("testable").fits, ".60 is not within .08 of .70");
        assert!(original(&evidence).expect("finite")[1].found.expect("testable").fits, ".60 is within .08 of .63");
    }
}
