//! Estimates over the layers of a network: a mean with the sign-flip test, or a trend with depth.

use anyhow::Result;
use stats::bootstrap::Bootstrap;
use stats::empirical::Alternative;
use stats::sign_flip::{MOST, sign_flip_p};
use study::comparison::mean;
use study::rows::TestRow;

use super::Found;

/// Layers below which nothing is said of "the layers".
const FEWEST: usize = 3;

/// Values by layer, first to last; nothing where a layer has none.
pub(super) type ByLayer = Vec<Option<f64>>;

/// The mean over layers, its bootstrap interval over layers, and the exact sign-flip p against 0; nothing for fewer
/// than three layers. It fits where it has the sign of the alternative.
pub(super) fn mean_over_layers(
    values: &ByLayer,
    alternative: Alternative,
    bootstrap: &Bootstrap,
) -> Result<Option<Found>> {
    let values: Vec<f64> = values.iter().flatten().copied().collect();
    if values.len() < FEWEST {
        return Ok(None);
    }
    let interval = bootstrap.mean(&values)?;
    // A network deeper than the test can count has an interval, but no exact p.
    let p = (values.len() <= MOST).then(|| sign_flip_p(&values, alternative)).transpose()?;
    let fits = match alternative {
        Alternative::Less => interval.estimate < 0.0,
        Alternative::Greater => interval.estimate > 0.0,
        Alternative::TwoSided => interval.estimate != 0.0,
    };
    Ok(Some(Found { estimate: interval.estimate, interval: Some((interval.low, interval.high)), p, fits }))
}

/// Spearman's ρ of the values with depth, as [`study::over_layers::trend`] has it. It fits where it has the sign of the
/// alternative.
pub(super) fn trend(values: &ByLayer, alternative: Alternative, bootstrap: &Bootstrap) -> Result<Option<Found>> {
    let Some(row) = study::over_layers::trend(TestRow::default(), values, *bootstrap)? else { return Ok(None) };
    let fits = match alternative {
        Alternative::Less => row.estimate < 0.0,
        Alternative::Greater => row.estimate > 0.0,
        Alternative::TwoSided => true,
    };
    Ok(Some(Found { estimate: row.estimate, interval: row.ci_low.zip(row.ci_high), p: row.p, fits }))
}

/// Layer by layer, the mean over several networks of what each has there.
pub(super) fn mean_of_networks(networks: &[ByLayer]) -> ByLayer {
    let layers = networks.first().map_or(0, Vec::len);
    let of_layer = |layer: usize| {
        let values: Vec<f64> = networks.iter().filter_map(|network| network[layer]).collect();
        (!values.is_empty()).then(|| mean(&values))
    };
    (0..layers).map(of_layer).collect()
}

/// The difference, layer by layer, where both have a value.
pub(super) fn minus(one: &ByLayer, other: &ByLayer) -> ByLayer {
    one.iter().zip(other).map(|(one, other)| Some((*one)? - (*other)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 200, seed: 1 };

    #[test]
    fn a_mean_over_layers_ignores_those_without_a_value() {
        let values = vec![Some(1.0), None, Some(2.0), Some(3.0)];
        let found = mean_over_layers(&values, Alternative::Greater, &BOOTSTRAP).expect("finite").expect("enough");
        assert_eq!((found.estimate, found.p, found.fits), (2.0, Some(0.125), true));
        let found = mean_over_layers(&values, Alternative::Less, &BOOTSTRAP).expect("finite").expect("enough");
        assert_eq!((found.p, found.fits), (Some(1.0), false));
        let few = vec![Some(1.0), Some(2.0), None];
        assert_eq!(mean_over_layers(&few, Alternative::Less, &BOOTSTRAP).expect("finite"), None);
    }

    #[test]
    fn a_network_too_deep_to_count_has_no_p() {
        let values = vec![Some(1.0); 21];
        let found = mean_over_layers(&values, Alternative::Greater, &BOOTSTRAP).expect("finite").expect("enough");
        assert_eq!((found.estimate, found.p), (1.0, None));
    }

    #[test]
    fn a_trend_has_a_direction_and_a_constant_has_none() {
        let falling = vec![Some(4.0), Some(3.0), None, Some(1.0)];
        let found = trend(&falling, Alternative::Greater, &BOOTSTRAP).expect("finite").expect("enough");
        assert_eq!((found.estimate, found.fits), (-1.0, false));
        assert_eq!(trend(&vec![Some(1.0); 5], Alternative::Greater, &BOOTSTRAP).expect("finite"), None);
    }

    #[test]
    fn networks_are_averaged_where_they_have_a_value() {
        let networks = [vec![Some(1.0), None, None], vec![Some(3.0), Some(5.0), None]];
        assert_eq!(mean_of_networks(&networks), [Some(2.0), Some(5.0), None]);
        assert_eq!(minus(&networks[0], &networks[1]), [Some(-2.0), None, None]);
        assert!(mean_of_networks(&[]).is_empty());
    }
}
