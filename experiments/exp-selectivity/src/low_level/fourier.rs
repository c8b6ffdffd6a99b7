//! The Fourier transform of square pictures of any side, in one order on every processor.
//!
//! Stockham's algorithm (Cochran et al. 1967) takes a side apart by its factors and needs no reordering. It runs down all
//! columns at once, so that every sum is one of whole rows, and no multiplication is fused with an addition: processors that
//! do more at a time give the same bits. A spectrum is kept turned (columns of the picture are its rows), which saves a
//! transposition each way.

use std::f64::consts::TAU;
use std::ops::Range;

/// Complex numbers, real and imaginary parts apart.
#[derive(Clone)]
pub struct Planes {
    /// Real parts.
    pub re: Vec<f32>,
    /// Imaginary parts.
    pub im: Vec<f32>,
}

/// Transforms of pictures of one side.
pub struct Fourier {
    side: usize,
    factors: Vec<usize>,
    /// `exp(−2π i k / side)`
    roots: Vec<[f32; 2]>,
}

impl Planes {
    fn zeros(length: usize) -> Self {
        Self { re: vec![0.0; length], im: vec![0.0; length] }
    }

    /// Squares of the absolute values.
    pub fn power(&self) -> impl Iterator<Item = f32> {
        self.re.iter().zip(&self.im).map(|(re, im)| re * re + im * im)
    }

    fn exchanged(self) -> Self {
        Self { re: self.im, im: self.re }
    }
}

impl Fourier {
    /// Plans the transforms.
    pub fn new(side: usize) -> Self {
        let (mut factors, mut rest) = (Vec::new(), side);
        while rest > 1 {
            // Four at a time have the fewest multiplications.
            let factor = if rest % 4 == 0 { 4 } else { (2..=rest).find(|factor| rest % factor == 0).unwrap_or(rest) };
            factors.push(factor);
            rest /= factor;
        }
        let root = |k: usize| {
            let angle = -TAU * k as f64 / side as f64;
            [angle.cos() as f32, angle.sin() as f32]
        };
        Self { side, factors, roots: (0..side).map(root).collect() }
    }

    /// The spectrum of real values `[side × side]`: entry `x · side + y` has the frequency x along rows and y along columns.
    pub fn spectrum(&self, values: &[f32]) -> Planes {
        let picture = Planes { re: values.to_vec(), im: vec![0.0; values.len()] };
        let down = self.down(picture, self.side);
        self.down(turned(&down, self.side, 0..self.side), self.side)
    }

    /// The picture of a spectrum times a filter (in the order of the spectrum), of the columns asked for: `[side × columns]`.
    pub fn filtered(&self, spectrum: &Planes, filter: &[f32], columns: Range<usize>) -> Planes {
        let times = |part: &[f32]| part.iter().zip(filter).map(|(value, factor)| value * factor).collect();
        let product = Planes { re: times(&spectrum.re), im: times(&spectrum.im) };
        // With real and imaginary parts exchanged, the transform is its own inverse.
        let down = self.down(product.exchanged(), self.side);
        // Rows of the turned picture are its columns.
        let wanted = columns.start * self.side..columns.end * self.side;
        let kept = Planes { re: down.re[wanted.clone()].to_vec(), im: down.im[wanted].to_vec() };
        let upright = turned(&kept, self.side, 0..self.side);
        let mut picture = self.down(upright, columns.len()).exchanged();
        let scale = 1.0 / (self.side * self.side) as f32;
        picture.re.iter_mut().chain(&mut picture.im).for_each(|value| *value *= scale);
        picture
    }

    /// A filter in the order of the spectrum, from its value at a frequency in cycles per picture, along rows (x) and columns
    /// (y).
    pub fn filter(&self, value: impl Fn(f64, f64) -> f64) -> Vec<f32> {
        let at = |index: usize| {
            value(frequency(index / self.side, self.side), frequency(index % self.side, self.side)) as f32
        };
        (0..self.side * self.side).map(at).collect()
    }

