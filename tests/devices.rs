//! Every experiment on the first wgpu adapter of this machine (lavapipe where there is no GPU) against the CPU.
//!
//! Tolerance: float32 sums in another order move a feature by less than 2e-4 of the largest one (see
//! crates/vgg-core/tests/algebra.rs), so a picture changes sides, and a channel its selectivity, only where it is that
//! close to the edge. At most 1 cell in 200 of a table may differ by more than 1e-3.

use std::fs;
use std::path::{Path, PathBuf};

use study::cli::{Outcome, RunArguments, VoiceArguments, WholeArguments};
use study::driver;
use study::float16::LARGEST_ERROR;
use study::plan;
use study::preparation::{Preparation, Prepared};
use study::rows::SweepRow;
use study::{ChunkTable, Experiment, Findings, Study, Tables, Work, sweep as study_sweep};
use tidy::compare::compare;
use tidy::{TidyRow, from_parquet};
use vgg_core::device::{self, Device, Precision};

const SMALL: &str = r#"
name = "devices"
seed = 5
[[sets]]
kind = "synthetic"
name = "a"
style = "flat"
per_category = 8
seed = 1
[[sets]]
kind = "synthetic"
name = "b"
style = "sketch"
per_category = 8
seed = 2
[heads]
recipe = "logistic"
splits = 2
[sweep]
layers = ["conv4_3"]
draws = 2
controls = ["random", "matched_readout"]
bootstrap = 20
cross_sets = true
[selectivity]
permutations = 50
[generalization]
draws = 50
[attention]
axis = "alpha"
start = 0.0
stop = 2.0
step = 1.0
"#;

/// How far two cells may be apart, as `compare --tolerance`.
const CELLS: f64 = 1e-3;

/// The lesion and the intact network, without tests, figures and report.
const STUDY: Study<Prepared> = Study {
    name: "devices",
    about: "",
    examples: "",
    demonstration: SMALL,
    stage: "sweep",
    tables: &[ChunkTable::of::<SweepRow>("sweep")],
    in_rounds: true,
    check: |_| Ok(()),
    chunks: |experiment| {
        let networks = experiment.network_names().len();
        let chunks =
            plan::chunks(&experiment.config, experiment.config.sweep.draws, networks, &experiment.layer_names())?;
        let work = |chunk: plan::Chunk| {
            Work::new(chunk.id(), 0, 0, move |bench| {
                let Experiment { sets, config, batch, .. } = bench.experiment;
                let (network, prepared) = (bench.network(chunk.network)?, &bench.prepared[chunk.network]);
                let rows = study_sweep::compute(&chunk, &network, prepared, sets, &[0.0, 1.0], config, *batch)?;
                Ok(Tables::of("sweep", &rows))
            })
        };
        Ok(chunks.into_iter().map(work).collect())
    },
    conclude: |_, _, tables| Ok(Findings::new(vec![], String::new()).with("sweep", &tables.rows::<SweepRow>("sweep")?)),
};

fn sweep() -> Vec<SweepRow> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = whole(&STUDY, "cpu", place.path()).expect("runs");
    let (table, _) = from_parquet(fs::read(out.join("tables/sweep.parquet")).expect("written")).expect("a table");
    SweepRow::from_table(&table).expect("a sweep")
}

/// Runs an experiment on a device and leaves its folder.
fn whole<P: Preparation>(study: &Study<P>, device: &str, place: &Path) -> anyhow::Result<PathBuf> {
    let config = place.join("small.toml");
    fs::write(&config, SMALL)?;
    let out = place.join(format!("{}-{}", study.name, device.replace(':', "-")));
    let voice = VoiceArguments { quiet: true, json: false };
    let device = device.parse().map_err(anyhow::Error::msg)?;
    let run = RunArguments { config: Some(config), device, out: Some(out.clone()), voice, ..RunArguments::default() };
    let outcome = driver::whole(study, &WholeArguments { run, ..WholeArguments::default() })?;
    anyhow::ensure!(outcome == Outcome::Complete, "{}: {outcome:?}, as after a signal", out.display());
    Ok(out)
}

/// Every row is there on both devices, and all but 1 cell in 200 agrees.
fn check_agreement<P: Preparation>(study: &Study<P>, device: &str) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let [found, expected] =
        [device, "cpu"].map(|device| whole(study, device, place.path()).unwrap_or_else(|error| panic!("{error:#}")));
    let adapter = &manifest(&found)["adapter"];
    assert!(adapter["api"].is_string() && adapter["binding_limit"].is_u64(), "{adapter}");
    assert!(manifest(&expected).get("adapter").is_none(), "the CPU is no adapter");
    for (name, table) in compare(&found, &expected, CELLS).expect("two runs").tables {
        let about = format!("{}, {name} on {device}: {} cells", study.name, table.cells);
        assert!(table.cells > 0 && !table.told.iter().any(|told| told.contains("missing")), "{about} {:?}", table.told);
        assert!(200 * table.differences <= table.cells, "{about}, {} differ: {:?}", table.differences, table.told);
    }
}

