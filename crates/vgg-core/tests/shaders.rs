//! Every shader that a run hands to wgpu is valid and translates to the languages of Direct3D and Metal, so that what
//! would break on Windows or macOS shows on any machine with Vulkan (lavapipe where there is no GPU).
//!
//! CubeCL writes one WGSL source for all graphics interfaces and logs it before it compiles it; wgpu then uses naga, the
//! same version as here, to validate and translate. What this cannot show is what a driver makes of a translation.

use std::collections::BTreeMap;
use std::sync::Mutex;

use burn::tensor::wgpu::wgpu::naga;
use graph::{Activation, AveragePool, Conv, GraphBuilder, Lrn, MaxPool, Op, Shape, VggTable, Window};
use log::{LevelFilter, Log, Metadata, Record};
use naga::ShaderStage;
use naga::back::{hlsl, msl};
use naga::valid::{Capabilities, ModuleInfo, ValidationFlags, Validator};
use ndarray::Array4;
use vgg_core::device::{self, Device, DeviceChoice, Precision};
use vgg_core::{Architecture, GainRelu, Intervention, Network, random};

/// How the record of a shader begins; its name and its source follow.
const BEGINNING: &str = "[cubecl-wgpu] compiling WGSL module `";

/// Sources by entry point and source, so that each counts once.
static SHADERS: Mutex<BTreeMap<(String, String), ()>> = Mutex::new(BTreeMap::new());

struct Capture;

impl Log for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("cubecl_wgpu")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let message = record.args().to_string();
        let Some((name, source)) = message.strip_prefix(BEGINNING).and_then(|rest| rest.split_once("`\n")) else {
            return;
        };
        SHADERS.lock().expect("no thread panics with it").insert((name.into(), source.into()), ());
    }

    fn flush(&self) {}
}

/// The kernels, by the beginnings of their names.
const KERNELS: [&str; 9] = [
    "convolve_f",
    "convolve_groups",
    "max_pool",
    "average_pool",
    "combine",
    "activate",
    "normalise",
    "line_point",
    "means",
];

/// Everything that experiments do with a network, with every tile that a layer is cut into: narrow, middling and broad
/// layers, dense layers of few pictures and of many; and every operation.
fn run(device: &Device) {
    let table = VggTable { groups: &[(20, 1), (40, 2)], hidden: &[40, 20] };
    let broad = Architecture::vgg("broad", 16, &table, 5).expect("a network");
    for (architecture, pictures) in
        [(Architecture::tiny(), 2), (broad.clone(), 20), (broad.clone(), 40), (broad, 130), (all_operations(), 2)]
    {
        one_run(&architecture, pictures, device);
    }
}

/// A network with every operation, each in the forms that are shaders of their own.
fn all_operations() -> Architecture {
    let mut graph = GraphBuilder::new();
    let relu6 = Activation::RELU6;
    let padded = Window { padding: [1; 4], ..Window::square(3, 2) };
    graph
        .add("picture", Op::Input(Shape::new(3, 16, 16)), &[])
        .add("stem", Op::Conv(Conv::square(8, 7).stride(2).padding(3)), &["picture"])
        .add("relu", Op::Activation(Activation::Relu), &["stem"])
        .add("depthwise", Op::Conv(Conv::square(8, 3).padding(1).groups(8)), &["relu"])
        .add("relu6", Op::Activation(relu6), &["depthwise"])
        .add("sum", Op::Add, &["relu6", "relu"])
        .add("twice", Op::Multiply, &["sum", "sum"])
        .add("wide", Op::Conv(Conv::square(12, 1)), &["twice"])
        .add("silu", Op::Activation(Activation::Silu), &["wide"])
        .add("groups", Op::Conv(Conv::square(12, 3).padding(1).groups(2)), &["silu"])
        .add("leaky", Op::Activation(Activation::LeakyRelu { slope: 0.1 }), &["groups"])
        .add("squeeze", Op::GlobalAverage, &["leaky"])
        .add("excite", Op::Conv(Conv::square(12, 1)), &["squeeze"])
        .add("gate", Op::Activation(Activation::HardSigmoid), &["excite"])
        .add("gated", Op::Multiply, &["leaky", "gate"])
        .add("swish", Op::Activation(Activation::HardSwish), &["gated"])
        .add("norm", Op::Lrn(Lrn::pytorch(5, 1e-2, 0.75, 1.0)), &["swish"])
        .add("max", Op::MaxPool(MaxPool::new(padded)), &["norm"])
        .add("mean", Op::AveragePool(AveragePool { window: padded, count_include_pad: false }), &["norm"])
        .add("whole", Op::AveragePool(AveragePool { window: padded, count_include_pad: true }), &["norm"])
        .add("all", Op::Concat, &["max", "mean", "whole"])
        .add("vector", Op::Flatten, &["all"])
        .add("fc", Op::Dense(graph::Dense { outputs: 9, bias: true }), &["vector"])
        .add("sigmoid", Op::Activation(Activation::Sigmoid), &["fc"])
        .add("scores", Op::Dense(graph::Dense { outputs: 4, bias: true }), &["sigmoid"]);
    Architecture::of_graph("all operations", graph.finish("scores").expect("a graph")).expect("a network")
}

