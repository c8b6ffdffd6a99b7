//! Is this network that one?

use graph::{
    Activation, AveragePool, Conv, Dense, Graph, GraphBuilder, KNOWN, Lrn, Op, Parameters, Weights, Window, compare,
    known, reference,
};

use crate::seeded::{error, signed};

/// The same nodes under other names, defined backwards, each as `change` leaves it.
fn rewritten(graph: &Graph, change: impl Fn(&str, Op) -> Op) -> Graph {
    let mut builder = GraphBuilder::new();
    let name = |id: graph::NodeId| format!("n{}", id.index());
    for id in graph.ids().rev() {
        let node = graph.node(id);
        let mut inputs: Vec<String> = node.inputs.iter().map(|&input| name(input)).collect();
        if matches!(node.op, Op::Add) {
            inputs.reverse();
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        builder.add(name(id), change(&node.name, node.op.clone()), &inputs);
    }
    builder.finish(&name(graph.output())).expect("a network")
}

fn build(name: &str) -> Graph {
    known(name).expect("known").build().expect("builds").graph
}

#[test]
fn every_known_network_is_itself_and_no_other() {
    let graphs: Vec<_> = KNOWN.iter().map(|known| known.build().expect("builds").graph).collect();
    for (a, one) in KNOWN.iter().zip(&graphs) {
        let other = rewritten(one, |_, op| op);
        let same = compare(one, &other).expect(a.name);
        for id in one.ids().filter(|id| one.kernel_shape(*id).is_some()) {
            let partner = same.of(id).map(|found| other.node(found).name.clone());
            assert_eq!(partner, Some(format!("n{}", id.index())), "{}", a.name);
        }
        for (b, other) in KNOWN.iter().zip(&graphs).filter(|(b, _)| b.name != a.name) {
            assert!(compare(one, other).is_err(), "{} is not {}", a.name, b.name);
        }
    }
}

#[test]
fn ways_of_writing_are_no_difference() {
    let unbiased = |_: &str, op| match op {
        Op::Conv(conv) => Op::Conv(Conv { bias: false, ..conv }),
        Op::Dense(dense) => Op::Dense(Dense { bias: false, ..dense }),
        op => op,
    };
    let averaged = |_: &str, op| match op {
        Op::GlobalAverage => Op::AveragePool(AveragePool { window: Window::square(7, 1), count_include_pad: true }),
        op => op,
    };
    let ceiled = |_: &str, op| match op {
        Op::MaxPool(mut pool) => {
            pool.window.ceil = true; // 224, 112, 56, 28 and 14 divide, so nothing changes
            Op::MaxPool(pool)
        }
        op => op,
    };
    let convolved = |name: &str, op| match (name, op) {
        ("flatten", _) => Op::AveragePool(AveragePool { window: Window::square(1, 1), count_include_pad: false }),
        ("fc6", _) => Op::Conv(Conv::square(4096, 7)),
        ("fc7", _) => Op::Conv(Conv::square(4096, 1)),
        (_, op) => op,
    };
    let equal = |name: &str, other: Graph| {
        compare(&build(name), &other).unwrap_or_else(|difference| panic!("{name}: {difference}"));
        compare(&other, &build(name)).unwrap_or_else(|difference| panic!("{name}, turned round: {difference}"));
    };
    for name in ["vgg16", "resnet50", "mobilenet_v2"] {
        equal(name, rewritten(&build(name), unbiased));
        equal(name, rewritten(&build(name), averaged));
    }
    equal("vgg16", rewritten(&build("vgg16"), ceiled));
    equal("vgg16", rewritten(&build("vgg16"), convolved));
    // A stride of 2 over an even side never reaches the padding at the bottom and right.
    let cropped = |name: &str, op| match (name, op) {
        ("conv1", Op::Conv(conv)) => Op::Conv(Conv { padding: [3, 3, 2, 2], ..conv }),
        (_, op) => op,
    };
    equal("resnet18", rewritten(&build("resnet18"), cropped));
}

#[test]
fn the_first_difference_is_told_in_words() {
    let check = |name: &str, other: Graph, words: &str| {
        let difference = compare(&build(name), &other).expect_err(words).to_string();
        assert_eq!(difference, words);
    };
    let conv = |at: &'static str, change: fn(Conv) -> Conv| {
        move |name: &str, op| match (name, op) {
            (name, Op::Conv(conv)) if name == at => Op::Conv(change(conv)),
            (_, op) => op,
        }
    };
    let vgg = |change: fn(Conv) -> Conv| rewritten(&build("vgg16"), conv("conv3_2", change));
    check("vgg16", vgg(|conv| conv.groups(2)), "conv3_2: expected groups 1, found groups 2 (n13)");
    let wide = |conv| Conv { dilation: [2; 2], ..conv }.padding(2);
    check("vgg16", vgg(wide), "conv3_2: expected dilation 1×1, found dilation 2×2 (n13)");
    check("vgg16", build("vgg19"), "pool3: expected a 2×2 max-pool, found a 3×3 convolution (conv3_4)");
    check("vgg19", build("vgg16"), "conv3_4: expected a 3×3 convolution, found a 2×2 max-pool (pool3)");
    let scored = known("vgg16").expect("known").classes(20).build().expect("builds").graph;
    check("vgg16", scored, "fc8: expected outputs 1000, found outputs 20 (fc8)");
    let sized = known("vgg16").expect("known").side(256).build().expect("builds").graph;
    check("vgg16", sized, "input: expected of 3×224×224, found of 3×256×256 (input)");
    check("vgg16", build("vgg16").until("fc7").expect("a node"), "relu7: expected ReLU, found nothing that reads fc7");
    check("alexnet-caffe", build("alexnet"), "input: expected of 3×227×227, found of 3×224×224 (input)");
    let six = |name: &str, op| if name == "layer2.0.relu" { Op::Activation(Activation::RELU6) } else { op };
    check("resnet18", rewritten(&build("resnet18"), six), "layer2.0.relu: expected ReLU, found ReLU6 (n19)");
    let lrn = |k| move |name: &str, op| if name == "norm2" { Op::Lrn(Lrn::pytorch(5, 1e-4, 0.75, k)) } else { op };
    check("alexnet-caffe", rewritten(&build("alexnet-caffe"), lrn(2.0)), "norm2: expected k 1, found k 2 (n7)");
    assert!(compare(&build("alexnet-caffe"), &rewritten(&build("alexnet-caffe"), lrn(1.0))).is_ok());
    let other = known("efficientnet-lite0").expect("known").build().expect("builds").graph;
    check(
        "mobilenet_v2",
        other,
        "features.0.0: expected padding at the top and left 1×1, found padding at the top and left 0×0 (_conv_stem)",
    );
    let known = build("vgg16").until("fc7").expect("a node");
    let difference = compare(&known, &build("vgg16")).expect_err("more layers").to_string();
    assert_eq!(difference, "fc7: expected nothing more, found ReLU (relu7)");
}

