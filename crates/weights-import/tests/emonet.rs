//! EmoNet in all files that hold it: two state dicts and an ONNX graph give one network; others of its name or shape are
//! refused by what they are. Weights are invented; scores at full size are compared by `tests/golden/emonet.py`.
#![allow(clippy::unwrap_used)]

mod changed;
mod support;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use half::f16;
use onnx_ir::{AttributeProto, GraphProto, TensorProto};
use safetensors::tensor::{Dtype, TensorView};
use stimuli::frames::EMONET_CLASSES;
use vgg_core::{Checkpoint, Filter, MeanPicture, Preprocessing, Resize};
use weights_import::{ImportOptions, Imported, Preparation, PreprocessingChoice, import};

use changed::{new_node, write_changed};
use support::{check_refused, fixture, told};

const SIDE: usize = 227;
/// Shapes of the kernels as emonet-pytorch has them.
const KERNELS: [[usize; 4]; 8] = [
    [96, 3, 11, 11],
    [256, 48, 5, 5],
    [384, 256, 3, 3],
    [384, 192, 3, 3],
    [256, 192, 3, 3],
    [4096, 256, 6, 6],
    [4096, 4096, 1, 1],
    [20, 4096, 1, 1],
];
const PYTORCH: [&str; 8] =
    ["conv_0.0", "conv_1.0", "conv_2.0", "conv_3.0", "conv_4.0", "conv_5.0", "conv_6.0", "classifier.0"];
const PY: [&str; 8] = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc1", "fc2", "fc3"];
/// Of the layer that reads flattened maps.
const FC6: usize = 5;

/// Number `at` of a layer's kernel, exact in float16.
fn number(layer: usize, at: usize) -> f16 {
    f16::from_f32(((at + 31 * layer) % 251) as f32 / 256.0 - 0.5)
}

fn kernel(layer: usize) -> Vec<u8> {
    let count: usize = KERNELS[layer].iter().product();
    (0..count).flat_map(|at| number(layer, at).to_le_bytes()).collect()
}

/// The same fc6 with MATLAB's order of columns: `c · 36 + w · 6 + h`.
fn matlabs_fc6() -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 * 4096 * 9216);
    for output in 0..4096 {
        for c in 0..256 {
            for w in 0..6 {
                bytes.extend((0..6).flat_map(|h| number(FC6, output * 9216 + c * 36 + h * 6 + w).to_le_bytes()));
            }
        }
    }
    bytes
}

fn bias(layer: usize) -> Vec<u8> {
    (0..KERNELS[layer][0]).flat_map(|at| number(layer + 10, at).to_le_bytes()).collect()
}

