//! Arithmetic with integers: how exporters compute the shapes and axes of other nodes. The pictures have a fixed size
//! here, so all of it comes down to numbers.

use ndarray::{ArrayD, Axis, IxDyn, ShapeError, arr0, concatenate};
use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::constants::permutation;
use super::network::{Network, Value, missing};
use super::refusals;
use crate::error::Flaw;
use crate::onnx::{Constant, Integers};

/// A list longer than this is no shape.
const LONGEST: usize = 4096;

impl Network<'_> {
    /// What a node of integers gives; all its inputs are constants, but for the maps of a `Shape`.
    pub(super) fn integer_node(&mut self, node: &NodeProto) -> Result<Integers, Flaw> {
        let given = |input: usize| self.integers(node, input).and_then(|integers| array(node, integers));
        let list = |values: Vec<i64>| ArrayD::from_shape_vec(IxDyn(&[values.len()]), values);
        let result = match node.op_type.as_str() {
            "Identity" => given(0)?,
            "Cast" => self.whole_numbers(node)?,
            "Shape" => list(self.extents_of(node)?).map_err(|error| impossible(node, &error))?,
            "Size" => arr0(product(&self.extents_of(node)?).ok_or_else(|| overflow(node))?).into_dyn(),
            "Squeeze" | "Unsqueeze" | "Reshape" | "Flatten" => {
                let integers = self.integers(node, 0)?;
                let shape = self.new_extents(node, &integers.shape)?;
                array(node, Integers { shape, ..integers })?
            }
            "Transpose" => {
                let integers = given(0)?;
                let permutation = permutation(node, integers.ndim())?;
                integers.permuted_axes(IxDyn(&permutation))
            }
            "Concat" => {
                let pieces = (0..node.input.len()).map(given).collect::<Result<Vec<_>, _>>()?;
                let rank = pieces.first().map_or(0, ArrayD::ndim);
                let axis = Axis(attributes::place(node, attributes::int(node, "axis", 0), rank)?);
                let views: Vec<_> = pieces.iter().map(|piece| piece.view()).collect();
                concatenate(axis, &views).map_err(|error| impossible(node, &error))?
            }
            "Gather" => gather(node, &given(0)?, &given(1)?)?,
            "Slice" => self.slice(node, given(0)?)?,
            "Expand" => self.expand(node, &given(0)?)?,
            "Add" => both(node, &given(0)?, &given(1)?, i64::checked_add)?,
            "Sub" => both(node, &given(0)?, &given(1)?, i64::checked_sub)?,
            "Mul" => both(node, &given(0)?, &given(1)?, i64::checked_mul)?,
            "Div" => both(node, &given(0)?, &given(1)?, i64::checked_div)?,
            "Mod" => both(node, &given(0)?, &given(1)?, i64::checked_rem_euclid)?,
            "Max" => both(node, &given(0)?, &given(1)?, |a, b| Some(a.max(b)))?,
            "Min" => both(node, &given(0)?, &given(1)?, |a, b| Some(a.min(b)))?,
            "Equal" => both(node, &given(0)?, &given(1)?, |a, b| Some(i64::from(a == b)))?,
            "ReduceProd" => {
                let values: Vec<i64> = given(0)?.iter().copied().collect();
                list(vec![product(&values).ok_or_else(|| overflow(node))?]).map_err(|error| impossible(node, &error))?
            }
            "ConstantOfShape" => constant_of_shape(node, &self.integers(node, 0)?.values)?,
            _ => return Err(refusals::operator(node)),
        };
        if result.len() > LONGEST {
            let found = format!("{} numbers", result.len());
            return Err(Flaw::deviation(label(node), format!("a shape of at most {LONGEST} numbers"), found));
        }
        Ok(Integers { shape: result.shape().to_vec(), values: result.iter().copied().collect() })
    }

    /// Extents of maps or of a constant.
    fn extents_of(&self, node: &NodeProto) -> Result<Vec<i64>, Flaw> {
        let extents = match self.value(node, 0) {
            Some(Value::Map(map)) => map.axes.extents(),
            Some(Value::Squares(squares)) => squares.axes.extents(),
            Some(Value::Constant(Constant::Floats(tensor))) => tensor.shape.clone(),
            Some(Value::Constant(Constant::Integers(integers))) => integers.shape.clone(),
            Some(Value::Constant(Constant::Other(found))) => {
                return Err(Flaw::ElementType { tensor: node.input[0].clone(), found: found.clone() });
            }
            None => return Err(missing(node, 0)),
        };
        let rank = i64::try_from(extents.len()).unwrap_or(i64::MAX);
        let limit =
            |bound: i64| usize::try_from(if bound < 0 { bound + rank } else { bound }.clamp(0, rank)).unwrap_or(0);
        let (start, end) = (limit(attributes::int(node, "start", 0)), limit(attributes::int(node, "end", rank)));
        let whole = extents.get(start..end).unwrap_or_default().iter();
        whole.map(|&extent| i64::try_from(extent).map_err(|_| overflow(node))).collect()
    }

    /// Integers, or floats without a fraction.
    fn whole_numbers(&mut self, node: &NodeProto) -> Result<ArrayD<i64>, Flaw> {
        if let Ok(integers) = self.integers(node, 0) {
            return array(node, integers);
        }
        let floats = self.floats(node, 0)?;
        let shape = floats.shape.clone();
        let whole = |float: f32| (float.fract() == 0.0 && float.abs() < 1e9).then_some(float as i64);
        let numbers: Option<Vec<i64>> = floats.into_floats()?.into_iter().map(whole).collect();
        let values = numbers.ok_or_else(|| Flaw::deviation(label(node), "whole numbers", "fractions"))?;
        array(node, Integers { shape, values })
    }

    /// A part of a list, perhaps backwards.
    fn slice(&self, node: &NodeProto, mut data: ArrayD<i64>) -> Result<ArrayD<i64>, Flaw> {
        let bounds = |input: usize, name: &str| -> Result<Option<Vec<i64>>, Flaw> {
            let given = self.optional_integers(node, input)?;
            Ok(given.or_else(|| attributes::ints(node, name).map(<[i64]>::to_vec)))
        };
        let (starts, ends) = (bounds(1, "starts")?.unwrap_or_default(), bounds(2, "ends")?.unwrap_or_default());
        let axes = bounds(3, "axes")?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = bounds(4, "steps")?.unwrap_or_else(|| vec![1; starts.len()]);
        if [ends.len(), axes.len(), steps.len()].iter().any(|&count| count != starts.len()) {
            let found = format!("{starts:?}, {ends:?}, {axes:?} and {steps:?}");
            return Err(Flaw::deviation(label(node), "as many starts, ends, axes and steps", found));
        }
        for (((start, end), axis), step) in starts.into_iter().zip(ends).zip(axes).zip(steps) {
            let axis = attributes::place(node, axis, data.ndim())?;
            let places = places(start, end, step, data.len_of(Axis(axis)));
            let places = places.ok_or_else(|| Flaw::deviation(label(node), "a step other than 0", step.to_string()))?;
            data = data.select(Axis(axis), &places);
        }
        Ok(data)
    }

    /// A list that is repeated up to a shape.
    fn expand(&self, node: &NodeProto, data: &ArrayD<i64>) -> Result<ArrayD<i64>, Flaw> {
        let shape = self.integers(node, 1)?.values;
        broadcast(node, data, &shape)
    }
}