#[test]
fn weights_move_to_the_known_network() {
    let known = known("tiny").expect("known").build().expect("builds").graph;
    let found = rewritten(&known, |name, op| match (name, op) {
        ("conv1_2", Op::Conv(conv)) => Op::Conv(Conv { bias: false, ..conv }),
        ("flatten", _) => Op::AveragePool(AveragePool { window: Window::square(1, 1), count_include_pad: true }),
        ("fc6", _) => Op::Conv(Conv::square(10, 4)),
        (_, op) => op,
    });
    let named = found.ids().filter_map(|id| {
        let (name, kernel) = (found.node(id).name.clone(), found.kernel_shape(id)?);
        let bias = found.node(id).op.has_bias().then(|| signed(&format!("{name}.bias"), kernel[0], 1.0));
        Some((name.clone(), Parameters { kernel: signed(&name, kernel.iter().product(), 0.5), bias }))
    });
    let weights: Weights<f64> = Weights::new(&found, named.collect::<Vec<_>>()).expect("fits");
    let picture = signed("picture", 3 * 16 * 16, 1.0);
    let pass = |graph: &Graph, weights: &Weights<f64>| {
        reference::values(graph, weights, &picture, &[]).expect("a pass")[graph.output().index()].data.clone()
    };
    let scores = pass(&found, &weights);
    let moved = compare(&known, &found).expect("the same").transfer(&known, weights.clone()).expect("fits");
    assert!(error(&pass(&known, &moved), &scores) < 1e-14, "the same scores");
    let back = compare(&found, &known).expect("the same").transfer(&found, moved).expect("zeros may go");
    assert_eq!(back, weights);
}
