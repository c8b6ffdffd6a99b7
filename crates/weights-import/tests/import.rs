//! Every form in which the weights of a VGG-16 are handed around imports to the same arrays.
//!
//! The fixtures and `expected.json` are written by `tests/golden/weights_fixtures.py`, which has checked each ONNX file
//! against PyTorch by running it in ONNX Runtime.
#![allow(clippy::unwrap_used)]

mod support;

use graph::{Op, VggTable};
use safetensors::tensor::{SafeTensors, TensorView};
use vgg_core::{Architecture, Checkpoint, Preprocessing};
use weights_import::{ImportOptions, Imported, PreprocessingChoice, import, read_classes};

use support::{fixture, told};

fn import_fixture(name: &str, preprocessing: PreprocessingChoice, input_side: Option<usize>) -> Imported {
    let options = ImportOptions { input_side, ..told(preprocessing) };
    import(&fixture(name), &options).unwrap()
}

/// The checksum of `weights_fixtures.py`: a sum that changes when elements trade places.
fn checksum(values: impl Iterator<Item = f32>) -> f64 {
    values.enumerate().map(|(index, value)| f64::from(value) * (index % 97 + 1) as f64).sum()
}

/// Checks shapes and values of every layer against what NumPy found.
fn check_weights(checkpoint: &Checkpoint, side: &str) {
    let expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(fixture("expected.json")).unwrap()).unwrap();
    let graph = checkpoint.architecture.graph();
    let mut layers = 0;
    for id in graph.ids() {
        let Some(parameters) = checkpoint.weights.of(id) else { continue };
        let (name, [outputs, inputs, height, width]) = (&graph.node(id).name, graph.kernel_shape(id).unwrap());
        let row = &expected[side][name];
        // The golden file has dense matrices as [inputs, outputs].
        let dense = matches!(graph.node(id).op, Op::Dense(_));
        let transposed = (0..inputs).flat_map(|i| (0..outputs).map(move |o| o * inputs + i));
        let (shape, weight) = match dense {
            true => (vec![inputs, outputs], checksum(transposed.map(|at| parameters.kernel[at]))),
            false => (vec![outputs, inputs, height, width], checksum(parameters.kernel.iter().copied())),
        };
        assert_eq!(serde_json::to_value(shape).unwrap(), row["shape"], "{name}");
        // The same float32 values, summed in float64: only the order of the sum differs.
        assert!((weight - row["weight"].as_f64().unwrap()).abs() < 1e-9, "{name}");
        let bias = checksum(parameters.bias.iter().flatten().copied());
        assert!((bias - row["bias"].as_f64().unwrap()).abs() < 1e-9, "bias of {name}");
        layers += 1;
    }
    assert_eq!(layers, if checkpoint.architecture.classes() > 0 { 16 } else { 13 });
}

fn check_network(name: &str, format: &str, preprocessing: PreprocessingChoice, side: usize) {
    let Imported { checkpoint, .. } = import_fixture(name, preprocessing, None);
    let network = &checkpoint.architecture;
    let table = VggTable { groups: &[(2, 2), (3, 2), (4, 3), (5, 3), (6, 3)], hidden: &[8, 7] };
    assert_eq!(*network, Architecture::vgg("vgg16-custom", side, &table, 5).unwrap(), "{name}");
    assert_eq!((checkpoint.origin.format.as_str(), checkpoint.origin.source.as_str()), (format, name));
    assert_eq!(checkpoint.origin.sha256.len(), 64);
    check_weights(&checkpoint, &side.to_string());
}

#[test]
fn onnx_of_torchscript() {
    check_network("torchscript.onnx", "onnx", PreprocessingChoice::Torchvision, 64);
    check_network("torchscript_32.onnx", "onnx", PreprocessingChoice::Torchvision, 32);
}

#[test]
fn onnx_with_a_computed_reshape() {
    check_network("torchscript_view.onnx", "onnx", PreprocessingChoice::Torchvision, 64);
}

#[test]
fn onnx_of_dynamo_with_data_beside_it() {
    check_network("dynamo.onnx", "onnx", PreprocessingChoice::Torchvision, 64);
    check_network("dynamo_32.onnx", "onnx", PreprocessingChoice::Torchvision, 32);
}

#[test]
fn onnx_of_the_model_zoo() {
    check_network("zoo_opset7.onnx", "onnx", PreprocessingChoice::Torchvision, 64);
    check_network("zoo_opset12.onnx", "onnx", PreprocessingChoice::Torchvision, 64);
}

#[test]
fn onnx_in_unusual_forms() {
    check_network("unusual.onnx", "onnx", PreprocessingChoice::Torchvision, 64);
    let notes = import_fixture("unusual.onnx", PreprocessingChoice::Caffe, None).notes;
    assert!(notes.iter().any(|note| note.contains("softmax")), "{notes:?}");
}

#[test]
fn onnx_of_keras() {
    check_network("keras.onnx", "onnx", PreprocessingChoice::Caffe, 64);
}

