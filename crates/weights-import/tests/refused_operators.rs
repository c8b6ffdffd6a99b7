//! Nodes that no convolutional network has are refused with one sentence that names the node, what it is and what to
//! export instead. Every bad graph is a good fixture with one thing changed.
#![allow(clippy::unwrap_used)]

mod changed;
mod support;

use onnx_ir::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use changed::{
    bridge, check_changed, check_graph, import_changed, int64, new_node, node, nth, set_ints, tensor, write_changed,
};
use support::{check_message, fixture, variant};
use weights_import::ImportOptions;

/// Puts a node behind the first rectifier.
fn insert(graph: &mut GraphProto, operator: &str) {
    let place = nth(graph, "Relu", 0);
    let value = std::mem::replace(&mut graph.node[place].output[0], "rectified".into());
    graph.node.insert(place + 1, new_node(operator, "odd", &["rectified"], &value));
}

#[test]
fn other_kinds_of_networks() {
    let check = |operator: &str, parts: &[&str]| {
        let at = format!("{operator} node \"odd\": ");
        check_graph(|graph| insert(graph, operator), &[parts, &[&at]].concat());
    };
    check("LSTM", &["a recurrent layer", "export the convolutional part alone"]);
    check("LayerNormalization", &["part of a transformer", "only feed-forward convolutional networks"]);
    check("If", &["control flow", "model.eval()", "for one fixed size of picture"]);
    check("ConvTranspose", &["part of a decoder", "class scores or features"]);
    check("InstanceNormalization", &["whose numbers depend on the picture", "batch normalisation"]);
    check("Tanh", &["an activation that is not read here", "leaky ReLU"]);
    check("Slice", &["a rearrangement of maps"]);
    check("ArgMax", &["a choice that depends on the picture"]);
    check("Nonsense", &["an operator that is not read here"]);
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
fn networks_in_training_mode() {
    let dropout = |model: &mut ModelProto| {
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
    let parts = ["Dropout node", "expected a network in inference mode, found Dropout in training mode; export after"];
    check_changed(fixture("zoo_opset12.onnx"), dropout, &parts);
    let norm = |model: &mut ModelProto| {
        let norm = node(model.graph.as_mut().unwrap(), "BatchNormalization", 2);
        norm.attribute.push(AttributeProto { name: "training_mode".into(), i: 1, ..Default::default() });
    };
    let parts = ["BatchNormalization node", "expected training_mode 0, as in inference, found training_mode 1"];
    check_changed(variant("batch_norm.onnx"), norm, &parts);
    let mask = |graph: &mut GraphProto| {
        let place = nth(graph, "MaxPool", 0);
        let value = graph.node[place].output[0].clone();
        graph.node[place].output.push("places".into());
        let sum = new_node("Add", "sum", &[&value, "places"], "sum");
        graph.node[place + 1].input[0] = "sum".into();
        graph.node.insert(place + 1, sum);
    };
    check_graph(mask, &["MaxPool node", "something reads its second result"]);
}

#[test]
fn normalisations_that_do_not_fit() {
    let fewer = |model: &mut ModelProto| tensor(model.graph.as_mut().unwrap(), "conv3_1_v").dims = vec![2, 2];
    let parts = ["BatchNormalization node", "(tensor \"conv3_1_v\")", "expected shape [4], found [2, 2]"];
    check_changed(variant("batch_norm.onnx"), fewer, &parts);
    let negative = |model: &mut ModelProto| {
        let variance = tensor(model.graph.as_mut().unwrap(), "conv3_1_v");
        let mut bytes = variance.raw_data.to_vec();
        bytes[4..8].copy_from_slice(&(-0.25_f32).to_le_bytes());
        variance.raw_data = bytes.into();
    };
    let parts = ["variance of channel 1: expected a number above 0, found -0.25"];
    check_changed(variant("batch_norm.onnx"), negative, &parts);
}

#[test]
fn windows_that_cannot_be() {
    let wide = |graph: &mut GraphProto| set_ints(node(graph, "MaxPool", 4), "kernel_shape", &[9, 9]);
    check_graph(wide, &["a window of 9×9 pixels is larger than the padded maps"]);
    let zero = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 3), "strides", &[0, 1]);
    check_graph(zero, &["Conv node", "expected strides of 2 numbers, each at least 1, found [0, 1]"]);
    let line = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 3), "strides", &[1]);
    check_graph(line, &["expected strides of 2 numbers", "found [1]"]);
    let negative = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 3), "pads", &[-1, 0, 0, 0]);
    check_graph(negative, &["expected pads of 4 numbers, each at least 0"]);
    let huge = |graph: &mut GraphProto| set_ints(node(graph, "Conv", 3), "pads", &[1 << 40, 0, 0, 0]);
    check_graph(huge, &["padding must be at most 32,768"]);
    let groups = |graph: &mut GraphProto| {
        node(graph, "Conv", 1).attribute.iter_mut().find(|attribute| attribute.name == "group").unwrap().i = 2;
    };
    check_graph(groups, &["expected a kernel for the 2 channels that it reads", "in 2 groups"]);
}

