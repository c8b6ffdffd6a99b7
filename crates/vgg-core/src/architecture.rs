//! The network as a table: groups of 3×3 convolutions with a 2×2 max-pool after each, then two hidden dense layers
//! and the class scores.
//!
//! Everything else in this crate walks the rows that [`Architecture::layers`] returns, so a new network is a new row
//! here and no new code.

use serde::{Deserialize, Serialize};

/// The groups of VGG-16 (Simonyan & Zisserman 2015, configuration D) as (channels, convolutions).
const VGG16_GROUPS: [(usize, usize); 5] = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

/// The shape of a VGG-like network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Architecture {
    /// A name for people and for error messages, such as `vgg16`.
    pub name: String,
    /// Side of the square RGB input, in pixels.
    pub input_side: usize,
    /// Convolution groups as (channels, number of 3×3 convolutions); a 2×2 max-pool follows each.
    pub groups: Vec<(usize, usize)>,
    /// Widths of the hidden dense layers: fc6 and fc7, or empty for a network without them ("notop").
    pub hidden: Vec<usize>,
    /// Number of class scores (fc8); 0 for a network without dense layers.
    pub classes: usize,
}

/// One convolution layer of an [`Architecture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConvLayer {
    /// The usual name, `conv1_1` … `conv5_3`.
    pub name: String,
    /// Channels that come in.
    pub inputs: usize,
    /// Channels that go out: the "neurons" of the study.
    pub channels: usize,
    /// Height and width of this layer's feature maps, before any pooling.
    pub side: usize,
    /// Whether a 2×2 max-pool follows.
    pub pooled: bool,
}

/// One dense layer of an [`Architecture`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenseLayer {
    /// The usual name, `fc6`, `fc7` or `fc8`.
    pub name: String,
    /// Units that come in.
    pub inputs: usize,
    /// Units that go out.
    pub outputs: usize,
}

impl ConvLayer {
    /// Multiplications for one picture, without tricks.
    pub fn multiplications(&self) -> u64 {
        (self.side * self.side * 9 * self.inputs * self.channels) as u64
    }
}

impl DenseLayer {
    /// Multiplications for one picture.
    pub fn multiplications(&self) -> u64 {
        (self.inputs * self.outputs) as u64
    }
}

impl Architecture {
    /// VGG-16 for 224×224 pictures: 13 convolutions with 4,224 channels, fc6 and fc7 of 4,096 units.
    ///
    /// # Examples
    /// ```
    /// use vgg_core::Architecture;
    ///
    /// let network = Architecture::vgg16(1000);
    /// assert_eq!((network.layers().len(), network.channels()), (13, 4224));
    /// assert_eq!(network.layer_index("conv5_3"), Some(12));
    /// ```
    pub fn vgg16(classes: usize) -> Self {
        Self { name: "vgg16".into(), input_side: 224, groups: VGG16_GROUPS.to_vec(), hidden: vec![4096, 4096], classes }
    }

    /// VGG-16 without its dense layers: heads then read the pooled conv5_3.
    pub fn vgg16_notop() -> Self {
        Self { name: "vgg16-notop".into(), hidden: vec![], classes: 0, ..Self::vgg16(0) }
    }

    /// The demonstration network: the stages of VGG-16 at an eighth of the width, for 64×64 pictures.
    pub fn vgg16_demo(classes: usize) -> Self {
        Self {
            name: "vgg16-demo".into(),
            input_side: 64,
            groups: VGG16_GROUPS.iter().map(|&(channels, count)| (channels / 8, count)).collect(),
            hidden: vec![512, 512],
            classes,
        }
    }

    /// A network of four convolutions for tests.
    pub fn tiny() -> Self {
        Self { name: "tiny".into(), input_side: 16, groups: vec![(4, 2), (6, 2)], hidden: vec![10, 8], classes: 5 }
    }

    /// The convolution layers, first to last.
    pub fn layers(&self) -> Vec<ConvLayer> {
        let mut layers = Vec::new();
        let (mut inputs, mut side) = (3, self.input_side);
        for (group, &(channels, count)) in self.groups.iter().enumerate() {
            for index in 0..count {
                let name = format!("conv{}_{}", group + 1, index + 1);
                layers.push(ConvLayer { name, inputs, channels, side, pooled: index + 1 == count });
                inputs = channels;
            }
            side /= 2;
        }
        layers
    }

    /// The dense layers: fc6, fc7 and fc8; empty for a network without them.
    pub fn dense_layers(&self) -> Vec<DenseLayer> {
        let widths = self.hidden.iter().copied().chain((self.classes > 0).then_some(self.classes));
        let mut inputs = self.pooled_units();
        widths
            .enumerate()
            .map(|(index, outputs)| {
                let layer = DenseLayer { name: format!("fc{}", index + 6), inputs, outputs };
                inputs = outputs;
                layer
            })
            .collect()
    }

    /// Units of the last pooled feature map, flattened: what fc6 reads.
    pub fn pooled_units(&self) -> usize {
        let side = self.input_side >> self.groups.len();
        self.groups.last().map_or(0, |&(channels, _)| channels * side * side)
    }

    /// Width of the features that recognition heads read: fc7, or the pooled last convolution without dense layers.
    pub fn feature_units(&self) -> usize {
        self.hidden.last().copied().unwrap_or_else(|| self.pooled_units())
    }

    /// Multiplications from the picture to the features, one entry per layer: 13 convolutions, fc6 and fc7 for VGG-16.
    pub fn multiplications(&self) -> Vec<u64> {
        let hidden = self.dense_layers().into_iter().take(self.hidden.len());
        let convolutions = self.layers().into_iter().map(|layer| layer.multiplications());
        convolutions.chain(hidden.map(|layer| layer.multiplications())).collect()
    }

    /// Number of channels over all convolution layers.
    pub fn channels(&self) -> usize {
        self.layers().iter().map(|layer| layer.channels).sum()
    }

    /// Position of the layer of that name among [`Architecture::layers`].
    pub fn layer_index(&self, name: &str) -> Option<usize> {
        self.layers().iter().position(|layer| layer.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vgg16_has_the_published_size() {
        let network = Architecture::vgg16(1000);
        assert_eq!(network.layers().len(), 13);
        assert_eq!(network.channels(), 4224);
        let dense = network.dense_layers();
        assert_eq!((dense[0].inputs, dense[2].outputs), (25_088, 1000));
        let convolutions: usize = network.layers().iter().map(|l| (l.inputs * 9 + 1) * l.channels).sum();
        let dense: usize = dense.iter().map(|l| (l.inputs + 1) * l.outputs).sum();
        assert_eq!(convolutions + dense, 138_357_544, "torchvision's parameter count");
        let multiplications: u64 = network.multiplications().iter().sum();
        assert_eq!(multiplications + 4096 * 1000, 15_470_264_320, "15.5 billion for one picture");
    }

    #[test]
    fn layers_are_named_and_pooled_as_in_the_paper() {
        let layers = Architecture::vgg16_demo(8).layers();
        assert_eq!((layers[0].name.as_str(), layers[12].name.as_str()), ("conv1_1", "conv5_3"));
        let pooled: Vec<_> = layers.iter().filter(|l| l.pooled).map(|l| l.name.as_str()).collect();
        assert_eq!(pooled, ["conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3"]);
        assert_eq!(layers[12].side, 4);
    }

    #[test]
    fn without_dense_layers_the_features_are_the_pooled_maps() {
        let network = Architecture::vgg16_notop();
        assert!(network.dense_layers().is_empty());
        assert_eq!(network.feature_units(), 25_088);
    }
}
