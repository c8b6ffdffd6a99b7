//! Names of classes inside a plane: short ones, and places where none covers another.

use crate::axes::LINE;
use crate::svg::Place;
use crate::text::{Weight, width};
use crate::theme::size;
use std::collections::BTreeSet;

/// A name and the middle of its baseline.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spot {
    pub name: String,
    pub place: Place,
}

/// The beginnings of names, three letters or as many as tell them apart; numbers from 1 where ten do not.
pub(crate) fn short_names(names: &[String]) -> Vec<String> {
    let beginnings = |length: usize| -> Vec<String> {
        names.iter().map(|name| name.chars().take(length).collect::<String>().trim_end().to_string()).collect()
    };
    (3..=10)
        .map(beginnings)
        .find(|short| short.iter().collect::<BTreeSet<_>>().len() == names.len())
        .unwrap_or_else(|| (1..=names.len()).map(|number| number.to_string()).collect())
}

/// Moves names up or down, as little as possible and earlier ones first, until none covers another; all stay inside the
/// square box. Where there is no room left, a name stays where it was.
pub(crate) fn place_names(spots: Vec<Spot>, corner: Place, side: f64) -> Vec<Spot> {
    let mut placed: Vec<(Spot, f64)> = Vec::new();
    for mut spot in spots {
        let half = width(&spot.name, size::LABEL, Weight::Bold) / 2.0 + 3.0;
        let (low, high) = (corner.0 + half, corner.0 + side - half);
        let x = spot.place.0.max(low).min(high.max(low));
        let (top, bottom) = (corner.1 + LINE, corner.1 + side - 4.0);
        let is_free = |y: f64| {
            let covers = |(other, other_half): &(Spot, f64)| {
                (other.place.1 - y).abs() < LINE - 1.0 && (other.place.0 - x).abs() < half + other_half
            };
            (top..=bottom).contains(&y) && !placed.iter().any(covers)
        };
        let start = spot.place.1.max(top).min(bottom.max(top));
        let steps = (0..side as usize).flat_map(|step| [step as f64, -(step as f64)]);
        spot.place = (x, steps.map(|step| start + step).find(|&y| is_free(y)).unwrap_or(start));
        placed.push((spot, half));
    }
    placed.into_iter().map(|(spot, _)| spot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| name.to_string()).collect()
    }

    #[test]
    fn beginnings_tell_names_apart() {
        assert_eq!(short_names(&names(&["Awe", "Adoration", "Joy"])), names(&["Awe", "Ado", "Joy"]));
        assert_eq!(short_names(&names(&["Empathic Pain", "Empathy"])), names(&["Empathi", "Empathy"]));
        assert_eq!(short_names(&names(&["the first class", "the first one", "the first"])), names(&["1", "2", "3"]));
        assert_eq!(short_names(&[]), names(&[]));
    }

    #[test]
    fn names_in_one_place_end_apart_and_inside() {
        let spot = |index: usize| Spot { name: format!("Aesthetic {index}"), place: (102.0, 298.0) };
        let placed = place_names((0..20).map(spot).collect(), (100.0, 100.0), 300.0);
        for (index, a) in placed.iter().enumerate() {
            let half = width(&a.name, size::LABEL, Weight::Bold) / 2.0;
            assert!(a.place.0 - half >= 100.0 && (110.0..=400.0).contains(&a.place.1), "{a:?}");
            assert!(placed[index + 1..].iter().all(|b| (a.place.1 - b.place.1).abs() >= LINE - 1.0), "{a:?}");
        }
    }

    #[test]
    fn a_crowded_box_keeps_every_name() {
        let spot = |index: usize| Spot { name: format!("name {index}"), place: (20.0, 20.0) };
        assert_eq!(place_names((0..20).map(spot).collect(), (0.0, 0.0), 40.0).len(), 20);
        assert_eq!(
            place_names(vec![Spot { name: "a name wider than the box".into(), place: (1.0, 1.0) }], (0.0, 0.0), 9.0)
                .len(),
            1
        );
    }
}
