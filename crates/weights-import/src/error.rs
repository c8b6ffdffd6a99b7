//! What can be wrong with a file, in one sentence that names the place, what was expected and what was found.

use std::path::Path;

/// A file that could not be imported.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {flaw}")]
pub struct ImportError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub flaw: Box<Flaw>,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The name has no ending that this program knows.
    #[error("unknown kind of file; expected .onnx, .pth, .pt, .bin, .ckpt, .safetensors, .npz, .whl or .zip{hint}")]
    UnknownFormat {
        /// What to do about the ending that was found, or nothing.
        hint: &'static str,
    },
    /// The container cannot be read.
    #[error("not a whole {format} file ({reason}); it may be truncated or of another kind")]
    Damaged {
        /// The format that the name promises.
        format: &'static str,
        /// What the container's reader found.
        reason: String,
    },
    /// Something in the file is not what it must be.
    #[error("{at}: expected {expected}, found {found}")]
    Deviation {
        /// The node, layer or tensor that differs.
        at: String,
        /// What is possible there.
        expected: String,
        /// What the file has there.
        found: String,
    },
    /// The tensors of a file without a graph are not those of one network.
    #[error(
        "the tensors are not exactly the {expected} of {network}, the closest known network{}{}{remedy}",
        list("; missing", missing),
        list("; left over", left_over)
    )]
    StateDict {
        /// The closest known network.
        network: String,
        /// How many tensors it has.
        expected: usize,
        /// Names that are not there.
        missing: Vec<String>,
        /// Names that no layer uses.
        left_over: Vec<String>,
        /// What to do about it, or nothing.
        remedy: String,
    },
    /// A tensor of a file without a graph has another shape than the network of its names.
    #[error(
        "the names of the tensors are those of {network}, but tensor \"{tensor}\" has the shape {found:?} instead of \
         {expected:?} (for pictures of {side}×{side}); only the number of classes may differ"
    )]
    Shape {
        /// The closest known network.
        network: String,
        /// The tensor.
        tensor: String,
        /// The shape that it has in that network.
        expected: Vec<usize>,
        /// The side of the pictures for which it has it.
        side: usize,
        /// The shape that it has here.
        found: Vec<usize>,
    },
    /// The names of the tensors are those of no network that is known.
    #[error(
        "the names of the tensors are those of no known network: expected a first kernel called {expected}, found \
         {found}. Export the network to ONNX, which says what it computes"
    )]
    UnknownNames {
        /// The names that the first kernels of known networks have.
        expected: String,
        /// The first names of the file.
        found: String,
    },
    /// A network that shares a name with one that is read.
    #[error("tensor \"{tensor}\" is one {what}")]
    Stranger {
        /// A tensor that only it has.
        tensor: String,
        /// What network it is.
        what: &'static str,
    },
    /// A file of MATLAB, whose networks are objects of MATLAB.
    #[error(
        "a MATLAB file ({version}), whose network only MATLAB itself can open. EmoNet's weights lie in two files that are \
         read: emonet_pytorch_weights.pt (OSF, osf.io/amdju), and emonet.pth with the mean image img_mean.txt beside it \
         (gitlab.com/EAVISE/lme/emonet, emonet_py/data). Any other network: exportONNXNetwork in MATLAB"
    )]
    Matlab {
        /// What its first bytes say.
        version: &'static str,
    },
    /// A preprocessing that subtracts a mean image, which is nowhere.
    #[error(
        "--preprocessing emonet subtracts a mean image, which this file does not hold. Give it with --mean-image: \
         img_mean.txt of gitlab.com/EAVISE/lme/emonet (emonet_py/data), or a .npy file of 3×227×227 numbers. Without it \
         nothing is EmoNet's; what users of the port to PyTorch compute is --preprocessing emonet-pytorch"
    )]
    NoMeanImage,
    /// EmoNet's preprocessing for a network that is not EmoNet.
    #[error(
        "--preprocessing {choice} is that of EmoNet, an AlexNet of 96, 256, 384, 384 and 256 channels for pictures of \
         227×227; this network is {found}"
    )]
    NoEmonet {
        /// The preprocessing.
        choice: &'static str,
        /// The network.
        found: String,
    },
    /// Names and shapes that two networks have in common.
    #[error("the names and shapes of the tensors are those of {}; export the network to ONNX", and(found, "and"))]
    TwoNetworks {
        /// Their names.
        found: Vec<String>,
    },
    /// A size that a known network cannot have.
    #[error("{network}: {error}")]
    Impossible {
        /// The network.
        network: String,
        /// What is impossible.
        error: graph::GraphError,
    },
    /// A network on which no experiment can be done.
    #[error(transparent)]
    Architecture(#[from] vgg_core::ArchitectureError),
    /// An archive that holds not exactly one file of weights.
    #[error("the archive holds {}", in_archive(found))]
    Archive {
        /// The names of the weights in it.
        found: Vec<String>,
    },
    /// A tensor of another element type.
    #[error(
        "tensor \"{tensor}\" holds {found}; float32, float16 and bfloat16 are read. \
         Export the model in float32 (`model.float()`)"
    )]
    ElementType {
        /// The tensor.
        tensor: String,
        /// Its element type.
        found: String,
    },
    /// A tensor whose data are not where the file says.
    #[error("data of tensor \"{tensor}\": {reason}")]
    Data {
        /// The tensor.
        tensor: String,
        /// What is wrong.
        reason: String,
    },
    /// A weight that is NaN or infinite, or a shape that does not fit.
    #[error(transparent)]
    Mismatch(#[from] vgg_core::Mismatch),
    /// Nothing in the file tells how pictures were prepared.
    #[error(
        "the preprocessing is unknown: {reason}. Say which it is: \
         --preprocessing torchvision (RGB from 0 to 1, minus ImageNet's mean, divided by its standard deviation), \
         --preprocessing caffe (BGR from 0 to 255, minus ImageNet's mean), \
         --preprocessing caffe-rgb (RGB from 0 to 255, minus ImageNet's mean), \
         --preprocessing efficientnet-lite (RGB from 0 to 255, minus 127, divided by 128), \
         --preprocessing emonet (RGB from 0 to 255, minus a mean image, both sides 227), \
         --preprocessing emonet-pytorch (RGB from 0 to 255, nothing subtracted, both sides 227), \
         or the numbers themselves with --mean, --sd, --order and --scale"
    )]
    Preprocessing {
        /// Why it cannot be decided.
        reason: String,
    },
    /// The file prepares its input in a way that leaves the order or the range of the colours open.
    #[error(
        "the file changes its input before conv1_1 ({at}): each colour × {scale:?} + {shift:?}. These numbers do not \
         tell which colour comes first and whether colours run to 1 or to 255. Export the network without this \
         arithmetic (in a file without a graph, name the network alone with --prefix), and say how its pictures are \
         prepared with --preprocessing"
    )]
    Arithmetic {
        /// The nodes or tensors that change it.
        at: String,
        /// The factors, one per channel.
        scale: [f64; 3],
        /// The summands, one per channel.
        shift: [f64; 3],
    },
    /// The file subtracts an image of other colours than ImageNet's.
    #[error(
        "the file subtracts a mean image ({at}) whose mean colour is {colour:.1?}. That is not ImageNet's, so it does not \
         tell which colour comes first and whether colours run to 1 or to 255. Say it: --preprocessing emonet if this is \
         EmoNet, or --mean 0,0,0 with --sd, --order and --scale; the image stays what is subtracted"
    )]
    MeanImage {
        /// The nodes that subtract it.
        at: String,
        /// Its mean over all pixels.
        colour: [f32; 3],
    },
    /// The user says one preprocessing, the file another.
    #[error(
        "the file prepares its input itself ({at}): {stated}. That is not {asked}; leave that out, or export the \
         network without this arithmetic"
    )]
    Contradiction {
        /// The nodes or tensors that prepare it.
        at: String,
        /// What they do.
        stated: String,
        /// What the user asked for.
        asked: String,
    },
    /// A network that computes with whole numbers of few bits.
    #[error(
        "the network is quantised ({at}): it rounds weights and maps to a few bits, so its scores are not those of any \
         network in float32. Convert the float32 model that it was made of"
    )]
    Quantised {
        /// The node or tensor that shows it.
        at: String,
    },
    /// An operation that no network here has.
    #[error("{at}: {what}; {remedy}")]
    Operator {
        /// The node.
        at: String,
        /// What it is.
        what: String,
        /// What to export instead.
        remedy: &'static str,
    },
    /// Operations that make no network.
    #[error(transparent)]
    Graph(#[from] graph::GraphError),
    /// Weights that do not fit their operations.
    #[error(transparent)]
    Weights(#[from] graph::WeightsError),
    /// An operator that only one program knows.
    #[error(
        "{at} belongs to \"{domain}\" and is no standard operator; an optimiser rewrote this model for one runtime. \
         Convert the model from before it was optimised (with ONNX Runtime: one saved at ORT_ENABLE_BASIC)"
    )]
    Foreign {
        /// The node.
        at: String,
        /// The domain of its operator.
        domain: String,
    },
    /// A PyTorch file with objects that only Python can make.
    #[error(
        "a Python object of type {kind} holds tensors in a form that is not read here. Save the state dict alone: \
         torch.save(model.state_dict(), 'weights.pth')"
    )]
    PythonObject {
        /// Its type.
        kind: String,
    },
    /// A program of TorchScript, which does what its code says.
    #[error(
        "a TorchScript archive (torch.jit.save): the network is code in it, which is not read here. Write its state \
         dict: python -c \"import torch; m = torch.jit.load('{file}', map_location='cpu'); \
         torch.save(m.state_dict(), '{stem}_state_dict.pth')\""
    )]
    TorchScript {
        /// Name of the file.
        file: String,
        /// The name without its ending.
        stem: String,
    },
    /// Several sets of weights with different values.
    #[error("the file holds several networks with different weights: {}. Say which with --prefix", found.join(", "))]
    SeveralNetworks {
        /// What stands before the names of each.
        found: Vec<String>,
    },
    /// Nothing in the file tells the size of the pictures.
    #[error("the size of the input is unknown: {reason}. Say it with --input-side")]
    InputSide {
        /// Why it cannot be decided.
        reason: String,
    },
    /// A value on the command line that cannot be.
    #[error("{option}: expected {expected}, found {found}")]
    Option {
        /// The option.
        option: &'static str,
        /// What it takes.
        expected: String,
        /// What was given.
        found: String,
    },
    /// The list of class names does not fit.
    #[error("class names: {0}")]
    Classes(String),
}

