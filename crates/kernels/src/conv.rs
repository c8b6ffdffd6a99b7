//! The 3×3 convolution.

use std::sync::{Arc, OnceLock};

use crate::epilogue::Epilogue;
use crate::error::{ShapeError, check_indices, check_length, check_same};
use crate::finish::Finish;
use crate::kernel::Engine;
use crate::maps::Maps;
use crate::plan::{Algorithm, algorithm};
use crate::weights::{RowWeights, TileWeights};
use crate::{rows, tiles};

/// A 3×3 convolution of stride 1 and zero padding 1, with its bias.
///
/// Layers whose maps are large enough and whose channels are many enough are computed by Winograd's F(4×4, 3×3), the
/// others directly; the shape of the layer decides, never the batch. Weights are packed at the first use of either
/// kernel and kept. Clones share them.
#[derive(Clone)]
pub struct Conv3x3 {
    engine: Engine,
    channels_out: usize,
    channels_in: usize,
    bias: Vec<f32>,
    weights: Arc<Weights>,
}

struct Weights {
    /// `[channels_out, channels_in, 3, 3]`.
    kernel: Vec<f32>,
    tiles: OnceLock<TileWeights>,
    rows: OnceLock<RowWeights>,
}

impl Conv3x3 {
    /// Takes a kernel `[channels_out, channels_in, 3, 3]`, row-major, and a bias of `channels_out` values.
    ///
    /// # Errors
    /// If a size is zero or a slice does not have the length of its shape.
    pub fn new(kernel_oihw: &[f32], bias: &[f32], channels_out: usize, channels_in: usize) -> Result<Self, ShapeError> {
        Self::with_engine(Engine::detect(), kernel_oihw, bias, channels_out, channels_in)
    }

    pub(crate) fn with_engine(
        engine: Engine,
        kernel_oihw: &[f32],
        bias: &[f32],
        channels_out: usize,
        channels_in: usize,
    ) -> Result<Self, ShapeError> {
        check_length("the kernel", &[channels_out, channels_in, 3, 3], kernel_oihw.len())?;
        check_length("the bias", &[channels_out], bias.len())?;
        let weights = Weights { kernel: kernel_oihw.to_vec(), tiles: OnceLock::new(), rows: OnceLock::new() };
        Ok(Self { engine, channels_out, channels_in, bias: bias.to_vec(), weights: Arc::new(weights) })
    }

    /// The same convolution reading only these input channels, in this order, and without bias.
    ///
    /// This is B = W∗v of a gain line. Transformed weights that exist already are copied, not transformed again.
    ///
    /// # Errors
    /// If no channel is chosen or an index points past the last input channel.
    pub fn restrict(&self, inputs: &[usize]) -> Result<Self, ShapeError> {
        check_indices(inputs, self.channels_in)?;
        let mut kernel = Vec::with_capacity(self.channels_out * inputs.len() * 9);
        for filter in self.weights.kernel.chunks_exact(self.channels_in * 9) {
            inputs.iter().for_each(|&input| kernel.extend_from_slice(&filter[input * 9..input * 9 + 9]));
        }
        let transformed = self.weights.tiles.get();
        let tiles = transformed.map(|all| all.restrict(self.engine, self.channels_out, self.channels_in, inputs));
        let tiles = tiles.map_or_else(OnceLock::new, OnceLock::from);
        let weights = Arc::new(Weights { kernel, tiles, rows: OnceLock::new() });
        Ok(Self { channels_in: inputs.len(), bias: vec![0.0; self.channels_out], weights, ..*self })
    }

    /// The same convolution with another bias.
    ///
    /// # Errors
    /// If there is not one value per output channel.
    pub fn with_bias(self, bias: &[f32]) -> Result<Self, ShapeError> {
        check_length("the bias", &[self.channels_out], bias.len())?;
        Ok(Self { bias: bias.to_vec(), ..self })
    }

    /// Number of input channels.
    pub fn channels_in(&self) -> usize {
        self.channels_in
    }

    /// Number of output channels.
    pub fn channels_out(&self) -> usize {
        self.channels_out
    }

    /// The bias, one value per output channel.
    pub fn bias(&self) -> &[f32] {
        &self.bias
    }

    /// The convolution of all pictures, followed by the epilogue.
    ///
    /// # Errors
    /// If the input has another number of channels, if there is not one gain factor per output channel, or if a map
    /// smaller than 2×2 is to be pooled.
    pub fn forward(&self, input: &Maps, epilogue: Epilogue<'_>) -> Result<Maps, ShapeError> {
        let mut output = Maps::empty();
        self.forward_into(input, epilogue, &mut output)?;
        Ok(output)
    }

    /// As [`Conv3x3::forward`], written over `output`, whose memory is used again where it is large enough.
    ///
    /// # Errors
    /// As [`Conv3x3::forward`].
    pub fn forward_into(&self, input: &Maps, epilogue: Epilogue<'_>, output: &mut Maps) -> Result<(), ShapeError> {
        let chosen = algorithm(input.height(), input.width(), self.channels_in, self.channels_out);
        self.forward_by(chosen, input, epilogue, output)
    }

