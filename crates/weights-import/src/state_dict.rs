//! Weights without a graph: PyTorch files, safetensors and NumPy archives. The names of the tensors say which network
//! they belong to and which layer, so exactly the names of one convention must be there, and no others that could change
//! what it computes.

mod bind;
mod blueprint;
mod containers;
mod conventions;
mod normaliser;
mod sets;
mod strangers;
mod table;

use graph::{Graph, Weights};

use crate::error::Flaw;
use crate::naming::Naming;
use crate::preprocessing::Evidence;
use crate::tensor::{Element, Stored};

pub(crate) use containers::{read_npz, read_pytorch, read_safetensors};
use table::Table;

/// The network of a state dict, and what else the file tells.
pub(crate) struct StateDict {
    pub graph: Graph,
    pub weights: Weights<f32>,
    /// Who named the tensors.
    pub naming: Naming,
    /// What the file tells about the preprocessing.
    pub evidence: Option<Evidence>,
    /// The element type of the file, if it is shorter than float32.
    pub short: Option<Element>,
    /// What a user should know.
    pub notes: Vec<String>,
}

/// What the user says about a file.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told<'a> {
    /// Side of the pictures in pixels.
    pub input_side: Option<usize>,
    /// Of a file without a graph, the part to read: what the names of its tensors begin with.
    pub prefix: Option<&'a str>,
}

/// Finds the tensors of every layer by their names and shapes.
///
/// # Errors
/// Tensors that are not exactly those of one network.
pub(crate) fn assemble(tensors: Vec<(String, Stored)>, told: Told<'_>) -> Result<StateDict, Flaw> {
    let mut table = Table::new(tensors)?;
    if let Some(prefix) = told.prefix {
        table.keep(prefix)?;
    }
    strangers::check(&table)?;
    let choice = sets::choose(&table)?;
    let (evidence, unread) = normaliser::find(&table, choice.unread)?;
    let (set, mut notes) = (choice.set, choice.notes);
    if !unread.is_empty() {
        return Err(set.left_over(unread));
    }
    let sized = blueprint::of(&set, &table, told.input_side)?;
    notes.extend(sized.note);
    if let Some(norm) = set.layers().iter().find_map(|layer| layer.norm.as_ref()) {
        let epsilon = norm.epsilon;
        notes.push(format!(
            "batch normalisation is folded into the convolutions, with an epsilon of {epsilon:e}, which no such file tells"
        ));
    }
    let bound = bind::bind(&sized.blueprint, &set, &mut table)?;
    let naming = set.convention.naming;
    Ok(StateDict { graph: sized.blueprint.graph, weights: bound.weights, naming, evidence, short: bound.short, notes })
}
