//! Graphs that make no network are refused with one sentence that names the node, what was expected and what was found.
//! Every bad graph is a good fixture with one thing changed; and some changes make another network, which is read.
#![allow(clippy::unwrap_used)]

mod changed;
mod support;

use std::time::{Duration, Instant};

use graph::Op;
use onnx_ir::{GraphProto, ModelProto, NodeProto};
use vgg_core::Architecture;
use weights_import::{ImportOptions, PreprocessingChoice, import};

use changed::{
    bridge, check_changed, check_graph, import_changed, new_node, node, nth, set_ints, tensor, write_changed,
};
use support::{check_refused, fixture, told};

/// Changes the graph of a fixture, which is another good network then.
fn read(change: impl FnOnce(&mut GraphProto)) -> (Architecture, Vec<String>) {
    let imported = import_changed(fixture("torchscript.onnx"), |model| change(model.graph.as_mut().unwrap())).unwrap();
    (imported.checkpoint.architecture, imported.notes)
}

fn side(graph: &mut GraphProto, axis: usize, extent: i64) {
    let dims = &mut graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim;
    dims[axis].set_dim_value(extent);
}

#[test]
fn other_networks_keep_their_own_names() {
    let name = |network: &Architecture| network.name().to_string();
    assert_eq!(name(&read(|_| ()).0), "vgg16-custom");
    let sigmoid = read(|graph| node(graph, "Relu", 13).op_type = "Sigmoid".into()).0;
    assert_eq!(name(&sigmoid), "changed");
    let without_relu = |graph: &mut GraphProto| {
        let place = nth(graph, "Relu", 4);
        bridge(graph, place);
    };
    assert_eq!(read(without_relu).0.sites().len(), 14, "thirteen layers and two dense ones, less one");
    let average = read(|graph| node(graph, "MaxPool", 4).op_type = "AveragePool".into()).0;
    assert!(average.graph().nodes().iter().any(|node| matches!(node.op, Op::AveragePool(_))));
    let residual = |graph: &mut GraphProto| {
        let input = node(graph, "Relu", 0).output[0].clone();
        let place = nth(graph, "Relu", 1);
        let output = graph.node[place].output[0].clone();
        graph.node[place + 1].input[0] = "sum".into();
        graph.node.insert(place + 1, new_node("Add", "skip", &[&output, &input], "sum"));
    };
    assert!(read(residual).0.graph().find("skip").is_some());
}

#[test]
fn a_normalisation_behind_an_activation_is_a_layer() {
    let change = |graph: &mut GraphProto| {
        let place = nth(graph, "Relu", 0);
        let value = std::mem::replace(&mut graph.node[place].output[0], "rectified".into());
        let bias = "features.0.bias";
        let norm = new_node("BatchNormalization", "norm", &["rectified", bias, bias, bias, "variance"], &value);
        graph.node.insert(place + 1, norm);
        let mut variance = tensor(graph, bias).clone();
        variance.name = "variance".into();
        variance.raw_data = [1_f32, 4.0].iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into();
        graph.initializer.push(variance);
    };
    let (network, notes) = read(change);
    let norm = network.graph().find("norm").unwrap();
    assert!(matches!(network.graph().node(norm).op, Op::Conv(conv) if conv.groups == 2 && conv.kernel == [1, 1]));
    assert!(notes.iter().any(|note| note.contains("BatchNormalization node \"norm\" follows no layer")), "{notes:?}");
}

#[test]
fn what_nothing_reads_is_said() {
    let tensor = |graph: &mut GraphProto| {
        let mut extra = graph.initializer[1].clone();
        extra.name = "features.99.bias".into();
        graph.initializer.push(extra);
    };
    let notes = read(tensor).1;
    assert!(notes.iter().any(|note| note.contains("nothing reads it: tensor \"features.99.bias\"")), "{notes:?}");
    let stray = |graph: &mut GraphProto| graph.node.push(new_node("Exp", "stray", &["features.0.bias"], "stray"));
    let notes = read(stray).1;
    assert!(notes.iter().any(|note| note.contains("nothing reads it: Exp node \"stray\"")), "{notes:?}");
}

#[test]
fn an_initializer_twice() {
    let change = |graph: &mut GraphProto| graph.initializer.push(graph.initializer[1].clone());
    check_graph(change, &["expected one of each name, found \"features.0.bias\" twice"]);
}

#[test]
fn values_of_one_name() {
    let change = |graph: &mut GraphProto| {
        let name = node(graph, "Relu", 3).output[0].clone();
        node(graph, "Relu", 4).output[0] = name;
    };
    check_graph(change, &["Relu node", "expected a value with a name of its own", "stands for something else already"]);
    let input = |graph: &mut GraphProto| node(graph, "Relu", 4).output[0] = graph.input[0].name.clone();
    check_graph(input, &["expected a value with a name of its own"]);
}

