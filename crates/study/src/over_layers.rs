//! What is said of all layers together: a mean, a trend with depth, and the trained network against untrained ones.
//!
//! Neighbouring layers see the same pictures and move together, so nothing here takes layers for independent. A group's
//! values at all layers are one observation, and it is ranked among the same statistic of the control groups: draw d of
//! every layer forms the d-th group. Both sides are compared over the same layers.

use std::collections::BTreeMap;

use stats::StatsError;
use stats::joint_test::trend;

use crate::comparison::{Effects, Observed, Place, mean};
use crate::measure::Ends;

/// The layer column of a row about all layers.
pub const ALL_LAYERS: &str = "all";
/// Layers below which there is no trend.
pub const FEWEST_FOR_A_TREND: usize = 3;

/// The network that learned something.
const TRAINED: &str = "trained";

/// Effects by place and layer, of one measure and control.
pub type Cells = BTreeMap<Place, BTreeMap<String, Effects>>;

/// Values by layer, first to last, of the selective group and of every draw, over the layers that both sides have.
#[derive(Clone, Debug, PartialEq)]
pub struct OverLayers {
    /// Positions of the layers.
    pub layers: Vec<usize>,
    selective: Vec<f64>,
    intervals: Vec<Ends>,
    draws: Vec<Vec<f64>>,
}

impl OverLayers {
    /// Takes the layers where the selective group and the control have values, and the draws that exist in all of them;
    /// nothing where none is left.
    ///
    /// # Shapes
    /// - `by_layer`: one entry per layer, first to last; nothing where a layer was not changed
    pub fn new(by_layer: &[Option<&Effects>]) -> Option<Self> {
        let both = |(layer, effects): (usize, &Option<&Effects>)| {
            effects.filter(|effects| effects.is_comparable()).map(|effects| (layer, effects.clone()))
        };
        let (layers, effects): (Vec<usize>, Vec<Effects>) = by_layer.iter().enumerate().filter_map(both).unzip();
        let first = effects.first()?;
        let complete = |draw: &usize| -> Option<Vec<f64>> {
            effects.iter().map(|effects| effects.draws.get(draw).map(|splits| mean(splits))).collect()
        };
        let draws: Vec<Vec<f64>> = first.draws.keys().filter_map(complete).collect();
        (!draws.is_empty()).then(|| Self {
            selective: effects.iter().map(|effects| mean(&effects.selective)).collect(),
            intervals: effects.iter().map(|effects| effects.interval).collect(),
            layers,
            draws,
        })
    }

    /// The mean over layers. Its interval is the mean of the layers' intervals: as wide as if all layers moved together,
    /// which they nearly do, and never too narrow, since the deviation of a mean is at most the mean of the deviations.
    pub fn mean(&self) -> Observed {
        let ends = |end: fn(&Ends) -> Option<f64>| -> Option<f64> {
            self.intervals.iter().map(end).collect::<Option<Vec<f64>>>().map(|ends| mean(&ends))
        };
        Observed {
            estimate: mean(&self.selective),
            interval: (ends(|ends| ends.0), ends(|ends| ends.1)),
            null: self.draws.iter().map(|draw| mean(draw)).collect(),
        }
    }

    /// Spearman's ρ with depth; nothing for fewer than three layers. Without any spread ρ is 0.
    ///
    /// # Errors
    /// Values that are not finite.
    pub fn trend(&self) -> Result<Option<Observed>, StatsError> {
        if self.layers.len() < FEWEST_FOR_A_TREND {
            return Ok(None);
        }
        let with_depth = |values: &Vec<f64>| {
            let values: Vec<Option<f64>> = values.iter().copied().map(Some).collect();
            Ok(trend(&values)?.unwrap_or(0.0))
        };
        Ok(Some(Observed {
            estimate: with_depth(&self.selective)?,
            interval: (None, None),
            null: self.draws.iter().map(with_depth).collect::<Result<_, StatsError>>()?,
        }))
    }

    /// The mean over the layers that lie between two positions, for a remark; nothing where there is none.
    pub fn mean_between(&self, layers: std::ops::Range<usize>) -> Option<f64> {
        let inside = self.layers.iter().zip(&self.selective).filter(|(layer, _)| layers.contains(layer));
        let values: Vec<f64> = inside.map(|(_, &value)| value).collect();
        (!values.is_empty()).then(|| mean(&values))
    }
}

/// The effects of a place at these layers.
pub fn by_layer<'a>(effects: &'a BTreeMap<String, Effects>, layers: &[String]) -> Vec<Option<&'a Effects>> {
    layers.iter().map(|layer| effects.get(layer)).collect()
}

