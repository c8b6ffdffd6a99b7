//! How often tests reject a null that is true: channels and layers that answer alike, and labels that mean nothing.

use ndarray::{Array2, Axis};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use stats::StatsError;
use stats::empirical::Alternative;
use stats::hypergeometric::ChanceOverlap;
use stats::joint_test::{joint_test, mean, over_layers, trend};
use stats::labellings::{Exchange, Labellings};
use stats::panel::Panel;
use stats::panel_overlap::{Overlap, overlaps};
use stats::selectivity::Rule;
use stats::spearman::spearman;

const LAYERS: usize = 8;
const CHANNELS: usize = 16;
const PICTURES: usize = 36;
const SHUFFLES: usize = 99;
const RUNS: u64 = 400;
/// Four standard deviations of the number of 400 runs that a test of level .05 rejects.
const REJECTED: std::ops::RangeInclusive<usize> = 3..=37;

/// A sum of twelve uniform numbers: normal enough.
fn normal(random: &mut ChaCha8Rng) -> f32 {
    (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0
}

/// How channels load on two factors, the same for every picture set: in a layer half of them follow the one nearly
/// alike (r = .9), half the other.
fn loadings(random: &mut ChaCha8Rng) -> Array2<f32> {
    Array2::from_shape_fn((LAYERS * CHANNELS, 2), |(channel, factor)| {
        0.2 * normal(random) + if channel % 2 == factor { 1.0 } else { 0.0 }
    })
}

/// Responses `[pictures × channels]` of each layer. Factors move little from one layer to the next (r = .95). `planted`
/// is the effect of a picture's category on a third of the channels of the last layer; it grows with depth.
fn layers(random: &mut ChaCha8Rng, loadings: &Array2<f32>, labels: &[usize], planted: f32) -> Vec<Array2<f32>> {
    let mut factors = Array2::from_shape_simple_fn((labels.len(), 2), || normal(random));
    (0..LAYERS)
        .map(|layer| {
            let mut responses = Array2::from_shape_fn((labels.len(), CHANNELS), |(picture, channel)| {
                let loading = loadings.row(layer * CHANNELS + channel);
                let effect = planted * layer as f32 / LAYERS as f32;
                loading.dot(&factors.row(picture)) + if channel % 3 == labels[picture] { effect } else { 0.0 }
            });
            responses.mapv_inplace(|response| response + 0.3 * normal(random));
            factors.mapv_inplace(|factor| 0.95 * factor + 0.31 * normal(random));
            responses
        })
        .collect()
}

fn p(values: &[Option<f64>]) -> Result<f64, StatsError> {
    Ok(joint_test(values, Alternative::Greater)?.expect("a value").p)
}

/// What one simulated study finds.
struct Study {
    /// Joint p of the trend of tuning quality, of its mean, and of the overlap above chance.
    joint: [f64; 3],
    /// p of the trend and of the overlap by tests that take layers for independent.
    layerwise: [f64; 2],
    /// Layers and categories whose overlap is above chance if channels are taken for independent, p ≤ .05.
    surprising: usize,
}

fn study(run: u64, planted: f32) -> Result<Study, StatsError> {
    let random = &mut ChaCha8Rng::seed_from_u64(run);
    let loadings = loadings(random);
    let labels: Vec<usize> = (0..PICTURES).map(|picture| picture % 3).collect();
    let mut panels = |set: u64| -> Result<Vec<Panel>, StatsError> {
        let labellings = Labellings::shuffled(&labels, 3, SHUFFLES, 2 * run + set)?;
        let layers = layers(random, &loadings, &labels, planted);
        layers.iter().map(|layer| Panel::new(layer.view(), &labellings)).collect()
    };
    let (a, b) = (panels(0)?, panels(1)?);
    let qualities: Vec<_> = a.iter().map(|panel| panel.tuning_quality.clone()).collect();
    let (mut excess, mut observed, mut surprising) = (Vec::new(), Vec::new(), 0);
    for (a, b) in a.iter().zip(&b) {
        let found = overlaps(a, b, Rule::Preprint2023)?;
        excess.extend(found.axis_iter(Axis(1)).map(|category| category.iter().map(Overlap::excess).collect()));
        observed.extend(mean(&found.row(0).iter().map(Overlap::excess).collect::<Vec<_>>())?);
        for overlap in found.row(0) {
            let chance = ChanceOverlap::new(CHANNELS, overlap.n_a, overlap.n_b)?;
            surprising += usize::from(chance.p_at_least(overlap.n_both) <= 0.05);
        }
    }
    let depths: Vec<f64> = (0..LAYERS).map(|layer| layer as f64).collect();
    let of_truth: Vec<f64> = qualities.iter().filter_map(|layer| layer[0]).collect();
    let correlation = spearman(&depths, &of_truth, 1)?.expect("qualities vary");
    let rising = if correlation.rho > 0.0 { correlation.p / 2.0 } else { 1.0 - correlation.p / 2.0 };
    Ok(Study {
        joint: [
            p(&over_layers(&qualities, trend)?)?,
            p(&over_layers(&qualities, mean)?)?,
            p(&over_layers(&excess, mean)?)?,
        ],
        layerwise: [rising, sign_flips(&observed)],
        surprising,
    })
}

/// The share of patterns of signs with such a sum or a larger one: the test that takes layers for independent.
fn sign_flips(values: &[f64]) -> f64 {
    let sum = |pattern: u32| -> f64 {
        let signed = |(place, value): (usize, &f64)| if pattern >> place & 1 == 1 { -value } else { *value };
        values.iter().enumerate().map(signed).sum()
    };
    let patterns = 1_u32 << values.len();
    let as_large = (0..patterns).filter(|&pattern| sum(pattern) >= sum(0) - 1e-12).count();
    as_large as f64 / f64::from(patterns)
}

fn rejected(p: impl Iterator<Item = f64>) -> usize {
    p.filter(|&p| p <= 0.05).count()
}

#[test]
fn the_joint_test_holds_its_level_where_tests_of_independent_layers_do_not() {
    let studies: Vec<Study> = (0..RUNS).map(|run| study(run, 0.0).expect("valid")).collect();
    for (number, claim) in ["trend", "mean", "overlap"].into_iter().enumerate() {
        let p = || studies.iter().map(|study| study.joint[number]);
        assert!(REJECTED.contains(&rejected(p())), "{claim}: {} of {RUNS}", rejected(p()));
        // Uniform: half of them up to .5, within four standard deviations.
        let low = p().filter(|&p| p <= 0.5).count();
        assert!((160..=240).contains(&low), "{claim}: {low} of {RUNS} up to .5");
    }
    for (number, claim) in ["trend", "overlap"].into_iter().enumerate() {
        let count = rejected(studies.iter().map(|study| study.layerwise[number]));
        assert!(count > 80, "{claim} by independent layers: {count} of {RUNS}");
    }
    // Of 24 independent tests of level .05, five or more reject in 1 of 160 studies.
    let count = studies.iter().filter(|study| study.surprising >= 5).count();
    assert!(count > 40, "five overlaps beyond independent channels: {count} of {RUNS}");
}

#[test]
fn a_planted_effect_is_found() {
    let studies: Vec<Study> = (0..20).map(|run| study(run, 6.0).expect("valid")).collect();
    for (number, claim) in ["trend", "mean", "overlap"].into_iter().enumerate() {
        let found = rejected(studies.iter().map(|study| study.joint[number]));
        // Of 20 such studies 1 would be found by chance. A trend is the hardest to tell from layers that answer alike.
        assert!(found >= 12, "{claim}: {found} of 20");
    }
}

#[test]
fn frames_of_one_film_must_move_together() -> Result<(), StatsError> {
    // Twelve films of three frames that look alike; a film has one category.
    let films: Vec<usize> = (0..PICTURES).map(|picture| picture / 3).collect();
    let labels: Vec<usize> = films.iter().map(|film| film % 3).collect();
    let rejections = |groups: Option<&[usize]>| -> Result<usize, StatsError> {
        let of_run = |run: u64| {
            let random = &mut ChaCha8Rng::seed_from_u64(run);
            let of_films = Array2::from_shape_simple_fn((12, CHANNELS), || normal(random));
            let responses = Array2::from_shape_fn((PICTURES, CHANNELS), |(picture, channel)| {
                of_films[[films[picture], channel]] + 0.3 * normal(random)
            });
            let exchange = Exchange { strata: None, groups };
            let labellings = Labellings::exchanged(&labels, 3, exchange, SHUFFLES, run)?;
            p(&Panel::new(responses.view(), &labellings)?.tuning_quality)
        };
        Ok(rejected((0..RUNS).map(of_run).collect::<Result<Vec<_>, _>>()?.into_iter()))
    };
    let (free, together) = (rejections(None)?, rejections(Some(&films))?);
    assert!(free > 200, "frame by frame: {free} of {RUNS}");
    assert!(REJECTED.contains(&together), "film by film: {together} of {RUNS}");
    Ok(())
}
