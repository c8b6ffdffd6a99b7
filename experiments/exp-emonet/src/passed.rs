//! One pass of all frames through the untouched network: channel means and random units of every layer, what the class
//! scores read, and the network's own scores.
//!
//! Layers are taken before their activation, as `activations(net, picture, 'conv5')` gives them in MATLAB, where EmoNet was
//! made.

use anyhow::Result;
use graph::{NodeId, Op};
use ndarray::{Array2, Array4, Axis, concatenate};
use rand::seq::index;
use rayon::prelude::*;
use stimuli::PictureSource;
use stimuli::frames::Part;
use study::seeds;
use study::signals::StopFlag;
use vgg_core::{Architecture, Colour, Network, Preprocessing, Site};

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
    let graph = network.architecture().graph();
    let layers = layers(network.architecture());
    let mut nodes = layers.clone();
    nodes.push(network.architecture().features());
    let own = network.architecture().classes() > 0;
    nodes.extend(own.then_some(graph.output()));
    let sites: &[Site] =
        if opened.config.interventions.gains.is_empty() { &[] } else { network.architecture().sites() };
    let first_site = nodes.len();
    nodes.extend(sites.iter().map(|site| site.node));
    let points = points(opened);
    let drawn: Vec<Vec<usize>> =
        layers.iter().enumerate().map(|(layer, id)| units(opened, layer, graph.node(*id).shape.values())).collect();
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
        let values = network.values(inputs.view(), &nodes)?;
        let pointed: Vec<usize> =
            points.iter().filter_map(|&point| point.checked_sub(start).filter(|row| *row < batch.len())).collect();
        let channels = layers.iter().map(|id| graph.node(*id).shape.channels);
        parts.push(Kept {
            means: values.iter().zip(channels).map(|(values, channels)| means(values, channels)).collect(),
            units: values
                .iter()
                .zip(&drawn)
                .map(|(values, units)| values.select(Axis(0), &pointed).select(Axis(1), units))
                .collect(),
            rest: values[layers.len()..first_site].to_vec(),
            responses: sites
                .iter()
                .zip(&values[first_site..])
                .map(|(site, values)| means(values, site.channels))
                .collect(),
        });
        stage.advance(batch.len());
    }
    stage.finish();
    let name = |id: &NodeId| graph.node(*id).name.clone();
    let kept = |at: usize| Layer {
        name: name(&layers[at]),
        means: stacked(parts.iter().map(|part| &part.means[at])),
        units: stacked(parts.iter().map(|part| &part.units[at])),
    };
    let rest = |at: usize| stacked(parts.iter().map(|part| &part.rest[at]));
    let responses = |site: usize| stacked(parts.iter().map(|part| &part.responses[site]));
    Ok(Some(Passed {
        layers: (0..layers.len()).map(kept).collect(),
        points,
        features: rest(0),
        responses: (0..sites.len()).map(responses).collect(),
        own: own.then(|| rest(1)),
    }))
}

/// What is kept of a batch, layer by layer.
struct Kept {
    means: Vec<Array2<f32>>,
    units: Vec<Array2<f32>>,
    rest: Vec<Array2<f32>>,
    responses: Vec<Array2<f32>>,
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

/// The frames of maps: random test frames, in order.
fn points(opened: &Opened) -> Vec<usize> {
    let test = opened.frames.part(Part::Test);
    let count = opened.config.panels.points.min(test.len());
    let seed = seeds::derive(opened.config.seed, "map points", &[]);
    let mut chosen: Vec<usize> = index::sample(&mut stimuli::seed::rng(seed, "map points", &[]), test.len(), count)
        .into_iter()
        .map(|at| test[at])
        .collect();
    chosen.sort_unstable();
    chosen
}

/// Random units of a layer, in order; all of them where it has no more.
fn units(opened: &Opened, layer: usize, total: usize) -> Vec<usize> {
    let seed = seeds::derive(opened.config.seed, "map units", &[layer]);
    let count = opened.config.panels.units.min(total);
    let mut chosen = index::sample(&mut stimuli::seed::rng(seed, "map units", &[]), total, count).into_vec();
    chosen.sort_unstable();
    chosen
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
