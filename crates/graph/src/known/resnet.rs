//! Residual networks (He et al. 2016) with torchvision's names; the stride stands in the 3×3 convolution of a
//! bottleneck ("version 1.5").

use super::sketch::{Sketch, Stored};
use crate::{Activation, Conv, MaxPool, Op, Window};

#[derive(Debug)]
pub(super) struct Table {
    /// Blocks per stage.
    blocks: [usize; 4],
    block: Block,
}

#[derive(Debug, PartialEq)]
enum Block {
    /// Two 3×3 convolutions.
    Basic,
    /// 1×1, 3×3, and 1×1 to four times the width.
    Bottleneck,
}

pub(super) const RESNET18: Table = Table { blocks: [2, 2, 2, 2], block: Block::Basic };
pub(super) const RESNET34: Table = Table { blocks: [3, 4, 6, 3], block: Block::Basic };
pub(super) const RESNET50: Table = Table { blocks: [3, 4, 6, 3], block: Block::Bottleneck };

const WIDTHS: [usize; 4] = [64, 128, 256, 512];
const EPSILON: f64 = 1e-5;

impl Table {
    pub fn sketch(&self, side: usize, classes: usize) -> Sketch {
        let mut sketch = Sketch::new(side);
        let window = Window { padding: [1; 4], ..Window::square(3, 2) };
        sketch
            .conv("conv1", Conv::square(64, 7).stride(2).padding(3), normalised("conv1", "bn1"))
            .activation("relu", Activation::Relu)
            .site("conv1")
            .then("maxpool", Op::MaxPool(MaxPool::new(window)));
        for (stage, (&blocks, width)) in self.blocks.iter().zip(WIDTHS).enumerate() {
            for index in 0..blocks {
                let stride = if stage > 0 && index == 0 { 2 } else { 1 };
                self.block(&mut sketch, &format!("layer{}.{index}", stage + 1), width, stride);
            }
        }
        sketch.then("avgpool", Op::GlobalAverage).features().dense("fc", classes, "fc");
        sketch
    }

    /// The convolutions of a block, first to last.
    fn convolutions(&self, width: usize, stride: usize) -> Vec<Conv> {
        let middle = Conv::square(width, 3).padding(1);
        match self.block {
            Block::Basic => vec![middle.stride(stride), middle],
            Block::Bottleneck => vec![Conv::square(width, 1), middle.stride(stride), Conv::square(4 * width, 1)],
        }
    }

    fn block(&self, sketch: &mut Sketch, name: &str, width: usize, stride: usize) {
        let (input, channels) = (sketch.at(), sketch.shape().channels);
        let convolutions = self.convolutions(width, stride);
        let (outputs, last) = (convolutions.last().map_or(width, |conv| conv.outputs), convolutions.len());
        for (index, conv) in (1..).zip(convolutions) {
            let stored = normalised(&format!("{name}.conv{index}"), &format!("{name}.bn{index}"));
            sketch.conv(&format!("{name}.conv{index}"), conv, stored);
            if index < last {
                sketch.activation(&format!("{name}.relu{index}"), Activation::Relu);
            }
        }
        let (residual, mut skip) = (sketch.at(), input);
        if stride > 1 || channels != outputs {
            let projection = Conv::square(outputs, 1).stride(stride);
            let stored = normalised(&format!("{name}.downsample.0"), &format!("{name}.downsample.1"));
            skip = sketch.go_to(&skip).conv(&format!("{name}.downsample"), projection, stored).at();
        }
        sketch
            .join(&format!("{name}.add"), Op::Add, &[&residual, &skip])
            .activation(&format!("{name}.relu"), Activation::Relu)
            .site(name);
    }
}

fn normalised(conv: &str, norm: &str) -> Stored {
    Stored::Normalised(conv.into(), norm.into(), EPSILON)
}
