//! SqueezeNet (Iandola et al. 2016), version 1.1, with torchvision's names; sites are named as in the paper.

use super::sketch::{Sketch, Stored};
use crate::{Activation, Conv, MaxPool, Op, Window};

#[derive(Debug)]
pub(super) struct Table {
    /// What stands behind the first convolution, in torchvision's order, counted from `features.2` on.
    rows: &'static [Row],
}

#[derive(Debug)]
enum Row {
    /// A 3×3 max-pool of stride 2 whose size is rounded up.
    Pool,
    /// A fire module: channels of the squeeze, and of each of the two expansions.
    Fire(usize, usize),
}

pub(super) const SQUEEZENET1_1: Table = Table {
    rows: &[
        Row::Pool,
        Row::Fire(16, 64),
        Row::Fire(16, 64),
        Row::Pool,
        Row::Fire(32, 128),
        Row::Fire(32, 128),
        Row::Pool,
        Row::Fire(48, 192),
        Row::Fire(48, 192),
        Row::Fire(64, 256),
        Row::Fire(64, 256),
    ],
};

impl Table {
    pub fn sketch(&self, side: usize, classes: usize) -> Sketch {
        let mut sketch = Sketch::new(side);
        convolution(&mut sketch, "features.0", "features.1", Conv::square(64, 3).stride(2));
        sketch.site("conv1");
        let mut fires = 1;
        for (position, row) in (2..).zip(self.rows) {
            let name = format!("features.{position}");
            match row {
                Row::Pool => {
                    let window = Window { ceil: true, ..Window::square(3, 2) };
                    sketch.then(&name, Op::MaxPool(MaxPool::new(window)));
                }
                Row::Fire(squeeze, expand) => {
                    fire(&mut sketch, &name, *squeeze, *expand);
                    fires += 1;
                    sketch.site(&format!("fire{fires}"));
                }
            }
        }
        sketch.features();
        convolution(&mut sketch, "classifier.1", "classifier.2", Conv::square(classes, 1));
        sketch.then("classifier.3", Op::GlobalAverage);
        sketch
    }
}

fn fire(sketch: &mut Sketch, name: &str, squeeze: usize, expand: usize) {
    let mut part = |from: Option<&String>, part: &str, conv: Conv| {
        if let Some(from) = from {
            sketch.go_to(from);
        }
        convolution(sketch, &format!("{name}.{part}"), &format!("{name}.{part}_activation"), conv);
        sketch.at()
    };
    let squeezed = part(None, "squeeze", Conv::square(squeeze, 1));
    let one = part(Some(&squeezed), "expand1x1", Conv::square(expand, 1));
    let three = part(Some(&squeezed), "expand3x3", Conv::square(expand, 3).padding(1));
    sketch.join(&format!("{name}.concat"), Op::Concat, &[&one, &three]);
}

fn convolution(sketch: &mut Sketch, name: &str, relu: &str, conv: Conv) {
    sketch.conv(name, conv, Stored::Plain(name.into())).activation(relu, Activation::Relu);
}
