//! The statistics of an attention sweep: every group at its best gain against random groups at theirs.

use std::collections::BTreeMap;

use anyhow::Result;
use stats::empirical::Alternative;
use study::comparison::{self, Effect, Place};
use study::rows::{BestRow, TestRow};

/// The pictures on which a gain was chosen, in the order of their weight: the primary choice first.
pub const CHOICES: [&str; 2] = ["validation", "test"];
/// The group that a uniform slope is for.
pub const SELECTIVE: &str = "selective";

/// Lower and upper end of an interval, as far as they are known.
type Ends = (Option<f64>, Option<f64>);

/// Best changes of one place: the selective group and the draws of every control.
#[derive(Default)]
struct Changes {
    selective: Option<(f64, Ends)>,
    controls: BTreeMap<String, Vec<f64>>,
}

/// What a comparison is called in `tests.csv`.
pub fn comparison(chosen_on: &str, control: &str) -> String {
    format!("best gain chosen on {chosen_on}, selective against {control} channels: change of F1 (%)")
}

/// How a pair of sets is called: the set's name, or `trained → tested` for heads that read another set.
pub fn pair(train: &str, test: &str) -> String {
    if train == test { test.into() } else { format!("{train} → {test}") }
}

/// One row per network, pair of sets, layer, emotion, choice of gain and control, for the emotion's own head. q is
/// corrected over all layers, emotions and pairs of sets of one network, choice and control.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(best: &[BestRow]) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    for ((place, chosen_on), changes) in collect(best) {
        let Some((estimate, interval)) = changes.selective else { continue };
        for (control, null) in &changes.controls {
            let effect = Effect { estimate, interval, null, single: (&[estimate], null) };
            let name = comparison(&chosen_on, control);
            tests.extend(comparison::test(&place, name, effect, Alternative::Greater)?);
        }
    }
    comparison::correct(&mut tests)?;
    Ok(tests)
}

fn collect(best: &[BestRow]) -> BTreeMap<(Place, String), Changes> {
    let mut places: BTreeMap<(Place, String), Changes> = BTreeMap::new();
    for row in best.iter().filter(|row| row.task == row.emotion) {
        let Some(change) = row.change_pct else { continue };
        let place = Place {
            network: row.network.clone(),
            set: pair(&row.set_train, &row.set_test),
            layer: row.layer.clone(),
            emotion: row.emotion.clone(),
            task: row.task.clone(),
        };
        let changes = places.entry((place, row.chosen_on.clone())).or_default();
        match row.draw {
            Some(_) => changes.controls.entry(row.group.clone()).or_default().push(change),
            None if row.group == SELECTIVE => changes.selective = Some((change, (row.ci_low, row.ci_high))),
            None => {}
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, draw: Option<usize>, change: Option<f64>) -> BestRow {
        BestRow {
            network: "trained".into(),
            set_train: "a".into(),
            set_test: "b".into(),
            task: "pleasant".into(),
            layer: "conv5_3".into(),
            emotion: "pleasant".into(),
            group: group.into(),
            draw,
            chosen_on: "validation".into(),
            gain: 2.0,
            change_pct: change,
            ci_low: draw.is_none().then_some(1.0),
            ci_high: draw.is_none().then_some(9.0),
        }
    }

    #[test]
    fn the_selective_group_is_compared_with_every_draw_at_its_own_best() {
        let mut rows = vec![row("selective", None, Some(5.0)), row("tuning", None, Some(50.0))];
        rows.extend((0..9).map(|draw| row("random", Some(draw), Some(draw as f64))));
        let tests = tests(&rows).expect("finite");
        assert_eq!(tests.len(), 1);
        let test = &tests[0];
        assert_eq!((test.set.as_str(), test.estimate, test.control_mean, test.n), ("a → b", 5.0, Some(4.0), 9));
        assert_eq!((test.p, test.q), (Some(0.5), Some(0.5)), "5 to 8 of 9 draws are as high");
        assert_eq!((test.ci_low, test.ci_high), (Some(1.0), Some(9.0)));
    }

    #[test]
    fn without_a_change_there_is_no_row() {
        assert_eq!(tests(&[row("selective", None, None), row("random", Some(0), Some(1.0))]).expect("none"), []);
    }
}
