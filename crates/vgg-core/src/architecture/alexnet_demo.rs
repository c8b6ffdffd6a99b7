//! The demonstration network of EmoNet: the layers of its AlexNet at an eighth of the width, for 99×99 pictures.

use graph::{Activation, Conv, Dense, GraphBuilder, Lrn, MaxPool, Op, Shape, Window};

use super::{Architecture, NamedSite};

/// Side of its pictures: the smallest at which every pool divides its map without a rest, as at 227.
const SIDE: usize = 99;
/// Convolutions as (channels, kernel, stride, padding, groups, normalised, pooled), as in Krizhevsky et al. 2012.
const CONVOLUTIONS: [(usize, usize, usize, usize, usize, bool, bool); 5] = [
    (12, 11, 4, 0, 1, true, true),
    (32, 5, 1, 2, 2, true, true),
    (48, 3, 1, 1, 1, false, false),
    (48, 3, 1, 1, 2, false, false),
    (32, 3, 1, 1, 2, false, true),
];
/// Units of fc6 and fc7.
const UNITS: usize = 256;
/// EmoNet's has α = 1e-4, for activations of some hundreds; here they are of order 1, and this α makes denominators alike.
const LRN: Lrn = Lrn::pytorch(5, 1.0, 0.75, 1.0);

/// Lays the network out.
pub(super) fn alexnet_demo(classes: usize) -> Architecture {
    let mut graph = GraphBuilder::new();
    graph.add("input", Op::Input(Shape::new(3, SIDE, SIDE)), &[]);
    let mut last = String::from("input");
    let mut add = |name: String, op: Op| {
        graph.add(&name, op, &[&last]);
        last = name;
    };
    for (number, &(channels, kernel, stride, padding, groups, normalised, pooled)) in (1..).zip(&CONVOLUTIONS) {
        let conv = Conv::square(channels, kernel).stride(stride).padding(padding).groups(groups);
        add(format!("conv{number}"), Op::Conv(conv));
        add(format!("relu{number}"), Op::Activation(Activation::Relu));
        if normalised {
            add(format!("norm{number}"), Op::Lrn(LRN));
        }
        if pooled {
            add(format!("pool{number}"), Op::MaxPool(MaxPool::new(Window::square(3, 2))));
        }
    }
    add("flatten".into(), Op::Flatten);
    for number in [6, 7] {
        add(format!("fc{number}"), Op::Dense(Dense { outputs: UNITS, bias: true }));
        add(format!("relu{number}"), Op::Activation(Activation::Relu));
    }
    add("fc8".into(), Op::Dense(Dense { outputs: classes, bias: true }));
    let graph = graph.finish("fc8").expect("it is a network");
    let site = |number: usize| NamedSite { name: format!("conv{number}"), node: format!("relu{number}") };
    Architecture::new("alexnet-demo", graph, &[1, 2, 3, 4, 5].map(site), "relu7").expect("with sites")
}
