//! How whole values depend on a gain, whatever the group of channels: what a pass that computes whole maps needs.

use crate::{Form, Graph, NodeId, Op, Site};

impl Graph {
    /// The strongest form that any value can have, one per node, for any group of channels of a site. Where
    /// [`Influence`](crate::Influence) follows single channels of one group, this follows whole values of all groups:
    ///
    /// | operation | form of the result |
    /// |---|---|
    /// | convolution, dense layer, sum | Affine, unless all it reads is Fixed or something is Curved |
    /// | product | Fixed · f = f; all else Curved |
    /// | concatenation | the strongest of its parts |
    /// | average pools, flattening | the same form |
    /// | max-pool, ReLU, leaky ReLU | Affine becomes Curved |
    /// | other activations, local response normalisation | Curved unless Fixed |
    ///
    /// A value that is Scaled is `s·v` in the channels of the group and Fixed in all others; so its part that depends on s
    /// is 0 outside of the group, which homogeneous operations leave there.
    pub fn line_forms(&self, site: &Site) -> Vec<Form> {
        let mut forms = vec![Form::Fixed; self.nodes().len()];
        forms[site.node.index()] = Form::Scaled;
        for id in self.ids().skip(site.node.index() + 1) {
            forms[id.index()] = self.line_form(id, &forms);
        }
        forms
    }

    fn line_form(&self, id: NodeId, forms: &[Form]) -> Form {
        let node = self.node(id);
        let inputs = node.inputs.iter().map(|input| forms[input.index()]);
        let strongest = inputs.clone().max().unwrap_or(Form::Fixed);
        if strongest == Form::Fixed || strongest == Form::Curved {
            return strongest;
        }
        let homogeneous = if strongest == Form::Scaled { Form::Scaled } else { Form::Curved };
        match node.op {
            Op::Input(_) => Form::Fixed,
            Op::Conv(_) | Op::Dense(_) | Op::Add => Form::Affine,
            Op::Multiply if inputs.clone().any(|form| form == Form::Fixed) => strongest,
            Op::Multiply | Op::Lrn(_) => Form::Curved,
            Op::Concat | Op::AveragePool(_) | Op::GlobalAverage | Op::Flatten => strongest,
            Op::MaxPool(_) => homogeneous,
            Op::Activation(activation) if activation.is_homogeneous() => homogeneous,
            Op::Activation(_) => Form::Curved,
        }
    }
}
