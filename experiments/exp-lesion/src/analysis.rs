//! The statistics of a lesion sweep: every lesion of selective channels against each kind of control, layer by layer and
//! over all layers, by AUC and by F1.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use stats::empirical::Alternative;
use study::comparison::{self, Effects, Place, tested};
use study::measure::Measure;
use study::over_layers::{ALL_LAYERS, Cells, OverLayers, added_by_training, by_layer};
use study::rows::{SweepRow, TestRow};

/// What a comparison is called in `tests.csv`.
pub fn comparison(measure: Measure, control: &str) -> String {
    format!("lesion of selective against {control} channels: {}", measure.change_name())
}

/// The same, averaged over layers: few comparisons, so that few draws can be enough.
pub fn over_layers(measure: Measure, control: &str) -> String {
    format!("{}, mean over layers", comparison(measure, control))
}

/// Its correlation with depth.
pub fn trend(measure: Measure, control: &str) -> String {
    format!("{}, Spearman correlation with depth", comparison(measure, control))
}

/// What the trained network has more of it than untrained ones.
pub fn against_untrained(measure: Measure, control: &str) -> String {
    format!("{}, mean over layers, trained minus untrained networks", comparison(measure, control))
}

/// One row per measure, control, network, set, lesioned emotion and task at every layer, and three for all layers: the
/// mean, the trend with depth, and what the trained network has more than the untrained ones. Where a measure has no
/// value (the change of F1 of a head that finds nothing even with the network intact) there is no row. q is corrected
/// over all layers, emotions and sets of one network and comparison, apart for the task's own emotion and for the others.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(rows: &[SweepRow], layers: &[String]) -> Result<Vec<TestRow>> {
    let controls: BTreeSet<&str> = rows.iter().filter(|row| row.draw.is_some()).map(|row| row.group.as_str()).collect();
    let mut tests = Vec::new();
    for measure in Measure::ALL {
        for control in &controls {
            let cells = collect(rows, measure, control);
            for (place, of_layers) in &cells {
                tests.extend(of_place(place, of_layers, layers, measure, control)?);
            }
            tests.extend(of_training(&cells, layers, measure, control)?);
        }
    }
    comparison::correct(&mut tests)?;
    Ok(tests)
}

fn collect(rows: &[SweepRow], measure: Measure, control: &str) -> Cells {
    let mut cells = Cells::new();
    for row in rows.iter().filter(|row| row.set_train == row.set_test) {
        let place = Place {
            network: row.network.clone(),
            set: row.set_test.clone(),
            emotion: row.emotion.clone(),
            task: row.task.clone(),
        };
        let Some(change) = measure.of_sweep(row) else { continue };
        let effects = cells.entry(place).or_default().entry(row.layer.clone()).or_default();
        match row.draw {
            None => {
                effects.selective.push(change);
                effects.interval = measure.interval_of_sweep(row);
            }
            Some(draw) if row.group == control => effects.draws.entry(draw).or_default().push(change),
            Some(_) => {}
        }
    }
    cells
}

fn of_place(
    place: &Place,
    effects: &BTreeMap<String, Effects>,
    layers: &[String],
    measure: Measure,
    control: &str,
) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    for layer in layers {
        if let Some(effects) = effects.get(layer) {
            tests.extend(effects.test(place.row(layer, comparison(measure, control)), measure, Alternative::Less)?);
        }
    }
    let Some(all) = OverLayers::new(&by_layer(effects, layers)) else { return Ok(tests) };
    let direction = tested(measure, Alternative::Less);
    tests.extend(all.mean().test(place.row(ALL_LAYERS, over_layers(measure, control)), direction)?);
    if let Some(found) = all.trend()? {
        tests.extend(found.test(place.row(ALL_LAYERS, trend(measure, control)), direction)?);
    }
    Ok(tests)
}

