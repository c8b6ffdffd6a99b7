//! Files that are not what they seem are refused with one sentence that names the tensor, what was expected and what
//! was found. Every bad file is a good fixture with one thing changed.
#![allow(clippy::unwrap_used)]

mod support;

use std::collections::HashMap;
use std::path::Path;

use onnx_ir::{Message, ModelProto};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use weights_import::{ImportOptions, PreprocessingChoice, import};

use support::{check_message, check_refused, fixture, told, variant};

/// Changes where the first tensor outside the file is said to lie.
fn check_external(key: &str, value: &str, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let mut model = ModelProto::parse_from_bytes(&std::fs::read(fixture("dynamo.onnx")).unwrap()).unwrap();
    let graph = model.graph.as_mut().unwrap();
    let outside = graph.initializer.iter_mut().find(|tensor| !tensor.external_data.is_empty()).unwrap();
    outside.external_data.iter_mut().find(|entry| entry.key == key).unwrap().value = value.into();
    std::fs::create_dir(folder.path().join("model")).unwrap();
    std::fs::copy(fixture("dynamo.onnx.data"), folder.path().join("outside.data")).unwrap();
    std::fs::copy(fixture("dynamo.onnx.data"), folder.path().join("model/dynamo.onnx.data")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../outside.data", folder.path().join("model/link.data")).unwrap();
    let path = folder.path().join("model/changed.onnx");
    std::fs::write(&path, model.write_to_bytes().unwrap()).unwrap();
    check_message(&path, parts);
}

#[test]
fn data_outside_the_folder() {
    let refused = "is refused, its path is absolute or leads out of the folder";
    check_external("location", "../outside.data", &[refused, "../outside.data"]);
    check_external("location", "/etc/passwd", &[refused, "/etc/passwd"]);
    #[cfg(unix)]
    check_external("location", "link.data", &["is refused, a link leads out of the folder"]);
    check_external("location", "absent.data", &["\"absent.data\" is not beside the model", "copy it there"]);
}

#[test]
fn data_beyond_the_end() {
    check_external("offset", "1000000000", &["lie beyond the end of \"dynamo.onnx.data\" (8868 bytes)"]);
    check_external("offset", "18446744073709551615", &["lie beyond the end"]);
    check_external("offset", "-1", &["offset \"-1\" is not a number of bytes"]);
    check_external("length", "4", &["does not fit 4 bytes of float32"]);
}

#[test]
fn damaged_files() {
    let folder = tempfile::tempdir().unwrap();
    let cut = |name: &str, share: usize| {
        let bytes = std::fs::read(fixture(name)).unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, &bytes[..bytes.len() * share / 10]).unwrap();
        path
    };
    check_message(&cut("torchscript.onnx", 5), &["not a whole ONNX file", "truncated"]);
    check_message(&cut("torchscript.onnx", 0), &["not a whole ONNX file"]);
    check_message(&cut("torchvision.pth", 5), &["not a whole PyTorch file"]);
    check_message(&cut("legacy.pth", 5), &["not a whole PyTorch file"]);
    check_message(&cut("torchvision.safetensors", 5), &["not a whole safetensors file"]);
    check_message(&cut("torchvision.safetensors", 0), &["not a whole safetensors file"]);
    for name in ["page.onnx", "page.pth", "page.safetensors"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "<!DOCTYPE html><html>404: not found</html>").unwrap();
        check_message(&path, &["not a whole", "another kind"]);
    }
}

#[test]
fn other_kinds_of_files() {
    check_message(Path::new("vgg16.h5"), &["unknown kind of file", "as safetensors or export the model to ONNX"]);
    check_message(Path::new("vgg16.onnx.data"), &["name the .onnx file beside it"]);
    check_message(Path::new("vgg16"), &["expected .onnx, .pth, .pt, .bin, .ckpt, .safetensors, .npz, .whl or .zip"]);
    for name in ["absent.onnx", "absent.pth", "absent.safetensors"] {
        check_message(Path::new(name), &["No such file"]);
    }
}