fn one_run(architecture: &Architecture, count: usize, device: &Device) {
    let network = Network::new(&random::he_initialised(architecture, 3), device).expect("fits");
    let side = architecture.input_side();
    let pictures =
        Array4::from_shape_fn((count, 3, side, side), |(n, c, y, x)| ((n + c + y + x) % 7) as f32 / 3.0 - 1.0);
    network.tapped(pictures.view()).expect("runs");
    network.logits(pictures.view()).expect("runs");
    // In a network after the pattern of VGG the kernels are the same for all sites with a pool behind them.
    let some = if architecture.name() == "all operations" { 0..architecture.sites().len() } else { 1..2 };
    for (site, own) in some.map(|site| (site, &architecture.sites()[site])) {
        let gain = GainRelu::with_slope(own.channels, &[0], 2.0).expect("valid");
        network.features(pictures.view(), &Intervention::at(site, gain)).expect("runs");
        let junction = network.junction(&network.prefix(pictures.view(), site));
        network.gain_line(&junction, &[1]).features_at(&[0.0, 1.5]).expect("runs");
    }
}

fn validated(source: &str) -> (naga::Module, ModuleInfo) {
    let module = naga::front::wgsl::parse_str(source).unwrap_or_else(|error| panic!("{error}\n{source}"));
    let info = Validator::new(ValidationFlags::all(), Capabilities::all()).validate(&module);
    (module, info.unwrap_or_else(|error| panic!("{error:?}\n{source}")))
}

/// For the shader models that wgpu asks Direct3D for: 6.0, and 6.2 where float16 is used.
fn check_hlsl(module: &naga::Module, info: &ModuleInfo, entry: &str, precision: Precision) {
    let shader_model = match precision {
        Precision::F32 => hlsl::ShaderModel::V6_0,
        Precision::F16 => hlsl::ShaderModel::V6_2,
    };
    let options = hlsl::Options { shader_model, ..Default::default() };
    let pipeline = hlsl::PipelineOptions { entry_point: Some((ShaderStage::Compute, entry.into())) };
    let mut text = String::new();
    let reflection = hlsl::Writer::new(&mut text, &options, &pipeline).write(module, info, None);
    let reflection = reflection.unwrap_or_else(|error| panic!("{entry}: {error}"));
    let failed: Vec<_> = reflection.entry_point_names.iter().filter_map(|name| name.as_ref().err()).collect();
    assert!(failed.is_empty() && text.contains("numthreads"), "{entry}: {failed:?}\n{text}");
}

/// For version 2.4 of the Metal shading language.
fn check_msl(module: &naga::Module, info: &ModuleInfo, entry: &str) {
    let options = msl::Options { lang_version: (2, 4), ..Default::default() };
    let written = msl::write_string(module, info, &options, &msl::PipelineOptions::default());
    let (text, translation) = written.unwrap_or_else(|error| panic!("{entry}: {error}"));
    let failed: Vec<_> = translation.entry_point_names.iter().filter_map(|name| name.as_ref().err()).collect();
    assert!(failed.is_empty() && text.contains("kernel void"), "{entry}: {failed:?}\n{text}");
}

#[test]
fn all_shaders_of_a_run_translate() {
    let wanted = std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into());
    let choice: DeviceChoice = wanted.parse().unwrap_or_default();
    let device = match device::open(&choice) {
        Ok(device) if device.info().backend == "wgpu" => device,
        _ => {
            eprintln!("skipped: no adapter of wgpu (GAINLAB_TEST_DEVICE={wanted})");
            return;
        }
    };
    log::set_logger(&Capture).expect("the only logger of this program");
    log::set_max_level(LevelFilter::Trace);
    let mut precisions = vec![(Precision::F32, device.clone())];
    match device.with_precision(Precision::F16) {
        Ok(half) => precisions.push((Precision::F16, half)),
        Err(error) => eprintln!("skipped: shaders of float16 ({error})"),
    }
    for (precision, device) in precisions {
        SHADERS.lock().expect("no thread panics with it").clear();
        run(&device);
        let shaders = std::mem::take(&mut *SHADERS.lock().expect("no thread panics with it"));
        for kernel in KERNELS {
            assert!(shaders.keys().any(|(entry, _)| entry.starts_with(kernel)), "{precision}: no shader of {kernel}");
        }
        for (entry, source) in shaders.keys() {
            let (module, info) = validated(source);
            check_hlsl(&module, &info, entry, precision);
            check_msl(&module, &info, entry);
        }
        eprintln!("{precision}: {} shaders", shaders.len());
    }
}
