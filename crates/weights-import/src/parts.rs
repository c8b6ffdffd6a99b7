//! The tensors of a VGG-16 in the order of its layers, and the architecture that their shapes tell.
//!
//! Every reader ends here, so the shapes are proven in one place: each convolution reads what the one before gives,
//! the convolutions of a group have one width, fc6 reads the pooled last maps.

use ndarray::Array2;
use vgg_core::{Architecture, ConvWeights, DenseWeights};

use crate::batch_norm::BatchNorm;
use crate::error::Flaw;
use crate::tensor::{Element, SourceTensor};

/// Convolutions per group of a VGG-16.
pub(crate) const GROUPS: [usize; 5] = [2, 2, 3, 3, 3];
/// A file that claims a larger input is damaged.
const MAX_SIDE: usize = 8192;
/// Names of the dense layers.
pub(crate) const DENSE: [&str; 3] = ["fc6", "fc7", "fc8"];

/// The order of the axes of a convolution kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KernelLayout {
    /// `[out, in, 3, 3]`: PyTorch, ONNX, Caffe.
    OutInHeightWidth,
    /// `[3, 3, in, out]`: Keras.
    HeightWidthInOut,
}

/// The order of the axes of a dense matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatrixLayout {
    /// `[out, in]`: PyTorch, `Gemm` with `transB = 1`. A kernel `[out, channels, height, width]` as large as the map
    /// counts as such a matrix.
    OutIn,
    /// `[in, out]`: Keras, `MatMul`, `Gemm` with `transB = 0`.
    InOut,
}

/// The order in which a feature map is flattened before fc6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlattenOrder {
    /// `channel × row × column`: PyTorch, ONNX, Caffe.
    ChannelFirst,
    /// `row × column × channel`: Keras.
    ChannelLast,
}

/// Kernel and bias of one convolution, and the batch normalisation that follows it.
pub(crate) struct ConvParts {
    pub kernel: SourceTensor,
    pub layout: KernelLayout,
    pub bias: SourceTensor,
    pub norm: Option<BatchNorm>,
}

/// Matrix and bias of one dense layer.
pub(crate) struct DenseParts {
    pub matrix: SourceTensor,
    pub layout: MatrixLayout,
    pub bias: SourceTensor,
}

/// All tensors of a network, in the order of its layers.
pub(crate) struct NetworkParts {
    /// Thirteen convolutions.
    pub convolutions: Vec<ConvParts>,
    /// fc6, fc7 and fc8, or nothing.
    pub dense: Vec<DenseParts>,
    /// How the map before fc6 is flattened.
    pub flatten: FlattenOrder,
    /// Side of the input in pixels, where the file or the user tells.
    pub input_side: Option<usize>,
}

/// `conv1_1` … `conv5_3`, in order.
pub(crate) fn convolution_names() -> Vec<String> {
    let names = |(group, &count): (usize, &usize)| (1..=count).map(move |i| format!("conv{}_{i}", group + 1));
    GROUPS.iter().enumerate().flat_map(names).collect()
}

impl NetworkParts {
    /// The architecture that these shapes tell.
    pub fn architecture(&self) -> Result<Architecture, Flaw> {
        let groups = self.groups()?;
        let last = groups.last().map_or(0, |&(channels, _)| channels);
        let widths = self.dense_widths()?;
        let input_side = self.side(last, &groups)?;
        if input_side > MAX_SIDE {
            return Err(Flaw::deviation("input", format!("at most {MAX_SIDE} pixels a side"), input_side.to_string()));
        }
        let (hidden, classes) = match widths[..] {
            [_, fc6, fc7, fc8] => (vec![fc6, fc7], fc8),
            _ => (vec![], 0),
        };
        let custom = Architecture { name: "vgg16-custom".into(), input_side, groups, hidden, classes };
        let known = [Architecture::vgg16(classes), Architecture::vgg16_notop(), Architecture::vgg16_demo(classes)];
        let same = |known: &Architecture| Architecture { name: custom.name.clone(), ..known.clone() } == custom;
        Ok(known.into_iter().find(same).unwrap_or(custom))
    }

    /// The element type of the file, if it is shorter than float32.
    pub fn short_element(&self) -> Option<Element> {
        let norms = self.convolutions.iter().filter_map(|parts| parts.norm.as_ref()).flat_map(BatchNorm::tensors);
        let convolutions = self.convolutions.iter().flat_map(|parts| [&parts.kernel, &parts.bias]);
        let dense = self.dense.iter().flat_map(|parts| [&parts.matrix, &parts.bias]);
        let mut elements = convolutions.chain(dense).chain(norms).map(|tensor| tensor.element);
        elements.find(|&element| element != Element::Float32)
    }