#[test]
fn borders_that_no_layer_takes_over() {
    let change = |change: fn(&mut GraphProto)| move |model: &mut ModelProto| change(model.graph.as_mut().unwrap());
    let ones = |graph: &mut GraphProto| {
        tensor(graph, "conv1_2_fill").raw_data = 1_f32.to_le_bytes().to_vec().into();
    };
    check_changed(variant("pad_axes.onnx"), change(ones), &["expected a border of zeros, found a border of 1"]);
    let reflect = |graph: &mut GraphProto| {
        let mode = node(graph, "Pad", 0).attribute.iter_mut().find(|attribute| attribute.name == "mode").unwrap();
        mode.s = b"reflect".to_vec().into();
    };
    check_changed(variant("pad_attribute.onnx"), change(reflect), &["expected a border of zeros, found mode reflect"]);
    let channels = |graph: &mut GraphProto| set_ints(node(graph, "Pad", 3), "pads", &[0, 1, 0, 0, 0, 0, 0, 0]);
    check_changed(variant("pad_attribute.onnx"), change(channels), &["expected a border of rows and columns"]);
    let before_relu = |graph: &mut GraphProto| {
        let place = nth(graph, "Conv", 1);
        let value = std::mem::replace(&mut graph.node[place].output[0], "bare".into());
        graph.node.insert(place + 1, new_node("Pad", "border", &["bare"], &value));
        let pads = AttributeProto { name: "pads".into(), ints: vec![0, 0, 1, 1, 0, 0, 1, 1], ..Default::default() };
        graph.node[place + 1].attribute.push(pads);
    };
    check_graph(before_relu, &["the Pad node before Relu node", "in front of a convolution or a pool"]);
    // The border would be normalised too, which no border of zeros in a convolution is.
    let swap = |graph: &mut GraphProto| {
        graph.node.swap(0, 1);
        let source = graph.input[0].name.clone();
        let (pad, sub) = (graph.node[0].output[0].clone(), graph.node[1].output[0].clone());
        graph.node[0].input[0] = source;
        graph.node[1].input[0] = pad;
        graph.node[2].input[0] = sub;
    };
    check_changed(variant("tensorflow.onnx"), change(swap), &["behind all arithmetic, found Sub node"]);
}

#[test]
fn shapes_that_cut_maps() {
    let change = |model: &mut ModelProto| {
        let reshape = node(model.graph.as_mut().unwrap(), "Reshape", 0);
        reshape.attribute.push(AttributeProto { name: "allowzero".into(), i: 1, ..Default::default() });
    };
    check_changed(fixture("unusual.onnx"), change, &["Reshape node", "found [0, -1] with allowzero"]);
    let axis = |model: &mut ModelProto| node(model.graph.as_mut().unwrap(), "Flatten", 0).attribute[0].i = -2;
    check_changed(variant("flatten_negative.onnx"), axis, &["Gemm node", "expected flat pictures [pictures, numbers]"]);
    let cut = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        let place = nth(graph, "Relu", 2);
        let value = std::mem::replace(&mut graph.node[place].output[0], "whole".into());
        graph.node.insert(place + 1, new_node("Reshape", "shuffle", &["whole", "groups"], &value));
        graph.initializer.push(TensorProto {
            name: "groups".into(),
            dims: vec![5],
            data_type: 7,
            raw_data: int64(&[1, 1, 3, 16, -1]),
            ..Default::default()
        });
    };
    let parts = ["Reshape node \"shuffle\"", "keeps pictures, channels, rows and columns whole", "[1, 1, 3, 16, 64]"];
    check_changed(fixture("torchscript.onnx"), cut, &parts);
}

#[test]
fn pictures_that_are_changed_in_front() {
    let gather = |graph: &mut GraphProto| {
        let input = graph.input[0].name.clone();
        let mut gather = new_node("Gather", "to_bgr", &[&input, "order"], "bgr");
        gather.attribute.push(AttributeProto { name: "axis".into(), i: 1, ..Default::default() });
        node(graph, "Conv", 0).input[0] = "bgr".into();
        graph.node.insert(0, gather);
        graph.initializer.push(TensorProto {
            name: "order".into(),
            dims: vec![3],
            data_type: 7,
            raw_data: int64(&[2, 1, 0]),
            ..Default::default()
        });
    };
    check_graph(gather, &["Gather node \"to_bgr\"", "a rearrangement of maps", "export the network without it"]);
    let parts = ["Mul node", "Add node", "× [2.0, 2.0, 2.0] + [-1.0, -1.0, -1.0]", "Export the network without"];
    check_message(&variant("halves.onnx"), &parts);
    let constant = |model: &mut ModelProto| {
        tensor(model.graph.as_mut().unwrap(), "mean").dims = vec![1, 1, 3, 1];
    };
    let parts = ["expected a constant for maps of [1, 3, 64, 64]", "of shape [1, 1, 3, 1]"];
    check_changed(variant("normalised.onnx"), constant, &parts);
    let inverse = |model: &mut ModelProto| node(model.graph.as_mut().unwrap(), "Div", 0).input.swap(0, 1);
    check_changed(variant("normalised.onnx"), inverse, &["expected a division by a constant, found one by maps"]);
}

