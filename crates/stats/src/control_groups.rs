//! Control groups of channels for a lesion or gain experiment: as many channels of the same layer, chosen at random.
//!
//! - [`random`]: any channels, selective ones included (the control of the papers)
//! - [`random_nonselective`]: any channels that are not selective
//! - [`matched`]: for each selective channel another one that is active to about the same degree, since a group that is
//!   more active changes more when it is silenced, whatever it is selective for
//! - [`collected`]: channels that a selection rule names by itself, brought to the same number
//!
//! Draw number `draw` of a seed does not depend on other draws. Groups are ascending.

use rand::RngExt;
use rand::seq::{SliceRandom, index::sample};
use rand_chacha::ChaCha8Rng;

use crate::StatsError;
use crate::error::{check_at_most, check_finite};
use crate::seeded::generator;

/// Selections after which a group that is still too small is given up.
const SELECTIONS: usize = 1000;

/// `size` of the `channels` of a layer, each subset equally likely.
///
/// # Examples
/// ```
/// use stats::control_groups::random;
///
/// let group = random(64, 5, 1, 0)?;
/// assert_eq!(group.len(), 5);
/// assert_eq!(group, random(64, 5, 1, 0)?, "a draw depends on its seed and number only");
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// The group cannot be larger than the layer.
pub fn random(channels: usize, size: usize, seed: u64, draw: u64) -> Result<Vec<usize>, StatsError> {
    check_at_most("channels of a random group", size, channels)?;
    let all: Vec<usize> = (0..channels).collect();
    Ok(choose(&all, size, seed, draw))
}

/// `size` of the channels that are not in `selective`, each subset equally likely; `None` when there are fewer.
///
/// # Errors
/// Selective channels must belong to the layer.
pub fn random_nonselective(
    channels: usize,
    selective: &[usize],
    size: usize,
    seed: u64,
    draw: u64,
) -> Result<Option<Vec<usize>>, StatsError> {
    let others = others(channels, selective)?;
    Ok((others.len() >= size).then(|| choose(&others, size, seed, draw)))
}

/// For each channel of `selective` a partner outside of it with a similar mean activation, no partner twice; `None`
/// when there are fewer channels outside than inside.
///
/// The selective channels take their turns in random order. Each takes one of the `neighbours` channels that are
/// nearest in mean activation among those not yet taken, with equal chances. So `neighbours = 1` matches as closely as
/// the order allows, with little variety between draws; larger values trade closeness for variety.
///
/// # Examples
/// ```
/// use stats::control_groups::matched;
///
/// // Channel 0 is active like channel 2, channel 1 like channel 3.
/// assert_eq!(matched(&[0.1, 0.9, 0.11, 0.88], &[0, 1], 1, 1, 0)?, Some(vec![2, 3]));
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// `mean_activation` holds one finite value per channel of the layer; selective channels must belong to it, and
/// `neighbours` must be at least 1.
pub fn matched(
    mean_activation: &[f64],
    selective: &[usize],
    neighbours: usize,
    seed: u64,
    draw: u64,
) -> Result<Option<Vec<usize>>, StatsError> {
    check_finite("mean activations", mean_activation)?;
    if neighbours == 0 {
        return Err(StatsError::Empty { what: "neighbours to choose a matched channel from" });
    }
    let mut candidates = others(mean_activation.len(), selective)?;
    let mut turns = selective.to_vec();
    turns.sort_unstable();
    turns.dedup();
    if candidates.len() < turns.len() {
        return Ok(None);
    }
    candidates.sort_by(|&a, &b| mean_activation[a].total_cmp(&mean_activation[b]).then(a.cmp(&b)));
    let mut random = generator(seed, draw);
    turns.shuffle(&mut random);
    let mut partners: Vec<usize> = turns
        .into_iter()
        .map(|channel| {
            let near = nearest(&candidates, mean_activation, mean_activation[channel], neighbours);
            candidates.remove(random.random_range(near))
        })
        .collect();
    partners.sort_unstable();
    Ok(Some(partners))
}