/// The places that a slice takes of a list.
fn places(start: i64, end: i64, step: i64, length: usize) -> Option<Vec<usize>> {
    let length = i64::try_from(length).ok()?;
    let from_end = |bound: i64| if bound < 0 { bound.saturating_add(length) } else { bound };
    let mut places = Vec::new();
    let (mut at, end) = match step {
        0 => return None,
        1.. => (from_end(start).clamp(0, length), from_end(end).clamp(0, length)),
        _ => (from_end(start).clamp(-1, length - 1), from_end(end).clamp(-1, length - 1)),
    };
    while (step > 0 && at < end) || (step < 0 && at > end) {
        places.push(usize::try_from(at).ok()?);
        at = at.saturating_add(step);
    }
    Some(places)
}

/// An array that is repeated up to a shape, of at most as many numbers as a bias can have.
pub(super) fn broadcast<T: Copy>(node: &NodeProto, data: &ArrayD<T>, shape: &[i64]) -> Result<ArrayD<T>, Flaw> {
    /// The most channels that a layer may have here.
    const MOST: usize = 1 << 16;
    let extents: Option<Vec<usize>> = shape.iter().map(|&extent| usize::try_from(extent).ok()).collect();
    let extents = extents.filter(|extents| {
        extents.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent)).is_some_and(|count| count <= MOST)
    });
    // An extent of 1 leaves what is there.
    let wanted = extents.and_then(|extents| {
        let rank = extents.len().max(data.ndim());
        let at =
            |extents: &[usize], axis: usize| (axis + extents.len()).checked_sub(rank).map_or(1, |axis| extents[axis]);
        let both = (0..rank).map(|axis| at(&extents, axis).max(at(data.shape(), axis))).collect::<Vec<_>>();
        data.broadcast(IxDyn(&both)).map(|view| view.to_owned())
    });
    wanted.ok_or_else(|| {
        let expected = format!("an expansion of {:?} to at most {MOST} numbers", data.shape());
        Flaw::deviation(label(node), expected, format!("{shape:?}"))
    })
}

