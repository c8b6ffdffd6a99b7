//! Where a gain or a lesion can act.

use thiserror::Error;

use crate::{Graph, NodeId, Op};

/// A place where channels can be given a gain: an activation, or a concatenation of nothing but activations (which is
/// the same as the activation of a concatenation). The gain multiplies what the node gives, outside of any clip:
/// `y_c = g_c · f(x_c)`, and a lesion is g = 0.
///
/// Dense activations are sites too, with channels of 1×1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The node whose result is scaled.
    pub node: NodeId,
    /// What reports call it: the node's name, or for known networks the usual one of the layer.
    pub name: String,
    /// Channels that can be scaled.
    pub channels: usize,
    /// Rows of a channel.
    pub height: usize,
    /// Columns of a channel.
    pub width: usize,
    /// Multiplications for one picture of all that depends on this place.
    pub multiplications_after: u64,
}

/// Why no gain can act somewhere.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SiteError {
    /// There is no such node.
    #[error("the network has no node {name:?}")]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// Not an activation.
    #[error("{name} is {op}, and a gain acts on activations; {}", advice(activations))]
    NotAnActivation {
        /// The node asked for.
        name: String,
        /// What it is, in words.
        op: String,
        /// Activations that read it directly.
        activations: Vec<String>,
    },
    /// A group without channels.
    #[error("{site}: the group has no channels; name at least one")]
    EmptyGroup {
        /// The site.
        site: String,
    },
    /// A channel that does not exist.
    #[error("{site}: channel {channel} does not exist; there are {channels}, counted from 0")]
    Channel {
        /// The site.
        site: String,
        /// The channel asked for.
        channel: usize,
        /// How many there are.
        channels: usize,
    },
    /// A channel that stands twice in a group.
    #[error("{site}: channel {channel} stands twice in the group")]
    Twice {
        /// The site.
        site: String,
        /// The channel.
        channel: usize,
    },
}

fn advice(activations: &[String]) -> String {
    match activations {
        [] => "name one".into(),
        [one] => format!("the one that follows is {one}"),
        many => format!("those that follow are {}", many.join(", ")),
    }
}

impl Site {
    /// Which channels belong to a group: one flag per channel.
    ///
    /// # Errors
    /// No channels, a channel that does not exist, or one that stands twice.
    pub fn group(&self, channels: &[usize]) -> Result<Vec<bool>, SiteError> {
        let site = || self.name.clone();
        if channels.is_empty() {
            return Err(SiteError::EmptyGroup { site: site() });
        }
        let mut flags = vec![false; self.channels];
        for &channel in channels {
            match flags.get_mut(channel) {
                None => return Err(SiteError::Channel { site: site(), channel, channels: self.channels }),
                Some(true) => return Err(SiteError::Twice { site: site(), channel }),
                Some(flag) => *flag = true,
            }
        }
        Ok(flags)
    }
}

impl Graph {
    /// All sites, in the order of computation.
    pub fn sites(&self) -> Vec<Site> {
        let flags = self.site_flags();
        self.ids().filter(|id| flags[id.index()]).map(|id| self.site_at(id, &self.node(id).name)).collect()
    }

    /// The site at a node.
    ///
    /// # Errors
    /// Why that node is none.
    pub fn site(&self, name: &str) -> Result<Site, SiteError> {
        let id = self.find(name).ok_or_else(|| SiteError::Unknown { name: name.into() })?;
        let flags = self.site_flags();
        if flags[id.index()] {
            return Ok(self.site_at(id, name));
        }
        let follows = |at: &NodeId| flags[at.index()] && self.node(*at).inputs.contains(&id);
        let activations = self.ids().filter(follows).map(|at| self.node(at).name.clone()).collect();
        Err(SiteError::NotAnActivation { name: name.into(), op: self.node(id).op.to_string(), activations })
    }

    /// The site at a node that is known to be one, under the given name.
    pub(crate) fn site_at(&self, node: NodeId, name: &str) -> Site {
        let shape = self.node(node).shape;
        let after = self.descendants(node);
        let multiplications = self.ids().filter(|id| after[id.index()]).map(|id| self.multiplications(id)).sum();
        Site {
            node,
            name: name.into(),
            channels: shape.channels,
            height: shape.height,
            width: shape.width,
            multiplications_after: multiplications,
        }
    }

    pub(crate) fn site_flags(&self) -> Vec<bool> {
        let mut flags = vec![false; self.nodes().len()];
        for id in self.ids() {
            let node = self.node(id);
            flags[id.index()] = match node.op {
                Op::Activation(_) => true,
                Op::Concat => node.inputs.iter().all(|input| flags[input.index()]),
                _ => false,
            };
        }
        flags
    }
}
