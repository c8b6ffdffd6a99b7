//! Networks under the names that frameworks give to their tensors: a table with one entry per network and convention.

use graph::{Blueprint, KNOWN, Known, Norm};

use crate::emonet::EMONET;
use crate::naming::Naming;

/// The ε of PyTorch's `BatchNorm2d`, which no state dict holds.
const EPSILON: f64 = 1e-5;

/// A network under the names of one convention.
#[derive(Clone, Debug)]
pub(super) struct Convention {
    pub naming: Naming,
    pub network: Template,
    /// The layers that have weights, in order.
    pub layers: Vec<Names>,
    pub layout: Layout,
}

/// What network it is, as far as names tell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Template {
    /// A known network; classes and the size of the pictures are open. By its name.
    Known(&'static str),
    /// A network after the pattern of VGG, of any widths: 3×3 convolutions per group.
    Vgg(Vec<usize>),
}

/// The names of the tensors of a layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Names {
    pub weight: String,
    pub bias: Option<String>,
    pub norm: Option<Norm>,
}

/// How arrays lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Kernels `[out, in, height, width]`, matrices `[out, in]`, maps flattened `channel × row × column`: PyTorch, Caffe.
    ChannelsFirst,
    /// Kernels `[height, width, in, out]`, matrices `[in, out]`, maps flattened `row × column × channel`: TensorFlow.
    ChannelsLast,
    /// Kernels and matrices as in PyTorch, maps flattened `channel × column × row`: layers of MATLAB under PyTorch.
    ColumnsFirst,
}

impl Template {
    /// For messages, such as `vgg16`.
    pub fn name(&self) -> String {
        match self {
            Self::Known(name) => (*name).into(),
            Self::Vgg(groups) => format!("vgg{}", groups.iter().sum::<usize>() + 3),
        }
    }

    /// Layers before the dense ones, which a VGG network may lack.
    pub fn trunk(&self, layers: usize) -> usize {
        match self {
            Self::Known(_) => layers,
            Self::Vgg(groups) => groups.iter().sum(),
        }
    }
}

impl Convention {
    /// All that are known. Where two have the same names, the first one is meant.
    pub fn all() -> Vec<Self> {
        let (mut all, mut seen) = (Vec::new(), Vec::new());
        for known in KNOWN {
            let Ok(blueprint) = known.build() else { continue };
            match groups(&blueprint) {
                Some(groups) if seen.contains(&groups) => {}
                Some(groups) => {
                    all.extend(vgg(&groups));
                    seen.push(groups);
                }
                None => all.push(Self::known(known, blueprint)),
            }
        }
        all.push(emonet_py());
        all
    }

    fn known(known: &Known, blueprint: Blueprint) -> Self {
        let names = |source: graph::Source| Names { weight: source.weight, bias: source.bias, norm: source.norm };
        let naming = match known.name {
            "alexnet-caffe" => Naming::Caffe,
            "efficientnet-lite0" => Naming::Lite,
            EMONET => Naming::EmonetPytorch,
            _ => Naming::Torchvision,
        };
        let layers = blueprint.sources.into_iter().map(names).collect();
        Self { naming, network: Template::Known(known.name), layers, layout: Layout::ChannelsFirst }
    }

    /// The name of the first kernel, by which places of a network are found.
    pub fn first(&self) -> &str {
        self.layers.first().map_or("", |layer| &layer.weight)
    }
}

impl Names {
    /// Names of all its tensors.
    pub fn all(&self) -> impl Iterator<Item = String> {
        let norm = self.norm.iter().flat_map(|norm| {
            ["weight", "bias", "running_mean", "running_var"].map(|tensor| format!("{}.{tensor}", norm.prefix))
        });
        std::iter::once(self.weight.clone()).chain(self.bias.clone()).chain(norm)
    }
}

/// Convolutions per group, for a network after the pattern of VGG: its sites are `conv1_1`, `conv1_2`, `conv2_1` …
fn groups(blueprint: &Blueprint) -> Option<Vec<usize>> {
    let mut groups = Vec::new();
    for site in &blueprint.sites {
        let (group, _) = site.name.strip_prefix("conv")?.split_once('_')?;
        groups.resize(group.parse().ok()?, 0);
        *groups.last_mut()? += 1;
    }
    Some(groups)
}

/// `conv1_1` …, in order.
fn convolutions(groups: &[usize]) -> Vec<String> {
    let names = |(group, &count): (usize, &usize)| (1..=count).map(move |i| format!("conv{}_{i}", group + 1));
    groups.iter().enumerate().flat_map(names).collect()
}

