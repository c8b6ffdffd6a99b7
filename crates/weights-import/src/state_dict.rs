//! Weights without a graph: PyTorch files and safetensors. The names of the tensors say which layer they belong to, so
//! exactly the names of one convention must be there, and no others.

use std::collections::HashMap;
use std::path::Path;

use pytorch_reader::{PytorchError, PytorchReader};
use safetensors::{Dtype, SafeTensors};

use crate::error::Flaw;
use crate::naming::{Naming, Scheme, ends_in, normal};
use crate::parts::{ConvParts, DenseParts, NetworkParts, convolution_names};
use crate::source_file;
use crate::tensor::SourceTensor;

/// Keys under which training scripts keep the weights, beside an optimiser and other things that are left alone.
const CONTAINERS: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// The tensors of a state dict, and who named them.
pub(crate) struct StateDict {
    pub parts: NetworkParts,
    pub naming: Naming,
}

/// Reads a `.pth` or `.pt` file.
///
/// # Errors
/// A file that is no PyTorch file, or whose tensors are not those of a VGG-16.
pub(crate) fn read_pytorch(path: &Path, input_side: Option<usize>) -> Result<StateDict, Flaw> {
    let reader = PytorchReader::new(path).map_err(|error| match error {
        PytorchError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => Flaw::Io(error),
        error => Flaw::Damaged { format: "PyTorch", reason: error.to_string() },
    })?;
    let mut tensors = reader.into_tensors();
    let names = tensors.keys().cloned().collect();
    assemble(names, input_side, |name| match tensors.remove(name) {
        Some(tensor) => SourceTensor::from_pytorch(tensor),
        None => Err(Flaw::data(name, "used by two layers")),
    })
}

/// Reads a `.safetensors` file.
///
/// # Errors
/// A file that is no safetensors file, or whose tensors are not those of a VGG-16.
pub(crate) fn read_safetensors(path: &Path, input_side: Option<usize>) -> Result<StateDict, Flaw> {
    let damaged =
        |error: safetensors::SafeTensorError| Flaw::Damaged { format: "safetensors", reason: error.to_string() };
    let bytes = source_file::map(path)?;
    let file = SafeTensors::deserialize(&bytes).map_err(damaged)?;
    let names = file.names().into_iter().map(String::from).collect();
    assemble(names, input_side, |name| {
        let tensor = file.tensor(name).map_err(damaged)?;
        if tensor.dtype() != Dtype::F32 {
            return Err(Flaw::ElementType { tensor: name.into(), found: format!("{:?}", tensor.dtype()) });
        }
        SourceTensor::from_bytes(name, tensor.shape().to_vec(), bytes.slice_ref(tensor.data()))
    })
}

/// Finds the tensor of every layer by its name.
fn assemble(
    names: Vec<String>,
    input_side: Option<usize>,
    mut take: impl FnMut(&str) -> Result<SourceTensor, Flaw>,
) -> Result<StateDict, Flaw> {
    let names = Names::new(names)?;
    let scheme = names.scheme()?;
    let layers = names.layers(&scheme)?;
    let (mut convolutions, mut dense) = (Vec::new(), Vec::new());
    for (layer, (kernel, bias)) in layers.into_iter().enumerate() {
        let (kernel, bias) = (take(&kernel)?, take(&bias)?);
        if layer < convolution_names().len() {
            convolutions.push(ConvParts { kernel, layout: scheme.kernel_layout, bias });
        } else {
            dense.push(DenseParts { matrix: kernel, layout: scheme.matrix_layout, bias });
        }
    }
    let parts = NetworkParts { convolutions, dense, flatten: scheme.flatten, input_side };
    Ok(StateDict { parts, naming: scheme.naming })
}

/// The names of a file, in order.
struct Names {
    /// Name in the file by its normal form.
    originals: HashMap<String, String>,
    sorted: Vec<String>,
}