#[test]
fn tensors_that_are_not_there() {
    let change = |graph: &mut GraphProto| node(graph, "Conv", 5).input[1] = "nowhere".into();
    check_graph(change, &["Conv node", "expected inputs that are in the file, found \"nowhere\""]);
    let fewer = |graph: &mut GraphProto| node(graph, "Conv", 5).input.truncate(1);
    check_graph(fewer, &["Conv node", "expected an input 1, found 1 inputs"]);
}

#[test]
fn swapped_layers() {
    let change = |graph: &mut GraphProto| {
        node(graph, "Conv", 0).input[1] = "features.2.weight".into();
        node(graph, "Conv", 1).input[1] = "features.0.weight".into();
    };
    let parts =
        ["(tensor \"features.2.weight\")", "expected a kernel for the 3 channels that it reads", "[2, 2, 3, 3]"];
    check_graph(change, &parts);
}

#[test]
fn weights_of_another_size() {
    let bias = |graph: &mut GraphProto| {
        tensor(graph, "classifier.3.bias").dims = vec![6];
        tensor(graph, "classifier.3.bias").raw_data.truncate(6 * 4);
    };
    check_graph(bias, &["bias of Gemm node", "(tensor \"classifier.3.bias\"): expected shape [7], found [6]"]);
    let matrix = |graph: &mut GraphProto| {
        tensor(graph, "classifier.0.weight").dims = vec![8, 23];
        tensor(graph, "classifier.0.weight").raw_data.truncate(8 * 23 * 4);
    };
    let parts = ["(tensor \"classifier.0.weight\")", "expected a matrix for the 24 numbers that it reads", "[8, 23]"];
    check_graph(matrix, &parts);
    let larger = |graph: &mut GraphProto| {
        side(graph, 2, 96);
        side(graph, 3, 96);
    };
    let parts = ["Gemm node", "expected a matrix for the 54 numbers that it reads, found shape [8, 24]"];
    check_graph(larger, &parts);
    let options = |side| ImportOptions { input_side: Some(side), ..told(PreprocessingChoice::Torchvision) };
    check_refused(&fixture("torchscript.onnx"), &options(96), &parts);
    check_refused(&fixture("torchscript.onnx"), &options(1 << 40), &["at most 8192 pixels a side"]);
    check_refused(
        &fixture("keras_notop.onnx"),
        &options(31),
        &["a window of 2×2 pixels is larger than the padded maps"],
    );
}

#[test]
fn inputs_that_are_no_pictures() {
    let check = |axis: usize, extent: i64, parts: &[&str]| check_graph(|graph| side(graph, axis, extent), parts);
    check(3, 80, &["expected pictures [?, 3, side, side], found [1, 3, 64, 80]"]);
    check(1, 1, &["expected pictures [?, 3, side, side], found [1, 1, 64, 64]"]);
    let huge = |graph: &mut GraphProto| {
        side(graph, 2, 1 << 40);
        side(graph, 3, 1 << 40);
    };
    check_graph(huge, &["expected at most 8192 pixels a side"]);
    let flat = |graph: &mut GraphProto| {
        graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim.truncate(2);
    };
    check_graph(flat, &["expected pictures [?, 3, side, side], found [1, 3]"]);
    let two = |graph: &mut GraphProto| {
        let mut second = graph.input[0].clone();
        second.name = "mask".into();
        graph.input.push(second);
    };
    check_graph(two, &["graph: expected one input: the pictures, found", "\"mask\""]);
}

#[test]
fn pictures_of_any_size() {
    let open = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        let dims = &mut graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim;
        dims[2].set_dim_param("height".into());
        dims[3].set_dim_param("width".into());
    };
    let parts = ["the size of the input is unknown", "pictures of any size ([1, 3, ?, ?])", "--input-side"];
    check_changed(fixture("torchscript.onnx"), open, &parts);
    let options = ImportOptions { input_side: Some(64), ..told(PreprocessingChoice::Torchvision) };
    let read = write_changed(fixture("torchscript.onnx"), open, |path| import(path, &options));
    assert_eq!(read.unwrap().checkpoint.architecture.input_side(), 64);
}

#[test]
fn other_outputs() {
    let second = |graph: &mut GraphProto| {
        let mut output = graph.output[0].clone();
        output.name = node(graph, "Relu", 14).output[0].clone();
        graph.output.push(output);
    };
    check_graph(second, &["graph: expected one output: the class scores, or the last maps, found"]);
    check_graph(|graph| graph.output.clear(), &["expected one output", "found none"]);
    let cut_short = |graph: &mut GraphProto| {
        let place = nth(graph, "Conv", 9);
        graph.node.truncate(place);
    };
    check_graph(cut_short, &["output of the graph: expected what a node gives"]);
}

