//! From an ONNX file to a network: every node is read in the order of computation, and becomes a node of a
//! [`graph::Graph`], a part of one, or nothing.
//!
//! What a file says in many ways is one operation afterwards: biases, batch normalisations and other factors and
//! summands per channel are folded into weights, borders into windows, shape arithmetic into numbers; transpositions,
//! reshapings, casts and dropouts disappear. Arithmetic in front of the network becomes its preprocessing. Whatever is
//! no part of a convolutional network is refused with its node.

mod attributes;
mod axes;
mod broadcast;
mod constants;
mod elementwise;
mod fold;
mod input;
mod integers;
mod layers;
mod layout;
mod line;
mod network;
mod operators;
mod order;
mod refusals;
mod squares;
mod windows;

use std::collections::{BTreeSet, HashSet};

use graph::{Graph, GraphBuilder, Op, Parameters, Weights};

use crate::error::Flaw;
use crate::onnx::{Constant, OnnxModel};
use crate::preprocessing::Evidence;
use crate::state_dict::Told;
use crate::tensor::Element;
use attributes::label;
use fold::Folded;
use network::{Border, Draft, Network, Value, Work};
use order::Order;

/// The network of an ONNX file.
pub(crate) struct Translated {
    /// The network, with the names of the file. Its output is the class scores before any softmax, or whatever the file
    /// ends with, as a vector.
    pub graph: Graph,
    /// Its weights.
    pub weights: Weights,
    /// What the file does to its input before the first layer.
    pub evidence: Option<Evidence>,
    /// The element type of the weights, if it is shorter than float32.
    pub short: Option<Element>,
    /// What a user should know about this file.
    pub notes: Vec<String>,
}

/// Translates a file.
///
/// # Errors
/// The first node that no convolutional network has, or tensor that does not fit.
pub(crate) fn translate(model: &OnnxModel, told: Told<'_>) -> Result<Translated, Flaw> {
    // A file of another kind of network is told by what it is, not by its first shape that does not fit.
    model.graph.node.iter().try_for_each(refusals::check)?;
    let pictures = input::input(model, told.input_side)?;
    let [output] = &model.graph.output[..] else {
        let names: Vec<_> = model.graph.output.iter().map(|output| format!("\"{}\"", output.name)).collect();
        let found = if names.is_empty() { "none".into() } else { names.join(", ") };
        return Err(Flaw::deviation("graph", "one output: the class scores, or the last maps", found));
    };
    let order = order::order(model, pictures.name, &output.name)?;
    let mut network = Network::new(model, pictures.name, pictures.shape, pictures.axes);
    read(model, &mut network, &order)?;
    network.notes.extend(left_out(model, &order));
    let last = end(&mut network, &output.name)?;
    let (mut notes, short, computes_in) = (std::mem::take(&mut network.notes), network.short, network.computes_in);
    if let Some(element) = computes_in {
        notes.push(format!(
            "the graph computes in {element}, this program in float32: scores agree but for the rounding of {element}"
        ));
    }
    let folded = fold::fold(network, last)?;
    notes.extend(normalisations(&folded));
    let Folded { drafts, output, needed, own, evidence, .. } = folded;
    let (graph, weights) = build(drafts, output, &needed, own)?;
    Ok(Translated { graph, weights, evidence, short, notes })
}

fn read<'m>(model: &'m OnnxModel, network: &mut Network<'m>, order: &Order) -> Result<(), Flaw> {
    let nodes = || order.nodes.iter().map(|&at| &model.graph.node[at]);
    let inputs: HashSet<&str> = nodes().flat_map(order::reads).collect();
    for node in nodes() {
        let value = network.translate(node)?;
        if node.output.iter().skip(1).any(|output| !output.is_empty() && inputs.contains(&**output)) {
            return Err(refusals::second_output(node));
        }
        network.values.insert(node.output.first().map_or("", |name| name), value);
    }
    Ok(())
}

/// Nodes and tensors that the output does not depend on.
fn left_out(model: &OnnxModel, used: &Order) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(&first) = used.left_out.first() {
        let first = label(&model.graph.node[first]);
        notes.push(format!("left out, because nothing reads it: {first}{}", others(used.left_out.len())));
    }
    let read: HashSet<&str> = used.nodes.iter().flat_map(|&at| order::reads(&model.graph.node[at])).collect();
    let unread = model
        .constants
        .iter()
        .filter(|(name, constant)| !matches!(constant, Constant::Integers(_)) && !read.contains(name.as_str()));
    let unread: BTreeSet<&str> = unread.map(|(name, _)| name.as_str()).collect();
    if let Some(first) = unread.first() {
        notes.push(format!("left out, because nothing reads it: tensor \"{first}\"{}", others(unread.len())));
    }
    notes
}

/// ` and 2 others`
fn others(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => " and 1 other".into(),
        count => format!(" and {} others", count - 1),
    }
}

/// The node with which the network ends: a vector, as known networks end too, so that maps are flattened.
fn end(network: &mut Network<'_>, output: &str) -> Result<usize, Flaw> {
    let at = || format!("output \"{output}\" of the graph");
    let Some(Value::Map(map)) = network.values.get(output).cloned() else {
        return Err(Flaw::deviation(at(), "something that depends on the picture", "a constant"));
    };
    if map.border != Border::default() {
        return Err(Flaw::deviation(at(), "the end of a network", "a border around maps"));
    }
    if map.softmax.is_some() {
        let note = "the file ends in a softmax: the class scores are what it reads, not what it gives";
        network.notes.push(note.into());
    }
    Ok(network.flattened(&map))
}

fn normalisations(folded: &Folded) -> Vec<String> {
    let mut notes = Vec::new();
    match folded.folded {
        0 => {}
        1 => notes.push("1 batch normalisation is folded into the layer before it".into()),
        count => notes.push(format!("{count} batch normalisations are folded into the layers before them")),
    }
    match &folded.layers[..] {
        [] => {}
        [one] => notes.push(format!("{one} follows no layer with weights of its own and became a layer")),
        [first, ..] => notes.push(format!(
            "{} batch normalisations follow no layer with weights of their own and became layers ({first} is the first \
             of them)",
            folded.layers.len()
        )),
    }
    notes
}

/// The graph and its weights.
fn build(
    drafts: Vec<Draft>,
    output: usize,
    needed: &[bool],
    mut own: Vec<(String, Parameters)>,
) -> Result<(Graph, Weights), Flaw> {
    let names: Vec<String> = drafts.iter().map(|draft| draft.name.clone()).collect();
    let (mut builder, mut sources) = (GraphBuilder::new(), Vec::new());
    for (draft, _) in drafts.into_iter().zip(needed).filter(|(_, needed)| **needed) {
        let Draft { name, work, inputs, .. } = draft;
        let inputs: Vec<&str> = inputs.iter().map(|&input| names[input].as_str()).collect();
        let op: Op = match work {
            Work::Plain(op) => op,
            Work::Weighted(op, source) => {
                sources.push((name.clone(), op.clone(), source));
                op
            }
            // Every line has become part of a layer, or one of its own.
            Work::Line(_) => continue,
        };
        builder.add(name, op, &inputs);
    }
    let graph = builder.finish(&names[output])?;
    for (name, op, source) in sources {
        own.push((name.clone(), fold::parameters(&name, &op, source)?));
    }
    let weights = Weights::new(&graph, own)?;
    Ok((graph, weights))
}