/// Writes the tensors of a fixture under other names; a name that becomes empty is left out.
fn check_renamed(rename: impl Fn(&str) -> String, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(fixture("torchvision.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors: HashMap<_, _> = file.tensors().into_iter().map(|(name, tensor)| (rename(&name), tensor)).collect();
    let path = folder.path().join("renamed.safetensors");
    std::fs::write(
        &path,
        safetensors::serialize(tensors.into_iter().filter(|(name, _)| !name.is_empty()), None).unwrap(),
    )
    .unwrap();
    check_message(&path, parts);
}

#[test]
fn state_dicts_with_other_tensors() {
    let without = |gone: &'static str| move |name: &str| if name == gone { String::new() } else { name.to_string() };
    check_renamed(
        without("features.17.bias"),
        &["the tensors are not exactly the 32 of vgg16, the closest known network; missing features.17.bias"],
    );
    check_renamed(
        without("classifier.6.weight"),
        &["the tensors are not exactly the 32 of vgg16, the closest known network; missing classifier.6.weight"],
    );
    let other = |name: &str| name.replace("features.28.", "features.30.");
    check_renamed(
        other,
        &["missing features.28.weight, features.28.bias; left over features.30.bias, features.30.weight"],
    );
    check_renamed(
        |name| format!("layer-{name}"),
        &["no known network: expected a first kernel called _conv_stem.weight, block1_conv1.kernel"],
    );
    let slash = |name: &str| name.replace("classifier.0.bias", "features/0.bias");
    check_renamed(slash, &["tensor names: expected names that differ, found", "features/0.bias"]);
    let twice = |name: &str| name.replace("classifier.0.bias", "ema.features.0.bias");
    check_renamed(twice, &["missing classifier.0.bias; left over ema.features.0.bias"]);
}

/// No names prove a preprocessing: under each the weights of more than one convention are handed around.
#[test]
fn files_that_do_not_tell_the_preprocessing() {
    let readings =
        ["the preprocessing is unknown", "torchvision (RGB from 0 to 1", "caffe (BGR from 0", "caffe-rgb (RGB from 0"];
    let undecided = |name: &str, input_side: Option<usize>, whose: &str| {
        let options = ImportOptions { input_side, ..Default::default() };
        check_refused(&fixture(name), &options, &[&readings[..], &[whose]].concat());
    };
    undecided("torchvision.pth", None, "torchvision's");
    undecided("torchvision.safetensors", None, "conversions of the Caffe weights");
    undecided("torchscript.onnx", None, "torchvision's");
    undecided("timm.safetensors", None, "timm's");
    undecided("zoo_opset12.onnx", None, "Gluon's");
    undecided("keras.onnx", None, "Keras'");
    undecided("unusual.onnx", None, "Caffe's");
    // The convolutions alone.
    undecided("keras_notop.safetensors", Some(64), "Keras'");
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(fixture("torchvision.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let convolutions = file.tensors().into_iter().filter(|(name, _)| name.starts_with("features"));
    let path = folder.path().join("features.safetensors");
    std::fs::write(&path, safetensors::serialize(convolutions, None).unwrap()).unwrap();
    check_refused(&path, &ImportOptions { input_side: Some(64), ..Default::default() }, &readings);
    check_message(&fixture("keras_notop.safetensors"), &["the size of the input is unknown", "--input-side"]);
}

#[test]
fn state_dicts_of_integers() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(fixture("torchvision.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let tensors = file.tensors().into_iter().map(|(name, tensor)| {
        let dtype = if name == "features.0.weight" { Dtype::I32 } else { tensor.dtype() };
        (name, TensorView::new(dtype, tensor.shape().to_vec(), tensor.data()).unwrap())
    });
    let path = folder.path().join("integers.safetensors");
    std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    check_message(&path, &["tensor \"features.0.weight\" holds I32; float32, float16 and bfloat16 are read"]);
}

/// A file with one wrong byte may still be a good file; whatever it is, reading it ends with an answer.
#[test]
fn no_byte_makes_the_reader_panic() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture("dynamo.onnx.data"), folder.path().join("dynamo.onnx.data")).unwrap();
    let plain =
        ["torchscript_view.onnx", "dynamo.onnx", "unusual.onnx", "training.pth", "legacy.pth", "keras.safetensors"];
    let variants = ["pad_axes.onnx", "normalised.onnx", "batch_norm.onnx", "robust.pt", "scripted.pt", "frossard.npz"];
    let files = plain.map(fixture).into_iter().chain(variants.map(variant));
    // Of every file the preprocessing and the size are told, so that each refusal is about the wrong byte.
    let options = ImportOptions { input_side: Some(64), ..told(PreprocessingChoice::Torchvision) };
    let (mut state, mut refused) = (1_u64, 0);
    for file in files {
        let good = std::fs::read(&file).unwrap();
        let path = folder.path().join(file.file_name().unwrap());
        for _ in 0..200 {
            // A linear congruential generator (Knuth's MMIX): the same places and bytes in every run.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mut bytes = good.clone();
            bytes[(state >> 16) as usize % good.len()] = (state >> 56) as u8;
            std::fs::write(&path, &bytes).unwrap();
            refused += usize::from(import(&path, &options).is_err());
        }
    }
    eprintln!("{refused} of 2400 changed files were refused");
    assert!(refused > 100 && refused < 2400, "{refused}");
}
