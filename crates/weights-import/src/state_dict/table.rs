//! The tensors of a file by their names.

use std::collections::BTreeMap;

use crate::error::Flaw;
use crate::naming::normal;
use crate::tensor::{SourceTensor, Stored};

/// The tensors of a file, by the normal form of their names.
pub(super) struct Table {
    stored: BTreeMap<String, Entry>,
}

struct Entry {
    /// The name in the file.
    original: String,
    stored: Stored,
}

impl Table {
    /// All tensors of a file.
    pub fn new(tensors: Vec<(String, Stored)>) -> Result<Self, Flaw> {
        let mut stored = BTreeMap::new();
        for (original, tensor) in tensors {
            let entry = Entry { original: original.clone(), stored: tensor };
            if let Some(other) = stored.insert(normal(&original), entry) {
                let found = format!("{} and {original}", other.original);
                return Err(Flaw::deviation("tensor names", "names that differ", found));
            }
        }
        Ok(Self { stored })
    }

    /// Leaves only the tensors whose names begin with `prefix`.
    pub fn keep(&mut self, prefix: &str) -> Result<(), Flaw> {
        let front = format!("{}.", normal(prefix.trim_end_matches(['.', '/'])));
        if !self.names().any(|name| name.starts_with(&front)) {
            let mut parts: Vec<_> = self.names().filter_map(|name| name.split_once('.')).map(|(top, _)| top).collect();
            parts.dedup();
            let expected = format!("the beginning of a tensor's name instead of \"{prefix}\"");
            return Err(Flaw::option("--prefix", expected, parts.join(", ")));
        }
        self.stored.retain(|name, _| name.starts_with(&front));
        Ok(())
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stored.keys().map(String::as_str)
    }

    /// Whether a tensor of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.stored.contains_key(name)
    }

    /// A tensor of floats.
    pub fn floats(&self, name: &str) -> Option<&SourceTensor> {
        match &self.stored.get(name)?.stored {
            Stored::Floats(tensor) => Some(tensor),
            Stored::Other { .. } => None,
        }
    }

    /// Refuses a tensor that holds anything but floats.
    pub fn check_floats(&self, name: &str) -> Result<(), Flaw> {
        match self.stored.get(name) {
            Some(Entry { original, stored: Stored::Other { element, .. } }) => {
                Err(Flaw::ElementType { tensor: original.clone(), found: element.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The shape of a tensor of floats.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.floats(name).map(|tensor| tensor.shape.as_slice())
    }

    /// The name that a tensor has in the file.
    pub fn original(&self, name: &str) -> String {
        self.stored.get(name).map_or(name, |entry| &entry.original).into()
    }

    /// Elements of a tensor; 0 if it is not there.
    pub fn count(&self, name: &str) -> usize {
        self.stored.get(name).map_or(0, |entry| entry.stored.count())
    }

    /// Takes a tensor out.
    pub fn take(&mut self, name: &str) -> Result<SourceTensor, Flaw> {
        match self.stored.remove(name) {
            Some(Entry { stored: Stored::Floats(tensor), .. }) => Ok(tensor),
            Some(Entry { original, stored: Stored::Other { element, .. } }) => {
                Err(Flaw::ElementType { tensor: original, found: element })
            }
            None => Err(Flaw::data(name, "used by two layers")),
        }
    }
}
