//! VGG networks: groups of 3×3 convolutions with a 2×2 max-pool after each, then three dense layers (Simonyan &
//! Zisserman 2015). Nodes have Caffe's names: `conv1_1`, `relu1_1` … `pool5`, `fc6` … `fc8`.

use super::Blueprint;
use super::sketch::{Sketch, Stored};
use crate::{Activation, Conv, GraphError, MaxPool, Op, Window};

/// A network after the pattern of VGG: the table of one.
#[derive(Clone, Copy, Debug)]
pub struct VggTable<'a> {
    /// Groups as (channels, 3×3 convolutions); a 2×2 max-pool follows each.
    pub groups: &'a [(usize, usize)],
    /// Widths of the hidden dense layers, fc6 and those after it. Without any the network ends with its flattened maps
    /// ("notop") and has no class scores.
    pub hidden: &'a [usize],
}

const WIDE: &[usize] = &[4096, 4096];

pub(super) const VGG11: VggTable<'static> =
    VggTable { groups: &[(64, 1), (128, 1), (256, 2), (512, 2), (512, 2)], hidden: WIDE };
pub(super) const VGG13: VggTable<'static> =
    VggTable { groups: &[(64, 2), (128, 2), (256, 2), (512, 2), (512, 2)], hidden: WIDE };
pub(super) const VGG16: VggTable<'static> =
    VggTable { groups: &[(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)], hidden: WIDE };
pub(super) const VGG19: VggTable<'static> =
    VggTable { groups: &[(64, 2), (128, 2), (256, 4), (512, 4), (512, 4)], hidden: WIDE };
pub(super) const DEMO: VggTable<'static> =
    VggTable { groups: &[(8, 2), (16, 2), (32, 3), (64, 3), (64, 3)], hidden: &[512, 512] };
pub(super) const TINY: VggTable<'static> = VggTable { groups: &[(4, 2), (6, 2)], hidden: &[10, 8] };

impl VggTable<'_> {
    /// Lays the network out for square pictures of a side.
    ///
    /// # Errors
    /// A side that is too small for the pools, or a width of 0.
    pub fn build(&self, side: usize, classes: usize) -> Result<Blueprint, GraphError> {
        self.sketch(side, classes).finish()
    }

    pub(super) fn sketch(&self, side: usize, classes: usize) -> Sketch {
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
        sketch.then("flatten", Op::Flatten).features();
        for (layer, &units) in self.hidden.iter().enumerate() {
            sketch
                .dense(&format!("fc{}", layer + 6), units, &format!("classifier.{}", 3 * layer))
                .activation(&format!("relu{}", layer + 6), Activation::Relu)
                .features();
        }
        if !self.hidden.is_empty() {
            let last = self.hidden.len();
            sketch.dense(&format!("fc{}", last + 6), classes, &format!("classifier.{}", 3 * last));
        }
        sketch
    }
}
