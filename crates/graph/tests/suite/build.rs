//! Impossible networks are refused with one message that names the node.

use graph::{Activation, AveragePool, Conv, Dense, Graph, GraphBuilder, Lrn, MaxPool, Op, Shape, Window};

const RELU: Op = Op::Activation(Activation::Relu);

fn input() -> GraphBuilder {
    let mut builder = GraphBuilder::new();
    builder.add("picture", Op::Input(Shape::new(3, 8, 8)), &[]);
    builder
}

fn refused(builder: GraphBuilder, output: &str, words: &str) {
    let error = builder.finish(output).expect_err(words).to_string();
    assert!(error.contains(words), "{error:?} does not say {words:?}");
}

/// One node behind a picture of 3×8×8.
fn check(op: Op, words: &str) {
    let mut builder = input();
    builder.add("node7", op, &["picture"]);
    refused(builder, "node7", words);
}

#[test]
fn the_net_of_names_must_hold() {
    let with = |nodes: &[(&str, Op, &[&str])]| {
        let mut builder = input();
        for (name, op, inputs) in nodes {
            builder.add(*name, op.clone(), inputs);
        }
        builder
    };
    refused(with(&[("a", RELU, &["nobody"])]), "a", "a reads \"nobody\", which no node");
    refused(with(&[("a", RELU, &["picture"]), ("a", RELU, &["picture"])]), "a", "a: two nodes have this name");
    refused(with(&[("", RELU, &["picture"])]), "", "node 2 of the network has no name");
    refused(with(&[("a", RELU, &["picture"])]), "b", "no node \"b\" that could be the output");
    refused(with(&[("a", RELU, &["picture"]), ("b", RELU, &["picture"])]), "a", "b is not read on the way");
    refused(with(&[("a", RELU, &["a"])]), "a", "a read one another in a circle");
    let circle =
        [("a", Op::Add, &["picture", "c"] as &[&str]), ("b", RELU, &["a"]), ("c", RELU, &["b"]), ("d", RELU, &["c"])];
    refused(with(&circle), "d", "in a circle");
    refused(with(&[("a", Op::Input(Shape::vector(2)), &[])]), "a", "this one has picture and a");
    refused(GraphBuilder::new(), "a", "this one has none");
    refused(with(&[("a", Op::Add, &["picture"])]), "a", "a: a sum reads two values or more, not 1");
    refused(with(&[("a", RELU, &["picture", "picture"])]), "a", "ReLU reads one value, not 2");
    refused(with(&[("a", RELU, &[])]), "a", "ReLU reads one value, not 0");
    refused(with(&[("a", Op::Multiply, &["picture"; 3])]), "a", "a product reads two values, not 3");
    let input_reads = {
        let mut builder = GraphBuilder::new();
        builder.add("picture", Op::Input(Shape::new(3, 8, 8)), &["a"]).add("a", RELU, &["picture"]);
        builder
    };
    refused(input_reads, "a", "circle");
}

#[test]
fn settings_must_be_possible() {
    let conv = Conv::square(4, 3);
    check(Op::Conv(Conv { outputs: 0, ..conv }), "node7: output channels and groups must be at least 1; found 0 and 1");
    check(Op::Conv(conv.groups(0)), "groups must be at least 1");
    check(Op::Conv(conv.groups(3)), "node7: groups must divide the output channels; found 3 groups of 4");
    check(Op::Conv(conv.groups(2)), "its 2 groups must divide the input channels; it reads 3×8×8");
    check(Op::Conv(conv.stride(0)), "between 1 and 32,768; found kernel 3×3, stride 0×0");
    check(Op::Conv(Conv { dilation: [1, 0], ..conv }), "dilation 1×0");
    check(Op::Conv(Conv { kernel: [0, 3], ..conv }), "kernel 0×3");
    check(Op::Conv(Conv::square(4, 9)), "a window of 9×9 pixels is larger than the padded maps; it reads 3×8×8");
    check(Op::Conv(conv.padding(usize::MAX)), "padding must be at most 32,768");
    check(Op::Conv(Conv { outputs: usize::MAX, ..conv }), "node7: its kernel would be more than 2147483648");
    check(Op::Conv(Conv::square(1 << 20, 1).padding(60)), "the numbers of its result would be more than");
    check(
        Op::Dense(Dense { outputs: 4, bias: true }),
        "a dense layer reads a vector; flatten the maps before; it reads 3×8×8",
    );
    check(Op::Activation(Activation::Clip { lo: 1.0, hi: 1.0 }), "the lower one below the upper one");
    check(Op::Activation(Activation::Clip { lo: 0.0, hi: f32::INFINITY }), "it is Relu");
    check(Op::Activation(Activation::LeakyRelu { slope: f32::NAN }), "slope must be finite");
    check(Op::Lrn(Lrn::pytorch(5, 1e-4, 0.75, 0.0)), "k above 0");
    check(Op::Lrn(Lrn::onnx(usize::MAX, 1e-4, 0.75, 1.0)), "the window at most 32,768 channels");
    check(Op::Lrn(Lrn::onnx(5, 1e-4, -0.75, 1.0)), "alpha and beta must be at least 0");
    let window = Window { padding: [2, 0, 0, 0], ..Window::square(2, 2) };
    check(Op::MaxPool(MaxPool::new(window)), "every window of a pool must see the input");
    check(
        Op::AveragePool(AveragePool { window, count_include_pad: true }),
        "every window of a pool must see the input",
    );
    check(Op::MaxPool(MaxPool { window: Window::square(2, 2), dilation: [8, 1] }), "a window of 9×2 pixels is larger");
}