impl Flaw {
    /// Names the file that has this flaw.
    pub(crate) fn of(self, path: &Path) -> ImportError {
        ImportError { path: path.display().to_string(), flaw: Box::new(self) }
    }

    pub(crate) fn deviation(at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Deviation { at: at.into(), expected: expected.into(), found: found.into() }
    }

    pub(crate) fn operator(at: impl Into<String>, what: impl Into<String>, remedy: &'static str) -> Self {
        Self::Operator { at: at.into(), what: what.into(), remedy }
    }

    pub(crate) fn option(option: &'static str, expected: impl Into<String>, found: impl std::fmt::Display) -> Self {
        Self::Option { option, expected: expected.into(), found: found.to_string() }
    }

    pub(crate) fn data(tensor: &str, reason: impl Into<String>) -> Self {
        Self::Data { tensor: tensor.into(), reason: reason.into() }
    }
}

/// `a, b and c`.
pub(crate) fn and(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} {word} {last}", front.join(", ")),
    }
}

fn in_archive(found: &[String]) -> String {
    match found {
        [] => "no file of weights (.onnx, .pth, .pt, .bin, .ckpt, .safetensors or .npz)".into(),
        several => format!("several files of weights: {}. Unpack it and name the one to read", several.join(", ")),
    }
}

/// `; missing a, b and 3 more`: a long list would bury the message.
fn list(what: &str, names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.len() {
        0 => String::new(),
        n if n <= SHOWN => format!("{what} {}", names.join(", ")),
        n => format!("{what} {} and {} more", names[..SHOWN].join(", "), n - SHOWN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_english() {
        let names = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(and(&names("a b c"), "or"), "a, b or c");
        assert_eq!((and(&names("a"), "and"), and(&[], "and")), ("a".into(), String::new()));
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<_> = (0..7).map(|i| format!("t{i}")).collect();
        assert_eq!(list("; missing", &names), "; missing t0, t1, t2, t3 and 3 more");
        assert_eq!(list("; missing", &names[..2]), "; missing t0, t1");
        assert_eq!(list("; missing", &[]), "");
    }
}