    /// The arrays, in the order and layout of a checkpoint; reads every value of the file once.
    pub fn into_weights(self, network: &Architecture) -> Result<(Vec<ConvWeights>, Vec<DenseWeights>), Flaw> {
        let side = network.input_side >> network.groups.len();
        let flatten = self.flatten;
        let convolutions = self.convolutions.into_iter().map(ConvParts::into_weights).collect::<Result<_, _>>()?;
        let mut dense = Vec::new();
        for (parts, layer) in self.dense.into_iter().zip(network.dense_layers()) {
            let mut weights = parts.into_weights(layer.inputs, layer.outputs)?;
            if dense.is_empty() && flatten == FlattenOrder::ChannelLast {
                weights.matrix = channel_first(weights.matrix, side)?;
            }
            dense.push(weights);
        }
        Ok((convolutions, dense))
    }

    /// Width and length of each group.
    fn groups(&self) -> Result<Vec<(usize, usize)>, Flaw> {
        let mut groups: Vec<(usize, usize)> = Vec::new();
        let mut inputs = 3;
        for (name, parts) in convolution_names().iter().zip(&self.convolutions) {
            let outputs = parts.check(name, inputs)?;
            match groups.last_mut() {
                Some((width, count)) if !name.ends_with("_1") => {
                    if *width != outputs {
                        let expected = format!("{width} channels, as in the rest of its group");
                        return Err(Flaw::deviation(parts.at(name), expected, outputs.to_string()));
                    }
                    *count += 1;
                }
                _ => groups.push((outputs, 1)),
            }
            inputs = outputs;
        }
        Ok(groups)
    }

    /// Inputs of fc6, then the outputs of fc6, fc7 and fc8; empty without dense layers.
    fn dense_widths(&self) -> Result<Vec<usize>, Flaw> {
        let mut widths = Vec::new();
        for (name, parts) in DENSE.iter().zip(&self.dense) {
            let (inputs, outputs) = parts.check(name, widths.last().copied())?;
            if widths.is_empty() {
                widths.push(inputs);
            }
            widths.push(outputs);
        }
        Ok(widths)
    }

    /// Side of the input: five poolings above the map that fc6 reads, or what the file says.
    fn side(&self, channels: usize, groups: &[(usize, usize)]) -> Result<usize, Flaw> {
        let Some(fc6) = self.dense.first() else { return self.side_without_dense(groups) };
        let inputs = fc6.inputs();
        let pooled = (inputs / channels.max(1)).isqrt();
        if pooled == 0 || channels * pooled * pooled != inputs {
            let expected = format!("{channels} × a square map");
            return Err(Flaw::deviation(fc6.at("fc6"), expected, format!("{inputs} inputs")));
        }
        match self.input_side {
            None => Ok(pooled << GROUPS.len()),
            Some(side) if side >> GROUPS.len() == pooled => Ok(side),
            Some(side) => {
                let expected =
                    format!("{channels} × {0}×{0} inputs for pictures of {side}×{side}", side >> GROUPS.len());
                Err(Flaw::deviation(fc6.at("fc6"), expected, format!("{inputs} = {channels} × {pooled}×{pooled}")))
            }
        }
    }

    fn side_without_dense(&self, groups: &[(usize, usize)]) -> Result<usize, Flaw> {
        match self.input_side {
            Some(side) if side >> GROUPS.len() > 0 => Ok(side),
            Some(side) => {
                Err(Flaw::deviation("input", "at least 32 pixels a side, for five poolings", side.to_string()))
            }
            None if *groups == Architecture::vgg16_notop().groups => Ok(Architecture::vgg16_notop().input_side),
            None => {
                Err(Flaw::InputSide { reason: "the file has no dense layers and its widths are not VGG-16's".into() })
            }
        }
    }
}

impl ConvParts {
    /// Checks kernel and bias; gives the number of output channels.
    fn check(&self, name: &str, inputs: usize) -> Result<usize, Flaw> {
        let shape = &self.kernel.shape;
        let outputs = match self.layout {
            KernelLayout::OutInHeightWidth => shape.first(),
            KernelLayout::HeightWidthInOut => shape.last(),
        };
        let outputs = outputs.copied().unwrap_or(0);
        let expected = match self.layout {
            KernelLayout::OutInHeightWidth => [outputs, inputs, 3, 3],
            KernelLayout::HeightWidthInOut => [3, 3, inputs, outputs],
        };
        if *shape != expected || outputs == 0 {
            let expected = format!("a 3×3 kernel of shape {expected:?}");
            return Err(Flaw::deviation(self.at(name), expected, format!("{shape:?}")));
        }
        check_bias(name, &self.bias, outputs)?;
        if let Some(norm) = &self.norm {
            norm.check(name, outputs)?;
        }
        Ok(outputs)
    }

