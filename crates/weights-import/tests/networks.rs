//! Small networks that together use every operation which is read from ONNX, in the forms of several exporters: each
//! gives the scores that ONNX Runtime gives.
//!
//! Files and scores are written by `tests/golden/networks_onnx.py`, which has checked those of PyTorch against PyTorch.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;

use graph::{Activation, Op, reference};
use ndarray::{Array2, Array4};
use vgg_core::{Checkpoint, Intervention, Network, Preprocessing, device};
use weights_import::{Imported, PreprocessingChoice, import, read_pictures};

use support::told;

/// Networks that prepare their own pictures, and what that is.
const PREPARED: [&str; 3] = ["old.onnx", "prepared_dynamo.onnx", "prepared_torchscript.onnx"];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/networks").join(name)
}

fn import_network(name: &str) -> Imported {
    import(
        &file(name),
        &told(if PREPARED.contains(&name) { PreprocessingChoice::Auto } else { PreprocessingChoice::Torchvision }),
    )
    .unwrap()
}

fn all_scores() -> serde_json::Map<String, serde_json::Value> {
    let text = std::fs::read_to_string(file("scores.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The pictures as they reach the first layer, which for some networks is behind the arithmetic of their files.
fn pictures(name: &str, prepared: &Preprocessing) -> Array4<f32> {
    let mut pictures = read_pictures(&file("input.npy")).unwrap();
    if PREPARED.contains(&name) {
        for ((_, channel, _, _), value) in pictures.indexed_iter_mut() {
            *value = (*value - prepared.mean[channel]) / prepared.sd[channel];
        }
    }
    pictures
}

fn in_float64(checkpoint: &Checkpoint, pictures: &Array4<f32>) -> Vec<f64> {
    let graph = checkpoint.architecture.graph();
    let one = |picture: ndarray::ArrayView3<'_, f32>| {
        let picture: Vec<f64> = picture.iter().map(|&value| value.into()).collect();
        reference::values(graph, &checkpoint.weights, &picture, &[]).unwrap().swap_remove(graph.output().index()).data
    };
    pictures.outer_iter().flat_map(one).collect()
}

fn on_the_cpu(checkpoint: &Checkpoint, pictures: &Array4<f32>) -> Vec<f64> {
    let network = Network::new(checkpoint, &device::open(&"cpu".parse().unwrap()).unwrap()).unwrap();
    let scores: Array2<f32> = match checkpoint.architecture.classes() {
        0 => network.features(pictures.view(), &Intervention::none()).unwrap(),
        _ => network.logits(pictures.view()).unwrap(),
    };
    scores.iter().map(|&score| score.into()).collect()
}

fn check_close(name: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let largest = expected.iter().fold(0.0_f64, |largest, score| largest.max(score.abs()));
    let worst = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    // ONNX Runtime rounds every value of a network in float16 to three digits.
    let tolerance = if name == "halves.onnx" { 5e-3 } else { 1e-4 };
    assert!(worst <= tolerance * largest, "{name}: {worst:e} of {largest}");
}

#[test]
fn scores_are_those_of_onnx_runtime() {
    let scores = all_scores();
    let files = std::fs::read_dir(file("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let files: BTreeSet<String> = files.filter(|name| name.ends_with(".onnx")).collect();
    assert_eq!(files, scores.keys().cloned().collect(), "every file has scores");
    for (name, rows) in &scores {
        let rows = rows.as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
        let expected: Vec<f64> = rows.map(|score| score.as_f64().unwrap()).collect();
        let checkpoint = import_network(name).checkpoint;
        let pictures = pictures(name, &checkpoint.preprocessing);
        check_close(name, &in_float64(&checkpoint, &pictures), &expected);
        check_close(name, &on_the_cpu(&checkpoint, &pictures), &expected);
    }
}

/// Together the files hold every operation and every activation, so that none is read without a test.
#[test]
fn every_operation_is_in_a_file() {
    let mut found = BTreeSet::new();
    for name in all_scores().keys() {
        let architecture = import_network(name).checkpoint.architecture;
        let graph = architecture.graph();
        for node in graph.nodes() {
            found.insert(match &node.op {
                Op::Input(_) => "input",
                Op::Conv(conv) if conv.groups == conv.outputs && conv.groups > 1 => "depthwise convolution",
                Op::Conv(conv) if conv.groups > 1 => "grouped convolution",
                Op::Conv(conv) if conv.dilation != [1; 2] => "dilated convolution",
                Op::Conv(conv) if conv.padding[..2] != conv.padding[2..] => "convolution padded on one side",
                Op::Conv(_) => "convolution",
                Op::Dense(_) => "dense",
                Op::Add => "sum",
                Op::Multiply if graph.node(node.inputs[1]).shape != node.shape => "product with a vector",
                Op::Multiply => "product",
                Op::Concat => "concatenation",
                Op::MaxPool(pool) if pool.dilation != [1; 2] => "dilated max-pool",
                Op::MaxPool(pool) if pool.window.ceil => "max-pool rounded up",
                Op::MaxPool(_) => "max-pool",
                Op::AveragePool(pool) if pool.count_include_pad => "average with padding",
                Op::AveragePool(_) => "average",
                Op::GlobalAverage => "global average",
                Op::Lrn(_) => "local response normalisation",
                Op::Flatten => "flattening",
                Op::Activation(activation) => match activation {
                    Activation::Relu => "relu",
                    Activation::Clip { .. } => "clip",
                    Activation::Silu => "silu",
                    Activation::HardSwish => "hard swish",
                    Activation::HardSigmoid => "hard sigmoid",
                    Activation::LeakyRelu { .. } => "leaky relu",
                    Activation::Sigmoid => "sigmoid",
                },
            });
        }
    }
    assert_eq!(found.len(), 26, "{found:?}");
}

#[test]
fn names_are_those_of_the_file() {
    let sites = |name: &str| import_network(name).checkpoint.architecture.site_names();
    assert_eq!(sites("alex_dynamo.onnx")[..2], ["node_relu".to_string(), "node_relu_1".into()]);
    assert_eq!(sites("mobile_torchscript.onnx")[0], "HardSwish");
    assert_eq!(sites("computed.onnx")[0], "relu_1");
}

#[test]
fn what_was_left_out_is_said() {
    let check = |name: &str, words: &str| {
        let notes = import_network(name).notes;
        assert!(notes.iter().any(|note| note.contains(words)), "{name}: {notes:?}");
    };
    check("prepared_dynamo.onnx", "the file ends in a softmax");
    check("prepared_torchscript.onnx", "from the file itself (Sub node");
    check("residual_plain_dynamo.onnx", "6 batch normalisations are folded");
    check("residual_plain_dynamo.onnx", "follows no layer with weights of its own and became a layer");
    check("halves.onnx", "are float16 in the file");
}
