//! A network in two halves around a site: what does not depend on it, once, and what does, for every condition.

use crate::schedule::Schedule;
use crate::{Graph, NodeId, Site};

/// A network cut at a site. Prefix and suffix together compute every node once, so that a suffix after its prefix is
/// the full pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the gain acts.
    pub site: NodeId,
    /// All that does not depend on the site, and the site itself; holds the site and [`Cut::kept`] to the end.
    pub prefix: Schedule,
    /// Values from before the site that the suffix still reads, beside the site's own: skip connections.
    pub kept: Vec<NodeId>,
    /// All that depends on the site; leaves the site and [`Cut::kept`] for the next condition, and holds the output.
    pub suffix: Schedule,
}

impl Graph {
    /// Cuts the network at a site.
    ///
    /// # Examples
    /// ```
    /// let resnet = graph::known("resnet18").expect("in the table").build()?;
    /// let inner = resnet.site("layer1.0.relu1").expect("an activation");
    /// let kept: Vec<_> = resnet.graph.cut(&inner).kept.iter().map(|&id| &resnet.graph.node(id).name).collect();
    /// assert_eq!(kept, ["maxpool"], "the block's sum reads it");
    /// # Ok::<(), graph::GraphError>(())
    /// ```
    pub fn cut(&self, site: &Site) -> Cut {
        let after = self.descendants(site.node);
        let mut read = vec![false; after.len()];
        for id in self.ids().filter(|id| after[id.index()]) {
            self.node(id).inputs.iter().for_each(|input| read[input.index()] = true);
        }
        let kept: Vec<NodeId> =
            self.ids().filter(|&id| read[id.index()] && !after[id.index()] && id != site.node).collect();
        let before: Vec<bool> = after.iter().map(|after| !after).collect();
        let mut held = kept.clone();
        held.push(site.node);
        Cut {
            site: site.node,
            prefix: self.schedule_of(&before, &held),
            kept,
            suffix: self.schedule_of(&after, &[self.output()]),
        }
    }
}
