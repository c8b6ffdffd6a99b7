//! Single operations of the reference against PyTorch (tests/golden/operations.py).

use std::collections::BTreeMap;

use graph::reference::{Value, operation};
use graph::{Op, Parameters, Shape};
use serde::Deserialize;

use crate::seeded::{error, signed};

#[derive(Deserialize)]
struct Case {
    op: Op,
    inputs: Vec<[usize; 3]>,
    shape: [usize; 3],
    output: Vec<f64>,
}

#[test]
fn operations_match_pytorch() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../golden/operations.json")).expect("golden values");
    let mut kinds = BTreeMap::new();
    for case in &cases {
        let value = |(index, &[channels, height, width]): (usize, &[usize; 3])| {
            let shape = Shape::new(channels, height, width);
            Value { shape, data: signed(&format!("x{index}"), shape.values(), 8.0) }
        };
        let inputs: Vec<Value> = case.inputs.iter().enumerate().map(value).collect();
        let parameters = case.op.kernel_shape(inputs[0].shape).map(|kernel| Parameters {
            kernel: signed("kernel", kernel.iter().product(), 1.0),
            bias: case.op.has_bias().then(|| signed("bias", kernel[0], 1.0)),
        });
        let inputs: Vec<&Value> = inputs.iter().collect();
        let Value { shape, data } = operation(&case.op, &inputs, parameters.as_ref()).expect("fits");
        assert_eq!([shape.channels, shape.height, shape.width], case.shape, "{:?}", case.op);
        let error = error(&data, &case.output);
        assert!(error < 1e-13, "{:?} of {:?}: off by {error:e}", case.op, case.inputs);
        *kinds.entry(format!("{:?}", std::mem::discriminant(&case.op))).or_insert(0) += 1;
    }
    assert_eq!((cases.len(), kinds.len()), (44, 11), "every operation but the input has its cases");
}
