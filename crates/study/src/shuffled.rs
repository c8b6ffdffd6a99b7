//! Responses under shuffled labels: the values of a quantity at every layer under the true labelling and under every
//! shuffle, and the tests of whatever a claim says about them.
//!
//! Shuffles are shared by all layers and networks of a set, so any statistic over layers, or over networks, has its null
//! with all dependence in it (Westfall & Young 1993).

use std::collections::BTreeMap;

use stats::StatsError;
use stats::empirical::Alternative;
use stats::joint_test::{self, joint_test, over_layers};
use stats::labellings::Labellings;

use crate::Experiment;
use crate::over_layers::FEWEST_FOR_A_TREND;
use crate::preparation::EMOTIONS;
use crate::rows::{ShuffledRow, TestRow};
use crate::seeds;

/// The network column of what is the mean over untrained networks.
pub const UNTRAINED: &str = "untrained";

/// Values of one quantity, `[layer][labelling]`, the true labelling first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ByLayer(pub Vec<Vec<Option<f64>>>);

/// What the values are about: network, set, quantity and emotion.
pub type Key = [String; 4];

/// A statistic of the values at all layers.
pub type Statistic = fn(&[Option<f64>]) -> Result<Option<f64>, StatsError>;

/// The labellings of a set, the same for every network, layer and experiment.
///
/// # Errors
/// A set without pictures of an emotion.
pub fn labellings(experiment: &Experiment, set: usize, shuffles: usize) -> Result<Labellings, StatsError> {
    let seed = seeds::derive(experiment.config.seed, "label permutation", &[set]);
    Labellings::shuffled(&experiment.sets.sets[set].labels(), EMOTIONS, shuffles, seed)
}

/// Rows of one layer's values under every labelling.
pub fn rows(key: &Key, layer: &str, values: &[Option<f64>]) -> Vec<ShuffledRow> {
    let [network, set, quantity, emotion] = key.clone();
    let row = |(labelling, &value): (usize, &Option<f64>)| ShuffledRow {
        network: network.clone(),
        set: set.clone(),
        quantity: quantity.clone(),
        emotion: emotion.clone(),
        layer: layer.into(),
        labelling,
        value,
    };
    values.iter().enumerate().map(row).collect()
}

/// Gathers rows again, by what they are about. Every layer has as many labellings as the first.
pub fn gather(rows: &[ShuffledRow], layers: &[String]) -> BTreeMap<Key, ByLayer> {
    let mut gathered: BTreeMap<Key, ByLayer> = BTreeMap::new();
    for row in rows {
        let Some(layer) = layers.iter().position(|layer| *layer == row.layer) else { continue };
        let key = [&row.network, &row.set, &row.quantity, &row.emotion].map(String::clone);
        let values = &mut gathered.entry(key).or_insert_with(|| ByLayer(vec![vec![]; layers.len()])).0[layer];
        values.resize(values.len().max(row.labelling + 1), None);
        values[row.labelling] = row.value;
    }
    for ByLayer(layers) in gathered.values_mut() {
        let labellings = layers.iter().map(Vec::len).max().unwrap_or_default();
        layers.iter_mut().for_each(|layer| layer.resize(labellings, None));
    }
    gathered
}

