//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use vgg_core::device::DeviceChoice;
use vgg_core::{ChannelOrder, EMONET_SIDE, Filter, Resize};
use weights_import::{Colours, ImportError, Preparation, PreprocessingChoice, Size, read_mean_image};

/// Reads convolutional networks from ONNX, PyTorch, safetensors and NumPy files.
///
/// Exit status: 0 done, 1 failed, 2 wrong usage, 130 stopped by Ctrl-C, 143 by SIGTERM.
///
/// EmoNet here is the AlexNet of Kragel et al. 2019 with twenty emotions, not the networks of that name for faces
/// (Toisoul et al. 2021, LAION's EmoNet-Face) or for text.
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

/// The five verbs.
#[derive(Subcommand)]
pub enum Verb {
    /// Find out what network a file holds and write its weights as .bpk.
    Convert(Convert),
    /// Run a picture or stored input through weights, and compare the scores with a reference.
    Check(Check),
    /// Download a file whose size and hash are known.
    Fetch(Fetch),
    /// Print what a file of weights holds.
    Show(Show),
    /// Compare EmoNet's weights with what MATLAB's original says of two pictures.
    VerifyEmonet(VerifyEmonet),
}

/// `convert`.
#[derive(Args)]
#[command(after_help = "Examples:
  weights-import convert vgg16.onnx -o models/vgg16.bpk --preprocessing torchvision
  weights-import convert vgg16-12.onnx -o models/vgg16.bpk --classes synset.txt
  weights-import convert checkpoint.pth -o models/vgg16.bpk --preprocessing torchvision --prefix state_dict_ema
  weights-import convert resnet50.pth -o models/resnet50.bpk --preprocessing torchvision --size 232
  weights-import convert emonet.pth -o models/emonet.bpk --preprocessing emonet --mean-image img_mean.txt
  weights-import convert mine.pth -o models/mine.bpk --mean .5,.5,.5 --sd .5,.5,.5 --order rgb --scale 1
  weights-import convert keras_notop.safetensors -o models/vgg16-conv.bpk --preprocessing caffe")]
pub struct Convert {
    /// ONNX model, PyTorch state dict or checkpoint (.pth, .pt, .bin, .ckpt), safetensors file, NumPy archive (.npz), or a
    /// wheel or zip archive with one of them in it.
    pub input: PathBuf,
    /// The file to write; it must end in .bpk.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    #[command(flatten)]
    pub preparation: PreparationOptions,
    /// Where a file holds several networks: what the names of the tensors of the one to read begin with.
    #[arg(long, value_name = "NAME")]
    pub prefix: Option<String>,
    /// Text file with one class name per line, in the order of the scores.
    #[arg(long, value_name = "FILE")]
    pub classes: Option<PathBuf>,
    /// Side of the input in pixels, which is what is cut from the centre of a picture; for files that do not tell it, and
    /// must agree with those that do.
    #[arg(long, visible_alias = "crop", value_name = "PIXELS", value_parser = clap::value_parser!(u16).range(1..=8192))]
    pub input_side: Option<u16>,
}

/// How pictures are prepared.
#[derive(Args)]
pub struct PreparationOptions {
    /// How pictures are prepared for these weights: torchvision (RGB from 0 to 1, minus ImageNet's mean, divided by its
    /// standard deviation), caffe (BGR from 0 to 255, minus the mean), caffe-rgb (the same in RGB), efficientnet-lite
    /// (RGB from 0 to 255, minus 127, divided by 128), emonet (RGB from 0 to 255, minus a mean image, both sides resized to
    /// 227 as MATLAB does it), emonet-pytorch (the same with a bilinear filter and nothing subtracted, as users of EmoNet's
    /// port to PyTorch do it), or auto: what the file proves by arithmetic of its own or by its hash, and a refusal where it
    /// proves nothing.
    #[arg(long, default_value = "auto", value_name = "WHICH")]
    pub preprocessing: PreprocessingChoice,
    /// With --preprocessing emonet: the mean image, where the weights do not hold it. Text like img_mean.txt of emonet-py (a
    /// line per row, in it all red, all green, all blue), or .npy of 3×227×227 or 227×227×3 numbers in red, green, blue.
    #[arg(long, value_name = "FILE", requires = "preprocessing", conflicts_with = "mean")]
    pub mean_image: Option<PathBuf>,
    /// Instead of --preprocessing: what is subtracted from red, green and blue, whatever the order.
    #[arg(long, value_name = "R,G,B", value_parser = colours, requires_all = ["sd", "order", "scale"])]
    #[arg(conflicts_with = "preprocessing", allow_hyphen_values = true)]
    pub mean: Option<[f32; 3]>,
    /// With --mean: what red, green and blue are then divided by.
    #[arg(long, value_name = "R,G,B", value_parser = colours, requires = "mean", allow_hyphen_values = true)]
    pub sd: Option<[f32; 3]>,
    /// With --mean: the order of the colours in the input.
    #[arg(long, value_name = "rgb|bgr", value_parser = order, requires = "mean")]
    pub order: Option<ChannelOrder>,
    /// With --mean: the largest value of a pixel, 1 or 255, before the mean is subtracted.
    #[arg(long, value_name = "1|255", requires = "mean")]
    pub scale: Option<u8>,
    /// How a picture is resized before its centre is cut: shorter (its shorter side becomes --size), squash (both sides
    /// do), or none. Usual is shorter.
    #[arg(long, value_name = "HOW", value_parser = resize)]
    pub resize: Option<Resize>,
    /// Pixels of the shorter side after resizing, or of both with squash. Usual is 256 for an input of 224, and in
    /// proportion; with squash the side of the input.
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=8192))]
    pub size: Option<u32>,
    /// How pixels are resized: bilinear, bicubic, lanczos or nearest as Pillow does it, or matlab-bicubic. Usual is bilinear,
    /// bicubic for efficientnet-lite, and matlab-bicubic for emonet.
    #[arg(long, value_name = "WHICH", value_parser = filter)]
    pub filter: Option<Filter>,
}

