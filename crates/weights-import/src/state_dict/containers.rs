//! The containers in which state dicts are kept.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use bytes::Bytes;
use ndarray::ArrayD;
use ndarray_npy::{NpzReader, ReadNpyError, ReadNpzError};
use pytorch_reader::{PickleError, PytorchError, PytorchReader};
use safetensors::{Dtype, SafeTensors};

use crate::error::Flaw;
use crate::source_file;
use crate::state_dict::{StateDict, Told, assemble};
use crate::tensor::{Element, SourceTensor, Stored};

/// Reads a `.pth` or `.pt` file; `name` is what people call it.
///
/// # Errors
/// A file that is no PyTorch file, or whose tensors are not those of one network.
pub(crate) fn read_pytorch(path: &Path, name: &str, told: Told<'_>) -> Result<StateDict, Flaw> {
    if is_torchscript(path)? {
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        return Err(Flaw::TorchScript { file: name.into(), stem });
    }
    let reader = PytorchReader::new(path).map_err(|error| match error {
        PytorchError::Io(error) if error.kind() == ErrorKind::NotFound => Flaw::Io(error),
        PytorchError::Pickle(PickleError::UnsupportedType(kind)) if is_quantised(&kind) => {
            Flaw::Quantised { at: format!("a tensor of {kind}") }
        }
        PytorchError::Pickle(PickleError::UnsupportedType(kind)) => Flaw::PythonObject { kind },
        error => damaged("PyTorch", &error),
    })?;
    let tensors = reader.into_tensors().into_iter();
    assemble(tensors.map(|(name, tensor)| (name, Stored::from_pytorch(tensor))).collect(), told)
}

/// Reads a `.safetensors` file.
///
/// # Errors
/// A file that is no safetensors file, or whose tensors are not those of one network.
pub(crate) fn read_safetensors(path: &Path, told: Told<'_>) -> Result<StateDict, Flaw> {
    let bytes = source_file::map(path)?;
    let file = SafeTensors::deserialize(&bytes).map_err(|error| damaged("safetensors", &error))?;
    let mut tensors = Vec::new();
    for (name, tensor) in file.tensors() {
        let element = match tensor.dtype() {
            Dtype::F32 => Some(Element::Float32),
            Dtype::F16 => Some(Element::Float16),
            Dtype::BF16 => Some(Element::Bfloat16),
            _ => None,
        };
        let shape = tensor.shape().to_vec();
        let stored = match element {
            Some(element) => {
                Stored::Floats(SourceTensor::from_bytes(&name, shape, element, bytes.slice_ref(tensor.data()))?)
            }
            None => Stored::Other { element: format!("{:?}", tensor.dtype()), count: shape.iter().product() },
        };
        tensors.push((name, stored));
    }
    assemble(tensors, told)
}

/// Reads an `.npz` archive with one float32 array per tensor.
///
/// # Errors
/// A file that is no archive of arrays, or whose arrays are not those of one network.
pub(crate) fn read_npz(path: &Path, told: Told<'_>) -> Result<StateDict, Flaw> {
    let mut archive = NpzReader::new(File::open(path)?).map_err(|error| damaged("npz", &error))?;
    let names = archive.names().map_err(|error| damaged("npz", &error))?;
    let mut tensors = Vec::new();
    for name in names {
        let stored = match archive.by_name::<ndarray::OwnedRepr<f32>, ndarray::IxDyn>(&name) {
            Ok(array) => Stored::Floats(from_array(&name, array)?),
            Err(ReadNpzError::Npy(ReadNpyError::WrongDescriptor(kind))) => {
                Stored::Other { element: format!("NumPy's {kind}"), count: usize::MAX }
            }
            Err(error) => return Err(damaged("npz", &error)),
        };
        tensors.push((name, stored));
    }
    assemble(tensors, told)
}

/// The order of the axes in memory is of no meaning: NumPy's Fortran order is turned into rows.
fn from_array(name: &str, array: ArrayD<f32>) -> Result<SourceTensor, Flaw> {
    let bytes: Bytes = array.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into();
    SourceTensor::from_bytes(name, array.shape().to_vec(), Element::Float32, bytes)
}

/// Whether a file is an archive with code, as `torch.jit.save` writes it.
fn is_torchscript(path: &Path) -> Result<bool, Flaw> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    if start != b"PK\x03\x04" {
        return Ok(false);
    }
    let names = NpzReader::new(File::open(path)?).and_then(|mut archive| archive.names()).unwrap_or_default();
    Ok(names.iter().any(|name| name.ends_with("/constants.pkl")) && names.iter().any(|name| name.contains("/code/")))
}

/// Whether a Python type is one of PyTorch's tensors of few bits.
fn is_quantised(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    ["qtensor", "quint", "qint", "quantized"].iter().any(|part| kind.contains(part))
}

fn damaged(format: &'static str, error: &dyn std::error::Error) -> Flaw {
    Flaw::Damaged { format, reason: error.to_string() }
}