impl ByLayer {
    /// Layer by layer and labelling by labelling, the mean over networks; nothing where one of them has no value.
    pub fn mean_of(networks: &[&ByLayer]) -> Option<Self> {
        let first = networks.first()?;
        let value = |layer: usize, labelling: usize| {
            let values: Option<Vec<f64>> = networks.iter().map(|network| network.0[layer][labelling]).collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        let layer = |layer: usize| (0..first.0[layer].len()).map(|labelling| value(layer, labelling)).collect();
        Some(Self((0..first.0.len()).map(layer).collect()))
    }

    /// A statistic of all layers, under every labelling.
    ///
    /// # Errors
    /// Values that are not finite.
    pub fn over_layers(&self, statistic: Statistic) -> Result<Vec<Option<f64>>, StatsError> {
        over_layers(&self.0, statistic)
    }
}

/// The difference under every labelling; nothing where either has no value.
pub fn minus(one: &[Option<f64>], other: &[Option<f64>]) -> Vec<Option<f64>> {
    one.iter().zip(other).map(|(one, other)| Some((*one)? - (*other)?)).collect()
}

/// The row of a statistic with the true labels against itself under shuffled ones, larger being more; nothing where it
/// does not exist with the true labels.
///
/// # Errors
/// Values that are not finite.
pub fn test(row: TestRow, values: &[Option<f64>]) -> Result<Option<TestRow>, StatsError> {
    let found = joint_test(values, Alternative::Greater)?;
    Ok(found.map(|found| TestRow {
        estimate: found.observed,
        control_mean: found.null_mean,
        control_low: found.null_low,
        control_high: found.null_high,
        p: Some(found.p),
        z: found.z,
        n: found.shuffles,
        ..row
    }))
}

/// Everything that is said of a quantity over all layers, for one set and emotion: every statistic of the trained network,
/// of the mean over untrained ones, and of the first minus the second.
///
/// # Shapes
/// - `statistics`: names of comparisons with the statistic of each
///
/// # Errors
/// Values that are not finite.
pub fn of_all_layers(
    row: &TestRow,
    statistics: &[(String, Statistic)],
    trained: &ByLayer,
    untrained: &[&ByLayer],
) -> Result<Vec<TestRow>, StatsError> {
    let mut tests = Vec::new();
    let untrained = ByLayer::mean_of(untrained);
    for (name, statistic) in statistics {
        let named = |network: &str, comparison: String| TestRow { network: network.into(), comparison, ..row.clone() };
        let own = trained.over_layers(*statistic)?;
        tests.extend(test(named("trained", name.clone()), &own)?);
        let Some(untrained) = &untrained else { continue };
        let others = untrained.over_layers(*statistic)?;
        tests.extend(test(named(UNTRAINED, name.clone()), &others)?);
        tests.extend(test(named("trained", minus_untrained(name)), &minus(&own, &others))?);
    }
    Ok(tests)
}

/// Spearman's ρ with depth; nothing for fewer than three layers with a value.
///
/// # Errors
/// Values that are not finite.
pub fn trend(layers: &[Option<f64>]) -> Result<Option<f64>, StatsError> {
    let enough = layers.iter().flatten().count() >= FEWEST_FOR_A_TREND;
    if enough { joint_test::trend(layers) } else { Ok(None) }
}

/// What the trained network has more of than the mean over untrained ones.
pub fn minus_untrained(comparison: &str) -> String {
    format!("{comparison}, trained minus mean of the untrained networks")
}

#[cfg(test)]
mod tests {
    use stats::joint_test::mean;

    use super::*;

    #[test]
    fn rows_come_back_by_layer_and_labelling() {
        let key: Key = ["trained", "a", "quality", ""].map(String::from);
        let layers = ["x", "y", "z"].map(String::from);
        let mut all = rows(&key, "y", &[Some(1.0), None, Some(3.0)]);
        all.extend(rows(&key, "x", &[Some(4.0), Some(5.0), Some(6.0)]));
        let found = gather(&all, &layers);
        let expected = [vec![Some(4.0), Some(5.0), Some(6.0)], vec![Some(1.0), None, Some(3.0)], vec![None; 3]];
        assert_eq!(found[&key].0, expected);
    }

    #[test]
    fn what_training_adds_is_ranked_among_the_same_difference_under_shuffles() {
        let trained = ByLayer(vec![vec![Some(9.0), Some(1.0), Some(2.0), Some(0.0)]]);
        let untrained = ByLayer(vec![vec![Some(1.0), Some(1.0), Some(0.0), Some(2.0)]]);
        let statistics: [(String, Statistic); 1] = [("mean".into(), mean)];
        let found = of_all_layers(&TestRow::default(), &statistics, &trained, &[&untrained]).expect("finite");
        let of = |network: &str, name: &str| {
            let own = |row: &&TestRow| row.network == network && row.comparison == name;
            found.iter().find(own).expect("a row").clone()
        };
        let difference = of("trained", &minus_untrained("mean"));
        assert_eq!((difference.estimate, difference.p, difference.n), (8.0, Some(0.25), 3));
        assert_eq!(of("untrained", "mean").p, Some(0.75), "one shuffle ties, one is above");
        let alone = of_all_layers(&TestRow::default(), &statistics, &trained, &[]).expect("finite");
        assert_eq!(alone.len(), 1, "without untrained networks there is nothing to take off");
    }
}
