//! From a file of any kind to a checkpoint.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::thread;

use graph::{Graph, Weights};
use vgg_core::{Architecture, Checkpoint, Origin};

use crate::archive::{self, WeightsFile};
use crate::catalog;
use crate::emonet;
use crate::error::{Flaw, ImportError};
use crate::hash;
use crate::naming::{self, Naming};
use crate::onnx;
use crate::preprocessing::{self, About, Evidence, Preparation};
use crate::recognise::{Emonet, recognise};
use crate::state_dict::{self, StateDict, Told};
use crate::tensor::Element;
use crate::translate::{Translated, translate};

/// What a file cannot tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImportOptions {
    /// How pictures are prepared for these weights.
    pub preprocessing: Preparation,
    /// Side of the input in pixels, for files that do not tell; others must agree with it.
    pub input_side: Option<usize>,
    /// Where a file without a graph holds several networks: what the names of the tensors of one begin with, such as
    /// `state_dict_ema`.
    pub prefix: Option<String>,
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

/// What was read from a file.
struct Source {
    format: &'static str,
    graph: Graph,
    weights: Weights<f32>,
    naming: Option<Naming>,
    /// What the file itself tells about the preprocessing.
    evidence: Option<Evidence>,
    /// The element type of the file, if it is shorter than float32.
    short: Option<Element>,
    /// SHA-256 of the file and of what lies beside it.
    sha256: String,
    notes: Vec<String>,
}

/// Reads a file, finds out which network it is and takes every weight of it.
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
    refuse_matlab(path)?;
    let file = archive::open(path)?;
    let Source { format, graph, weights, naming, evidence, short, sha256, mut notes } = open(&file, options)?;
    let stem = Path::new(&file.name).file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let emonet = maybe_emonet(naming, options.classes.as_deref());
    let (architecture, weights) = recognise(graph, weights, &stem, emonet)?;
    let evidence = evidence.or_else(|| catalog::recognise(&sha256));
    let about_it = About { naming, network: architecture.name(), side: architecture.input_side() };
    let (preprocessing, why) = preprocessing::decide(&options.preprocessing, evidence.as_ref(), about_it)?;
    notes.push(why);
    if let Some(short) = short {
        notes.push(format!("the weights are {} in the file; widened to float32, which changes no value", short.name()));
    }
    let classes = options.classes.clone().unwrap_or_else(|| emonet::classes_of(&architecture));
    check_classes(&classes, architecture.classes())?;
    notes.extend(about(&architecture, &weights));
    notes.extend(emonet::notes(&architecture, &preprocessing, naming));
    let origin = Origin { format: format.into(), source: source_name(path, &file), sha256, classes };
    let checkpoint = Checkpoint { architecture, preprocessing, origin, weights };
    checkpoint.validate()?;
    Ok(Imported { checkpoint, notes })
}

/// What beside the graph tells whether a network is EmoNet.
fn maybe_emonet(naming: Option<Naming>, classes: Option<&[String]>) -> Emonet {
    match naming {
        Some(naming) if naming.is_emonet() => Emonet::Named,
        Some(Naming::Caffe) => Emonet::No,
        _ if classes.is_none_or(emonet::are_classes) => Emonet::Possible,
        _ => Emonet::No,
    }
}

/// What is noticed about a network, whatever file it came from.
fn about(architecture: &Architecture, weights: &Weights<f32>) -> Vec<String> {
    let mut notes = Vec::new();
    if architecture.classes() == 0 {
        notes.push(format!(
            "this network has no class scores: recognition heads will read its output ({}, {} values)",
            architecture.feature_name(),
            architecture.feature_units()
        ));
    }
    // torchvision and others initialise biases to zero, and no training leaves all of them there.
    let biases = || architecture.graph().ids().filter_map(|id| weights.of(id)?.bias.as_ref()).flatten();
    if biases().next().is_some() && biases().all(|&bias| bias == 0.0) {
        notes.push("every bias is exactly 0, as before any training: these weights are probably random".into());
    }
    notes
}

