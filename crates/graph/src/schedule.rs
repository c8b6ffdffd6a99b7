//! When a value may be freed: after the last node that reads it.

use crate::{Graph, NodeId};

/// One node of a schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is computed.
    pub node: NodeId,
    /// Values that nobody reads any more once it is.
    pub frees: Vec<NodeId>,
}

/// Nodes to compute, in order, and when their values may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The steps.
    pub steps: Vec<Step>,
    /// The most numbers held at once for one picture, values from outside included.
    pub peak_values: usize,
}

impl Graph {
    /// The whole network, its output held.
    pub fn schedule(&self) -> Schedule {
        self.schedule_of(&vec![true; self.nodes().len()], &[self.output()])
    }

    /// The nodes that are flagged, in order. Values in `held`, and those computed outside, are never freed.
    pub(crate) fn schedule_of(&self, runs: &[bool], held: &[NodeId]) -> Schedule {
        let mut last_reader: Vec<Option<NodeId>> = vec![None; runs.len()];
        for id in self.ids().filter(|id| runs[id.index()]) {
            self.node(id).inputs.iter().for_each(|input| last_reader[input.index()] = Some(id));
        }
        let steps: Vec<Step> = self
            .ids()
            .filter(|id| runs[id.index()])
            .map(|id| {
                let ends = |input: &NodeId| {
                    runs[input.index()] && last_reader[input.index()] == Some(id) && !held.contains(input)
                };
                let mut frees: Vec<NodeId> = self.node(id).inputs.iter().copied().filter(ends).collect();
                frees.sort();
                frees.dedup();
                Step { node: id, frees }
            })
            .collect();
        let size = |id: NodeId| self.node(id).shape.values();
        let outside = self.ids().filter(|id| !runs[id.index()] && last_reader[id.index()].is_some());
        let mut live: usize = outside.map(size).sum();
        let mut peak_values = live;
        for step in &steps {
            live += size(step.node);
            peak_values = peak_values.max(live);
            live -= step.frees.iter().copied().map(size).sum::<usize>();
        }
        Schedule { steps, peak_values }
    }
}