/// A group of `size` channels out of those that `select` names, for a rule whose selections vary in size, such as one
/// that is applied to shuffled labels. A selection that is too large is thinned at random; one that is too small is
/// completed from the next ones. `None` where a thousand of them hold too few channels together.
///
/// # Errors
/// What `select` returns.
pub fn collected(
    size: usize,
    seed: u64,
    draw: u64,
    mut select: impl FnMut(&mut ChaCha8Rng) -> Result<Vec<usize>, StatsError>,
) -> Result<Option<Vec<usize>>, StatsError> {
    let mut random = generator(seed, draw);
    let mut group: Vec<usize> = Vec::with_capacity(size);
    for _ in 0..SELECTIONS {
        if group.len() == size {
            break;
        }
        let mut new: Vec<usize> = select(&mut random)?.into_iter().filter(|channel| !group.contains(channel)).collect();
        new.shuffle(&mut random);
        new.truncate(size - group.len());
        group.extend(new);
    }
    group.sort_unstable();
    Ok((group.len() == size).then_some(group))
}

/// Where in `candidates`, ascending in activation, the `count` nearest to `target` stand. Of two that are equally far
/// the less active comes first.
fn nearest(candidates: &[usize], activation: &[f64], target: f64, count: usize) -> std::ops::Range<usize> {
    let start = candidates.partition_point(|&candidate| activation[candidate] < target);
    let (mut low, mut high) = (start, start);
    while high - low < count.min(candidates.len()) {
        let below = low.checked_sub(1).map(|place| target - activation[candidates[place]]);
        let above = candidates.get(high).map(|&candidate| activation[candidate] - target);
        match (below, above) {
            (Some(below), Some(above)) if below <= above => low -= 1,
            (Some(_), None) => low -= 1,
            _ => high += 1,
        }
    }
    low..high
}

/// The channels that are not in `selective`, ascending.
fn others(channels: usize, selective: &[usize]) -> Result<Vec<usize>, StatsError> {
    let mut is_other = vec![true; channels];
    for (index, &channel) in selective.iter().enumerate() {
        let allowed = "the number of a channel of this layer";
        let outside = StatsError::Value { what: "selective channels", index, value: channel as f64, allowed };
        *is_other.get_mut(channel).ok_or(outside)? = false;
    }
    Ok((0..channels).filter(|&channel| is_other[channel]).collect())
}