    pub(crate) fn forward_by(
        &self,
        algorithm: Algorithm,
        input: &Maps,
        epilogue: Epilogue<'_>,
        output: &mut Maps,
    ) -> Result<(), ShapeError> {
        check_same("the number of input channels", self.channels_in, input.channels())?;
        epilogue.activation().check(self.channels_out)?;
        let (height, width) = epilogue.pool().output_size(input.height(), input.width())?;
        output.reshape_for_overwrite([input.pictures(), height, width, self.channels_out])?;
        let (engine, channels_out, target) = (self.engine, self.channels_out, output.data_mut());
        match algorithm {
            Algorithm::Tiles => {
                let finish = Finish::new(&self.bias, epilogue, 1, engine.lanes);
                tiles::convolve(engine, self.tile_weights(), &finish, input, channels_out, target);
            }
            Algorithm::Rows => {
                let weights = self.row_weights();
                let finish = Finish::new(&self.bias, epilogue, weights.pixels, engine.lanes);
                rows::convolve(engine, weights, &finish, input, channels_out, target);
            }
        }
        Ok(())
    }

    fn tile_weights(&self) -> &TileWeights {
        let new = || TileWeights::new(self.engine, &self.weights.kernel, self.channels_out, self.channels_in);
        self.weights.tiles.get_or_init(new)
    }

    fn row_weights(&self) -> &RowWeights {
        let new = || RowWeights::new(self.engine, &self.weights.kernel, self.channels_out, self.channels_in);
        self.weights.rows.get_or_init(new)
    }
}

impl std::fmt::Debug for Conv3x3 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Conv3x3({} → {})", self.channels_in, self.channels_out)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reference::{Layer, relative_error};

    /// Largest error allowed, relative to the largest value: 20 times the rounding unit of float32 for direct sums of
    /// a few hundred terms; the transforms of F(4×4, 3×3) with these points lose about three more bits.
    const TOLERANCE: f64 = 1e-5;

    const ALGORITHMS: [Algorithm; 2] = [Algorithm::Tiles, Algorithm::Rows];

    fn epilogues(gains: &[f32]) -> [Epilogue<'_>; 5] {
        use Epilogue::*;
        [PreActivation, Relu, ReluPool, Gain(gains), GainPool(gains)]
    }

    /// Checks every algorithm, instruction set and epilogue against the definition.
    fn check(shape: [usize; 4], channels_out: usize, seed: u64) {
        let layer = Layer::random(seed, shape, channels_out);
        for epilogue in epilogues(&layer.gains) {
            if epilogue.pool().output_size(shape[1], shape[2]).is_err() {
                continue;
            }
            let truth = layer.convolve(epilogue);
            for engine in Engine::all() {
                let conv = Conv3x3::with_engine(engine, &layer.kernel, &layer.bias, channels_out, shape[3]).unwrap();
                for algorithm in ALGORITHMS {
                    let mut output = Maps::empty();
                    conv.forward_by(algorithm, &layer.input, epilogue, &mut output).unwrap();
                    let error = relative_error(output.data(), &truth);
                    assert!(error < TOLERANCE, "{shape:?} → {channels_out}, {algorithm:?}, {engine:?}: {error:e}");
                }
            }
        }
    }

    #[test]
    fn every_channel_count_agrees_with_the_definition() {
        for channels_in in [1, 3, 5, 8, 13, 16, 24, 64] {
            for channels_out in [1, 2, 3, 5, 8, 13, 16, 17, 32, 40, 64] {
                check([2, 7, 9, channels_in], channels_out, 1);
            }
        }
    }

    #[test]
    fn many_channels_agree_with_the_definition() {
        check([1, 5, 6, 512], 64, 2);
        check([1, 6, 5, 64], 512, 3);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_size_agrees_with_the_definition(
            pictures in 1usize..4, height in 1usize..21, width in 1usize..21,
            channels_in in 1usize..20, channels_out in 1usize..36, seed in 0u64..1000,
        ) {
            check([pictures, height, width, channels_in], channels_out, seed);
        }

        #[test]
        fn restriction_is_the_convolution_of_the_chosen_channels(
            height in 1usize..14, width in 1usize..14, channels in 2usize..40, seed in 0u64..1000,
        ) {
            let layer = Layer::random(seed, [2, height, width, channels], 20);
            let chosen: Vec<usize> = (0..channels).filter(|channel| (channel * 7 + seed as usize).is_multiple_of(3)).collect();
            prop_assume!(!chosen.is_empty());
            let conv = Conv3x3::new(&layer.kernel, &layer.bias, 20, channels).unwrap();
            let part = crate::select_channels(&layer.input, &chosen).unwrap();
            let lazy = conv.restrict(&chosen).unwrap();
            conv.forward_by(Algorithm::Tiles, &layer.input, Epilogue::PreActivation, &mut Maps::empty()).unwrap();
            let copied = conv.restrict(&chosen).unwrap();
            let mut silenced = layer.input.clone();
            let kept: Vec<f32> = (0..channels).map(|c| if chosen.contains(&c) { 1.0 } else { 0.0 }).collect();
            crate::scale_channels(&mut silenced, &kept).unwrap();
            let truth = Layer { input: silenced, bias: vec![0.0; 20], ..layer }.convolve(Epilogue::PreActivation);
            for algorithm in ALGORITHMS {
                let (mut first, mut second) = (Maps::empty(), Maps::empty());
                lazy.forward_by(algorithm, &part, Epilogue::PreActivation, &mut first).unwrap();
                copied.forward_by(algorithm, &part, Epilogue::PreActivation, &mut second).unwrap();
                prop_assert_eq!(&first, &second);
                prop_assert!(relative_error(first.data(), &truth) < TOLERANCE);
            }
        }
    }
}
