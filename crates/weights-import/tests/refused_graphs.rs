//! Graphs that are not a VGG-16 are refused with one sentence that names the node, what was expected and what was
//! found. Every bad graph is a good fixture with one thing changed.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::PathBuf;

use onnx_ir::{AttributeProto, GraphProto, Message, ModelProto, NodeProto, TensorProto};

use support::{check_message, fixture, variant};

/// Changes the graph of a fixture and checks what is said about it.
fn check_graph(change: impl FnOnce(&mut GraphProto), parts: &[&str]) {
    check_changed("torchscript.onnx", |model| change(model.graph.as_mut().unwrap()), parts);
}

fn check_changed(name: &str, change: impl FnOnce(&mut ModelProto), parts: &[&str]) {
    check_at(fixture(name), change, parts);
}

fn check_at(good: PathBuf, change: impl FnOnce(&mut ModelProto), parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut model = ModelProto::parse_from_bytes(&std::fs::read(good).unwrap()).unwrap();
    change(&mut model);
    let path = folder.path().join("changed.onnx");
    std::fs::write(&path, model.write_to_bytes().unwrap()).unwrap();
    check_message(&path, parts);
}

fn nth(graph: &mut GraphProto, operator: &str, index: usize) -> usize {
    let mut places = graph.node.iter().enumerate().filter(|(_, node)| node.op_type == operator);
    places.nth(index).map(|(place, _)| place).unwrap()
}

fn node<'a>(graph: &'a mut GraphProto, operator: &str, index: usize) -> &'a mut NodeProto {
    let place = nth(graph, operator, index);
    &mut graph.node[place]
}

fn set_ints(node: &mut NodeProto, name: &str, values: &[i64]) {
    node.attribute.iter_mut().find(|attribute| attribute.name == name).unwrap().ints = values.to_vec();
}

fn tensor<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut TensorProto {
    graph.initializer.iter_mut().find(|tensor| tensor.name == name).unwrap()
}

/// Takes a node out of the chain.
fn bridge(graph: &mut GraphProto, place: usize) {
    let removed = graph.node.remove(place);
    for node in &mut graph.node {
        for input in node.input.iter_mut().filter(|input| **input == removed.output[0]) {
            input.clone_from(&removed.input[0]);
        }
    }
}

#[test]
fn a_wrong_stride() {
    let change = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 3), "strides", &[2, 2]);
    check_graph(change, &["not a VGG-16: conv2_2 (Conv node", "expected strides [1, 1], found [2, 2]"]);
}

#[test]
fn wrong_pads_dilations_and_groups() {
    let pads = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 0), "pads", &[0, 0, 0, 0]);
    check_graph(pads, &["conv1_1", "expected pads [1, 1, 1, 1], found [0, 0, 0, 0]"]);
    let dilations = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 12), "dilations", &[2, 2]);
    check_graph(dilations, &["conv5_3", "expected dilations [1, 1], found [2, 2]"]);
    let group = |graph: &mut GraphProto| {
        node(graph, "Conv", 1).attribute.iter_mut().find(|attribute| attribute.name == "group").unwrap().i = 2;
    };
    check_graph(group, &["conv1_2", "expected group 1, found 2"]);
}

#[test]
fn a_wrong_pooling() {
    let change = |graph: &mut GraphProto| set_ints(node(graph, "MaxPool", 1), "kernel_shape", &[3, 3]);
    check_graph(change, &["pool2 (MaxPool node", "expected kernel_shape [2, 2], found [3, 3]"]);
    let average = |graph: &mut GraphProto| node(graph, "MaxPool", 4).op_type = "AveragePool".into();
    check_graph(average, &["pool5: expected MaxPool, found AveragePool node"]);
}

#[test]
fn a_missing_relu() {
    let change = |graph: &mut GraphProto| {
        let place = nth(graph, "Relu", 4);
        bridge(graph, place);
    };
    check_graph(change, &["ReLU of conv3_1: expected Relu, found Conv node"]);
}

#[test]
fn another_activation() {
    let change = |graph: &mut GraphProto| node(graph, "Relu", 13).op_type = "Sigmoid".into();
    check_graph(change, &["ReLU of fc6: expected Relu, found Sigmoid node"]);
}

