//! The networks in a file. A checkpoint of a training run may hold several — the weights, a moving average of them, the
//! same weights once more inside an attacker — beside an optimiser and other things that are left alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Flaw;
use crate::naming::{Scheme, ends_in};
use crate::parts::convolution_names;
use crate::state_dict::table::Table;

/// Keys under which training scripts keep the weights.
const CONTAINERS: [&str; 5] = ["state_dict", "model_state_dict", "model", "model_state", "net"];
/// How the keys of what is no part of a network begin.
const BOOKKEEPING: [&str; 14] = [
    "optim",
    "sched",
    "lr_",
    "scaler",
    "amp",
    "loss",
    "rng",
    "cuda_rng",
    "torch_rng",
    "callbacks",
    "loops",
    "hyper",
    "epoch",
    "best",
];
/// Parts of names that say "an average of the weights over the training".
const AVERAGES: [&str; 4] = ["ema", "swa", "averaged", "average"];

/// The tensors of one network.
pub(super) struct WeightSet {
    /// What stands before the names of the convention, with its dot; often nothing.
    pub prefix: String,
    /// The convention.
    pub scheme: Scheme,
    /// 16, or 13 without dense layers.
    pub layers: usize,
}

/// The network to read.
pub(super) struct Choice {
    pub set: WeightSet,
    /// Names that belong to no network and are not known to be beside the point.
    pub unread: Vec<String>,
    /// What a user should know.
    pub notes: Vec<String>,
}

/// Chooses the network of a file: the only one, or one of several with equal weights, or the one that is no average.
pub(super) fn choose(table: &Table) -> Result<Choice, Flaw> {
    let (complete, partial): (Vec<_>, Vec<_>) =
        candidates(table).into_iter().partition(|set| set.missing(table).is_empty());
    if complete.is_empty() {
        return Err(incomplete(table, partial));
    }
    let unread = unread(table, &complete);
    let mut notes = Vec::new();
    let mut different = distinct(table, complete, &mut notes)?;
    if different.len() > 1 {
        let (averages, plain): (Vec<_>, Vec<_>) = different.into_iter().partition(WeightSet::is_average);
        let plain_names: Vec<_> = plain.iter().map(WeightSet::name).collect();
        let names: Vec<_> = averages.iter().map(WeightSet::name).collect();
        if plain.len() != 1 {
            return Err(Flaw::SeveralParts { found: [plain_names, names].concat() });
        }
        notes.push(format!(
            "read from {}; the file also holds {}, an average with other weights, which --part would read",
            plain_names.join(", "),
            names.join(", ")
        ));
        different = plain;
    }
    let set = different.swap_remove(0);
    Ok(Choice { set, unread, notes })
}

/// Every place where the first kernel of a convention stands, with the convention that fits best there.
fn candidates(table: &Table) -> Vec<WeightSet> {
    let mut found: BTreeMap<String, WeightSet> = BTreeMap::new();
    for name in table.names() {
        for scheme in Scheme::all() {
            let end = scheme.kernel_of(0);
            if !ends_in(name, &end) {
                continue;
            }
            let set = WeightSet::new(table, name[..name.len() - end.len()].into(), scheme);
            match found.get(&set.prefix) {
                Some(other) if other.present(table) >= set.present(table) => {}
                _ => drop(found.insert(set.prefix.clone(), set)),
            }
        }
    }
    let mut found: Vec<_> = found.into_values().collect();
    found.sort_by_key(|set| set.prefix.len());
    found
}

/// Leaves one of those whose tensors are equal: the one with the shortest names.
fn distinct(table: &Table, sets: Vec<WeightSet>, notes: &mut Vec<String>) -> Result<Vec<WeightSet>, Flaw> {
    let mut kept: Vec<WeightSet> = Vec::new();
    'sets: for set in sets {
        for other in &kept {
            if set.equals(other, table)? {
                notes.push(format!("{} and {} hold the same weights", other.name(), set.name()));
                continue 'sets;
            }
        }
        kept.push(set);
    }
    Ok(kept)
}