fn array(node: &NodeProto, integers: Integers) -> Result<ArrayD<i64>, Flaw> {
    ArrayD::from_shape_vec(IxDyn(&integers.shape), integers.values).map_err(|error| impossible(node, &error))
}

fn constant_of_shape(node: &NodeProto, shape: &[i64]) -> Result<ArrayD<i64>, Flaw> {
    let value = node.attribute.iter().find(|attribute| attribute.name == "value").and_then(|value| value.t.as_ref());
    let Some(value) = value.filter(|value| value.data_type == 7) else { return Err(refusals::operator(node)) };
    let raw = value.raw_data.as_chunks::<8>().0.first().map(|&bytes| i64::from_le_bytes(bytes));
    let value = raw.or_else(|| value.int64_data.first().copied()).unwrap_or(0);
    broadcast(node, &arr0(value).into_dyn(), shape)
}

/// The picked numbers of a list.
fn gather(node: &NodeProto, data: &ArrayD<i64>, picks: &ArrayD<i64>) -> Result<ArrayD<i64>, Flaw> {
    if data.ndim() != 1 {
        return Err(refusals::operator(node));
    }
    let pick = |&pick: &i64| Ok(data[[attributes::place(node, pick, data.len())?]]);
    let values = picks.iter().map(pick).collect::<Result<Vec<i64>, Flaw>>()?;
    array(node, Integers { shape: picks.shape().to_vec(), values })
}

/// One operation, place by place; the smaller of both is repeated over the larger.
fn both(
    node: &NodeProto,
    a: &ArrayD<i64>,
    b: &ArrayD<i64>,
    operation: impl Fn(i64, i64) -> Option<i64>,
) -> Result<ArrayD<i64>, Flaw> {
    let larger = if b.len() > a.len() || b.ndim() > a.ndim() { b.raw_dim() } else { a.raw_dim() };
    let Some((left, right)) = a.broadcast(larger.clone()).zip(b.broadcast(larger.clone())) else {
        let found = format!("{:?} and {:?}", a.shape(), b.shape());
        return Err(Flaw::deviation(label(node), "numbers of which one side fits into the other", found));
    };
    let one = |(&a, &b): (&i64, &i64)| operation(a, b).ok_or_else(|| overflow(node));
    let values = left.iter().zip(right.iter()).map(one).collect::<Result<Vec<i64>, Flaw>>()?;
    ArrayD::from_shape_vec(larger, values).map_err(|error| impossible(node, &error))
}

fn product(values: &[i64]) -> Option<i64> {
    values.iter().try_fold(1_i64, |product, &value| product.checked_mul(value))
}

fn overflow(node: &NodeProto) -> Flaw {
    Flaw::deviation(label(node), "numbers of 64 bits", "larger ones, or a division by zero")
}

fn impossible(node: &NodeProto, error: &ShapeError) -> Flaw {
    Flaw::deviation(label(node), "lists of integers that fit together", error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_those_of_numpy() {
        let check =
            |start, end, step, expected: &[usize]| assert_eq!(places(start, end, step, 5).as_deref(), Some(expected));
        check(1, 3, 1, &[1, 2]);
        check(-2, i64::MAX, 1, &[3, 4]);
        check(0, 5, 2, &[0, 2, 4]);
        check(-1, i64::MIN, -1, &[4, 3, 2, 1, 0]);
        check(3, 0, -2, &[3, 1]);
        check(4, 2, 1, &[]);
        assert_eq!(places(0, 5, 0, 5), None);
    }
}
