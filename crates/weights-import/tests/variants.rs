//! The forms that exporters, optimisers and training scripts give a VGG-16: each gives the scores that PyTorch gives.
//!
//! Files and scores are written by `tests/golden/weights_variants.py`, which has checked each graph in ONNX Runtime.
#![allow(clippy::unwrap_used)]

mod support;

use std::path::Path;

use ndarray::Array2;
use vgg_core::{ChannelOrder, Checkpoint, Network, Preprocessing, device};
use weights_import::{ImportOptions, Imported, PreprocessingChoice, compare, import, read_pictures};

use support::{check_message, check_refused, fixture, told, variant};

const TORCHVISION: PreprocessingChoice = PreprocessingChoice::Torchvision;

/// Checks the scores of the CPU against those of PyTorch.
fn check_scores(checkpoint: &Checkpoint, name: &str) {
    let text = std::fs::read_to_string(variant("scores.json")).unwrap();
    let scores: serde_json::Value = serde_json::from_str(&text).unwrap();
    let rows = scores[name].as_array().unwrap();
    let values: Vec<f32> =
        rows.iter().flat_map(|row| row.as_array().unwrap()).map(|v| v.as_f64().unwrap() as f32).collect();
    let expected = Array2::from_shape_vec((rows.len(), values.len() / rows.len()), values).unwrap();
    let network = Network::new(checkpoint, &device::open(&"cpu".parse().unwrap()).unwrap()).unwrap();
    let found = network.logits(read_pictures(&variant("input.npy")).unwrap().view()).unwrap();
    let worst = compare(&found, &expected).unwrap();
    let largest = expected.iter().fold(0_f32, |largest, score| largest.max(score.abs()));
    // Sixteen layers of float32 sums in another order, and the rounding of a folded normalisation.
    assert!(worst.largest < 2e-5 * largest, "{name}: {worst:?}");
}

fn check(name: &str, options: &ImportOptions, notes: &[&str]) -> Checkpoint {
    let imported = import(&variant(name), options).unwrap();
    check_scores(&imported.checkpoint, name);
    for note in notes {
        assert!(imported.notes.iter().any(|told| told.contains(note)), "{name}: {:?}", imported.notes);
    }
    imported.checkpoint
}

#[test]
fn a_flattening_that_counts_from_the_last_axis() {
    check("flatten_negative.onnx", &told(TORCHVISION), &[]);
}

#[test]
fn borders_in_nodes_of_their_own() {
    check("pad_axes.onnx", &told(TORCHVISION), &[]);
    check("pad_attribute.onnx", &told(TORCHVISION), &[]);
}

#[test]
fn biases_that_the_exporter_left_out() {
    check("without_biases.onnx", &told(TORCHVISION), &["every bias is exactly 0"]);
}

#[test]
fn batch_normalisation_is_folded() {
    check("batch_norm.onnx", &told(TORCHVISION), &["13 batch normalisations are folded"]);
    check("batch_norm.pth", &told(TORCHVISION), &["folded", "epsilon of 1e-5"]);
}

#[test]
fn short_floats_are_widened_and_that_is_said() {
    check("half.onnx", &told(TORCHVISION), &["computes in float16", "are float16 in the file; widened to float32"]);
    check("bfloat16.safetensors", &told(TORCHVISION), &["are bfloat16 in the file; widened to float32"]);
    let Imported { checkpoint, notes } = import(&fixture("half.pth"), &told(TORCHVISION)).unwrap();
    assert!(notes.iter().any(|note| note.contains("are float16 in the file")), "{notes:?}");
    let whole = import(&fixture("torchvision.pth"), &told(TORCHVISION)).unwrap().checkpoint;
    let halved = |weight: &f32| half::f16::from_f32(*weight).to_f32();
    let kernel = |checkpoint: &Checkpoint| {
        let id = checkpoint.architecture.graph().find("conv3_1").unwrap();
        checkpoint.weights.of(id).unwrap().kernel.clone()
    };
    assert_eq!(kernel(&checkpoint), kernel(&whole).iter().map(halved).collect::<Vec<_>>());
}

