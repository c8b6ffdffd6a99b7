//! The networks in a file. A checkpoint of a training run may hold several — the weights, a moving average of them, the
//! same weights once more inside an attacker — beside an optimiser and other things that are left alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Flaw, and};
use crate::naming::ends_in;
use crate::state_dict::blueprint;
use crate::state_dict::conventions::{Convention, Names};
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
#[derive(Clone)]
pub(super) struct WeightSet {
    /// What stands before the names of the convention, with its dot; often nothing.
    pub prefix: String,
    /// The convention.
    pub convention: Convention,
    /// Layers that are there: all, or those before the dense ones.
    layers: usize,
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
    let conventions = Convention::all();
    let (complete, partial): (Vec<_>, Vec<_>) =
        candidates(table, &conventions)?.into_iter().partition(|set| set.missing(table).is_empty());
    if complete.is_empty() {
        return Err(incomplete(table, &conventions, partial));
    }
    let unread = unread(table, &complete);
    let mut notes = Vec::new();
    let mut different = distinct(table, complete, &mut notes)?;
    if different.len() > 1 {
        let (averages, plain): (Vec<_>, Vec<_>) = different.into_iter().partition(WeightSet::is_average);
        let plain_names: Vec<_> = plain.iter().map(WeightSet::name).collect();
        let names: Vec<_> = averages.iter().map(WeightSet::name).collect();
        if plain.len() != 1 {
            return Err(Flaw::SeveralNetworks { found: [plain_names, names].concat() });
        }
        notes.push(format!(
            "read from {}; the file also holds {}, an average with other weights, which --prefix would read",
            plain_names.join(", "),
            names.join(", ")
        ));
        different = plain;
    }
    let set = different.swap_remove(0);
    Ok(Choice { set, unread, notes })
}

/// Every place where the first kernel of a convention stands, with the convention that fits best there.
fn candidates(table: &Table, conventions: &[Convention]) -> Result<Vec<WeightSet>, Flaw> {
    let mut places: BTreeMap<&str, Vec<WeightSet>> = BTreeMap::new();
    for name in table.names() {
        for convention in conventions.iter().filter(|convention| ends_in(name, convention.first())) {
            let prefix = &name[..name.len() - convention.first().len()];
            places.entry(prefix).or_default().push(WeightSet::new(table, prefix, convention));
        }
    }
    let mut found: Vec<_> = places.into_values().map(|sets| nearest(table, sets)).collect::<Result<_, _>>()?;
    found.sort_by_key(|set| set.prefix.len());
    Ok(found)
}

