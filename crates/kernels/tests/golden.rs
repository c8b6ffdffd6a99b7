//! Values of PyTorch and ONNX Runtime (`golden/layers.py`).
#![allow(clippy::unwrap_used)]

use kernels::{Activation, Border, Conv, Epilogue, Lrn, Maps, Pool, Rounding, Window, average_pool, max_pool};
use serde_json::Value;

/// Largest error allowed, relative to the largest value.
const TOLERANCE: f64 = 1e-6;

fn golden(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("golden/layers.json")).unwrap();
    all[part].clone()
}

/// The script's `noise`.
fn noise(seed: usize, len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 37 + seed * 17 + 11) % 29) as f32 / 7.0 - 2.0).collect()
}

fn sizes<const N: usize>(value: &Value) -> [usize; N] {
    let sizes: Vec<usize> = value.as_array().unwrap().iter().map(|size| size.as_u64().unwrap() as usize).collect();
    sizes.try_into().unwrap()
}

fn number(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn input(case: &Value, seed: usize) -> Maps {
    let [pictures, channels, height, width] = sizes(&case["shape"]);
    let values = noise(seed, pictures * channels * height * width);
    Maps::from_nchw(pictures, channels, height, width, &values).unwrap()
}

fn window(case: &Value) -> Window {
    Window {
        kernel: sizes(&case["kernel"]),
        stride: sizes(&case["stride"]),
        padding: sizes(&case["padding"]),
        dilation: sizes(&case["dilation"]),
    }
}

fn compare(found: &[f32], truth: &Value, what: &Value) {
    let truth = numbers(truth);
    assert_eq!(found.len(), truth.len(), "{what}");
    let largest = truth.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    for (found, truth) in found.iter().zip(truth) {
        assert!((f64::from(*found) - truth).abs() <= TOLERANCE * largest, "{found} for {truth}: {what}");
    }
}

#[test]
fn pools() {
    for case in golden("pools").as_array().unwrap() {
        let flag = |name: &str| case[name].as_bool().unwrap();
        let rounding = if flag("ceil") { Rounding::Ceil } else { Rounding::Floor };
        let border = if flag("counted") { Border::Counted } else { Border::Ignored };
        let output = match case["kind"].as_str().unwrap() {
            "max" => max_pool(&input(case, 1), &window(case), rounding),
            _ => average_pool(&input(case, 1), &window(case), rounding, border),
        }
        .unwrap();
        let [pictures, channels, height, width] = sizes(&case["output_shape"]);
        assert_eq!(output.shape(), [pictures, height, width, channels], "{case}");
        compare(&output.to_nchw(), &case["output"], case);
    }
}

#[test]
fn normalisations() {
    for case in golden("normalisations").as_array().unwrap() {
        let [alpha, beta, k] = ["alpha", "beta", "k"].map(|name| case[name].as_f64().unwrap());
        for (name, of) in [("torch", Lrn::torch as fn(_, _, _, _) -> _), ("onnx", Lrn::onnx)] {
            let output = of(number(&case["n"]), alpha, beta, k).unwrap().forward(&input(case, 2)).unwrap();
            compare(&output.to_nchw(), &case[name], case);
        }
    }
}

#[test]
fn convolutions() {
    for case in golden("convolutions").as_array().unwrap() {
        let (maps, window) = (input(case, 3), window(case));
        let [outputs, groups] = ["outputs", "groups"].map(|name| number(&case[name]));
        let kernel = noise(4, outputs * maps.channels() / groups * window.taps());
        let conv = Conv::new(&kernel, &noise(5, outputs), outputs, maps.channels(), window, groups).unwrap();
        let output = conv.forward(&maps, Epilogue::LINEAR, Pool::None).unwrap();
        let [pictures, channels, height, width] = sizes(&case["output_shape"]);
        assert_eq!(output.shape(), [pictures, height, width, channels], "{case}");
        compare(&output.to_nchw(), &case["output"], case);
    }
}

#[test]
fn activations() {
    let all = golden("activations");
    let values: Vec<f32> = numbers(&all["input"]).into_iter().map(|value| value as f32).collect();
    for (name, activation) in [
        ("relu", Activation::Relu),
        ("relu6", Activation::Clip { low: 0.0, high: 6.0 }),
        ("leaky_relu", Activation::LeakyRelu { slope: 0.02 }),
        ("sigmoid", Activation::Sigmoid),
        ("silu", Activation::Silu),
        ("hardsigmoid", Activation::HardSigmoid { slope: 1.0 / 6.0, offset: 0.5 }),
        ("hardswish", Activation::HardSwish),
    ] {
        let mut maps = Maps::new(1, 1, 1, values.len(), values.clone()).unwrap();
        activation.apply(&mut maps).unwrap();
        compare(maps.data(), &all[name], &name.into());
    }
}
