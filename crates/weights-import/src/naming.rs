//! The names that frameworks give to the tensors of a VGG-16: a table with one row per convention.

use crate::parts::{DENSE, FlattenOrder, KernelLayout, MatrixLayout, convolution_names};

/// Positions of the convolutions in torchvision's `features`.
const FEATURES: [usize; 13] = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28];

/// The same where a batch normalisation follows every convolution, at the next position.
const FEATURES_NORMALISED: [usize; 13] = [0, 3, 7, 10, 14, 17, 20, 24, 27, 30, 34, 37, 40];

/// Who named the tensors of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `features.0.weight` … `classifier.6.bias`: torchvision since 0.1.7.
    Torchvision,
    /// The same with batch normalisation: torchvision's `vgg16_bn`.
    TorchvisionNormalised,
    /// `features.0.weight` … `classifier.1`, `.4`, `.6`: conversions of the Caffe weights for PyTorch, and the first
    /// releases of torchvision.
    DropoutFirst,
    /// `features.0.weight` … `pre_logits.fc1`, `pre_logits.fc2`, `head.fc`: timm.
    Timm,
    /// The same with batch normalisation: timm's `vgg16_bn`.
    TimmNormalised,
    /// `block1_conv1/kernel` … `fc1`, `fc2`, `predictions`: Keras.
    Keras,
    /// `conv1_1.weight` … `fc8.bias`: Caffe.
    Caffe,
    /// `conv1_1_W` … `fc8_b`: the conversion of the Caffe weights to TensorFlow by Davi Frossard (vgg16_weights.npz).
    Frossard,
    /// `vgg0_conv0_weight` … `vgg0_dense2_bias`: MXNet's Gluon, from which the ONNX model zoo has its files.
    Gluon,
}

/// One row of the table.
pub(crate) struct Scheme {
    pub naming: Naming,
    pub layers: Vec<String>,
    /// Names of the batch normalisations, one per convolution, or none.
    pub normalisations: Vec<String>,
    /// How the names of a kernel and of a bias end.
    pub kernel: &'static str,
    pub bias: &'static str,
    pub kernel_layout: KernelLayout,
    pub matrix_layout: MatrixLayout,
    pub flatten: FlattenOrder,
}

impl Scheme {
    /// The conventions that state dicts follow.
    pub fn all() -> Vec<Self> {
        let features = |positions: [usize; 13]| positions.map(|position| format!("features.{position}")).to_vec();
        let keras = || convolution_names().iter().map(|name| keras_name(name)).collect();
        let row = |naming, convolutions: Vec<String>, dense: [&str; 3]| Self {
            naming,
            layers: convolutions.into_iter().chain(dense.map(String::from)).collect(),
            normalisations: vec![],
            kernel: ".weight",
            bias: ".bias",
            kernel_layout: KernelLayout::OutInHeightWidth,
            matrix_layout: MatrixLayout::OutIn,
            flatten: FlattenOrder::ChannelFirst,
        };
        let channel_last = |row: Self| Self {
            kernel_layout: KernelLayout::HeightWidthInOut,
            matrix_layout: MatrixLayout::InOut,
            flatten: FlattenOrder::ChannelLast,
            ..row
        };
        let normalised = |naming, dense| Self {
            normalisations: features(FEATURES_NORMALISED.map(|position| position + 1)),
            ..row(naming, features(FEATURES_NORMALISED), dense)
        };
        let (torchvision, timm) =
            (["classifier.0", "classifier.3", "classifier.6"], ["pre_logits.fc1", "pre_logits.fc2", "head.fc"]);
        let keras = row(Naming::Keras, keras(), ["fc1", "fc2", "predictions"]);
        let frossard = row(Naming::Frossard, convolution_names(), DENSE);
        vec![
            row(Naming::Torchvision, features(FEATURES), torchvision),
            row(Naming::DropoutFirst, features(FEATURES), ["classifier.1", "classifier.4", "classifier.6"]),
            row(Naming::Timm, features(FEATURES), timm),
            normalised(Naming::TorchvisionNormalised, torchvision),
            normalised(Naming::TimmNormalised, timm),
            row(Naming::Caffe, convolution_names(), DENSE),
            Self { kernel: "_W", bias: "_b", ..channel_last(frossard) },
            Self { kernel: ".kernel", ..channel_last(keras) },
        ]
    }

