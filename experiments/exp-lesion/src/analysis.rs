//! The statistics of a lesion sweep: every lesion of selective channels against each kind of control.

use std::collections::BTreeMap;

use anyhow::Result;
use stats::empirical::Alternative;
use study::comparison::{self, Effect, Place, mean};
use study::rows::{SweepRow, TestRow};

/// Changes of F1 in % of one cell: per split for the selective group, per draw and split for every control.
#[derive(Default)]
struct Changes {
    selective: Vec<f64>,
    interval: (Option<f64>, Option<f64>),
    controls: BTreeMap<String, BTreeMap<usize, Vec<f64>>>,
}

/// What a comparison is called in `tests.csv`.
pub fn comparison(control: &str) -> String {
    format!("lesion of selective against {control} channels: change of F1 (%)")
}

/// The same, averaged over layers: few comparisons, so that few draws can be enough.
pub fn comparison_over_layers(control: &str) -> String {
    format!("{} as a mean over layers", comparison(control))
}

/// One row per network, set, layer, lesioned emotion, task and control, and one for the mean over layers. A cell whose head finds nothing even with the
/// network intact has no change, and no row. q is corrected over all layers, emotions and sets of one network and
/// control, apart for the task's own emotion and for the others.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(rows: &[SweepRow]) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    let cells = collect(rows);
    let over_layers = mean_over_layers(&cells);
    let names: [fn(&str) -> String; 2] = [comparison, comparison_over_layers];
    for (cells, name) in [&cells, &over_layers].into_iter().zip(names) {
        for (cell, changes) in cells {
            for (control, draws) in &changes.controls {
                tests.extend(test(cell, changes, name(control), draws)?);
            }
        }
    }
    comparison::correct(&mut tests)?;
    Ok(tests)
}

fn collect(rows: &[SweepRow]) -> BTreeMap<Place, Changes> {
    let mut cells: BTreeMap<Place, Changes> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.set_train == row.set_test) {
        let cell = Place {
            network: row.network.clone(),
            set: row.set_test.clone(),
            layer: row.layer.clone(),
            emotion: row.emotion.clone(),
            task: row.task.clone(),
        };
        let changes = cells.entry(cell).or_default();
        let Some(change) = row.change_pct else { continue };
        match row.draw {
            None => {
                changes.selective.push(change);
                changes.interval = (row.ci_low, row.ci_high);
            }
            Some(draw) => {
                changes.controls.entry(row.group.clone()).or_default().entry(draw).or_default().push(change);
            }
        }
    }
    cells
}

/// The mean changes of all layers of a network, set, emotion and task, as if they were splits of one cell. Draws of the
/// same number belong together; layers without selective channels have none.
fn mean_over_layers(cells: &BTreeMap<Place, Changes>) -> BTreeMap<Place, Changes> {
    let mut over_layers: BTreeMap<Place, Changes> = BTreeMap::new();
    for (cell, changes) in cells.iter().filter(|(_, changes)| !changes.selective.is_empty()) {
        let all = over_layers.entry(Place { layer: "all".into(), ..cell.clone() }).or_default();
        all.selective.push(mean(&changes.selective));
        for (control, draws) in &changes.controls {
            for (&draw, splits) in draws {
                all.controls.entry(control.clone()).or_default().entry(draw).or_default().push(mean(splits));
            }
        }
    }
    over_layers
}

fn test(
    cell: &Place,
    changes: &Changes,
    comparison: String,
    draws: &BTreeMap<usize, Vec<f64>>,
) -> Result<Option<TestRow>> {
    let null: Vec<f64> = draws.values().map(|splits| mean(splits)).collect();
    let single: Vec<f64> = draws.values().flatten().copied().collect();
    let effect = Effect {
        estimate: mean(&changes.selective),
        interval: changes.interval,
        null: &null,
        single: (&changes.selective, &single),
    };
    Ok(comparison::test(cell, comparison, effect, Alternative::Less)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(group: &str, draw: Option<usize>, split: usize, change: Option<f64>) -> SweepRow {
        SweepRow {
            network: "trained".into(),
            set_train: "a".into(),
            set_test: "a".into(),
            task: "pleasant".into(),
            layer: "conv5_3".into(),
            emotion: "pleasant".into(),
            group: group.into(),
            draw,
            split_seed: split,
            gain: 0.0,
            n_units: 3,
            tp: 1,
            fp: 1,
            tn: 1,
            r#fn: 1,
            f1: 0.5,
            accuracy: Some(0.5),
            balanced_accuracy: Some(0.5),
            auc: Some(0.5),
            dprime: Some(0.0),
            base_f1: 0.5,
            change_pct: change,
            ci_low: draw.is_none().then_some(-60.0),
            ci_high: draw.is_none().then_some(-40.0),
        }
    }

    #[test]
    fn a_clear_effect_has_the_smallest_p_that_the_draws_allow() {
        let mut rows = vec![row("selective", None, 0, Some(-40.0)), row("selective", None, 1, Some(-60.0))];
        for draw in 0..9 {
            rows.push(row("random", Some(draw), 0, Some(draw as f64)));
            rows.push(row("random", Some(draw), 1, Some(-(draw as f64))));
        }
        let tests = tests(&rows).expect("finite");
        assert_eq!(tests.len(), 2);
        assert_eq!((tests[1].layer.as_str(), tests[1].estimate), ("all", -50.0), "one layer is its own mean");
        let test = &tests[0];
        assert_eq!((test.estimate, test.control_mean, test.n), (-50.0, Some(0.0), 9));
        assert_eq!((test.p, test.q, test.cliffs_delta), (Some(0.1), Some(0.1), Some(-1.0)));
        assert_eq!((test.ci_low, test.ci_high), (Some(-60.0), Some(-40.0)));
        assert_eq!(test.z, None, "all draws have the same mean");
    }

    #[test]
    fn a_head_that_finds_nothing_has_no_row() {
        let rows = [row("selective", None, 0, None), row("random", Some(0), 0, None)];
        assert_eq!(tests(&rows).expect("nothing to test"), []);
    }
}
