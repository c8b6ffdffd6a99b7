//! The operations on the CPU, by the `kernels` crate.
//!
//! Maps are channels last. A picture's bits depend neither on its batch nor on the number of threads.

mod layers;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use graph::{AveragePool, MaxPool, NodeId, Op};
use kernels::{Activation, Border, Epilogue, Maps, Pool, Rounding, Window};
use ndarray::{Array2, ArrayView4};

use self::layers::{FITS, Layer, activation, lrn, window};
use super::{ComputeError, Executor, Map, range};
use crate::Checkpoint;
use crate::device::Precision;
use crate::route::Step;

/// The device in errors.
const NAME: &str = "cpu";

/// A network's operations, with their weights transformed for the CPU kernels.
pub(super) struct HostExecutor {
    layers: Vec<Layer>,
    /// Whether a map was beyond a layer's bound since results were last read.
    left_range: AtomicBool,
}

impl HostExecutor {
    pub(super) fn new(checkpoint: &Checkpoint) -> Self {
        let graph = checkpoint.architecture.graph();
        let layers = graph.ids().map(|id| Layer::new(graph, id, checkpoint.weights.of(id))).collect();
        Self { layers, left_range: AtomicBool::new(false) }
    }

    fn layer(&self, node: NodeId) -> &Layer {
        &self.layers[node.index()]
    }

    /// The input of a layer. One beyond the layer's bound is noted, and nothing will be read that follows from it.
    fn checked<'a>(&self, input: &'a Maps, largest: f32) -> &'a Maps {
        if !range::all_within(input.data(), largest) {
            self.left_range.store(true, Ordering::Relaxed);
        }
        input
    }

    /// An operation, and of what follows it all that its kernel does in the same pass: the activation, the factors and,
    /// behind convolutions, the pool.
    fn operation(&self, node: NodeId, inputs: &[&Maps], epilogue: Epilogue<'_>, pool: Pool) -> Maps {
        let input = inputs[0];
        let plain = match self.layer(node) {
            Layer::Conv { layer, largest } => {
                return layer.forward(self.checked(input, *largest), epilogue, pool).expect(FITS);
            }
            Layer::Dense { layer, largest } => {
                let input = self.checked(input, *largest);
                let values = layer.forward(input.data(), input.pictures(), epilogue).expect(FITS);
                return pooled(units(values, input.pictures()), pool);
            }
            Layer::Other(op) => other(op, inputs),
            Layer::Flatten { .. } => input.flatten(),
        };
        finished(plain, epilogue, pool)
    }
}

impl Executor for HostExecutor {
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map {
        let (count, channels, height, width) = pictures.dim();
        let values = pictures.as_standard_layout();
        let values = values.as_slice().expect("a standard layout is contiguous");
        map(Maps::from_nchw(count, channels, height, width, values).expect("a batch of at least one picture"))
    }

    fn step(&self, step: Step, inputs: &[&Map], factors: Option<&[f32]>) -> Map {
        if let Layer::Flatten { as_it_lies } = self.layer(step.node) {
            return if *as_it_lies { inputs[0].clone() } else { map(inner(inputs[0]).flatten()) };
        }
        let inputs: Vec<&Maps> = inputs.iter().map(|map| inner(map)).collect();
        let epilogue = Epilogue { activation: self.activation(step), gain: factors };
        map(self.operation(step.node, &inputs, epilogue, pool(step)))
    }

    fn scaled(&self, input: &Map, factors: &[f32]) -> Map {
        let mut maps = inner(input).clone();
        multiply(&mut maps, factors);
        map(maps)
    }

    /// Only the group's channels are convolved.
    fn direction(&self, node: NodeId, input: &Map, group: Option<&[usize]>) -> Map {
        let input = inner(input);
        let pictures = input.pictures();
        let (Layer::Conv { largest, .. } | Layer::Dense { largest, .. }) = self.layer(node) else {
            unreachable!("a direction is of an operation with weights");
        };
        self.checked(input, *largest);
        map(match (self.layer(node), group) {
            (Layer::Conv { layer, .. }, None) => {
                let layer = layer.clone().with_bias(&vec![0.0; layer.channels_out()]).expect(FITS);
                layer.forward(input, Epilogue::LINEAR, Pool::None).expect(FITS)
            }
            (Layer::Conv { layer, .. }, Some([])) => {
                let size = layer.window().output_size([input.height(), input.width()], Rounding::Floor).expect(FITS);
                Maps::zeros(pictures, size[0], size[1], layer.channels_out()).expect(FITS)
            }
            (Layer::Conv { layer, .. }, Some(group)) => {
                let members = kernels::select_channels(input, group).expect("channels of the layer");
                let layer = layer.restrict(group).expect("channels of the layer");
                layer.forward(&members, Epilogue::LINEAR, Pool::None).expect(FITS)
            }
            (Layer::Dense { layer, .. }, Some([])) => Maps::zeros(pictures, 1, 1, layer.outputs()).expect(FITS),
            (Layer::Dense { layer, .. }, None) => {
                let layer = layer.clone().with_bias(&vec![0.0; layer.outputs()]).expect(FITS);
                units(layer.forward(input.data(), pictures, Epilogue::LINEAR).expect(FITS), pictures)
            }
            (Layer::Dense { layer, .. }, Some(group)) => {
                let rows = layers::rows(input, group);
                let layer = layer.restrict(&rows).expect("inputs of the layer");
                let members = gathered(input, &rows);
                units(layer.forward(&members, pictures, Epilogue::LINEAR).expect(FITS), pictures)
            }
            (Layer::Other(_) | Layer::Flatten { .. }, _) => unreachable!("refused above"),
        })
    }

