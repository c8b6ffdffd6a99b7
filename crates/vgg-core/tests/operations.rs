//! Every operation in many shapes, and networks that people use, on every device of the machine, against the slow
//! reference in f64; and the identities that results rest on, at every site of each.
//!
//! Tolerances, in parts of the largest value: float32 sums of some thousand products are right to 1e-5 (CPU, flex);
//! graphics drivers may round functions and divisions more coarsely, and 2e-4 is allowed. On one device, a point of a gain
//! line and the direct pass differ only in rounding, 1e-5.

mod machine;

use std::collections::BTreeSet;

use graph::reference::{self, Gains};
use graph::{Activation, Conv, Graph, GraphBuilder, MaxPool, NodeId, Op, Shape, Window, known};
use machine::devices;
use ndarray::{Array2, Array4, ArrayView4, s};
use serde::Deserialize;
use vgg_core::device::{Device, Precision};
use vgg_core::{Architecture, Checkpoint, GainRelu, Intervention, NamedSite, Network, random};

const EXACT: f32 = 1e-5;
const DRIVER: f32 = 2e-4;
/// float16 has 11 binary digits; weights and the maps of the four steps of a case are each rounded.
const FLOAT16: f32 = 12.0 / 2048.0;
const SLOPES: [f32; 5] = [0.0, 0.5, 1.0, 2.0, 6.0];
/// The golden cases that `graph` checks against PyTorch: here only their operations and shapes are needed.
const CASES: &str = include_str!("../../graph/tests/golden/operations.json");

/// A network to be tested, and the sites whose gain lines are.
struct Trial {
    checkpoint: Checkpoint,
    lines: Vec<usize>,
}

#[derive(Deserialize)]
struct Case {
    op: Op,
    inputs: Vec<[usize; 3]>,
}

/// Numbers that look random, in [−1, 1).
fn numbers(seed: usize) -> impl FnMut() -> f32 {
    let mut state = seed as u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

fn pictures(count: usize, side: usize, bound: f32) -> Array4<f32> {
    let mut number = numbers(side);
    Array4::from_shape_simple_fn((count, 3, side, side), move || bound * number())
}

/// He-initialised, with biases.
fn weighted(architecture: &Architecture, seed: u64) -> Checkpoint {
    let mut number = numbers(seed as usize);
    let biased = random::he_initialised(architecture, seed)
        .with_weights(|_, parameters| parameters.bias.iter_mut().flatten().for_each(|bias| *bias = 0.2 * number()));
    biased.expect("finite biases")
}

/// A picture, each value that the operation reads made of it by a convolution of its own and a leaky ReLU, where gains
/// act, and the operation. An activation stands behind a further convolution, with a pool behind it.
fn network_of(case: &Case) -> Architecture {
    let side = case.inputs.iter().flat_map(|shape| shape[1..].to_vec()).max().expect("an input");
    let mut graph = GraphBuilder::new();
    graph.add("picture", Op::Input(Shape::new(3, side, side)), &[]);
    let mut read = Vec::new();
    for (index, &[channels, height, width]) in case.inputs.iter().enumerate() {
        let (conv, bend) = (format!("read{index}"), format!("bend{index}"));
        let kernel = [side - height + 1, side - width + 1];
        graph.add(&conv, Op::Conv(Conv { kernel, ..Conv::square(channels, 1) }), &["picture"]);
        graph.add(&bend, Op::Activation(Activation::LeakyRelu { slope: 0.25 }), &[&conv]);
        read.push(bend);
    }
    let mut names: Vec<&str> = read.iter().map(String::as_str).collect();
    let bends = matches!(case.op, Op::Activation(_));
    if bends {
        graph.add("mix", Op::Conv(Conv::square(5, 1)), &names);
        names = vec!["mix"];
    }
    graph.add("operation", case.op.clone(), &names);
    if bends {
        graph.add("pool", Op::MaxPool(MaxPool::new(Window::square(2, 2))), &["operation"]);
    }
    let output = if bends { "pool" } else { "operation" };
    let sites = read.iter().map(|node| NamedSite { name: node.clone(), node: node.clone() }).collect::<Vec<_>>();
    let graph = graph.finish(output).unwrap_or_else(|error| panic!("{}: {error}", case.op));
    Architecture::new(case.op.to_string(), graph, &sites, output).expect("sites that lead to the output")
}

/// Features by the reference, with one gain.
fn expected(checkpoint: &Checkpoint, pictures: ArrayView4<'_, f32>, gain: Option<(NodeId, &[f32])>) -> Array2<f32> {
    let network = &checkpoint.architecture;
    let gains = gain.map(|(node, factors)| Gains { node, factors: factors.iter().map(|&s| s.into()).collect() });
    let row = |picture: ndarray::ArrayView3<'_, f32>| -> Vec<f32> {
        let picture: Vec<f64> = picture.iter().map(|&x| x.into()).collect();
        let gains = gains.as_slice();
        let values = reference::values(network.graph(), &checkpoint.weights, &picture, gains).expect("fits");
        values[network.features().index()].data.iter().map(|&x| x as f32).collect()
    };
    let rows: Vec<f32> = pictures.outer_iter().flat_map(row).collect();
    Array2::from_shape_vec((pictures.dim().0, network.feature_units()), rows).expect("as many as there are features")
}

