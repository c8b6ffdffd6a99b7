//! Is this network that one? Equality of graphs, whatever the names and however it was written down.

mod describe;

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use thiserror::Error;

use crate::weights::Scalar;
use crate::{Graph, NodeId, Parameters, Weights, WeightsError};
use describe::{Trait, core, traits};

/// The first thing, in the order of computation, that a network has otherwise than another.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{node}: expected {expected}, found {found}")]
pub struct Difference {
    /// The node of the known network, or the last one that both have.
    pub node: String,
    /// What the known network has.
    pub expected: String,
    /// What the other one has, by its own names.
    pub found: String,
}

/// Which node of a network is which of a known one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correspondence {
    found: Vec<Option<NodeId>>,
}

impl Correspondence {
    /// The node that a node of the known network is in the other one; nothing for what may be left out, such as
    /// flattenings.
    pub fn of(&self, known: NodeId) -> Option<NodeId> {
        self.found.get(known.index()).copied().flatten()
    }

    /// Gives the weights of the network that was found to the known one. A bias that was left out becomes zeros, and
    /// one of zeros disappears where the known network has none.
    ///
    /// # Errors
    /// A bias that the known network has no place for, or weights of another graph than the one compared.
    pub fn transfer<T: Scalar>(&self, known: &Graph, weights: Weights<T>) -> Result<Weights<T>, WeightsError> {
        let mut parts = weights.into_parts();
        let mut named = Vec::new();
        for id in known.ids() {
            let Some(shape) = known.kernel_shape(id) else { continue };
            let found = self.of(id).and_then(|found| parts.get_mut(found.index())?.take());
            let Some(Parameters { kernel, bias }) = found else { continue };
            let zeros = || vec![T::rounded(0.0); shape[0]];
            let bias = match (known.node(id).op.has_bias(), bias) {
                (true, bias) => Some(bias.unwrap_or_else(zeros)),
                (false, Some(bias)) if bias == zeros() => None,
                (false, bias) => bias,
            };
            named.push((known.node(id).name.clone(), Parameters { kernel, bias }));
        }
        Weights::new(known, named)
    }
}

/// Compares a network with a known one, node by node from the input on.
///
/// Not counted as differences: names; the order of summands and factors; a bias that is missing (exporters drop biases
/// of zeros); flattenings before dense layers and of 1×1 maps; pools of 1×1; an average over the whole map or a
/// global one; a dense layer or a convolution whose kernel is the whole map; padding that no window reaches, rounding
/// that changes no size, dilation of a single tap.
///
/// Where several nodes could be meant, the one is taken after which both networks go on in the same way. Networks with
/// parallel paths that differ only further down than that can be refused although they are equal; equal is never said
/// of networks that differ.
///
/// # Errors
/// The first difference.
pub fn compare(known: &Graph, found: &Graph) -> Result<Correspondence, Difference> {
    let (known, found) = (Side::new(known), Side::new(found));
    let mut matching = Matching { partner: vec![None; known.graph.nodes().len()], taken: HashMap::new() };
    for &id in &known.nodes {
        matching.add(&known, &found, id)?;
    }
    if let Some(&extra) = found.nodes.iter().find(|id| !matching.taken.contains_key(id)) {
        let last = known.graph.node(known.graph.output()).name.clone();
        return Err(Difference { node: last, expected: "nothing more".into(), found: found.words(extra) });
    }
    Ok(Correspondence { found: matching.partner })
}

/// A graph, prepared for comparison.
struct Side<'a> {
    graph: &'a Graph,
    /// Nodes that count, in the order of computation.
    nodes: Vec<NodeId>,
    /// What each node that counts reads, with nodes that do not count left out; sorted where the order is of no
    /// consequence.
    inputs: Vec<Vec<NodeId>>,
    readers: Vec<Vec<NodeId>>,
    traits: Vec<Vec<Trait>>,
    /// What follows each node, as a hash.
    follows: Vec<u64>,
}

impl<'a> Side<'a> {
    fn new(graph: &'a Graph) -> Self {
        let core = core(graph);
        let nodes: Vec<_> = graph.ids().filter(|id| core[id.index()] == *id).collect();
        let mut side = Self {
            graph,
            inputs: vec![Vec::new(); core.len()],
            readers: vec![Vec::new(); core.len()],
            traits: graph.ids().map(|id| traits(graph, id)).collect(),
            follows: vec![0; core.len()],
            nodes,
        };
        for &id in &side.nodes {
            let inputs: Vec<_> = graph.node(id).inputs.iter().map(|input| core[input.index()]).collect();
            inputs.iter().for_each(|input| side.readers[input.index()].push(id));
            side.inputs[id.index()] = inputs;
        }
        for &id in side.nodes.iter().rev() {
            side.follows[id.index()] = side.hash_of_readers(id);
        }
        side
    }

