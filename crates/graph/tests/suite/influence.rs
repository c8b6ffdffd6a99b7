//! The forms that are claimed, against direct passes of random networks with gains from 0 to 4.
//!
//! Fixed channels must keep their bits. Scaled ones must be 0 for s = 0 and exactly doubled by s = 2, since powers of
//! two round nothing. Affine ones must lie on the line through s = 0 and s = 1 to rounding.

mod random;

use graph::{
    Activation, Conv, Dense, Form, Graph, GraphBuilder, Influence, Lrn, MaxPool, NodeId, Op, Plan, Shape, Window,
};
use graph::{known, reference};
use proptest::prelude::*;

use crate::seeded::signed;
use random::{Recipe, recipes, weights};

const SLOPES: [f64; 6] = [0.0, 0.5, 1.0, 2.0, 3.0, 4.0];

/// Values of all nodes for each of [`SLOPES`].
fn passes(graph: &Graph, site: NodeId, channels: &[usize]) -> Vec<Vec<reference::Value>> {
    let input = graph.node(graph.input()).shape;
    let (weights, picture) = (weights(graph), signed("picture", input.values(), 2.0));
    let pass = |slope: f64| {
        let mut factors = vec![1.0; graph.node(site).shape.channels];
        channels.iter().for_each(|&channel| factors[channel] = slope);
        reference::values(graph, &weights, &picture, &[reference::Gains { node: site, factors }]).expect("a pass")
    };
    SLOPES.map(pass).into()
}

/// Whether one number, for each of [`SLOPES`], is of the form that is claimed; `scale` is the size of its neighbours.
fn holds(form: Form, y: [f64; 6], scale: f64) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-11 * scale.max(1.0);
    match form {
        Form::Fixed => y.iter().all(|one| one.to_bits() == y[2].to_bits()),
        Form::Scaled => {
            y[0] == 0.0 && 0.5 * y[2] == y[1] && 2.0 * y[2] == y[3] && 4.0 * y[2] == y[5] && near(y[4], 3.0 * y[2])
        }
        Form::Affine => (0..6).all(|at| near(y[at], y[0] + SLOPES[at] * (y[2] - y[0]))),
        Form::Curved => true,
    }
}

