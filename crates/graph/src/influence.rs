//! How every value depends on the gain of a group of channels.

mod rules;

use crate::{Graph, NodeId, Site, SiteError};

/// How a number depends on s, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// Not at all.
    Fixed,
    /// `s · v`
    Scaled,
    /// `a + s · b`
    Affine,
    /// In any other way.
    Curved,
}

/// How every channel of every node depends on the gain s ≥ 0 of a group of channels.
///
/// At the site the group's channels are `s·v` and the others do not change. From there the form of every channel
/// follows from the operations alone, whatever weights and picture are. It is an upper bound: a channel may depend on s
/// less than its form says, never more (`tests/suite/influence.rs` holds it against direct passes).
///
/// | operation | form of a channel of the result |
/// |---|---|
/// | convolution, dense layer | of the channels that its group reads: Fixed if all are; Curved if one is; Scaled if all are and there is no bias; else Affine |
/// | sum | the same, of one channel of each summand |
/// | product | Fixed · f = f; all else Curved (s · s) |
/// | concatenation, flattening | the forms themselves, moved |
/// | average pools | the same form: they are linear and add nothing |
/// | max-pool, ReLU, leaky ReLU | Scaled stays Scaled, since `f(s·x) = s·f(x)` for s ≥ 0; Affine becomes Curved |
/// | other activations | Curved unless Fixed |
/// | local response normalisation | Curved unless its whole window is Fixed |
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Influence {
    forms: Vec<Vec<Form>>,
}

impl Influence {
    /// Follows a group of channels of a site through the network.
    ///
    /// # Errors
    /// A group that cannot be: [`Site::group`].
    pub fn new(graph: &Graph, site: &Site, channels: &[usize]) -> Result<Self, SiteError> {
        let group = site.group(channels)?;
        let after = graph.descendants(site.node);
        let mut forms: Vec<Vec<Form>> = Vec::with_capacity(after.len());
        for id in graph.ids() {
            let node = graph.node(id);
            let form = if id == site.node {
                group.iter().map(|&scaled| if scaled { Form::Scaled } else { Form::Fixed }).collect()
            } else if after[id.index()] {
                let inputs: Vec<&[Form]> = node.inputs.iter().map(|input| forms[input.index()].as_slice()).collect();
                rules::propagate(&node.op, &inputs, node.shape)
            } else {
                vec![Form::Fixed; node.shape.channels]
            };
            forms.push(form);
        }
        Ok(Self { forms })
    }

    /// The form of every channel of a node.
    pub fn forms(&self, id: NodeId) -> &[Form] {
        &self.forms[id.index()]
    }

    /// The strongest form among the channels of a node: what a whole value has to be treated as.
    pub fn form(&self, id: NodeId) -> Form {
        self.forms(id).iter().copied().max().unwrap_or(Form::Fixed)
    }

    /// The channels of a node that depend on s, in order.
    pub fn channels(&self, id: NodeId) -> Vec<usize> {
        let changes = |&(_, &form): &(usize, &Form)| form != Form::Fixed;
        self.forms(id).iter().enumerate().filter(changes).map(|(channel, _)| channel).collect()
    }
}
