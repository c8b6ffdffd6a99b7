//! Good ONNX files with one thing changed.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use onnx_ir::{GraphProto, Message, ModelProto, NodeProto, TensorProto};
use weights_import::{ImportError, Imported, PreprocessingChoice, import};

use crate::support::{check_message, fixture, told};

/// Changes the graph of a fixture and checks what is said about it.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn check_graph(change: impl FnOnce(&mut GraphProto), parts: &[&str]) {
    check_changed(fixture("torchscript.onnx"), |model| change(model.graph.as_mut().unwrap()), parts);
}

/// Changes a file and checks what is said about it.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn check_changed(good: PathBuf, change: impl FnOnce(&mut ModelProto), parts: &[&str]) {
    write_changed(good, change, |path| check_message(path, parts));
}

/// Changes a file and reads it.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn import_changed(good: PathBuf, change: impl FnOnce(&mut ModelProto)) -> Result<Imported, ImportError> {
    write_changed(good, change, |path| import(path, &told(PreprocessingChoice::Torchvision)))
}

/// Changes a file and gives it to a reader.
pub fn write_changed<T>(
    good: PathBuf,
    change: impl FnOnce(&mut ModelProto),
    read: impl FnOnce(&std::path::Path) -> T,
) -> T {
    let folder = tempfile::tempdir().unwrap();
    let mut model = ModelProto::parse_from_bytes(&std::fs::read(good).unwrap()).unwrap();
    change(&mut model);
    let path = folder.path().join("changed.onnx");
    std::fs::write(&path, model.write_to_bytes().unwrap()).unwrap();
    read(&path)
}

/// The place of a node among all nodes, by its place among those of its operator.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn nth(graph: &mut GraphProto, operator: &str, index: usize) -> usize {
    let mut places = graph.node.iter().enumerate().filter(|(_, node)| node.op_type == operator);
    places.nth(index).map(|(place, _)| place).unwrap()
}

/// A node, by its place among those of its operator.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn node<'a>(graph: &'a mut GraphProto, operator: &str, index: usize) -> &'a mut NodeProto {
    let place = nth(graph, operator, index);
    &mut graph.node[place]
}

/// A node without attributes.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn new_node(operator: &str, name: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        name: name.into(),
        input: inputs.iter().map(|&input| input.into()).collect(),
        output: vec![output.into()],
        ..Default::default()
    }
}

/// Changes an attribute that a node has.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn set_ints(node: &mut NodeProto, name: &str, values: &[i64]) {
    node.attribute.iter_mut().find(|attribute| attribute.name == name).unwrap().ints = values.to_vec();
}

/// An initializer.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn tensor<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut TensorProto {
    graph.initializer.iter_mut().find(|tensor| tensor.name == name).unwrap()
}

/// Takes a node out of the chain.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn bridge(graph: &mut GraphProto, place: usize) {
    let removed = graph.node.remove(place);
    for node in &mut graph.node {
        for input in node.input.iter_mut().filter(|input| **input == removed.output[0]) {
            input.clone_from(&removed.input[0]);
        }
    }
}

/// The bytes of integers.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn int64(values: &[i64]) -> bytes::Bytes {
    values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>().into()
}
