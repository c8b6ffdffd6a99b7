//! From a file of any kind to a checkpoint.

use std::path::{Path, PathBuf};
use std::thread;

use vgg_core::{Architecture, Checkpoint, Origin};

use crate::catalog;
use crate::error::{Flaw, ImportError};
use crate::graph::{self, Proof};
use crate::hash;
use crate::naming::{self, Naming};
use crate::onnx;
use crate::parts::NetworkParts;
use crate::preprocessing::{self, Evidence, PreprocessingChoice};
use crate::state_dict::{self, StateDict, Told};

/// What a file cannot tell.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// How pictures are prepared for these weights.
    pub preprocessing: PreprocessingChoice,
    /// Side of the input in pixels. Needed for files without dense layers that do not tell and whose widths are not
    /// VGG-16's; other files must agree with it if they have dense layers.
    pub input_side: Option<usize>,
    /// Where a file without a graph holds several networks: what the names of the tensors of one begin with, such as
    /// `state_dict_ema`.
    pub part: Option<String>,
    /// Names of the classes, in the order of the scores.
    pub classes: Option<Vec<String>>,
}

/// An imported file.
#[derive(Debug)]
pub struct Imported {
    /// The weights.
    pub checkpoint: Checkpoint,
    /// What was decided and what a user should know, one sentence each.
    pub notes: Vec<String>,
}

/// A file whose network is proven, before any weight was read.
struct Source {
    format: &'static str,
    architecture: Architecture,
    parts: NetworkParts,
    naming: Option<Naming>,
    /// What the file itself tells about the preprocessing.
    evidence: Option<Evidence>,
    /// The file and what lies beside it, in the order in which they are hashed.
    files: Vec<PathBuf>,
    notes: Vec<String>,
}

/// Reads a file, proves that it is a VGG-16 and maps its tensors into the layers.
///
/// # Errors
/// [`ImportError`] names the file and the first thing that is wrong with it.
pub fn import(path: &Path, options: &ImportOptions) -> Result<Imported, ImportError> {
    read(path, options).map_err(|flaw| flaw.of(path))
}

/// The class names of a text file: one per line, in the order of the scores.
///
/// # Errors
/// An empty line between names.
pub fn read_classes(path: &Path) -> Result<Vec<String>, ImportError> {
    let text = std::fs::read_to_string(path).map_err(|error| Flaw::Io(error).of(path))?;
    let names: Vec<_> = text.trim_end().lines().map(|line| line.trim().to_string()).collect();
    match names.iter().position(String::is_empty) {
        None => Ok(names),
        Some(line) => Err(Flaw::Classes(format!("line {} is empty; expected one name per line", line + 1)).of(path)),
    }
}

fn read(path: &Path, options: &ImportOptions) -> Result<Imported, Flaw> {
    let source = open(path, options)?;
    let Source { format, architecture, parts, naming, evidence, files, mut notes } = source;
    let (mut evidence, mut known_hash) = (evidence, None);
    if evidence.is_none() && options.preprocessing == PreprocessingChoice::Auto {
        (evidence, known_hash) = catalog::recognise(&files)?.map_or((None, None), |(known, hash)| (known, Some(hash)));
    }
    let (preprocessing, why) =
        preprocessing::decide(options.preprocessing, evidence.as_ref(), naming, architecture.input_side)?;
    notes.push(why);
    if let Some(short) = parts.short_element() {
        notes.push(format!("the weights are {} in the file; widened to float32, which changes no value", short.name()));
    }
    let classes = options.classes.clone().unwrap_or_default();
    check_classes(&classes, architecture.classes)?;
    if architecture.classes == 0 {
        notes.push("no dense layers in this file: recognition heads will read the pooled conv5_3".into());
        if parts.input_side.is_none() {
            let side = architecture.input_side;
            notes.push(format!(
                "the file does not tell the size of the pictures: {side}×{side} as in VGG-16 (--input-side)"
            ));
        }
    }
    // Hashing and reordering read the same pages at the same time, so the file is read from the disk once.
    let (sha256, weights) = thread::scope(|scope| {
        let hash = scope.spawn(|| known_hash.map_or_else(|| hash::sha256(&files), Ok));
        let weights = parts.into_weights(&architecture);
        (hash.join(), weights)
    });
    let sha256 = sha256.map_err(|_| Flaw::Io(std::io::Error::other("the hash was not computed")))??;
    let (convolutions, dense) = weights?;
    // torchvision and others initialise biases to zero, and no training leaves all of them there.
    let biases = convolutions.iter().map(|layer| &layer.bias).chain(dense.iter().map(|layer| &layer.bias));
    if biases.flatten().all(|&bias| bias == 0.0) {
        notes.push("every bias is exactly 0, as before any training: these weights are probably random".into());
    }
    let source = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let origin = Origin { format: format.into(), source, sha256, classes };
    let checkpoint = Checkpoint { architecture, preprocessing, origin, convolutions, dense };
    checkpoint.validate()?;
    Ok(Imported { checkpoint, notes })
}

fn open(path: &Path, options: &ImportOptions) -> Result<Source, Flaw> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let told = Told { input_side: options.input_side, part: options.part.as_deref() };
    match ending.as_str() {
        "onnx" if options.part.is_some() => {
            Err(Flaw::deviation("--part", "a file of tensors without a graph", "an ONNX model, which is one network"))
        }
        "onnx" => open_onnx(path, options.input_side),
        // Training scripts write .ckpt, and .tar behind .pth.
        "pth" | "pt" | "bin" | "ckpt" | "tar" => {
            open_state_dict("pytorch", path, state_dict::read_pytorch(path, told)?)
        }
        "safetensors" => open_state_dict("safetensors", path, state_dict::read_safetensors(path, told)?),
        "npz" => open_state_dict("npz", path, state_dict::read_npz(path, told)?),
        "h5" | "keras" => {
            Err(Flaw::UnknownFormat { hint: ". Save Keras weights as safetensors or export the model to ONNX" })
        }
        "npy" => Err(Flaw::UnknownFormat { hint: ". Save the arrays by their names with numpy.savez" }),
        "data" => {
            Err(Flaw::UnknownFormat { hint: ". This is the data of an ONNX model; name the .onnx file beside it" })
        }
        _ => Err(Flaw::UnknownFormat { hint: "" }),
    }
}

fn open_onnx(path: &Path, input_side: Option<usize>) -> Result<Source, Flaw> {
    let model = onnx::read(path)?;
    let Proof { parts, architecture, evidence, notes } = graph::prove(&model, input_side)?;
    let ends = parts.convolutions.first().zip(parts.convolutions.last());
    let naming = ends.and_then(|(first, last)| naming::recognise(&first.kernel.name, &last.kernel.name));
    let files = std::iter::once(path.to_path_buf()).chain(model.data_files).collect();
    Ok(Source { format: "onnx", architecture, parts, naming, evidence, files, notes })
}

fn open_state_dict(format: &'static str, path: &Path, dict: StateDict) -> Result<Source, Flaw> {
    let architecture = dict.parts.architecture()?;
    let (naming, files) = (Some(dict.naming), vec![path.to_path_buf()]);
    let StateDict { parts, evidence, notes, .. } = dict;
    Ok(Source { format, architecture, parts, naming, evidence, files, notes })
}

fn check_classes(names: &[String], classes: usize) -> Result<(), Flaw> {
    if names.is_empty() || names.len() == classes {
        return Ok(());
    }
    Err(Flaw::Classes(format!("expected {classes}, one per class score, found {}", names.len())))
}
