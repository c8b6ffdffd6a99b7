//! One pass of all frames through the untouched network: channel means and random units of every layer, what the class
//! scores read, and the network's own scores.
//!
//! Layers are taken before their activation, as `activations(net, picture, 'conv5')` gives them in MATLAB, where EmoNet was
//! made.

use std::ops::Range;

use anyhow::Result;
use graph::{NodeId, Op};
use ndarray::{Array2, Array4, Axis, concatenate};
use rayon::prelude::*;
use stimuli::PictureSource;
use study::signals::StopFlag;
use vgg_core::{Architecture, Colour, Network, Preprocessing, Site};

use crate::chance::positions;
use crate::opened::Opened;

/// Frames per pass: whole maps of every layer are alive at once.
pub const BATCH: usize = 16;

/// What is known of a layer.
pub struct Layer {
    /// The node, such as `conv1`.
    pub name: String,
    /// Spatial mean of every channel, `[frames × channels]`.
    pub means: Array2<f32>,
    /// Random units for maps, `[points × units]`.
    pub units: Array2<f32>,
}

/// What one pass gives.
pub struct Passed {
    /// Convolutions and hidden dense layers, in order.
    pub layers: Vec<Layer>,
    /// Frames whose units were kept: positions among all frames.
    pub points: Vec<usize>,
    /// What class scores read, `[frames × feature units]`.
    pub features: Array2<f32>,
    /// Spatial means of every site after its activation, `[frames × channels]`; none where nothing is intervened on.
    pub responses: Vec<Array2<f32>>,
    /// The network's own class scores, `[frames × classes]`, where it has any.
    pub own: Option<Array2<f32>>,
}

/// The layers of a network: what every site's activation reads, and dense layers before the class scores.
pub fn layers(network: &Architecture) -> Vec<NodeId> {
    let graph = network.graph();
    let before = graph.ancestors(&[network.features()]);
    let mut layers: Vec<NodeId> = network.sites().iter().map(|site| graph.node(site.node).inputs[0]).collect();
    layers.extend(graph.ids().filter(|id| before[id.index()] && matches!(graph.node(*id).op, Op::Dense(_))));
    layers.sort();
    layers.dedup();
    layers
}

/// Passes all frames through the network.
///
/// # Errors
/// A frame that cannot be read, or a device that failed.
pub fn pass(opened: &Opened, network: &Network, stop: &StopFlag) -> Result<Option<Passed>> {
    let wanted = Wanted::new(opened, network.architecture());
    let nodes = wanted.nodes();
    let frames = &opened.frames.frames;
    let stage = opened.progress.stage("frames through the network", frames.len());
    let mut parts: Vec<Kept> = Vec::new();
    for start in (0..frames.len()).step_by(BATCH) {
        if stop.is_raised() {
            return Ok(None);
        }
        let batch = &frames[start..frames.len().min(start + BATCH)];
        let sources: Vec<&PictureSource> = batch.iter().map(|frame| &frame.source).collect();
        let inputs = prepared(&sources, network.preprocessing())?;
        parts.push(wanted.keep(&network.values(inputs.view(), &nodes)?, start..start + batch.len()));
        stage.advance(batch.len());
    }
    stage.finish();
    Ok(Some(wanted.joined(&parts)))
}

/// What is wanted of a network.
struct Wanted<'a> {
    network: &'a Architecture,
    layers: Vec<NodeId>,
    /// Sites that are intervened on.
    sites: &'a [Site],
    /// Frames whose units are kept.
    points: Vec<usize>,
    /// Of each layer, the units that are kept.
    units: Vec<Vec<usize>>,
}

/// What is kept of a batch: of every layer, of every site, and of the features and the network's own scores.
struct Kept {
    means: Vec<Array2<f32>>,
    units: Vec<Array2<f32>>,
    responses: Vec<Array2<f32>>,
    rest: Vec<Array2<f32>>,
}

impl<'a> Wanted<'a> {
    fn new(opened: &Opened, network: &'a Architecture) -> Self {
        let layers = layers(network);
        let units = |(layer, id): (usize, &NodeId)| {
            let total = network.graph().node(*id).shape.values();
            positions(opened, "map units", &[layer], total, opened.config.panels.units)
        };
        Self {
            units: layers.iter().enumerate().map(units).collect(),
            sites: if opened.config.interventions.gains.is_empty() { &[] } else { network.sites() },
            points: opened.test_frames("map points", opened.config.panels.points),
            network,
            layers,
        }
    }

