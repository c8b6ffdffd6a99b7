//! Gradient descent on places in the plane.

use rayon::prelude::*;

use super::Settings;

/// What a gain gains, what it keeps otherwise, and its smallest value.
const GAIN: (f64, f64, f64) = (0.2, 0.8, 0.01);
/// Others that are summed side by side.
const LANES: usize = 4;

/// Places after all iterations, and the divergence they leave. Affinities are `[points × points]`.
pub(super) fn descend(affinities: &[f64], settings: &Settings, start: &[[f64; 2]]) -> (Vec<[f64; 2]>, f64) {
    let mut places = start.to_vec();
    let mut motions = vec![Motion::default(); start.len()];
    for iteration in 0..settings.iterations {
        let exaggeration = if iteration < settings.exaggerated { settings.exaggeration } else { 1.0 };
        let momentum = settings.momentum[usize::from(iteration >= settings.switch)];
        let gradients = gradients(affinities, exaggeration, &places);
        for ((place, motion), gradient) in places.iter_mut().zip(&mut motions).zip(gradients) {
            motion.follow(gradient, momentum, settings.learning_rate);
            (0..2).for_each(|axis| place[axis] += motion.moved[axis]);
        }
        centre(&mut places);
    }
    let divergence = divergence(affinities, &places);
    (places, divergence)
}

/// `|a − b|²`
pub(super) fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// The last movement of a point and the gains of its coordinates.
#[derive(Clone, Copy)]
struct Motion {
    moved: [f64; 2],
    gains: [f64; 2],
}

impl Default for Motion {
    fn default() -> Self {
        Self { moved: [0.0; 2], gains: [1.0; 2] }
    }
}

impl Motion {
    fn follow(&mut self, gradient: [f64; 2], momentum: f64, learning_rate: f64) {
        for (axis, gradient) in gradient.into_iter().enumerate() {
            // The last movement went down the last gradient: equal signs mean that the gradient has turned.
            let turned = sign(gradient) == sign(self.moved[axis]);
            let gain = self.gains[axis];
            self.gains[axis] = (if turned { gain * GAIN.1 } else { gain + GAIN.0 }).max(GAIN.2);
            self.moved[axis] = momentum * self.moved[axis] - learning_rate * self.gains[axis] * gradient;
        }
    }
}

/// −1, 0 or 1.
fn sign(value: f64) -> i8 {
    i8::from(value > 0.0) - i8::from(value < 0.0)
}

fn gradients(affinities: &[f64], exaggeration: f64, places: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let axes: [Vec<f64>; 2] = [0, 1].map(|axis| places.iter().map(|place| place[axis]).collect());
    let forces: Vec<Forces> = affinities
        .par_chunks_exact(places.len())
        .enumerate()
        .map(|(point, row)| Forces::on(point, row, &axes))
        .collect();
    let all: f64 = forces.iter().map(|forces| forces.weight).sum();
    forces
        .iter()
        .map(|force| [0, 1].map(|axis| 4.0 * (exaggeration * force.attraction[axis] - force.repulsion[axis] / all)))
        .collect()
}

/// Sums over the other points.
#[derive(Clone, Copy)]
struct Forces {
    /// `Σ w_ij`
    weight: f64,
    /// `Σ p_ij w_ij (y_i − y_j)`
    attraction: [f64; 2],
    /// `Σ w_ij² (y_i − y_j)`
    repulsion: [f64; 2],
}

impl Forces {
    /// The sums have [`LANES`] parts, over the others before the point and after it.
    fn on(point: usize, affinities: &[f64], axes: &[Vec<f64>; 2]) -> Self {
        let mut lanes = [[0.0; LANES]; 5];
        let place = [axes[0][point], axes[1][point]];
        for others in [0..point, point + 1..affinities.len()] {
            let (p, p_tail) = affinities[others.clone()].as_chunks::<LANES>();
            let (x, x_tail) = axes[0][others.clone()].as_chunks::<LANES>();
            let (y, y_tail) = axes[1][others].as_chunks::<LANES>();
            for ((p, x), y) in p.iter().zip(x).zip(y) {
                add(&mut lanes, place, p, x, y);
            }
            for (lane, ((&p, &x), &y)) in p_tail.iter().zip(x_tail).zip(y_tail).enumerate() {
                add_one(&mut lanes, lane, place, p, x, y);
            }
        }
        let [weight, attraction_x, attraction_y, repulsion_x, repulsion_y] = lanes.map(|lanes| lanes.iter().sum());
        Self { weight, attraction: [attraction_x, attraction_y], repulsion: [repulsion_x, repulsion_y] }
    }
}

