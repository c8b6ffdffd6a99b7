//! The least value of a smooth convex function of very many numbers, by L-BFGS: Newton's method with what the last few steps
//! told of the curvature (Liu & Nocedal 1989; Nocedal & Wright 2006, algorithms 7.4 and 7.5).
//!
//! Steps are halved until the function falls by a ten-thousandth of what its slope promises (Armijo).

use std::collections::VecDeque;

/// Steps, how many of them are remembered, and how often one is halved.
const STEPS: usize = 2000;
const MEMORY: usize = 10;
const HALVINGS: usize = 40;

/// One step: by how much the place moved, and by how much the gradient changed.
struct Step {
    moved: Vec<f64>,
    changed: Vec<f64>,
    /// `1 / (moved · changed)`.
    inverse: f64,
}

/// The place of the least value; nothing where the search did not settle. `of` gives value and gradient at a place, and the
/// search ends where no entry of the gradient is above `tolerance` in size.
pub(super) fn minimise(start: Vec<f64>, tolerance: f64, of: impl Fn(&[f64]) -> (f64, Vec<f64>)) -> Option<Vec<f64>> {
    let mut place = start;
    let (mut value, mut gradient) = of(&place);
    let mut memory: VecDeque<Step> = VecDeque::new();
    for _ in 0..STEPS {
        if gradient.iter().all(|slope| slope.abs() <= tolerance) {
            return Some(place);
        }
        let direction = direction(&gradient, &memory);
        let (next, next_value, next_gradient) = walk(&place, value, &gradient, &direction, &of)?;
        remember(&mut memory, difference(&next, &place), difference(&next_gradient, &gradient));
        (place, value, gradient) = (next, next_value, next_gradient);
    }
    None
}

/// Minus the inverse curvature times the gradient: the two loops.
fn direction(gradient: &[f64], memory: &VecDeque<Step>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut shares = Vec::with_capacity(memory.len());
    for step in memory.iter().rev() {
        let share = step.inverse * dot(&step.moved, &direction);
        add(&mut direction, -share, &step.changed);
        shares.push(share);
    }
    if let Some(latest) = memory.back() {
        let scale = 1.0 / (latest.inverse * dot(&latest.changed, &latest.changed));
        direction.iter_mut().for_each(|entry| *entry *= scale);
    }
    for (step, share) in memory.iter().zip(shares.into_iter().rev()) {
        let rest = share - step.inverse * dot(&step.changed, &direction);
        add(&mut direction, rest, &step.moved);
    }
    direction
}

/// The first place on the way, of steps ever shorter, where the function is low enough; with its value and gradient.
fn walk(
    place: &[f64],
    value: f64,
    gradient: &[f64],
    direction: &[f64],
    of: impl Fn(&[f64]) -> (f64, Vec<f64>),
) -> Option<(Vec<f64>, f64, Vec<f64>)> {
    let slope = dot(gradient, direction);
    let mut length = 1.0;
    for _ in 0..HALVINGS {
        let mut tried = place.to_vec();
        add(&mut tried, length, direction);
        let (reached, gradient) = of(&tried);
        // Near the end the fall is below what sums in f64 can tell apart.
        if reached <= value + 1e-4 * length * slope + 1e-14 * value.abs() {
            return Some((tried, reached, gradient));
        }
        length /= 2.0;
    }
    None
}

/// Keeps a step if it tells of a positive curvature.
fn remember(memory: &mut VecDeque<Step>, moved: Vec<f64>, changed: Vec<f64>) {
    let curvature = dot(&moved, &changed);
    if curvature > 1e-12 * dot(&changed, &changed) {
        if memory.len() == MEMORY {
            memory.pop_front();
        }
        memory.push_back(Step { moved, changed, inverse: 1.0 / curvature });
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(target: &mut [f64], factor: f64, summand: &[f64]) {
    target.iter_mut().zip(summand).for_each(|(target, summand)| *target += factor * summand);
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_bottom_of_a_bowl_is_found(
            bowl in proptest::collection::vec((-1e3..1e3_f64, 1e-2..1e2_f64), 1..30),
        ) {
            // Σ c·(x − b)² + (x − b)⁴ has its least value where every x is its b.
            let of = |place: &[f64]| {
                let terms = place.iter().zip(&bowl).map(|(x, &(bottom, c))| (x - bottom, c));
                let value = terms.clone().map(|(d, c)| c * d * d + d.powi(4)).sum();
                (value, terms.map(|(d, c)| 2.0 * c * d + 4.0 * d.powi(3)).collect())
            };
            let found = minimise(vec![0.0; bowl.len()], 1e-9, of).expect("settles");
            for (x, (bottom, _)) in found.iter().zip(&bowl) {
                prop_assert!((x - bottom).abs() < 1e-6, "{x} {bottom}");
            }
        }
    }

    #[test]
    fn a_slope_without_an_end_is_no_result() {
        assert_eq!(minimise(vec![0.0], 1e-9, |place| (-place[0], vec![-1.0])), None);
        assert_eq!(minimise(vec![0.0], 1e-9, |_| (f64::NAN, vec![f64::NAN])), None);
    }
}