#[test]
fn arithmetic_in_the_graph_becomes_the_preprocessing() {
    for choice in [PreprocessingChoice::Auto, TORCHVISION] {
        let prepared = check("normalised.onnx", &told(choice), &["from the file itself (Div node"]).preprocessing;
        // The graph takes levels up to 255, so its constants are those of torchvision times 255.
        let expected = Preprocessing::torchvision(64);
        for channel in 0..3 {
            let close = |a: f32, b: f32| (a - b).abs() < 1e-6;
            assert!(close(prepared.mean[channel] / 255.0, expected.mean[channel]), "{prepared:?}");
            assert!(close(prepared.sd[channel] / 255.0, expected.sd[channel]), "{prepared:?}");
        }
        assert_eq!((prepared.order, prepared.scale), (ChannelOrder::Rgb, 1.0));
    }
    let caffe = check("tensorflow.onnx", &told(PreprocessingChoice::Auto), &["BGR from 0 to 255"]).preprocessing;
    assert_eq!(caffe, Preprocessing::caffe(64));
    let contradicted = ["BGR from 0 to 255", "That is not --preprocessing torchvision"];
    check_refused(&variant("tensorflow.onnx"), &told(TORCHVISION), &contradicted);
}

#[test]
fn a_normaliser_among_the_tensors_proves_the_preprocessing() {
    let notes = ["\"model.module.model\" and \"model.module.attacker.model\" hold the same", "from the file itself"];
    let prepared = check("robust.pt", &told(PreprocessingChoice::Auto), &notes).preprocessing;
    assert_eq!(prepared, Preprocessing::torchvision(64));
    let contradicted = ["normalize.new_mean", "That is not --preprocessing caffe"];
    check_refused(&variant("robust.pt"), &told(PreprocessingChoice::Caffe), &contradicted);
    check_message(&variant("wrapped.pth"), &["normalize.mean", "× [2.0, 2.0, 2.0] + [-1.0, -1.0, -1.0]"]);
}

#[test]
fn checkpoints_of_training_runs() {
    let notes = ["read from \"state_dict\"; the file also holds \"state_dict_ema\", an average with other weights"];
    check("average.pth.tar", &told(TORCHVISION), &notes);
    let prefix = |prefix: &str| ImportOptions { prefix: Some(prefix.into()), ..told(TORCHVISION) };
    let averaged = import(&variant("average.pth.tar"), &prefix("state_dict_ema")).unwrap().checkpoint;
    check_scores(&averaged, "state_dict_ema");
    let left = ["left over state_dict.criterion.weight", "--prefix state_dict.model reads only"];
    check_message(&variant("lightning.ckpt"), &left);
    check("lightning.ckpt", &prefix("state_dict.model"), &[]);
}

#[test]
fn two_networks_are_not_chosen_between() {
    let several = ["several networks with different weights: \"student\", \"teacher\"", "--prefix"];
    check_message(&variant("two_networks.pth"), &several);
    for prefix in ["student", "teacher."] {
        let options = ImportOptions { prefix: Some(prefix.into()), ..told(TORCHVISION) };
        assert_eq!(import(&variant("two_networks.pth"), &options).unwrap().checkpoint.architecture.classes(), 5);
    }
    let options = ImportOptions { prefix: Some("student".into()), ..told(TORCHVISION) };
    check_refused(&variant("half.onnx"), &options, &["--prefix: expected a file of tensors without a graph"]);
}

#[test]
fn numpys_archives() {
    let prepared = check("frossard.npz", &told(PreprocessingChoice::CaffeRgb), &[]).preprocessing;
    assert_eq!((prepared.order, prepared.mean), (ChannelOrder::Rgb, [123.68, 116.779, 103.939]));
    let options = ImportOptions::default();
    check_refused(&variant("frossard.npz"), &options, &["vgg16_weights.npz", "--preprocessing caffe-rgb"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("double.npz");
    let mut archive = ndarray_npy::NpzWriter::new(std::fs::File::create(&path).unwrap());
    archive.add_array("conv1_1_W", &ndarray::Array4::<f64>::zeros((3, 3, 3, 2))).unwrap();
    archive.finish().unwrap();
    check_message(&path, &["missing conv1_1_b, conv1_2_W"]);
    check_message(Path::new("vgg16.npy"), &["numpy.savez"]);
}

#[test]
fn programs_and_quantised_tensors() {
    let command = ["TorchScript archive", "torch.jit.load('scripted.pt'", "torch.save(m.state_dict(), 'scripted_state"];
    check_message(&variant("scripted.pt"), &command);
    check_message(&variant("quantised.pth"), &["the network is quantised", "float32 model"]);
}
