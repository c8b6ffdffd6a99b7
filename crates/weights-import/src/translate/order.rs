//! In which order the nodes of a file are computed, and which of them its output needs.

use std::collections::HashMap;

use graph::order_of_computation;
use onnx_ir::{GraphProto, NodeProto};

use super::attributes::label;
use crate::error::Flaw;
use crate::onnx::OnnxModel;

/// The nodes that the output needs, in order.
pub(super) struct Order {
    pub nodes: Vec<usize>,
    /// Those that it does not need. Constants do not count.
    pub left_out: Vec<usize>,
}

/// Finds the order.
///
/// # Errors
/// A value that two nodes give, one that nobody gives, or nodes that wait for one another.
pub(super) fn order(model: &OnnxModel, pictures: &str, output: &str) -> Result<Order, Flaw> {
    let nodes = &model.graph.node;
    let producers = producers(model, pictures)?;
    let given = |name: &str| name == pictures || model.constants.contains_key(name);
    let mut inputs = Vec::with_capacity(nodes.len());
    for node in nodes {
        inputs.push(waits(node, &producers, given)?);
    }
    let needed = needed(output, &producers, &inputs)?;
    let order = sorted(nodes, &inputs, &needed)?;
    let constant = |at: &usize| nodes[*at].op_type == "Constant";
    let left_out = (0..nodes.len()).filter(|at| !needed[*at] && !constant(at)).collect();
    Ok(Order { nodes: order.into_iter().filter(|at| !constant(at)).collect(), left_out })
}

/// The node that gives each value.
fn producers<'m>(model: &'m OnnxModel, pictures: &str) -> Result<HashMap<&'m str, usize>, Flaw> {
    let mut producers = HashMap::new();
    for (at, node) in model.graph.node.iter().enumerate() {
        for output in node.output.iter().filter(|output| !output.is_empty()) {
            let constant = node.op_type != "Constant" && model.constants.contains_key(output);
            if constant || output == pictures || producers.insert(output.as_str(), at).is_some() {
                let found = format!("\"{output}\", which stands for something else already");
                return Err(Flaw::deviation(label(node), "a value with a name of its own", found));
            }
        }
    }
    Ok(producers)
}

/// The names of all values that a node may read: its inputs, and those that its branches use.
pub(super) fn reads(node: &NodeProto) -> Vec<&str> {
    let mut names: Vec<&str> = node.input.iter().map(|name| name.as_str()).collect();
    let mut graphs: Vec<&GraphProto> = node.attribute.iter().filter_map(|attribute| attribute.g.as_ref()).collect();
    while let Some(graph) = graphs.pop() {
        names.extend(graph.output.iter().map(|output| output.name.as_str()));
        for inner in &graph.node {
            names.extend(inner.input.iter().map(|name| name.as_str()));
            graphs.extend(inner.attribute.iter().filter_map(|attribute| attribute.g.as_ref()));
        }
    }
    names
}

/// The nodes that a node waits for.
fn waits(node: &NodeProto, producers: &HashMap<&str, usize>, given: impl Fn(&str) -> bool) -> Result<Vec<usize>, Flaw> {
    if let Some(input) =
        node.input.iter().find(|name| !name.is_empty() && !producers.contains_key(name.as_str()) && !given(name))
    {
        let found = format!("\"{input}\", which neither a node nor a tensor of the file gives");
        return Err(Flaw::deviation(label(node), "inputs that are in the file", found));
    }
    Ok(reads(node).into_iter().filter_map(|name| producers.get(name).copied()).collect())
}

fn needed(output: &str, producers: &HashMap<&str, usize>, inputs: &[Vec<usize>]) -> Result<Vec<bool>, Flaw> {
    let mut needed = vec![false; inputs.len()];
    let Some(&last) = producers.get(output) else {
        let found = format!("\"{output}\", which no node gives");
        return Err(Flaw::deviation("output of the graph", "what a node gives", found));
    };
    let mut waiting = vec![last];
    while let Some(at) = waiting.pop() {
        if !std::mem::replace(&mut needed[at], true) {
            waiting.extend(&inputs[at]);
        }
    }
    Ok(needed)
}

/// The needed nodes in order; among those that are ready, the first in the file comes first.
fn sorted(nodes: &[NodeProto], inputs: &[Vec<usize>], needed: &[bool]) -> Result<Vec<usize>, Flaw> {
    // What a needed node reads is needed too.
    let reads: Vec<Vec<usize>> =
        inputs.iter().zip(needed).map(|(inputs, &needed)| if needed { inputs.clone() } else { vec![] }).collect();
    let order = order_of_computation(&reads).map_err(|circle| in_circle(nodes, &circle))?;
    Ok(order.into_iter().filter(|&at| needed[at]).collect())
}

fn in_circle(nodes: &[NodeProto], circle: &[usize]) -> Flaw {
    const SHOWN: usize = 4;
    let names: Vec<_> = circle.iter().take(SHOWN).map(|&at| label(&nodes[at])).collect();
    let found = format!("{} in a circle", names.join(" and "));
    Flaw::deviation("graph", "nodes that lead from the input to the output", found)
}