/// A state dict of float16.
fn write(path: &Path, tensors: &[(String, Vec<usize>, Vec<u8>)]) {
    let view = |(name, shape, bytes): &(String, Vec<usize>, Vec<u8>)| {
        (name.clone(), TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap().data().to_vec(), shape.clone())
    };
    let owned: Vec<_> = tensors.iter().map(view).collect();
    let views =
        owned.iter().map(|(name, bytes, shape)| (name, TensorView::new(Dtype::F16, shape.clone(), bytes).unwrap()));
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn pytorch(folder: &Path) -> PathBuf {
    let path = folder.join("emonet_pytorch_weights.safetensors");
    let layer = |(at, name): (usize, &&str)| {
        let bias = (format!("{name}.bias"), vec![KERNELS[at][0]], bias(at));
        [(format!("{name}.weight"), KERNELS[at].to_vec(), kernel(at)), bias]
    };
    write(&path, &PYTORCH.iter().enumerate().flat_map(layer).collect::<Vec<_>>());
    path
}

fn py(folder: &Path) -> PathBuf {
    let path = folder.join("emonet.safetensors");
    let layer = |(at, name): (usize, &&str)| {
        let [outputs, inputs, height, width] = KERNELS[at];
        let shape = if at < FC6 { KERNELS[at].to_vec() } else { vec![outputs, inputs * height * width] };
        let kernel = if at == FC6 { matlabs_fc6() } else { kernel(at) };
        [(format!("{name}.weight"), shape, kernel), (format!("{name}.bias"), vec![outputs], bias(at))]
    };
    write(&path, &PY.iter().enumerate().flat_map(layer).collect::<Vec<_>>());
    path
}

/// A mean image around ImageNet's mean colour, channel first.
fn image() -> Vec<f32> {
    let value = |at: usize| [122.5_f32, 116.5, 104.0][at / (SIDE * SIDE)] + (at % 7) as f32 / 4.0;
    (0..3 * SIDE * SIDE).map(value).collect()
}

fn half(name: &str, shape: &[usize], bytes: Vec<u8>) -> TensorProto {
    tensor(name, shape, 10, bytes.into())
}

fn tensor(name: &str, shape: &[usize], data_type: i32, raw_data: Bytes) -> TensorProto {
    let dims = shape.iter().map(|&extent| extent as i64).collect();
    TensorProto { name: name.into(), dims, data_type, raw_data, ..Default::default() }
}

fn ints(name: &str, values: &[i64]) -> AttributeProto {
    let mut attribute = AttributeProto { name: name.into(), ints: values.to_vec(), ..Default::default() };
    attribute.type_ = onnx_ir::AttributeType::INTS.into();
    attribute
}

/// A graph as MATLAB's exporter writes it: the mean image subtracted in front, `LRN` nodes, dense layers as convolutions,
/// a softmax at the end.
fn matlab(graph: &mut GraphProto) {
    let dims = &mut graph.input[0].type_.as_mut().unwrap().mut_tensor_type().shape.as_mut().unwrap().dim;
    dims[2].set_dim_value(SIDE as i64);
    dims[3].set_dim_value(SIDE as i64);
    let (input, output) = (graph.input[0].name.clone(), graph.output[0].name.clone());
    let raw: Vec<u8> = image().iter().flat_map(|value| value.to_le_bytes()).collect();
    graph.initializer = vec![tensor("input_Mean", &[1, 3, SIDE, SIDE], 1, raw.into())];
    graph.node = vec![new_node("Sub", "input_Sub", &[&input, "input_Mean"], "at")];
    let mut add = |operator: &str, name: &str, extra: &[&str], attributes: Vec<AttributeProto>| {
        let before = graph.node.last().unwrap().output[0].clone();
        let mut node = new_node(operator, name, &[&[before.as_str()], extra].concat(), name);
        node.attribute = attributes;
        graph.node.push(node);
    };
    let mut tensors = Vec::new();
    for (layer, name) in ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc"].into_iter().enumerate() {
        let (weights, biases) = (format!("{name}_W"), format!("{name}_B"));
        let (stride, pad) = ([4, 1, 1, 1, 1, 1, 1, 1][layer], [0, 2, 1, 1, 1, 0, 0, 0][layer]);
        let mut group =
            AttributeProto { name: "group".into(), i: [1, 2, 1, 2, 2, 1, 1, 1][layer], ..Default::default() };
        group.type_ = onnx_ir::AttributeType::INT.into();
        let attributes = vec![ints("strides", &[stride; 2]), ints("pads", &[pad; 4]), group];
        add("Conv", name, &[&weights, &biases], attributes);
        tensors.push(half(&weights, &KERNELS[layer], kernel(layer)));
        tensors.push(half(&biases, &KERNELS[layer][..1], bias(layer)));
        if layer < 7 {
            add("Relu", &format!("relu{}", layer + 1), &[], vec![]);
        }
        if layer < 2 {
            add("LRN", &format!("norm{}", layer + 1), &[], lrn());
        }
        if [0, 1, 4].contains(&layer) {
            add(
                "MaxPool",
                &format!("pool{}", layer + 1),
                &[],
                vec![ints("kernel_shape", &[3; 2]), ints("strides", &[2; 2])],
            );
        }
    }
    let mut axis = AttributeProto { name: "axis".into(), i: 1, ..Default::default() };
    axis.type_ = onnx_ir::AttributeType::INT.into();
    add("Softmax", "softmax", &[], vec![axis]);
    graph.initializer.extend(tensors);
    graph.node.last_mut().unwrap().output[0] = output;
}

