//! The identities that every result rests on, on every device of the machine.
//!
//! Tolerances: on one device, two ways to the same number differ only in rounding, which for sums of some thousand
//! float32 products stays below 1e-5 of the largest value. Between devices the order of summation differs as well;
//! lavapipe is known to be right to about 5e-5 on convolutions, and 2e-4 of the largest value is allowed.

mod machine;

use graph::VggTable;
use machine::devices;
use ndarray::{Array2, Array4, s};
use proptest::prelude::*;
use vgg_core::device::{Device, Precision};
use vgg_core::{Architecture, Checkpoint, GainRelu, Intervention, Network, random};

const SAME_DEVICE: f32 = 1e-5;
const OTHER_DEVICE: f32 = 2e-4;
/// float16 has 11 binary digits, and sums are float32: a map and the weights of its layer are each rounded to 1 in 2048 at
/// most, and so through the 6 layers of this network.
const FLOAT16: f32 = 12.0 / 2048.0;

fn tiny() -> Checkpoint {
    biased(random::he_initialised(&Architecture::tiny(), 3))
}

/// Without dense layers, so that the last line ends in the features themselves.
fn notop() -> Checkpoint {
    let table = VggTable { groups: &[(4, 2), (6, 2)], hidden: &[] };
    let architecture = Architecture::vgg("tiny-notop", 16, &table, 0).expect("a network");
    biased(random::he_initialised(&architecture, 4))
}

/// Biases matter: a lesion by zeroed weights would leave relu(bias) alive.
fn biased(checkpoint: Checkpoint) -> Checkpoint {
    let mut layer = 0;
    let biased = checkpoint.with_weights(|_, parameters| {
        let biases = parameters.bias.iter_mut().flatten();
        biases.enumerate().for_each(|(channel, bias)| *bias = 0.1 * ((layer + 3 * channel) % 5) as f32 - 0.1);
        layer += 1;
    });
    biased.expect("finite biases")
}

fn pictures(count: usize) -> Array4<f32> {
    Array4::from_shape_fn((count, 3, 16, 16), |(n, c, y, x)| {
        ((n * 37 + c * 17 + y * 5 + x * 11) % 23) as f32 / 11.5 - 1.0
    })
}

fn networks(checkpoint: &Checkpoint) -> Vec<Network> {
    devices().iter().map(|device| Network::new(checkpoint, device).expect("fits")).collect()
}

fn check_close(found: &Array2<f32>, expected: &Array2<f32>, tolerance: f32, what: &str) {
    let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let worst = (found - expected).iter().fold(0.0f32, |worst, difference| worst.max(difference.abs()));
    assert!(worst <= tolerance * largest, "{what}: {worst} of {largest}");
}

/// To the last bit.
fn check_same(network: &Network, found: &Array2<f32>, expected: &Array2<f32>, what: &str) {
    assert_eq!(found, expected, "{}: {what}", network.device());
}

fn features(network: &Network, intervention: &Intervention) -> Array2<f32> {
    network.features(pictures(3).view(), intervention).expect("runs")
}

#[test]
fn prefix_and_suffix_are_the_full_pass() {
    for checkpoint in [tiny(), notop()] {
        for network in networks(&checkpoint) {
            for layer in 0..4 {
                let channels = network.architecture().sites()[layer].channels;
                let gain = GainRelu::with_slope(channels, &[0, 2], 2.5).expect("valid");
                for intervention in [Intervention::none(), Intervention::at(layer, gain)] {
                    let full = features(&network, &intervention);
                    let activation = network.prefix(pictures(3).view(), layer);
                    let halves = network.suffix(&activation, &intervention).expect("runs");
                    check_same(&network, &halves, &full, &format!("from layer {layer}"));
                }
            }
        }
    }
}

#[test]
fn a_trip_layer_by_layer_is_the_prefix() {
    for network in networks(&tiny()) {
        let mut activation = network.prefix(pictures(3).view(), 0);
        for layer in 1..4 {
            activation = network.next(&activation);
            let direct = network.prefix(pictures(3).view(), layer);
            let none = Intervention::none();
            let (a, b) = (network.suffix(&activation, &none), network.suffix(&direct, &none));
            check_same(&network, &a.expect("runs"), &b.expect("runs"), "a trip");
        }
    }
}

#[test]
fn taps_do_not_change_the_pass() {
    for checkpoint in [tiny(), notop()] {
        for network in networks(&checkpoint) {
            let tapped = network.tapped(pictures(3).view()).expect("runs");
            check_same(&network, &tapped.features, &features(&network, &Intervention::none()), "with taps");
            assert_eq!(tapped.responses.len(), 4);
            assert!(tapped.responses.iter().flatten().all(|response| *response >= 0.0));
        }
    }
}

