//! From a state dict to the weights of a known network.

use super::Blueprint;
use crate::weights::{Scalar, check_numbers};
use crate::{BatchNorm, NodeId, Parameters, Weights, WeightsError};

/// The tensors that a node's weights come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// The node.
    pub node: NodeId,
    /// Name of the kernel.
    pub weight: String,
    /// Its shape as PyTorch writes it: `[outputs, inputs / groups, height, width]` or `[outputs, inputs]`.
    pub shape: Vec<usize>,
    /// Name of the bias, where there is one.
    pub bias: Option<String>,
    /// The batch normalisation to fold in, where there is one.
    pub norm: Option<Norm>,
}

/// A batch normalisation in a state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct Norm {
    /// Its four tensors are `prefix.weight`, `.bias`, `.running_mean` and `.running_var`.
    pub prefix: String,
    /// ε, which no state dict holds.
    pub epsilon: f64,
}

/// A tensor that a state dict must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Whether it is learned (statistics of a batch normalisation are not).
    pub learned: bool,
}

impl Norm {
    /// Names of scale, shift, mean and variance.
    fn names(&self) -> [String; 4] {
        ["weight", "bias", "running_mean", "running_var"].map(|tensor| format!("{}.{tensor}", self.prefix))
    }
}

impl Blueprint {
    /// All tensors that a state dict of this network holds, without the counters `num_batches_tracked`.
    pub fn tensors(&self) -> Vec<Tensor> {
        let of = |source: &Source| {
            let vector = |name: String, learned| Tensor { name, shape: source.shape[..1].to_vec(), learned };
            let mut tensors = vec![Tensor { name: source.weight.clone(), shape: source.shape.clone(), learned: true }];
            tensors.extend(source.bias.clone().map(|name| vector(name, true)));
            if let Some(norm) = &source.norm {
                let [scale, shift, mean, variance] = norm.names();
                tensors.extend([vector(scale, true), vector(shift, true)]);
                tensors.extend([vector(mean, false), vector(variance, false)]);
            }
            tensors
        };
        self.sources.iter().flat_map(of).collect()
    }

    /// Learned numbers, as they are usually counted: those of batch normalisations before folding included.
    pub fn parameter_count(&self) -> u64 {
        let size = |tensor: &Tensor| tensor.shape.iter().product::<usize>() as u64;
        self.tensors().iter().filter(|tensor| tensor.learned).map(size).sum()
    }

    /// Binds a state dict: `get` gives shape and numbers (in C order) of a tensor, or nothing where the file has no
    /// such tensor. Batch normalisations are folded in.
    ///
    /// # Errors
    /// The first tensor that is missing, has another shape, or holds numbers that are not finite.
    pub fn bind<T: Scalar>(
        &self,
        mut get: impl FnMut(&str) -> Option<(Vec<usize>, Vec<T>)>,
    ) -> Result<Weights<T>, WeightsError> {
        let mut named = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            let node = &self.graph.node(source.node).name;
            let mut take = |name: &str, expected: &[usize]| take(node, name, expected, get(name));
            let kernel = take(&source.weight, &source.shape)?;
            let channels = &source.shape[..1];
            let bias = source.bias.as_ref().map(|name| take(name, channels)).transpose()?;
            let mut parameters = Parameters { kernel, bias };
            if let Some(norm) = &source.norm {
                let mut wide =
                    |name: &String| Ok(take(name, channels)?.into_iter().map(Into::into).collect::<Vec<f64>>());
                let [scale, shift, mean, variance] = &norm.names();
                let (scale, shift) = (wide(scale)?, wide(shift)?);
                let (mean, variance) = (wide(mean)?, wide(variance)?);
                let epsilon = norm.epsilon;
                parameters = BatchNorm { scale, shift, mean, variance, epsilon }.fold(node, parameters)?;
            }
            named.push((node.clone(), parameters));
        }
        Weights::new(&self.graph, named)
    }
}

/// The numbers of a tensor, if it has the shape that is expected.
fn take<T: Scalar>(
    node: &str,
    name: &str,
    expected: &[usize],
    tensor: Option<(Vec<usize>, Vec<T>)>,
) -> Result<Vec<T>, WeightsError> {
    let Some((shape, numbers)) = tensor else {
        return Err(WeightsError::Missing { node: node.into(), tensor: name.into() });
    };
    if shape != expected {
        let (expected, found) = (format!("{expected:?}"), format!("the shape {shape:?}"));
        return Err(WeightsError::Shape { node: node.into(), tensor: name.into(), expected, found });
    }
    check_numbers(node, name, expected, &numbers)?;
    Ok(numbers)
}