#[test]
fn a_vgg_of_thirteen_layers() {
    // Without conv3_3 a pooling comes one layer too early.
    let change = |graph: &mut GraphProto| {
        let place = nth(graph, "Conv", 6);
        bridge(graph, place + 1);
        bridge(graph, place);
    };
    check_graph(change, &["conv3_3: expected Conv, found MaxPool node"]);
}

#[test]
fn an_extra_initializer() {
    let change = |graph: &mut GraphProto| {
        let mut extra = graph.initializer[1].clone();
        extra.name = "features.99.bias".into();
        graph.initializer.push(extra);
    };
    check_graph(change, &["expected exactly 32 tensors; left over features.99.bias"]);
}

#[test]
fn an_initializer_twice() {
    let change = |graph: &mut GraphProto| graph.initializer.push(graph.initializer[1].clone());
    check_graph(change, &["expected one of each name, found \"features.0.bias\" twice"]);
}

#[test]
fn swapped_layers() {
    let change = |graph: &mut GraphProto| {
        node(graph, "Conv", 0).input[1] = "features.2.weight".into();
        node(graph, "Conv", 1).input[1] = "features.0.weight".into();
    };
    check_graph(
        change,
        &["conv1_1 (tensor \"features.2.weight\")", "a 3×3 kernel of shape [2, 3, 3, 3], found [2, 2, 3, 3]"],
    );
}

#[test]
fn a_group_of_two_widths() {
    let change = |graph: &mut GraphProto| {
        // conv2_2 with two channels instead of three.
        tensor(graph, "features.7.weight").dims = vec![2, 3, 3, 3];
        tensor(graph, "features.7.weight").raw_data.truncate(2 * 3 * 9 * 4);
        tensor(graph, "features.7.bias").dims = vec![2];
        tensor(graph, "features.7.bias").raw_data.truncate(2 * 4);
    };
    check_graph(change, &["conv2_2", "expected 3 channels, as in the rest of its group, found 2"]);
}

#[test]
fn a_bias_of_another_size() {
    let change = |graph: &mut GraphProto| {
        tensor(graph, "classifier.3.bias").dims = vec![6];
        tensor(graph, "classifier.3.bias").raw_data.truncate(6 * 4);
    };
    check_graph(change, &["bias of fc7 (tensor \"classifier.3.bias\")", "expected shape [7], found [6]"]);
}

#[test]
fn dense_layers_that_do_not_fit_the_map() {
    let change = |graph: &mut GraphProto| {
        tensor(graph, "classifier.0.weight").dims = vec![8, 23];
        tensor(graph, "classifier.0.weight").raw_data.truncate(8 * 23 * 4);
    };
    check_graph(change, &["fc6 (tensor \"classifier.0.weight\")", "expected 6 × a square map, found 23 inputs"]);
    let side = |graph: &mut GraphProto| {
        let dims = &mut graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim;
        dims[2].set_dim_value(96);
        dims[3].set_dim_value(96);
    };
    check_graph(side, &["fc6", "expected 6 × 3×3 inputs for pictures of 96×96, found 24 = 6 × 2×2"]);
}

#[test]
fn an_input_that_is_no_picture() {
    let change = |graph: &mut GraphProto| {
        let dims = &mut graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim;
        dims[3].set_dim_value(80);
    };
    check_graph(change, &["input of the graph: expected [?, 3, side, side], found [1, 3, 64, 80]"]);
}

#[test]
fn an_average_that_changes_something() {
    let change = |graph: &mut GraphProto| {
        let node = node(graph, "AveragePool", 0);
        node.op_type = "GlobalAveragePool".into();
        node.attribute.clear();
    };
    check_graph(change, &["expected an average that changes nothing (a map of 1×1), found a map of 2×2"]);
    let wide = |graph: &mut GraphProto| set_ints(node(graph, "AveragePool", 0), "kernel_shape", &[2, 2]);
    check_graph(wide, &["average before fc6", "expected kernel_shape [1, 1], found [2, 2]"]);
}

#[test]
fn factors_in_a_gemm() {
    let change = |graph: &mut GraphProto| {
        node(graph, "Gemm", 2).attribute.iter_mut().find(|attribute| attribute.name == "alpha").unwrap().f = 0.5;
    };
    check_graph(change, &["fc8 (Gemm node", "expected alpha 1.0, found 0.5"]);
}