fn lrn() -> Vec<AttributeProto> {
    let float = |name: &str, f: f32| {
        let mut attribute = AttributeProto { name: name.into(), f, ..Default::default() };
        attribute.type_ = onnx_ir::AttributeType::FLOAT.into();
        attribute
    };
    let mut size = AttributeProto { name: "size".into(), i: 5, ..Default::default() };
    size.type_ = onnx_ir::AttributeType::INT.into();
    vec![size, float("alpha", 1e-4), float("beta", 0.75), float("bias", 1.0)]
}

/// What two files must have in common: all but where they came from.
fn check_same(one: &Checkpoint, other: &Checkpoint) {
    assert_eq!(one.architecture, other.architecture);
    assert!(one.weights == other.weights, "the same numbers in the same places");
    assert_eq!(one.origin.classes, other.origin.classes);
}

#[test]
fn two_state_dicts_and_matlabs_graph_are_one_network() {
    let folder = tempfile::tempdir().unwrap();
    let import = |path: &Path, options: &ImportOptions| import(path, options).unwrap();
    let mean = MeanPicture::new(SIDE as u32, image()).unwrap();
    let preparation = Preparation { mean_image: Some(mean.clone()), ..PreprocessingChoice::Emonet.into() };
    let given = ImportOptions { preprocessing: preparation, ..Default::default() };
    let Imported { checkpoint: one, notes } = import(&pytorch(folder.path()), &given);
    assert!(notes.iter().any(|note| note == "preprocessing emonet: as asked"), "{notes:?}");
    let network = &one.architecture;
    assert_eq!((network.name(), network.feature_name(), network.classes()), ("emonet", "relu7", 20));
    assert_eq!(network.site_names(), ["conv1", "conv2", "conv3", "conv4", "conv5"]);
    assert_eq!(one.origin.classes, EMONET_CLASSES);
    let fc6 = network.graph().find("fc6").unwrap();
    let column = 7 * 9216 + 200 * 36 + 6 + 4;
    assert_eq!(one.weights.of(fc6).unwrap().kernel[column], number(FC6, column).to_f32(), "channel, row, column");
    let other = import(&py(folder.path()), &given).checkpoint;
    check_same(&one, &other);
    assert_eq!((&one.preprocessing, &other.preprocessing), (&Preprocessing::emonet(mean), &one.preprocessing));
    drop(other);
    let Imported { checkpoint: graph, notes } = write_changed(
        fixture("torchscript.onnx"),
        |model| matlab(model.graph.as_mut().unwrap()),
        |path| import(path, &ImportOptions::default()),
    );
    check_same(&one, &graph);
    assert_eq!(graph.preprocessing, one.preprocessing, "the image, the colours and the resize follow from the file");
    for part in ["from the file itself (Sub node \"input_Sub\")", "ends in a softmax", "taken for EmoNet"] {
        assert!(notes.iter().any(|note| note.contains(part)), "{part}: {notes:?}");
    }
}

