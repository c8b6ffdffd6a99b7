//! An order of computation.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Puts things in an order in which each stands behind all that it reads (Kahn 1962); among those that are ready, the one
/// given first. `reads[i]` are the positions of what thing i reads.
///
/// # Examples
/// ```
/// assert_eq!(graph::order_of_computation(&[vec![2], vec![], vec![1]]), Ok(vec![1, 2, 0]));
/// assert_eq!(graph::order_of_computation(&[vec![1], vec![0], vec![]]), Err(vec![1, 0]), "a circle");
/// ```
///
/// # Errors
/// The positions of things that wait for one another in a circle, each read by the next.
///
/// # Panics
/// If a position is beyond the end.
pub fn order_of_computation(reads: &[Vec<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut readers = vec![Vec::new(); reads.len()];
    for (at, reads) in reads.iter().enumerate() {
        reads.iter().for_each(|&read| readers[read].push(at));
    }
    let mut waits: Vec<usize> = reads.iter().map(Vec::len).collect();
    let mut ready: BinaryHeap<_> = (0..reads.len()).filter(|&at| waits[at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(reads.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for &reader in &readers[at] {
            waits[reader] -= 1;
            if waits[reader] == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    if order.len() == reads.len() { Ok(order) } else { Err(circle(reads, &waits)) }
}

/// A circle among the things that still wait: from any of them, back along what they read and waits too, until one
/// returns.
fn circle(reads: &[Vec<usize>], waits: &[usize]) -> Vec<usize> {
    let waiting = |at: &usize| waits[*at] > 0;
    let mut seen = vec![usize::MAX; reads.len()];
    let mut path = Vec::new();
    let mut next = (0..reads.len()).find(waiting);
    while let Some(at) = next.filter(|&at| seen[at] == usize::MAX) {
        seen[at] = path.len();
        path.push(at);
        next = reads[at].iter().copied().find(waiting);
    }
    let start = next.map_or(0, |at| seen[at]);
    path[start..].iter().rev().copied().collect()
}