/// The conventions for a VGG network.
fn vgg(groups: &[usize]) -> Vec<Convention> {
    let torchvision = ["classifier.0", "classifier.3", "classifier.6"];
    let timm = ["pre_logits.fc1", "pre_logits.fc2", "head.fc"];
    let caffe = ["fc6", "fc7", "fc8"];
    let convention =
        |naming, layout, layers| Convention { naming, network: Template::Vgg(groups.into()), layers, layout };
    let plain = |convolutions: Vec<Names>, dense: [&str; 3], ends: [&str; 2]| {
        convolutions.into_iter().chain(dense.map(|layer| named(layer, ends))).collect()
    };
    let named_all = |names: Vec<String>, ends: [&str; 2]| names.iter().map(|name| named(name, ends)).collect();
    let features = |naming, normalised, dense| {
        convention(naming, Layout::ChannelsFirst, plain(features(groups, normalised), dense, PYTORCH))
    };
    let keras = || convolutions(groups).iter().map(|name| keras_name(name)).collect();
    let (first, last) = (Layout::ChannelsFirst, Layout::ChannelsLast);
    vec![
        features(Naming::Torchvision, Normalised::No, torchvision),
        features(Naming::DropoutFirst, Normalised::No, ["classifier.1", "classifier.4", "classifier.6"]),
        features(Naming::Timm, Normalised::No, timm),
        features(Naming::Torchvision, Normalised::Yes, torchvision),
        features(Naming::Timm, Normalised::Yes, timm),
        convention(Naming::Caffe, first, plain(named_all(convolutions(groups), PYTORCH), caffe, PYTORCH)),
        convention(Naming::Frossard, last, plain(named_all(convolutions(groups), FROSSARD), caffe, FROSSARD)),
        convention(Naming::Keras, last, plain(named_all(keras(), KERAS), ["fc1", "fc2", "predictions"], KERAS)),
    ]
}

/// EmoNet as the package emonet-py names it. Its fc6 has the columns of MATLAB's: before flattening, its forward pass
/// exchanges rows and columns (`AlexNetBigEmoNet` in `alexnet_big.py`).
fn emonet_py() -> Convention {
    let layers = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3"];
    Convention {
        naming: Naming::EmonetPy,
        network: Template::Known(EMONET),
        layers: layers.map(|layer| named(layer, PYTORCH)).to_vec(),
        layout: Layout::ColumnsFirst,
    }
}

/// How the names of a kernel and of a bias end.
const PYTORCH: [&str; 2] = [".weight", ".bias"];
const FROSSARD: [&str; 2] = ["_W", "_b"];
const KERAS: [&str; 2] = [".kernel", ".bias"];

fn named(layer: &str, [kernel, bias]: [&str; 2]) -> Names {
    Names { weight: format!("{layer}{kernel}"), bias: Some(format!("{layer}{bias}")), norm: None }
}

/// Whether a batch normalisation follows every convolution.
#[derive(Clone, Copy, PartialEq)]
enum Normalised {
    No,
    Yes,
}

/// torchvision's `features`, which counts convolutions, normalisations, ReLUs and pools alike.
fn features(groups: &[usize], normalised: Normalised) -> Vec<Names> {
    let (mut position, mut names) = (0, Vec::new());
    for &count in groups {
        for _ in 0..count {
            let mut layer = named(&format!("features.{position}"), PYTORCH);
            if normalised == Normalised::Yes {
                layer.norm = Some(Norm { prefix: format!("features.{}", position + 1), epsilon: EPSILON });
                position += 1;
            }
            names.push(layer);
            position += 2;
        }
        position += 1;
    }
    names
}

/// `conv1_2` is `block1_conv2`.
fn keras_name(name: &str) -> String {
    name.replacen("conv", "block", 1).replacen('_', "_conv", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_network_has_names() {
        let all = Convention::all();
        for known in KNOWN {
            let expected = known.build().expect("known networks are networks").sources;
            let same = |convention: &&Convention| {
                let names = convention.layers.iter().map(|layer| (&layer.weight, &layer.bias, &layer.norm));
                convention.layers.len() == expected.len()
                    && names.zip(&expected).all(|(names, source)| names == (&source.weight, &source.bias, &source.norm))
            };
            assert_eq!(all.iter().filter(same).count(), 1, "{}", known.name);
        }
    }

    #[test]
    fn names_are_those_of_the_frameworks() {
        let groups = [2, 2, 3, 3, 3];
        let vgg = vgg(&groups);
        let kernels =
            |position: usize| vgg[position].layers.iter().map(|layer| layer.weight.as_str()).collect::<Vec<_>>();
        assert_eq!(
            kernels(0)[12..],
            ["features.28.weight", "classifier.0.weight", "classifier.3.weight", "classifier.6.weight"]
        );
        assert_eq!((kernels(3)[1], kernels(3)[12]), ("features.3.weight", "features.40.weight"));
        assert_eq!(vgg[3].layers[12].norm.as_ref().map(|norm| norm.prefix.as_str()), Some("features.41"));
        assert_eq!((kernels(6)[4], kernels(6)[15]), ("conv3_1_W", "fc8_W"));
        assert_eq!((kernels(7)[12], kernels(7)[15]), ("block5_conv3.kernel", "predictions.kernel"));
    }

    #[test]
    fn emonet_has_two_conventions() {
        let all = Convention::all();
        let of = |convention: &Convention| (convention.naming, convention.layout, convention.first().to_string());
        let found: Vec<_> =
            all.iter().filter(|convention| convention.network == Template::Known(EMONET)).map(of).collect();
        let pytorch = (Naming::EmonetPytorch, Layout::ChannelsFirst, "conv_0.0.weight".to_string());
        assert_eq!(found, [pytorch, (Naming::EmonetPy, Layout::ColumnsFirst, "conv1.weight".to_string())]);
    }
}
