//! A whole lesion study on the first wgpu adapter of this machine (lavapipe where there is no GPU) against the CPU.
//!
//! Tolerance: float32 sums in another order move a margin by less than 2e-4 of the largest one (see
//! crates/vgg-core/tests/algebra.rs), so a picture changes sides only where its margin is that close to 0. Of the
//! counts, at most 1 in 200 may differ, by one picture.

use std::fs;

use study::cli::{Outcome, RunArguments, VoiceArguments, WholeArguments};
use study::driver;
use study::plan;
use study::preparation::Prepared;
use study::rows::SweepRow;
use study::table::{TidyRow, from_parquet};
use study::{ChunkTable, Experiment, Findings, Study, Tables, Work, sweep as study_sweep};

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
layers = ["conv4_3", "conv5_3"]
draws = 2
bootstrap = 20
"#;

/// The lesion and the intact network, without tests, figures and report.
const STUDY: Study<Prepared> = Study {
    name: "devices",
    about: "",
    examples: "",
    demonstration: SMALL,
    stage: "sweep",
    tables: &[ChunkTable::of::<SweepRow>("sweep")],
    check: |_| Ok(()),
    chunks: |experiment| {
        let networks = experiment.network_names().len();
        let chunks = plan::chunks(&experiment.config, networks, &experiment.layer_names())?;
        let work = |chunk: plan::Chunk| {
            Work::new(chunk.id(), 0, move |bench| {
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

fn sweep(device: &str) -> Result<(String, Vec<SweepRow>), String> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let device = device.parse().expect("a device");
    let voice = VoiceArguments { quiet: true, json: false };
    let run = RunArguments { device, out: Some(out.clone()), voice, ..RunArguments::default() };
    let arguments = WholeArguments { run, ..WholeArguments::default() };
    let outcome = driver::whole(&STUDY, &arguments).map_err(|error| format!("{error:#}"))?;
    assert_eq!(outcome, Outcome::Complete);
    let (table, _) = from_parquet(fs::read(out.join("tables/sweep.parquet")).expect("written")).expect("a table");
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("written");
    let device = manifest.lines().skip_while(|line| !line.contains("\"devices\"")).nth(1).unwrap_or_default();
    Ok((device.trim().to_string(), SweepRow::from_table(&table).expect("a sweep")))
}

#[test]
fn a_study_on_wgpu_agrees_with_the_cpu() {
    let wanted = std::env::var("GAINLAB_TEST_DEVICE").unwrap_or_else(|_| "gpu:0".into());
    if wanted == "none" {
        eprintln!("skipped: wgpu (GAINLAB_TEST_DEVICE=none)");
        return;
    }
    let (name, found) = match sweep(&wanted) {
        Ok(result) => result,
        Err(error) => {
            eprintln!("skipped: wgpu ({error})");
            return;
        }
    };
    let (_, expected) = sweep("cpu").expect("the CPU");
    assert_eq!(found.len(), expected.len(), "{name}: the same groups on both devices");
    let key = |row: &SweepRow| {
        let SweepRow { set_test, task, layer, emotion, group, draw, split_seed, n_units, .. } = row.clone();
        (set_test, task, layer, emotion, group, draw, split_seed, n_units)
    };
    let mut moved = 0;
    for (a, b) in found.iter().zip(&expected) {
        assert_eq!(key(a), key(b), "{name}");
        let difference = a.tp.abs_diff(b.tp) + a.fp.abs_diff(b.fp);
        assert!(difference <= 1, "{name}: {a:?} against {b:?}");
        moved += difference;
    }
    assert!(moved * 200 <= expected.len(), "{name}: {moved} of {} counts differ", expected.len());
}

#[test]
fn the_point_one_of_every_line_is_the_intact_network() {
    let (_, rows) = sweep("cpu").expect("the CPU");
    let intact: Vec<&SweepRow> = rows.iter().filter(|row| row.gain == 1.0).collect();
    assert!(!intact.is_empty());
    for row in intact {
        assert_eq!(row.f1, row.base_f1, "{row:?}");
    }
}
