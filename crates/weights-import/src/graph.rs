//! Proves that an ONNX graph is a VGG-16, by walking it from the input to the output.
//!
//! The walk knows what must come next and stops at the first node that is something else. At the end nothing may be
//! left over: no node beside the chain, no weight that no layer used. What needs the size of the maps (a global
//! average over one pixel, say) is noted on the way and checked once the architecture is known.

mod attributes;
mod flatten;
mod input;
mod layers;
mod padding;
mod shapes;
mod walk;

use std::collections::BTreeSet;

use vgg_core::Architecture;

use crate::error::Flaw;
use crate::graph::walk::Walk;
use crate::onnx::{Constant, OnnxModel};
use crate::parts::{ConvParts, DENSE, DenseParts, FlattenOrder, GROUPS, NetworkParts, convolution_names};
use crate::preprocessing::Evidence;

/// A graph that is a VGG-16.
pub(crate) struct Proof {
    /// Its tensors, in the order of the layers.
    pub parts: NetworkParts,
    /// The architecture that it has.
    pub architecture: Architecture,
    /// What the graph does to its input before the first convolution.
    pub evidence: Option<Evidence>,
    /// What a user should know about this file.
    pub notes: Vec<String>,
}

/// Something in the graph that is right only if the maps have a certain size.
pub(crate) enum Requirement {
    /// The map before fc6 has one pixel: its mean is itself.
    OnePixel(String),
    /// The map before fc6 has that many values.
    Units(String, i64),
    /// The map before the pooling of this group has an even side: rounding up is rounding down.
    EvenSide(String, usize),
}

/// Proves that the graph is a VGG-16 and collects its tensors.
///
/// `input_side` is the user's word, which counts more than the graph's: convolutions take pictures of any size.
///
/// # Errors
/// The first node, attribute or tensor that a VGG-16 does not have.
pub(crate) fn prove(model: &OnnxModel, input_side: Option<usize>) -> Result<Proof, Flaw> {
    let mut walk = Walk::start(model)?;
    let convolutions = convolutions(&mut walk)?;
    let flatten = walk.flatten()?;
    let dense = if walk.at_end() { vec![] } else { dense(&mut walk)? };
    walk.finish(!dense.is_empty())?;
    let side = input_side.or(walk.input_side()?);
    check_nothing_left_over(model, &walk, dense.len())?;
    let parts = NetworkParts { convolutions, dense, flatten, input_side: side };
    let architecture = parts.architecture()?;
    for requirement in &walk.requirements {
        requirement.check(&architecture)?;
    }
    if walk.normalised > 0 {
        let note = format!("{} batch normalisations are folded into the convolutions before them", walk.normalised);
        walk.notes.push(note);
    }
    Ok(Proof { parts, architecture, evidence: walk.evidence, notes: walk.notes })
}

fn convolutions(walk: &mut Walk<'_>) -> Result<Vec<ConvParts>, Flaw> {
    let mut convolutions = Vec::new();
    for (group, &count) in GROUPS.iter().enumerate() {
        for name in convolution_names().iter().skip(convolutions.len()).take(count) {
            convolutions.push(walk.convolution(name)?);
            walk.relu(name)?;
        }
        walk.max_pool(group)?;
    }
    Ok(convolutions)
}

fn dense(walk: &mut Walk<'_>) -> Result<Vec<DenseParts>, Flaw> {
    let mut dense = Vec::new();
    for name in DENSE {
        dense.push(walk.dense(name)?);
        if name != "fc8" {
            walk.relu(name)?;
        }
    }
    Ok(dense)
}

fn check_nothing_left_over(model: &OnnxModel, walk: &Walk<'_>, dense: usize) -> Result<(), Flaw> {
    let unused = |(name, constant): (&String, &Constant)| {
        let weights = !matches!(constant, Constant::Integers(_));
        (weights && !walk.used.contains(name.as_str())).then(|| name.clone())
    };
    let left_over: BTreeSet<String> = model.constants.iter().filter_map(unused).collect();
    if !left_over.is_empty() {
        let expected = 2 * (convolution_names().len() + dense);
        let left_over = left_over.into_iter().collect();
        return Err(Flaw::Tensors { expected, missing: vec![], left_over, remedy: String::new() });
    }
    match walk.unvisited() {
        None => Ok(()),
        Some(node) => Err(Flaw::deviation("graph", "nothing beside the chain from input to output", node)),
    }
}

impl Requirement {
    fn check(&self, network: &Architecture) -> Result<(), Flaw> {
        let pooled = network.input_side >> network.groups.len();
        match self {
            Self::OnePixel(at) if pooled != 1 => {
                let found = format!("a map of {pooled}×{pooled} for pictures of {0}×{0}", network.input_side);
                Err(Flaw::deviation(at, "an average that changes nothing (a map of 1×1)", found))
            }
            Self::Units(at, units) if usize::try_from(*units) != Ok(network.pooled_units()) => {
                let expected = format!("a flat map of {} values", network.pooled_units());
                Err(Flaw::deviation(at, expected, units.to_string()))
            }
            Self::EvenSide(at, group) if (network.input_side >> group) % 2 == 1 => {
                let found =
                    format!("one that keeps the last row, on a map of odd side {}", network.input_side >> group);
                Err(Flaw::deviation(at, "a pooling that drops the last row of an odd map", found))
            }
            _ => Ok(()),
        }
    }
}

impl FlattenOrder {
    /// The order of the axes after a `Transpose`, if it is one that exporters from channels-last frameworks write.
    pub(crate) fn after(self, permutation: &[i64]) -> Option<Self> {
        match (self, permutation) {
            (Self::ChannelLast, [0, 3, 1, 2]) => Some(Self::ChannelFirst),
            (Self::ChannelFirst, [0, 2, 3, 1]) => Some(Self::ChannelLast),
            _ => None,
        }
    }
}
