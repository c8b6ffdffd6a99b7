//! Reads and writes a [`Checkpoint`] as a `.bpk` file (burnpack: aligned tensors behind a small header, with
//! architecture, preprocessing and origin as metadata, and a mean image as one more tensor).
//!
//! Every byte is checked first, by the seal at the file's end (`weights/seal.rs`).
//! The container is checked by its own reader (sizes, offsets, recursion); what is checked here is that the file is
//! ours, that exactly the tensors of its architecture are inside, that none of their values is NaN or infinite, and that
//! the mean image is there where the metadata say so, and is the one whose hash they hold.

mod other;
mod seal;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;

use burn_pack::{Bytes, DType, Reader, Tensor, Writer};
use graph::{Graph, Op, Parameters, Weights};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use self::seal::Seal;
use crate::checkpoint::{Checkpoint, Mismatch};
use crate::{Architecture, MeanPicture, Origin, Preprocessing};

/// Version of the metadata below and of the seal; a reader refuses any other but the following.
const FORMAT: &str = "gainlab weights 3";
/// What files had before they were sealed. They are read, unchecked as they are.
const UNSEALED_FORMAT: &str = "gainlab weights 2";
/// What files had when every network was a VGG.
const FIRST_FORMAT: &str = "gainlab weights 1";

/// The tensor of the mean image, `[3, side, side]`. No node can have it: theirs end in `.weight` and `.bias`.
const MEAN_IMAGE: &str = "preprocessing.mean";
/// The entry of the metadata that holds its SHA-256, in files that have one.
const MEAN_IMAGE_SHA256: &str = "mean_image_sha256";

/// Why weights could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The container is missing, truncated or damaged.
    #[error("{path}: {source}")]
    Container {
        /// The file.
        path: String,
        /// What the container's reader or writer found.
        source: burn_pack::Error,
    },
    /// The file could not be read.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A bit is another than was written.
    #[error(
        "{path}: damaged: its bytes are not those that were written (the checksum at its end is missing or another); \
         copy it again, or convert the file that these weights came from again: `weights-import convert`"
    )]
    Damaged {
        /// The file.
        path: String,
    },
    /// There is no such file.
    #[error(
        "{path}: there is no such file; `weights-import fetch --list` shows networks that can be had, and `weights-import \
         convert` makes .bpk files of them and of your own"
    )]
    Absent {
        /// The file.
        path: String,
    },
    /// Weights, perhaps, but in another form.
    #[error("{path}: this is {kind}; make weights of this program of it: `weights-import convert {path} -o NAME.bpk`")]
    Other {
        /// The file.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// A burnpack file that this program did not write.
    #[error("{path}: not weights of this program ({reason}); make them with `weights-import convert`")]
    Foreign {
        /// The file.
        path: String,
        /// What is missing or different.
        reason: String,
    },
    /// A file of the first version of this program.
    #[error(
        "{path}: written by an earlier version of this program, in a form that is read no more; convert the file that \
         these weights came from again: `weights-import convert`"
    )]
    Earlier {
        /// The file.
        path: String,
    },
    /// The tensors do not fit the architecture that the file names.
    #[error("{path}: {source}")]
    Mismatch {
        /// The file.
        path: String,
        /// The first tensor that does not fit.
        source: Mismatch,
    },
}

/// Writes the weights. The file appears whole or not at all.
///
/// Takes the checkpoint by value, so that no second copy of 553 MB is needed.
///
/// # Errors
/// Weights that do not fit their architecture, or a file that cannot be written.
pub fn save(checkpoint: Checkpoint, path: &Path) -> Result<(), WeightsError> {
    checkpoint.validate().map_err(|source| WeightsError::Mismatch { path: display(path), source })?;
    write(writer(checkpoint, |_| {}), path)
}

/// Writes a container beside its place, seals it, and renames it.
fn write(writer: Writer, path: &Path) -> Result<(), WeightsError> {
    let io = |source| WeightsError::Io { path: display(path), source };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut scratch = scratch(folder).map_err(io)?;
    writer
        .auto_extension(false)
        .write_to_file_in_place(scratch.path())
        .map_err(|source| WeightsError::Container { path: display(path), source })?;
    seal::append(scratch.as_file_mut()).and_then(|()| scratch.as_file().sync_all()).map_err(io)?;
    scratch.persist(path).map_err(|error| io(error.error))?;
    Ok(())
}

