//! In which steps a part of a network is computed, and when each value may be freed.

use graph::{Graph, MaxPool, NodeId, Op, Window};

/// What is computed together: an operation, the activation behind it and the pool behind that, where nobody else reads
/// what lies between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// The operation.
    pub node: NodeId,
    /// The activation of its result.
    pub activation: Option<NodeId>,
    /// The 2×2 max-pool of stride 2 behind that.
    pub pool: Option<NodeId>,
}

/// Steps in order, each with the values that nobody reads any more once it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Route {
    pub steps: Vec<(Step, Vec<NodeId>)>,
}

impl Step {
    /// A step of one node alone.
    pub fn single(node: NodeId) -> Self {
        Self { node, activation: None, pool: None }
    }

    /// The node whose value the step gives.
    pub fn last(self) -> NodeId {
        self.pool.or(self.activation).unwrap_or(self.node)
    }

    /// The node whose value factors multiply: the activation, or what stands in its place.
    pub fn modulated(self) -> NodeId {
        self.activation.unwrap_or(self.node)
    }
}

impl Route {
    /// The nodes that are flagged, in the order of computation. Values that are held are given by a step of their own and
    /// never freed; nor are those that are computed elsewhere.
    pub fn new(graph: &Graph, runs: &[bool], held: &[NodeId]) -> Self {
        Self::seeing(graph, runs, held, &[])
    }

    /// The same, where further values are given by a step of their own, to be looked at before they are freed.
    pub fn seeing(graph: &Graph, runs: &[bool], held: &[NodeId], seen: &[NodeId]) -> Self {
        let apart = [held, seen].concat();
        let fuses = Fusing { graph, readers: graph.readers(), runs, apart: &apart };
        let mut inside = vec![false; runs.len()];
        let mut steps = Vec::new();
        for id in graph.ids().filter(|id| runs[id.index()]) {
            if inside[id.index()] {
                continue;
            }
            let step = fuses.step(id);
            [step.activation, step.pool].into_iter().flatten().for_each(|id| inside[id.index()] = true);
            steps.push(step);
        }
        // A fused node stands earlier than in the graph; what it reads is the step's own.
        let mut last_reader = vec![None; runs.len()];
        for (at, step) in steps.iter().enumerate() {
            graph.node(step.node).inputs.iter().for_each(|input| last_reader[input.index()] = Some(at));
        }
        let frees = |at: usize, step: &Step| {
            let mut frees = graph.node(step.node).inputs.clone();
            frees.sort();
            frees.dedup();
            frees
                .retain(|input| runs[input.index()] && last_reader[input.index()] == Some(at) && !held.contains(input));
            frees
        };
        Self { steps: steps.iter().enumerate().map(|(at, step)| (*step, frees(at, step))).collect() }
    }
}

struct Fusing<'a> {
    graph: &'a Graph,
    readers: Vec<Vec<NodeId>>,
    runs: &'a [bool],
    /// Values that must not lie inside a step.
    apart: &'a [NodeId],
}

impl Fusing<'_> {
    fn step(&self, node: NodeId) -> Step {
        let mut step = Step::single(node);
        if matches!(self.graph.node(node).op, Op::Conv(_) | Op::Dense(_)) {
            step.activation = self.follower(node, |op| matches!(op, Op::Activation(_)));
        }
        step.pool = self.follower(step.modulated(), |op| *op == Op::MaxPool(MaxPool::new(Window::square(2, 2))));
        step
    }

    /// The only reader of a value that nobody else wants, if it is of a kind.
    fn follower(&self, node: NodeId, kind: impl Fn(&Op) -> bool) -> Option<NodeId> {
        let &[reader] = &self.readers[node.index()][..] else { return None };
        let fuses = self.runs[reader.index()] && !self.apart.contains(&node) && kind(&self.graph.node(reader).op);
        fuses.then_some(reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Architecture;

    fn names(held: &[&str]) -> Vec<Vec<String>> {
        let network = Architecture::tiny();
        let graph = network.graph();
        let held: Vec<NodeId> = held.iter().map(|name| graph.find(name).expect("a node")).collect();
        let route = Route::new(graph, &vec![true; graph.nodes().len()], &held);
        let name = |id: NodeId| graph.node(id).name.clone();
        let parts =
            |step: &Step| [Some(step.node), step.activation, step.pool].into_iter().flatten().map(name).collect();
        route.steps.iter().map(|(step, _)| parts(step)).collect()
    }

    #[test]
    fn what_nobody_else_reads_is_computed_in_one_step() {
        let steps = names(&[]);
        assert_eq!(steps[1..3], [vec!["conv1_1", "relu1_1"], vec!["conv1_2", "relu1_2", "pool1"]]);
        assert_eq!(steps.last().expect("scores"), &["fc8"]);
        let tapped = names(&["relu1_2", "fc6"]);
        assert_eq!(tapped[2..4], [vec!["conv1_2", "relu1_2"], vec!["pool1"]]);
        assert!(tapped.contains(&vec!["fc6".to_string()]) && tapped.contains(&vec!["relu6".to_string()]));
    }

    #[test]
    fn a_value_is_freed_by_its_last_reader_and_what_is_held_never() {
        let resnet = graph::known("resnet18").expect("known").side(32).build().expect("builds").graph;
        let held = [resnet.output()];
        let route = Route::new(&resnet, &vec![true; resnet.nodes().len()], &held);
        let freed: Vec<NodeId> = route.steps.iter().flat_map(|(_, frees)| frees.clone()).collect();
        let given: Vec<NodeId> = route.steps.iter().map(|(step, _)| step.last()).collect();
        assert_eq!(freed.len() + 1, given.len(), "all values but the output are freed, once");
        assert!(!freed.contains(&resnet.output()));
    }
}
