//! What of a network is a line in the gain of a site, and what has to be computed for every slope.

use graph::{Form, Graph, NodeId, Op};

use crate::Architecture;
use crate::route::Route;

/// The ways of the lines of one site.
pub(crate) struct LineRoute {
    kinds: Vec<Form>,
    /// Values that hold the site's channels as they are, in order, the site's own first.
    scaled: Vec<NodeId>,
    /// Of the intact network: all that is a line.
    pub intact: Route,
    /// Of every group: what is `A + s·B`.
    pub directions: Route,
    /// Lines whose values at a slope are read by others than an activation of their own, or are the features.
    pub materialised: Vec<NodeId>,
    /// For every slope: what is no line.
    pub curved: Route,
}

impl LineRoute {
    pub fn new(network: &Architecture, site: usize) -> Self {
        let (graph, features) = (network.graph(), network.features());
        let kinds = graph.line_forms(&network.sites()[site]);
        let needed = graph.ancestors(&[features]);
        let flags = |wanted: &[Form], site_too: bool| -> Vec<bool> {
            let own = network.sites()[site].node;
            let wants = |id: NodeId| wanted.contains(&kinds[id.index()]) && (site_too || id != own);
            graph.ids().map(|id| needed[id.index()] && wants(id)).collect()
        };
        let of = |flags: &[bool]| graph.ids().filter(|id| flags[id.index()]).collect::<Vec<_>>();
        let scaled = of(&flags(&[Form::Scaled], true));
        let curved = flags(&[Form::Curved], true);
        let readers = graph.readers();
        let read = |id: NodeId, by: &dyn Fn(NodeId) -> bool| {
            id == features || readers[id.index()].iter().any(|&reader| by(reader))
        };
        let is_activation = |id: NodeId| matches!(graph.node(id).op, Op::Activation(_));
        let lines = of(&flags(&[Form::Scaled, Form::Affine], true)).into_iter();
        let ends: Vec<NodeId> = lines.filter(|&id| read(id, &|reader| curved[reader.index()])).collect();
        // The activation of a point of a line is one step with the point.
        let at_once = |reader: NodeId, id: NodeId| is_activation(reader) && kinds[id.index()] == Form::Affine;
        let apart = |&id: &NodeId| read(id, &|reader| curved[reader.index()] && !at_once(reader, id));
        let materialised = ends.iter().copied().filter(apart).collect();
        let held = [scaled.clone(), ends.clone()].concat();
        Self {
            intact: Route::new(graph, &flags(&[Form::Scaled, Form::Affine], false), &held),
            directions: Route::new(graph, &flags(&[Form::Affine], false), &ends),
            curved: Route::new(graph, &curved, &[features]),
            scaled,
            materialised,
            kinds,
        }
    }

    /// How a whole value depends on the gain.
    pub fn kind(&self, node: NodeId) -> Form {
        self.kinds[node.index()]
    }

    /// Where a group of the site's channels stands in every value that holds them as they are.
    pub fn members(&self, graph: &Graph, group: &[usize]) -> Vec<(NodeId, Vec<usize>)> {
        let mut members: Vec<(NodeId, Vec<usize>)> = Vec::new();
        for &id in &self.scaled {
            let node = graph.node(id);
            let within = |input: NodeId| members.iter().find(|(at, _)| *at == input).map(|(_, own)| own.clone());
            let own = match node.op {
                _ if members.is_empty() => group.to_vec(),
                Op::Concat => {
                    let mut first = 0;
                    let mut own = Vec::new();
                    for &input in &node.inputs {
                        own.extend(within(input).unwrap_or_default().iter().map(|channel| first + channel));
                        first += graph.node(input).shape.channels;
                    }
                    own
                }
                Op::Flatten => {
                    let pixels = graph.node(node.inputs[0]).shape.pixels();
                    let units = |channel: usize| channel * pixels..(channel + 1) * pixels;
                    within(node.inputs[0]).unwrap_or_default().into_iter().flat_map(units).collect()
                }
                // Of a product one factor holds them; all others read one value.
                _ => node.inputs.iter().find_map(|&input| within(input)).unwrap_or_default(),
            };
            members.push((id, own));
        }
        members
    }
}
