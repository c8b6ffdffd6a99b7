//! Dense layers.

use std::fmt;
use std::sync::Arc;

use pulp::{Simd, WithSimd};
use rayon::prelude::*;

use crate::epilogue::Epilogue;
use crate::error::{ShapeError, check_indices, check_length};
use crate::finish::Finish;
use crate::kernel::{Engine, PixelRows, Product, Source, Store, finish_rows, multiply};
use crate::packed::{Packed, gather_rows, panels};
use crate::scratch::{Scratch, with_scratch};

/// Inputs summed in one chain. The sums of the chains are added in order: this bounds the rounding error of long
/// inputs and keeps a panel's share of the matrix in the cache.
const CHAIN: usize = 512;

/// Pictures that one thread handles at a time.
const PICTURES: usize = 56;

/// A dense layer `y = x·W + b`. Clones share the matrix.
#[derive(Clone)]
pub struct Dense {
    engine: Engine,
    inputs: usize,
    outputs: usize,
    bias: Vec<f32>,
    /// `[panel][input][columns of the panel]`.
    matrix: Arc<Packed>,
}

impl Dense {
    /// Packs a row-major `[inputs, outputs]` matrix and a bias of `outputs` values.
    ///
    /// # Errors
    /// If a size is zero or a slice does not have the length of its shape.
    pub fn new(matrix: &[f32], bias: &[f32], inputs: usize, outputs: usize) -> Result<Self, ShapeError> {
        Self::with_engine(Engine::detect(), matrix, bias, inputs, outputs)
    }

    pub(crate) fn with_engine(
        engine: Engine,
        matrix: &[f32],
        bias: &[f32],
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ShapeError> {
        check_length("the dense matrix", &[inputs, outputs], matrix.len())?;
        check_length("the dense bias", &[outputs], bias.len())?;
        let mut packed = Packed::zeros(inputs * outputs.next_multiple_of(engine.lanes));
        let mut rest = packed.values_mut();
        for (first, columns) in panels(engine, outputs) {
            let (panel, others) = rest.split_at_mut(inputs * columns);
            let count = columns.min(outputs - first);
            for (target, source) in panel.chunks_exact_mut(columns).zip(matrix.chunks_exact(outputs)) {
                target[..count].copy_from_slice(&source[first..first + count]);
            }
            rest = others;
        }
        Ok(Self { engine, inputs, outputs, bias: bias.to_vec(), matrix: Arc::new(packed) })
    }

    /// The same layer reading only these inputs, in this order, and without bias.
    ///
    /// # Errors
    /// If no input is chosen or an index points past the last input.
    pub fn restrict(&self, inputs: &[usize]) -> Result<Self, ShapeError> {
        check_indices(inputs, self.inputs)?;
        let mut packed = Packed::zeros(inputs.len() * self.outputs.next_multiple_of(self.engine.lanes));
        let panels = panels(self.engine, self.outputs);
        gather_rows(self.matrix.values(), self.inputs, panels, inputs, packed.values_mut());
        let bias = vec![0.0; self.outputs];
        Ok(Self { inputs: inputs.len(), bias, matrix: Arc::new(packed), ..*self })
    }

    /// The same layer with another bias.
    ///
    /// # Errors
    /// If there is not one value per output.
    pub fn with_bias(self, bias: &[f32]) -> Result<Self, ShapeError> {
        check_length("the dense bias", &[self.outputs], bias.len())?;
        Ok(Self { bias: bias.to_vec(), ..self })
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// `x·W + b` for row-major `x` of `[pictures, inputs]`, then the epilogue: `[pictures, outputs]`.
    ///
    /// # Errors
    /// If `x` is not `[pictures, inputs]`, there is not one gain factor per output, or a parameter of the activation is
    /// outside its range.
    pub fn forward(&self, x: &[f32], pictures: usize, epilogue: Epilogue<'_>) -> Result<Vec<f32>, ShapeError> {
        check_length("the dense input", &[pictures, self.inputs], x.len())?;
        epilogue.check(self.outputs)?;
        if let Some(range) = epilogue.activation.range() {
            let finish = Finish::new(&self.bias, epilogue.gain, range, 1, 1, self.engine.lanes);
            return Ok(self.multiply(x, pictures, &finish));
        }
        // Functions that are no clip take a pass of their own.
        let mut result = self.forward(x, pictures, Epilogue::LINEAR)?;
        epilogue.activation.apply_to(&mut result);
        if let Some(gains) = epilogue.gain {
            result.iter_mut().zip(gains.iter().cycle()).for_each(|(value, gain)| *value *= gain);
        }
        Ok(result)
    }

    fn multiply(&self, x: &[f32], pictures: usize, finish: &Finish) -> Vec<f32> {
        let panels: Vec<_> = panels(self.engine, self.outputs).collect();
        let blocks: Vec<_> = x.chunks(PICTURES * self.inputs).collect();
        let pairs = (0..blocks.len() * panels.len()).into_par_iter();
        let parts: Vec<Vec<f32>> = pairs
            .map(|pair| {
                let (x, panel) = (blocks[pair / panels.len()], panels[pair % panels.len()]);
                with_scratch(|scratch| self.engine.run(Block { layer: self, finish, x, panel, scratch }))
            })
            .collect();
        let mut result = vec![0.0; pictures * self.outputs];
        for (pair, part) in parts.iter().enumerate() {
            let (first, picture) = (panels[pair % panels.len()].0, pair / panels.len() * PICTURES);
            let columns = panels[pair % panels.len()].1.min(self.outputs - first);
            let rows = result[picture * self.outputs..].chunks_exact_mut(self.outputs);
            for (row, part) in rows.zip(part.chunks_exact(columns)) {
                row[first..first + columns].copy_from_slice(part);
            }
        }
        result
    }
}

impl fmt::Debug for Dense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dense({} → {})", self.inputs, self.outputs)
    }
}