#[test]
fn shapes_must_fit() {
    let check = |op: Op, words: &str| {
        let mut builder = input();
        builder.add("small", Op::MaxPool(MaxPool::new(Window::square(2, 2))), &["picture"]);
        builder.add("joint", op, &["picture", "small"]);
        refused(builder, "joint", words);
    };
    check(Op::Add, "joint: a sum is of values of one shape; it reads 3×8×8 and 3×4×4");
    check(Op::Multiply, "one factor per channel; it reads 3×8×8 and 3×4×4");
    check(Op::Concat, "one height and width");
}

#[test]
fn sizes_have_limits_and_depth_has_none() {
    let chain = |length: usize| {
        let mut builder = input();
        let mut last = String::from("picture");
        for index in 0..length {
            let name = format!("relu{index}");
            builder.add(name.as_str(), RELU, &[&last]);
            last = name;
        }
        builder.finish(&last)
    };
    let deepest = chain(65_535).expect("as many nodes as there may be");
    assert_eq!(graph::compare(&deepest, &deepest).map(|same| same.of(deepest.output())), Ok(Some(deepest.output())));
    assert!(deepest.ancestors(&[deepest.output()]).iter().all(|needed| *needed));
    let error = chain(65_536).expect_err("one more").to_string();
    assert!(error.contains("65537 nodes; at most 65536"), "{error}");

    // 2²⁶ multiplications for each of 2¹⁶ positions, again and again.
    let mut builder = GraphBuilder::new();
    builder.add("x", Op::Input(Shape::new(1 << 13, 1 << 8, 1 << 8)), &[]);
    let mut last = String::from("x");
    for index in 0..2100 {
        let name = format!("conv{index}");
        builder.add(name.as_str(), Op::Conv(Conv::square(1 << 13, 1)), &[&last]);
        last = name;
    }
    refused(
        builder,
        &last,
        "conv2048: the multiplications of the network up to here would be more than 9007199254740992",
    );
}

#[test]
fn any_order_of_definition_gives_one_order_of_computation() {
    let mut builder = GraphBuilder::new();
    builder.add("sum", Op::Add, &["right", "left"]).add("left", RELU, &["picture"]);
    builder.add("right", RELU, &["picture"]).add("picture", Op::Input(Shape::vector(2)), &[]);
    let graph = builder.finish("sum").expect("a network");
    let names: Vec<_> = graph.nodes().iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["picture", "left", "right", "sum"]);
    assert_eq!(
        graph.node(graph.output()).inputs,
        [graph.find("right"), graph.find("left")].map(|id| id.expect("a node"))
    );
}

#[test]
fn graphs_are_serialised_by_names_and_checked_when_read() {
    for known in graph::KNOWN {
        let graph = known.build().expect("builds").graph;
        let text = serde_json::to_string(&graph).expect("serialises");
        assert_eq!(serde_json::from_str::<Graph>(&text).expect("reads"), graph, "{}", known.name);
    }
    let bad = r#"{"nodes": [{"name": "x", "op": {"input": {"channels": 1, "height": 2, "width": 2}}},
        {"name": "p", "op": {"max_pool": {"window": {"kernel": [3, 3], "stride": [1, 1], "padding": [0, 0, 0, 0],
        "ceil": false}, "dilation": [1, 1]}}, "inputs": ["x"]}], "output": "p"}"#;
    let error = serde_json::from_str::<Graph>(bad).expect_err("too large a window").to_string();
    assert!(error.contains("p: a window of 3×3 pixels is larger"), "{error}");
    assert!(serde_json::from_str::<Graph>(&bad.replace("\"ceil\"", "\"ceiling\"")).is_err(), "unknown keys are errors");
}
