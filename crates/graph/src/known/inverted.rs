//! Networks of inverted residuals: a 1×1 convolution widens, a depthwise one works, a 1×1 convolution narrows without
//! an activation, and the input is added where shapes allow. ReLU6 everywhere.

use super::sketch::{Sketch, Stored};
use crate::{Activation, Conv, Op};

#[derive(Debug)]
pub(super) struct Table {
    rows: &'static [Row],
    padding: Padding,
    names: Names,
    /// ε of the batch normalisations.
    epsilon: f64,
}

/// Blocks of one width; the stride is the first one's.
#[derive(Debug)]
struct Row {
    expansion: usize,
    kernel: usize,
    channels: usize,
    blocks: usize,
    stride: usize,
}

#[derive(Debug)]
enum Padding {
    /// ⌊kernel / 2⌋ on all sides.
    Symmetric,
    /// TensorFlow's "same": as much as ⌈side / stride⌉ windows need, the odd pixel at the bottom and right.
    Same,
}

#[derive(Debug)]
enum Names {
    Torchvision,
    Lite,
}

/// Sandler et al. 2018.
pub(super) const MOBILENET_V2: Table = Table {
    rows: &[
        row(1, 3, 16, 1, 1),
        row(6, 3, 24, 2, 2),
        row(6, 3, 32, 3, 2),
        row(6, 3, 64, 4, 2),
        row(6, 3, 96, 3, 1),
        row(6, 3, 160, 3, 2),
        row(6, 3, 320, 1, 1),
    ],
    padding: Padding::Symmetric,
    names: Names::Torchvision,
    epsilon: 1e-5,
};

/// EfficientNet-B0 (Tan & Le 2019) without squeeze-and-excitation and with ReLU6.
pub(super) const EFFICIENTNET_LITE0: Table = Table {
    rows: &[
        row(1, 3, 16, 1, 1),
        row(6, 3, 24, 2, 2),
        row(6, 5, 40, 2, 2),
        row(6, 3, 80, 3, 2),
        row(6, 5, 112, 3, 1),
        row(6, 5, 192, 4, 2),
        row(6, 3, 320, 1, 1),
    ],
    padding: Padding::Same,
    names: Names::Lite,
    epsilon: 1e-3,
};

const STEM: usize = 32;
const HEAD: usize = 1280;

const fn row(expansion: usize, kernel: usize, channels: usize, blocks: usize, stride: usize) -> Row {
    Row { expansion, kernel, channels, blocks, stride }
}

/// One normalised convolution of a block: names of convolution and batch normalisation.
type Pair = (String, String);

impl Names {
    /// The stem, as block 0 of torchvision's count, and the head, which comes after all `blocks`.
    fn stem(&self) -> (Pair, &'static str) {
        match self {
            Self::Torchvision => (pair("features.0.0", "features.0.1"), "features.0"),
            Self::Lite => (pair("_conv_stem", "_bn0"), "stem"),
        }
    }

    fn head(&self, blocks: usize) -> (Pair, String) {
        let name = format!("features.{}", blocks + 1);
        match self {
            Self::Torchvision => ((format!("{name}.0"), format!("{name}.1")), name),
            Self::Lite => (pair("_conv_head", "_bn1"), "head".into()),
        }
    }

    fn classifier(&self) -> &'static str {
        match self {
            Self::Torchvision => "classifier.1",
            Self::Lite => "_fc",
        }
    }

    /// The name of a block and its three convolutions, the first of which a block without expansion lacks.
    fn block(&self, index: usize, expands: bool) -> (String, [Pair; 3]) {
        match self {
            Self::Torchvision => {
                let name = format!("features.{}", index + 1);
                let at = |step: usize, conv: &str, norm: &str| pair_in(&name, &format!("conv.{step}{conv}"), norm);
                let depthwise = usize::from(expands);
                let last = depthwise + 1;
                let pairs = [
                    at(0, ".0", "conv.0.1"),
                    at(depthwise, ".0", &format!("conv.{depthwise}.1")),
                    at(last, "", &format!("conv.{}", last + 1)),
                ];
                (name, pairs)
            }
            Self::Lite => {
                let name = format!("_blocks.{index}");
                let steps = [("_expand_conv", "_bn0"), ("_depthwise_conv", "_bn1"), ("_project_conv", "_bn2")];
                let pairs = steps.map(|(conv, norm)| pair_in(&name, conv, norm));
                (format!("blocks.{index}"), pairs)
            }
        }
    }
}

fn pair(conv: &str, norm: &str) -> Pair {
    (conv.into(), norm.into())
}

fn pair_in(block: &str, conv: &str, norm: &str) -> Pair {
    (format!("{block}.{conv}"), format!("{block}.{norm}"))
}

impl Table {
    pub fn sketch(&self, side: usize, classes: usize) -> Sketch {
        let mut sketch = Sketch::new(side);
        let (stem, name) = self.names.stem();
        self.convolution(&mut sketch, &stem, Conv::square(STEM, 3).stride(2), true);
        sketch.site(name);
        let mut blocks = 0;
        for row in self.rows {
            for index in 0..row.blocks {
                self.block(&mut sketch, blocks, row, if index == 0 { row.stride } else { 1 });
                blocks += 1;
            }
        }
        let (head, name) = self.names.head(blocks);
        self.convolution(&mut sketch, &head, Conv::square(HEAD, 1), true);
        sketch.site(&name).then("average", Op::GlobalAverage).features();
        let classifier = self.names.classifier();
        sketch.dense(classifier, classes, classifier);
        sketch
    }

    fn block(&self, sketch: &mut Sketch, index: usize, row: &Row, stride: usize) {
        let (input, before) = (sketch.at(), sketch.shape());
        let (name, [widen, work, narrow]) = self.names.block(index, row.expansion > 1);
        let width = before.channels * row.expansion;
        if row.expansion > 1 {
            self.convolution(sketch, &widen, Conv::square(width, 1), true);
        }
        let depthwise = Conv::square(width, row.kernel).stride(stride).groups(width);
        self.convolution(sketch, &work, depthwise, true);
        sketch.site(&name);
        self.convolution(sketch, &narrow, Conv::square(row.channels, 1), false);
        if stride == 1 && before.channels == row.channels {
            let residual = sketch.at();
            sketch.join(&format!("{name}.add"), Op::Add, &[&residual, &input]);
        }
    }

    fn convolution(&self, sketch: &mut Sketch, (name, norm): &Pair, conv: Conv, activated: bool) {
        let padding = match self.padding {
            Padding::Symmetric => [conv.kernel[0] / 2; 4],
            Padding::Same => {
                let shape = sketch.shape();
                let [top, bottom] = same(shape.height, conv.kernel[0], conv.stride[0]);
                let [left, right] = same(shape.width, conv.kernel[1], conv.stride[1]);
                [top, left, bottom, right]
            }
        };
        sketch.conv(name, Conv { padding, ..conv }, Stored::Normalised(name.clone(), norm.clone(), self.epsilon));
        if activated {
            sketch.activation(&format!("{name}.relu6"), Activation::RELU6);
        }
    }
}

/// TensorFlow's "same" padding before and behind the input.
fn same(side: usize, kernel: usize, stride: usize) -> [usize; 2] {
    let needed = (side.div_ceil(stride).saturating_sub(1)) * stride + kernel;
    let total = needed.saturating_sub(side);
    [total / 2, total - total / 2]
}
