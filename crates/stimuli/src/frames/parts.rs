//! Which groups are for training and which for testing, drawn at random per class.

use rand::seq::SliceRandom;

use super::Part;
use super::classes::{Classes, class_key};
use crate::seed;

/// The sides of groups, drawn per class: of n groups `test_share · n`, rounded, but at least one and at most n − 1, are
/// for testing.
///
/// Each class has its own random stream, so that what happens to one does not depend on the others; the groups must
/// come in a fixed order. The error is a class with a single group, by position.
pub(crate) fn drawn(classes: &Classes, class_of_group: &[usize], share: f64, seed: u64) -> Result<Vec<Part>, usize> {
    let mut parts = vec![Part::Train; class_of_group.len()];
    for (class, name) in classes.names().iter().enumerate() {
        let mut members: Vec<usize> =
            (0..class_of_group.len()).filter(|&group| class_of_group[group] == class).collect();
        if members.len() == 1 {
            return Err(class);
        }
        members.shuffle(&mut seed::rng(seed, &format!("frames/split {}", class_key(name)), &[]));
        let most = members.len().saturating_sub(1);
        // A share below 1 of a count: the cast loses nothing.
        let test = ((share * members.len() as f64).round() as usize).clamp(most.min(1), most);
        members.iter().take(test).for_each(|&group| parts[group] = Part::Test);
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn classes(count: usize) -> Classes {
        Classes::new((0..count).map(|class| format!("class {class}"))).expect("classes")
    }

    fn groups(counts: &[usize]) -> Vec<usize> {
        counts.iter().enumerate().flat_map(|(class, &count)| std::iter::repeat_n(class, count)).collect()
    }

    #[test]
    fn a_seed_means_the_same_groups_in_every_release() {
        let parts = drawn(&classes(2), &groups(&[5, 4]), 0.4, 42).expect("drawn");
        let test: Vec<usize> = (0..9).filter(|&group| parts[group] == Part::Test).collect();
        assert_eq!(test, [1, 2, 6, 7]);
        assert_eq!(drawn(&classes(2), &groups(&[1, 5]), 0.4, 42), Err(0));
    }

    proptest! {
        #[test]
        fn a_draw_is_stratified_and_has_both_sides(
            counts in prop::collection::vec(2usize..40, 2..8), share in 0.01f64..0.99, seed: u64,
        ) {
            let class_of_group = groups(&counts);
            let parts = drawn(&classes(counts.len()), &class_of_group, share, seed).expect("drawn");
            for (class, &count) in counts.iter().enumerate() {
                let test = (0..parts.len()).filter(|&group| class_of_group[group] == class && parts[group] == Part::Test);
                let test = test.count();
                prop_assert!((1..count).contains(&test));
                let wanted = share * count as f64;
                prop_assert!((test as f64 - wanted).abs() <= 0.5 || test == 1 || test + 1 == count, "{test} of {count}");
            }
        }

        #[test]
        fn a_class_does_not_move_when_another_grows(first in 2usize..20, other in 2usize..20, more in 2usize..20, seed: u64) {
            let of = |second| drawn(&classes(2), &groups(&[first, second]), 0.3, seed).expect("drawn")[..first].to_vec();
            prop_assert_eq!(of(other), of(more));
        }
    }
}