    /// The end of a tensor's name: layers 0 to 12 are the convolutions, 13 to 15 the dense layers.
    pub fn kernel_of(&self, layer: usize) -> String {
        format!("{}{}", self.layers[layer], self.kernel)
    }

    /// The end of the name of a bias.
    pub fn bias_of(&self, layer: usize) -> String {
        format!("{}{}", self.layers[layer], self.bias)
    }

    /// The ends of the names of a batch normalisation: factor, summand, running mean, running variance.
    pub fn normalisation_of(&self, layer: usize) -> Option<[String; 4]> {
        let name = self.normalisations.get(layer)?;
        Some(["weight", "bias", "running_mean", "running_var"].map(|part| format!("{name}.{part}")))
    }
}

/// `conv1_2` is `block1_conv2`.
fn keras_name(name: &str) -> String {
    name.replacen("conv", "block", 1).replacen('_', "_conv", 1)
}

/// A tensor's name with dots between its parts and without TensorFlow's output number. Keras names a layer twice
/// (`fc1/fc1/kernel:0`); once is enough.
pub(crate) fn normal(name: &str) -> String {
    let name = name.strip_suffix(":0").unwrap_or(name).replace('/', ".");
    let mut parts: Vec<&str> = name.split('.').collect();
    let keras = |part: &str| part.starts_with("block") || part.starts_with("fc") || part == "predictions";
    parts.dedup_by(|next, part| next == part && keras(part));
    parts.join(".")
}

/// Whether a name is `end`, or ends in a dot and `end`.
pub(crate) fn ends_in(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// Who named the first and the last kernel of an ONNX file.
pub(crate) fn recognise(first: &str, last: &str) -> Option<Naming> {
    let (first, last) = (normal(first), normal(last));
    if ends_in(&first, "features.0.weight") && ends_in(&last, "features.28.weight") {
        Some(Naming::Torchvision)
    } else if ends_in(&first, "features.0.weight") && ends_in(&last, "features.40.weight") {
        Some(Naming::TorchvisionNormalised)
    } else if first.ends_with("_conv0_weight") && last.ends_with("_conv12_weight") {
        Some(Naming::Gluon)
    } else if first.contains("block1_conv1") && last.contains("block5_conv3") {
        Some(Naming::Keras)
    } else if first.contains("conv1_1") && last.contains("conv5_3") {
        Some(Naming::Caffe)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_convention_names_sixteen_layers() {
        for scheme in Scheme::all() {
            assert_eq!(scheme.layers.len(), 16, "{:?}", scheme.naming);
        }
        let keras = Scheme::all().into_iter().find(|scheme| scheme.naming == Naming::Keras).expect("a row");
        assert_eq!((keras.kernel_of(0), keras.bias_of(12)), ("block1_conv1.kernel".into(), "block5_conv3.bias".into()));
    }

    #[test]
    fn a_layer_that_is_named_twice_is_named_once() {
        assert_eq!(normal("block1_conv1/block1_conv1/kernel:0"), "block1_conv1.kernel");
        assert_eq!(normal("model.model.features.0.weight"), "model.model.features.0.weight");
    }

    #[test]
    fn names_are_recognised() {
        let check = |first, last, naming| assert_eq!(recognise(first, last), naming, "{first}");
        check("features.0.weight", "features.28.weight", Some(Naming::Torchvision));
        check("module.features.0.weight", "module.features.28.weight", Some(Naming::Torchvision));
        check("features.0.weight", "features.40.weight", Some(Naming::TorchvisionNormalised));
        check("vgg0_conv0_weight", "vgg0_conv12_weight", Some(Naming::Gluon));
        check("vgg16/block1_conv1/Conv2D:0", "vgg16/block5_conv3/Conv2D:0", Some(Naming::Keras));
        check("conv1_1_w_0", "conv5_3_w_0", Some(Naming::Caffe));
        check("onnx::Conv_61", "onnx::Conv_85", None);
        check("myfeatures.0.weight", "myfeatures.28.weight", None);
    }
}