/// The set with the fewest names missing or left over.
fn nearest(table: &Table, sets: Vec<WeightSet>) -> Result<WeightSet, Flaw> {
    let distances: Vec<_> = sets.iter().map(|set| set.distance(table)).collect();
    let least = distances.iter().min().copied().unwrap_or(0);
    let mut best: Vec<WeightSet> = Vec::new();
    for (set, _) in sets.into_iter().zip(distances).filter(|&(_, distance)| distance == least) {
        if best.iter().all(|other| other.convention.network != set.convention.network || other.ends() != set.ends()) {
            best.push(set);
        }
    }
    if best.len() > 1 {
        let mut fitting: Vec<_> = best.iter().filter(|set| blueprint::fits(set, table)).cloned().collect();
        if fitting.len() > 1 {
            return Err(Flaw::TwoNetworks { found: fitting.iter().map(|set| set.convention.network.name()).collect() });
        }
        best = if fitting.is_empty() { best } else { vec![fitting.swap_remove(0)] };
    }
    Ok(best.swap_remove(0))
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
fn incomplete(table: &Table, conventions: &[Convention], partial: Vec<WeightSet>) -> Flaw {
    // Where not even a first kernel has its name, other tensors may have theirs.
    let at_top = || conventions.iter().map(|convention| WeightSet::new(table, "", convention));
    let some = |set: &WeightSet| set.missing(table).len() < set.ends().len();
    let nearest = partial.into_iter().min_by_key(|set| set.missing(table).len());
    let nearest = nearest.or_else(|| at_top().filter(some).min_by_key(|set| set.distance(table)));
    let Some(nearest) = nearest else {
        let shown: Vec<_> = table.names().take(3).collect();
        let found = if shown.is_empty() { "no tensors".into() } else { format!("{} …", shown.join(", ")) };
        let mut first: Vec<_> = conventions.iter().map(|convention| convention.first().to_string()).collect();
        first.sort();
        first.dedup();
        return Flaw::UnknownNames { expected: and(&first, "or"), found };
    };
    let left_over = unread(table, std::slice::from_ref(&nearest));
    nearest.flaw(nearest.missing(table), left_over, String::new())
}

/// Names that belong to none of these networks and are not known to be beside the point.
fn unread(table: &Table, sets: &[WeightSet]) -> Vec<String> {
    let read: BTreeSet<String> = sets.iter().flat_map(WeightSet::names).collect();
    let containers: Vec<&str> = sets.iter().filter_map(|set| set.container()).collect();
    let top = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let beside = |name: &str| {
        let bookkeeping = BOOKKEEPING.iter().any(|key| top(name).starts_with(key));
        let outside = !containers.is_empty() && !containers.contains(&top(name).as_str());
        is_counter(name) || bookkeeping || (outside && table.count(name) <= 1)
    };
    table.names().filter(|name| !read.contains(*name) && !beside(name)).map(String::from).collect()
}

/// PyTorch counts the batches that a normalisation has seen and never uses the number again.
fn is_counter(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

impl WeightSet {
    fn new(table: &Table, prefix: &str, convention: &Convention) -> Self {
        let (trunk, all) = (convention.network.trunk(convention.layers.len()), convention.layers.len());
        let has = |layer: &Names| layer.all().any(|end| table.has(&format!("{prefix}{end}")));
        let dense = convention.layers[trunk..].iter().any(has);
        Self { prefix: prefix.into(), convention: convention.clone(), layers: if dense { all } else { trunk } }
    }

    /// The layers that are there.
    pub fn layers(&self) -> &[Names] {
        &self.convention.layers[..self.layers]
    }

    /// How many of them come before the dense layers of a VGG network.
    pub fn trunk(&self) -> usize {
        self.convention.network.trunk(self.layers).min(self.layers)
    }

    /// The refusal of a file with tensors that no layer uses.
    pub fn left_over(&self, left_over: Vec<String>) -> Flaw {
        let outside = left_over.iter().all(|name| !name.starts_with(&self.prefix));
        let remedy =
            if outside { format!("; --prefix {} reads only {}", self.part(), self.name()) } else { String::new() };
        self.flaw(vec![], left_over, remedy)
    }

    fn flaw(&self, missing: Vec<String>, left_over: Vec<String>, remedy: String) -> Flaw {
        let network = self.convention.network.name();
        Flaw::StateDict { network, expected: self.ends().len(), missing, left_over, remedy }
    }

    /// The ends of the names of its tensors, layer by layer.
    fn ends(&self) -> Vec<String> {
        self.layers().iter().flat_map(Names::all).collect()
    }

    /// The names of its tensors in the file.
    pub fn names(&self) -> Vec<String> {
        self.ends().into_iter().map(|end| format!("{}{end}", self.prefix)).collect()
    }

    fn missing(&self, table: &Table) -> Vec<String> {
        self.ends().into_iter().filter(|end| !table.has(&format!("{}{end}", self.prefix))).collect()
    }

    /// Names that are missing, and names below the prefix that are left over.
    fn distance(&self, table: &Table) -> usize {
        let names: BTreeSet<String> = self.names().into_iter().collect();
        let below = |name: &&str| name.starts_with(&self.prefix) && !is_counter(name);
        let left_over = table.names().filter(below).filter(|name| !names.contains(*name)).count();
        left_over + names.iter().filter(|name| !table.has(name)).count()
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
        if self.ends() != other.ends() || self.convention.network != other.convention.network {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state_dict::conventions::Template;
    use crate::tensor::{Element, SourceTensor, Stored};

    /// Four convolutions of four channels and three dense layers, under torchvision's names.
    fn table() -> Table {
        let convolutions =
            [(0, 3), (2, 4), (5, 4), (7, 4)].map(|(at, inputs)| (format!("features.{at}"), vec![4, inputs, 3, 3]));
        let dense =
            [(0, 6, 16), (3, 6, 6), (6, 5, 6)].map(|(at, out, inputs)| (format!("classifier.{at}"), vec![out, inputs]));
        let layers = convolutions.into_iter().chain(dense);
        let stored = |name: String, shape: Vec<usize>| {
            let bytes = vec![0; 4 * shape.iter().product::<usize>()];
            let tensor = SourceTensor::from_bytes(&name, shape, Element::Float32, bytes.into()).expect("it fits");
            (name, Stored::Floats(tensor))
        };
        let both = |(layer, shape): (String, Vec<usize>)| {
            let bias = stored(format!("{layer}.bias"), vec![shape[0]]);
            [stored(format!("{layer}.weight"), shape), bias]
        };
        Table::new(layers.flat_map(both).collect()).expect("names differ")
    }

    /// No two networks of the table have the same names, so one is invented: it pools elsewhere, which no shape tells.
    #[test]
    fn two_networks_that_fit_are_not_chosen_between() {
        let all = Convention::all();
        let is_tiny =
            |one: &&Convention| one.network == Template::Vgg(vec![2, 2]) && one.first() == "features.0.weight";
        let tiny = all.iter().find(is_tiny).expect("a row");
        let with = |groups: &[usize]| Convention { network: Template::Vgg(groups.into()), ..tiny.clone() };
        let several = candidates(&table(), &[tiny.clone(), with(&[1, 3])]).err().expect("both fit");
        assert!(matches!(several, Flaw::TwoNetworks { .. }), "{several}");
        let shapes = |groups: &[usize]| candidates(&table(), &[with(groups), tiny.clone()]).expect("shapes decide");
        assert_eq!(
            shapes(&[1, 1, 1])[0].convention.network,
            Template::Vgg(vec![2, 2]),
            "three convolutions do not fit"
        );
        assert_eq!(candidates(&table(), &all).expect("one fits").len(), 1);
    }
}
