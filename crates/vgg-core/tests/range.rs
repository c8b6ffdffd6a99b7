//! What cannot be is refused, on every device of the machine: interventions where there is no channel to change, and
//! numbers that leave the range of their type on the way to the features.

use std::str::FromStr;

use ndarray::{Array2, Array4};
use vgg_core::device::{self, Cause, Device, DeviceChoice, Precision};
use vgg_core::{Architecture, Checkpoint, GainRelu, Intervention, Network, PassError, random};

/// The CPU, Burn's CPU backend, and the first wgpu adapter, software or not.
fn devices() -> Vec<Device> {
    let mut devices = vec![Device::cpu(), device::open(&DeviceChoice::Flex).expect("flex")];
    match std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into()) {
        none if none == "none" => eprintln!("skipped: wgpu (GAINLAB_TEST_DEVICE=none)"),
        wanted => match device::open(&DeviceChoice::from_str(&wanted).expect("a device")) {
            Ok(device) => devices.push(device),
            Err(error) => eprintln!("skipped: wgpu ({error})"),
        },
    }
    devices
}

fn tiny() -> Checkpoint {
    random::he_initialised(&Architecture::tiny(), 3)
}

/// The same network, one of whose maps is larger by a power of two: the next convolution takes it back, so that features
/// are the same to the last bit wherever the map is in range.
fn with_large_map(mut checkpoint: Checkpoint, layer: usize, power: i32) -> Checkpoint {
    let factor = 2f32.powi(power);
    checkpoint.convolutions[layer].kernel.mapv_inplace(|weight| weight * factor);
    checkpoint.convolutions[layer].bias.mapv_inplace(|bias| bias * factor);
    checkpoint.convolutions[layer + 1].kernel.mapv_inplace(|weight| weight / factor);
    checkpoint
}

fn pictures() -> Array4<f32> {
    Array4::from_shape_fn((3, 3, 16, 16), |(n, c, y, x)| ((n * 37 + c * 17 + y * 5 + x * 11) % 23) as f32 / 11.5 - 1.0)
}

fn features(network: &Network) -> Result<Array2<f32>, PassError> {
    network.features(pictures().view(), &Intervention::none())
}

fn at_all(network: &Network, layer: usize, slope: f32) -> Intervention {
    let channels = network.architecture().layers()[layer].channels;
    Intervention::at(layer, GainRelu::new(&vec![slope; channels], &vec![true; channels]).expect("valid"))
}

/// The features at a slope of all channels of a layer, by the whole pass, from the layer on, and by a gain line.
fn ways(network: &Network, layer: usize, slope: f32) -> [Result<Array2<f32>, PassError>; 3] {
    let intervention = at_all(network, layer, slope);
    let activation = network.prefix(pictures().view(), layer);
    let all: Vec<usize> = (0..network.architecture().layers()[layer].channels).collect();
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
        // Stage 4 is fc6, with 10 units.
        refused(through(&Intervention::at(4, GainRelu::lesion(10, &[1]).expect("valid"))), "4 convolutions");
        refused(through(&Intervention::at(1, GainRelu::ordinary(5))), "5 channels does not fit 4");
        let activation = network.prefix(pictures().view(), 2);
        let behind = Intervention::at(1, GainRelu::lesion(4, &[0]).expect("valid"));
        refused(network.suffix(&activation, &behind), "too late");
        refused(network.suffix(&activation, &Intervention::at(4, GainRelu::ordinary(10))), "4 convolutions");
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
        let mut checkpoint = with_large_map(tiny(), 0, 120);
        // Terms of both signs of the next convolution are beyond the range.
        checkpoint.convolutions[1].kernel.mapv_inplace(|weight| weight * 2f32.powi(120) * 2f32.powi(20));
        let network = Network::new(&checkpoint, &device).expect("fits");
        check_beyond(features(&network), Cause::BeyondFloat32, ["float32", "smaller"], &device.info().to_string());
    }
}
