//! Known networks against torchvision (tests/golden/networks.py).

use std::collections::BTreeMap;

use graph::{Activation, Blueprint, Graph, KNOWN, NodeId, Op, Weights, known, reference};
use serde::Deserialize;

use crate::seeded::{error, signed, tensor};

#[derive(Deserialize)]
struct Golden {
    networks: BTreeMap<String, Network>,
}

#[derive(Deserialize)]
struct Network {
    side: usize,
    parameters: u64,
    multiplications: u64,
    /// Name, then sizes.
    state: Vec<Vec<serde_json::Value>>,
    /// Kind, then sizes.
    layers: Vec<Vec<serde_json::Value>>,
    small_side: usize,
    scores: Vec<f64>,
}

fn golden() -> BTreeMap<String, Network> {
    let golden: Golden = serde_json::from_str(include_str!("../golden/networks.json")).expect("golden values");
    golden.networks
}

fn named_sizes(row: &[serde_json::Value]) -> (String, Vec<usize>) {
    let size = |value: &serde_json::Value| value.as_u64().expect("a size") as usize;
    (row[0].as_str().expect("a name").into(), row[1..].iter().map(size).collect())
}

fn kind(op: &Op) -> Option<&'static str> {
    Some(match op {
        Op::Conv(_) => "conv",
        Op::Dense(_) => "dense",
        Op::Activation(Activation::Relu) => "ReLU",
        Op::Activation(Activation::RELU6) => "ReLU6",
        Op::MaxPool(_) => "max-pool",
        Op::Lrn(_) => "lrn",
        _ => return None,
    })
}

fn layer(graph: &Graph, id: NodeId) -> Option<(String, Vec<usize>)> {
    let node = graph.node(id);
    let shape = [node.shape.channels, node.shape.height, node.shape.width];
    let flat = graph.nodes()[..id.index()].iter().any(|before| matches!(before.op, Op::Dense(_) | Op::Flatten));
    let flat = flat || matches!(node.op, Op::Dense(_));
    Some((kind(&node.op)?.into(), if flat { shape[..1].to_vec() } else { shape.to_vec() }))
}

