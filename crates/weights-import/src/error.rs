//! What can be wrong with a file, in one sentence that names the place, what was expected and what was found.

use std::path::Path;

/// A file that could not be imported.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {flaw}")]
pub struct ImportError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The name has no ending that this program knows.
    #[error("unknown kind of file; expected .onnx, .pth, .pt, .bin, .ckpt, .safetensors or .npz{hint}")]
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
    /// The network is not a VGG-16.
    #[error("not a VGG-16: {at}: expected {expected}, found {found}")]
    Deviation {
        /// The node, layer or tensor that differs.
        at: String,
        /// What a VGG-16 has there.
        expected: String,
        /// What the file has there.
        found: String,
    },
    /// The tensors are not the 32 (or 26) of a VGG-16.
    #[error(
        "not a VGG-16: expected exactly {expected} tensors{}{}{remedy}",
        list("; missing", missing),
        list("; left over", left_over)
    )]
    Tensors {
        /// 32, or 26 without dense layers.
        expected: usize,
        /// Names that are not there.
        missing: Vec<String>,
        /// Names that no layer uses.
        left_over: Vec<String>,
        /// What to do about it, or nothing.
        remedy: String,
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
         --preprocessing caffe (BGR from 0 to 255, minus ImageNet's mean) or \
         --preprocessing caffe-rgb (RGB from 0 to 255, minus ImageNet's mean)"
    )]
    Preprocessing {
        /// Why it cannot be decided.
        reason: String,
    },
    /// The file prepares its input in a way that leaves the order or the range of the colours open.
    #[error(
        "the file changes its input before conv1_1 ({at}): each colour × {scale:?} + {shift:?}. These numbers do not \
         tell which colour comes first and whether colours run to 1 or to 255. Export the network without this \
         arithmetic (in a file without a graph, name the network alone with --part), and say how its pictures are \
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
    /// The user says one preprocessing, the file another.
    #[error(
        "the file prepares its input itself ({at}): {stated}. That is not --preprocessing {asked}; leave the option \
         out, or export the network without this arithmetic"
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
    #[error("the file holds several networks with different weights: {}. Say which with --part", found.join(", "))]
    SeveralParts {
        /// What stands before the names of each.
        found: Vec<String>,
    },
    /// Nothing in the file tells the size of the pictures.
    #[error("the size of the input is unknown: {reason}. Say it with --input-side")]
    InputSide {
        /// Why it cannot be decided.
        reason: String,
    },
    /// The list of class names does not fit.
    #[error("class names: {0}")]
    Classes(String),
}

impl Flaw {
    /// Names the file that has this flaw.
    pub(crate) fn of(self, path: &Path) -> ImportError {
        ImportError { path: path.display().to_string(), flaw: self }
    }

    pub(crate) fn deviation(at: impl Into<String>, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self::Deviation { at: at.into(), expected: expected.into(), found: found.into() }
    }

    pub(crate) fn data(tensor: &str, reason: impl Into<String>) -> Self {
        Self::Data { tensor: tensor.into(), reason: reason.into() }
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
    fn long_lists_are_cut() {
        let names: Vec<_> = (0..7).map(|i| format!("t{i}")).collect();
        assert_eq!(list("; missing", &names), "; missing t0, t1, t2, t3 and 3 more");
        assert_eq!(list("; missing", &names[..2]), "; missing t0, t1");
        assert_eq!(list("; missing", &[]), "");
    }
}
