//! AlexNets, which differ in channels, groups, normalisation and input.

use super::sketch::{Sketch, Stored};
use crate::{Activation, Conv, Lrn, MaxPool, Op, Window};

#[derive(Debug)]
pub(super) struct Table {
    layers: [Layer; 5],
    /// Units of fc6 and fc7.
    units: usize,
    lrn: Lrn,
    /// Prefixes of the parameter names of conv1 … conv5, fc6, fc7, fc8.
    prefixes: [&'static str; 8],
}

#[derive(Debug)]
struct Layer {
    conv: Conv,
    normalised: bool,
    pooled: bool,
}

/// Krizhevsky's second network ("one weird trick", 2014), as in torchvision.
pub(super) const TORCHVISION: Table = Table {
    layers: [
        layer(Conv::square(64, 11).stride(4).padding(2), false, true),
        layer(Conv::square(192, 5).padding(2), false, true),
        layer(Conv::square(384, 3).padding(1), false, false),
        layer(Conv::square(256, 3).padding(1), false, false),
        layer(Conv::square(256, 3).padding(1), false, true),
    ],
    units: 4096,
    lrn: LRN,
    prefixes: [
        "features.0",
        "features.3",
        "features.6",
        "features.8",
        "features.10",
        "classifier.1",
        "classifier.4",
        "classifier.6",
    ],
};

/// Krizhevsky et al. 2012 as Caffe and MATLAB have it: ReLU, then normalisation, then pooling. (CaffeNet pools first.)
pub(super) const CAFFE: Table = Table { layers: FIRST, units: 4096, lrn: LRN, prefixes: CAFFE_PREFIXES };

const CAFFE_PREFIXES: [&str; 8] = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"];

/// EmoNet (Kragel et al. 2019), the same layers, under the names of github.com/ecco-laboratory/emonet-pytorch. That file
/// keeps its dense layers as convolutions; here they are matrices of the same numbers.
pub(super) const EMONET: Table = Table {
    layers: FIRST,
    units: 4096,
    lrn: LRN,
    prefixes: ["conv_0.0", "conv_1.0", "conv_2.0", "conv_3.0", "conv_4.0", "conv_5.0", "conv_6.0", "classifier.0"],
};

const FIRST: [Layer; 5] = [
    layer(Conv::square(96, 11).stride(4), true, true),
    layer(Conv::square(256, 5).padding(2).groups(2), true, true),
    layer(Conv::square(384, 3).padding(1), false, false),
    layer(Conv::square(384, 3).padding(1).groups(2), false, false),
    layer(Conv::square(256, 3).padding(1).groups(2), false, true),
];

/// EmoNet's layers at an eighth of the width. Its activations are of some hundreds; here they are of order 1, and this α
/// makes denominators alike.
pub(super) const DEMO: Table = Table {
    layers: [
        layer(Conv::square(12, 11).stride(4), true, true),
        layer(Conv::square(32, 5).padding(2).groups(2), true, true),
        layer(Conv::square(48, 3).padding(1), false, false),
        layer(Conv::square(48, 3).padding(1).groups(2), false, false),
        layer(Conv::square(32, 3).padding(1).groups(2), false, true),
    ],
    units: 256,
    lrn: Lrn::pytorch(5, 1.0, 0.75, 1.0),
    prefixes: CAFFE_PREFIXES,
};

/// Of five channels with α = 1e-4, β = 0.75 and k = 1; the 2012 paper has k = 2 and does not divide α by 5.
const LRN: Lrn = Lrn::pytorch(5, 1e-4, 0.75, 1.0);

const fn layer(conv: Conv, normalised: bool, pooled: bool) -> Layer {
    Layer { conv, normalised, pooled }
}

impl Table {
    pub fn sketch(&self, side: usize, classes: usize) -> Sketch {
        let mut sketch = Sketch::new(side);
        for (index, (layer, prefix)) in self.layers.iter().zip(self.prefixes).enumerate() {
            let name = |what: &str| format!("{what}{}", index + 1);
            sketch
                .conv(&name("conv"), layer.conv, Stored::Plain(prefix.into()))
                .activation(&name("relu"), Activation::Relu)
                .site(&name("conv"));
            if layer.normalised {
                sketch.then(&name("norm"), Op::Lrn(self.lrn));
            }
            if layer.pooled {
                sketch.then(&name("pool"), Op::MaxPool(MaxPool::new(Window::square(3, 2))));
            }
        }
        sketch
            .then("flatten", Op::Flatten)
            .dense("fc6", self.units, self.prefixes[5])
            .activation("relu6", Activation::Relu)
            .dense("fc7", self.units, self.prefixes[6])
            .activation("relu7", Activation::Relu)
            .features()
            .dense("fc8", classes, self.prefixes[7]);
        sketch
    }
}