#[test]
fn every_known_network_has_golden_values() {
    let names: Vec<String> = golden().into_keys().collect();
    let mut known: Vec<&str> = KNOWN.iter().map(|known| known.name).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn state_dicts_shapes_and_counts_are_those_of_torchvision() {
    for (name, golden) in golden() {
        let known = known(&name).expect("known");
        assert_eq!(known.side, golden.side, "{name}");
        let Blueprint { graph, .. } = known.build().expect("builds");
        let blueprint = known.build().expect("builds");
        let mut found: Vec<_> = blueprint.tensors().into_iter().map(|t| (t.name, t.shape)).collect();
        let mut expected: Vec<_> = golden.state.iter().map(|row| named_sizes(row)).collect();
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{name}: state dict");
        assert_eq!(blueprint.parameter_count(), golden.parameters, "{name}: parameters");
        assert_eq!(graph.total_multiplications(), golden.multiplications, "{name}: multiplications");
        let found: Vec<_> = graph.ids().filter_map(|id| layer(&graph, id)).collect();
        let expected: Vec<_> = golden.layers.iter().map(|row| named_sizes(row)).collect();
        assert_eq!(found, expected, "{name}: layers");
    }
}

/// Scores of the reference with seeded weights, batch normalisation folded.
fn check_scores(families: &[&str]) {
    let mut golden = golden();
    for family in families {
        let networks: Vec<_> = golden.keys().filter(|name| name.starts_with(family)).cloned().collect();
        assert!(!networks.is_empty(), "{family}");
        for name in networks {
            let golden = golden.remove(&name).expect("its golden values");
            let known = known(&name).expect("known").side(golden.small_side).classes(10);
            let blueprint = known.build().expect("builds");
            let shapes: BTreeMap<_, _> = blueprint.tensors().into_iter().map(|t| (t.name, t.shape)).collect();
            let get = |name: &str| Some((shapes[name].clone(), tensor(name, &shapes[name])));
            let weights: Weights<f64> = blueprint.bind(get).expect("weights");
            let picture = signed("picture", 3 * golden.small_side * golden.small_side, 2.0);
            let values = reference::values(&blueprint.graph, &weights, &picture, &[]).expect("a pass");
            let error = error(&values[blueprint.graph.output().index()].data, &golden.scores);
            assert!(error < 1e-11, "{name}: off by {error:e}");
        }
    }
}

#[test]
fn scores_of_vgg_match() {
    check_scores(&["vgg", "tiny"]);
}

#[test]
fn scores_of_alexnets_and_squeezenet_match() {
    check_scores(&["alexnet", "emonet", "squeezenet"]);
}

#[test]
fn scores_of_residual_networks_match() {
    check_scores(&["resnet", "mobilenet", "efficientnet"]);
}

#[test]
fn emonet_is_an_alexnet_with_twenty_classes() {
    let emonet = known("emonet").expect("known").build().expect("builds").graph;
    assert_eq!(emonet.weight_count(), 56_950_164);
    let trunk = known("alexnet-caffe").expect("known");
    assert_eq!(emonet, trunk.classes(20).build().expect("builds").graph, "but for the names of tensors");
    assert!(graph::compare(&emonet, &trunk.build().expect("builds").graph).is_err(), "a thousand classes");
    let millions = |name: &str| emonet.multiplications(emonet.find(name).expect("a node")) / 1_000_000;
    let layers = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7"];
    assert_eq!(layers.map(millions), [105, 223, 149, 112, 74, 37, 16]);
}

#[test]
fn default_sites_are_one_per_block() {
    let sites = |name: &str| {
        let blueprint = known(name).expect("known").build().expect("builds");
        let site = |site: &graph::Site| {
            let node = &blueprint.graph.node(site.node).name;
            format!("{}={node}:{}×{}×{}", site.name, site.channels, site.height, site.width)
        };
        blueprint.sites.iter().map(site).collect::<Vec<_>>()
    };
    let vgg = sites("vgg16");
    assert_eq!((vgg.len(), vgg[12].as_str()), (13, "conv5_3=relu5_3:512×14×14"));
    assert_eq!(sites("alexnet-caffe")[1], "conv2=relu2:256×27×27");
    let resnet = sites("resnet50");
    assert_eq!((resnet.len(), resnet[1].as_str()), (17, "layer1.0=layer1.0.relu:256×56×56"));
    let squeezenet = sites("squeezenet1_1");
    assert_eq!((squeezenet.len(), squeezenet[1].as_str()), (9, "fire2=features.3.concat:128×55×55"));
    let mobilenet = sites("mobilenet_v2");
    assert_eq!((mobilenet.len(), mobilenet[1].as_str()), (19, "features.1=features.1.conv.0.0.relu6:32×112×112"));
    let lite = sites("efficientnet-lite0");
    assert_eq!((lite.len(), lite[2].as_str()), (18, "blocks.1=_blocks.1._depthwise_conv.relu6:96×56×56"));
}

#[test]
fn the_last_gain_of_vgg16_leaves_the_dense_layers() {
    let vgg16 = known("vgg16").expect("known").build().expect("builds");
    let after = |name: &str| vgg16.site(name).expect("a site").multiplications_after;
    assert_eq!(after("conv5_3"), 25_088 * 4096 + 4096 * 4096 + 4096 * 1000);
    assert_eq!(after("conv5_2") - after("conv5_3"), 512 * 512 * 9 * 14 * 14);
    assert_eq!(after("relu7"), 4096 * 1000, "dense activations are sites too");
    let error = vgg16.graph.site("conv5_3").expect_err("a convolution").to_string();
    assert!(error.contains("a 3×3 convolution") && error.contains("the one that follows is relu5_3"), "{error}");
    let headless = vgg16.graph.until("pool5").expect("a node");
    assert_eq!(headless.weight_count(), 14_714_688);
}

#[test]
fn sizes_that_cannot_be_are_errors() {
    let error = known("resnet18").expect("known").side(0).build().expect_err("no picture").to_string();
    assert!(error.contains("input: every size must be at least 1"), "{error}");
    assert!(known("alexnet").expect("known").side(30).build().is_err(), "no room for the last pool");
    assert!(known("vgg16").expect("known").classes(0).build().is_err());
    let huge = known("vgg16").expect("known").side(1 << 20).build().expect_err("2⁴⁰ pixels").to_string();
    assert!(huge.contains("would be more than 2147483648"), "{huge}");
}
