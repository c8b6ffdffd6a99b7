//! The operations on the CPU, by the `kernels` crate.
//!
//! Maps are channels last. A picture's bits depend neither on its batch nor on the number of threads.

use std::sync::atomic::{AtomicBool, Ordering};

use kernels::{Activation, Conv, Dense, Epilogue, Maps, Pool, Rounding, Window};
use ndarray::{Array2, ArrayView4};

use super::{ComputeError, Executor, Map, ONLY_CONVOLUTIONS, Stage, range};
use crate::Checkpoint;
use crate::checkpoint::DenseWeights;
use crate::device::Precision;

/// Shapes follow from the architecture, which `Network::new` checked.
const FITS: &str = "shapes that follow from a validated architecture";

/// The device in errors.
const NAME: &str = "cpu";
/// The only window of the convolutions: 3×3, padded so that maps keep their size.
const WINDOW: Window = Window::square(3).padding(1);
/// The pool behind some convolutions.
const POOL: Window = Window::square(2).stride(2);

/// Weights transformed for the CPU kernels.
pub(super) struct HostExecutor {
    convolutions: Vec<Bounded<Conv>>,
    hidden: Vec<Bounded<Dense>>,
    scores: Option<Bounded<Dense>>,
    /// Whether a map was beyond a layer's bound since results were last read.
    left_range: AtomicBool,
}

/// A layer, and the largest magnitude of its input with which no sum leaves the range of float32.
struct Bounded<L> {
    layer: L,
    largest: f32,
}

impl HostExecutor {
    pub(super) fn new(checkpoint: &Checkpoint) -> Self {
        let convolutions = checkpoint
            .convolutions
            .iter()
            .map(|weights| {
                let (outputs, inputs, _, _) = weights.kernel.dim();
                let (kernel, bias) = (flat(&weights.kernel), flat(&weights.bias));
                let layer = Conv::new(&kernel, &bias, outputs, inputs, WINDOW, 1).expect(FITS);
                Bounded { layer, largest: range::largest_conv_input(weights) }
            })
            .collect();
        let channels = checkpoint.architecture.groups.last().map_or(1, |&(channels, _)| channels);
        let mut dense: Vec<Bounded<Dense>> = checkpoint
            .dense
            .iter()
            .enumerate()
            .map(|(index, weights)| {
                let layer = dense_layer(weights, if index == 0 { channels } else { weights.matrix.nrows() });
                Bounded { layer, largest: range::largest_dense_input(weights) }
            })
            .collect();
        let scores = if checkpoint.architecture.classes > 0 { dense.pop() } else { None };
        Self { convolutions, hidden: dense, scores, left_range: AtomicBool::new(false) }
    }

    fn convolve(&self, layer: usize, input: &Map, epilogue: Epilogue<'_>, pool: Pool) -> Map {
        let input = self.checked(inner(input), self.convolutions[layer].largest);
        Map::Host(self.convolutions[layer].layer.forward(input, epilogue, pool).expect(FITS))
    }

    fn dense(&self, index: usize, input: &Map, epilogue: Epilogue<'_>) -> Map {
        let Bounded { layer, largest } = &self.hidden[index];
        let input = self.checked(inner(input), *largest);
        Map::Host(units(layer.forward(input.data(), input.pictures(), epilogue).expect(FITS), input.pictures()))
    }
}

impl HostExecutor {
    /// The input of a layer. One beyond the layer's bound is noted, and nothing will be read that follows from it.
    fn checked<'a>(&self, input: &'a Maps, largest: f32) -> &'a Maps {
        if !range::all_within(input.data(), largest) {
            self.left_range.store(true, Ordering::Relaxed);
        }
        input
    }
}

impl Executor for HostExecutor {
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map {
        let (count, channels, height, width) = pictures.dim();
        let values = pictures.as_standard_layout();
        let values = values.as_slice().expect("a standard layout is contiguous");
        Map::Host(Maps::from_nchw(count, channels, height, width, values).expect("a batch of at least one picture"))
    }

    fn preactivation(&self, stage: Stage, input: &Map) -> Map {
        match stage {
            Stage::Conv { layer, .. } => self.convolve(layer, input, Epilogue::LINEAR, Pool::None),
            Stage::Dense(index) => self.dense(index, input, Epilogue::LINEAR),
            Stage::Flatten => input.clone(),
        }
    }

    fn rectified(&self, stage: Stage, input: &Map) -> Map {
        match stage {
            Stage::Conv { layer, .. } => self.convolve(layer, input, Epilogue::RELU, Pool::None),
            Stage::Dense(index) => self.dense(index, input, Epilogue::RELU),
            Stage::Flatten => input.clone(),
        }
    }