/// A hidden file with the permissions of any new file.
fn scratch(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-weights-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// What a file of these weights holds, once its tensors are changed.
fn writer(checkpoint: Checkpoint, change: impl FnOnce(&mut Vec<Tensor>)) -> Writer {
    let [architecture, preprocessing, origin] =
        [json(&checkpoint.architecture), json(&checkpoint.preprocessing), json(&checkpoint.origin)];
    let mean = checkpoint.preprocessing.mean_picture.clone();
    let mut tensors = into_tensors(checkpoint);
    tensors.extend(mean.as_ref().map(mean_image));
    change(&mut tensors);
    let writer = Writer::new(tensors)
        .with_metadata("format", FORMAT)
        .with_metadata("architecture", &architecture)
        .with_metadata("preprocessing", &preprocessing)
        .with_metadata("origin", &origin);
    match mean {
        Some(mean) => writer.with_metadata(MEAN_IMAGE_SHA256, &mean.sha256()),
        None => writer,
    }
}

fn mean_image(picture: &MeanPicture) -> Tensor {
    let side = picture.side() as usize;
    tensor(MEAN_IMAGE.into(), vec![3, side, side], picture.values().to_vec())
}

/// Reads weights, once all bytes of the file are known to be those that were written.
///
/// # Errors
/// A file that is missing, damaged, not of this program, or whose tensors do not fit the architecture it names.
pub fn load(path: &Path) -> Result<Checkpoint, WeightsError> {
    let io = |source| WeightsError::Io { path: display(path), source };
    let mut file = File::open(path).map_err(|source| match source.kind() {
        ErrorKind::NotFound => WeightsError::Absent { path: display(path) },
        _ => io(source),
    })?;
    if let Some(kind) = other::kind(&mut file).map_err(io)? {
        return Err(WeightsError::Other { path: display(path), kind });
    }
    let seal = seal::check(&mut file).map_err(io)?;
    check_whole(seal, path)?;
    let reader = Reader::from_file_exact(path);
    read(reader.map_err(|source| WeightsError::Container { path: display(path), source })?, seal, path)
}

/// Whether damage to a file of weights would be noticed; files of earlier versions have no seal.
///
/// # Errors
/// A file that cannot be read.
pub fn is_sealed(path: &Path) -> Result<bool, WeightsError> {
    let there = File::open(path).and_then(|mut file| seal::is_there(&mut file));
    there.map_err(|source| WeightsError::Io { path: display(path), source })
}

/// Reads weights that the program carries with it; `name` stands for the file in errors.
///
/// # Errors
/// As [`load`].
pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Checkpoint, WeightsError> {
    let path = Path::new(name);
    let seal =
        seal::check(&mut Cursor::new(bytes)).map_err(|source| WeightsError::Io { path: display(path), source })?;
    check_whole(seal, path)?;
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec()));
    read(reader.map_err(|source| WeightsError::Container { path: display(path), source })?, seal, path)
}

fn check_whole(seal: Seal, path: &Path) -> Result<(), WeightsError> {
    if seal == Seal::Broken { Err(WeightsError::Damaged { path: display(path) }) } else { Ok(()) }
}

fn read(reader: Reader, seal: Seal, path: &Path) -> Result<Checkpoint, WeightsError> {
    let container = |source| WeightsError::Container { path: display(path), source };
    let foreign = |reason: String| WeightsError::Foreign { path: display(path), reason };
    match reader.metadata().get("format").map(String::as_str) {
        Some(FORMAT) if seal == Seal::Missing => return Err(WeightsError::Damaged { path: display(path) }),
        Some(FORMAT | UNSEALED_FORMAT) => {}
        Some(FIRST_FORMAT) => return Err(WeightsError::Earlier { path: display(path) }),
        _ => return Err(foreign(format!("its metadata lacks \"{FORMAT}\""))),
    }
    let architecture: Architecture = field(&reader, "architecture").map_err(foreign)?;
    let mut preprocessing: Preprocessing = field(&reader, "preprocessing").map_err(foreign)?;
    let origin: Origin = field(&reader, "origin").map_err(foreign)?;
    let mean_sha256 = reader.metadata().get(MEAN_IMAGE_SHA256).cloned();
    let mut tensors = by_name(reader.into_tensors().map_err(container)?).map_err(foreign)?;
    if let Some(sha256) = mean_sha256 {
        let picture = take_mean_image(&mut tensors, preprocessing.crop, &sha256).map_err(foreign)?;
        preprocessing.mean_picture = Some(picture);
    }
    let weights = from_tensors(architecture.graph(), tensors).map_err(foreign)?;
    let checkpoint = Checkpoint { architecture, preprocessing, origin, weights };
    checkpoint.validate().map_err(|source| WeightsError::Mismatch { path: display(path), source })?;
    Ok(checkpoint)
}

