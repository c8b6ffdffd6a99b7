//! The statistics of a lesion sweep: every lesion of selective channels against each kind of control.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use stats::benjamini_hochberg::q_values;
use stats::empirical::{Alternative, cliffs_delta, empirical_p, z_score};
use stats::quantile::quantiles;
use study::rows::{SweepRow, TestRow};

/// The name of the group under test.
pub const SELECTIVE: &str = "selective";

/// Where a lesion was made and what was read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    network: String,
    set: String,
    layer: String,
    emotion: String,
    task: String,
}

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

/// One row per network, set, layer, lesioned emotion, task and control. A cell whose head finds nothing even with the
/// network intact has no change, and no row. q is corrected over all layers, emotions and sets of one network and
/// control, apart for the task's own emotion and for the others.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(rows: &[SweepRow]) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    for (cell, changes) in collect(rows) {
        for (control, draws) in &changes.controls {
            tests.extend(test(&cell, &changes, control, draws)?);
        }
    }
    correct(&mut tests)?;
    Ok(tests)
}

fn collect(rows: &[SweepRow]) -> BTreeMap<Cell, Changes> {
    let mut cells: BTreeMap<Cell, Changes> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.set_train == row.set_test) {
        let cell = Cell {
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

fn test(cell: &Cell, changes: &Changes, control: &str, draws: &BTreeMap<usize, Vec<f64>>) -> Result<Option<TestRow>> {
    if changes.selective.is_empty() || draws.is_empty() {
        return Ok(None);
    }
    let estimate = mean(&changes.selective);
    let null: Vec<f64> = draws.values().map(|splits| mean(splits)).collect();
    let single: Vec<f64> = draws.values().flatten().copied().collect();
    let [low, high] = quantiles(&null, [0.025, 0.975])?;
    Ok(Some(TestRow {
        network: cell.network.clone(),
        set: cell.set.clone(),
        comparison: comparison(control),
        layer: cell.layer.clone(),
        emotion: cell.emotion.clone(),
        task: cell.task.clone(),
        estimate,
        ci_low: changes.interval.0,
        ci_high: changes.interval.1,
        control_mean: Some(mean(&null)),
        control_low: Some(low),
        control_high: Some(high),
        p: Some(empirical_p(estimate, &null, Alternative::Less)?),
        q: None,
        z: z_score(estimate, &null)?,
        cliffs_delta: Some(cliffs_delta(&changes.selective, &single)?),
        n: null.len(),
    }))
}

fn correct(tests: &mut [TestRow]) -> Result<()> {
    let family = |test: &TestRow| (test.network.clone(), test.comparison.clone(), test.emotion == test.task);
    let families: BTreeSet<_> = tests.iter().map(family).collect();
    for name in families {
        let members: Vec<usize> = (0..tests.len()).filter(|&index| family(&tests[index]) == name).collect();
        let p: Vec<f64> = members.iter().filter_map(|&index| tests[index].p).collect();
        for (&index, q) in members.iter().zip(q_values(&p)?) {
            tests[index].q = Some(q);
        }
    }
    Ok(())
}

/// Arithmetic mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
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
        let mut rows = vec![row(SELECTIVE, None, 0, Some(-40.0)), row(SELECTIVE, None, 1, Some(-60.0))];
        for draw in 0..9 {
            rows.push(row("random", Some(draw), 0, Some(draw as f64)));
            rows.push(row("random", Some(draw), 1, Some(-(draw as f64))));
        }
        let tests = tests(&rows).expect("finite");
        assert_eq!(tests.len(), 1);
        let test = &tests[0];
        assert_eq!((test.estimate, test.control_mean, test.n), (-50.0, Some(0.0), 9));
        assert_eq!((test.p, test.q, test.cliffs_delta), (Some(0.1), Some(0.1), Some(-1.0)));
        assert_eq!((test.ci_low, test.ci_high), (Some(-60.0), Some(-40.0)));
        assert_eq!(test.z, None, "all draws have the same mean");
    }

    #[test]
    fn a_head_that_finds_nothing_has_no_row() {
        let rows = [row(SELECTIVE, None, 0, None), row("random", Some(0), 0, None)];
        assert_eq!(tests(&rows).expect("nothing to test"), []);
    }
}
