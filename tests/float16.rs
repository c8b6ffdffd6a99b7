//! A sweep whose gains leave the range of float16 ends with an error that says so, and never with numbers. On the first
//! wgpu adapter of this machine (lavapipe where there is no GPU).

use std::fs;
use std::path::{Path, PathBuf};

use study::cli::{RunArguments, VoiceArguments, WholeArguments};
use study::config::Config;
use study::pictures::load_sets;
use study::preparation::StudyError;
use study::{driver, pass};
use tidy::compare::compare;
use vgg_core::device::{self, Device, Precision};
use vgg_core::{Checkpoint, Colour, Intervention, Network, weights};

/// Slopes 1 and 101 of the layer before the map that is near the edge.
const SMALL: &str = r#"
name = "float16"
seed = 5
[[sets]]
kind = "synthetic"
name = "a"
style = "flat"
per_category = 8
seed = 1
[heads]
recipe = "logistic"
splits = 1
[sweep]
layers = ["conv4_3"]
draws = 1
draws_per_chunk = 1
controls = ["random"]
bootstrap = 20
[attention]
start = 0.0
stop = 100.0
step = 100.0
modes = ["uniform"]
all_layers = false
"#;
/// The convolution whose map is made larger, and the one behind it, which makes it smaller again.
const LARGE: [&str; 2] = ["conv5_1", "conv5_2"];

fn demonstration() -> Checkpoint {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/models/vgg16-demo.bpk");
    weights::load(Path::new(file)).expect("the demonstration network")
}

fn with_large_map(power: i32) -> Checkpoint {
    let factor = 2f32.powi(power);
    let scale = |values: &mut [f32], factor: f32| values.iter_mut().for_each(|value| *value *= factor);
    let change = |node: &str, parameters: &mut graph::Parameters| match LARGE.iter().position(|large| *large == node) {
        Some(0) => {
            scale(&mut parameters.kernel, factor);
            scale(parameters.bias.as_deref_mut().unwrap_or_default(), factor);
        }
        Some(_) => scale(&mut parameters.kernel, 1.0 / factor),
        None => {}
    };
    demonstration().with_weights(change).expect("still finite")
}

/// Whether the intact network stays in the range of float16 on all pictures.
fn fits(checkpoint: &Checkpoint, half: &Device) -> bool {
    let config = Config::parse(SMALL, "small", &[]).expect("valid");
    let sets = load_sets(&config.sets, &checkpoint.preprocessing, Colour::AsIs, false, config.seed).expect("drawn");
    let network = Network::new(checkpoint, half).expect("fits");
    let passed = pass::for_each_batch(&sets[0], &sets[0].every_picture(), &network, 64, |_, inputs| {
        network.features(inputs, &Intervention::none())?;
        Ok::<_, StudyError>(())
    });
    passed.is_ok()
}

fn run(place: &Path, name: &str, weights: &Path, device: &str, precision: Precision) -> anyhow::Result<PathBuf> {
    let (config, out) = (place.join("small.toml"), place.join(name));
    fs::write(&config, SMALL)?;
    let voice = VoiceArguments { quiet: true, json: false };
    let device = device.parse().map_err(anyhow::Error::msg)?;
    let (config, weights) = (Some(config), Some(weights.to_path_buf()));
    let run =
        RunArguments { config, weights, device, precision: Some(precision), no_cache: true, ..Default::default() };
    let run = RunArguments { out: Some(out.clone()), voice, ..run };
    driver::whole(&exp_attention::STUDY, &WholeArguments { run, ..WholeArguments::default() })?;
    Ok(out)
}

#[test]
fn a_sweep_that_leaves_float16_is_an_error_and_never_a_number() {
    let wanted = std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into());
    let half = wanted.parse().map_err(anyhow::Error::msg).and_then(|choice| Ok(device::open(&choice)?));
    let half = match half.and_then(|device| Ok(device.with_precision(Precision::F16)?)) {
        Ok(half) => half,
        Err(error) => {
            eprintln!("skipped: float16 (GAINLAB_TEST_DEVICE={wanted}: {error})");
            return;
        }
    };
    let power = (0..20).find(|&power| !fits(&with_large_map(power), &half)).expect("2^20 is beyond float16") - 1;
    let place = tempfile::tempdir().expect("a temporary folder");
    let [plain, large] = ["plain.bpk", "large.bpk"].map(|name| place.path().join(name));
    weights::save(demonstration(), &plain).expect("writable");
    weights::save(with_large_map(power), &large).expect("writable");

    let error =
        format!("{:#}", run(place.path(), "half", &large, &wanted, Precision::F16).expect_err("beyond float16"));
    assert!(error.contains("chunk n0-l09") && error.contains("left the range of float16"), "{error}");
    assert!(error.contains("--precision f16"), "the remedy: {error}");
    let written = fs::read_dir(place.path().join("half/tables")).expect("prepared").flatten();
    let names: Vec<String> = written.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert!(!names.iter().any(|name| name.starts_with("sweep") || name.starts_with("best")), "{names:?}");

    // In float32 the very same network is the demonstration network, gains included.
    let [expected, found] = [("plain", &plain), ("large", &large)]
        .map(|(name, weights)| run(place.path(), name, weights, "cpu", Precision::F32).expect("runs"));
    let comparison = compare(&expected, &found, 1e-5).expect("two runs");
    let sweep = comparison.tables.iter().find(|(name, _)| name == "sweep").expect("a sweep");
    assert!(sweep.1.cells > 0 && sweep.1.differences == 0, "2^{power}: {:?}", sweep.1.told);
}
