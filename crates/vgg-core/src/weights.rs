//! Reads and writes a [`Checkpoint`] as a `.bpk` file (burnpack: aligned tensors behind a small header, with
//! architecture, preprocessing and origin as metadata).
//!
//! The container is checked by its own reader (sizes, offsets, recursion); what is checked here is that the file is
//! ours, that exactly the tensors of its architecture are inside, and that none of their values is NaN or infinite.

use std::io::Read;
use std::path::Path;

use burn_pack::{Bytes, DType, Reader, Tensor, Writer};
use ndarray::{Array, Dimension};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::checkpoint::{Checkpoint, ConvWeights, DenseWeights, Mismatch};
use crate::{Architecture, Origin, Preprocessing};

/// Version of the metadata below; a reader refuses any other.
const FORMAT: &str = "gainlab weights 1";

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
    /// A burnpack file that this program did not write.
    #[error("{path}: not weights of this program ({reason}); make them with `weights-import convert`")]
    Foreign {
        /// The file.
        path: String,
        /// What is missing or different.
        reason: String,
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
    let architecture = json(&checkpoint.architecture);
    let preprocessing = json(&checkpoint.preprocessing);
    let origin = json(&checkpoint.origin);
    Writer::new(into_tensors(checkpoint))
        .with_metadata("format", FORMAT)
        .with_metadata("architecture", &architecture)
        .with_metadata("preprocessing", &preprocessing)
        .with_metadata("origin", &origin)
        .auto_extension(false)
        .write_to_file(path)
        .map_err(|source| WeightsError::Container { path: display(path), source })
}

/// Reads weights.
///
/// # Errors
/// A file that is missing, damaged, not of this program, or whose tensors do not fit the architecture it names.
pub fn load(path: &Path) -> Result<Checkpoint, WeightsError> {
    let reader = Reader::from_file_exact(path);
    read(reader.map_err(|source| WeightsError::Container { path: display(path), source })?, path)
}

/// Reads weights that the program carries with it; `name` stands for the file in errors.
///
/// # Errors
/// As [`load`].
pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Checkpoint, WeightsError> {
    let path = Path::new(name);
    let reader = Reader::from_bytes(Bytes::from_bytes_vec(bytes.to_vec()));
    read(reader.map_err(|source| WeightsError::Container { path: display(path), source })?, path)
}

