//! What cannot be is refused, on every device of the machine: interventions where there is no channel to change, and
//! numbers that leave the range of their type on the way to the features.

mod machine;

use graph::{Activation, Conv, GraphBuilder, Lrn, Op, Shape};
use machine::devices;
use ndarray::{Array2, Array4};
use vgg_core::device::{Cause, Device, Precision};
use vgg_core::{Architecture, Checkpoint, GainRelu, Intervention, Network, PassError, random};

fn tiny() -> Checkpoint {
    random::he_initialised(&Architecture::tiny(), 3)
}

/// The same network, one of whose maps is larger by a power of two: the next convolution takes it back, so that features
/// are the same to the last bit wherever the map is in range.
fn with_large_map(checkpoint: Checkpoint, layer: usize, power: i32) -> Checkpoint {
    let factor = 2f32.powi(power);
    let large = multiplied(checkpoint, layer, factor, factor);
    multiplied(large, layer + 1, 1.0 / factor, 1.0)
}

/// The same network with other weights in the convolution of a site.
fn multiplied(checkpoint: Checkpoint, layer: usize, kernel: f32, bias: f32) -> Checkpoint {
    let name = checkpoint.architecture.site_names()[layer].clone();
    let changed = checkpoint.with_weights(|node, parameters| {
        if node == name {
            parameters.kernel.iter_mut().for_each(|weight| *weight *= kernel);
            parameters.bias.iter_mut().flatten().for_each(|own| *own *= bias);
        }
    });
    changed.expect("finite weights")
}

fn pictures() -> Array4<f32> {
    Array4::from_shape_fn((3, 3, 16, 16), |(n, c, y, x)| ((n * 37 + c * 17 + y * 5 + x * 11) % 23) as f32 / 11.5 - 1.0)
}

fn features(network: &Network) -> Result<Array2<f32>, PassError> {
    network.features(pictures().view(), &Intervention::none())
}

fn at_all(network: &Network, layer: usize, slope: f32) -> Intervention {
    let channels = network.architecture().sites()[layer].channels;
    Intervention::at(layer, GainRelu::new(&vec![slope; channels], &vec![true; channels]).expect("valid"))
}

/// The features at a slope of all channels of a layer, by the whole pass, from the layer on, and by a gain line.
fn ways(network: &Network, layer: usize, slope: f32) -> [Result<Array2<f32>, PassError>; 3] {
    let intervention = at_all(network, layer, slope);
    let activation = network.prefix(pictures().view(), layer);
    let all: Vec<usize> = (0..network.architecture().sites()[layer].channels).collect();
    let line = network.gain_line(&network.junction(&activation), &all).features(slope);
    [network.features(pictures().view(), &intervention), network.suffix(&activation, &intervention), line]
}

fn check_beyond(found: Result<Array2<f32>, PassError>, cause: Cause, words: [&str; 2], what: &str) {
    match found {
        Err(PassError::Compute(error)) => {
            assert_eq!(error.cause, cause, "{what}: {error}");
            let text = error.to_string();
            words.iter().for_each(|word| assert!(text.contains(word), "{what}: {text}"));
        }
        other => panic!("{what}: {other:?}"),
    }
}

#[test]
fn a_site_that_cannot_take_an_intervention_refuses_it() {
    for device in devices() {
        let network = Network::new(&tiny(), &device).expect("fits");
        let refused = |found: Result<Array2<f32>, PassError>, words: &str| match found {
            Err(PassError::Intervention(error)) => {
                assert!(error.to_string().contains(words), "{}: {error}", device.info());
            }
            other => panic!("{}: {other:?}", device.info()),
        };
        let through = |intervention: &Intervention| network.features(pictures().view(), intervention);
        // There are four.
        refused(through(&Intervention::at(4, GainRelu::lesion(10, &[1]).expect("valid"))), "4 sites");
        refused(through(&Intervention::at(1, GainRelu::ordinary(5))), "5 channels does not fit 4");
        let activation = network.prefix(pictures().view(), 2);
        let behind = Intervention::at(1, GainRelu::lesion(4, &[0]).expect("valid"));
        refused(network.suffix(&activation, &behind), "too late");
        refused(network.suffix(&activation, &Intervention::at(4, GainRelu::ordinary(10))), "4 sites");
        let junction = network.junction(&activation);
        for slope in [-0.5, f32::NAN, f32::INFINITY] {
            refused(network.gain_line(&junction, &[0]).features(slope), "0 or more");
        }
    }
}