    fn at(&self, name: &str) -> String {
        format!("{name} ({})", self.kernel.label())
    }

    fn into_weights(self) -> Result<ConvWeights, Flaw> {
        let kernel = self.kernel.into_kernel()?;
        let kernel = match self.layout {
            KernelLayout::OutInHeightWidth => kernel,
            KernelLayout::HeightWidthInOut => kernel.permuted_axes([3, 2, 0, 1]).as_standard_layout().into_owned(),
        };
        let weights = ConvWeights { kernel, bias: self.bias.into_vector()? };
        match self.norm {
            Some(norm) => norm.fold(weights),
            None => Ok(weights),
        }
    }
}

impl DenseParts {
    /// Checks matrix and bias; gives inputs and outputs.
    fn check(&self, name: &str, inputs: Option<usize>) -> Result<(usize, usize), Flaw> {
        let shape = &self.matrix.shape;
        let plain = shape.len() == 2 || (shape.len() == 4 && self.layout == MatrixLayout::OutIn);
        if !plain || shape.contains(&0) {
            return Err(Flaw::deviation(self.at(name), "a matrix", format!("shape {shape:?}")));
        }
        let outputs = match self.layout {
            MatrixLayout::OutIn => shape[0],
            MatrixLayout::InOut => shape[1],
        };
        if let Some(expected) = inputs.filter(|&expected| expected != self.inputs()) {
            return Err(Flaw::deviation(self.at(name), format!("{expected} inputs"), format!("shape {shape:?}")));
        }
        check_bias(name, &self.bias, outputs)?;
        Ok((self.inputs(), outputs))
    }

    fn inputs(&self) -> usize {
        match self.layout {
            MatrixLayout::OutIn => self.matrix.shape[1..].iter().product(),
            MatrixLayout::InOut => self.matrix.shape.first().copied().unwrap_or(0),
        }
    }

    fn at(&self, name: &str) -> String {
        format!("{name} ({})", self.matrix.label())
    }

    fn into_weights(self, inputs: usize, outputs: usize) -> Result<DenseWeights, Flaw> {
        let matrix = match self.layout {
            MatrixLayout::OutIn => self.matrix.into_transposed(outputs, inputs)?,
            MatrixLayout::InOut => self.matrix.into_matrix(inputs, outputs)?,
        };
        Ok(DenseWeights { matrix, bias: self.bias.into_vector()? })
    }
}

fn check_bias(name: &str, bias: &SourceTensor, outputs: usize) -> Result<(), Flaw> {
    let fits = bias.squeezed() == [outputs] || (outputs == 1 && bias.squeezed().is_empty());
    if fits {
        return Ok(());
    }
    let at = format!("bias of {name} ({})", bias.label());
    Err(Flaw::deviation(at, format!("shape [{outputs}]"), format!("{:?}", bias.shape)))
}

/// Reorders the rows of fc6 from `row × column × channel` to `channel × row × column`.
fn channel_first(matrix: Array2<f32>, side: usize) -> Result<Array2<f32>, Flaw> {
    let (inputs, outputs) = matrix.dim();
    let shape = (side, side, inputs / (side * side), outputs);
    let fault = |error: ndarray::ShapeError| Flaw::deviation("fc6", format!("{shape:?}"), error.to_string());
    let maps = matrix.into_shape_with_order(shape).map_err(fault)?;
    let reordered = maps.permuted_axes([2, 0, 1, 3]).as_standard_layout().into_owned();
    reordered.into_shape_with_order((inputs, outputs)).map_err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_paper() {
        let names = convolution_names();
        assert_eq!(names.len(), 13);
        assert_eq!((names[0].as_str(), names[4].as_str(), names[12].as_str()), ("conv1_1", "conv3_1", "conv5_3"));
    }

    #[test]
    fn rows_of_fc6_are_put_channel_first() {
        // Row r of the source is (row, column, channel) = (r / 6, r / 3 % 2, r % 3).
        let source = Array2::from_shape_fn((12, 2), |(row, unit)| (row * 10 + unit) as f32);
        let sorted = channel_first(source, 2).expect("12 = 2 × 2 × 3");
        let rows: Vec<_> = sorted.column(0).iter().map(|value| (*value / 10.0) as usize).collect();
        assert_eq!(rows, [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
    }
}