fn check_close(found: &Array2<f32>, expected: &Array2<f32>, tolerance: f32, what: &str) {
    let largest = expected.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    let worst = (found - expected).iter().fold(0.0f32, |worst, difference| worst.max(difference.abs()));
    assert!(found.dim() == expected.dim() && largest > 0.0, "{what}: {:?}, largest {largest}", found.dim());
    assert!(worst <= tolerance * largest, "{what}: {worst} of {largest}, {:e}", worst / largest);
}

/// A gain on every other channel, counted from the second: on the only one where there is one.
fn gain(network: &Architecture, site: usize, slope: f32) -> (Vec<usize>, GainRelu) {
    let channels = network.sites()[site].channels;
    let group: Vec<usize> = if channels == 1 { vec![0] } else { (1..channels).step_by(2).collect() };
    let gain = GainRelu::with_slope(channels, &group, slope).expect("valid");
    (group, gain)
}

impl Trial {
    /// All that is to hold, on one device.
    fn check(&self, device: &Device, pictures: ArrayView4<'_, f32>) {
        let network = Network::new(&self.checkpoint, device).expect("fits");
        let tolerance = if device.info().backend == "wgpu" { DRIVER } else { EXACT };
        let about = |what: &str| format!("{} on {}: {what}", network.architecture().name(), device.info());
        let features = |intervention: &Intervention| network.features(pictures, intervention).expect("runs");
        let intact = features(&Intervention::none());
        check_close(&intact, &expected(&self.checkpoint, pictures, None), tolerance, &about("intact"));
        let alone = network.features(pictures.slice(s![..1, .., .., ..]), &Intervention::none()).expect("runs");
        assert_eq!(alone.row(0), intact.row(0), "{}", about("alone"));
        let tapped = network.tapped(pictures).expect("runs");
        assert_eq!(tapped.features, intact, "{}", about("tapped"));
        for &site in &self.lines {
            let node = network.architecture().sites()[site].node;
            let gain = gain(network.architecture(), site, 2.0).1;
            let expected = expected(&self.checkpoint, pictures, Some((node, gain.factors())));
            let what = about(&format!("a gain at {site}"));
            check_close(&features(&Intervention::at(site, gain)), &expected, tolerance, &what);
        }
        self.check_halves(&network, pictures, &about);
        self.lines.iter().for_each(|&site| check_line(&network, pictures, site, &about(&format!("line {site}"))));
    }

    /// Prefix and suffix are the pass, and a trip is the prefixes, to the last bit.
    fn check_halves(&self, network: &Network, pictures: ArrayView4<'_, f32>, about: &dyn Fn(&str) -> String) {
        let intact = network.features(pictures, &Intervention::none()).expect("runs");
        let mut trip = network.prefix(pictures, 0);
        for (site, own) in network.architecture().sites().iter().enumerate() {
            if site > 0 {
                trip = network.next(&trip);
            }
            let what = about(&format!("halted at {}", own.name));
            assert_eq!(network.suffix(&trip, &Intervention::none()).expect("runs"), intact, "{what}");
            if self.lines.contains(&site) {
                let acts = Intervention::at(site, gain(network.architecture(), site, 2.5).1);
                let direct = network.features(pictures, &acts).expect("runs");
                let halted = network.prefix(pictures, site);
                assert_eq!(network.suffix(&halted, &acts).expect("runs"), direct, "{what}, with a gain");
                assert_eq!(network.suffix(&trip, &acts).expect("runs"), direct, "{what} on a trip, with a gain");
            }
        }
    }
}