#[test]
fn a_gain_beyond_float32_is_an_error_and_leaves_nothing_behind() {
    for device in devices() {
        // A map of about 1e9, so that the largest slopes leave the range whatever the pictures.
        let network = Network::new(&with_large_map(tiny(), 1, 30), &device).expect("fits");
        let intact = features(&network).expect("in range");
        assert_eq!(intact, features(&Network::new(&tiny(), &device).expect("fits")).expect("in range"));
        for (way, found) in ways(&network, 1, f32::MAX).into_iter().enumerate() {
            let what = format!("{}, way {way}", device.info());
            check_beyond(found, Cause::BeyondFloat32, ["float32", "Smaller gains"], &what);
            assert_eq!(features(&network).expect("what is in range is read again"), intact, "{what}");
        }
        let logits = Network::new(&with_large_map(tiny(), 1, 30), &device).expect("fits").logits(pictures().view());
        assert!(logits.expect("in range").iter().all(|score| score.is_finite()));
    }
}

/// The largest power of two by which a map can be larger before float16 is left, and the network that has it.
fn at_the_edge(layer: usize, device: &Device) -> (i32, Network) {
    let network = |power| Network::new(&with_large_map(tiny(), layer, power), device).expect("fits");
    let power = (0..30).find(|&power| features(&network(power)).is_err()).expect("2^30 is beyond float16") - 1;
    (power, network(power))
}

#[test]
fn a_gain_beyond_float16_is_an_error_where_float32_has_the_very_same_features() {
    let Some(device) = devices().into_iter().find(|device| device.info().f16) else {
        eprintln!("skipped: float16 (no device here has it)");
        return;
    };
    let half = device.clone().with_precision(Precision::F16).expect("its shaders have it");
    let words = ["float16 (up to 65504)", "--precision f16"];
    // A gain on the layer of the large map reaches it in the whole pass and from the layer on, one on the layer before it
    // in every way. A slope of 3 leaves the range, since twice the map would.
    for (layer, ways_beyond) in [(2, [true, true, false]), (1, [true, true, true])] {
        let (power, network) = at_the_edge(2, &half);
        features(&network).expect("intact it is in range");
        let exact = Network::new(&with_large_map(tiny(), 2, power), &device).expect("fits");
        let small = Network::new(&tiny(), &device).expect("fits");
        for (way, found) in ways(&network, layer, 3.0).into_iter().enumerate() {
            let what = format!("layer {layer}, way {way}, map · 2^{power}");
            match ways_beyond[way] {
                true => check_beyond(found, Cause::BeyondFloat16, words, &what),
                false => assert!(found.is_ok(), "{what}: a gain line never makes that map"),
            }
            features(&network).expect("what is in range is read again");
        }
        for (exact, small) in ways(&exact, layer, 3.0).into_iter().zip(ways(&small, layer, 3.0)) {
            assert_eq!(exact.expect("float32"), small.expect("float32"), "a power of two changes nothing");
        }
    }
    let beyond = Network::new(&with_large_map(tiny(), 2, 20), &half).expect("fits");
    check_beyond(features(&beyond), Cause::BeyondFloat16, words, "intact");
    match beyond.tapped(pictures().view()) {
        Err(error) => assert_eq!(error.cause, Cause::BeyondFloat16),
        Ok(_) => panic!("responses of a map beyond float16"),
    }
}

/// Weights and sums of opposite sign make of two infinities what is no number, which every rectifier hides.
#[test]
fn what_is_no_number_is_found_before_the_rectifier_hides_it() {
    for device in devices() {
        let large = with_large_map(tiny(), 0, 120);
        // Terms of both signs of the next convolution are beyond the range.
        let beyond = multiplied(multiplied(large, 1, 2f32.powi(120), 1.0), 1, 2f32.powi(20), 1.0);
        let network = Network::new(&beyond, &device).expect("fits");
        check_beyond(features(&network), Cause::BeyondFloat32, ["float32", "smaller"], &device.info().to_string());
    }
}

