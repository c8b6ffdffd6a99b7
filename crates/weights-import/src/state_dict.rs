//! Weights without a graph: PyTorch files, safetensors and NumPy archives. The names of the tensors say which layer they
//! belong to, so exactly the names of one convention must be there, and no others that could change what it computes.

mod containers;
mod normaliser;
mod sets;
mod table;

use crate::batch_norm::BatchNorm;
use crate::error::Flaw;
use crate::naming::Naming;
use crate::parts::{ConvParts, DenseParts, NetworkParts, convolution_names};
use crate::preprocessing::Evidence;
use crate::tensor::Stored;

pub(crate) use containers::{read_npz, read_pytorch, read_safetensors};
use sets::WeightSet;
use table::Table;

/// The ε of PyTorch's `BatchNorm2d`, which no state dict holds.
const EPSILON: f32 = 1e-5;

/// The tensors of a state dict, and what else the file tells.
pub(crate) struct StateDict {
    pub parts: NetworkParts,
    /// Who named the tensors.
    pub naming: Naming,
    /// What the file tells about the preprocessing.
    pub evidence: Option<Evidence>,
    /// What a user should know.
    pub notes: Vec<String>,
}

/// What the user says about a file without a graph.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told<'a> {
    /// Side of the pictures in pixels.
    pub input_side: Option<usize>,
    /// The part of the file to read: what the names of its tensors begin with.
    pub part: Option<&'a str>,
}

/// Finds the tensor of every layer by its name.
pub(crate) fn assemble(tensors: Vec<(String, Stored)>, told: Told<'_>) -> Result<StateDict, Flaw> {
    let mut table = Table::new(tensors)?;
    if let Some(part) = told.part {
        table.keep(part)?;
    }
    let choice = sets::choose(&table)?;
    let (evidence, unread) = normaliser::find(&table, choice.unread)?;
    let (set, mut notes) = (choice.set, choice.notes);
    if !unread.is_empty() {
        return Err(set.left_over(unread));
    }
    if !set.scheme.normalisations.is_empty() {
        notes.push(format!(
            "batch normalisation is folded into the convolutions, with PyTorch's epsilon of {EPSILON:e}"
        ));
    }
    let (naming, parts) = (set.scheme.naming, collect(&mut table, &set, told.input_side)?);
    Ok(StateDict { parts, naming, evidence, notes })
}

fn collect(table: &mut Table, set: &WeightSet, input_side: Option<usize>) -> Result<NetworkParts, Flaw> {
    let scheme = &set.scheme;
    let mut take = |end: String| table.take(&format!("{}{end}", set.prefix));
    let (mut convolutions, mut dense) = (Vec::new(), Vec::new());
    for layer in 0..set.layers {
        let (kernel, bias) = (take(scheme.kernel_of(layer))?, take(scheme.bias_of(layer))?);
        if layer >= convolution_names().len() {
            dense.push(DenseParts { matrix: kernel, layout: scheme.matrix_layout, bias });
            continue;
        }
        let norm = match scheme.normalisation_of(layer) {
            None => None,
            Some(ends) => {
                let [scale, shift, mean, variance] = ends.map(&mut take);
                let (mean, variance) = (mean?, variance?);
                Some(BatchNorm { scale: scale?, shift: shift?, mean, variance, epsilon: EPSILON })
            }
        };
        convolutions.push(ConvParts { kernel, layout: scheme.kernel_layout, bias, norm });
    }
    Ok(NetworkParts { convolutions, dense, flatten: scheme.flatten, input_side })
}