/// Puts another constant into the place of the mean of `normalised.onnx`, `[3, 64, 64]`, in colours from 0 to 255.
fn with_mean(shape: &'static [i64], value: fn(usize) -> f32) -> impl FnOnce(&mut ModelProto) {
    move |model: &mut ModelProto| {
        let mean = tensor(model.graph.as_mut().unwrap(), "mean");
        let count: i64 = shape.iter().product();
        mean.dims = shape.to_vec();
        mean.float_data.clear();
        mean.raw_data = (0..count as usize).flat_map(|at| value(at).to_le_bytes()).collect::<Vec<_>>().into();
    }
}

/// ImageNet's mean colour, and something that differs from pixel to pixel.
fn spotted(at: usize) -> f32 {
    [0.485, 0.456, 0.406][at / 4096] + (at % 5) as f32 / 1000.0
}

/// A mean image, as MATLAB's networks subtract it.
#[test]
fn a_mean_image_is_never_skipped() {
    // The file divides by 255 before it subtracts, and then by standard deviations.
    let import = |change| import_changed(variant("normalised.onnx"), change).unwrap().checkpoint.preprocessing;
    for shape in [&[3, 64, 64][..], &[1, 3, 64, 64]] {
        let expected: Vec<f32> = (0..3 * 4096).map(|at| 255.0 * spotted(at)).collect();
        let change = with_mean(shape, spotted);
        let Err(error) = import_changed(variant("normalised.onnx"), change) else { panic!("torchvision has no image") };
        assert!(error.to_string().contains("a mean image of 64×64 (mean colour"), "{error}");
        let prepared = write_changed(variant("normalised.onnx"), with_mean(shape, spotted), |path| {
            weights_import::import(path, &ImportOptions::default()).unwrap().checkpoint.preprocessing
        });
        let image = prepared.mean_picture.as_ref().unwrap();
        assert!(image.values().iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-3));
        assert_eq!((prepared.mean, prepared.scale, prepared.validate()), ([0.0; 3], 1.0, Ok(())));
    }
    // One that is the same everywhere is a mean colour.
    let prepared = import(with_mean(&[3, 64, 64], |at| [0.485, 0.456, 0.406][at / 4096]));
    for (found, expected) in prepared.mean.into_iter().zip([123.675, 116.28, 103.53]) {
        assert!((found - expected).abs() < 1e-3, "{prepared:?}");
    }
    let rows = |at: usize| at as f32;
    let parts = ["its constant \"mean\" [1, 64, 1] differs from pixel to pixel", "as large as the pictures"];
    check_changed(variant("normalised.onnx"), with_mean(&[1, 64, 1], rows), &parts);
    let behind = |model: &mut ModelProto| {
        with_mean(&[2, 64, 64], |at| at as f32)(model);
        let graph = model.graph.as_mut().unwrap();
        let (place, mean) = (nth(graph, "Relu", 0), nth(graph, "Sub", 0));
        let value = graph.node[place].output[0].clone();
        graph.node[place].output[0] = "rectified".into();
        graph.node.insert(place + 1, new_node("Sub", "late", &["rectified", "mean"], &value));
        bridge(graph, mean);
    };
    let parts = ["Sub node \"late\"", "its constant \"mean\" [2, 64, 64] differs", "in front of the network"];
    check_changed(variant("normalised.onnx"), behind, &parts);
}

/// Two readers of the pictures of which one sees them prepared.
#[test]
fn pictures_that_are_prepared_for_some_layers_only() {
    let change = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        let (input, first) = (graph.input[0].name.clone(), nth(graph, "Conv", 0));
        let (weights, value) = (graph.node[first].input.clone(), graph.node[first].output[0].clone());
        let mut second = NodeProto { attribute: graph.node[first].attribute.clone(), ..Default::default() };
        second.op_type = "Conv".into();
        second.name = "raw".into();
        second.input = [&[input], &weights[1..]].concat();
        second.output = vec!["raw".into()];
        let reader = graph.node.iter_mut().find(|node| node.input.first() == Some(&value)).unwrap();
        reader.input[0] = "sum".into();
        graph.node.insert(first + 1, new_node("Add", "sum", &[&value, "raw"], "sum"));
        graph.node.insert(first + 1, second);
    };
    let parts = ["expected one preparation of the pictures for all that follows", "Conv node \"raw\""];
    check_changed(variant("normalised.onnx"), change, &parts);
}