/// An operation on maps that hold one value everywhere, with bounds behind it that hide whatever leaves the range.
fn hidden(op: &Op, value: f32, device: &Device) -> Result<Array2<f32>, PassError> {
    bounded(op, value, [-1.0, 1.0], device)
}

fn bounded(op: &Op, value: f32, [lo, hi]: [f32; 2], device: &Device) -> Result<Array2<f32>, PassError> {
    let mut graph = GraphBuilder::new();
    let reads = if matches!(op, Op::Add | Op::Multiply) { vec!["site"; 2] } else { vec!["site"] };
    graph
        .add("picture", Op::Input(Shape::new(3, 4, 4)), &[])
        .add("conv", Op::Conv(Conv::square(2, 1)), &["picture"])
        .add("site", Op::Activation(Activation::LeakyRelu { slope: 1.0 }), &["conv"])
        .add("operation", op.clone(), &reads)
        .add("bounds", Op::Activation(Activation::Clip { lo, hi }), &["operation"]);
    let network = Architecture::of_graph("hidden", graph.finish("bounds").expect("a graph")).expect("a network");
    let checkpoint = random::he_initialised(&network, 1).with_weights(|_, own| own.kernel.fill(value / 3.0));
    let network = Network::new(&checkpoint.expect("finite weights"), device).expect("fits");
    network.features(Array4::ones((1, 3, 4, 4)).view(), &Intervention::none())
}

#[test]
fn whatever_operation_leaves_the_range_it_is_an_error() {
    let lrn = |alpha, beta, k| Op::Lrn(Lrn { below: 1, above: 1, alpha, beta, k });
    let check = |op: &Op, beyond: f32, within: f32, device: &Device, cause| {
        let what = format!("{op} on {}", device.info());
        check_beyond(hidden(op, beyond, device), cause, ["range", "no number"], &what);
        hidden(op, within, device).unwrap_or_else(|error| panic!("{what}: {error}"));
    };
    // The CPU normalises in float64, and a product beyond float32 is infinite, which these bounds take to the right number.
    for device in devices().into_iter().skip(1) {
        for op in [Op::Multiply, lrn(1.0, 0.5, 1.0)] {
            check(&op, 1e25, 1e15, &device, Cause::BeyondFloat32);
        }
    }
    let Some(device) = devices().into_iter().find(|device| device.info().f16) else {
        eprintln!("skipped: float16 (no device here has it)");
        return;
    };
    let half = device.with_precision(Precision::F16).expect("its shaders have it");
    let leaky = Op::Activation(Activation::LeakyRelu { slope: 4.0 });
    for (op, beyond, within) in
        [(Op::Add, 4e4, 2e4), (Op::Multiply, 300.0, 150.0), (leaky, -3e4, -1e4), (lrn(0.0, 1.0, 0.01), 3e3, 300.0)]
    {
        check(&op, beyond, within, &half, Cause::BeyondFloat16);
    }
}

/// Squares of what EmoNet's first layers give are beyond float16; what is normalised by them is not.
#[test]
fn normalisations_sum_their_squares_in_float32_whatever_maps_are_kept_in() {
    let lrn = Op::Lrn(Lrn::pytorch(5, 1e-4, 0.75, 1.0));
    let check = |device: &Device, tolerance: f64| {
        for value in [30.0f32, 300.0, 3000.0, 30_000.0] {
            let found = bounded(&lrn, value, [0.0, 6e4], device).expect("in range");
            // Both channels are in the window of either, and α / n is 2e-5.
            let expected = f64::from(value) / (1.0 + 4e-5 * f64::from(value).powi(2)).powf(0.75);
            for &found in &found {
                let share = f64::from(found) / expected - 1.0;
                assert!(share.abs() < tolerance, "{value} on {}: {found}, not {expected}", device.info());
            }
        }
    };
    for device in devices() {
        check(&device, 1e-4);
        if device.info().f16 {
            // Weights and maps are rounded at 2⁻¹¹ of their size, three times on the way.
            check(&device.with_precision(Precision::F16).expect("its shaders have it"), 2e-3);
        }
    }
}
