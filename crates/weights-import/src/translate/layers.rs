//! Dense layers and batch normalisation.

use graph::{Conv, Dense, Op};
use onnx_ir::NodeProto;

use super::attributes::{self, label};
use super::axes::{Axes, Dim};
use super::line::Line;
use super::network::{Border, Map, Network, Source, Value};
use super::refusals;
use crate::error::Flaw;
use crate::tensor::SourceTensor;

impl Network<'_> {
    /// A `Gemm`: `alpha · x · matrix + beta · bias`.
    pub(super) fn gemm(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        if attributes::int(node, "transA", 0) != 0 {
            return Err(Flaw::deviation(label(node), "transA 0", attributes::int(node, "transA", 0).to_string()));
        }
        let number = |name: &str| f64::from(attributes::float(node, name).unwrap_or(1.0));
        let (alpha, beta) = (number("alpha"), number("beta"));
        let transposed = attributes::int(node, "transB", 0) == 0;
        let map = self.map(node, 0)?;
        let matrix = self.floats(node, 1)?;
        let mut bias = if self.value(node, 2).is_some() { Some(self.floats(node, 2)?) } else { None };
        let outputs = outputs_of(node, &matrix, transposed)?;
        let mut line = None;
        if alpha != 1.0 || (beta != 1.0 && bias.is_some()) {
            let mut factors = Line::uniform(outputs, alpha, 0.0, label(node));
            if let Some(bias) = bias.take() {
                let bias = check_bias(node, bias, outputs)?.into_floats()?;
                factors.shift = bias.into_iter().map(|bias| f64::from(bias) * beta).collect();
            }
            line = Some(factors);
        }
        self.dense(node, &map, matrix, transposed, bias, line)
    }

    /// A `MatMul` of pictures and a matrix.
    pub(super) fn matrix_product(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        let map = self.map(node, 0)?;
        let matrix = self.floats(node, 1)?;
        match map.axes.places() {
            // A matrix behind maps with channels last is a convolution with a kernel of one pixel.
            Some([3, 1, 2]) if !map.axes.is_flat() => self.pointwise(node, &map, matrix),
            _ => self.dense(node, &map, matrix, true, None, None),
        }
    }

    fn pointwise(&mut self, node: &NodeProto, map: &Map, matrix: SourceTensor) -> Result<Value, Flaw> {
        let outputs = outputs_of(node, &matrix, true)?;
        check_inputs(node, &matrix, true, map.axes.extent(Dim::Channels))?;
        let conv = Op::Conv(Conv { bias: false, ..Conv::square(outputs, 1) });
        let source = Source { kernel: matrix, transposed: true, columns: None, bias: None, line: None };
        let id = self.push_weighted(node, conv, map.node, source)?;
        let axes = map.axes.with_shape(self.drafts[id].shape);
        // An axis of extent 1 runs over nothing, and may run over channels now.
        let order = [Dim::Rows, Dim::Columns, Dim::Channels];
        let axes = Axes::ordered(axes.extent(Dim::Pictures), self.drafts[id].shape, order);
        Ok(Value::Map(Map { node: id, axes, ..map.clone() }))
    }

    fn dense(
        &mut self,
        node: &NodeProto,
        map: &Map,
        matrix: SourceTensor,
        transposed: bool,
        bias: Option<SourceTensor>,
        line: Option<Line>,
    ) -> Result<Value, Flaw> {
        let order = map.axes.flat().map(<[Dim]>::to_vec);
        let Some(order) = order.filter(|_| map.axes.rank() == 2) else {
            let found = format!("{:?}", map.axes.extents());
            return Err(Flaw::deviation(label(node), "flat pictures [pictures, numbers]", found));
        };
        let outputs = outputs_of(node, &matrix, transposed)?;
        check_inputs(node, &matrix, transposed, self.drafts[map.node].shape.values())?;
        let columns = (!map.axes.is_flat()).then(|| columns(&map.axes, &order));
        let input = self.flattened(map);
        let bias = bias.map(|bias| check_bias(node, bias, outputs)).transpose()?;
        let op = Op::Dense(Dense { outputs, bias: bias.is_some() || line.is_some() });
        let source = Source { kernel: matrix, transposed, columns, bias, line };
        let id = self.push_weighted(node, op, input, source)?;
        let axes = Axes::rows(map.axes.extent(Dim::Pictures), outputs);
        Ok(Value::Map(Map { node: id, axes, border: Border::default(), softmax: None }))
    }

    /// A `BatchNormalization` as it is used after training: a factor and a summand per channel.
    pub(super) fn batch_norm(&mut self, node: &NodeProto) -> Result<Value, Flaw> {
        for (name, default) in [("training_mode", 0), ("spatial", 1)] {
            let found = attributes::int(node, name, default);
            if found != default {
                let expected = format!("{name} {default}, as in inference");
                return Err(Flaw::deviation(label(node), expected, format!("{name} {found}")));
            }
        }
        let mut map = self.map(node, 0)?;
        if map.axes.rank() == 2 && map.axes.is_flat() {
            map = self.flat_map(&map);
        }
        if map.axes.channel_place() != Some(1) {
            return Err(Flaw::deviation(label(node), "channels as axis 1", format!("{:?}", map.axes.extents())));
        }
        let channels = self.drafts[map.node].shape.channels;
        let mut vector = |input: usize| -> Result<Vec<f64>, Flaw> {
            let tensor = self.floats(node, input)?;
            if tensor.shape != [channels] {
                let at = format!("{} ({})", label(node), tensor.label());
                return Err(Flaw::deviation(at, format!("shape [{channels}]"), format!("{:?}", tensor.shape)));
            }
            Ok(tensor.into_floats()?.into_iter().map(f64::from).collect())
        };
        let (scale, shift, mean, variance) = (vector(1)?, vector(2)?, vector(3)?, vector(4)?);
        let epsilon = f64::from(attributes::float(node, "epsilon").unwrap_or(1e-5));
        let spread = |variance: &f64| variance + epsilon;
        if let Some(channel) = variance.iter().position(|variance| !(*variance >= 0.0 && spread(variance) > 0.0)) {
            let found = format!("{} with an epsilon of {epsilon}", variance[channel]);
            let at = format!("{}, variance of channel {channel}", label(node));
            return Err(Flaw::deviation(at, "a number above 0", found));
        }
        let scale: Vec<f64> = scale.iter().zip(&variance).map(|(scale, v)| scale / spread(v).sqrt()).collect();
        let shift = shift.iter().zip(&mean).zip(&scale).map(|((shift, mean), scale)| shift - mean * scale).collect();
        let line = Line { scale, shift, image: None, norms: 1, at: vec![label(node)] };
        let id = self.push_line(node, map.node, line);
        Ok(Value::Map(Map { node: id, ..map }))
    }

    /// A flat picture as the vector that it is.
    pub(super) fn flat_map(&mut self, map: &Map) -> Map {
        let node = self.flattened(map);
        let units = self.drafts[node].shape.channels;
        Map { node, axes: Axes::rows(map.axes.extent(Dim::Pictures), units), ..map.clone() }
    }
}