/// A state dict whose data are zeros that the disk does not store.
fn sparse(path: &Path, tensors: &[(String, Vec<usize>)]) {
    let (mut header, mut at) = (Vec::new(), 0);
    for (name, shape) in tensors {
        let end = at + 2 * shape.iter().product::<usize>();
        header.push(format!(r#""{name}":{{"dtype":"F16","shape":{shape:?},"data_offsets":[{at},{end}]}}"#));
        at = end;
    }
    let header = format!("{{{}}}", header.join(","));
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.set_len((8 + header.len() + at) as u64).unwrap();
}

/// The tensors of emonet-py.
fn shapes() -> Vec<(String, Vec<usize>)> {
    let layer = |(at, name): (usize, &&str)| {
        let [outputs, inputs, height, width] = KERNELS[at];
        let shape = if at < FC6 { KERNELS[at].to_vec() } else { vec![outputs, inputs * height * width] };
        [(format!("{name}.weight"), shape), (format!("{name}.bias"), vec![outputs])]
    };
    PY.iter().enumerate().flat_map(layer).collect()
}

fn check_shapes(change: impl Fn(&mut Vec<(String, Vec<usize>)>), options: &ImportOptions, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("emonet.safetensors");
    let mut tensors = shapes();
    change(&mut tensors);
    sparse(&path, &tensors);
    check_refused(&path, options, parts);
}

fn shaped(tensors: &mut [(String, Vec<usize>)], name: &str, shape: &[usize]) {
    tensors.iter_mut().filter(|tensor| tensor.0 == name).for_each(|tensor| tensor.1 = shape.to_vec());
}

#[test]
fn what_looks_like_emonet_and_is_not_is_told_by_what_it_is() {
    let plain = told(PreprocessingChoice::EmonetPytorch);
    let nineteen = |tensors: &mut Vec<(String, Vec<usize>)>| {
        shaped(tensors, "fc3.weight", &[19, 4096]);
        shaped(tensors, "fc3.bias", &[19]);
    };
    check_shapes(nineteen, &plain, &["\"fc3.weight\"", "the 20 classes of AlexNetBigEmoNet", "found 19 classes"]);
    let torchvision = |tensors: &mut Vec<(String, Vec<usize>)>| shaped(tensors, "conv1.weight", &[64, 3, 11, 11]);
    check_shapes(torchvision, &plain, &["\"conv1.weight\"", "[96, 3, 11, 11]", "torchvision's AlexNet"]);
    let fewer = |tensors: &mut Vec<(String, Vec<usize>)>| tensors.truncate(15);
    check_shapes(fewer, &plain, &["of emonet, the closest known network; missing fc3.bias"]);
    let wide = ImportOptions { input_side: Some(228), ..plain.clone() };
    check_shapes(|_| (), &wide, &["--input-side: expected 227, the side of EmoNet's pictures, found 228"]);
    let faces = |tensors: &mut Vec<(String, Vec<usize>)>| {
        *tensors = vec![
            ("conv1.weight".into(), vec![64, 3, 7, 7]),
            ("m0.b1_4.bn1.weight".into(), vec![256]),
            ("emo_fc_2.0.weight".into(), vec![128, 256]),
        ];
    };
    check_shapes(faces, &plain, &["\"emo_fc_2.0.weight\"", "EmoNet for faces (Toisoul et al. 2021", "Kragel et al."]);
    check_shapes(|_| (), &told(PreprocessingChoice::Emonet), &["--mean-image: img_mean.txt", "emonet-pytorch"]);
    check_shapes(
        |_| (),
        &ImportOptions::default(),
        &["the preprocessing is unknown", "those of emonet-py", "EmoNet itself takes emonet"],
    );
}

#[test]
fn torchvisions_alexnet_is_not_emonet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("alexnet.safetensors");
    let known = graph::known("alexnet").unwrap().build().unwrap();
    let tensors: Vec<_> = known.tensors().into_iter().map(|tensor| (tensor.name, tensor.shape)).collect();
    sparse(&path, &tensors);
    let parts = ["--preprocessing emonet is that of EmoNet", "torchvision's AlexNet, of 64, 192, 384, 256 and 256"];
    let mean = MeanPicture::new(SIDE as u32, image()).unwrap();
    let preparation = Preparation { mean_image: Some(mean), ..PreprocessingChoice::Emonet.into() };
    check_refused(&path, &ImportOptions { preprocessing: preparation, ..Default::default() }, &parts);
}

#[test]
fn another_number_of_classes_has_no_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("finetuned.safetensors");
    let mut tensors = shapes();
    tensors.iter_mut().for_each(|tensor| {
        let (layer, end) = tensor.0.split_once('.').unwrap();
        let at = PY.iter().position(|name| *name == layer).unwrap();
        tensor.0 = format!("{}.{end}", PYTORCH[at]);
    });
    shaped(&mut tensors, "classifier.0.weight", &[7, 4096, 1, 1]);
    shaped(&mut tensors, "classifier.0.bias", &[7]);
    sparse(&path, &tensors);
    let Imported { checkpoint, notes } = import(&path, &told(PreprocessingChoice::EmonetPytorch)).unwrap();
    assert_eq!((checkpoint.architecture.name(), checkpoint.architecture.classes()), ("emonet", 7));
    assert!(checkpoint.origin.classes.is_empty() && notes.iter().any(|note| note.contains("nothing is subtracted")));
    let prepared = &checkpoint.preprocessing;
    assert_eq!((prepared.resize, prepared.filter, prepared.scale), (Resize::Squash, Filter::Bilinear, 1.0));
    let scaled = import(&path, &told(PreprocessingChoice::Torchvision)).unwrap().notes;
    assert!(scaled.iter().any(|note| note.contains("trained on colours from 0 to 255")), "{scaled:?}");
}