#[test]
fn nodes_in_a_circle() {
    let change = |graph: &mut GraphProto| {
        let place = nth(graph, "Relu", 2);
        let value = graph.node[place].output[0].clone();
        for (name, inputs, output) in
            [("a", ["back", "features.5.bias"], "forth"), ("b", ["forth", "features.5.bias"], "back")]
        {
            graph.node.push(new_node("Add", name, &inputs, output));
        }
        for node in &mut graph.node {
            for input in node.input.iter_mut().filter(|input| **input == value) {
                *input = "back".into();
            }
        }
    };
    check_graph(change, &["expected nodes that lead from the input to the output", "Add node \"a\"", "in a circle"]);
    let itself = |graph: &mut GraphProto| {
        let relu = node(graph, "Relu", 2);
        relu.input[0] = relu.output[0].clone();
    };
    check_graph(itself, &["Relu node", "in a circle"]);
}

/// Nodes may stand in any order, as ONNX Runtime reads them too.
#[test]
fn nodes_in_another_order() {
    assert_eq!(read(|graph| graph.node.reverse()).0.name(), "vgg16-custom");
}

#[test]
fn weights_that_are_not_finite() {
    let change = |graph: &mut GraphProto| {
        let mut bytes = tensor(graph, "features.10.weight").raw_data.to_vec();
        bytes[8..12].copy_from_slice(&f32::NAN.to_le_bytes());
        tensor(graph, "features.10.weight").raw_data = bytes.into();
    };
    check_graph(change, &["number 2 of the kernel is NaN; weights must be finite"]);
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
    let shape = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        let name = node(graph, "Reshape", 0).input[1].clone();
        tensor(graph, &name).dims = vec![3];
    };
    check_changed(fixture("unusual.onnx"), shape, &["shape [3] does not fit 2 integers"]);
}

#[test]
fn old_operator_sets() {
    let change = |model: &mut ModelProto| model.opset_import[0].version = 6;
    check_changed(fixture("torchscript.onnx"), change, &["operator set: expected 7 or later, found 6"]);
    let none = |model: &mut ModelProto| model.opset_import.clear();
    check_changed(fixture("torchscript.onnx"), none, &["it names no operator set"]);
}

fn chain(operator: &str, from: &str, count: usize) -> Vec<NodeProto> {
    let link = |index: usize| {
        let before = if index == 0 { from.into() } else { format!("link{}", index - 1) };
        new_node(operator, "", &[&before], &format!("link{index}"))
    };
    (0..count).map(link).collect()
}

/// Puts many nodes, one behind the other, in front of what a node reads.
fn lengthen(graph: &mut GraphProto, place: usize, input: usize, operator: &str, count: usize) {
    let nodes = chain(operator, &graph.node[place].input[input], count);
    graph.node[place].input[input] = nodes.last().unwrap().output[0].clone();
    graph.node.splice(place..place, nodes);
}

/// Nothing recurses and nothing takes the square of the number of nodes.
#[test]
fn files_of_very_many_nodes() {
    let start = Instant::now();
    for operator in ["Unsqueeze", "Identity"] {
        let change = |model: &mut ModelProto| {
            let graph = model.graph.as_mut().unwrap();
            let place = nth(graph, "Reshape", 0);
            lengthen(graph, place, 1, operator, 150_000);
        };
        let read = import_changed(fixture("torchscript_view.onnx"), change).unwrap();
        assert_eq!(read.checkpoint.architecture.name(), "vgg16-custom");
    }
    let identities = read(|graph| {
        let place = nth(graph, "Conv", 3);
        lengthen(graph, place, 0, "Identity", 10_000);
    });
    assert_eq!(identities.0.name(), "vgg16-custom");
    let layers = |graph: &mut GraphProto| {
        let place = nth(graph, "Conv", 3);
        lengthen(graph, place, 0, "Relu", 70_000);
    };
    check_graph(layers, &["the network has 70", "at most 65536 are possible"]);
    assert!(start.elapsed() < Duration::from_secs(240), "{:?}", start.elapsed());
}

#[test]
fn pooling_that_keeps_the_last_row() {
    let change = |model: &mut ModelProto| {
        let graph = model.graph.as_mut().unwrap();
        side(graph, 1, 80);
        side(graph, 2, 80);
    };
    // TensorFlow's "same" pools the fifth row too, so that there are nine pixels behind the last pool and not four.
    let parts = ["Reshape node", "expected a shape for [1, 3, 3, 6], found [-1, 24]"];
    check_changed(support::variant("tensorflow.onnx"), change, &parts);
}

#[test]
fn other_strides() {
    let change = |graph: &mut GraphProto| {
        set_ints(node(graph, "Conv", 3), "strides", &[2, 2]);
        let place = nth(graph, "MaxPool", 1);
        bridge(graph, place);
    };
    let network = read(change).0;
    assert_eq!((network.name(), network.classes()), ("changed", 5), "half as many pixels in another way");
}