#[test]
fn a_residual_network() {
    let change = |graph: &mut GraphProto| {
        let input = node(graph, "Relu", 0).output[0].clone();
        let place = nth(graph, "Relu", 1);
        let sum = NodeProto {
            op_type: "Add".into(),
            name: "skip".into(),
            input: vec![graph.node[place].output[0].clone(), input],
            output: vec!["sum".into()],
            ..Default::default()
        };
        graph.node[place + 1].input[0] = "sum".into();
        graph.node.insert(place + 1, sum);
    };
    check_graph(change, &["after ReLU of conv1_1", "expected a single chain of nodes, found a fork to", "\"skip\""]);
}

#[test]
fn batch_normalisation() {
    // Behind the rectifier it cannot be folded into the convolution, and a VGG-16 has none there.
    let after = |graph: &mut GraphProto| {
        let place = nth(graph, "Relu", 0);
        let value = graph.node[place].output[0].clone();
        let norm = NodeProto {
            op_type: "BatchNormalization".into(),
            name: "norm".into(),
            input: ["rectified", "g", "b", "m", "v"].map(String::from).into(),
            output: vec![value],
            ..Default::default()
        };
        graph.node[place].output[0] = "rectified".into();
        graph.node.insert(place + 1, norm);
    };
    check_graph(after, &["conv1_2: expected Conv, found BatchNormalization node \"norm\""]);
    let change = |training: &'static str| {
        move |model: &mut ModelProto| {
            let norm = node(model.graph.as_mut().unwrap(), "BatchNormalization", 2);
            norm.attribute.push(AttributeProto { name: training.into(), i: 2, ..Default::default() });
        }
    };
    let parts = ["conv2_1 (BatchNormalization node", "expected training_mode 0, found 2"];
    check_at(variant("batch_norm.onnx"), change("training_mode"), &parts);
    let fewer = |model: &mut ModelProto| tensor(model.graph.as_mut().unwrap(), "conv3_1_v").dims = vec![2, 2];
    let parts = ["batch normalisation of conv3_1 (tensor \"conv3_1_v\")", "expected shape [4], found [2, 2]"];
    check_at(variant("batch_norm.onnx"), fewer, &parts);
}

#[test]
fn a_graph_cut_short() {
    let change = |graph: &mut GraphProto| {
        let place = nth(graph, "Conv", 9);
        graph.node.truncate(place);
    };
    check_graph(change, &["conv4_3: expected Conv, found the end of the graph after ReLU of conv4_2"]);
}

#[test]
fn a_second_output() {
    let change = |graph: &mut GraphProto| {
        let mut output = graph.output[0].clone();
        output.name = node(graph, "Relu", 14).output[0].clone();
        graph.output.push(output);
    };
    check_graph(change, &["output of the graph: expected the value after fc8", "and no other"]);
}

#[test]
fn nodes_beside_the_chain() {
    let change = |graph: &mut GraphProto| {
        let node = NodeProto {
            op_type: "Exp".into(),
            name: "stray".into(),
            input: vec!["features.0.bias".into()],
            output: vec!["stray".into()],
            ..Default::default()
        };
        graph.node.push(node);
    };
    check_graph(change, &["expected nothing beside the chain", "found Exp node \"stray\""]);
}

#[test]
fn a_loop() {
    let change = |graph: &mut GraphProto| {
        let place = nth(graph, "Relu", 2);
        let value = graph.node[place].output[0].clone();
        // Identity nodes that feed each other instead of the next convolution.
        for (name, input, output) in [("a", "second", "first"), ("b", "first", "second")] {
            graph.node.push(NodeProto {
                op_type: "Identity".into(),
                name: name.into(),
                input: vec![input.into()],
                output: vec![output.into()],
                ..Default::default()
            });
        }
        for node in &mut graph.node {
            for input in node.input.iter_mut().filter(|input| **input == value) {
                *input = "unused".into();
            }
        }
        graph.node[place].output[0] = "second".into();
    };
    check_graph(change, &["expected a chain without loops, found an output that was seen before"]);
}

#[test]
fn an_operator_of_a_vendor() {
    let change = |graph: &mut GraphProto| {
        node(graph, "Conv", 2).op_type = "FusedConv".into();
        node(graph, "FusedConv", 0).domain = "com.microsoft".into();
    };
    check_graph(change, &["FusedConv node", "belongs to \"com.microsoft\"", "from before it was optimised"]);
}

