//! The numbers of tests/golden/seeded.py: SplitMix64 from the FNV-1a hash of a name.

/// Multiples of 2⁻²⁴ in [0, 1).
pub fn uniform(name: &str, count: usize) -> impl Iterator<Item = f64> {
    let hash = |seed: u64, byte: u8| (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    let seed = name.bytes().fold(0xCBF2_9CE4_8422_2325, hash);
    (1..=count as u64).map(move |index| {
        let mut z = seed.wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 40) as f64 / f64::from(1 << 24)
    })
}

/// Numbers between −bound and bound.
pub fn signed(name: &str, count: usize, bound: f64) -> Vec<f64> {
    uniform(name, count).map(|u| (2.0 * u - 1.0) * bound).collect()
}

/// The numbers of a tensor of a state dict.
pub fn tensor(name: &str, shape: &[usize]) -> Vec<f64> {
    let count = shape.iter().product();
    if name.ends_with("running_var") || (name.ends_with("weight") && shape.len() == 1) {
        uniform(name, count).map(|u| 0.5 + u).collect()
    } else if name.ends_with("weight") {
        let reads: usize = shape[1..].iter().product();
        signed(name, count, (6.0 / reads as f64).sqrt())
    } else {
        signed(name, count, 0.125)
    }
}

/// The largest difference, relative to the largest expected number.
pub fn error(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len(), "as many numbers");
    let scale = expected.iter().fold(f64::MIN_POSITIVE, |scale, y| scale.max(y.abs()));
    found.iter().zip(expected).fold(0.0, |worst, (a, b)| (a - b).abs().max(worst)) / scale
}
