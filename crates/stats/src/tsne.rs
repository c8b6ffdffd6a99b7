//! Exact t-SNE: a map of points in the plane that keeps neighbours together.
//!
//! Affinities `p_ij` of the points are those of [`affinities`]; in the map `q_ij = w_ij / Σ w`, with
//! `w_ij = 1 / (1 + |y_i − y_j|²)`. Gradient descent lowers the divergence `Σ p_ij ln(p_ij / q_ij)`, whose gradient is
//! `4 Σ_j (p_ij − q_ij) w_ij (y_i − y_j)` (van der Maaten & Hinton 2008, J Mach Learn Res 9: 2579–2605, eq 5).
//!
//! The code is ours because the crate bhtsne 0.7.13 in exact mode, which has the schedule and the divergence, repeats to
//! the byte in a pool of one thread only (with two, two runs differ), and counts the pair of each point with itself in
//! `Σ w`. Here each point sums over the others in their order, so that threads do not matter.
//!
//! Step sizes are per coordinate (Jacobs 1988): a gain grows by 0.2 where the gradient keeps its direction and shrinks to
//! 0.8 of itself where it turns, never below 0.01, as in van der Maaten's published programs. Movements are bounded by
//! learning rate, gain and momentum, so that coordinates stay finite whatever the points.

mod affinities;
mod descent;

use ndarray::ArrayView2;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

use crate::StatsError;
use crate::error::{check_length, check_values};
use crate::seeded::generator;

pub use affinities::affinities;

/// Standard deviation of the start.
const START: f64 = 1e-4;
/// Neighbours of which is counted how many survive.
const NEIGHBOURS: usize = 10;

/// How to make a map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Effective number of neighbours of each point: `exp` of the entropy of its affinities.
    pub perplexity: f64,
    /// Factor on the affinities in the first iterations, so that clusters form before they part.
    pub exaggeration: f64,
    /// Iterations with that factor.
    pub exaggerated: usize,
    /// Step size before gains. MATLAB's 500 is for many hundreds of points: with one hundred the
    /// descent jumps about and ends in a worse map than with 50.
    pub learning_rate: f64,
    /// Share of the last movement that is made again, before and after the switch.
    pub momentum: [f64; 2],
    /// Iterations with the first momentum.
    pub switch: usize,
    /// All iterations.
    pub iterations: usize,
}

/// The defaults of MATLAB's `tsne`: perplexity 30, exaggeration 4 in the first 99 iterations, learning rate 500, 1,000
/// iterations. MathWorks does not say how its momentum changes; it is that of van der Maaten & Hinton, 0.5 and after 250
/// iterations 0.8.
pub const MATLAB: Settings = Settings {
    perplexity: 30.0,
    exaggeration: 4.0,
    exaggerated: 99,
    learning_rate: 500.0,
    momentum: [0.5, 0.8],
    switch: 250,
    iterations: 1000,
};

/// Points in the plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Map {
    /// A place for each point, around 0.
    pub places: Vec<[f64; 2]>,
    /// Kullback–Leibler divergence of the map's affinities from those of the points, in nats; without exaggeration.
    pub divergence: f64,
    /// Share of the ten nearest neighbours (of all others, where there are fewer) of each point that are among its ten
    /// nearest in the map, averaged. Of equally near ones the first counts. Chance is `10 / (points − 1)`.
    pub neighbours_kept: f64,
}

/// Maps the rows of `x` `[points × features]` from a random start, `10⁻⁴` times standard normal numbers of the seed.
///
/// Equal points share their affinities and may share a place; constant features change nothing.
///
/// # Examples
/// ```
/// use ndarray::Array2;
/// use stats::tsne;
///
/// // Two heaps of six points each.
/// let x = Array2::from_shape_fn((12, 2), |(point, feature)| (point / 6 * 50 + point * (feature + 1) % 6) as f32);
/// let settings = tsne::Settings { perplexity: 3.0, learning_rate: 10.0, iterations: 300, ..tsne::MATLAB };
/// let map = tsne::embed(x.view(), &settings, 1)?;
/// assert_eq!(map, tsne::embed(x.view(), &settings, 1)?);
/// assert!(map.divergence < 0.5);
/// # Ok::<(), stats::StatsError>(())
/// ```
///
/// # Errors
/// Features must be finite, settings positive (momentum from 0 to below 1), and there must be more than three times as
/// many points as the perplexity: with fewer, its neighbours are nearly all points. Only the caller may lower it.
pub fn embed(x: ArrayView2<f32>, settings: &Settings, seed: u64) -> Result<Map, StatsError> {
    let mut random = generator(seed, 0);
    let mut place = || -> f64 { START * Distribution::<f64>::sample(&StandardNormal, &mut random) };
    let start: Vec<[f64; 2]> = (0..x.nrows()).map(|_| [place(), place()]).collect();
    embed_from(x, settings, &start)
}

/// As [`embed`], from a given start.
///
/// # Errors
/// As there, and the start needs a finite place per point.
pub fn embed_from(x: ArrayView2<f32>, settings: &Settings, start: &[[f64; 2]]) -> Result<Map, StatsError> {
    check_settings(settings)?;
    check_length("places to start from", x.nrows(), start.len())?;
    check_values("places to start from", start.as_flattened(), "finite and at most 1e6", |place| place.abs() <= 1e6)?;
    let distances = affinities::squared_distances(x)?;
    let affinities = affinities::joint(&distances, settings.perplexity)?;
    let (places, divergence) = descent::descend(&affinities, settings, start);
    let neighbours_kept = neighbours_kept(&distances, &places);
    Ok(Map { places, divergence, neighbours_kept })
}

