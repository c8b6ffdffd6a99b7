//! The linear system of a Newton step, `(I + σ Σ aᵢ aᵢᵀ) x = g` over the active observations.
//!
//! From step to step few observations enter or leave, so the sum is kept and they are added or taken off. All sums have a
//! fixed order, and no multiplication is fused with an addition, so that every processor gives the same bits.

/// Lanes of a sum of products, whose order they fix.
const LANES: usize = 8;
/// Observations that enter or leave the sum at once.
const BLOCK: usize = 8;

pub(super) struct System {
    columns: usize,
    /// Which observations are in the sum.
    active: Vec<bool>,
    /// The lower triangle of the sum, row by row at full width.
    sum: Vec<f64>,
}

impl System {
    pub(super) fn new(columns: usize, rows: usize) -> Self {
        Self { columns, active: vec![false; rows], sum: vec![0.0; columns * columns] }
    }

    /// The solution, by Cholesky's decomposition.
    pub(super) fn solve(&mut self, rows: &[f64], active: &[bool], sigma: f64, right: &[f64]) -> Vec<f64> {
        pulp::Arch::new().dispatch(|| {
            self.update(rows, active);
            let factor = self.factor(sigma).or_else(|| {
                // What was added and taken off again left more rounding than the sum can bear: it is made anew.
                self.rebuild(rows, active);
                self.factor(sigma)
            });
            match factor {
                Some(factor) => self.substitute(&factor, right),
                // The derivative itself goes down, if slowly.
                None => right.to_vec(),
            }
        })
    }

    #[inline(always)]
    fn update(&mut self, rows: &[f64], active: &[bool]) {
        let changed = self.active.iter().zip(active).filter(|(old, new)| old != new).count();
        if changed > active.iter().filter(|active| **active).count() {
            return self.rebuild(rows, active);
        }
        let other = (0..active.len()).filter(|&index| self.active[index] != active[index]);
        let changes: Vec<(usize, f64)> = other.map(|index| (index, if active[index] { 1.0 } else { -1.0 })).collect();
        self.change(rows, &changes);
        self.active.copy_from_slice(active);
    }

    #[inline(always)]
    fn rebuild(&mut self, rows: &[f64], active: &[bool]) {
        self.sum.fill(0.0);
        let all: Vec<(usize, f64)> =
            (0..active.len()).filter(|&index| active[index]).map(|index| (index, 1.0)).collect();
        self.change(rows, &all);
        self.active.copy_from_slice(active);
    }

    /// Adds observations (1) or takes them off (−1), several at a time, so that the sum is read and written less often.
    #[inline(always)]
    fn change(&mut self, rows: &[f64], changes: &[(usize, f64)]) {
        let n = self.columns;
        let row = |(index, _): (usize, f64)| &rows[index * n..(index + 1) * n];
        let blocks = changes.chunks_exact(BLOCK);
        for &change in blocks.remainder() {
            for (place, line) in self.sum.chunks_exact_mut(n).enumerate() {
                add(&mut line[..=place], change.1 * row(change)[place], &row(change)[..=place]);
            }
        }
        for block in blocks {
            let parts: [&[f64]; BLOCK] = std::array::from_fn(|part| row(block[part]));
            for (place, line) in self.sum.chunks_exact_mut(n).enumerate() {
                let factors: [f64; BLOCK] = std::array::from_fn(|part| block[part].1 * parts[part][place]);
                let parts = parts.map(|part| &part[..=place]);
                for (column, value) in line[..=place].iter_mut().enumerate() {
                    let mut sum = 0.0;
                    for part in 0..BLOCK {
                        sum += factors[part] * parts[part][column];
                    }
                    *value += sum;
                }
            }
        }
    }

    /// The lower factor of `I + σ · sum`, row by row; `None` where it is not positive.
    #[inline(always)]
    fn factor(&self, sigma: f64) -> Option<Vec<f64>> {
        let n = self.columns;
        let mut factor = vec![0.0; n * n];
        for row in 0..n {
            let (above, here) = factor.split_at_mut(row * n);
            for column in 0..row {
                let other = &above[column * n..column * n + column];
                let rest = sigma * self.sum[row * n + column] - dot(&here[..column], other);
                here[column] = rest / above[column * n + column];
            }
            let pivot = 1.0 + sigma * self.sum[row * n + row] - dot(&here[..row], &here[..row]);
            if pivot.is_nan() || pivot <= 0.0 {
                return None;
            }
            here[row] = pivot.sqrt();
        }
        Some(factor)
    }

    #[inline(always)]
    fn substitute(&self, factor: &[f64], right: &[f64]) -> Vec<f64> {
        let n = self.columns;
        let mut solution = right.to_vec();
        for row in 0..n {
            let line = &factor[row * n..row * n + row];
            solution[row] = (solution[row] - dot(line, &solution[..row])) / factor[row * n + row];
        }
        for row in (0..n).rev() {
            solution[row] /= factor[row * n + row];
            let (before, here) = solution.split_at_mut(row);
            add(before, -here[0], &factor[row * n..row * n + row]);
        }
        solution
    }
}

/// A sum of products in a fixed order that processors do several lanes of at once.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_parts, b_parts) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f64 = a_parts.remainder().iter().zip(b_parts.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_parts.zip(b_parts) {
        for lane in 0..LANES {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Adds a multiple.
#[inline(always)]
pub(super) fn add(to: &mut [f64], factor: f64, values: &[f64]) {
    to.iter_mut().zip(values).for_each(|(to, value)| *to += factor * value);
}