    /// Layers, sites, features and, where there are any, class scores.
    fn nodes(&self) -> Vec<NodeId> {
        let own = (self.network.classes() > 0).then(|| self.network.graph().output());
        let sites = self.sites.iter().map(|site| site.node);
        self.layers.iter().copied().chain(sites).chain([self.network.features()]).chain(own).collect()
    }

    /// What is kept of the nodes' values for a range of frames.
    fn keep(&self, values: &[Array2<f32>], frames: Range<usize>) -> Kept {
        let (of_layers, others) = values.split_at(self.layers.len());
        let (of_sites, rest) = others.split_at(self.sites.len());
        let pointed = self.points.iter().filter(|point| frames.contains(point));
        let pointed: Vec<usize> = pointed.map(|point| point - frames.start).collect();
        let channels = self.layers.iter().map(|id| self.network.graph().node(*id).shape.channels);
        let some =
            |(values, units): (&Array2<f32>, &Vec<usize>)| values.select(Axis(0), &pointed).select(Axis(1), units);
        Kept {
            means: of_layers.iter().zip(channels).map(|(values, channels)| means(values, channels)).collect(),
            units: of_layers.iter().zip(&self.units).map(some).collect(),
            responses: of_sites.iter().zip(self.sites).map(|(values, site)| means(values, site.channels)).collect(),
            rest: rest.to_vec(),
        }
    }

    fn joined(self, parts: &[Kept]) -> Passed {
        let layer = |(at, id): (usize, &NodeId)| Layer {
            name: self.network.graph().node(*id).name.clone(),
            means: stacked(parts.iter().map(|part| &part.means[at])),
            units: stacked(parts.iter().map(|part| &part.units[at])),
        };
        let rest = |at: usize| stacked(parts.iter().map(|part| &part.rest[at]));
        let response = |site: usize| stacked(parts.iter().map(|part| &part.responses[site]));
        Passed {
            layers: self.layers.iter().enumerate().map(layer).collect(),
            features: rest(0),
            responses: (0..self.sites.len()).map(response).collect(),
            own: (self.network.classes() > 0).then(|| rest(1)),
            points: self.points,
        }
    }
}

/// Frames or pictures as network input, `[pictures, 3, side, side]`.
///
/// # Errors
/// A picture that cannot be read; the message names its file.
pub fn prepared(sources: &[&PictureSource], preprocessing: &Preprocessing) -> Result<Array4<f32>> {
    let prepare = |source: &&PictureSource| source.with_pixels(|pixels| preprocessing.apply(pixels, Colour::AsIs));
    let inputs: Vec<Vec<f32>> = sources.par_iter().map(prepare).collect::<Result<_, _>>()?;
    let side = preprocessing.crop as usize;
    Ok(Array4::from_shape_vec((sources.len(), 3, side, side), inputs.concat())?)
}

/// Spatial means of maps that are flattened channel first.
fn means(values: &Array2<f32>, channels: usize) -> Array2<f32> {
    let pixels = values.ncols() / channels;
    Array2::from_shape_fn((values.nrows(), channels), |(row, channel)| {
        let map = values.row(row);
        let sum: f64 = (channel * pixels..(channel + 1) * pixels).map(|unit| f64::from(map[unit])).sum();
        (sum / pixels as f64) as f32
    })
}

/// Batches one below the other.
pub fn stacked<'a>(parts: impl Iterator<Item = &'a Array2<f32>>) -> Array2<f32> {
    let views: Vec<_> = parts.map(|part| part.view()).collect();
    concatenate(Axis(0), &views).expect("batches of equal width, at least one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_of_emonets_network_are_those_of_the_paper() {
        let network = Architecture::alexnet_demo(30);
        let names: Vec<&str> = layers(&network).iter().map(|id| network.graph().node(*id).name.as_str()).collect();
        assert_eq!(names, ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"]);
    }

    #[test]
    fn means_are_those_of_each_map() {
        let maps = ndarray::arr2(&[[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, -2.0, 2.0]]);
        assert_eq!(means(&maps, 2), ndarray::arr2(&[[2.0, 6.0], [0.0, 0.0]]));
    }
}
