//! VGG networks: groups of 3×3 convolutions with a 2×2 max-pool after each, then three dense layers (Simonyan &
//! Zisserman 2015). Nodes have Caffe's names: `conv1_1`, `relu1_1` … `pool5`, `fc6` … `fc8`.

use super::sketch::{Sketch, Stored};
use crate::{Activation, Conv, MaxPool, Op, Window};

#[derive(Debug)]
pub(super) struct Table {
    /// Groups as (channels, convolutions).
    groups: &'static [(usize, usize)],
    /// Widths of fc6 and fc7.
    hidden: [usize; 2],
}

const WIDE: [usize; 2] = [4096, 4096];

pub(super) const VGG11: Table = Table { groups: &[(64, 1), (128, 1), (256, 2), (512, 2), (512, 2)], hidden: WIDE };
pub(super) const VGG13: Table = Table { groups: &[(64, 2), (128, 2), (256, 2), (512, 2), (512, 2)], hidden: WIDE };
pub(super) const VGG16: Table = Table { groups: &[(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], hidden: WIDE };
pub(super) const VGG19: Table = Table { groups: &[(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)], hidden: WIDE };
pub(super) const DEMO: Table = Table { groups: &[(8, 2), (16, 2), (32, 3), (64, 3), (64, 3)], hidden: [512, 512] };
pub(super) const TINY: Table = Table { groups: &[(4, 2), (6, 2)], hidden: [10, 8] };

impl Table {
    pub fn sketch(&self, side: usize, classes: usize) -> Sketch {
        let mut sketch = Sketch::new(side);
        // torchvision counts convolutions, ReLUs and pools alike.
        let mut position = 0;
        for (group, &(channels, count)) in self.groups.iter().enumerate() {
            for layer in 0..count {
                let name = format!("{}_{}", group + 1, layer + 1);
                let conv = Conv::square(channels, 3).padding(1);
                sketch
                    .conv(&format!("conv{name}"), conv, Stored::Plain(format!("features.{position}")))
                    .activation(&format!("relu{name}"), Activation::Relu)
                    .site(&format!("conv{name}"));
                position += 2;
            }
            sketch.then(&format!("pool{}", group + 1), Op::MaxPool(MaxPool::new(Window::square(2, 2))));
            position += 1;
        }
        sketch.then("flatten", Op::Flatten);
        for (layer, (&units, prefix)) in self.hidden.iter().zip(["classifier.0", "classifier.3"]).enumerate() {
            sketch
                .dense(&format!("fc{}", layer + 6), units, prefix)
                .activation(&format!("relu{}", layer + 6), Activation::Relu);
        }
        sketch.dense("fc8", classes, "classifier.6");
        sketch
    }
}