/// Runs the program; gives exit status, standard output and standard error.
fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = assert_cmd::Command::cargo_bin("weights-import").unwrap().args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// An invented network, all zeros, which gives each class a twentieth.
#[test]
fn verify_emonet_says_by_how_much_a_network_differs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    sparse(Path::new(&at("emonet.safetensors")), &shapes());
    let image = image();
    let line = |y: usize| {
        let number = |place: usize| image[(place / SIDE * SIDE + y) * SIDE + place % SIDE].to_string();
        (0..3 * SIDE).map(number).collect::<Vec<_>>().join(",")
    };
    std::fs::write(at("img_mean.txt"), (0..SIDE).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let [source, weights, mean, pictures] = [at("emonet.safetensors"), at("emonet.bpk"), at("img_mean.txt"), at("")];
    let convert = ["convert", &source, "-o", &weights, "--preprocessing", "emonet", "--mean-image", &mean];
    let (status, _, error) = run(&convert);
    assert_eq!(status, 0, "{error}");
    let (_, told, _) = run(&["show", &weights]);
    for part in
        ["emonet: 227×227 pictures, 20 classes", "− a mean image of 227×227", "both sides 227 (MATLAB's bicubic)"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(told.contains("20: Adoration … Surprise"), "{told}");
    let verify = ["verify-emonet", &weights, "--pictures", &pictures, "--device", "cpu"];
    let (status, _, error) = run(&verify);
    assert!(status == 1 && error.contains("missing") && error.contains("demo_small.jpg and "), "{error}");
    image::RgbImage::from_pixel(SIDE as u32, SIDE as u32, image::Rgb([9, 80, 200])).save(at("demo_small.jpg")).unwrap();
    image::RgbImage::from_pixel(80, 45, image::Rgb([200, 80, 9])).save(at("demo_big.png")).unwrap();
    let (status, told, error) = run(&verify);
    assert_eq!(status, 1);
    let row = told.lines().find(|line| line.trim_start().starts_with("Awe")).unwrap();
    // 0.05 / 0.51978 − 1
    assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["Awe", "5.0000e-2", "5.1978e-1", "-90.381", "%"]);
    assert!(told.contains("demo_small: differs") && told.contains("demo_big.png"), "{told}");
    // 0.05 / 4.6644e-6 − 1
    assert!(error.contains("demo_small: Sexual Desire, 1071849.232 % off, where 0.1 % is allowed"), "{error}");
    let plain = ["convert", &source, "-o", &weights, "--preprocessing", "emonet-pytorch"];
    assert_eq!(run(&plain).0, 0);
    let (status, _, error) = run(&verify);
    assert!(
        status == 1 && error.contains("emonet.bpk: these weights were converted without the mean image"),
        "{error}"
    );
    let tiny = vgg_core::random::he_initialised(&vgg_core::Architecture::tiny(), 1);
    vgg_core::weights::save(tiny, Path::new(&weights)).unwrap();
    let (status, _, error) = run(&verify);
    assert!(status == 1 && error.contains("expected EmoNet (Kragel et al. 2019), found tiny"), "{error}");
}

#[test]
fn files_of_matlab_are_told_by_their_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, beginning) in
        [("netTransfer_20cat.mat", "MATLAB 5.0 MAT-file, Platform"), ("net.pth", "MATLAB 7.3 MAT-file")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{beginning}: {}", " ".repeat(200))).unwrap();
        let parts = [&beginning[..19], "emonet_pytorch_weights.pt", "emonet.pth with the mean image img_mean.txt"];
        check_refused(&path, &ImportOptions::default(), &parts);
    }
}