/// SHA-256 of a file, hexadecimal: how a manifest names the weights it used.
///
/// # Errors
/// A file that cannot be read.
pub fn file_sha256(path: &Path) -> Result<String, WeightsError> {
    let io = |source| WeightsError::Io { path: display(path), source };
    let mut hasher = Sha256::new();
    let mut file = std::fs::File::open(path).map_err(io)?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(io)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(hexadecimal(hasher))
}

/// SHA-256 of bytes in memory, hexadecimal.
pub fn bytes_sha256(bytes: &[u8]) -> String {
    hexadecimal(Sha256::new_with_prefix(bytes))
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Kernels as `<node>.weight` in the shape of the graph (a dense matrix as `[outputs, inputs]`), biases as `<node>.bias`.
fn into_tensors(checkpoint: Checkpoint) -> Vec<Tensor> {
    let graph = checkpoint.architecture.graph();
    let mut tensors = Vec::new();
    for (id, parameters) in graph.ids().zip(checkpoint.weights.into_parts()) {
        let (Some(parameters), Some(shape)) = (parameters, graph.kernel_shape(id)) else { continue };
        let node = graph.node(id);
        let shape = if matches!(node.op, Op::Dense(_)) { shape[..2].to_vec() } else { shape.to_vec() };
        let outputs = shape[0];
        tensors.push(tensor(format!("{}.weight", node.name), shape, parameters.kernel));
        tensors.extend(parameters.bias.map(|bias| tensor(format!("{}.bias", node.name), vec![outputs], bias)));
    }
    tensors
}

fn tensor(name: String, shape: Vec<usize>, values: Vec<f32>) -> Tensor {
    Tensor::new(name, DType::F32, shape, None, Bytes::from_elems(values))
}

fn by_name(tensors: Vec<Tensor>) -> Result<HashMap<String, Tensor>, String> {
    let mut by_name = HashMap::new();
    for tensor in tensors {
        if let Some(twice) = by_name.insert(tensor.name.clone(), tensor) {
            return Err(format!("tensor {} stands in it twice", twice.name));
        }
    }
    Ok(by_name)
}

fn take_mean_image(tensors: &mut HashMap<String, Tensor>, side: u32, sha256: &str) -> Result<MeanPicture, String> {
    let values = take(tensors, MEAN_IMAGE, &[3, side as usize, side as usize])?;
    let picture = MeanPicture::new(side, values).map_err(|error| error.to_string())?;
    match picture.sha256() == sha256 {
        true => Ok(picture),
        false => Err(format!("tensor {MEAN_IMAGE} is not the mean image that was written (sha256 {sha256})")),
    }
}

/// The weights of a graph; every tensor is used once.
fn from_tensors(graph: &Graph, mut by_name: HashMap<String, Tensor>) -> Result<Weights, String> {
    let mut named = Vec::new();
    for id in graph.ids() {
        let Some(shape) = graph.kernel_shape(id) else { continue };
        let node = graph.node(id);
        let expected = if matches!(node.op, Op::Dense(_)) { &shape[..2] } else { &shape[..] };
        let kernel = take(&mut by_name, &format!("{}.weight", node.name), expected)?;
        let bias = match node.op.has_bias() {
            true => Some(take(&mut by_name, &format!("{}.bias", node.name), &shape[..1])?),
            false => None,
        };
        named.push((node.name.clone(), Parameters { kernel, bias }));
    }
    if let Some(name) = by_name.keys().min() {
        return Err(format!("tensor {name} belongs to no node of its network"));
    }
    Weights::new(graph, named).map_err(|error| error.to_string())
}

fn take(tensors: &mut HashMap<String, Tensor>, name: &str, expected: &[usize]) -> Result<Vec<f32>, String> {
    let tensor = tensors.remove(name).ok_or_else(|| format!("tensor {name} is missing"))?;
    let (_, dtype, shape, _, bytes) = tensor.into_parts().map_err(|error| format!("tensor {name}: {error}"))?;
    if dtype != DType::F32 {
        return Err(format!("tensor {name} holds {dtype:?} instead of F32"));
    }
    if shape.to_vec() != expected {
        return Err(format!("tensor {name} has the shape {:?} instead of {expected:?}", shape.to_vec()));
    }
    Ok(bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("metadata are plain strings, numbers and lists")
}

fn field<T: DeserializeOwned>(reader: &Reader, name: &str) -> Result<T, String> {
    let text = reader.metadata().get(name).ok_or_else(|| format!("its metadata lack {name}"))?;
    serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))
}

fn display(path: &Path) -> String {
    path.display().to_string()
}
