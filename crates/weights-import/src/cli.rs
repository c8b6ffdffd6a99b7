//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use vgg_core::device::DeviceChoice;
use weights_import::PreprocessingChoice;

/// Reads VGG-16 weights from ONNX, PyTorch, safetensors and NumPy files.
///
/// Exit status: 0 done, 1 failed, 2 wrong usage.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:
  weights-import fetch torchvision-vgg16
  weights-import convert models/vgg16-397923af.pth -o models/vgg16.bpk
  weights-import show models/vgg16.bpk
  weights-import check models/vgg16.bpk --picture dog.jpg"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The four verbs.
#[derive(Subcommand)]
pub enum Verb {
    /// Prove that a file is a VGG-16 and write its weights as .bpk.
    Convert(Convert),
    /// Run a picture or stored input through weights, and compare the scores with a reference.
    Check(Check),
    /// Download a file whose size and hash are known.
    Fetch(Fetch),
    /// Print what a file of weights holds.
    Show(Show),
}

/// `convert`.
#[derive(Args)]
#[command(after_help = "Examples:
  weights-import convert vgg16.onnx -o models/vgg16.bpk --preprocessing torchvision
  weights-import convert vgg16-12.onnx -o models/vgg16.bpk --classes synset.txt
  weights-import convert checkpoint.pth -o models/vgg16.bpk --preprocessing torchvision --part state_dict_ema
  weights-import convert keras_notop.safetensors -o models/vgg16-conv.bpk --preprocessing caffe")]
pub struct Convert {
    /// ONNX model, PyTorch state dict or checkpoint (.pth, .pt, .bin), safetensors file or NumPy archive (.npz).
    pub input: PathBuf,
    /// The file to write; it must end in .bpk.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// How pictures are prepared for these weights: torchvision (RGB from 0 to 1, minus ImageNet's mean, divided by its
    /// standard deviation), caffe (BGR from 0 to 255, minus the mean), caffe-rgb (the same in RGB), or auto: what the
    /// file proves by arithmetic of its own or by its hash, and a refusal where it proves nothing.
    #[arg(long, default_value = "auto", value_name = "WHICH")]
    pub preprocessing: PreprocessingChoice,
    /// Where a file holds several networks: what the names of the tensors of the one to read begin with.
    #[arg(long, value_name = "NAME")]
    pub part: Option<String>,
    /// Text file with one class name per line, in the order of the scores.
    #[arg(long, value_name = "FILE")]
    pub classes: Option<PathBuf>,
    /// Side of the input in pixels, for files without dense layers; others tell it themselves.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(32..=8192))]
    pub input_side: Option<u16>,
}

/// `check`.
#[derive(Args)]
#[command(after_help = "Examples:
  weights-import check models/vgg16.bpk --picture dog.jpg
  weights-import check models/vgg16.bpk --input input.npy --expected logits.npy
  weights-import check models/vgg16.bpk --input test_data_set_0/input_0.pb --expected test_data_set_0/output_0.pb")]
pub struct Check {
    /// Weights written by `convert`.
    pub weights: PathBuf,
    #[command(flatten)]
    pub source: CheckSource,
    /// Reference scores [pictures, classes]: .npy, .npz with one array, or .pb.
    #[arg(long, value_name = "FILE")]
    pub expected: Option<PathBuf>,
    /// Largest absolute difference that passes.
    #[arg(long, default_value_t = 1e-3, value_name = "DIFFERENCE", allow_negative_numbers = true, value_parser = tolerance)]
    pub tolerance: f32,
    /// auto, cpu, flex, gpu, gpu:<n>, a part of an adapter's name, or list to see what there is.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// What is run through the weights.
#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct CheckSource {
    /// A picture file, prepared as the weights ask for.
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Prepared pictures [pictures, 3, side, side]: .npy, .npz with one array, or .pb.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
}

/// `fetch`.
#[derive(Args)]
#[command(after_help = "Examples:
  weights-import fetch --list
  weights-import fetch zoo-vgg16-12 --to models")]
pub struct Fetch {
    /// Name of the file in the list.
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    pub name: Option<String>,
    /// Print the files that are known.
    #[arg(long)]
    pub list: bool,
    /// The folder to put it in.
    #[arg(long, default_value = "models", value_name = "FOLDER")]
    pub to: PathBuf,
}

/// `show`.
#[derive(Args)]
#[command(after_help = "Examples:
  weights-import show models/vgg16.bpk
  weights-import show vgg16.onnx")]
pub struct Show {
    /// Weights (.bpk), or a file that `convert` would read.
    pub file: PathBuf,
}

fn tolerance(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("expected a number that is not negative".into()),
    }
}
