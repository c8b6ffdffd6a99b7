//! Which operator is translated by what.

use onnx_ir::NodeProto;

use super::network::{Network, Value};
use super::refusals;
use crate::error::Flaw;

impl<'m> Network<'m> {
    /// The value that a node gives.
    pub(super) fn translate(&mut self, node: &'m NodeProto) -> Result<Value, Flaw> {
        refusals::check(node)?;
        if node.op_type == "If" {
            return self.branch(node);
        }
        if self.is_constant(node) || matches!(node.op_type.as_str(), "Shape" | "Size") {
            return self.constant_node(node).map(Value::Constant);
        }
        match node.op_type.as_str() {
            "Conv" => self.convolution(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.matrix_product(node),
            "BatchNormalization" => self.batch_norm(node),
            "LRN" => self.lrn(node),
            "MaxPool" => self.max_pool(node),
            "AveragePool" => self.average_pool(node),
            "GlobalAveragePool" | "GlobalMaxPool" => self.global_pool(node),
            "ReduceMean" => self.mean(node),
            "Relu" | "Sigmoid" | "HardSigmoid" | "HardSwish" | "LeakyRelu" | "PRelu" => self.activation(node),
            "Clip" => self.clip(node),
            "Add" | "Sub" | "Mul" | "Div" | "Pow" => self.arithmetic(node),
            "Sum" => self.sum(node),
            "Concat" => self.concat(node),
            "Softmax" | "LogSoftmax" => self.softmax(node),
            "Identity" | "CastLike" => self.pass(node),
            "Dropout" => self.dropout(node),
            "Cast" => self.cast(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshape(node),
            "Transpose" => self.transpose(node),
            "Gather" => self.gather(node),
            "Pad" => self.pad(node),
            _ => Err(refusals::operator(node)),
        }
    }

    /// An `If` whose condition is the same for every picture: PyTorch's older exporter asks whether an axis has one place
    /// before it squeezes it out. (Files are read to a certain depth only, so branches within branches end.)
    fn branch(&mut self, node: &'m NodeProto) -> Result<Value, Flaw> {
        let Ok(condition) = self.integers(node, 0) else { return Err(refusals::operator(node)) };
        let taken = if condition.values.iter().all(|&value| value != 0) { "then_branch" } else { "else_branch" };
        let graph =
            node.attribute.iter().find(|attribute| attribute.name == taken).and_then(|branch| branch.g.as_ref());
        let Some(graph) = graph.filter(|graph| graph.output.len() == 1) else { return Err(refusals::operator(node)) };
        for inner in graph.node.iter().filter(|inner| inner.op_type != "Constant") {
            let value = self.translate(inner)?;
            self.values.insert(inner.output.first().map_or("", |name| name), value);
        }
        self.values.get(graph.output[0].name.as_str()).cloned().ok_or_else(|| refusals::operator(node))
    }
}
