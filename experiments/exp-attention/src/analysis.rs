//! The statistics of an attention sweep: every group at its best gain against random groups at theirs, and what becomes of
//! both when the gain grows further.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use stats::empirical::Alternative;
use study::comparison::{self, Effects, Place, tested};
use study::groups::SELECTIVE;
use study::measure::Measure;
use study::over_layers::{ALL_LAYERS, Cells, OverLayers, added_by_training, by_layer};
use study::rows::{BestRow, TestRow};
use study::sweep::GainTables;

/// How a best gain is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// `validation` or `test`: the pictures on which.
    pub on: &'static str,
    /// The measure by which; its change is what is compared.
    pub by: Measure,
}

impl Choice {
    /// The choice that decides.
    pub const PRIMARY: Choice = Choice { on: "validation", by: Measure::Auc };
    /// The same by the papers' measure.
    pub const BY_F1: Choice = Choice { on: "validation", by: Measure::F1 };
    /// The papers' choice, which overstates the change.
    pub const ON_TEST: Choice = Choice { on: "test", by: Measure::F1 };
    /// All of them, in the order of their weight.
    pub const ALL: [Choice; 3] = [Choice::PRIMARY, Choice::BY_F1, Choice::ON_TEST];

    /// Whether a row is about this choice.
    pub fn is_of(self, row: &BestRow) -> bool {
        row.chosen_on == self.on && row.chosen_by == self.by.name()
    }

    fn words(self) -> String {
        let by = match self.by {
            Measure::Auc => "AUC",
            Measure::F1 => "F1",
            Measure::Yes => "yes answers",
        };
        format!("best gain chosen on {} by {by}", self.on)
    }
}

/// What a comparison is called in `tests.csv`.
pub fn comparison(choice: Choice, control: &str) -> String {
    described(choice, choice.by, control)
}

/// The change of another measure at the same gain.
pub fn described(choice: Choice, measure: Measure, control: &str) -> String {
    format!("{}, selective against {control} channels: {}", choice.words(), measure.change_name())
}

/// The same, averaged over layers.
pub fn over_layers(choice: Choice, control: &str) -> String {
    format!("{}, mean over layers", comparison(choice, control))
}

/// What the trained network has more of it than untrained ones.
pub fn against_untrained(choice: Choice, control: &str) -> String {
    format!("{}, mean over layers, trained minus untrained networks", comparison(choice, control))
}

/// From the best gain to the largest.
pub fn decline(choice: Choice, control: &str) -> String {
    format!(
        "largest gain minus {}, selective against {control} channels: {}, mean over layers",
        choice.words(),
        choice.by.change_name()
    )
}

/// How a pair of sets is called: the set's name, or `trained → tested` for heads that read another set.
pub fn pair(train: &str, test: &str) -> String {
    if train == test { test.into() } else { format!("{train} → {test}") }
}

/// One row per choice of gain, control, network, pair of sets, layer and emotion, for the emotion's own head, and three
/// for all layers: the mean, what the trained network has more than the untrained ones, and the decline from the best gain
/// to the largest. At the gain of the primary choice the share of yes answers is described too. q is corrected over all
/// layers, emotions and pairs of sets of one network and comparison.
///
/// # Errors
/// Numbers that are not finite, which a sweep does not hold.
pub fn tests(tables: &GainTables, layers: &[String]) -> Result<Vec<TestRow>> {
    let drawn = tables.best.iter().filter(|row| row.draw.is_some());
    let controls: BTreeSet<&str> = drawn.map(|row| row.group.as_str()).collect();
    let mut tests = Vec::new();
    for control in controls {
        for choice in Choice::ALL {
            let cells = collect(&tables.best, choice, choice.by, control);
            for (place, effects) in &cells {
                tests.extend(of_place(place, effects, layers, choice, control)?);
            }
            tests.extend(of_training(&cells, layers, choice, control)?);
            if choice != Choice::ON_TEST {
                tests.extend(declines(tables, &cells, layers, choice, control)?);
            }
        }
        for (place, effects) in collect(&tables.best, Choice::PRIMARY, Measure::Yes, control) {
            for (layer, effects) in in_order(&effects, layers) {
                let row = place.row(layer, described(Choice::PRIMARY, Measure::Yes, control));
                tests.extend(effects.test(row, Measure::Yes, Alternative::Greater)?);
            }
        }
    }
    comparison::correct(&mut tests)?;
    Ok(tests)
}