    fn hash_of_readers(&self, id: NodeId) -> u64 {
        let one = |reader: &NodeId| {
            let ordered = !self.graph.node(*reader).op.is_commutative();
            let slots: Vec<usize> = self.inputs[reader.index()]
                .iter()
                .enumerate()
                .filter_map(|(slot, input)| (*input == id).then_some(if ordered { slot } else { 0 }))
                .collect();
            hash(&(self.follows[reader.index()], &self.traits[reader.index()], slots))
        };
        let mut all: Vec<u64> = self.readers[id.index()].iter().map(one).collect();
        all.sort_unstable();
        hash(&all)
    }

    /// A node in words, with the name that it has in its file.
    fn words(&self, id: NodeId) -> String {
        let node = self.graph.node(id);
        format!("{} ({})", node.op, node.name)
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

struct Matching {
    partner: Vec<Option<NodeId>>,
    taken: HashMap<NodeId, NodeId>,
}

impl Matching {
    /// Finds the partner of a node of the known network whose inputs have theirs.
    fn add(&mut self, known: &Side, found: &Side, id: NodeId) -> Result<(), Difference> {
        let candidates = self.candidates(known, found, id);
        let traits = &known.traits[id.index()];
        let equal = candidates.iter().filter(|at| found.traits[at.index()] == *traits);
        let follows = known.follows[id.index()];
        let Some(&best) = equal.min_by_key(|at| found.follows[at.index()] != follows) else {
            return Err(self.difference(known, found, id, &candidates));
        };
        self.partner[id.index()] = Some(best);
        self.taken.insert(best, id);
        Ok(())
    }

    /// Nodes without a partner that read what the partners of the node's inputs give.
    fn candidates(&self, known: &Side, found: &Side, id: NodeId) -> Vec<NodeId> {
        let commutative = known.graph.node(id).op.is_commutative();
        let sorted = |mut inputs: Vec<NodeId>| {
            if commutative {
                inputs.sort();
            }
            inputs
        };
        let partners = known.inputs[id.index()].iter().filter_map(|input| self.partner[input.index()]).collect();
        let reads: Vec<NodeId> = sorted(partners);
        let pool = match reads.first() {
            None => &found.nodes,
            Some(first) => &found.readers[first.index()],
        };
        let fits = |at: &&NodeId| !self.taken.contains_key(at) && sorted(found.inputs[at.index()].clone()) == reads;
        let mut candidates: Vec<_> = pool.iter().filter(fits).copied().collect();
        candidates.dedup();
        candidates
    }

    fn difference(&self, known: &Side, found: &Side, id: NodeId, candidates: &[NodeId]) -> Difference {
        let node = known.graph.node(id).name.clone();
        let expected = known.graph.node(id).op.to_string();
        // The candidate of the same kind tells most.
        let traits = &known.traits[id.index()];
        let other_kind = |at: &&NodeId| found.traits[at.index()].first() != traits.first();
        let Some(&closest) = candidates.iter().min_by_key(other_kind) else {
            return Difference { node, expected, found: self.instead(known, found, id) };
        };
        let pairs = traits.iter().zip(&found.traits[closest.index()]);
        match pairs.into_iter().find(|(a, b)| a != b) {
            Some((a, b)) if !other_kind(&&closest) => {
                let name = &found.graph.node(closest).name;
                Difference { node, expected: a.to_string(), found: format!("{b} ({name})") }
            }
            _ => Difference { node, expected, found: found.words(closest) },
        }
    }

    /// What the other network has where no node reads the same values.
    fn instead(&self, known: &Side, found: &Side, id: NodeId) -> String {
        let partner = |input: &NodeId| self.partner[input.index()];
        let before: Vec<NodeId> = known.inputs[id.index()].iter().filter_map(partner).collect();
        let free = |at: &&NodeId| !self.taken.contains_key(at);
        let next = before.iter().flat_map(|at| &found.readers[at.index()]).find(free);
        let name = |at: &NodeId| found.graph.node(*at).name.clone();
        match (next, before.last()) {
            (Some(next), _) => {
                let reads: Vec<String> = found.inputs[next.index()].iter().map(name).collect();
                format!("{}, which reads {}", found.words(*next), reads.join(" and "))
            }
            (None, Some(last)) => format!("nothing that reads {}", name(last)),
            (None, None) => "nothing".into(),
        }
    }
}