impl Names {
    fn new(names: Vec<String>) -> Result<Self, Flaw> {
        let mut originals = HashMap::new();
        for name in names {
            if let Some(other) = originals.insert(normal(&name), name.clone()) {
                return Err(Flaw::deviation("tensor names", "names that differ", format!("{other} and {name}")));
            }
        }
        let mut sorted: Vec<_> = originals.keys().cloned().collect();
        sorted.sort();
        Ok(Self { originals, sorted })
    }

    /// The convention of which the first kernel is there; among those that share it, the one of which fc6 is there.
    fn scheme(&self) -> Result<Scheme, Flaw> {
        let has = |end: String| self.sorted.iter().any(|name| ends_in(name, &end));
        let fits = |scheme: &Scheme| has(scheme.kernel_of(0));
        let mut schemes: Vec<_> = Scheme::all().into_iter().filter(fits).collect();
        let with_dense = schemes.iter().position(|scheme| has(scheme.kernel_of(convolution_names().len())));
        if schemes.is_empty() {
            let shown: Vec<_> = self.sorted.iter().take(3).cloned().collect();
            let found = if shown.is_empty() { "no tensors".into() } else { format!("{} …", shown.join(", ")) };
            let expected =
                "features.0.weight (torchvision, timm), conv1_1.weight (Caffe) or block1_conv1/kernel (Keras)";
            return Err(Flaw::deviation("tensor names", expected, found));
        }
        Ok(schemes.swap_remove(with_dense.unwrap_or(0)))
    }

    /// Names of kernel and bias, layer by layer: 16 layers, or 13 if no dense layer is there.
    fn layers(&self, scheme: &Scheme) -> Result<Vec<(String, String)>, Flaw> {
        let first = self.find(&scheme.kernel_of(0))?.unwrap_or_default();
        let pool = self.pool(&first);
        let convolutions = convolution_names().len();
        let mut found = Vec::new();
        for layer in 0..scheme.layers.len() {
            found.push((self.find(&scheme.kernel_of(layer))?, self.find(&scheme.bias_of(layer))?));
        }
        if found[convolutions..].iter().all(|(kernel, bias)| kernel.is_none() && bias.is_none()) {
            found.truncate(convolutions);
        }
        let ends = (0..found.len()).flat_map(|layer| [scheme.kernel_of(layer), scheme.bias_of(layer)]);
        let names: Vec<_> = found.iter().flat_map(|(kernel, bias)| [kernel.as_ref(), bias.as_ref()]).collect();
        let missing: Vec<_> = ends.zip(&names).filter(|(_, name)| name.is_none()).map(|(end, _)| end).collect();
        let left_over: Vec<_> = pool.into_iter().filter(|name| !names.contains(&Some(name))).cloned().collect();
        if !missing.is_empty() || !left_over.is_empty() {
            return Err(Flaw::Tensors { expected: 2 * found.len(), missing, left_over });
        }
        let original =
            |name: Option<String>| name.and_then(|name| self.originals.get(&name).cloned()).unwrap_or_default();
        Ok(found.into_iter().map(|(kernel, bias)| (original(kernel), original(bias))).collect())
    }

    /// The one name with this end.
    fn find(&self, end: &str) -> Result<Option<String>, Flaw> {
        let found: Vec<_> = self.sorted.iter().filter(|name| ends_in(name, end)).cloned().collect();
        match found.len() {
            0 | 1 => Ok(found.into_iter().next()),
            _ => Err(Flaw::deviation("tensor names", format!("one {end}"), found.join(" and "))),
        }
    }

    /// The names among which nothing may be left over.
    fn pool(&self, first: &str) -> Vec<&String> {
        let container = CONTAINERS.iter().map(|key| format!("{key}.")).find(|key| first.starts_with(key));
        let inside = |name: &&String| container.as_ref().is_none_or(|key| name.starts_with(key));
        self.sorted.iter().filter(inside).collect()
    }
}