fn collect(best: &[BestRow], choice: Choice, measure: Measure, control: &str) -> Cells {
    let mut cells = Cells::new();
    for row in best.iter().filter(|row| row.task == row.emotion && choice.is_of(row)) {
        let Some(change) = measure.of_best(row) else { continue };
        let place = Place {
            network: row.network.clone(),
            set: pair(&row.set_train, &row.set_test),
            emotion: row.emotion.clone(),
            task: row.task.clone(),
        };
        let effects = cells.entry(place).or_default().entry(row.layer.clone()).or_default();
        match row.draw {
            Some(draw) if row.group == control => effects.draws.entry(draw).or_default().push(change),
            None if row.group == SELECTIVE => {
                effects.selective.push(change);
                effects.interval = measure.interval_of_best(row);
            }
            _ => {}
        }
    }
    cells
}

fn of_place(
    place: &Place,
    effects: &BTreeMap<String, Effects>,
    layers: &[String],
    choice: Choice,
    control: &str,
) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    for (layer, effects) in in_order(effects, layers) {
        let row = place.row(layer, comparison(choice, control));
        tests.extend(effects.test(row, choice.by, Alternative::Greater)?);
    }
    if let Some(all) = OverLayers::new(&by_layer(effects, layers)) {
        let row = place.row(ALL_LAYERS, over_layers(choice, control));
        tests.extend(all.mean().test(row, tested(choice.by, Alternative::Greater))?);
    }
    Ok(tests)
}

/// The trained network against the untrained ones at every pair of sets and emotion.
fn of_training(cells: &Cells, layers: &[String], choice: Choice, control: &str) -> Result<Vec<TestRow>> {
    let mut tests = Vec::new();
    for (place, all) in added_by_training(cells, layers) {
        let row = place.row(ALL_LAYERS, against_untrained(choice, control));
        tests.extend(all.mean().test(row, tested(choice.by, Alternative::Greater))?);
    }
    Ok(tests)
}

/// The change at the largest gain minus that at the best one, against the same decline in every random group: any group
/// loses when its gain grows without end, and every best gain is best by choice.
fn declines(
    tables: &GainTables,
    best: &Cells,
    layers: &[String],
    choice: Choice,
    control: &str,
) -> Result<Vec<TestRow>> {
    let at_the_end = at_the_largest_gain(tables, choice.by, control);
    let mut tests = Vec::new();
    for (place, of_best) in best {
        let Some(of_end) = at_the_end.get(place) else { continue };
        let differences: Vec<Option<Effects>> =
            layers.iter().map(|layer| Some(less(of_end.get(layer)?, of_best.get(layer)?))).collect();
        let differences: Vec<Option<&Effects>> = differences.iter().map(Option::as_ref).collect();
        if let Some(all) = OverLayers::new(&differences) {
            let row = place.row(ALL_LAYERS, decline(choice, control));
            tests.extend(all.mean().test(row, tested(choice.by, Alternative::Less))?);
        }
    }
    Ok(tests)
}

