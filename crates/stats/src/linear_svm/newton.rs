//! The search: with `aᵢ = yᵢ (xᵢ, 1)` and multipliers α, the weights minimise
//! `½ ‖w‖² + Σ hᵢ(1 − aᵢ · w + αᵢ / σ)`, h being 0 below 0, then `σ u² / 2`, and from `u = Cᵢ / σ` on a line of slope Cᵢ.
//! Its derivative is `w − Σ λᵢ aᵢ` with `λᵢ = σ u` held between 0 and Cᵢ, and these λ are the next α. Where α stays as it
//! is, both problems are solved. σ grows from round to round; each round is solved by Newton steps, since the derivative
//! is linear wherever no observation passes an end of its range.

use super::system::{System, add, dot};

/// σ in the first round, in units of the mean cost.
const FIRST: f64 = 0.02;
/// How σ grows from round to round, and up to what.
const GROWTH: f64 = 3.0;
const LARGEST: f64 = 1e9;
/// A round is solved when its derivative is this much shorter than what its multipliers moved.
const INEXACT: f64 = 0.3;
/// Derivatives this much shorter than the weights are rounding.
const ROUNDING: f64 = 1e-11;
/// A step ends where the slope along it has fallen to this share of its start.
const FLAT: f64 = 1e-3;
/// Halvings of a step.
const HALVINGS: usize = 60;

pub(super) struct Search<'a> {
    rows: &'a [f64],
    columns: usize,
    costs: &'a [f64],
    weights: Vec<f64>,
    /// `1 − aᵢ · w`
    short: Vec<f64>,
    alphas: Vec<f64>,
    sigma: f64,
    system: System,
}

pub(super) struct Found {
    pub weights: Vec<f64>,
    pub primal: f64,
    pub dual: f64,
    pub steps: usize,
}

/// Where the search stands: multipliers, the weights that they make, and how far these are from the weights at hand.
struct Place {
    lambdas: Vec<f64>,
    made: Vec<f64>,
    derivative: Vec<f64>,
}

impl<'a> Search<'a> {
    pub(super) fn new(rows: &'a [f64], columns: usize, costs: &'a [f64]) -> Self {
        let mean = costs.iter().sum::<f64>() / costs.len().max(1) as f64;
        Self {
            rows,
            columns,
            costs,
            weights: vec![0.0; columns],
            short: vec![1.0; costs.len()],
            alphas: vec![0.0; costs.len()],
            sigma: FIRST * mean,
            system: System::new(columns, costs.len()),
        }
    }

    /// The weights that the best multipliers make.
    pub(super) fn run(mut self, tolerance: f64, most: usize) -> Found {
        let mut steps = 0;
        loop {
            let mut place = self.place();
            while steps < most && !self.is_solved(&place) {
                self.step(&place);
                place = self.place();
                steps += 1;
            }
            self.alphas = place.lambdas;
            let (primal, dual) = self.objectives(&place.made);
            let settled = self.sigma >= LARGEST && dot(&place.derivative, &place.derivative) == 0.0;
            if primal - dual <= tolerance * primal || steps >= most || settled {
                return Found { weights: place.made, primal, dual, steps };
            }
            self.sigma = (self.sigma * GROWTH).min(LARGEST);
            // A round that needs no step counts as one, so that the search ends.
            steps += 1;
        }
    }

    fn row(&self, index: usize) -> &'a [f64] {
        &self.rows[index * self.columns..(index + 1) * self.columns]
    }

    /// `σ u`, which the multiplier is where it is between 0 and the cost.
    fn free(&self, index: usize) -> f64 {
        self.sigma * self.short[index] + self.alphas[index]
    }

    fn place(&self) -> Place {
        let lambdas: Vec<f64> = (0..self.costs.len()).map(|i| self.free(i).clamp(0.0, self.costs[i])).collect();
        let made = self.made_of(&lambdas);
        let derivative = self.weights.iter().zip(&made).map(|(weight, made)| weight - made).collect();
        Place { lambdas, made, derivative }
    }

    /// `Σ λᵢ aᵢ`
    fn made_of(&self, lambdas: &[f64]) -> Vec<f64> {
        let mut made = vec![0.0; self.columns];
        for (index, &lambda) in lambdas.iter().enumerate().filter(|(_, lambda)| **lambda != 0.0) {
            add(&mut made, lambda, self.row(index));
        }
        made
    }

    fn is_solved(&self, place: &Place) -> bool {
        let length = dot(&place.derivative, &place.derivative).sqrt();
        let moved = place.lambdas.iter().zip(&self.alphas).map(|(new, old)| (new - old).powi(2)).sum::<f64>().sqrt();
        length <= INEXACT * moved / self.sigma.sqrt()
            || length <= ROUNDING * (1.0 + dot(&place.made, &place.made).sqrt())
    }

    /// One Newton step, as long as it goes down.
    fn step(&mut self, place: &Place) {
        let active: Vec<bool> =
            (0..self.costs.len()).map(|i| self.free(i) > 0.0 && self.free(i) < self.costs[i]).collect();
        let direction = self.system.solve(self.rows, &active, self.sigma, &place.derivative);
        // The way down is against the derivative.
        let falls: Vec<f64> = (0..self.costs.len()).map(|i| -dot(self.row(i), &direction)).collect();
        let length = self.length(&direction, &falls);
        self.weights.iter_mut().zip(&direction).for_each(|(weight, part)| *weight -= length * part);
        self.short.iter_mut().zip(&falls).for_each(|(short, fall)| *short -= length * fall);
    }

    /// Where the slope along a step is 0, found by halving; 1 where the whole step is as good.
    fn length(&self, direction: &[f64], falls: &[f64]) -> f64 {
        let (along, square) = (-dot(&self.weights, direction), dot(direction, direction));
        let slope = |t: f64| {
            let pull = |i: usize| (self.free(i) - self.sigma * t * falls[i]).clamp(0.0, self.costs[i]) * falls[i];
            along + t * square - (0..falls.len()).map(pull).sum::<f64>()
        };
        let enough = FLAT * slope(0.0).abs();
        let (mut low, mut high) = (0.0, 1.0);
        // The slope only rises: what still goes down at the whole step goes down further.
        let mut doublings = 0;
        while slope(high) < -enough && doublings < HALVINGS {
            (low, high, doublings) = (high, 2.0 * high, doublings + 1);
        }
        if slope(high).abs() <= enough {
            return high;
        }
        for _ in 0..HALVINGS {
            let middle = (low + high) / 2.0;
            let found = slope(middle);
            if found.abs() <= enough {
                return middle;
            }
            if found < 0.0 { low = middle } else { high = middle }
        }
        (low + high) / 2.0
    }

    /// Primal and dual value of the weights that the multipliers make.
    fn objectives(&self, made: &[f64]) -> (f64, f64) {
        let penalty = dot(made, made) / 2.0;
        let loss = |index: usize| self.costs[index] * (1.0 - dot(self.row(index), made)).max(0.0);
        let losses: f64 = (0..self.costs.len()).map(loss).sum();
        (penalty + losses, self.alphas.iter().sum::<f64>() - penalty)
    }
}