impl PreparationOptions {
    /// What was said.
    ///
    /// # Errors
    /// A mean image that cannot be read.
    pub fn preparation(&self) -> Result<Preparation, ImportError> {
        // The command line has either all four or none.
        let colours = match (self.scale, self.mean, self.sd, self.order) {
            (Some(largest), Some(mean), Some(sd), Some(order)) => Some(Colours { largest, mean, sd, order }),
            _ => None,
        };
        let size = Size { resize: self.resize, side: self.size, filter: self.filter };
        let image = self.mean_image.as_deref().map(|path| read_mean_image(path, EMONET_SIDE)).transpose()?;
        Ok(Preparation { choice: self.preprocessing, colours, size, mean_image: image })
    }
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
  weights-import fetch zoo-vgg16-12 --to models

EmoNet is not in the list, because no address gives its files with a hash known beforehand. emonet.pth, img_mean.txt and
two pictures to check them lie in emonet_py/data of gitlab.com/EAVISE/lme/emonet; emonet_pytorch_weights.pt, which has no
mean image, in osf.io/amdju.")]
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
  weights-import show vgg16.onnx --all")]
pub struct Show {
    /// Weights (.bpk), or a file that `convert` would read.
    pub file: PathBuf,
    /// Also print all other activations that can be chosen as sites.
    #[arg(long)]
    pub all: bool,
    /// Also print shape, mean, standard deviation and range of every tensor.
    #[arg(long)]
    pub tensors: bool,
}

/// `verify-emonet`.
#[derive(Args)]
#[command(after_help = "Examples:
  weights-import verify-emonet models/emonet.bpk --pictures emonet_py/data")]
pub struct VerifyEmonet {
    /// EmoNet's weights, written by `convert` with the mean image.
    pub weights: PathBuf,
    /// The folder with demo_small.jpg and demo_big.jpg (gitlab.com/EAVISE/lme/emonet, emonet_py/data), or PNG copies of them,
    /// which are read first: decoders of JPEG differ by a few levels, which moves probabilities by some per cent.
    #[arg(long, value_name = "FOLDER")]
    pub pictures: PathBuf,
    /// auto, cpu, flex, gpu, gpu:<n>, a part of an adapter's name, or list to see what there is.
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

fn colours(text: &str) -> Result<[f32; 3], String> {
    let numbers: Result<Vec<f32>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    numbers
        .ok()
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(|| "expected three numbers, such as 0.5,0.5,0.5".into())
}

fn order(text: &str) -> Result<ChannelOrder, String> {
    one_of(text, &[("rgb", ChannelOrder::Rgb), ("bgr", ChannelOrder::Bgr)])
}

fn resize(text: &str) -> Result<Resize, String> {
    one_of(text, &[("shorter", Resize::Shorter), ("squash", Resize::Squash), ("none", Resize::None)])
}

fn filter(text: &str) -> Result<Filter, String> {
    let filters = [
        ("bilinear", Filter::Bilinear),
        ("bicubic", Filter::Bicubic),
        ("lanczos", Filter::Lanczos),
        ("nearest", Filter::Nearest),
        ("matlab-bicubic", Filter::MatlabBicubic),
    ];
    one_of(text, &filters)
}

fn one_of<T: Copy>(text: &str, all: &[(&str, T)]) -> Result<T, String> {
    let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
    let found = all.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
    found.ok_or_else(|| format!("expected {}", names.join(" or ")))
}

fn tolerance(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(value) if value.is_finite() && value >= 0.0 => Ok(value),
        _ => Err("expected a number that is not negative".into()),
    }
}
