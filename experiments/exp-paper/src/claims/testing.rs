//! Invented tables in which every effect is as published.

use exp_selectivity::nulls::Measure;
use stats::bootstrap::Bootstrap;
use study::Experiment;
use study::rows::{BestRow, OverlapRow, SweepRow, TestRow};

use super::{Evidence, Set};

const LAYERS: [&str; 5] = ["conv1", "conv2", "conv3", "conv4", "conv5"];
const SETS: [&str; 2] = ["a", "b"];
const NETWORKS: [&str; 3] = ["trained", "random-1", "random-2"];
const DRAWS: usize = 99;
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 200, seed: 1 };

/// Rows of all tables.
pub(super) struct Tables {
    selectivity: Vec<TestRow>,
    overlap: Vec<OverlapRow>,
    lesion: Vec<TestRow>,
    lesions: Vec<SweepRow>,
    best: Vec<BestRow>,
    gains: Vec<SweepRow>,
}

/// A run without a row.
pub(super) fn evidence() -> Evidence<'static> {
    Tables::EMPTY.evidence()
}

impl Tables {
    const EMPTY: &'static Tables =
        &Tables { selectivity: vec![], overlap: vec![], lesion: vec![], lesions: vec![], best: vec![], gains: vec![] };

    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            layers: LAYERS.map(String::from).to_vec(),
            sets: SETS.map(|name| Set { name: name.into(), kind: None }).into(),
            architecture: "vgg16-demo".into(),
            selectivity: &self.selectivity,
            overlap: &self.overlap,
            lesion: &self.lesion,
            lesions: &self.lesions,
            best: &self.best,
            gains: &self.gains,
            bootstrap: BOOTSTRAP,
        }
    }

    /// What the trained network shows, the untrained ones show, and the other way round, with every direction turned.
    pub(super) fn reversed(mut self) -> Self {
        let turn = |network: &mut String| {
            *network = match network.as_str() {
                "trained" => "random-1".into(),
                "random-1" => "trained".into(),
                _ => "random-2".into(),
            }
        };
        self.selectivity.iter_mut().for_each(|row| turn(&mut row.network));
        self.overlap.iter_mut().for_each(|row| turn(&mut row.network));
        self.lesion.iter_mut().for_each(|row| turn(&mut row.network));
        self.best.iter_mut().for_each(|row| turn(&mut row.network));
        // Random lesions that hurt, and a gain that never stops helping.
        self.lesion.iter_mut().filter(|row| row.network == "trained").for_each(|row| row.control_mean = Some(-20.0));
        self.gains.iter_mut().for_each(|row| row.change_pct = Some(50.0));
        self.selectivity.retain(|row| row.network != "random-2");
        self.overlap.retain(|row| row.network != "random-2");
        self.lesion.retain(|row| row.network != "random-2");
        self.best.retain(|row| row.network != "random-2");
        self
    }
}

/// Every effect as published: it grows with depth in the trained network, the others wander around nothing.
pub(super) fn full() -> Tables {
    let mut tables =
        Tables { selectivity: vec![], overlap: vec![], lesion: vec![], lesions: vec![], best: vec![], gains: vec![] };
    for network in NETWORKS {
        for (depth, layer) in LAYERS.into_iter().enumerate() {
            let strength = match network {
                "trained" => 1.0 + depth as f64,
                _ => [0.1, -0.2, 0.2, -0.1, 0.05][depth],
            };
            SETS.iter().for_each(|set| tables.selectivity.push(quality(network, set, layer, strength)));
            for emotion in Experiment::emotions() {
                tables.overlap.push(overlap(network, layer, emotion, strength));
                for set in SETS {
                    tables.lesion.push(lesion(network, set, layer, emotion, strength));
                    tables.best.extend(best(network, set, layer, emotion, strength));
                    if network == "trained" {
                        tables.lesions.push(sweep(set, layer, emotion, 0.0, 0.6 - strength / 10.0));
                        tables.gains.push(sweep(set, layer, emotion, 1.5, 0.6 + strength / 10.0));
                        tables.gains.push(sweep(set, layer, emotion, 6.0, 0.3));
                    }
                }
            }
        }
        for (set, emotion) in SETS.iter().flat_map(|set| Experiment::emotions().map(|emotion| (set, emotion))) {
            let mean = lesion(network, set, "all", emotion, 3.0);
            tables.lesion.push(TestRow { comparison: exp_lesion::analysis::comparison_over_layers("random"), ..mean });
        }
    }
    tables
}

fn quality(network: &str, set: &str, layer: &str, strength: f64) -> TestRow {
    TestRow {
        network: network.into(),
        set: set.into(),
        comparison: Measure::Quality.against_labels(),
        layer: layer.into(),
        estimate: strength,
        ..TestRow::default()
    }
}

fn overlap(network: &str, layer: &str, emotion: &str, strength: f64) -> OverlapRow {
    OverlapRow {
        network: network.into(),
        layer: layer.into(),
        emotion: emotion.into(),
        n_a: 9,
        n_b: 9,
        n_both: 3,
        jaccard: Some(0.2 + strength / 20.0),
        chance_jaccard: Some(0.2),
        p_exact: 0.5,
        random_mean: None,
        random_ci_low: None,
        random_ci_high: None,
        q: None,
    }
}

/// The trained network has p = .01 against random channels, whose lesions do nearly nothing.
fn lesion(network: &str, set: &str, layer: &str, emotion: &str, strength: f64) -> TestRow {
    TestRow {
        network: network.into(),
        set: set.into(),
        comparison: exp_lesion::analysis::comparison("random"),
        layer: layer.into(),
        emotion: emotion.into(),
        task: emotion.into(),
        estimate: -10.0 * strength,
        control_mean: Some(0.1),
        p: Some(if network == "trained" { 0.01 } else { 0.6 }),
        n: DRAWS,
        ..TestRow::default()
    }
}

fn best(network: &str, set: &str, layer: &str, emotion: &str, strength: f64) -> Vec<BestRow> {
    let row = |draw: Option<usize>, change: f64| BestRow {
        network: network.into(),
        set_train: set.into(),
        set_test: set.into(),
        task: emotion.into(),
        layer: layer.into(),
        emotion: emotion.into(),
        group: if draw.is_some() { "random".into() } else { "selective".into() },
        draw,
        chosen_on: "validation".into(),
        gain: 1.5,
        change_pct: Some(change),
        ci_low: None,
        ci_high: None,
    };
    let draws = (0..DRAWS).map(|draw| row(Some(draw), (draw as f64 - 49.0) / 100.0));
    [row(None, strength)].into_iter().chain(draws).collect()
}

fn sweep(set: &str, layer: &str, emotion: &str, gain: f64, f1: f64) -> SweepRow {
    SweepRow {
        network: "trained".into(),
        set_train: set.into(),
        set_test: set.into(),
        task: emotion.into(),
        layer: layer.into(),
        emotion: emotion.into(),
        group: "selective".into(),
        draw: None,
        split_seed: 0,
        gain,
        n_units: 3,
        tp: 1,
        fp: 1,
        tn: 1,
        r#fn: 1,
        f1,
        accuracy: Some(0.5),
        balanced_accuracy: Some(0.5),
        auc: Some(0.5),
        dprime: Some(0.0),
        base_f1: 0.6,
        change_pct: Some(100.0 * (f1 - 0.6) / 0.6),
        ci_low: None,
        ci_high: None,
    }
}