fn check_claims(graph: &Graph, site: &graph::Site, channels: &[usize]) -> Result<(), TestCaseError> {
    let influence = Influence::new(graph, site, channels).expect("a group");
    let passes = passes(graph, site.node, channels);
    for id in graph.ids() {
        let node = graph.node(id);
        let scale = passes.iter().flat_map(|pass| &pass[id.index()].data).fold(0.0, |m: f64, y| m.max(y.abs()));
        for (channel, &form) in influence.forms(id).iter().enumerate() {
            for pixel in 0..node.shape.pixels() {
                let y: Vec<f64> = passes.iter().map(|pass| pass[id.index()].channel(channel)[pixel]).collect();
                let y: [f64; 6] = y.try_into().expect("six slopes");
                prop_assert!(
                    holds(form, y, scale),
                    "{} ({}) channel {channel}: {y:?} is not {form:?}",
                    node.name,
                    node.op
                );
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn claims_hold_on_random_networks(recipes in recipes(), pick in any::<u16>(), group in any::<u16>()) {
        let graph = random::network(&recipes);
        let sites = graph.sites();
        let site = &sites[pick as usize % sites.len()];
        let mut channels: Vec<usize> = (0..site.channels).filter(|channel| group >> (channel % 16) & 1 == 1).collect();
        if channels.is_empty() {
            channels.push(group as usize % site.channels);
        }
        check_claims(&graph, site, &channels)?;
        let (whole, influence) = (graph.line_forms(site), Influence::new(&graph, site, &channels).expect("a group"));
        for id in graph.ids() {
            prop_assert!(influence.form(id) <= whole[id.index()], "{}: the form of all groups is too weak", graph.node(id).name);
        }
    }
}

#[test]
fn random_networks_have_all_operations_and_all_forms() {
    // A proof by random networks is worth what they contain.
    let (mut words, mut forms) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for seed in 0..200u64 {
        let draws =
            crate::seeded::uniform(&format!("network {seed}"), 60).map(|u| (u * 65_536.0) as u16).collect::<Vec<_>>();
        let recipes: Vec<Recipe> = draws.chunks(4).map(|d| (d[0] as u8, d[1], d[2], d[3] as u8)).collect();
        let graph = random::network(&recipes);
        let site = &graph.sites()[0];
        let influence = Influence::new(&graph, site, &[0]).expect("a group");
        for id in graph.ids() {
            words.insert(graph.node(id).op.to_string());
            influence.forms(id).iter().for_each(|form| {
                forms.insert((*form, graph.node(id).op.to_string()));
            });
        }
    }
    for word in [
        "sum",
        "product",
        "concatenation",
        "max-pool",
        "average pool",
        "global average",
        "normalisation",
        "flattening",
        "dense",
        "ReLU6",
        "leaky",
        "SiLU",
        "hard swish",
        "hard sigmoid",
        "sigmoid",
        "1×1 conv",
        "3×3 conv",
    ] {
        assert!(words.iter().any(|found| found.contains(word)), "no {word} in {words:?}");
    }
    for form in [Form::Fixed, Form::Scaled, Form::Affine, Form::Curved] {
        assert!(forms.iter().filter(|(found, _)| *found == form).count() > 8, "{form:?} is rare: {forms:?}");
    }
}

/// A network of one path from a ReLU on 4 channels of 4×4, the site.
fn path(ops: &[Op]) -> (Graph, Influence) {
    let mut builder = GraphBuilder::new();
    builder.add("x", Op::Input(Shape::new(4, 4, 4)), &[]).add("site", Op::Activation(Activation::Relu), &["x"]);
    let mut last = String::from("site");
    for (index, op) in ops.iter().enumerate() {
        let name = format!("node{index}");
        builder.add(name.as_str(), op.clone(), &[&last]);
        last = name;
    }
    let graph = builder.finish(&last).expect("a network");
    let influence = Influence::new(&graph, &graph.site("site").expect("a site"), &[1]).expect("a group");
    (graph, influence)
}

#[test]
fn claims_are_as_weak_as_they_can_be() {
    use Form::{Affine, Curved, Fixed, Scaled};
    let check = |ops: &[Op], expected: &[Form]| {
        let (graph, influence) = path(ops);
        assert_eq!(influence.forms(graph.output()), expected, "{ops:?}");
    };
    let pool = Op::MaxPool(MaxPool::new(Window::square(2, 2)));
    let relu = Op::Activation(Activation::Relu);
    let depthwise = |bias| Op::Conv(Conv { bias, ..Conv::square(4, 3).groups(4) });
    check(std::slice::from_ref(&pool), &[Fixed, Scaled, Fixed, Fixed]);
    check(&[pool.clone(), relu.clone()], &[Fixed, Scaled, Fixed, Fixed]);
    check(&[Op::Activation(Activation::LeakyRelu { slope: 0.1 })], &[Fixed, Scaled, Fixed, Fixed]);
    check(&[Op::Activation(Activation::RELU6)], &[Fixed, Curved, Fixed, Fixed]);
    check(&[Op::GlobalAverage], &[Fixed, Scaled, Fixed, Fixed]);
    check(&[depthwise(false)], &[Fixed, Scaled, Fixed, Fixed]);
    check(&[depthwise(false), relu.clone(), pool.clone()], &[Fixed, Scaled, Fixed, Fixed]);
    check(&[depthwise(true)], &[Fixed, Affine, Fixed, Fixed]);
    check(&[depthwise(true), relu.clone()], &[Fixed, Curved, Fixed, Fixed]);
    check(&[depthwise(true), pool], &[Fixed, Curved, Fixed, Fixed]);
    check(&[Op::Conv(Conv::square(6, 1).groups(2))], &[Affine, Affine, Affine, Fixed, Fixed, Fixed]);
    check(&[Op::Conv(Conv::square(2, 1))], &[Affine; 2]);
    check(&[Op::Lrn(Lrn::pytorch(2, 1.0, 0.5, 1.0))], &[Fixed, Curved, Curved, Fixed]);
    check(&[Op::Lrn(Lrn::onnx(2, 1.0, 0.5, 1.0))], &[Curved, Curved, Fixed, Fixed]);
    check(&[Op::GlobalAverage, Op::Flatten, Op::Dense(Dense { outputs: 2, bias: false })], &[Affine; 2]);
    let (graph, influence) = path(&[Op::Flatten]);
    assert_eq!(influence.channels(graph.output()), (16..32).collect::<Vec<_>>());
    assert_eq!(influence.form(graph.output()), Scaled);
}

#[test]
fn the_gain_line_of_vgg16_saves_what_the_shortcut_promises() {
    let vgg16 = known("vgg16").expect("known").build().expect("builds");
    let features = vgg16.graph.until("relu7").expect("fc7");
    let plan = |relu: &str, group: usize| {
        let site = features.site(relu).expect("a site");
        let channels: Vec<usize> = (0..group).collect();
        let plan = Plan::new(&features, &Influence::new(&features, &site, &channels).expect("a group"));
        assert_eq!(plan.direct(1), site.multiplications_after);
        plan
    };
    // Billions of multiplications for 51 slopes after layers 8, 10, 12 and 13.
    let rounded = |n: u64| (n as f64 / 1e9).round();
    let direct = ["relu4_1", "relu4_3", "relu5_2", "relu5_3"].map(|relu| rounded(plan(relu, 10).direct(51)));
    assert_eq!(direct, [266.0, 77.0, 30.0, 6.0]);
    let (conv5_3, fc6, fc7) = (512 * 512 * 9 * 196, 25_088 * 4096, 4096 * 4096);
    assert_eq!(plan("relu5_2", 512).exact(51), conv5_3 + 51 * (fc6 + fc7));
    assert_eq!(plan("relu5_2", 128).exact(51), conv5_3 / 4 + 51 * (fc6 + fc7), "only the group is convolved");
    assert_eq!(plan("relu5_3", 512).exact(51), fc6 + 51 * fc7, "max-pooling keeps the line straight");
    assert_eq!(plan("relu5_3", 512).saved(51), 50 * fc6);
    assert_eq!(plan("relu7", 512).steps, [], "nothing follows");
}

#[test]
fn skip_connections_and_groups_are_counted() {
    let resnet = known("resnet18").expect("known").build().expect("builds");
    let site = resnet.site("layer4.1").expect("the last block");
    let plan = Plan::new(&resnet.graph, &Influence::new(&resnet.graph, &site, &[3, 5]).expect("a group"));
    assert_eq!((plan.exact(51), plan.direct(51)), (2 * 1000, 51 * 512_000), "scores are a + s·b");
    let alexnet = known("alexnet-caffe").expect("known").build().expect("builds");
    let site = alexnet.site("conv3").expect("a site");
    let plan = Plan::new(&alexnet.graph, &Influence::new(&alexnet.graph, &site, &[0, 1, 2]).expect("a group"));
    let conv4 = plan.steps[0];
    assert_eq!((conv4.once, conv4.per_slope), (3 * 192 * 9 * 169, 0), "the other half does not see them");
    let conv5 = plan.steps[1];
    assert_eq!((conv5.once, conv5.per_slope, conv5.direct), (0, 192 * 128 * 9 * 169, 192 * 256 * 9 * 169));
}