    /// Down the columns of `[side × width]`.
    fn down(&self, values: Planes, width: usize) -> Planes {
        pulp::Arch::new().dispatch(|| {
            let mut from = values;
            let mut to = Planes::zeros(from.re.len());
            let (mut length, mut stride) = (self.side, 1);
            for &factor in &self.factors {
                self.stage(&from, &mut to, width, [length, stride, factor]);
                (length, stride) = (length / factor, stride * factor);
                std::mem::swap(&mut from, &mut to);
            }
            from
        })
    }

    /// `y[q + s (r p + k)] = w_n^(p k) Σ_j w_r^(j k) x[q + s (p + m j)]` for parts of length n = r m, each number being a row.
    #[inline(always)]
    fn stage(&self, from: &Planes, to: &mut Planes, width: usize, [length, stride, factor]: [usize; 3]) {
        let parts = length / factor;
        let block = stride * width;
        for p in 0..parts {
            let of = |j: usize| (p + parts * j) * block..(p + parts * j + 1) * block;
            // Both roots in one: w_n^(p k) · w_r^(j k) is a root of the whole side.
            let root = |j: usize, k: usize| self.roots[(p * k * stride + j * k * (self.side / factor)) % self.side];
            let here = factor * p * block..factor * (p + 1) * block;
            let (re, im) = (&mut to.re[here.clone()], &mut to.im[here]);
            if factor == 4 {
                let inputs = [0, 1, 2, 3].map(|j| (&from.re[of(j)], &from.im[of(j)]));
                four(inputs, [1, 2, 3].map(|k| root(0, k)), re, im);
                continue;
            }
            for (k, (re, im)) in re.chunks_exact_mut(block).zip(im.chunks_exact_mut(block)).enumerate() {
                re.fill(0.0);
                im.fill(0.0);
                for j in 0..factor {
                    add(root(j, k), &from.re[of(j)], &from.im[of(j)], re, im);
                }
            }
        }
    }
}

/// Four rows at once: their sums with the roots 1, −i, −1 and i, times one more root each.
#[inline(always)]
fn four(inputs: [(&[f32], &[f32]); 4], roots: [[f32; 2]; 3], re: &mut [f32], im: &mut [f32]) {
    let block = inputs[0].0.len();
    let [(a_re, a_im), (b_re, b_im), (c_re, c_im), (d_re, d_im)] = inputs.map(|(re, im)| (&re[..block], &im[..block]));
    let (re_01, re_23) = re.split_at_mut(2 * block);
    let (im_01, im_23) = im.split_at_mut(2 * block);
    let ((re_0, re_1), (re_2, re_3)) = (re_01.split_at_mut(block), re_23.split_at_mut(block));
    let ((im_0, im_1), (im_2, im_3)) = (im_01.split_at_mut(block), im_23.split_at_mut(block));
    let (re_2, re_3, im_2, im_3) = (&mut re_2[..block], &mut re_3[..block], &mut im_2[..block], &mut im_3[..block]);
    let [[c1, s1], [c2, s2], [c3, s3]] = roots;
    for i in 0..block {
        let (even_re, even_im) = (a_re[i] + c_re[i], a_im[i] + c_im[i]);
        let (odd_re, odd_im) = (b_re[i] + d_re[i], b_im[i] + d_im[i]);
        let (left_re, left_im) = (a_re[i] - c_re[i], a_im[i] - c_im[i]);
        // −i times the difference.
        let (right_re, right_im) = (b_im[i] - d_im[i], d_re[i] - b_re[i]);
        let (one_re, one_im) = (left_re + right_re, left_im + right_im);
        let (two_re, two_im) = (even_re - odd_re, even_im - odd_im);
        let (three_re, three_im) = (left_re - right_re, left_im - right_im);
        (re_0[i], im_0[i]) = (even_re + odd_re, even_im + odd_im);
        (re_1[i], im_1[i]) = (c1 * one_re - s1 * one_im, c1 * one_im + s1 * one_re);
        (re_2[i], im_2[i]) = (c2 * two_re - s2 * two_im, c2 * two_im + s2 * two_re);
        (re_3[i], im_3[i]) = (c3 * three_re - s3 * three_im, c3 * three_im + s3 * three_re);
    }
}

