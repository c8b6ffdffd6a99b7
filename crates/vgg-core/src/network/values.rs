//! The values of a batch that are alive during a pass.

use std::collections::BTreeMap;

use graph::NodeId;

use crate::executor::Map;

/// Values by the node that gives them. Clones share the maps.
#[derive(Clone, Default)]
pub(crate) struct Values {
    maps: BTreeMap<NodeId, Map>,
}

impl Values {
    /// The value of a node.
    ///
    /// # Panics
    /// If it was never computed, or freed: a route that reads it is wrong.
    pub fn get(&self, node: NodeId) -> &Map {
        self.maps.get(&node).expect("routes compute what they read")
    }

    /// The value of a node, which nobody reads after this.
    pub fn take(&mut self, node: NodeId) -> Map {
        self.maps.remove(&node).expect("routes compute what they read")
    }

    pub fn put(&mut self, node: NodeId, map: Map) {
        self.maps.insert(node, map);
    }

    pub fn free(&mut self, nodes: &[NodeId]) {
        nodes.iter().for_each(|node| drop(self.maps.remove(node)));
    }

    /// Frees all values but these.
    pub fn keep(&mut self, nodes: &[NodeId]) {
        self.maps.retain(|node, _| nodes.contains(node));
    }
}