#[test]
fn quantised_networks() {
    for (operator, domain) in
        [("QuantizeLinear", ""), ("DequantizeLinear", ""), ("QLinearConv", ""), ("QGemm", "com.microsoft")]
    {
        let change = |graph: &mut GraphProto| {
            let node = node(graph, "Relu", 3);
            node.op_type = operator.into();
            node.domain = domain.into();
        };
        check_graph(change, &["the network is quantised", operator, "float32 model that it was made of"]);
    }
}

#[test]
fn weights_that_are_not_finite() {
    let change = |graph: &mut GraphProto| {
        let mut bytes = tensor(graph, "features.10.weight").raw_data.to_vec();
        bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
        tensor(graph, "features.10.weight").raw_data = bytes.into();
    };
    check_graph(change, &["conv3_1: expected finite weights, found NaN"]);
}

#[test]
fn weights_of_another_element_type() {
    let double = |graph: &mut GraphProto| tensor(graph, "features.0.weight").data_type = 11;
    check_graph(double, &["tensor \"features.0.weight\" holds float64; float32, float16 and", "model.float()"]);
    // The bytes stay those of float32.
    let half = |graph: &mut GraphProto| tensor(graph, "features.0.weight").data_type = 10;
    check_graph(half, &["data of tensor \"features.0.weight\"", "does not fit 216 bytes of float16"]);
}

#[test]
fn tensors_whose_size_is_a_lie() {
    let long = |graph: &mut GraphProto| tensor(graph, "features.0.bias").dims = vec![1 << 40];
    check_graph(long, &["data of tensor \"features.0.bias\"", "does not fit 8 bytes"]);
    let negative = |graph: &mut GraphProto| tensor(graph, "features.0.bias").dims = vec![-2];
    check_graph(negative, &["impossible shape [-2]"]);
}

#[test]
fn old_operator_sets() {
    let change = |model: &mut ModelProto| model.opset_import[0].version = 6;
    check_changed("torchscript.onnx", change, &["operator set: expected 7 or later, found 6"]);
    check_changed("torchscript.onnx", |model| model.opset_import.clear(), &["it names no operator set"]);
}

#[test]
fn a_dropout_in_training_mode() {
    let change = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        graph.initializer.push(TensorProto {
            name: "training".into(),
            data_type: 9,
            raw_data: vec![1].into(),
            ..Default::default()
        });
        let dropout = graph.node.iter_mut().find(|node| node.op_type == "Dropout").unwrap();
        dropout.input.push("training".into());
    };
    let parts = ["after ReLU of fc6", "expected a network in inference mode, found Dropout in training mode"];
    check_changed("zoo_opset12.onnx", change, &parts);
}

fn chain(operator: &str, from: &str, count: usize) -> Vec<NodeProto> {
    let link = |index: usize| NodeProto {
        op_type: operator.into(),
        input: vec![if index == 0 { from.into() } else { format!("link{}", index - 1) }],
        output: vec![format!("link{index}")],
        ..Default::default()
    };
    (0..count).map(link).collect()
}

/// A shape that is computed by more nodes than there is room for on the stack.
#[test]
fn a_deep_computation_of_a_shape() {
    for operator in ["Cast", "Unsqueeze", "Identity"] {
        let change = |model: &mut ModelProto| {
            let graph = model.graph.as_mut().unwrap();
            let place = nth(graph, "Reshape", 0);
            let nodes = chain(operator, &graph.node[place].input[1], 150_000);
            graph.node[place].input[1] = nodes.last().unwrap().output[0].clone();
            graph.node.splice(place..place, nodes);
        };
        let parts = ["flattening before fc6 (Reshape node", "expected the shape [pictures, -1]", "another way"];
        check_changed("torchscript_view.onnx", change, &parts);
    }
}

#[test]
fn a_reshape_to_nothing() {
    let change = |model: &mut ModelProto| {
        let reshape = node(model.graph.as_mut().unwrap(), "Reshape", 0);
        reshape.attribute.push(AttributeProto { name: "allowzero".into(), i: 1, ..Default::default() });
    };
    check_changed("unusual.onnx", change, &["expected the shape [pictures, -1], found [Known(0), Known(-1)]"]);
}