fn check_line(network: &Network, pictures: ArrayView4<'_, f32>, site: usize, what: &str) {
    let junction = network.junction(&network.prefix(pictures, site));
    let group = gain(network.architecture(), site, 1.0).0;
    let line = network.gain_line(&junction, &group);
    for (slope, point) in SLOPES.into_iter().zip(line.features_at(&SLOPES).expect("runs")) {
        let acts = Intervention::at(site, gain(network.architecture(), site, slope).1);
        let direct = network.features(pictures, &acts).expect("runs");
        check_close(&point, &direct, EXACT, &format!("{what}, slope {slope}"));
    }
}

#[test]
fn every_operation_is_the_reference_on_every_device() {
    let cases: Vec<Case> = serde_json::from_str(CASES).expect("golden values");
    let kinds: BTreeSet<String> = cases.iter().map(|case| format!("{:?}", std::mem::discriminant(&case.op))).collect();
    assert_eq!((cases.len(), kinds.len()), (44, 11), "every operation but the input has its cases");
    let devices = devices();
    for (seed, case) in cases.iter().enumerate() {
        let architecture = network_of(case);
        let lines = (0..case.inputs.len()).collect();
        let trial = Trial { checkpoint: weighted(&architecture, seed as u64), lines };
        let pictures = pictures(3, architecture.input_side(), 4.0);
        devices.iter().for_each(|device| trial.check(device, pictures.view()));
    }
}

#[test]
fn every_operation_is_near_in_float16_where_a_device_has_it() {
    let Some(device) = devices().into_iter().find(|device| device.info().f16) else {
        eprintln!("skipped: float16 (no device here has it)");
        return;
    };
    let half = device.with_precision(Precision::F16).expect("its shaders have it");
    let cases: Vec<Case> = serde_json::from_str(CASES).expect("golden values");
    for (seed, case) in cases.iter().enumerate() {
        let architecture = network_of(case);
        let checkpoint = weighted(&architecture, seed as u64);
        let pictures = pictures(3, architecture.input_side(), 4.0);
        let network = Network::new(&checkpoint, &half).expect("fits");
        let found = network.features(pictures.view(), &Intervention::none()).expect("runs");
        check_close(&found, &expected(&checkpoint, pictures.view(), None), FLOAT16, &case.op.to_string());
    }
}

/// A graph with all its activations as sites.
fn of_graph(name: &str, graph: Graph, lines: &str) -> Trial {
    let architecture = Architecture::of_graph(name, graph).expect("a network with sites");
    let site = |node: &str| architecture.site_index(node).unwrap_or_else(|| panic!("{name}: no site {node}"));
    Trial { lines: lines.split(' ').map(site).collect(), checkpoint: weighted(&architecture, 5) }
}

/// `lines`: the sites whose gain lines are tested, between spaces.
fn check_network(name: &str, graph: Graph, lines: &str) {
    let trial = of_graph(name, graph, lines);
    let side = trial.checkpoint.architecture.input_side();
    for device in devices() {
        trial.check(&device, pictures(2, side, 1.0).view());
    }
}

fn small(name: &str, side: usize) -> Graph {
    known(name).expect("known").side(side).classes(7).build().expect("builds").graph
}

#[test]
fn residual_networks() {
    check_network("resnet18", small("resnet18", 32), "relu layer2.0.relu1 layer3.0.relu layer4.1.relu");
}

#[test]
fn fire_modules() {
    let lines =
        "features.1 features.6.squeeze_activation features.9.expand3x3_activation features.9.concat classifier.2";
    check_network("squeezenet1_1", small("squeezenet1_1", 48), lines);
}

#[test]
fn inverted_residuals() {
    let lines = "features.0.0.relu6 features.5.conv.1.0.relu6 features.18.0.relu6";
    check_network("mobilenet_v2", small("mobilenet_v2", 32), lines);
}

/// What this family has more than the last one is in its first blocks.
#[test]
fn inverted_residuals_with_unequal_padding() {
    let graph = small("efficientnet-lite0", 33).until("_blocks.5._project_conv").expect("a block with a 5×5 kernel");
    check_network("efficientnet-lite0", graph, "_conv_stem.relu6 _blocks.3._depthwise_conv.relu6");
}

/// Up to the first dense layer: the next ones are wider than the sums of a test need to be.
#[test]
fn alexnet() {
    let graph = small("alexnet", 63).until("relu6").expect("a dense layer");
    check_network("alexnet", graph, "relu1 relu2 relu5");
}

#[test]
fn alexnet_with_groups_and_normalisation() {
    let graph = small("alexnet-caffe", 67).until("relu6").expect("a dense layer");
    check_network("alexnet-caffe", graph, "relu1 relu2 relu5");
}

#[test]
fn gains_of_dense_layers() {
    check_network("tiny", small("tiny", 16), "relu1_1 relu2_2 relu6 relu7");
}