    fn advance(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map {
        match (stage, factors) {
            (Stage::Conv { layer, pooled }, _) => {
                let pool = if pooled { Pool::Max2 } else { Pool::None };
                self.convolve(layer, input, rectifier(factors), pool)
            }
            (_, None) => self.rectified(stage, input),
            (Stage::Dense(_) | Stage::Flatten, Some(_)) => unreachable!("{ONLY_CONVOLUTIONS}"),
        }
    }

    fn modulate(&self, stage: Stage, rectified: &Map, factors: Option<&[f32]>) -> Map {
        let mut map = inner(rectified).clone();
        if let Some(factors) = factors {
            assert!(stage.layer().is_some(), "{ONLY_CONVOLUTIONS}");
            kernels::scale_channels(&mut map, factors).expect(FITS);
        }
        Map::Host(match stage {
            Stage::Conv { pooled: true, .. } => kernels::max_pool(&map, &POOL, Rounding::Floor).expect(FITS),
            _ => map,
        })
    }

    /// Only the group's channels are convolved.
    fn direction(&self, stage: Stage, input: &Map, group: &[usize]) -> Map {
        let input = inner(input);
        if group.is_empty() {
            return Map::Host(self.no_direction(stage, input));
        }
        let members = kernels::select_channels(input, group).expect("channels of the layer");
        Map::Host(match stage {
            Stage::Conv { layer, .. } => {
                let Bounded { layer, largest } = &self.convolutions[layer];
                self.checked(&members, *largest);
                let convolution = layer.restrict(group).expect("channels of the layer");
                convolution.forward(&members, Epilogue::LINEAR, Pool::None).expect(FITS)
            }
            Stage::Dense(index) => {
                let positions = input.height() * input.width();
                let rows: Vec<usize> = (0..positions)
                    .flat_map(|position| group.iter().map(move |channel| position * input.channels() + channel))
                    .collect();
                let Bounded { layer, largest } = &self.hidden[index];
                self.checked(&members, *largest);
                let layer = layer.restrict(&rows).expect("channels of the layer");
                let values = layer.forward(members.data(), input.pictures(), Epilogue::LINEAR).expect(FITS);
                units(values, input.pictures())
            }
            Stage::Flatten => {
                let mut mask = vec![0.0; input.channels()];
                group.iter().for_each(|&channel| mask[channel] = 1.0);
                let mut members = input.clone();
                kernels::scale_channels(&mut members, &mask).expect(FITS);
                members
            }
        })
    }

    fn line_point(&self, stage: Stage, intact: &Map, direction: &Map, slope: f32) -> Map {
        let pool = if matches!(stage, Stage::Conv { pooled: true, .. }) { Pool::Max2 } else { Pool::None };
        let line = kernels::line(inner(intact), inner(direction), slope - 1.0, Activation::Relu, pool);
        Map::Host(line.expect(FITS))
    }

    fn means(&self, map: &Map) -> Map {
        let map = inner(map);
        Map::Host(units(kernels::spatial_mean(map), map.pictures()))
    }

    fn scores(&self, features: &Map) -> Result<Map, ComputeError> {
        let missing = || ComputeError::new(NAME, "the network has no class scores");
        let Bounded { layer, largest } = self.scores.as_ref().ok_or_else(missing)?;
        let features = self.checked(inner(features), *largest);
        let values = layer.forward(features.data(), features.pictures(), Epilogue::LINEAR).expect(FITS);
        Ok(Map::Host(units(values, features.pictures())))
    }

    fn download(&self, maps: Vec<Map>) -> Result<Vec<Array2<f32>>, ComputeError> {
        if self.left_range.swap(false, Ordering::Relaxed) {
            return Err(range::left(NAME, Precision::F32));
        }
        maps.iter().map(|map| range::finite(rows(inner(map)), NAME, Precision::F32)).collect()
    }

    /// Memory that no map uses is the allocator's at once.
    fn reclaim(&self) {}
}

impl HostExecutor {
    /// The direction of no channels at all.
    fn no_direction(&self, stage: Stage, input: &Maps) -> Maps {
        let [pictures, height, width, channels] = input.shape();
        let shape = match stage {
            Stage::Conv { layer, .. } => [height, width, self.convolutions[layer].layer.channels_out()],
            Stage::Dense(index) => [1, 1, self.hidden[index].layer.outputs()],
            Stage::Flatten => [height, width, channels],
        };
        Maps::zeros(pictures, shape[0], shape[1], shape[2]).expect(FITS)
    }
}

/// ReLU, with factors where there are some.
fn rectifier(factors: Option<&[f32]>) -> Epilogue<'_> {
    Epilogue { gain: factors, ..Epilogue::RELU }
}

/// A dense layer whose input is a map of that many channels: weights come channel first, maps are channels last.
fn dense_layer(weights: &DenseWeights, channels: usize) -> Dense {
    let (inputs, outputs) = weights.matrix.dim();
    let positions = inputs / channels;
    let mut matrix = Vec::with_capacity(inputs * outputs);
    for position in 0..positions {
        for channel in 0..channels {
            matrix.extend(weights.matrix.row(channel * positions + position));
        }
    }
    Dense::new(&matrix, &flat(&weights.bias), inputs, outputs).expect(FITS)
}

fn units(values: Vec<f32>, pictures: usize) -> Maps {
    Maps::new(pictures, 1, 1, values.len() / pictures, values).expect(FITS)
}

fn rows(map: &Maps) -> Array2<f32> {
    Array2::from_shape_vec((map.pictures(), map.picture_len()), map.to_nchw()).expect(FITS)
}

fn flat<D: ndarray::Dimension>(array: &ndarray::Array<f32, D>) -> Vec<f32> {
    array.iter().copied().collect()
}

fn inner(map: &Map) -> &Maps {
    match map {
        Map::Host(maps) => maps,
        Map::Tensor(_) => unreachable!("a map stays on the device that made it"),
    }
}