/// One number per output: `[outputs]`, with axes of extent 1 as it may be, or one for all.
pub(super) fn check_bias(node: &NodeProto, bias: SourceTensor, outputs: usize) -> Result<SourceTensor, Flaw> {
    let fits = match &bias.shape[..] {
        [front @ .., last] => *last == outputs && front.iter().all(|&extent| extent == 1),
        [] => outputs == 1,
    };
    if fits {
        return bias.with_shape(vec![outputs]);
    }
    let at = format!("bias of {} ({})", label(node), bias.label());
    if bias.shape.iter().all(|&extent| extent == 1) {
        let one = bias.clone().into_floats()?.first().copied().unwrap_or(0.0);
        return SourceTensor::from_floats(&bias.name, vec![outputs], &vec![one; outputs]);
    }
    Err(Flaw::deviation(at, format!("shape [{outputs}]"), format!("{:?}", bias.shape)))
}

fn outputs_of(node: &NodeProto, matrix: &SourceTensor, transposed: bool) -> Result<usize, Flaw> {
    match matrix.shape[..] {
        [a, b] if a == 0 || b == 0 => Err(refusals::empty(node, matrix)),
        [_, outputs] if transposed => Ok(outputs),
        [outputs, _] => Ok(outputs),
        _ => {
            let at = format!("{} ({})", label(node), matrix.label());
            Err(Flaw::deviation(at, "a matrix", format!("shape {:?}", matrix.shape)))
        }
    }
}

fn check_inputs(node: &NodeProto, matrix: &SourceTensor, transposed: bool, expected: usize) -> Result<(), Flaw> {
    let inputs = matrix.shape[usize::from(!transposed)];
    if inputs == expected {
        return Ok(());
    }
    let at = format!("{} ({})", label(node), matrix.label());
    let expected = format!("a matrix for the {expected} numbers that it reads");
    Err(Flaw::deviation(at, expected, format!("shape {:?}", matrix.shape)))
}

/// For each number of a picture, channel first: its place where the picture is flattened in another order.
fn columns(axes: &Axes, order: &[Dim]) -> Vec<usize> {
    let stride = |dim: Dim| {
        let behind = order.iter().skip_while(|&&other| other != dim).skip(1);
        if order.contains(&dim) { behind.map(|&dim| axes.extent(dim)).product() } else { 0 }
    };
    let [channels, rows, columns] = [Dim::Channels, Dim::Rows, Dim::Columns].map(|dim| (axes.extent(dim), stride(dim)));
    let mut places = Vec::with_capacity(channels.0 * rows.0 * columns.0);
    for c in 0..channels.0 {
        for y in 0..rows.0 {
            places.extend((0..columns.0).map(|x| c * channels.1 + y * rows.1 + x * columns.1));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use graph::Shape;

    use super::*;

    #[test]
    fn the_columns_of_channels_last_are_found() {
        let axes = Axes::maps(1, Shape::new(3, 2, 2)).transposed(&[0, 2, 3, 1]).expect("a permutation");
        let flat = axes.reshaped(&[1, 12]).expect("all of a picture");
        let order = flat.flat().expect("flat").to_vec();
        // The number at (channel, row, column) stands at (row · 2 + column) · 3 + channel.
        assert_eq!(columns(&flat, &order), [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
    }
}
