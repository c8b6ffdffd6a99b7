//! What the property tests of this crate share.

use ndarray::Array2;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Property tests with a fixed seed, so that a pass or a failure can be repeated.
pub(crate) fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count,
        rng_seed: RngSeed::Fixed(20_240_320),
        failure_persistence: None,
        ..Default::default()
    }
}

/// Responses `[pictures × channels]` on a coarse grid (so that ties and constant channels occur) and labels in which
/// each of the three categories occurs.
pub(crate) fn labelled_responses() -> impl Strategy<Value = (Array2<f32>, Vec<usize>)> {
    (3..24_usize, 1..9_usize).prop_flat_map(|(pictures, channels)| {
        let responses = proptest::collection::vec(-6..7_i32, pictures * channels).prop_map(move |values| {
            let values = values.into_iter().map(|value| value as f32 * 0.37).collect();
            Array2::from_shape_vec((pictures, channels), values).expect("as many values as cells")
        });
        let labels = proptest::collection::vec(0..3_usize, pictures - 3).prop_map(|mut labels| {
            labels.extend([0, 1, 2]);
            labels
        });
        (responses, labels)
    })
}

/// Whether two tables agree in shape and, to `epsilon`, in every cell.
pub(crate) fn close(a: &Array2<f64>, b: &Array2<f64>, epsilon: f64) -> bool {
    a.dim() == b.dim() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= epsilon)
}