type Sums = [[f64; LANES]; 5];

#[inline(always)]
fn add(sums: &mut Sums, place: [f64; 2], p: &[f64; LANES], x: &[f64; LANES], y: &[f64; LANES]) {
    for lane in 0..LANES {
        add_one(sums, lane, place, p[lane], x[lane], y[lane]);
    }
}

#[inline(always)]
fn add_one(sums: &mut Sums, lane: usize, place: [f64; 2], p: f64, x: f64, y: f64) {
    let (x, y) = (place[0] - x, place[1] - y);
    let weight = 1.0 / (1.0 + (x * x + y * y));
    let (pull, push) = (p * weight, weight * weight);
    sums[0][lane] += weight;
    sums[1][lane] += pull * x;
    sums[2][lane] += pull * y;
    sums[3][lane] += push * x;
    sums[4][lane] += push * y;
}

/// Moves the mean of all places to 0.
fn centre(places: &mut [[f64; 2]]) {
    let sums = places.iter().fold([0.0; 2], |sums, place| [sums[0] + place[0], sums[1] + place[1]]);
    let means = sums.map(|sum| sum / places.len() as f64);
    places.iter_mut().for_each(|place| (0..2).for_each(|axis| place[axis] -= means[axis]));
}

/// `Σ p_ij ln(p_ij / q_ij)`; rows are summed on their own, then in order.
fn divergence(affinities: &[f64], places: &[[f64; 2]]) -> f64 {
    let weight = |a: [f64; 2], b: [f64; 2]| 1.0 / (1.0 + squared_distance(a, b));
    let others = |point: usize| (0..places.len()).filter(move |&other| other != point);
    let rows = || affinities.par_chunks_exact(places.len()).enumerate();
    let weights: Vec<f64> =
        rows().map(|(point, _)| others(point).map(|other| weight(places[point], places[other])).sum::<f64>()).collect();
    let all: f64 = weights.iter().sum();
    let terms = |(point, row): (usize, &[f64])| {
        let kept = others(point).filter(|&other| row[other] > 0.0);
        kept.map(|other| row[other] * (row[other] * all / weight(places[point], places[other])).ln()).sum::<f64>()
    };
    rows().map(terms).collect::<Vec<f64>>().iter().sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::cases;

    /// Symmetric affinities that sum to 1, and places.
    fn case() -> impl Strategy<Value = (Vec<f64>, Vec<[f64; 2]>)> {
        (4..12_usize).prop_flat_map(|points| {
            let weights = proptest::collection::vec(1..9_u32, points * points);
            let places = proptest::collection::vec([-2.0..2.0_f64, -2.0..2.0_f64], points);
            (weights, places).prop_map(move |(weights, places)| {
                let cell =
                    |i: usize, j: usize| if i == j { 0 } else { weights[i * points + j] + weights[j * points + i] };
                let cells: Vec<u32> = (0..points * points).map(|at| cell(at / points, at % points)).collect();
                let all = f64::from(cells.iter().sum::<u32>());
                (cells.iter().map(|&cell| f64::from(cell) / all).collect(), places)
            })
        })
    }

    proptest! {
        #![proptest_config(cases(64))]

        #[test]
        fn the_gradient_is_the_slope_of_the_divergence((affinities, places) in case()) {
            let step = 1e-5;
            for (point, gradient) in gradients(&affinities, 1.0, &places).iter().enumerate() {
                for axis in 0..2 {
                    let moved = |by: f64| {
                        let mut places = places.clone();
                        places[point][axis] += by;
                        divergence(&affinities, &places)
                    };
                    let slope = (moved(step) - moved(-step)) / (2.0 * step);
                    prop_assert!((slope - gradient[axis]).abs() < 1e-8, "{slope} {}", gradient[axis]);
                }
            }
        }
    }
}
