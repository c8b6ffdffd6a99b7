//! Who named the tensors of a file, and the form in which names are compared.

/// Who named the tensors of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// `features.0.weight`, `layer1.0.conv1.weight` …: torchvision.
    Torchvision,
    /// `features.0.weight` … `classifier.1`, `.4`, `.6`: conversions of Caffe's VGG for PyTorch, and the first releases of
    /// torchvision.
    DropoutFirst,
    /// `features.0.weight` … `pre_logits.fc1`, `pre_logits.fc2`, `head.fc`: timm's VGG.
    Timm,
    /// `block1_conv1/kernel` … `fc1`, `fc2`, `predictions`: Keras.
    Keras,
    /// `conv1_1.weight` … `fc8.bias`: Caffe.
    Caffe,
    /// `conv1_1_W` … `fc8_b`: the conversion of the Caffe weights to TensorFlow by Davi Frossard (vgg16_weights.npz).
    Frossard,
    /// `vgg0_conv0_weight` … `vgg0_dense2_bias`: MXNet's Gluon, from which the ONNX model zoo has its files.
    Gluon,
    /// `_conv_stem.weight`, `_blocks.0._depthwise_conv.weight` … `_fc.bias`: the package efficientnet-lite-pytorch.
    Lite,
    /// `conv_0.0.weight` … `conv_6.0`, `classifier.0`: EmoNet in github.com/ecco-laboratory/emonet-pytorch.
    EmonetPytorch,
    /// `conv1.weight` … `conv5`, `fc1`, `fc2`, `fc3`: EmoNet in the package emonet-py.
    EmonetPy,
}

impl Naming {
    /// For messages: whose names they are.
    pub fn whose(self) -> &'static str {
        match self {
            Self::Torchvision => "torchvision's",
            Self::DropoutFirst => "those of a conversion from Caffe",
            Self::Timm => "timm's",
            Self::Keras => "Keras'",
            Self::Caffe => "Caffe's",
            Self::Frossard => "those of vgg16_weights.npz",
            Self::Gluon => "MXNet Gluon's",
            Self::Lite => "those of efficientnet-lite-pytorch",
            Self::EmonetPytorch => "those of emonet-pytorch",
            Self::EmonetPy => "those of emonet-py",
        }
    }

    /// Whether nothing but EmoNet has such names.
    pub fn is_emonet(self) -> bool {
        matches!(self, Self::EmonetPytorch | Self::EmonetPy)
    }
}

/// A tensor's name with dots between its parts and without TensorFlow's output number. Keras names a layer twice
/// (`fc1/fc1/kernel:0`); once is enough. PyTorch's example of ImageNet puts `module` behind `features`.
pub(crate) fn normal(name: &str) -> String {
    let name = name.strip_suffix(":0").unwrap_or(name).replace('/', ".");
    let mut parts: Vec<&str> = name.split('.').collect();
    let keras = |part: &str| part.starts_with("block") || part.starts_with("fc") || part == "predictions";
    parts.dedup_by(|next, part| (next == part && keras(part)) || (*part == "features" && *next == "module"));
    parts.join(".")
}

/// Whether a name is `end`, or ends in a dot and `end`.
pub(crate) fn ends_in(name: &str, end: &str) -> bool {
    name.strip_suffix(end).is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// Who named the weights of an ONNX file.
pub(crate) fn recognise<'a>(names: impl Iterator<Item = &'a str>) -> Option<Naming> {
    let names: Vec<String> = names.map(normal).collect();
    let any = |fits: &dyn Fn(&str) -> bool| names.iter().any(|name| fits(name));
    let ends = |end: &'static str| any(&|name: &str| ends_in(name, end));
    let holds = |part: &'static str| any(&|name: &str| name.contains(part));
    if ends("_conv_stem.weight") {
        Some(Naming::Lite)
    } else if ends("features.0.weight") || ends("features.0.0.weight") || ends("layer1.0.conv1.weight") {
        Some(Naming::Torchvision)
    } else if any(&|name: &str| name.ends_with("_conv0_weight")) {
        Some(Naming::Gluon)
    } else if holds("block1_conv1") {
        Some(Naming::Keras)
    } else if holds("conv1_1") {
        Some(Naming::Caffe)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_that_is_named_twice_is_named_once() {
        assert_eq!(normal("block1_conv1/block1_conv1/kernel:0"), "block1_conv1.kernel");
        assert_eq!(normal("model.model.features.0.weight"), "model.model.features.0.weight");
        assert_eq!(normal("module.features.module.0.weight"), "module.features.0.weight");
    }

    #[test]
    fn names_are_recognised() {
        let check = |names: &[&str], naming| assert_eq!(recognise(names.iter().copied()), naming, "{names:?}");
        check(&["classifier.0.bias", "features.0.weight"], Some(Naming::Torchvision));
        check(&["module.features.0.weight", "module.features.28.weight"], Some(Naming::Torchvision));
        check(&["fc.weight", "layer1.0.conv1.weight"], Some(Naming::Torchvision));
        check(&["vgg0_conv0_weight", "vgg0_conv12_weight"], Some(Naming::Gluon));
        check(&["vgg16/block1_conv1/Conv2D:0"], Some(Naming::Keras));
        check(&["conv1_1_w_0", "conv5_3_w_0"], Some(Naming::Caffe));
        check(&["_conv_stem.weight"], Some(Naming::Lite));
        check(&["onnx::Conv_61", "onnx::Conv_85", "myfeatures.0.weight"], None);
    }
}