/// The trained network against the untrained ones at every set, emotion and task.
fn of_training(cells: &Cells, layers: &[String], measure: Measure, control: &str) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    for (place, all) in added_by_training(cells, layers) {
        let row = place.row(ALL_LAYERS, against_untrained(measure, control));
        tests.extend(all.mean().test(row, tested(measure, Alternative::Less))?);
    }
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(network: &str, layer: &str, draw: Option<usize>, split: usize, change: Option<f64>) -> SweepRow {
        SweepRow {
            network: network.into(),
            set_train: "a".into(),
            set_test: "a".into(),
            task: "pleasant".into(),
            layer: layer.into(),
            emotion: "pleasant".into(),
            group: if draw.is_some() { "random".into() } else { "selective".into() },
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
            base_auc: Some(0.5),
            auc_change: change.map(|change| change / 100.0),
            auc_ci_low: draw.is_none().then_some(-0.6),
            auc_ci_high: draw.is_none().then_some(-0.4),
            yes_share: Some(0.5),
            base_yes_share: Some(0.25),
        }
    }

    /// A selective group whose splits change by −40 and −60 %, nine draws around 0.
    fn clear(network: &str, layer: &str) -> Vec<SweepRow> {
        let mut rows = vec![row(network, layer, None, 0, Some(-40.0)), row(network, layer, None, 1, Some(-60.0))];
        for draw in 0..9 {
            rows.push(row(network, layer, Some(draw), 0, Some(draw as f64)));
            rows.push(row(network, layer, Some(draw), 1, Some(-(draw as f64))));
        }
        rows
    }

    fn found(tests: &[TestRow], comparison: &str) -> TestRow {
        let mut rows = tests.iter().filter(|test| test.comparison == comparison);
        let row = rows.next().unwrap_or_else(|| panic!("no row of {comparison}")).clone();
        assert!(rows.next().is_none(), "more than one row of {comparison}");
        row
    }

    #[test]
    fn a_clear_effect_has_the_smallest_p_that_the_draws_allow() {
        let tests = tests(&clear("trained", "conv5_3"), &["conv5_3".into()]).expect("finite");
        let f1 = found(&tests, &comparison(Measure::F1, "random"));
        assert_eq!((f1.estimate, f1.control_mean, f1.n), (-50.0, Some(0.0), 9));
        assert_eq!((f1.p, f1.q, f1.cliffs_delta), (Some(0.1), Some(0.1), Some(-1.0)));
        assert_eq!((f1.ci_low, f1.ci_high, f1.z), (Some(-60.0), Some(-40.0), None), "all draws have the same mean");
        let auc = found(&tests, &over_layers(Measure::Auc, "random"));
        assert_eq!((auc.estimate, auc.p, auc.layer.as_str()), (-0.5, Some(0.1), "all"), "one layer is its own mean");
        let yes = found(&tests, &comparison(Measure::Yes, "random"));
        assert_eq!((yes.estimate, yes.control_mean, yes.p), (0.25, Some(0.25), None), "described, not tested");
    }

    #[test]
    fn the_untrained_network_is_taken_off_layer_by_layer() {
        let layers = ["a", "b", "c"].map(String::from);
        let mut rows: Vec<SweepRow> = layers.iter().flat_map(|layer| clear("trained", layer)).collect();
        rows.extend(layers[..2].iter().flat_map(|layer| clear("random-1", layer)));
        let tests = tests(&rows, &layers).expect("finite");
        let row = found(&tests, &against_untrained(Measure::F1, "random"));
        assert_eq!((row.network.as_str(), row.estimate, row.p), ("trained", 0.0, Some(1.0)), "the same in both");
        let trends: Vec<&TestRow> =
            tests.iter().filter(|test| test.comparison == trend(Measure::F1, "random")).collect();
        assert_eq!(trends.len(), 1, "two layers of the untrained network have no trend");
    }

    #[test]
    fn a_head_that_finds_nothing_has_no_row() {
        let rows = [row("trained", "a", None, 0, None), row("trained", "a", Some(0), 0, None)];
        let tests = tests(&rows, &["a".into()]).expect("nothing to test");
        assert!(tests.iter().all(|test| test.comparison.contains("yes answers")), "{tests:?}");
    }
}