/// What is said of a file in which no network is whole.
fn incomplete(table: &Table, partial: Vec<WeightSet>) -> Flaw {
    let Some(nearest) = partial.into_iter().min_by_key(|set| set.missing(table).len()) else {
        let shown: Vec<_> = table.names().take(3).collect();
        let found = if shown.is_empty() { "no tensors".into() } else { format!("{} …", shown.join(", ")) };
        let expected = "features.0.weight (torchvision, timm), conv1_1.weight (Caffe), conv1_1_W (vgg16_weights.npz) \
                        or block1_conv1/kernel (Keras)";
        return Flaw::deviation("tensor names", expected, found);
    };
    let (missing, expected) = (nearest.missing(table), nearest.ends().len());
    let left_over = unread(table, &[nearest]);
    Flaw::Tensors { expected, missing, left_over, remedy: String::new() }
}

/// Names that belong to none of these networks and are not known to be beside the point.
fn unread(table: &Table, sets: &[WeightSet]) -> Vec<String> {
    let read: BTreeSet<String> = sets.iter().flat_map(WeightSet::names).collect();
    let containers: Vec<&str> = sets.iter().filter_map(|set| set.container()).collect();
    let top = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let beside = |name: &str| {
        let bookkeeping = BOOKKEEPING.iter().any(|key| top(name).starts_with(key));
        let outside = !containers.is_empty() && !containers.contains(&top(name).as_str());
        // PyTorch counts the batches that a normalisation has seen and never uses the number again.
        name.ends_with(".num_batches_tracked") || bookkeeping || (outside && table.count(name) <= 1)
    };
    table.names().filter(|name| !read.contains(*name) && !beside(name)).map(String::from).collect()
}

impl WeightSet {
    fn new(table: &Table, prefix: String, scheme: Scheme) -> Self {
        let (convolutions, all) = (convolution_names().len(), scheme.layers.len());
        let has = |end: String| table.has(&format!("{prefix}{end}"));
        let dense = (convolutions..all).any(|layer| has(scheme.kernel_of(layer)) || has(scheme.bias_of(layer)));
        Self { prefix, scheme, layers: if dense { all } else { convolutions } }
    }

    /// The refusal of a file with tensors that no layer uses.
    pub fn left_over(&self, left_over: Vec<String>) -> Flaw {
        let outside = left_over.iter().all(|name| !name.starts_with(&self.prefix));
        let remedy =
            if outside { format!("; --part {} reads only {}", self.part(), self.name()) } else { String::new() };
        Flaw::Tensors { expected: self.ends().len(), missing: vec![], left_over, remedy }
    }

    /// The ends of the names of its tensors, layer by layer.
    fn ends(&self) -> Vec<String> {
        let scheme = &self.scheme;
        let of = |layer| {
            let norm = scheme.normalisation_of(layer).into_iter().flatten();
            [scheme.kernel_of(layer), scheme.bias_of(layer)].into_iter().chain(norm)
        };
        (0..self.layers).flat_map(of).collect()
    }

    fn names(&self) -> Vec<String> {
        self.ends().into_iter().map(|end| format!("{}{end}", self.prefix)).collect()
    }

    fn missing(&self, table: &Table) -> Vec<String> {
        self.ends().into_iter().filter(|end| !table.has(&format!("{}{end}", self.prefix))).collect()
    }

    fn present(&self, table: &Table) -> usize {
        self.names().iter().filter(|name| table.has(name)).count()
    }

    /// The key under which a training script keeps it.
    fn container(&self) -> Option<&'static str> {
        let top = self.prefix.split('.').next().unwrap_or_default();
        CONTAINERS.into_iter().find(|key| *key == top)
    }

    fn is_average(&self) -> bool {
        self.prefix.to_lowercase().split(['.', '_']).any(|word| AVERAGES.contains(&word))
    }

    fn equals(&self, other: &Self, table: &Table) -> Result<bool, Flaw> {
        let (ours, theirs) = (self.names(), other.names());
        if self.scheme.naming != other.scheme.naming || ours.len() != theirs.len() {
            return Ok(false);
        }
        for pair in ours.iter().zip(&theirs) {
            let (Some(ours), Some(theirs)) = (table.floats(pair.0), table.floats(pair.1)) else { return Ok(false) };
            if !ours.equals(theirs)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn part(&self) -> &str {
        self.prefix.trim_end_matches('.')
    }

    /// For messages.
    fn name(&self) -> String {
        if self.prefix.is_empty() { "the top of the file".into() } else { format!("\"{}\"", self.part()) }
    }
}