/// Means over splits at the largest gain of the sweep, of the selective group and of every draw of a control.
fn at_the_largest_gain(tables: &GainTables, measure: Measure, control: &str) -> Cells {
    let largest = tables.sweep.iter().map(|row| row.gain).fold(f64::NEG_INFINITY, f64::max);
    let mut cells = Cells::new();
    let own = |row: &&study::rows::SweepRow| row.task == row.emotion && row.group == SELECTIVE && row.gain == largest;
    for row in tables.sweep.iter().filter(own) {
        let Some(change) = measure.of_sweep(row) else { continue };
        let place = placed(&row.network, [&row.set_train, &row.set_test], &row.emotion);
        cells.entry(place).or_default().entry(row.layer.clone()).or_default().selective.push(change);
    }
    for row in tables.draws.iter().filter(|row| row.group == control && row.gain == largest) {
        let Some(change) = measure.of_draw(row) else { continue };
        let place = placed(&row.network, [&row.set_train, &row.set_test], &row.emotion);
        let effects = cells.entry(place).or_default().entry(row.layer.clone()).or_default();
        effects.draws.entry(row.draw).or_default().push(change);
    }
    cells
}

/// The means of one minus those of the other, over the draws that both have.
fn less(one: &Effects, other: &Effects) -> Effects {
    let difference = |one: &[f64], other: &[f64]| match one.is_empty() || other.is_empty() {
        true => vec![],
        false => vec![comparison::mean(one) - comparison::mean(other)],
    };
    let draw = |(draw, values): (&usize, &Vec<f64>)| Some((*draw, difference(values, other.draws.get(draw)?)));
    Effects {
        selective: difference(&one.selective, &other.selective),
        interval: (None, None),
        draws: one.draws.iter().filter_map(draw).collect(),
    }
}

fn placed(network: &str, [train, test]: [&str; 2], emotion: &str) -> Place {
    Place { network: network.into(), set: pair(train, test), emotion: emotion.into(), task: emotion.into() }
}

fn in_order<'a>(
    effects: &'a BTreeMap<String, Effects>,
    layers: &'a [String],
) -> impl Iterator<Item = (&'a String, &'a Effects)> {
    layers.iter().filter_map(|layer| Some((layer, effects.get(layer)?)))
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
            chosen_by: "f1".into(),
            gain: 2.0,
            change_pct: change,
            ci_low: draw.is_none().then_some(1.0),
            ci_high: draw.is_none().then_some(9.0),
            auc_change: None,
            auc_ci_low: None,
            auc_ci_high: None,
            yes_change: None,
        }
    }

    fn of(best: Vec<BestRow>) -> Vec<TestRow> {
        tests(&GainTables { best, ..GainTables::default() }, &["conv5_3".into()]).expect("finite")
    }

    #[test]
    fn the_selective_group_is_compared_with_every_draw_at_its_own_best() {
        let mut rows = vec![row("selective", None, Some(5.0)), row("tuning", None, Some(50.0))];
        rows.extend((0..9).map(|draw| row("random", Some(draw), Some(draw as f64))));
        let tests = of(rows);
        assert_eq!(tests.len(), 2, "the layer, and the mean over layers");
        let test = &tests[0];
        assert_eq!((test.set.as_str(), test.estimate, test.control_mean, test.n), ("a → b", 5.0, Some(4.0), 9));
        assert_eq!((test.p, test.q), (Some(0.5), Some(0.5)), "5 to 8 of 9 draws are as high");
        assert_eq!((test.ci_low, test.ci_high), (Some(1.0), Some(9.0)));
        assert_eq!(tests[1].comparison, over_layers(Choice::BY_F1, "random"));
    }

    #[test]
    fn without_a_change_there_is_no_row() {
        assert_eq!(of(vec![row("selective", None, None), row("random", Some(0), Some(1.0))]), []);
    }

    #[test]
    fn a_decline_is_ranked_among_the_declines_of_random_groups() {
        let effects = |selective: f64, draws: [f64; 2]| Effects {
            selective: vec![selective],
            interval: (None, None),
            draws: draws.into_iter().enumerate().map(|(draw, value)| (draw, vec![value])).collect(),
        };
        let found = less(&effects(-9.0, [1.0, -2.0]), &effects(3.0, [2.0, 2.0]));
        assert_eq!((found.selective, found.draws), (vec![-12.0], [(0, vec![-1.0]), (1, vec![-4.0])].into()));
    }
}
