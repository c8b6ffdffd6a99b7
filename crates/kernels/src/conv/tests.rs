//! Every method against the definition.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::plan::suits_winograd;
use super::*;
use crate::activation::Activation;
use crate::reference::{Layer, relative_error};

/// Largest error allowed, relative to the largest value: direct sums of a few hundred terms stay below 20 rounding units
/// of float32; the transforms of F(4×4, 3×3) with these points lose about three more bits.
const TOLERANCE: f64 = 1e-5;

const SAME: Window = Window::square(3).padding(1);

fn endings(gains: &[f32]) -> [(Epilogue<'_>, Pool); 7] {
    let clip = Epilogue::from(Activation::Clip { low: -0.3, high: 0.6 });
    [
        (Epilogue::LINEAR, Pool::None),
        (Epilogue::RELU, Pool::None),
        (Epilogue::RELU, Pool::Max2),
        (Epilogue::RELU.gain(gains), Pool::None),
        (Epilogue::RELU.gain(gains), Pool::Max2),
        (clip.gain(gains), Pool::Max2),
        (Epilogue::from(Activation::Silu).gain(gains), Pool::Max2),
    ]
}

fn methods(window: &Window) -> Vec<Option<Method>> {
    let mut methods = vec![None, Some(Method::Direct)];
    methods.extend(suits_winograd(window).then_some(Some(Method::Winograd)));
    methods
}

fn of(engine: Engine, layer: &Layer) -> Conv {
    let channels = [layer.channels_out, layer.input.channels()];
    Conv::with_engine(engine, &layer.kernel, &layer.bias, channels, layer.window, layer.groups).unwrap()
}

/// Checks every method, instruction set and epilogue against the definition.
fn check(shape: [usize; 4], channels_out: usize, window: Window, groups: usize, seed: u64) {
    let layer = Layer::random(seed, shape, channels_out, window, groups);
    let size = window.output_size([shape[1], shape[2]], Rounding::Floor).unwrap();
    for (epilogue, pool) in endings(&layer.gains) {
        if pool.output_size(size).is_err() {
            continue;
        }
        let truth = layer.convolve(epilogue, pool);
        for engine in Engine::all() {
            let conv = of(engine, &layer);
            for method in methods(&window) {
                let mut output = Maps::empty();
                conv.forward_by(method, &layer.input, epilogue, pool, &mut output).unwrap();
                let error = relative_error(output.data(), &truth);
                let what = format!("{shape:?} → {channels_out}, {window:?}, {groups} groups, {method:?}, {engine:?}");
                assert!(error < TOLERANCE, "{what}, {epilogue:?}, {pool:?}: {error:e}");
            }
        }
    }
}

#[test]
fn every_channel_count_agrees_with_the_definition() {
    for channels_in in [1, 3, 5, 8, 13, 16, 24, 64] {
        for channels_out in [1, 2, 3, 5, 8, 13, 16, 17, 32, 40, 64] {
            check([2, 7, 9, channels_in], channels_out, SAME, 1, 1);
        }
    }
}

#[test]
fn many_channels_agree_with_the_definition() {
    check([1, 5, 6, 512], 64, SAME, 1, 2);
    check([1, 6, 5, 64], 512, SAME, 1, 3);
    check([1, 3, 2, 1024], 40, Window::square(1), 1, 4);
}

#[test]
fn layers_of_known_networks_agree_with_the_definition() {
    check([1, 59, 63, 3], 16, Window::square(11).stride(4).padding(2), 1, 1);
    check([1, 33, 30, 3], 16, Window::square(7).stride(2).padding(3), 1, 2);
    check([1, 13, 13, 24], 32, Window::square(5).padding(2), 2, 3);
    check([2, 9, 9, 32], 32, Window::square(3).stride(2).padding(1), 32, 4);
    check([2, 8, 11, 20], 20, Window::square(5).padding(2), 20, 5);
    let same = Window { padding: [0, 0, 1, 1], ..Window::square(3).stride(2) };
    check([1, 12, 10, 9], 9, same, 9, 6);
    check([1, 12, 10, 9], 12, Window::square(1).stride(2), 1, 7);
    check([1, 9, 9, 16], 16, Window::square(3).padding(1), 4, 8);
}

#[test]
fn padding_wider_than_the_window_gives_the_bias() {
    check([1, 2, 3, 4], 5, Window { padding: [4, 0, 5, 6], ..Window::square(3) }, 1, 1);
    check([1, 2, 3, 4], 8, Window { padding: [4, 7, 5, 6], ..Window::square(3).stride(2) }, 4, 2);
}

#[test]
fn not_a_number_is_never_hidden() {
    let layer = Layer::random(1, [1, 4, 4, 16], 16, SAME, 1);
    for engine in Engine::all() {
        for (window, groups) in [(SAME, 1), (Window::square(1), 1), (SAME, 16), (SAME.stride(2), 2)] {
            let kernel = &layer.kernel[..16 * 16 / groups * window.taps()];
            let conv = Conv::with_engine(engine, kernel, &layer.bias, [16, 16], window, groups).unwrap();
            for method in methods(&window) {
                for (epilogue, pool) in endings(&layer.gains) {
                    let mut input = layer.input.clone();
                    input.data_mut()[(4 + 1) * 16..(4 + 2) * 16].fill(f32::NAN);
                    let mut output = Maps::empty();
                    conv.forward_by(method, &input, epilogue, pool, &mut output).unwrap();
                    let seen = output.data().chunks_exact(16).any(|pixel| pixel.iter().all(|value| value.is_nan()));
                    assert!(seen, "{window:?}, {groups} groups, {method:?}, {engine:?}, {epilogue:?}, {pool:?}");
                }
            }
        }
    }
}

#[test]
fn shapes_that_do_not_fit_are_refused_with_both() {
    let conv = |kernel: usize, window, groups| Conv::new(&vec![0.0; kernel], &[0.0; 6], 6, 4, window, groups);
    assert!(conv(6 * 2 * 9, SAME, 2).is_ok());
    let message = |result: Result<Conv, ShapeError>| result.unwrap_err().to_string();
    let error = message(conv(6 * 4 * 9, SAME, 2));
    assert!(error.contains("216") && error.contains("[6, 2, 3, 3]"), "{error}");
    for groups in [0, 3, 4] {
        let error = message(conv(6 * 9, SAME, groups));
        assert!(error.contains(&format!("{groups} for 4 → 6")), "{error}");
    }
    assert!(message(conv(0, SAME.stride(0), 1)).contains("stride is [0, 0]"));
    let conv = conv(6 * 4 * 25, Window::square(5), 1).unwrap();
    let refuse = |maps: &Maps, epilogue, pool| conv.forward(maps, epilogue, pool).unwrap_err().to_string();
    let maps = |side: usize, channels| Maps::zeros(1, side, side, channels).unwrap();
    assert!(refuse(&maps(9, 3), Epilogue::RELU, Pool::None).contains("expected 4, found 3"));
    assert!(refuse(&maps(4, 4), Epilogue::RELU, Pool::None).contains("5×5"));
    assert!(refuse(&maps(5, 4), Epilogue::RELU, Pool::Max2).contains("1×1"));
    assert!(refuse(&maps(9, 4), Epilogue::RELU.gain(&[1.0; 4]), Pool::None).contains("expected 6, found 4"));
    let clip = Activation::Clip { low: 1.0, high: 0.0 };
    assert!(refuse(&maps(9, 4), clip.into(), Pool::None).contains("[1.0, 0.0]"));
    assert!(conv.restrict(&[4]).is_err() && conv.restrict(&[]).is_err());
    assert!(conv.restrict(&[1, 1]).unwrap_err().to_string().contains("once only"));
}

/// The convolution of the whole input with all channels but the chosen silent.
fn of_chosen_alone(layer: Layer, chosen: &[usize]) -> Vec<f64> {
    let channels = layer.input.channels();
    let mut silenced = layer.input.clone();
    let kept: Vec<f32> = (0..channels).map(|c| if chosen.contains(&c) { 1.0 } else { 0.0 }).collect();
    scale_channels(&mut silenced, &kept).unwrap();
    let bias = vec![0.0; layer.channels_out];
    Layer { input: silenced, bias, ..layer }.convolve(Epilogue::LINEAR, Pool::None)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_size_agrees_with_the_definition(
        pictures in 1usize..4, height in 1usize..21, width in 1usize..21,
        channels_in in 1usize..20, channels_out in 1usize..36, seed in 0u64..1000,
    ) {
        check([pictures, height, width, channels_in], channels_out, SAME, 1, seed);
    }

    #[test]
    fn every_window_agrees_with_the_definition(
        height in 1usize..16, width in 1usize..16, per_group in 1usize..7, multiple in 1usize..5, groups in 1usize..4,
        kernel in (1usize..6, 1usize..6), stride in (1usize..4, 1usize..4),
        padding in (0usize..4, 0usize..4, 0usize..4, 0usize..4), dilation in (1usize..3, 1usize..3), seed in 0u64..1000,
    ) {
        let window = Window {
            kernel: kernel.into(), stride: stride.into(), padding: padding.into(), dilation: dilation.into(),
        };
        prop_assume!(window.output_size([height, width], Rounding::Floor).is_ok());
        check([2, height, width, per_group * groups], multiple * groups, window, groups, seed);
    }

    #[test]
    fn depthwise_convolutions_agree_with_the_definition(
        height in 1usize..16, width in 1usize..16, channels in 2usize..40, multiplier in 1usize..3,
        kernel in 1usize..6, stride in 1usize..4, padding in 0usize..3, dilation in 1usize..3, seed in 0u64..1000,
    ) {
        let window = Window::square(kernel).stride(stride).padding(padding).dilation(dilation);
        prop_assume!(window.output_size([height, width], Rounding::Floor).is_ok());
        check([2, height, width, channels], channels * multiplier, window, channels, seed);
    }

    #[test]
    fn restriction_is_the_convolution_of_the_chosen_channels(
        height in 1usize..14, width in 1usize..14, channels in 2usize..40, seed in 0u64..1000,
    ) {
        let layer = Layer::random(seed, [2, height, width, channels], 20, SAME, 1);
        let chosen: Vec<usize> = (0..channels).filter(|channel| (channel * 7 + seed as usize).is_multiple_of(3)).collect();
        prop_assume!(!chosen.is_empty());
        let conv = of(Engine::detect(), &layer);
        let part = crate::select_channels(&layer.input, &chosen).unwrap();
        let lazy = conv.restrict(&chosen).unwrap();
        conv.forward_by(Some(Method::Winograd), &layer.input, Epilogue::LINEAR, Pool::None, &mut Maps::empty()).unwrap();
        let copied = conv.restrict(&chosen).unwrap();
        let truth = of_chosen_alone(layer, &chosen);
        for method in methods(&SAME) {
            let (mut first, mut second) = (Maps::empty(), Maps::empty());
            lazy.forward_by(method, &part, Epilogue::LINEAR, Pool::None, &mut first).unwrap();
            copied.forward_by(method, &part, Epilogue::LINEAR, Pool::None, &mut second).unwrap();
            prop_assert_eq!(&first, &second);
            prop_assert!(relative_error(first.data(), &truth) < TOLERANCE);
        }
    }

    #[test]
    fn restriction_reaches_through_groups(
        per_group in 1usize..5, groups in 1usize..7, multiple in 1usize..4, step in 1usize..5, seed in 0u64..1000,
    ) {
        let channels = per_group * groups;
        let layer = Layer::random(seed, [1, 6, 5, channels], multiple * groups, SAME, groups);
        let chosen: Vec<usize> = (0..channels).rev().step_by(step).collect();
        let conv = of(Engine::detect(), &layer).restrict(&chosen).unwrap();
        let part = crate::select_channels(&layer.input, &chosen).unwrap();
        let found = conv.forward(&part, Epilogue::LINEAR, Pool::None).unwrap();
        let again: Vec<usize> = (0..chosen.len()).step_by(2).collect();
        let fewer = conv.restrict(&again).unwrap();
        let found_again = fewer
            .forward(&crate::select_channels(&part, &again).unwrap(), Epilogue::LINEAR, Pool::None)
            .unwrap();
        let kept: Vec<usize> = again.iter().map(|&index| chosen[index]).collect();
        let copy = Layer { kernel: layer.kernel.clone(), bias: layer.bias.clone(), gains: Vec::new(), input: layer.input.clone(), ..layer };
        prop_assert!(relative_error(found.data(), &of_chosen_alone(layer, &chosen)) < TOLERANCE);
        prop_assert!(relative_error(found_again.data(), &of_chosen_alone(copy, &kept)) < TOLERANCE);
    }
}
