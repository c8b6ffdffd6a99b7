//! Arithmetic with constants: what exporters leave for the run that is the same in every run.

use ndarray::{ArrayD, IxDyn};
use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::integers::broadcast;
use super::network::{Network, Value};
use super::refusals;
use crate::error::Flaw;
use crate::onnx::Constant;
use crate::tensor::SourceTensor;

impl Network<'_> {
    /// Whether all inputs of a node are constants, so that what it gives is one too.
    pub(super) fn is_constant(&self, node: &NodeProto) -> bool {
        let mut inputs = (0..node.input.len()).filter_map(|input| self.value(node, input)).peekable();
        inputs.peek().is_some() && inputs.all(|value| matches!(value, Value::Constant(_)))
    }

    /// The constant that a node of constants gives.
    pub(super) fn constant_node(&mut self, node: &NodeProto) -> Result<Constant, Flaw> {
        if node.op_type == "Cast"
            && self.is_float_cast(node)
            && let Ok(integers) = self.integers(node, 0)
        {
            let values: Vec<f32> = integers.values.iter().map(|&value| value as f32).collect();
            return SourceTensor::from_floats(&output(node), integers.shape, &values).map(Constant::Floats);
        }
        let is_float = matches!(self.value(node, 0), Some(Value::Constant(Constant::Floats(_))));
        let to_integers = node.op_type == "Cast" && matches!(attributes::int(node, "to", 0), 6 | 7 | 9);
        if !is_float || to_integers || matches!(node.op_type.as_str(), "Shape" | "Size") {
            return self.integer_node(node).map(Constant::Integers);
        }
        let tensor = self.floats(node, 0)?;
        Ok(Constant::Floats(match node.op_type.as_str() {
            "Identity" | "Dropout" => tensor,
            "Cast" if self.is_float_cast(node) => tensor,
            "Squeeze" | "Unsqueeze" | "Reshape" | "Flatten" => {
                let extents = self.new_extents(node, &tensor.shape)?;
                tensor.with_shape(extents)?
            }
            "Transpose" => transposed(node, tensor)?,
            "Expand" => {
                let shape = self.integers(node, 1)?.values;
                let expanded = broadcast(node, &array(tensor)?, &shape)?;
                let values: Vec<f32> = expanded.iter().copied().collect();
                SourceTensor::from_floats(&output(node), expanded.shape().to_vec(), &values)?
            }
            "Sqrt" => mapped(node, tensor, f32::sqrt)?,
            "Floor" => mapped(node, tensor, f32::floor)?,
            "Ceil" => mapped(node, tensor, f32::ceil)?,
            "Neg" => mapped(node, tensor, |x| -x)?,
            "Reciprocal" => mapped(node, tensor, |x| 1.0 / x)?,
            "Add" => self.both(node, tensor, |a, b| a + b)?,
            "Sub" => self.both(node, tensor, |a, b| a - b)?,
            "Mul" => self.both(node, tensor, |a, b| a * b)?,
            "Div" => self.both(node, tensor, |a, b| a / b)?,
            _ => return Err(refusals::operator(node)),
        }))
    }

    /// One operation, place by place, where the smaller of both is repeated over the larger.
    fn both(
        &mut self,
        node: &NodeProto,
        a: SourceTensor,
        operation: fn(f32, f32) -> f32,
    ) -> Result<SourceTensor, Flaw> {
        let b = self.floats(node, 1)?;
        let found = format!("shapes {:?} and {:?}", a.shape, b.shape);
        let (a, b) = (array(a)?, array(b)?);
        let shape = if b.len() > a.len() || b.ndim() > a.ndim() { b.raw_dim() } else { a.raw_dim() };
        let Some((a, b)) = a.broadcast(shape.clone()).zip(b.broadcast(shape)) else {
            return Err(Flaw::deviation(label(node), "constants of which one fits into the other", found));
        };
        let values: Vec<f32> = a.iter().zip(b.iter()).map(|(&a, &b)| operation(a, b)).collect();
        SourceTensor::from_floats(&output(node), a.shape().to_vec(), &values)
    }
}

fn transposed(node: &NodeProto, tensor: SourceTensor) -> Result<SourceTensor, Flaw> {
    let rank = tensor.shape.len();
    let permutation = permutation(node, rank)?;
    let array = array(tensor)?.permuted_axes(IxDyn(&permutation));
    let values: Vec<f32> = array.iter().copied().collect();
    SourceTensor::from_floats(&output(node), array.shape().to_vec(), &values)
}

/// The order into which a `Transpose` puts the axes; without one they are turned round.
pub(super) fn permutation(node: &NodeProto, rank: usize) -> Result<Vec<usize>, Flaw> {
    let Some(found) = attributes::ints(node, "perm") else { return Ok((0..rank).rev().collect()) };
    let permutation: Vec<usize> = found.iter().filter_map(|&axis| usize::try_from(axis).ok()).collect();
    let mut sorted = permutation.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().eq(0..rank) {
        return Ok(permutation);
    }
    Err(Flaw::deviation(label(node), format!("perm with each of {rank} axes once"), format!("{found:?}")))
}

fn mapped(node: &NodeProto, tensor: SourceTensor, function: fn(f32) -> f32) -> Result<SourceTensor, Flaw> {
    let shape = tensor.shape.clone();
    let values: Vec<f32> = tensor.into_floats()?.into_iter().map(function).collect();
    SourceTensor::from_floats(&output(node), shape, &values)
}

fn array(tensor: SourceTensor) -> Result<ArrayD<f32>, Flaw> {
    let (name, shape) = (tensor.name.clone(), tensor.shape.clone());
    ArrayD::from_shape_vec(IxDyn(&shape), tensor.into_floats()?).map_err(|error| Flaw::data(&name, error.to_string()))
}

fn output(node: &NodeProto) -> String {
    node.output.first().cloned().unwrap_or_default()
}