#[test]
fn a_flattening_of_other_axes() {
    let change = |model: &mut ModelProto| {
        let flatten = node(model.graph.as_mut().unwrap(), "Flatten", 0);
        flatten.attribute[0].i = -2;
    };
    check_at(
        variant("flatten_negative.onnx"),
        change,
        &["flattening before fc6 (Flatten node", "expected axis 1", "found 2"],
    );
}

#[test]
fn borders_that_a_convolution_does_not_have() {
    let change = |change: fn(&mut GraphProto)| move |model: &mut ModelProto| change(model.graph.as_mut().unwrap());
    let wider = |graph: &mut GraphProto| tensor(graph, "conv2_1_pads").raw_data = int64(&[2, 1, 1, 1]);
    let parts = ["conv2_1 (Conv node", "expected a border of one pixel, found [2, 1, 1, 1] (top"];
    check_at(variant("pad_axes.onnx"), change(wider), &parts);
    let ones = |graph: &mut GraphProto| {
        tensor(graph, "conv1_2_fill").raw_data = 1_f32.to_le_bytes().to_vec().into();
    };
    check_at(variant("pad_axes.onnx"), change(ones), &["before a convolution (Pad node", "found a border of 1"]);
    let reflect = |graph: &mut GraphProto| {
        let mode = node(graph, "Pad", 0).attribute.iter_mut().find(|attribute| attribute.name == "mode").unwrap();
        mode.s = b"reflect".to_vec().into();
    };
    check_at(variant("pad_attribute.onnx"), change(reflect), &["expected a border of zeros, found mode reflect"]);
    let channels = |graph: &mut GraphProto| set_ints(node(graph, "Pad", 3), "pads", &[0, 1, 0, 0, 0, 0, 0, 0]);
    check_at(variant("pad_attribute.onnx"), change(channels), &["expected a border of rows and columns"]);
    // The border would be normalised too, which no border of zeros in a convolution is.
    let before = |graph: &mut GraphProto| graph.node.swap(0, 1);
    let swap = move |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        before(graph);
        let source = graph.input[0].name.clone();
        let (pad, sub) = (graph.node[0].output[0].clone(), graph.node[1].output[0].clone());
        graph.node[0].input[0] = source;
        graph.node[1].input[0] = pad;
        graph.node[2].input[0] = sub;
    };
    check_at(variant("tensorflow.onnx"), swap, &["expected a border of zeros behind all arithmetic, found Sub node"]);
}

fn int64(values: &[i64]) -> bytes::Bytes {
    values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into()
}

#[test]
fn pooling_that_keeps_the_last_row() {
    let change = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        let dims = &mut graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim;
        dims[1].set_dim_value(80);
        dims[2].set_dim_value(80);
    };
    let parts = ["pool5 (MaxPool node", "drops the last row", "odd side 5"];
    check_at(variant("tensorflow.onnx"), change, &parts);
}

#[test]
fn a_change_of_colours_in_front() {
    let change = |graph: &mut GraphProto| {
        let gather = NodeProto {
            op_type: "Gather".into(),
            name: "to_bgr".into(),
            input: vec![graph.input[0].name.clone(), "order".into()],
            output: vec!["bgr".into()],
            ..Default::default()
        };
        node(graph, "Conv", 0).input[0] = "bgr".into();
        graph.node.insert(0, gather);
    };
    check_graph(change, &["in front of conv1_1", "found Gather node \"to_bgr\"; export the network without it"]);
}

#[test]
fn arithmetic_that_tells_no_preprocessing() {
    let parts = ["Mul node", "Add node", "× [2.0, 2.0, 2.0] + [-1.0, -1.0, -1.0]", "Export the network without"];
    check_message(&variant("halves.onnx"), &parts);
    let constant = |model: &mut ModelProto| {
        tensor(model.graph.as_mut().unwrap(), "mean").dims = vec![1, 1, 3, 1];
    };
    let parts = ["in front of conv1_1: expected a constant for each colour", "of shape [1, 1, 3, 1]"];
    check_at(variant("normalised.onnx"), constant, &parts);
    let inverse = |model: &mut ModelProto| node(model.graph.as_mut().unwrap(), "Div", 0).input.swap(0, 1);
    check_at(variant("normalised.onnx"), inverse, &["expected a division by a constant, found Div node"]);
}
