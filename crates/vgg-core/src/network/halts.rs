//! The ways around one site: to it, beside it and from it.

use graph::{Graph, NodeId};

use crate::Architecture;
use crate::route::Route;

/// The ways around a site.
///
/// A trip goes along the order of computation, so that it can be halted at every site in turn and computes everything
/// once. What stands behind the site in that order and does not depend on it (the other branch of a block, say) lies
/// aside: it is computed once for all conditions of the site.
pub(super) struct Halt {
    /// From the picture to the site.
    pub direct: Route,
    /// From the site before to this one.
    pub onward: Route,
    /// What lies aside.
    pub aside: Route,
    /// All that depends on the site, up to the features.
    pub suffix: Route,
    /// Values up to the site that are read behind it, and its own.
    pub held: Vec<NodeId>,
}

impl Halt {
    pub fn new(network: &Architecture, site: usize) -> Self {
        let (graph, sites) = (network.graph(), network.sites());
        let needed = graph.ancestors(&[network.features()]);
        let (node, after) = (sites[site].node, graph.descendants(sites[site].node));
        let flags = |runs: &dyn Fn(NodeId) -> bool| -> Vec<bool> {
            graph.ids().map(|id| id != graph.input() && needed[id.index()] && runs(id)).collect()
        };
        let held =
            read_by(graph, &flags(&|id| id > node), |id| id < node).into_iter().chain([node]).collect::<Vec<_>>();
        let suffix = flags(&|id| after[id.index()]);
        let read_late = read_by(graph, &suffix, |id| id > node && !after[id.index()]);
        let before = site.checked_sub(1).map(|site| sites[site].node);
        Self {
            direct: Route::new(graph, &flags(&|id| id <= node), &held),
            onward: Route::new(graph, &flags(&|id| id <= node && Some(id) > before), &held),
            aside: Route::new(graph, &flags(&|id| id > node && !after[id.index()]), &read_late),
            suffix: Route::new(graph, &suffix, &[network.features()]),
            held,
        }
    }
}

/// The values that the flagged nodes read, of those that are wanted.
fn read_by(graph: &Graph, flagged: &[bool], wanted: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
    let readers = graph.ids().filter(|id| flagged[id.index()]);
    let mut read: Vec<NodeId> = readers.flat_map(|id| graph.node(id).inputs.clone()).filter(|&id| wanted(id)).collect();
    read.sort();
    read.dedup();
    read
}