/// The adapter to test.
fn wgpu() -> String {
    std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into())
}

fn opened(device: &str) -> anyhow::Result<Device> {
    Ok(device::open(&device.parse().map_err(anyhow::Error::msg)?)?)
}

#[test]
fn every_experiment_on_wgpu_agrees_with_the_cpu() {
    let wanted = wgpu();
    if let Err(error) = opened(&wanted) {
        eprintln!("skipped: wgpu (GAINLAB_TEST_DEVICE={wanted}: {error})");
        return;
    }
    check_agreement(&exp_selectivity::STUDY, &wanted);
    check_agreement(&exp_generalization::STUDY, &wanted);
    check_agreement(&exp_lesion::STUDY, &wanted);
    check_agreement(&exp_attention::STUDY, &wanted);
    check_float16(&wanted);
}

/// A run in float16 is as near as is asked for, or there is none.
fn check_float16(device: &str) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("half");
    let voice = VoiceArguments { quiet: true, json: false };
    let (device, precision) = (device.parse().expect("a device"), Some(Precision::F16));
    let run = RunArguments { device, precision, no_cache: true, out: Some(out.clone()), voice, ..Default::default() };
    match driver::whole(&STUDY, &WholeArguments { run, ..WholeArguments::default() }) {
        Ok(_) => {
            let manifest = manifest(&out);
            assert_eq!(manifest["dtype"], "float16");
            let largest = manifest["float16"]["largest"].as_f64().expect("measured");
            assert!(largest > 0.0 && largest <= LARGEST_ERROR, "{largest}");
        }
        Err(error) => {
            let error = format!("{error:#}");
            assert!(error.contains("--precision f16"), "{error}");
            assert!(!out.join("plan.json").exists(), "a refusal leaves no run behind");
        }
    }
}

fn manifest(out: &Path) -> serde_json::Value {
    let text = fs::read_to_string(out.join("manifest.json")).expect("written");
    serde_json::from_str(&text).expect("JSON")
}

/// On the CPU and on wgpu: what was computed in other batches has the same bytes.
#[test]
fn tables_do_not_depend_on_the_memory() {
    check_memory("cpu", "60MB");
    let wanted = wgpu();
    match opened(&wanted) {
        Ok(_) => check_memory(&wanted, "60MB"),
        Err(error) => eprintln!("skipped: wgpu (GAINLAB_TEST_DEVICE={wanted}: {error})"),
    }
}

fn check_memory(device: &str, little: &str) {
    let place = tempfile::tempdir().expect("a temporary folder");
    let run = |memory: Option<&str>| {
        let out = place.path().join(memory.unwrap_or("all"));
        let voice = VoiceArguments { quiet: true, json: false };
        let memory = memory.map(|memory| memory.parse().expect("a size"));
        let device = device.parse().expect("a device");
        let run = RunArguments { device, memory, no_cache: true, out: Some(out.clone()), voice, ..Default::default() };
        driver::whole(&STUDY, &WholeArguments { run, ..WholeArguments::default() }).map(|_| out)
    };
    let (all, few) = (run(None).expect("runs"), run(Some(little)).expect("runs"));
    let batch = |out: &Path| manifest(out)["batch"].as_u64().expect("a number");
    assert!(batch(&few) < batch(&all), "{device}: {} {}", batch(&few), batch(&all));
    for file in ["tables/sweep.csv", "arrays/responses.npz", "arrays/features.npz"] {
        let [all, few] = [&all, &few].map(|out| fs::read(out.join(file)).expect("written"));
        assert!(all == few, "{device}: every byte of {file} is the same");
    }
    let error = format!("{:#}", run(Some("1MB")).expect_err("too little"));
    assert!(error.contains("--memory") && error.contains("at least"), "{error}");
}

#[test]
fn the_point_one_of_every_line_is_the_intact_network() {
    let rows = sweep();
    let intact: Vec<&SweepRow> = rows.iter().filter(|row| row.gain == 1.0).collect();
    assert!(!intact.is_empty());
    for row in intact {
        assert_eq!(row.f1, row.base_f1, "{row:?}");
    }
}
