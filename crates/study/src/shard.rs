//! The part of a run's chunks that one process computes.

use std::fmt;
use std::str::FromStr;

/// Shard `index` of `of`: the chunks whose position leaves the remainder `index` when it is divided by `of`.
///
/// Neighbouring chunks share a layer and cost about the same, so every shard gets some of each.
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

    /// Whether the chunk at a position belongs to this shard.
    pub fn has(&self, chunk: usize) -> bool {
        chunk % self.of == self.index
    }
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

    proptest! {
        #[test]
        fn every_chunk_belongs_to_exactly_one_shard(chunk in 0usize..5000, of in 1usize..99) {
            let owners = (0..of).filter(|&index| Shard { index, of }.has(chunk)).count();
            prop_assert_eq!(owners, 1);
        }
    }
}
