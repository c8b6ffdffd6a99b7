//! Weights and groups that do not fit.

use graph::{Activation, Conv, Graph, GraphBuilder, Influence, Op, Parameters, Shape, Weights, known, reference};

fn network() -> Graph {
    let mut builder = GraphBuilder::new();
    builder.add("x", Op::Input(Shape::new(2, 4, 4)), &[]).add("conv1", Op::Conv(Conv::square(3, 1)), &["x"]).add(
        "conv2",
        Op::Conv(Conv { bias: false, ..Conv::square(3, 1).groups(3) }),
        &["conv1"],
    );
    builder.finish("conv2").expect("a network")
}

fn parameters(kernel: usize, bias: Option<usize>) -> Parameters {
    Parameters { kernel: vec![0.5; kernel], bias: bias.map(|bias| vec![0.25; bias]) }
}

fn check(first: Parameters, second: Option<Parameters>, words: &str) {
    let named = [("conv1", Some(first)), ("conv2", second)];
    let named = named.into_iter().filter_map(|(name, parameters)| Some((name.to_string(), parameters?)));
    let error = Weights::new(&network(), named).expect_err(words).to_string();
    assert!(error.contains(words), "{error:?} does not say {words:?}");
}

#[test]
fn weights_are_checked_node_by_node() {
    let right = || parameters(6, Some(3));
    check(
        parameters(5, Some(3)),
        Some(parameters(3, None)),
        "conv1: the kernel has 5 numbers; expected 6 ([3, 2, 1, 1])",
    );
    check(parameters(6, Some(2)), Some(parameters(3, None)), "conv1: the bias has 2 numbers; expected 3");
    check(parameters(6, None), Some(parameters(3, None)), "conv1: its bias is missing");
    check(right(), None, "conv2: its kernel is missing");
    check(right(), Some(parameters(3, Some(3))), "conv2: a bias for an operation without one");
    let mut broken = right();
    broken.kernel[4] = f32::NAN;
    check(broken, Some(parameters(3, None)), "conv1: number 4 of the kernel is NaN");
    let named = |name: &str| vec![(name.to_string(), right()); 1];
    let error = Weights::new(&network(), named("conv9")).expect_err("no such node").to_string();
    assert!(error.contains("conv9: weights for a node that the network does not have"), "{error}");
    let error = Weights::new(&network(), named("x")).expect_err("an input").to_string();
    assert!(error.contains("x: weights for an operation that has none"), "{error}");
    let twice = [named("conv1"), named("conv1")].concat();
    assert!(
        Weights::new(&network(), twice).expect_err("twice").to_string().contains("conv1: weights were given twice")
    );
}

/// Changes a tensor, or takes it away.
type Change = dyn Fn(&str, &mut Vec<usize>, &mut Vec<f32>) -> bool;

#[test]
fn state_dicts_are_checked_tensor_by_tensor() {
    let blueprint = known("resnet18").expect("known").classes(4).build().expect("builds");
    let shapes: Vec<_> = blueprint.tensors();
    let bind = |change: &Change| {
        let get = |name: &str| {
            let mut shape = shapes.iter().find(|tensor| tensor.name == name)?.shape.clone();
            let mut numbers = vec![0.5; shape.iter().product()];
            change(name, &mut shape, &mut numbers).then_some((shape, numbers))
        };
        blueprint.bind(get)
    };
    assert!(bind(&|_, _, _| true).is_ok());
    let missing = bind(&|name, _, _| name != "layer2.0.bn1.running_var").expect_err("missing").to_string();
    assert_eq!(missing, "layer2.0.conv1: layer2.0.bn1.running_var is missing");
    let turned = bind(&|name, shape, _| {
        if name == "fc.weight" {
            shape.reverse();
        }
        true
    });
    let turned = turned.expect_err("transposed").to_string();
    assert_eq!(turned, "fc: fc.weight has the shape [512, 4]; expected [4, 512]");
    let negative = bind(&|name, _, numbers| {
        if name == "bn1.running_var" {
            numbers[3] = -1.0;
        }
        true
    });
    assert!(negative.expect_err("negative").to_string().starts_with("conv1: variance -1 "));
}

#[test]
fn groups_and_passes_that_do_not_fit_are_refused() {
    let vgg = known("tiny").expect("known").build().expect("builds");
    let site = vgg.site("conv1_1").expect("a site");
    let refused = |channels: &[usize], words: &str| {
        let error = Influence::new(&vgg.graph, &site, channels).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    };
    refused(&[], "conv1_1: the group has no channels");
    refused(&[4], "conv1_1: channel 4 does not exist; there are 4");
    refused(&[1, 2, 1], "conv1_1: channel 1 stands twice");
    assert!(vgg.site("conv9_1").expect_err("none").to_string().contains("no node \"conv9_1\""));

    let network = network();
    let named = vec![("conv1".into(), parameters(6, Some(3))), ("conv2".into(), parameters(3, None))];
    let weights = Weights::new(&network, named).expect("fits");
    let picture = |length: usize| reference::values(&network, &weights, &vec![0.0; length], &[]);
    assert!(picture(32).is_ok());
    assert_eq!(picture(31).expect_err("short").to_string(), "the picture has 31 numbers; expected 2×4×4");
    let gains = [reference::Gains { node: network.output(), factors: vec![1.0; 2] }];
    let error = reference::values(&network, &weights, &[0.0; 32], &gains).expect_err("two gains").to_string();
    assert_eq!(error, "conv2: 2 gains were given for 3 channels");
    let error = reference::values(&vgg.graph, &weights, &[0.0; 3 * 256], &[]).expect_err("other weights").to_string();
    assert!(error.contains("the weights do not fit"), "{error}");
}

#[test]
fn single_operations_are_checked_too() {
    let value = |channels: usize, numbers: usize| reference::Value {
        shape: Shape::new(channels, 2, 2),
        data: vec![1.0; numbers],
    };
    let run = |op: &Op, input: &reference::Value, parameters: Option<&Parameters>| {
        reference::operation(op, &[input], parameters).map(|value| value.data[0]).map_err(|error| error.to_string())
    };
    let conv = Op::Conv(Conv::square(3, 1));
    assert_eq!(run(&conv, &value(2, 8), Some(&parameters(6, Some(3)))), Ok(1.25));
    assert!(run(&conv, &value(2, 8), None).is_err());
    assert!(run(&conv, &value(2, 8), Some(&parameters(6, None))).is_err());
    assert!(run(&Op::Activation(Activation::Relu), &value(2, 8), Some(&parameters(6, None))).is_err());
    let short = run(&Op::Flatten, &value(2, 7), None);
    assert_eq!(short, Err("an input has 7 numbers; expected 2×2×2".into()));
    let picture = reference::operation::<f32>(&Op::Input(Shape::vector(2)), &[], None).expect_err("no operation");
    assert_eq!(picture.to_string(), "the picture has 0 numbers; expected 2×1×1");
}