/// Adds a complex multiple of a row.
#[inline(always)]
fn add([c, s]: [f32; 2], re: &[f32], im: &[f32], to_re: &mut [f32], to_im: &mut [f32]) {
    let sums = to_re.iter_mut().zip(to_im).zip(re.iter().zip(im));
    sums.for_each(|((to_re, to_im), (re, im))| {
        *to_re += c * re - s * im;
        *to_im += c * im + s * re;
    });
}

/// Columns as rows, of these columns of rows of a width.
fn turned(values: &Planes, width: usize, columns: Range<usize>) -> Planes {
    let rows = values.re.len() / width.max(1);
    let turn = |part: &[f32]| -> Vec<f32> {
        columns.clone().flat_map(|column| (0..rows).map(move |row| part[row * width + column])).collect()
    };
    Planes { re: turn(&values.re), im: turn(&values.im) }
}

/// Cycles per picture of a place in the spectrum; the highest is negative, as MATLAB and NumPy have it.
pub fn frequency(index: usize, side: usize) -> f64 {
    if index < side.div_ceil(2) { index as f64 } else { index as f64 - side as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * index * 31 + index * 17) % 101) as f32 / 50.0 - 1.0).collect()
    }

    #[test]
    fn every_frequency_is_the_sum_that_defines_it() {
        // A prime, a square, and the factors of the pictures of GIST: 4, 5, 2, 7, 19.
        for side in [1, 13, 9, 20, 14, 38] {
            let values = noise(side * side);
            let found = Fourier::new(side).spectrum(&values);
            for (index, (re, im)) in found.re.iter().zip(&found.im).enumerate() {
                let (x, y) = (index / side, index % side);
                let mut expected = (0.0, 0.0);
                for (place, &value) in values.iter().enumerate() {
                    let cycles = (x * (place % side) + y * (place / side)) % side;
                    let (sine, cosine) = (-TAU * cycles as f64 / side as f64).sin_cos();
                    expected = (expected.0 + cosine * f64::from(value), expected.1 + sine * f64::from(value));
                }
                let off = (f64::from(*re) - expected.0).abs() + (f64::from(*im) - expected.1).abs();
                assert!(off < 1e-6 * (side * side) as f64, "side {side}, {x} {y}: {re} {im} {expected:?}");
            }
        }
    }

    #[test]
    fn a_picture_comes_back_where_it_was_and_a_one_sided_filter_gives_the_amplitude() {
        const SIDE: usize = 20;
        let (fourier, values) = (Fourier::new(SIDE), noise(SIDE * SIDE));
        let back = fourier.filtered(&fourier.spectrum(&values), &[1.0; SIDE * SIDE], 4..7);
        for (index, found) in back.re.iter().enumerate() {
            assert!((found - values[index / 3 * SIDE + 4 + index % 3]).abs() < 1e-5, "{index}");
        }
        let wave = |index: usize| (std::f32::consts::TAU * 3.0 * (index % SIDE) as f32 / SIDE as f32).cos();
        let spectrum = fourier.spectrum(&(0..SIDE * SIDE).map(wave).collect::<Vec<f32>>());
        let side = fourier.filter(|x, y| if x == 3.0 && y == 0.0 { 2.0 } else { 0.0 });
        assert!(fourier.filtered(&spectrum, &side, 0..SIDE).power().all(|power| (power - 1.0).abs() < 1e-5));
    }

    #[test]
    fn frequencies_are_those_of_numpy() {
        let even: Vec<f64> = (0..4).map(|index| frequency(index, 4)).collect();
        let odd: Vec<f64> = (0..5).map(|index| frequency(index, 5)).collect();
        assert_eq!((even, odd), (vec![0.0, 1.0, -2.0, -1.0], vec![0.0, 1.0, 2.0, -2.0, -1.0]));
    }
}
