//! Category means and variances of many channels under many labellings, each number the very one that
//! [`Moments`](crate::Moments) has for that labelling.
//!
//! A matrix product of memberships and responses would give the sums too, but in its own order, and equal means would
//! then differ by rounding: ties would be decided otherwise than the rules decide them. Here every sum runs over the
//! pictures of a category in ascending order, 16 channels side by side. That needs one addition per picture, channel
//! and labelling whatever the number of categories, where a product needs a multiplication and an addition for each
//! category.

use ndarray::ArrayView2;
use pulp::Arch;

/// Channels that are summed side by side: as many accumulators as the registers of AVX2 hold twice over.
pub(crate) const LANES: usize = 16;

/// A number for each channel of a block.
pub(crate) type Lanes = [f64; LANES];

/// Responses, block by block of [`LANES`] channels; the last block is filled up with 0.
pub(crate) struct Blocks {
    /// `[blocks × pictures]`
    rows: Vec<[f32; LANES]>,
    pictures: usize,
    arch: Arch,
}

impl Blocks {
    /// From responses `[pictures × channels]`, of which there must be some.
    pub(crate) fn new(responses: ArrayView2<f32>) -> Self {
        let (pictures, channels) = responses.dim();
        let mut rows = vec![[0.0; LANES]; channels.div_ceil(LANES) * pictures];
        for ((picture, channel), &response) in responses.indexed_iter() {
            rows[channel / LANES * pictures + picture][channel % LANES] = response;
        }
        Self { rows, pictures, arch: Arch::new() }
    }

    /// Calls `take(block, labelling, means, variances)`, the latter two `[categories]`, for each block and labelling.
    /// A labelling is the pictures in ascending order within each category, category after category of these sizes.
    pub(crate) fn for_each(
        &self,
        labellings: &[u32],
        sizes: &[usize],
        mut take: impl FnMut(usize, usize, &[Lanes], &[Lanes]),
    ) {
        let (mut means, mut variances) = (vec![[0.0; LANES]; sizes.len()], vec![[0.0; LANES]; sizes.len()]);
        for (block, rows) in self.rows.chunks_exact(self.pictures).enumerate() {
            for (labelling, mut pictures) in labellings.chunks_exact(self.pictures).enumerate() {
                for (category, &size) in sizes.iter().enumerate() {
                    let (members, others) = pictures.split_at(size);
                    let moments = || mean_and_variance(rows, members);
                    (means[category], variances[category]) = self.arch.dispatch(moments);
                    pictures = others;
                }
                take(block, labelling, &means, &variances);
            }
        }
    }
}

/// Mean and population variance of each channel over these pictures. No operation is contracted or reordered, so every
/// instruction set gives the same bits.
#[inline(always)]
fn mean_and_variance(rows: &[[f32; LANES]], pictures: &[u32]) -> (Lanes, Lanes) {
    let count = pictures.len() as f64;
    let mut mean = [0.0; LANES];
    for &picture in pictures {
        let row = &rows[picture as usize];
        for lane in 0..LANES {
            mean[lane] += f64::from(row[lane]);
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= count);
    let mut variance = [0.0; LANES];
    for &picture in pictures {
        let row = &rows[picture as usize];
        for lane in 0..LANES {
            let deviation = f64::from(row[lane]) - mean[lane];
            variance[lane] += deviation * deviation;
        }
    }
    variance.iter_mut().for_each(|sum| *sum /= count);
    (mean, variance)
}
