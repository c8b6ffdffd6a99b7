//! What a gain line costs: which multiplications all slopes share.

use crate::{Form, Graph, Influence, NodeId, Op};

/// The multiplications of one node with weights, for one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// The node.
    pub node: NodeId,
    /// Multiplications that all slopes share.
    pub once: u64,
    /// Multiplications of each slope.
    pub per_slope: u64,
    /// Multiplications of each slope where the node is simply computed again.
    pub direct: u64,
}

/// Multiplications of a gain line: all slopes of one group of channels, for one picture.
///
/// A channel `a + s·b` is known for every s once its part b is: `b = W[:, C] ∗ v` over the channels C that depend on
/// s, and `a` is what the intact network (s = 1) has there, less b. A channel that follows a Curved one has to be
/// computed per slope, as `intact + W[:, C] ∗ Δ`. The intact pass is needed anyway and not counted here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The nodes with weights that depend on the group, in the order of computation.
    pub steps: Vec<PlanStep>,
}

impl Plan {
    /// The plan of a group whose influence is known.
    pub fn new(graph: &Graph, influence: &Influence) -> Self {
        Self { steps: graph.ids().filter_map(|id| step(graph, influence, id)).collect() }
    }

    /// Multiplications for that many slopes where everything after the site is computed again for each.
    pub fn direct(&self, slopes: u64) -> u64 {
        self.steps.iter().map(|step| step.direct).sum::<u64>().saturating_mul(slopes)
    }

    /// Multiplications for that many slopes by the gain line.
    pub fn exact(&self, slopes: u64) -> u64 {
        let once: u64 = self.steps.iter().map(|step| step.once).sum();
        let per_slope: u64 = self.steps.iter().map(|step| step.per_slope).sum();
        per_slope.saturating_mul(slopes).saturating_add(once)
    }

    /// Multiplications that the gain line saves; it never costs more from one slope on.
    pub fn saved(&self, slopes: u64) -> u64 {
        self.direct(slopes).saturating_sub(self.exact(slopes))
    }
}

/// The multiplications of a node, if it has weights and reads what depends on s.
fn step(graph: &Graph, influence: &Influence, node: NodeId) -> Option<PlanStep> {
    let [outputs, reads, height, width] = graph.kernel_shape(node)?;
    let groups = match graph.node(node).op {
        Op::Conv(conv) => conv.groups,
        _ => 1,
    };
    let per_channel = (outputs / groups * height * width * graph.node(node).shape.pixels()) as u64;
    let (mut once, mut per_slope) = (0, 0);
    let input = *graph.node(node).inputs.first()?;
    if influence.form(input) == Form::Fixed {
        return None;
    }
    for group in influence.forms(input).chunks(reads) {
        let changed = group.iter().filter(|&&form| form != Form::Fixed).count() as u64;
        let sum = if group.contains(&Form::Curved) { &mut per_slope } else { &mut once };
        *sum += changed * per_channel;
    }
    Some(PlanStep { node, once, per_slope, direct: graph.multiplications(node) })
}
