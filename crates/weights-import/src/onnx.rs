//! Reads an ONNX file: its graph as the protobuf has it, its constants as windows into memory maps.

mod external;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use onnx_ir::{GraphProto, Message, ModelProto, NodeProto, TensorProto};

use crate::error::Flaw;
use crate::onnx::external::ExternalFiles;
use crate::source_file;
use crate::tensor::{Element, SourceTensor};

/// The first operator set whose `Gemm`, `Dropout` and `Reshape` mean what they mean today.
const OLDEST_OPSET: i64 = 7;
/// `TensorProto.DataLocation.EXTERNAL`.
const EXTERNAL: i32 = 1;

/// A constant of the graph: an initializer or the output of a `Constant` node.
#[derive(Clone, Debug)]
pub(crate) enum Constant {
    /// Floats of up to 32 bits: weights.
    Floats(SourceTensor),
    /// Integers and booleans: shapes, axes, flags.
    Integers(Integers),
    /// Any other element type, by name; an error only where a layer reads it.
    Other(String),
}

/// Constant integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Integers {
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// The values in C order.
    pub values: Vec<i64>,
}

/// An ONNX file.
pub(crate) struct OnnxModel {
    /// Nodes, inputs and outputs.
    pub graph: GraphProto,
    /// Initializers and outputs of `Constant` nodes, by name.
    pub constants: HashMap<String, Constant>,
    /// Files beside the model that hold tensors, in order of name.
    pub data_files: Vec<PathBuf>,
}

/// Reads the file.
///
/// # Errors
/// A file that is no ONNX model, or external data that lead out of its folder or beyond the end of a file.
pub(crate) fn read(path: &Path) -> Result<OnnxModel, Flaw> {
    let mut graph = read_graph(&source_file::map(path)?)?;
    let mut files = ExternalFiles::beside(path);
    let mut constants = HashMap::new();
    // Branches of an `If` have constants of their own; their names differ from all others in the file.
    let mut graphs = vec![&mut graph];
    while let Some(graph) = graphs.pop() {
        if let Some(sparse) = graph.sparse_initializer.first() {
            let count = graph.sparse_initializer.len();
            let found = format!("{count} sparse tensors, the first of {:?} values", sparse.dims);
            return Err(Flaw::deviation("initializers", "dense tensors", found));
        }
        for tensor in std::mem::take(&mut graph.initializer) {
            let name = tensor.name.clone();
            let value = constant(&name, tensor, &mut files)?;
            give(&mut constants, name, value)?;
        }
        for node in &mut graph.node {
            if node.op_type == "Constant" {
                let name = node.output.first().cloned().unwrap_or_default();
                let value = constant_node(&name, node, &mut files)?;
                give(&mut constants, name, value)?;
            }
            graphs.extend(node.attribute.iter_mut().filter_map(|attribute| attribute.g.as_mut()));
        }
    }
    Ok(OnnxModel { graph, constants, data_files: files.into_paths() })
}

fn give(constants: &mut HashMap<String, Constant>, name: String, value: Constant) -> Result<(), Flaw> {
    match constants.entry(name) {
        Entry::Vacant(place) => {
            place.insert(value);
            Ok(())
        }
        Entry::Occupied(place) => {
            Err(Flaw::deviation("initializers", "one of each name", format!("\"{}\" twice", place.key())))
        }
    }
}

/// A tensor of a `.pb` file, such as `test_data_set_0/input_0.pb` of the ONNX model zoo.
///
/// # Errors
/// A file that is no float32 `TensorProto`.
pub(crate) fn read_tensor(path: &Path) -> Result<SourceTensor, Flaw> {
    let tensor = TensorProto::parse_from_tokio_bytes(&source_file::map(path)?)
        .map_err(|error| Flaw::Damaged { format: "TensorProto", reason: error.to_string() })?;
    let name = tensor.name.clone();
    match constant(&name, tensor, &mut ExternalFiles::beside(path))? {
        Constant::Floats(tensor) => Ok(tensor),
        Constant::Integers(_) => Err(Flaw::ElementType { tensor: name, found: "integers".into() }),
        Constant::Other(found) => Err(Flaw::ElementType { tensor: name, found }),
    }
}

fn read_graph(bytes: &Bytes) -> Result<GraphProto, Flaw> {
    let damaged = |reason: String| Flaw::Damaged { format: "ONNX", reason };
    let model = ModelProto::parse_from_tokio_bytes(bytes).map_err(|error| damaged(error.to_string()))?;
    let opset = model.opset_import.iter().find(|set| is_standard(&set.domain)).map(|set| set.version);
    let graph = model.graph.into_option().ok_or_else(|| damaged("it has no graph".into()))?;
    match opset {
        Some(opset) if opset >= OLDEST_OPSET => Ok(graph),
        Some(opset) => Err(Flaw::deviation("operator set", format!("{OLDEST_OPSET} or later"), opset.to_string())),
        None => Err(damaged("it names no operator set".into())),
    }
}