/// The name of the file, and of the archive that it lies in.
fn source_name(path: &Path, file: &WeightsFile) -> String {
    let outer = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if outer == file.name { outer } else { format!("{} in {outer}", file.name) }
}

fn open(file: &WeightsFile, options: &ImportOptions) -> Result<Source, Flaw> {
    let path = file.path.as_path();
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let told = Told { input_side: options.input_side, prefix: options.prefix.as_deref() };
    match ending.as_str() {
        "onnx" if options.prefix.is_some() => {
            let found = "an ONNX model, which is one network";
            Err(Flaw::option("--prefix", "a file of tensors without a graph", found))
        }
        "onnx" => open_onnx(path, told),
        // Training scripts write .ckpt, and .tar behind .pth.
        "pth" | "pt" | "bin" | "ckpt" | "tar" => {
            open_state_dict("pytorch", path, || state_dict::read_pytorch(path, &file.name, told))
        }
        "safetensors" => open_state_dict("safetensors", path, || state_dict::read_safetensors(path, told)),
        "npz" => open_state_dict("npz", path, || state_dict::read_npz(path, told)),
        "h5" | "keras" => {
            Err(Flaw::UnknownFormat { hint: ". Save Keras weights as safetensors or export the model to ONNX" })
        }
        "npy" => Err(Flaw::UnknownFormat { hint: ". Save the arrays by their names with numpy.savez" }),
        "mat" => Err(Flaw::Matlab { version: "by its name" }),
        "data" => {
            Err(Flaw::UnknownFormat { hint: ". This is the data of an ONNX model; name the .onnx file beside it" })
        }
        _ => Err(Flaw::UnknownFormat { hint: "" }),
    }
}

/// Refuses MATLAB's files by what they begin with, whatever they are called.
fn refuse_matlab(path: &Path) -> Result<(), Flaw> {
    const BEGINNINGS: [&str; 2] = ["MATLAB 5.0 MAT-file", "MATLAB 7.3 MAT-file"];
    let mut start = Vec::new();
    // What cannot be read is told by whoever reads all of it.
    let _ = File::open(path).and_then(|file| file.take(32).read_to_end(&mut start));
    match BEGINNINGS.into_iter().find(|beginning| start.starts_with(beginning.as_bytes())) {
        Some(version) => Err(Flaw::Matlab { version }),
        None => Ok(()),
    }
}

fn open_onnx(path: &Path, told: Told<'_>) -> Result<Source, Flaw> {
    let model = onnx::read(path)?;
    let naming = naming::recognise(model.constants.keys().map(String::as_str));
    let files: Vec<PathBuf> = std::iter::once(path.into()).chain(model.data_files.iter().cloned()).collect();
    let (translated, sha256) = while_hashing(&files, || translate(&model, told))?;
    let Translated { graph, weights, evidence, short, notes } = translated;
    Ok(Source { format: "onnx", graph, weights, naming, evidence, short, sha256, notes })
}

fn open_state_dict(
    format: &'static str,
    path: &Path,
    read: impl FnOnce() -> Result<StateDict, Flaw>,
) -> Result<Source, Flaw> {
    let (dict, sha256) = while_hashing(&[path.into()], read)?;
    let StateDict { graph, weights, naming, evidence, short, notes } = dict;
    Ok(Source { format, graph, weights, naming: Some(naming), evidence, short, sha256, notes })
}

/// Hashing and reading want the same pages at the same time, so that the file is read from the disk once.
fn while_hashing<T>(files: &[PathBuf], read: impl FnOnce() -> Result<T, Flaw>) -> Result<(T, String), Flaw> {
    let (result, sha256) = thread::scope(|scope| {
        let hash = scope.spawn(|| hash::sha256(files));
        (read(), hash.join())
    });
    let sha256 = sha256.map_err(|_| Flaw::Io(std::io::Error::other("the hash was not computed")))?;
    Ok((result?, sha256?))
}

fn check_classes(names: &[String], classes: usize) -> Result<(), Flaw> {
    if names.is_empty() || names.len() == classes {
        return Ok(());
    }
    Err(Flaw::Classes(format!("expected {classes}, one per class score, found {}", names.len())))
}