    fn line_point(&self, step: Step, intact: &Map, direction: &Map, slope: f32) -> Map {
        let (activation, pool) = (self.activation(step), pool(step));
        map(kernels::line(inner(intact), inner(direction), slope - 1.0, activation, pool).expect(FITS))
    }

    fn means(&self, input: &Map) -> Map {
        let maps = inner(input);
        map(units(kernels::spatial_mean(maps), maps.pictures()))
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
    fn activation(&self, step: Step) -> Activation {
        match step.activation.map(|node| self.layer(node)) {
            Some(Layer::Other(Op::Activation(own))) => activation(*own),
            _ => Activation::Linear,
        }
    }
}

/// An operation without weights.
fn other(op: &Op, inputs: &[&Maps]) -> Maps {
    let input = inputs[0];
    match op {
        Op::Add => folded(inputs, kernels::add),
        // The factor of every channel, where there is one, comes second.
        Op::Multiply if inputs[1].picture_len() > input.picture_len() => folded(&[inputs[1], input], kernels::multiply),
        Op::Multiply => folded(inputs, kernels::multiply),
        Op::Concat => kernels::concat(inputs).expect(FITS),
        Op::MaxPool(MaxPool { window: own, dilation }) => {
            kernels::max_pool(input, &window(own, *dilation), rounding(own.ceil)).expect(FITS)
        }
        Op::AveragePool(AveragePool { window: own, count_include_pad }) => {
            let border = if *count_include_pad { Border::Counted } else { Border::Ignored };
            kernels::average_pool(input, &window(own, [1; 2]), rounding(own.ceil), border).expect(FITS)
        }
        Op::GlobalAverage => units(kernels::spatial_mean(input), input.pictures()),
        Op::Activation(own) => {
            let mut maps = input.clone();
            activation(*own).apply(&mut maps).expect(FITS);
            maps
        }
        Op::Lrn(own) => lrn(*own).forward(input).expect(FITS),
        Op::Input(_) | Op::Conv(_) | Op::Dense(_) | Op::Flatten => unreachable!("{op} has a layer of its own"),
    }
}

fn folded(inputs: &[&Maps], with: impl Fn(&mut Maps, &Maps) -> Result<(), kernels::ShapeError>) -> Maps {
    let mut result = inputs[0].clone();
    inputs[1..].iter().for_each(|input| with(&mut result, input).expect(FITS));
    result
}

/// What follows an operation, in passes of its own.
fn finished(mut maps: Maps, epilogue: Epilogue<'_>, pool: Pool) -> Maps {
    if epilogue.activation != Activation::Linear {
        epilogue.activation.apply(&mut maps).expect(FITS);
    }
    if let Some(factors) = epilogue.gain {
        kernels::scale_channels(&mut maps, factors).expect(FITS);
    }
    pooled(maps, pool)
}

fn pooled(maps: Maps, pool: Pool) -> Maps {
    match pool {
        Pool::None => maps,
        Pool::Max2 => kernels::max_pool(&maps, &Window::square(2).stride(2), Rounding::Floor).expect(FITS),
    }
}

fn pool(step: Step) -> Pool {
    if step.pool.is_some() { Pool::Max2 } else { Pool::None }
}

fn rounding(ceil: bool) -> Rounding {
    if ceil { Rounding::Ceil } else { Rounding::Floor }
}

/// Factors of a value's channels, multiplied in place. Those of a vector that was flattened from maps come map by map.
fn multiply(maps: &mut Maps, factors: &[f32]) {
    if factors.len() == maps.channels() {
        return kernels::scale_channels(maps, factors).expect(FITS);
    }
    let (channels, len) = (maps.channels(), maps.picture_len());
    let pixels = len / channels;
    for picture in maps.data_mut().chunks_exact_mut(len) {
        for (pixel, values) in picture.chunks_exact_mut(channels).enumerate() {
            values.iter_mut().enumerate().for_each(|(channel, value)| *value *= factors[channel * pixels + pixel]);
        }
    }
}

/// Some values of every picture, in an order.
fn gathered(maps: &Maps, at: &[usize]) -> Vec<f32> {
    let pictures = maps.data().chunks_exact(maps.picture_len());
    pictures.flat_map(|picture| at.iter().map(|&at| picture[at])).collect()
}

fn units(values: Vec<f32>, pictures: usize) -> Maps {
    Maps::new(pictures, 1, 1, values.len() / pictures, values).expect(FITS)
}

fn rows(map: &Maps) -> Array2<f32> {
    Array2::from_shape_vec((map.pictures(), map.picture_len()), map.to_nchw()).expect(FITS)
}

fn map(maps: Maps) -> Map {
    Map::Host(Arc::new(maps))
}

fn inner(map: &Map) -> &Maps {
    match map {
        Map::Host(maps) => maps,
        Map::Tensor(_) => unreachable!("a map stays on the device that made it"),
    }
}
