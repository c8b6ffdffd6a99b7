//! Invented tables in which every effect is as published.

use exp_attention::analysis::{self as attention, Choice};
use exp_generalization::analysis as generalization;
use exp_lesion::analysis as lesion;
use exp_selectivity::analysis::{self as selectivity, minus_untrained};
use exp_selectivity::nulls::Measure as Tuning;
use stats::bootstrap::Bootstrap;
use study::Experiment;
use study::config::SelectionPictures;
use study::measure::Measure;
use study::recognition::RECOGNITION;
use study::rows::{SweepRow, TestRow};
use study::shuffled::UNTRAINED;

use super::{Evidence, Set};

const LAYERS: [&str; 5] = ["conv1", "conv2", "conv3", "conv4", "conv5"];
const SETS: [&str; 2] = ["a", "b"];
const BOTH: &str = "a × b";
const TRAINED: &str = "trained";
const DRAWS: usize = 99;
const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 200, seed: 1 };

/// Rows of all tables.
pub(super) struct Tables {
    selectivity: Vec<TestRow>,
    generalization: Vec<TestRow>,
    lesion: Vec<TestRow>,
    lesions: Vec<SweepRow>,
    attention: Vec<TestRow>,
    gains: Vec<SweepRow>,
}

/// A run without a row.
pub(super) fn evidence() -> Evidence<'static> {
    Tables::EMPTY.evidence()
}

impl Tables {
    const EMPTY: &'static Tables = &Tables {
        selectivity: vec![],
        generalization: vec![],
        lesion: vec![],
        lesions: vec![],
        attention: vec![],
        gains: vec![],
    };

    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            layers: LAYERS.map(String::from).to_vec(),
            sets: SETS.map(|name| Set { name: name.into(), kind: None }).into(),
            architecture: "vgg16-demo".into(),
            selection: SelectionPictures::Train,
            selectivity: &self.selectivity,
            generalization: &self.generalization,
            lesion: &self.lesion,
            lesions: &self.lesions,
            attention: &self.attention,
            gains: &self.gains,
            bootstrap: BOOTSTRAP,
        }
    }

    /// Every effect of the trained network turned round, with the certainty that it had.
    pub(super) fn reversed(mut self) -> Self {
        let tables = [&mut self.selectivity, &mut self.generalization, &mut self.lesion, &mut self.attention];
        for row in tables.into_iter().flatten().filter(|row| row.network == TRAINED && row.comparison != RECOGNITION) {
            row.estimate = -row.estimate;
            // Random lesions that hurt.
            (row.control_low, row.control_high) = (Some(-20.0), Some(-19.0));
        }
        self
    }

    /// The same with so many control groups of lesions and gains.
    pub(super) fn with_draws(mut self, draws: usize) -> Self {
        self.lesion.iter_mut().chain(&mut self.attention).for_each(|row| row.n = draws);
        self
    }

    /// The same with heads that recognise nothing.
    pub(super) fn blind(mut self) -> Self {
        for row in self.lesion.iter_mut().chain(&mut self.attention).filter(|row| row.comparison == RECOGNITION) {
            (row.p, row.q) = (Some(0.4), Some(0.6));
        }
        self
    }
}

/// Every effect as published: the trained network shows it beyond its control, the untrained ones do not.
pub(super) fn full() -> Tables {
    let mut tables = Tables {
        selectivity: vec![],
        generalization: vec![],
        lesion: vec![],
        lesions: vec![],
        attention: vec![],
        gains: vec![],
    };
    for set in SETS {
        let name = selectivity::trend(Tuning::Quality);
        tables.selectivity.extend(shown(&name, &minus_untrained(&name), set, "", 0.9, UNTRAINED));
    }
    for emotion in Experiment::emotions() {
        for name in [generalization::EXCESS, generalization::TREND] {
            tables.generalization.extend(shown(name, &minus_untrained(name), BOTH, emotion, 0.3, UNTRAINED));
        }
        for set in SETS {
            of_heads(&mut tables, set, emotion);
        }
    }
    tables
}

fn of_heads(tables: &mut Tables, set: &str, emotion: &str) {
    for tests in [&mut tables.lesion, &mut tables.attention] {
        tests.push(test(TRAINED, RECOGNITION, set, emotion, 0.9, 0.01));
    }
    for control in ["random", "permuted"] {
        let name = lesion::over_layers(Measure::Auc, control);
        let added = lesion::against_untrained(Measure::Auc, control);
        tables.lesion.extend(shown(&name, &added, set, emotion, -0.2, "random-1"));
        let name = attention::over_layers(Choice::PRIMARY, control);
        let added = attention::against_untrained(Choice::PRIMARY, control);
        tables.attention.extend(shown(&name, &added, set, emotion, 0.05, "random-1"));
    }
    tables.lesion.push(test(TRAINED, &lesion::trend(Measure::Auc, "random"), set, emotion, -0.9, 0.01));
    tables.lesion.push(test(TRAINED, &lesion::over_layers(Measure::F1, "random"), set, emotion, -30.0, 0.01));
    tables.attention.push(test(TRAINED, &attention::decline(Choice::PRIMARY, "random"), set, emotion, -0.1, 0.01));
    for (depth, layer) in LAYERS.into_iter().enumerate() {
        let strength = 1.0 + depth as f64;
        tables.lesions.push(sweep(set, layer, emotion, 0.0, 0.6 - strength / 10.0));
        tables.gains.push(sweep(set, layer, emotion, 1.5, 0.6 + strength / 10.0));
        tables.gains.push(sweep(set, layer, emotion, 6.0, 0.3));
    }
}

/// An effect that the trained network shows, that the others do not, and that it has more of than they.
fn shown(name: &str, added: &str, set: &str, emotion: &str, effect: f64, others: &str) -> [TestRow; 3] {
    [
        test(TRAINED, name, set, emotion, effect, 0.01),
        test(others, name, set, emotion, effect / 10.0, 0.6),
        test(TRAINED, added, set, emotion, 0.9 * effect, 0.01),
    ]
}

/// A control that does nearly nothing.
fn test(network: &str, comparison: &str, set: &str, emotion: &str, estimate: f64, p: f64) -> TestRow {
    TestRow {
        network: network.into(),
        set: set.into(),
        comparison: comparison.into(),
        layer: "all".into(),
        emotion: emotion.into(),
        task: emotion.into(),
        estimate,
        control_mean: Some(0.0),
        control_low: Some(-0.01),
        control_high: Some(0.01),
        p: Some(p),
        q: Some(p),
        n: DRAWS,
        ..TestRow::default()
    }
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
        base_auc: Some(0.8),
        auc_change: Some(f1 - 0.6),
        auc_ci_low: None,
        auc_ci_high: None,
        yes_share: Some(0.3),
        base_yes_share: Some(0.3),
    }
}
