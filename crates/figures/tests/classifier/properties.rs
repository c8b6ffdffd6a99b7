//! What holds whatever the data.

use proptest::prelude::*;

use super::bars::bars;
use super::scatters::{circles, point, scatter};
use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_finite_points_stay_in_their_panel(
        places in prop::collection::vec((-1e9..1e9f64, -1e3..1e3f64), 1..40),
    ) {
        let points = places.iter().map(|&(x, y)| point(x, y, 0)).collect();
        let drawn = circles(&scatter(points).draw().expect("a figure"));
        prop_assert_eq!(drawn.len(), places.len());
        // Left margin and side of the only panel; the top depends on the legend.
        prop_assert!(drawn.iter().all(|(x, _)| (14.0..=654.0).contains(x)), "{:?}", drawn);
    }

    #[test]
    fn the_same_data_give_the_same_bytes(values in prop::collection::vec(prop::option::of(-1e6..1e6f64), 1..12)) {
        let draw = |direction| bars(direction, &values).draw().expect("a figure").svg();
        for direction in [Bars::Upright, Bars::Level] {
            prop_assert!(!draw(direction).contains("NaN"));
            prop_assert_eq!(draw(direction), draw(direction));
        }
    }
}
