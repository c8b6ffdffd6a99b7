//! What is no part of a convolutional network, or of none that is read here: a table of operators, with what to export
//! instead.

use onnx_ir::NodeProto;

use super::attributes::label;
use crate::error::Flaw;
use crate::onnx::is_standard;
use crate::tensor::SourceTensor;

/// A kind of operators that are refused.
struct Kind {
    operators: &'static [&'static str],
    what: &'static str,
    remedy: &'static str,
}

const FEED_FORWARD: &str = "only feed-forward convolutional networks are read: export the convolutional part alone";
const CLASSIFIER: &str =
    "only networks that end in class scores or features are read: export the part before this node";
const TRACED: &str = "export the network for one fixed size of picture, traced and in inference mode, without control \
                      flow (with PyTorch: model.eval(), then torch.onnx.export with an example picture)";
const ACTIVATIONS: &str = "read are ReLU, ReLU6 and other clips, leaky ReLU, sigmoid, SiLU, hard sigmoid and hard swish: \
                           export a network with one of these";

const KINDS: &[Kind] = &[
    Kind { operators: &["LSTM", "GRU", "RNN"], what: "a recurrent layer", remedy: FEED_FORWARD },
    Kind { operators: &["If", "Loop", "Scan", "SequenceAt"], what: "control flow", remedy: TRACED },
    Kind {
        operators: &[
            "LayerNormalization",
            "RMSNormalization",
            "Attention",
            "MultiHeadAttention",
            "Einsum",
            "Gelu",
            "Erf",
        ],
        what: "part of a transformer",
        remedy: FEED_FORWARD,
    },
    Kind {
        operators: &["InstanceNormalization", "GroupNormalization", "MeanVarianceNormalization", "LpNormalization"],
        what: "a normalisation whose numbers depend on the picture",
        remedy: "batch normalisation and local response normalisation are read: export a network with one of these",
    },
    Kind {
        operators: &["ConvTranspose", "Resize", "Upsample", "MaxUnpool", "DepthToSpace", "GridSample"],
        what: "part of a decoder, which makes maps larger",
        remedy: CLASSIFIER,
    },
    Kind {
        operators: &["NonMaxSuppression", "RoiAlign", "MaxRoiPool", "TopK", "ArgMax", "Where", "NonZero"],
        what: "a choice that depends on the picture",
        remedy: CLASSIFIER,
    },
    Kind {
        operators: &["Tanh", "Elu", "Selu", "Celu", "Softplus", "Softsign", "ThresholdedRelu", "Mish", "Swish"],
        what: "an activation that is not read here",
        remedy: ACTIVATIONS,
    },
    Kind {
        operators: &["Slice", "Split", "Gather", "GatherND", "GatherElements", "Expand", "Tile", "SpaceToDepth"],
        what: "a rearrangement of maps that is not read here",
        remedy: "export the network without it, for pictures of the size that it was trained on",
    },
    Kind {
        operators: &[
            "Sqrt",
            "Exp",
            "Log",
            "Pow",
            "Neg",
            "Abs",
            "Max",
            "Min",
            "Mean",
            "ReduceSum",
            "ReduceMax",
            "Shape",
        ],
        what: "arithmetic with maps that is not read here",
        remedy: "read are sums and products of maps, and sums and products with constants",
    },
];

/// Whether a node is of a kind that no network here can have: quantised, or of another program.
pub(super) fn check(node: &NodeProto) -> Result<(), Flaw> {
    if is_quantised(&node.op_type) {
        return Err(Flaw::Quantised { at: label(node) });
    }
    if !is_standard(&node.domain) {
        return Err(Flaw::Foreign { at: label(node), domain: node.domain.clone() });
    }
    Ok(())
}

/// Why an operator is refused.
pub(super) fn operator(node: &NodeProto) -> Flaw {
    let kind = KINDS.iter().find(|kind| kind.operators.contains(&node.op_type.as_str()));
    let (what, remedy) =
        kind.map_or(("an operator that is not read here", FEED_FORWARD), |kind| (kind.what, kind.remedy));
    Flaw::operator(label(node), what, remedy)
}

/// The square of maps that leads to no local response normalisation.
pub(super) fn squares(node: &NodeProto) -> Flaw {
    let what = "it reads the square of maps";
    Flaw::operator(label(node), what, "squares are read as part of a local response normalisation only")
}

/// A second result that something reads: the places of maxima, the mask of a dropout, statistics of a batch.
pub(super) fn second_output(node: &NodeProto) -> Flaw {
    let what = "something reads its second result";
    Flaw::operator(
        label(node),
        what,
        "one result of a node is read: export the network in inference mode, up to its scores",
    )
}

/// A matrix without numbers.
pub(super) fn empty(node: &NodeProto, matrix: &SourceTensor) -> Flaw {
    let at = format!("{} ({})", label(node), matrix.label());
    Flaw::deviation(at, "a matrix with numbers", format!("shape {:?}", matrix.shape))
}

/// Whether an operator computes with whole numbers of few bits, or rounds to them.
fn is_quantised(operator: &str) -> bool {
    operator.starts_with("QLinear")
        || operator.ends_with("QuantizeLinear")
        || operator.ends_with("DequantizeLinear")
        || matches!(operator, "ConvInteger" | "MatMulInteger" | "QGemm")
}

/// Arithmetic with a constant (or several, where none is named) that is no mean image in front of the network.
pub(super) fn from_pixel_to_pixel(at: &str, constant: Option<&SourceTensor>) -> Flaw {
    let what = match constant {
        Some(tensor) => format!("its constant \"{}\" {:?} differs from pixel to pixel", tensor.name, tensor.shape),
        None => "it adds other numbers to every pixel".into(),
    };
    let remedy = "only a mean image is read: a constant as large as the pictures that is added to them or subtracted from \
                  them, in front of the network";
    Flaw::operator(at, what, remedy)
}