/// Whether a domain is that of the standard operators.
pub(crate) fn is_standard(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

fn constant_node(name: &str, node: &mut NodeProto, files: &mut ExternalFiles) -> Result<Constant, Flaw> {
    for attribute in &mut node.attribute {
        match attribute.name.as_str() {
            "value" => return constant(name, std::mem::take(&mut attribute.t).unwrap_or_default(), files),
            "value_int" => return integers(name, vec![], vec![attribute.i]),
            "value_ints" => return integers(name, vec![attribute.ints.len()], std::mem::take(&mut attribute.ints)),
            "value_float" => return floats(name, vec![], &[attribute.f]),
            "value_floats" => return floats(name, vec![attribute.floats.len()], &attribute.floats),
            _ => {}
        }
    }
    Ok(Constant::Other("neither a tensor nor numbers".into()))
}

fn floats(name: &str, shape: Vec<usize>, values: &[f32]) -> Result<Constant, Flaw> {
    SourceTensor::from_floats(name, shape, values).map(Constant::Floats)
}

fn integers(name: &str, shape: Vec<usize>, values: Vec<i64>) -> Result<Constant, Flaw> {
    let count = shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
    if count == Some(values.len()) {
        return Ok(Constant::Integers(Integers { shape, values }));
    }
    Err(Flaw::data(name, format!("shape {shape:?} does not fit {} integers", values.len())))
}

fn constant(name: &str, mut tensor: TensorProto, files: &mut ExternalFiles) -> Result<Constant, Flaw> {
    let shape = shape(name, &tensor)?;
    let raw = if tensor.data_location.value() == EXTERNAL {
        let length =
            element_size(tensor.data_type).and_then(|size| shape.iter().try_fold(size, |a, &b| a.checked_mul(b)));
        files.window(name, &tensor, length)?
    } else {
        std::mem::take(&mut tensor.raw_data)
    };
    if let Some(element) = float(tensor.data_type) {
        let bytes = if raw.is_empty() { unpacked(&tensor, element) } else { raw };
        return SourceTensor::from_bytes(name, shape, element, bytes).map(Constant::Floats);
    }
    let values: Vec<i64> = match tensor.data_type {
        7 if raw.is_empty() => tensor.int64_data,
        7 => raw.as_chunks::<8>().0.iter().map(|&value| i64::from_le_bytes(value)).collect(),
        6 if !raw.is_empty() => raw.as_chunks::<4>().0.iter().map(|&value| i32::from_le_bytes(value).into()).collect(),
        9 if !raw.is_empty() => raw.iter().map(|&value| value.into()).collect(),
        6 | 9 => tensor.int32_data.into_iter().map(i64::from).collect(),
        other => return Ok(Constant::Other(element_name(other))),
    };
    integers(name, shape, values)
}

/// The float types that are read, of `TensorProto.DataType`.
fn float(data_type: i32) -> Option<Element> {
    match data_type {
        1 => Some(Element::Float32),
        10 => Some(Element::Float16),
        16 => Some(Element::Bfloat16),
        _ => None,
    }
}

/// Values that stand one by one in the message: float32 as they are, the shorter ones as bits in 32-bit integers.
fn unpacked(tensor: &TensorProto, element: Element) -> Bytes {
    match element {
        Element::Float32 => tensor.float_data.iter().flat_map(|value| value.to_le_bytes()).collect(),
        _ => tensor.int32_data.iter().flat_map(|bits| (*bits as u16).to_le_bytes()).collect(),
    }
}

fn shape(name: &str, tensor: &TensorProto) -> Result<Vec<usize>, Flaw> {
    let extents = tensor.dims.iter().map(|&extent| usize::try_from(extent));
    extents.collect::<Result<_, _>>().map_err(|_| Flaw::data(name, format!("impossible shape {:?}", tensor.dims)))
}

/// Bytes per element, for the types that can be read.
fn element_size(data_type: i32) -> Option<usize> {
    match data_type {
        6 => Some(4),
        7 => Some(8),
        9 => Some(1),
        other => float(other).map(Element::size),
    }
}

/// Names of `TensorProto.DataType`.
fn element_name(data_type: i32) -> String {
    const NAMES: [&str; 17] = [
        "undefined",
        "float32",
        "uint8",
        "int8",
        "uint16",
        "int16",
        "int32",
        "int64",
        "string",
        "bool",
        "float16",
        "float64",
        "uint32",
        "uint64",
        "complex64",
        "complex128",
        "bfloat16",
    ];
    let name = usize::try_from(data_type).ok().and_then(|index| NAMES.get(index));
    name.map_or_else(|| format!("element type {data_type}"), ToString::to_string)
}