#[test]
fn a_lesion_silences_channels_whatever_their_bias() {
    // Lesioning every channel of the first layer leaves what the biases of the later ones make of zeros.
    let deafened = tiny().with_weights(|node, parameters| {
        if node == "conv1_2" {
            parameters.kernel.fill(0.0);
        }
    });
    let deaf = deafened.expect("finite weights");
    for (whole, deaf) in networks(&tiny()).iter().zip(networks(&deaf)) {
        let lesion = Intervention::at(0, GainRelu::lesion(4, &[0, 1, 2, 3]).expect("valid"));
        check_close(&features(whole, &lesion), &features(&deaf, &Intervention::none()), SAME_DEVICE, "lesion of all");
    }
}

#[test]
fn every_point_of_a_gain_line_is_the_direct_pass() {
    for checkpoint in [tiny(), notop()] {
        for network in networks(&checkpoint) {
            for layer in 0..4 {
                let channels = network.architecture().sites()[layer].channels;
                for group in [vec![], vec![1], vec![0, 3], (0..channels).collect()] {
                    let junction = network.junction(&network.prefix(pictures(3).view(), layer));
                    let line = network.gain_line(&junction, &group);
                    for slope in [0.0, 0.5, 1.0, 1.1, 6.0] {
                        let gain = GainRelu::with_slope(channels, &group, slope).expect("valid");
                        let direct = features(&network, &Intervention::at(layer, gain));
                        let what = format!("{}, layer {layer}, {group:?} × {slope}", network.device());
                        check_close(&line.features(slope).expect("runs"), &direct, SAME_DEVICE, &what);
                    }
                    let intact = features(&network, &Intervention::none());
                    check_same(&network, &line.features(1.0).expect("runs"), &intact, "slope 1 is the intact network");
                }
            }
        }
    }
}

#[test]
fn slopes_read_together_are_the_slopes() {
    for network in networks(&notop()) {
        let junction = network.junction(&network.prefix(pictures(3).view(), 1));
        let line = network.gain_line(&junction, &[0, 3]);
        let slopes = [0.0, 1.0, 2.5];
        let together = line.features_at(&slopes).expect("runs");
        assert_eq!(together.len(), slopes.len());
        for (found, slope) in together.iter().zip(slopes) {
            check_same(&network, found, &line.features(slope).expect("runs"), "read together");
        }
    }
}

#[test]
fn float16_is_near_where_a_device_has_it_and_refused_elsewhere() {
    let error = Device::cpu().with_precision(Precision::F16).expect_err("float32 only").to_string();
    assert!(error.contains("--precision f16") && error.contains("kernels"), "{error}");
    let Some(device) = devices().into_iter().find(|device| device.info().f16) else {
        eprintln!("skipped: float16 (no device here has it)");
        return;
    };
    let half = device.clone().with_precision(Precision::F16).expect("its shaders have it");
    let [exact, near] = [device, half].map(|device| Network::new(&tiny(), &device).expect("fits"));
    let lesion = Intervention::at(1, GainRelu::lesion(4, &[1]).expect("valid"));
    for intervention in [Intervention::none(), lesion] {
        let (found, expected) = (features(&near, &intervention), features(&exact, &intervention));
        check_close(&found, &expected, FLOAT16, "float16");
        assert_ne!(found, expected, "float16 rounds");
    }
}

#[test]
fn devices_agree() {
    for checkpoint in [tiny(), notop()] {
        let networks = networks(&checkpoint);
        let lesion = Intervention::at(2, GainRelu::lesion(6, &[1, 4]).expect("valid"));
        for other in &networks[1..] {
            for intervention in [Intervention::none(), lesion.clone()] {
                let (expected, found) = (features(&networks[0], &intervention), features(other, &intervention));
                check_close(&found, &expected, OTHER_DEVICE, &other.device().to_string());
            }
            let (a, b) = (networks[0].tapped(pictures(3).view()), other.tapped(pictures(3).view()));
            for (expected, found) in a.expect("runs").responses.iter().zip(&b.expect("runs").responses) {
                check_close(found, expected, OTHER_DEVICE, &other.device().to_string());
            }
        }
    }
}

#[test]
fn logits_need_class_scores() {
    for network in networks(&notop()) {
        let error = network.logits(pictures(1).view()).expect_err("none").to_string();
        assert!(error.contains("no class scores"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_picture_does_not_notice_its_batch(count in 1usize..40, layer in 0usize..4, slope in 0.0f32..6.0) {
        for device in &devices() {
            let network = Network::new(&tiny(), device).expect("fits");
            let channels = network.architecture().sites()[layer].channels;
            let intervention = Intervention::at(layer, GainRelu::with_slope(channels, &[1, 2], slope).expect("valid"));
            let together = network.features(pictures(count).view(), &intervention).expect("runs");
            for index in [0, count / 2, count - 1] {
                let alone = pictures(count).slice(s![index..=index, .., .., ..]).to_owned();
                let alone = network.features(alone.view(), &intervention).expect("runs");
                prop_assert_eq!(alone.row(0), together.row(index), "{}", device.info());
            }
        }
    }
}
