//! Samples that belong together, such as the frames of a video.

use std::collections::BTreeMap;

/// The samples of each group, in the order of the groups' numbers, which may have gaps.
pub fn members(groups: &[usize]) -> Vec<Vec<usize>> {
    let mut members = BTreeMap::<usize, Vec<usize>>::new();
    groups.iter().enumerate().for_each(|(sample, &group)| members.entry(group).or_default().push(sample));
    members.into_values().collect()
}

/// The group of each sample, renumbered from 0 without gaps.
pub fn dense(groups: &[usize]) -> Vec<usize> {
    let mut numbers = vec![0; groups.len()];
    for (number, samples) in members(groups).into_iter().enumerate() {
        samples.into_iter().for_each(|sample| numbers[sample] = number);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_close() {
        assert_eq!(members(&[7, 2, 7, 4]), [vec![1], vec![3], vec![0, 2]]);
        assert_eq!(dense(&[7, 2, 7, 4]), [2, 0, 2, 1]);
        assert_eq!((members(&[]), dense(&[])), (Vec::<Vec<usize>>::new(), vec![]));
    }
}
