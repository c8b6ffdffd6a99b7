//! The part of a run's chunks that one process computes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;
use std::str::FromStr;

/// Shard `index` of `of`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 0.
    pub index: usize,
    /// How many there are.
    pub of: usize,
}

impl Shard {
    /// All chunks.
    pub const WHOLE: Self = Self { index: 0, of: 1 };
}

/// The shard of every chunk, which depends on nothing but the chunks' costs and the number of shards: the most expensive
/// chunk goes first, each to the shard that has the least to do so far (Graham 1969, longest processing time first). So
/// no shard has more to do than 4/3 of what the best division would give it. Chunks of equal cost are dealt in turn.
pub fn owners(costs: &[u64], of: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..costs.len()).collect();
    order.sort_by_key(|&chunk| Reverse(costs[chunk]));
    // Chunks of statistics alone have no known cost; they are equal then.
    let cost = |chunk: usize| u128::from(costs[chunk].max(1));
    let mut shards: BinaryHeap<Reverse<(u128, usize)>> = (0..of).map(|shard| Reverse((0, shard))).collect();
    let mut owners = vec![0; costs.len()];
    for chunk in order {
        let Some(Reverse((load, shard))) = shards.pop() else { break };
        owners[chunk] = shard;
        shards.push(Reverse((load + cost(chunk), shard)));
    }
    owners
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("`{text}` is no shard: write I/N with I from 0 to N-1, as in 0/8");
        let (index, of) = text.split_once('/').ok_or_else(wanted)?;
        let number = |part: &str| part.parse::<usize>().map_err(|_| wanted());
        let shard = Self { index: number(index)?, of: number(of)? };
        if shard.index < shard.of { Ok(shard) } else { Err(wanted()) }
    }
}

/// Numbers as a list with ranges, as Slurm's `--array` takes it: `1,3-5`.
pub fn array_list(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for &number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let shown =
        |(first, last): &(usize, usize)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    ranges.iter().map(shown).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_shard_reads_back_and_nonsense_is_refused() {
        assert_eq!("3/8".parse(), Ok(Shard { index: 3, of: 8 }));
        assert_eq!("3/8".parse::<Shard>().expect("valid").to_string(), "3/8");
        for nonsense in ["", "3", "8/8", "0/0", "-1/2", "a/2", "1/2/3"] {
            assert!(nonsense.parse::<Shard>().expect_err(nonsense).contains("I/N"), "{nonsense}");
        }
    }

    #[test]
    fn lists_are_short() {
        for (numbers, text) in
            [(vec![], ""), (vec![4], "4"), (vec![1, 3, 4, 5], "1,3-5"), (vec![0, 1, 2, 3], "0-3"), (vec![0, 2], "0,2")]
        {
            assert_eq!(array_list(&numbers), text);
        }
    }

    #[test]
    fn equal_chunks_are_dealt_in_turn_and_dear_ones_apart() {
        assert_eq!(owners(&[0; 5], 2), [0, 1, 0, 1, 0]);
        assert_eq!(owners(&[5; 4], 9), [0, 1, 2, 3]);
        assert_eq!(owners(&[1, 9, 1, 1, 9, 1], 2), [0, 0, 1, 0, 1, 1]);
        assert_eq!(owners(&[], 3), [0; 0]);
    }

    proptest! {
        #[test]
        fn no_shard_has_much_more_to_do_than_the_mean(
            costs in proptest::collection::vec(1u64..1000, 1..200),
            of in 1usize..40,
        ) {
            let owners = owners(&costs, of);
            prop_assert!(owners.iter().all(|&owner| owner < of));
            let load = |shard: usize| -> u64 {
                owners.iter().zip(&costs).filter(|(owner, _)| **owner == shard).map(|(_, cost)| cost).sum()
            };
            let most = (0..of).map(load).max().expect("at least one shard");
            let dearest = costs.iter().max().expect("at least one chunk");
            // Of any list schedule: the last chunk of the fullest shard began when no shard had less to do.
            prop_assert!(most * of as u64 <= costs.iter().sum::<u64>() + dearest * (of as u64 - 1));
        }
    }
}
