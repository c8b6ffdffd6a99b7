//! The interpolation points of F(4×4, 3×3) and the transform of the weights.

/// First pair of points, ±0.625. With ±1.5 and no others, every factor of the input transform is exact in float32, and
/// the rounding errors are smaller than with the textbook's ±1 and ±2; oneDNN uses the same points.
pub(crate) const P: f32 = 0.625;
/// Second pair of points, ±1.5.
pub(crate) const Q: f32 = 1.5;

/// Rows of the weight transform G: row i gives the value at point i of the polynomial with these coefficients, divided
/// by the product of the differences to the other points; the last row is the point at infinity.
pub(crate) fn weight_transform() -> [[f64; 3]; 6] {
    let (p, q) = (f64::from(P), f64::from(Q));
    let (p2, q2) = (p * p, q * q);
    let (at_p, at_q) = (1.0 / (2.0 * p2 * (p2 - q2)), 1.0 / (2.0 * q2 * (q2 - p2)));
    [
        [1.0 / (p2 * q2), 0.0, 0.0],
        [at_p, p * at_p, p2 * at_p],
        [at_p, -p * at_p, p2 * at_p],
        [at_q, q * at_q, q2 * at_q],
        [at_q, -q * at_q, q2 * at_q],
        [0.0, 0.0, 1.0],
    ]
}

/// One entry of G·g·Gᵀ for a 3×3 filter g, in float64, rounded once.
pub(crate) fn transformed_weight(row: &[f64; 3], column: &[f64; 3], filter: &[f32]) -> f32 {
    let mut sum = 0.0;
    for (filter, row) in filter.chunks_exact(3).zip(row) {
        for (&weight, column) in filter.iter().zip(column) {
            sum += row * f64::from(weight) * column;
        }
    }
    sum as f32
}