#[test]
fn state_dicts() {
    check_network("torchvision.pth", "pytorch", PreprocessingChoice::Torchvision, 64);
    check_network("legacy.pth", "pytorch", PreprocessingChoice::Torchvision, 64);
    check_network("training.pth", "pytorch", PreprocessingChoice::Torchvision, 64);
    check_network("torchvision.safetensors", "safetensors", PreprocessingChoice::Torchvision, 64);
    check_network("timm.safetensors", "safetensors", PreprocessingChoice::Torchvision, 64);
    check_network("keras.safetensors", "safetensors", PreprocessingChoice::Caffe, 64);
}

#[test]
fn convolutions_alone() {
    for (name, side) in [("keras_notop.onnx", None), ("keras_notop.safetensors", Some(64))] {
        let Imported { checkpoint, notes } = import_fixture(name, PreprocessingChoice::Caffe, side);
        assert_eq!((checkpoint.architecture.classes(), checkpoint.architecture.input_side()), (0, 64));
        assert_eq!(checkpoint.architecture.feature_units(), 6 * 2 * 2);
        assert!(notes.iter().any(|note| note.contains("no class scores")), "{notes:?}");
        check_weights(&checkpoint, "64");
    }
}

#[test]
fn the_user_may_say_the_size_of_the_pictures() {
    let larger = import_fixture("keras_notop.onnx", PreprocessingChoice::Caffe, Some(96)).checkpoint;
    assert_eq!((larger.architecture.input_side(), larger.preprocessing.crop), (96, 96));
    let check = |name: &str, side: usize, message: &str| {
        let options = ImportOptions { input_side: Some(side), ..told(PreprocessingChoice::Caffe) };
        let error = import(&fixture(name), &options).expect_err("another size").to_string();
        assert!(error.contains(message), "{error}");
    };
    check("torchvision.pth", 32, "expected 6 × 1×1 inputs for pictures of 32×32, found 24 = 6 × 2×2");
    check("keras_notop.safetensors", 31, "expected at least 32 pixels a side, for 5 poolings, found 31");
    check("keras_notop.safetensors", 1 << 40, "expected at most 8192 pixels a side");
}

#[test]
fn weights_that_were_never_trained_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("untrained.safetensors");
    let bytes = std::fs::read(fixture("torchvision.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let zeros = vec![0; 1024];
    let tensors = file.tensors().into_iter().map(|(name, tensor)| {
        let bytes = if name.ends_with("bias") { &zeros[..tensor.data().len()] } else { tensor.data() };
        (name, TensorView::new(tensor.dtype(), tensor.shape().to_vec(), bytes).unwrap())
    });
    std::fs::write(&path, safetensors::serialize(tensors, None).unwrap()).unwrap();
    let notes = import(&path, &told(PreprocessingChoice::Torchvision)).unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("every bias is exactly 0")), "{notes:?}");
    let notes = import_fixture("torchvision.safetensors", PreprocessingChoice::Torchvision, None).notes;
    assert!(!notes.iter().any(|note| note.contains("bias")), "{notes:?}");
}

#[test]
fn the_preprocessing_is_the_users_word() {
    for (choice, expected) in [
        (PreprocessingChoice::Torchvision, Preprocessing::torchvision(64)),
        (PreprocessingChoice::Caffe, Preprocessing::caffe(64)),
    ] {
        let Imported { checkpoint, notes } = import_fixture("zoo_opset7.onnx", choice, None);
        assert_eq!(checkpoint.preprocessing, expected);
        assert!(notes.iter().any(|note| note.contains("as asked")), "{notes:?}");
    }
}

#[test]
fn the_hash_is_that_of_the_file() {
    // sha256sum torchvision.safetensors; cat dynamo.onnx dynamo.onnx.data | sha256sum
    let one =
        import_fixture("torchvision.safetensors", PreprocessingChoice::Torchvision, None).checkpoint.origin.sha256;
    let bytes = std::fs::read(fixture("torchvision.safetensors")).unwrap();
    assert_eq!(one, sha256(&bytes));
    let two = import_fixture("dynamo.onnx", PreprocessingChoice::Torchvision, None).checkpoint.origin.sha256;
    let bytes = [std::fs::read(fixture("dynamo.onnx")).unwrap(), std::fs::read(fixture("dynamo.onnx.data")).unwrap()];
    assert_eq!(two, sha256(&bytes.concat()));
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn class_names_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let check = |text: &str, message: &str| {
        let path = folder.path().join("classes.txt");
        std::fs::write(&path, text).unwrap();
        let result = read_classes(&path).and_then(|classes| {
            let options = ImportOptions { classes: Some(classes), ..told(PreprocessingChoice::Torchvision) };
            import(&fixture("torchvision.pth"), &options)
        });
        match result {
            Ok(imported) => assert_eq!((imported.checkpoint.origin.classes[4].as_str(), message), ("e", "")),
            Err(error) => assert!(!message.is_empty() && error.to_string().ends_with(message), "{error}"),
        }
    };
    check("a\nb\nc\nd\ne\n", "");
    check("a\r\nb\r\nc\r\nd\r\ne", "");
    check("a\nb\n", "class names: expected 5, one per class score, found 2");
    check("a\n\nc\nd\ne\n", "class names: line 2 is empty; expected one name per line");
}