/// What training adds: at every place of the trained network its effects minus their mean over the untrained networks,
/// over the layers that all of them have.
pub fn added_by_training<'a>(cells: &'a Cells, layers: &[String]) -> Vec<(&'a Place, OverLayers)> {
    let of_place = |(place, effects): (&'a Place, &BTreeMap<String, Effects>)| {
        let same = |other: &Place| Place { network: TRAINED.into(), ..other.clone() } == *place;
        let untrained = cells.iter().filter(|(other, _)| other.network != TRAINED && same(other));
        let others: Vec<_> = untrained.map(|(_, effects)| by_layer(effects, layers)).collect();
        let added = minus_mean(&by_layer(effects, layers), &others);
        Some((place, OverLayers::new(&added.iter().map(Option::as_ref).collect::<Vec<_>>())?))
    };
    cells.iter().filter(|(place, _)| place.network == TRAINED).filter_map(of_place).collect()
}

/// The effects in one network minus their mean over other networks, layer by layer and draw by draw: what training adds.
/// Layers and draws that one of the networks lacks are left out.
fn minus_mean(trained: &[Option<&Effects>], others: &[Vec<Option<&Effects>>]) -> Vec<Option<Effects>> {
    let of_layer = |layer: usize| {
        let others: Vec<&Effects> = others.iter().map(|network| network[layer]).collect::<Option<_>>()?;
        let trained = trained[layer]?;
        if others.is_empty() || !trained.is_comparable() || others.iter().any(|other| !other.is_comparable()) {
            return None;
        }
        let difference = |own: &[f64], of_others: Vec<&Vec<f64>>| {
            mean(own) - mean(&of_others.into_iter().map(|values| mean(values)).collect::<Vec<_>>())
        };
        let draw = |(draw, own): (&usize, &Vec<f64>)| {
            let of_others: Vec<&Vec<f64>> = others.iter().map(|other| other.draws.get(draw)).collect::<Option<_>>()?;
            Some((*draw, vec![difference(own, of_others)]))
        };
        Some(Effects {
            selective: vec![difference(&trained.selective, others.iter().map(|other| &other.selective).collect())],
            interval: (None, None),
            draws: trained.draws.iter().filter_map(draw).collect(),
        })
    };
    (0..trained.len()).map(of_layer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effects(selective: f64, draws: &[(usize, f64)]) -> Effects {
        Effects {
            selective: vec![selective],
            interval: (Some(selective - 1.0), Some(selective + 2.0)),
            draws: draws.iter().map(|&(draw, value)| (draw, vec![value])).collect(),
        }
    }

    #[test]
    fn both_sides_are_compared_over_the_same_layers() {
        let [a, b, c] =
            [effects(-4.0, &[(0, 1.0), (1, 2.0)]), effects(-8.0, &[]), effects(-6.0, &[(0, 3.0), (1, 4.0), (2, 9.0)])];
        let found = OverLayers::new(&[Some(&a), Some(&b), None, Some(&c)]).expect("two layers");
        assert_eq!(found.layers, [0, 3], "the layer without draws is left out on both sides");
        let mean = found.mean();
        assert_eq!((mean.estimate, mean.null, mean.interval), (-5.0, vec![2.0, 3.0], (Some(-6.0), Some(-3.0))));
        assert_eq!(found.trend(), Ok(None), "two layers have no trend");
        assert_eq!(OverLayers::new(&[Some(&b), None]), None);
        assert_eq!((found.mean_between(0..2), found.mean_between(1..3)), (Some(-4.0), None));
    }

    #[test]
    fn a_trend_is_ranked_among_the_trends_of_draws() {
        let layers: Vec<Effects> = [-1.0, -2.0, -3.0]
            .iter()
            .enumerate()
            .map(|(n, &value)| effects(value, &[(0, n as f64), (1, 5.0)]))
            .collect();
        let by_layer: Vec<Option<&Effects>> = layers.iter().map(Some).collect();
        let trend = OverLayers::new(&by_layer).expect("layers").trend().expect("finite").expect("three layers");
        assert_eq!((trend.estimate, trend.null), (-1.0, vec![1.0, 0.0]));
    }

    #[test]
    fn what_training_adds_is_a_difference_layer_by_layer_and_draw_by_draw() {
        let (trained, one, two) =
            (effects(-9.0, &[(0, 1.0), (1, 2.0)]), effects(-1.0, &[(0, 3.0)]), effects(-3.0, &[(0, 5.0), (1, 5.0)]));
        let found = minus_mean(&[Some(&trained), None], &[vec![Some(&one), None], vec![Some(&two), None]]);
        let first = found[0].as_ref().expect("all networks have it");
        assert_eq!((first.selective.as_slice(), &first.draws), ([-7.0].as_slice(), &[(0, vec![-3.0])].into()));
        assert!(found[1].is_none());
        assert_eq!(minus_mean(&[Some(&trained)], &[]), [None], "without others there is no difference");
    }
}
