//! What follows from one value per layer: its trend with depth, and the trained network against untrained ones. Both
//! complete a row of `tests.csv` that says what is compared.

use stats::StatsError;
use stats::bootstrap::Bootstrap;
use stats::empirical::{Alternative, Draws};
use stats::quantile::quantiles;
use stats::spearman::{spearman, spearman_interval};

use crate::comparison::mean;
use crate::rows::TestRow;

/// Spearman's correlation of a value with depth; layers without a value are left out. The interval is a bootstrap over
/// layers; nothing for fewer than three layers or without any spread.
///
/// # Errors
/// Values that are not finite.
pub fn trend(row: TestRow, values: &[Option<f64>], bootstrap: Bootstrap) -> Result<Option<TestRow>, StatsError> {
    let (depth, value): (Vec<f64>, Vec<f64>) =
        (0..).zip(values).filter_map(|(depth, value)| value.map(|value| (f64::from(depth), value))).unzip();
    let Some(found) = spearman(&depth, &value, bootstrap.seed)? else { return Ok(None) };
    let interval = spearman_interval(&depth, &value, &bootstrap)?;
    Ok(Some(TestRow {
        estimate: found.rho,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        p: Some(found.p),
        n: depth.len(),
        ..row
    }))
}

/// The first network against the others, over the layers where all have a value. The interval is a bootstrap over
/// layers, p compares the means over layers of single networks.
///
/// # Shapes
/// - `networks`: the trained network first, then the untrained ones, each with one value per layer
///
/// # Errors
/// Values that are not finite.
pub fn against_random(
    row: TestRow,
    networks: &[Vec<Option<f64>>],
    bootstrap: Bootstrap,
) -> Result<Option<TestRow>, StatsError> {
    let layers = 0..networks.first().map_or(0, Vec::len);
    let complete: Vec<Vec<f64>> =
        layers.filter_map(|layer| networks.iter().map(|network| network[layer]).collect()).collect();
    if complete.is_empty() || networks.len() < 2 {
        return Ok(None);
    }
    let differences: Vec<f64> = complete.iter().map(|layer| layer[0] - mean(&layer[1..])).collect();
    let of_network = |network: usize| mean(&complete.iter().map(|layer| layer[network]).collect::<Vec<_>>());
    let null: Vec<f64> = (1..networks.len()).map(of_network).collect();
    let interval = bootstrap.mean(&differences)?;
    let [low, high] = quantiles(&null, [0.0, 1.0])?;
    Ok(Some(TestRow {
        estimate: interval.estimate,
        ci_low: Some(interval.low),
        ci_high: Some(interval.high),
        control_mean: Some(mean(&null)),
        control_low: Some(low),
        control_high: Some(high),
        p: Some(Draws::new(of_network(0), &null)?.p(Alternative::Greater)),
        z: Draws::new(of_network(0), &null)?.z(),
        n: null.len(),
        ..row
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 200, seed: 1 };

    #[test]
    fn a_falling_measure_has_a_trend_and_a_constant_one_has_none() {
        let falling = [Some(0.4), None, Some(0.2), Some(0.1)];
        let found = trend(TestRow::default(), &falling, BOOTSTRAP).expect("finite").expect("three layers");
        assert_eq!((found.estimate, found.n), (-1.0, 3));
        assert!(trend(TestRow::default(), &[Some(0.2); 4], BOOTSTRAP).expect("finite").is_none());
        assert!(trend(TestRow::default(), &[Some(0.2), Some(0.3)], BOOTSTRAP).expect("finite").is_none());
    }

    #[test]
    fn the_difference_is_that_of_the_layers_that_all_networks_have() {
        let networks = [vec![Some(0.5), Some(0.9)], vec![Some(0.3), None], vec![Some(0.1), Some(0.1)]];
        let found = against_random(TestRow::default(), &networks, BOOTSTRAP).expect("finite").expect("one layer");
        assert!((found.estimate - 0.3).abs() < 1e-12);
        assert_eq!((found.p, found.n), (Some(1.0 / 3.0), 2));
        assert!(against_random(TestRow::default(), &networks[..1], BOOTSTRAP).expect("finite").is_none());
    }
}