fn read(reader: Reader, path: &Path) -> Result<Checkpoint, WeightsError> {
    let container = |source| WeightsError::Container { path: display(path), source };
    let foreign = |reason: String| WeightsError::Foreign { path: display(path), reason };
    if reader.metadata().get("format").map(String::as_str) != Some(FORMAT) {
        return Err(foreign(format!("its metadata lacks \"{FORMAT}\"")));
    }
    let architecture: Architecture = field(&reader, "architecture").map_err(foreign)?;
    let preprocessing: Preprocessing = field(&reader, "preprocessing").map_err(foreign)?;
    let origin: Origin = field(&reader, "origin").map_err(foreign)?;
    let mut tensors = reader.into_tensors().map_err(container)?;
    let expected = 2 * (architecture.layers().len() + architecture.dense_layers().len());
    if tensors.len() != expected {
        return Err(foreign(format!("{} tensors instead of {expected}", tensors.len())));
    }
    let (mut convolutions, mut dense) = (Vec::new(), Vec::new());
    for layer in architecture.layers() {
        let kernel = take(&mut tensors, &format!("{}.weight", layer.name)).map_err(foreign)?;
        let bias = take(&mut tensors, &format!("{}.bias", layer.name)).map_err(foreign)?;
        convolutions.push(ConvWeights { kernel, bias });
    }
    for layer in architecture.dense_layers() {
        let matrix = take(&mut tensors, &format!("{}.weight", layer.name)).map_err(foreign)?;
        let bias = take(&mut tensors, &format!("{}.bias", layer.name)).map_err(foreign)?;
        dense.push(DenseWeights { matrix, bias });
    }
    let checkpoint = Checkpoint { architecture, preprocessing, origin, convolutions, dense };
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

fn into_tensors(checkpoint: Checkpoint) -> Vec<Tensor> {
    let mut tensors = Vec::new();
    for (layer, weights) in checkpoint.architecture.layers().into_iter().zip(checkpoint.convolutions) {
        tensors.push(tensor(format!("{}.weight", layer.name), weights.kernel));
        tensors.push(tensor(format!("{}.bias", layer.name), weights.bias));
    }
    for (layer, weights) in checkpoint.architecture.dense_layers().into_iter().zip(checkpoint.dense) {
        tensors.push(tensor(format!("{}.weight", layer.name), weights.matrix));
        tensors.push(tensor(format!("{}.bias", layer.name), weights.bias));
    }
    tensors
}

fn tensor<D: Dimension>(name: String, array: Array<f32, D>) -> Tensor {
    let shape = array.shape().to_vec();
    let values =
        if array.is_standard_layout() { array.into_raw_vec_and_offset().0 } else { array.iter().copied().collect() };
    Tensor::new(name, DType::F32, shape, None, Bytes::from_elems(values))
}

fn take<D: Dimension>(tensors: &mut Vec<Tensor>, name: &str) -> Result<Array<f32, D>, String> {
    let position = tensors.iter().position(|tensor| tensor.name == name);
    let position = position.ok_or_else(|| format!("tensor {name} is missing"))?;
    let (_, dtype, shape, _, bytes) =
        tensors.swap_remove(position).into_parts().map_err(|error| format!("tensor {name}: {error}"))?;
    if dtype != DType::F32 {
        return Err(format!("tensor {name} holds {dtype:?} instead of F32"));
    }
    let values = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    Array::from_shape_vec(shape.to_vec(), values)
        .and_then(|array| array.into_dimensionality())
        .map_err(|error| format!("tensor {name}: {error}"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random;

    fn saved(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("tiny.bpk");
        save(random::he_initialised(&Architecture::tiny(), 1), &path).expect("a writable folder");
        path
    }

    fn check_refused(path: &Path, message: &str) {
        let error = load(path).expect_err("a bad file").to_string();
        assert!(error.contains(message) && error.contains("tiny.bpk"), "{error}");
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = saved(folder.path());
        let (loaded, original) = (load(&path).expect("just saved"), random::he_initialised(&Architecture::tiny(), 1));
        assert_eq!(loaded.architecture, original.architecture);
        assert_eq!(loaded.preprocessing, original.preprocessing);
        assert_eq!(loaded.convolutions, original.convolutions);
        assert_eq!(loaded.dense, original.dense);
    }

    #[test]
    fn a_truncated_file_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = saved(folder.path());
        let bytes = std::fs::read(&path).expect("just saved");
        std::fs::write(&path, &bytes[..bytes.len() / 2]).expect("a writable folder");
        check_refused(&path, "truncated");
    }

    #[test]
    fn another_file_is_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("tiny.bpk");
        std::fs::write(&path, "these are not weights").expect("a writable folder");
        check_refused(&path, "magic");
        Writer::new(vec![]).write_to_file(&path).expect("a writable folder");
        check_refused(&path, "weights-import convert");
    }

    /// Writes a file whose preprocessing another program has changed; the tensors fit.
    fn check_preprocessing(change: impl FnOnce(&mut Preprocessing), message: &str) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("tiny.bpk");
        let mut checkpoint = random::he_initialised(&Architecture::tiny(), 1);
        change(&mut checkpoint.preprocessing);
        let preprocessing = json(&checkpoint.preprocessing);
        let (architecture, origin) = (json(&checkpoint.architecture), json(&checkpoint.origin));
        Writer::new(into_tensors(checkpoint))
            .with_metadata("format", FORMAT)
            .with_metadata("architecture", &architecture)
            .with_metadata("preprocessing", &preprocessing)
            .with_metadata("origin", &origin)
            .write_to_file(&path)
            .expect("a writable folder");
        check_refused(&path, message);
    }

    #[test]
    fn a_preprocessing_that_the_network_cannot_take_is_refused() {
        let side = Architecture::tiny().input_side as u32;
        let cut = |crop: u32| move |prepared: &mut Preprocessing| (prepared.crop, prepared.shorter_side) = (crop, crop);
        let message = |crop: u32| {
            format!(
                "preprocessing: expected a crop of {side}×{side} pixels, which is what the network takes, found a crop \
                 of {crop}×{crop}"
            )
        };
        check_preprocessing(cut(side + 3), &message(side + 3));
        check_preprocessing(cut(side - 1), &message(side - 1));
        check_preprocessing(
            move |prepared| prepared.shorter_side = side - 1,
            &format!("a crop of {side} from a shorter side of {} pixels", side - 1),
        );
        check_preprocessing(|prepared| prepared.sd[1] = 0.0, "the standard deviations");
    }

    #[test]
    fn nan_is_refused_before_it_is_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("tiny.bpk");
        let mut checkpoint = random::he_initialised(&Architecture::tiny(), 1);
        checkpoint.dense[1].bias[3] = f32::NAN;
        let error = save(checkpoint, &path).expect_err("NaN").to_string();
        assert!(error.contains("fc7") && error.contains("NaN"), "{error}");
        assert!(!path.exists());
    }
}
