//! What the layers of a VGG-16 look like in a graph.

use onnx_ir::NodeProto;

use crate::batch_norm::BatchNorm;
use crate::error::Flaw;
use crate::graph::Requirement;
use crate::graph::attributes::{self, label};
use crate::graph::walk::Walk;
use crate::onnx::Constant;
use crate::parts::{ConvParts, DenseParts, KernelLayout, MatrixLayout};
use crate::tensor::SourceTensor;

/// How a bias may be shaped where it stands.
#[derive(Clone, Copy)]
enum BiasForm {
    /// `[channels]`: the third input of a `Conv`.
    Channels,
    /// `[channels, 1, 1]`, perhaps with a leading 1: added to a map.
    Map,
    /// `[units]` or `[1, units]`: added to rows.
    Rows,
}

impl<'m> Walk<'m> {
    /// A convolution with its bias.
    pub fn convolution(&mut self, layer: &str) -> Result<ConvParts, Flaw> {
        while let Some(node) = self.peek()?.filter(|node| node.op_type == "Pad") {
            self.pad(node)?;
            self.step(node)?;
        }
        let before = std::mem::take(&mut self.padding);
        let node = self.expect(&["Conv"], layer)?;
        attributes::check_convolution(node, layer, before)?;
        let kernel = self.weights(node, 1, layer)?;
        let outputs = kernel.shape.first().copied().unwrap_or(0);
        let bias = self.bias(node, layer, BiasForm::Channels, outputs)?;
        let norm = self.batch_norm(layer)?;
        Ok(ConvParts { kernel, layout: KernelLayout::OutInHeightWidth, bias, norm })
    }

    /// The batch normalisation after a convolution, if there is one.
    fn batch_norm(&mut self, layer: &str) -> Result<Option<BatchNorm>, Flaw> {
        let Some(node) = self.peek()?.filter(|node| node.op_type == "BatchNormalization") else { return Ok(None) };
        let epsilon = attributes::check_batch_norm(node, layer)?;
        let mut constant = |input| self.weights(node, input, layer);
        let (scale, shift, mean, variance) = (constant(1)?, constant(2)?, constant(3)?, constant(4)?);
        self.step(node)?;
        self.normalised += 1;
        Ok(Some(BatchNorm { scale, shift, mean, variance, epsilon }))
    }

    /// The rectifier after a layer.
    pub fn relu(&mut self, layer: &str) -> Result<(), Flaw> {
        self.expect(&["Relu"], &format!("ReLU of {layer}")).map(drop)
    }

    /// The pooling after a group, which is counted from 0.
    pub fn max_pool(&mut self, group: usize) -> Result<(), Flaw> {
        let layer = format!("pool{}", group + 1);
        let node = self.expect(&["MaxPool"], &layer)?;
        if attributes::check_max_pool(node, &layer)? {
            self.requirements.push(Requirement::EvenSide(format!("{layer} ({})", label(node)), group));
        }
        Ok(())
    }

    /// A dense layer with its bias.
    pub fn dense(&mut self, layer: &str) -> Result<DenseParts, Flaw> {
        let node = self.expect(&["Gemm", "MatMul"], layer)?;
        let layout = if node.op_type == "Gemm" { attributes::check_gemm(node, layer)? } else { MatrixLayout::InOut };
        let matrix = self.weights(node, 1, layer)?;
        let outputs = match layout {
            MatrixLayout::OutIn => matrix.shape.first(),
            MatrixLayout::InOut => matrix.shape.get(1),
        };
        let outputs = outputs.copied().unwrap_or(0);
        let bias = self.bias(node, layer, BiasForm::Rows, outputs)?;
        Ok(DenseParts { matrix, layout, bias })
    }

    /// Constant float32 input of a node.
    fn weights(&mut self, node: &'m NodeProto, input: usize, layer: &str) -> Result<SourceTensor, Flaw> {
        let name = node.input.get(input).map_or("", |name| name);
        match self.constant(name) {
            Some(Constant::Floats(tensor)) => Ok(tensor.clone()),
            Some(Constant::Integers(_)) => Err(Flaw::ElementType { tensor: name.into(), found: "integers".into() }),
            Some(Constant::Other(found)) => Err(Flaw::ElementType { tensor: name.into(), found: found.clone() }),
            None => {
                let at = format!("{layer} ({})", label(node));
                Err(Flaw::deviation(at, "constant weights", format!("input {input} \"{name}\", which is computed")))
            }
        }
    }

    /// The bias of a layer: an input of its node, an `Add` right after it, or zero. Exporters leave out biases that are
    /// all zero, and the graph says exactly what is added.
    fn bias(&mut self, node: &'m NodeProto, layer: &str, form: BiasForm, outputs: usize) -> Result<SourceTensor, Flaw> {
        let inside = node.op_type != "MatMul" && node.input.get(2).is_some_and(|name| !name.is_empty());
        let (bias, form) = if inside {
            (self.weights(node, 2, layer)?, form)
        } else if let Some(bias) = self.added(layer)? {
            (bias, if node.op_type == "Conv" { BiasForm::Map } else { form })
        } else {
            return Ok(SourceTensor::zeros(&format!("no bias of {}", label(node)), outputs));
        };
        if form.fits(&bias.shape) {
            return Ok(bias);
        }
        let at = format!("bias of {layer} ({})", bias.label());
        Err(Flaw::deviation(at, form.describe(), format!("shape {:?}", bias.shape)))
    }

    fn added(&mut self, layer: &str) -> Result<Option<SourceTensor>, Flaw> {
        let Some(node) = self.peek()?.filter(|node| node.op_type == "Add" && node.input.len() == 2) else {
            return Ok(None);
        };
        let constant = usize::from(node.input[0] == self.value);
        let bias = self.weights(node, constant, layer)?;
        self.step(node)?;
        Ok(Some(bias))
    }
}

impl BiasForm {
    fn fits(self, shape: &[usize]) -> bool {
        match self {
            Self::Channels => shape.len() == 1,
            Self::Map => matches!(shape, [_, 1, 1] | [1, _, 1, 1]),
            Self::Rows => matches!(shape, [_] | [1, _]),
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Channels => "shape [channels]",
            Self::Map => "shape [channels, 1, 1]",
            Self::Rows => "shape [units]",
        }
    }
}
