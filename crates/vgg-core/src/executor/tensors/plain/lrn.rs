//! Local response normalisation.

use burn::tensor::Tensor;
use burn::tensor::ops::PadMode;
use graph::Lrn;

/// `x / (k + α/n · Σ x²)^β` with the sum over the channels of the window, from below.
pub(super) fn normalised(x: Tensor<4>, lrn: &Lrn) -> Tensor<4> {
    let channels = x.dims()[1];
    // Farther channels there are none.
    let (below, above) = (lrn.below.min(channels), lrn.above.min(channels));
    let squares = (x.clone() * x.clone()).pad([(below, above), (0, 0), (0, 0)], PadMode::Constant(0.0));
    let summand = |offset: usize| squares.clone().narrow(1, offset, channels);
    let sum = (1..below + above + 1).map(summand).fold(summand(0), Tensor::add);
    let base = sum * (f64::from(lrn.alpha) / lrn.size() as f64) as f32 + lrn.k;
    x / base.powf_scalar(lrn.beta)
}

/// The largest magnitude of an input whose sums of squares stay finite.
pub(super) fn largest_input(lrn: &Lrn) -> f32 {
    let share = f64::from(lrn.alpha) / lrn.size() as f64;
    let most = 0.5 * f64::from(f32::MAX) / lrn.size() as f64 / share.max(1.0);
    most.sqrt() as f32
}