fn choose(from: &[usize], size: usize, seed: u64, draw: u64) -> Vec<usize> {
    let mut group: Vec<usize> =
        sample(&mut generator(seed, draw), from.len(), size).iter().map(|place| from[place]).collect();
    group.sort_unstable();
    group
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    #[test]
    fn impossible_groups() {
        let message = random(4, 5, 1, 0).expect_err("too large").to_string();
        assert_eq!(message, "channels of a random group: 5 asked for, but there are only 4");
        assert_eq!(random_nonselective(4, &[0, 1], 3, 1, 0), Ok(None));
        assert_eq!(random_nonselective(4, &[0, 1], 2, 1, 0), Ok(Some(vec![2, 3])));
        assert_eq!(matched(&[1.0, 2.0, 3.0], &[0, 1], 3, 1, 0), Ok(None), "two turns, one candidate");
        let message = matched(&[1.0, 2.0], &[2], 3, 1, 0).expect_err("outside").to_string();
        assert_eq!(message, "selective channels, number 0, is 2; it must be the number of a channel of this layer");
        assert!(matched(&[1.0, f64::NAN], &[0], 3, 1, 0).is_err());
        assert!(matched(&[1.0, 2.0], &[0], 0, 1, 0).is_err());
        assert_eq!((random(4, 0, 1, 0), matched(&[1.0], &[], 1, 1, 0)), (Ok(vec![]), Ok(Some(vec![]))));
    }

    #[test]
    fn one_neighbour_is_the_nearest() {
        let activation = [5.0, 1.0, 4.0, 9.0, 5.5, 8.0];
        assert_eq!(matched(&activation, &[0], 1, 1, 0), Ok(Some(vec![4])));
        for draw in 0..8 {
            assert_eq!(matched(&activation, &[0, 3], 1, 1, draw), Ok(Some(vec![4, 5])), "any order of turns");
        }
    }

    #[test]
    fn the_order_of_turns_varies_between_draws() {
        // Both selective channels are nearest to channel 2; whoever comes second takes the one on its own side.
        let activation = [5.0, 6.0, 5.5, 4.0, 7.5];
        let groups: std::collections::BTreeSet<_> =
            (0..20).map(|draw| matched(&activation, &[0, 1], 1, 1, draw).expect("valid").expect("enough")).collect();
        assert_eq!(groups.into_iter().collect::<Vec<_>>(), [[2, 3], [2, 4]]);
    }

    #[test]
    fn selections_are_thinned_or_completed_to_the_size() {
        let mut calls = 0;
        let found = collected(3, 1, 0, |_| {
            calls += 1;
            Ok(vec![calls, calls + 1])
        });
        assert_eq!((found.map(|group| group.map(|group| group.len())), calls), (Ok(Some(3)), 2));
        let thinned = |draw| collected(2, 1, draw, |_| Ok((0..10).collect())).expect("valid").expect("enough");
        assert_eq!(thinned(0), thinned(0));
        assert!((1..20).any(|draw| thinned(draw) != thinned(0)));
        assert_eq!(collected(2, 1, 0, |_| Ok(vec![7])), Ok(None), "never more than one channel");
        assert_eq!(collected(0, 1, 0, |_| Ok(vec![7])), Ok(Some(vec![])));
    }

    #[test]
    fn every_channel_is_equally_likely() {
        let mut counts = [0; 10];
        for draw in 0..10_000 {
            random(10, 3, 6, draw).expect("fits").iter().for_each(|&channel| counts[channel] += 1);
        }
        // Binomial(10,000, 0.3) has a standard deviation of 46; five of them.
        assert!(counts.iter().all(|&count: &i32| (count - 3000).abs() < 230), "{counts:?}");
    }

    #[test]
    fn matched_groups_are_closer_in_activation_than_random_ones() {
        let activation: Vec<f64> = (0..200).map(|channel| f64::from(channel * 73 % 200)).collect();
        let selective: Vec<usize> = (0..200).filter(|&channel| activation[channel] >= 150.0).step_by(2).collect();
        let mean = |group: &[usize]| group.iter().map(|&c| activation[c]).sum::<f64>() / group.len() as f64;
        let target = mean(&selective);
        for draw in 0..20 {
            let group = matched(&activation, &selective, 5, 2, draw).expect("valid").expect("enough channels");
            let control = random_nonselective(200, &selective, selective.len(), 2, draw).expect("valid");
            assert!((mean(&group) - target).abs() < 10.0);
            assert!((mean(&control.expect("enough channels")) - target).abs() > 30.0);
        }
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn groups_are_ascending_distinct_and_repeatable(
            activation in proptest::collection::vec((0..9_i32).prop_map(f64::from), 2..60),
            share in 0.0..0.6_f64,
            (neighbours, seed, draw) in (1..9_usize, any::<u64>(), 0..1000_u64),
        ) {
            let channels = activation.len();
            let size = (share * channels as f64) as usize;
            let selective = random(channels, size, seed ^ 1, draw).expect("fits");
            let groups = |draw: u64| {
                let nonselective = random_nonselective(channels, &selective, size, seed, draw).expect("valid");
                let matched = matched(&activation, &selective, neighbours, seed, draw).expect("valid");
                [Some(random(channels, size, seed, draw).expect("fits")), nonselective, matched]
            };
            let drawn = groups(draw);
            prop_assert_eq!(&groups(draw), &drawn);
            for (kind, group) in drawn.iter().enumerate() {
                let Some(group) = group else {
                    prop_assert!(2 * size > channels);
                    continue;
                };
                prop_assert_eq!(group.len(), size);
                prop_assert!(group.is_sorted_by(|a, b| a < b) && group.iter().all(|&channel| channel < channels));
                prop_assert!(kind == 0 || group.iter().all(|channel| !selective.contains(channel)));
            }
        }

        #[test]
        fn draws_differ(seed in any::<u64>()) {
            let draws: std::collections::BTreeSet<_> =
                (0..50).map(|draw| random(512, 60, seed, draw).expect("fits")).collect();
            prop_assert_eq!(draws.len(), 50);
        }
    }
}