/// Some pictures × one panel of outputs.
struct Block<'a> {
    layer: &'a Dense,
    finish: &'a Finish,
    x: &'a [f32],
    panel: (usize, usize),
    scratch: &'a mut Scratch,
}

impl WithSimd for Block<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { layer, finish, x, panel: (first, columns), scratch } = self;
        let (inputs, rows) = (layer.inputs, x.len() / layer.inputs);
        let b = &layer.matrix.values()[first * inputs..(first + columns) * inputs];
        let sums = scratch.sums.get(rows * columns);
        let source = Source::Memory;
        for (chain, b) in b.chunks(CHAIN * columns).enumerate() {
            let store = if chain == 0 { Store::Replace } else { Store::Add };
            let (start, depth) = (chain * CHAIN, b.len() / columns);
            let product =
                Product { a: x, row_stride: inputs, starts: &[start], depth, rows, b, source, c: sums, store };
            multiply(simd, layer.engine.max_rows, product);
        }
        let channels = columns.min(layer.outputs - first);
        let (bias, gain) = (&finish.bias[first..first + columns], &finish.gain[first..first + columns]);
        let (range, count) = (finish.range, rows);
        let mut result = vec![0.0; rows * channels];
        let pixels =
            PixelRows { sums, count, groups: rows, pixels: 1, channels, width: rows, bias, gain, range, pool: 1 };
        finish_rows(simd, &pixels, &mut result);
        result
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::activation::Activation;
    use crate::reference::{finish, noise, relative_error};

    fn check(pictures: usize, inputs: usize, outputs: usize, seed: u64) {
        let (x, matrix) = (noise(seed, pictures * inputs), noise(seed + 1, inputs * outputs));
        let (bias, gains) = (noise(seed + 2, outputs), noise(seed + 3, outputs));
        let silu = Epilogue::from(Activation::Silu);
        for epilogue in [Epilogue::LINEAR, Epilogue::RELU, Epilogue::RELU.gain(&gains), silu.gain(&gains)] {
            let mut truth = Vec::new();
            for row in x.chunks_exact(inputs) {
                for output in 0..outputs {
                    let terms = row.iter().zip(matrix[output..].iter().step_by(outputs));
                    let sum: f64 = terms.map(|(&x, &weight)| f64::from(x) * f64::from(weight)).sum();
                    truth.push(finish(sum + f64::from(bias[output]), epilogue, output));
                }
            }
            for engine in Engine::all() {
                let layer = Dense::with_engine(engine, &matrix, &bias, inputs, outputs).unwrap();
                let found = layer.forward(&x, pictures, epilogue).unwrap();
                // A chain of 512 rounded additions, then one of chains: well below 20 rounding units of float32.
                assert!(relative_error(&found, &truth) < 2e-6, "{pictures} × {inputs} → {outputs}, {engine:?}");
            }
        }
    }

    #[test]
    fn long_inputs_agree_with_the_definition() {
        check(3, 4096, 33, 1);
        check(60, 513, 5, 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_size_agrees_with_the_definition(
            pictures in 1usize..70, inputs in 1usize..80, outputs in 1usize..80, seed in 0u64..1000,
        ) {
            check(pictures, inputs, outputs, seed);
        }

        #[test]
        fn restriction_reads_the_chosen_inputs(inputs in 2usize..60, outputs in 1usize..60, seed in 0u64..1000) {
            let (x, matrix) = (noise(seed, inputs), noise(seed + 1, inputs * outputs));
            let chosen: Vec<usize> = (0..inputs).rev().step_by(2).collect();
            let part: Vec<f32> = chosen.iter().map(|&input| x[input]).collect();
            let rows: Vec<f32> = chosen.iter().flat_map(|&input| &matrix[input * outputs..][..outputs]).copied().collect();
            let zeros = vec![0.0; outputs];
            let whole = Dense::new(&matrix, &noise(seed + 2, outputs), inputs, outputs).unwrap();
            let expected = Dense::new(&rows, &zeros, chosen.len(), outputs).unwrap();
            let found = whole.restrict(&chosen).unwrap().forward(&part, 1, Epilogue::LINEAR).unwrap();
            prop_assert_eq!(found, expected.forward(&part, 1, Epilogue::LINEAR).unwrap());
        }
    }
}
