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
    #[error("unknown kind of file; expected .onnx, .pth, .pt, .bin or .safetensors{hint}")]
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
        "not a VGG-16: expected exactly {expected} tensors{}{}",
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
    },
    /// A tensor of another element type.
    #[error("tensor \"{tensor}\" holds {found}; only float32 is read. Export the model in float32 (`model.float()`)")]
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
    #[error("the preprocessing is unknown: {reason}. Say it with --preprocessing torchvision or --preprocessing caffe")]
    Preprocessing {
        /// Why it cannot be decided.
        reason: String,
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