fn check_settings(settings: &Settings) -> Result<(), StatsError> {
    let positive = [settings.exaggeration, settings.learning_rate];
    check_values("exaggeration and learning rate", &positive, "above 0 and at most 1e6", |x| x > 0.0 && x <= 1e6)?;
    check_values("momentum", &settings.momentum, "from 0 to below 1", |x| (0.0..1.0).contains(&x))
}

/// Mean share of nearest neighbours that two spaces have in common.
fn neighbours_kept(distances: &[f64], places: &[[f64; 2]]) -> f64 {
    let points = places.len();
    let count = NEIGHBOURS.min(points - 1);
    let kept = |(point, row): (usize, &[f64])| {
        let near = nearest(point, points, count, |other| row[other]);
        let drawn = nearest(point, points, count, |other| descent::squared_distance(places[point], places[other]));
        near.iter().filter(|other| drawn.contains(other)).count()
    };
    let all: usize = distances.par_chunks_exact(points).enumerate().map(kept).sum();
    all as f64 / (points * count) as f64
}

/// The `count` nearest others of a point, in any order; of equally near ones the first.
fn nearest(point: usize, points: usize, count: usize, distance: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut others: Vec<usize> = (0..points).filter(|&other| other != point).collect();
    let order = |a: &usize, b: &usize| distance(*a).total_cmp(&distance(*b)).then(a.cmp(b));
    others.select_nth_unstable_by(count - 1, order);
    others.truncate(count);
    others
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    /// So few points need smaller steps.
    const SMALL: Settings = Settings { perplexity: 5.0, learning_rate: 20.0, iterations: 300, ..MATLAB };

    /// Three heaps of ten points in four dimensions.
    fn heaps() -> Array2<f32> {
        Array2::from_shape_fn((30, 4), |(point, feature)| {
            let place = (point * 7 + feature * 5 + point * feature) % 11;
            place as f32 * 0.2 + if point % 3 == feature { 8.0 } else { 0.0 }
        })
    }

    #[test]
    fn the_number_of_threads_does_not_matter() {
        let map = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| embed(heaps().view(), &SMALL, 3).expect("enough points"))
        };
        assert_eq!(map(1), map(3));
        assert_ne!(map(1).places, embed(heaps().view(), &SMALL, 4).expect("enough points").places);
    }

    #[test]
    fn heaps_stay_together_around_zero() {
        let map = embed(heaps().view(), &SMALL, 3).expect("enough points");
        for (point, &place) in map.places.iter().enumerate() {
            let nearest = nearest(point, 30, 3, |other| descent::squared_distance(place, map.places[other]));
            assert!(nearest.iter().all(|other| other % 3 == point % 3), "point {point}");
        }
        let sums = map.places.iter().fold([0.0, 0.0], |sums, place| [sums[0] + place[0], sums[1] + place[1]]);
        assert!(sums.iter().all(|sum| sum.abs() < 1e-9));
        assert!(map.neighbours_kept > 0.7 && map.neighbours_kept <= 1.0);
    }

    #[test]
    fn constant_features_change_nothing_and_equal_points_are_no_obstacle() {
        let mut with_constant = Array2::from_elem((30, 5), 7.5);
        with_constant.slice_mut(ndarray::s![.., ..4]).assign(&heaps());
        let [plain, more] = [heaps(), with_constant].map(|x| embed(x.view(), &SMALL, 3).expect("enough points"));
        assert_eq!(plain, more);
        // Eight copies of each point: no neighbourhood of five is smaller than that.
        let copies = Array2::from_shape_fn((32, 2), |(point, feature)| (point / 8 * (feature + 1)) as f32);
        for x in [copies, Array2::zeros((20, 3))] {
            let map = embed(x.view(), &SMALL, 3).expect("enough points");
            let finite = map.places.as_flattened().iter().all(|place| place.is_finite());
            assert!(finite && map.divergence.is_finite());
        }
    }

    #[test]
    fn unusable_input_is_refused() {
        let message = |settings: Settings| embed(heaps().view(), &settings, 3).expect_err("refused").to_string();
        assert_eq!(
            message(Settings { perplexity: 10.0, ..MATLAB }),
            "points for this perplexity: at least 31 are needed, found 30; add some or lower the perplexity"
        );
        let perplexity = "perplexity, number 0, is 0.5; it must be from 1 to 1e6";
        assert_eq!(message(Settings { perplexity: 0.5, ..MATLAB }), perplexity);
        assert!(message(Settings { learning_rate: f64::NAN, ..SMALL }).contains("learning rate"));
        assert!(message(Settings { momentum: [0.5, 1.0], ..SMALL }).contains("momentum"));
        let x = heaps();
        assert!(embed_from(x.view(), &SMALL, &[[0.0; 2]; 29]).is_err());
        assert!(embed_from(x.view(), &SMALL, &[[f64::INFINITY; 2]; 30]).is_err());
        assert!(embed(Array2::from_elem((30, 2), f32::NAN).view(), &SMALL, 1).is_err());
        assert!(embed(Array2::zeros((0, 2)).view(), &SMALL, 1).is_err());
    }
}
