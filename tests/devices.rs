//! A whole lesion study on the first wgpu adapter of this machine (lavapipe where there is no GPU) against the CPU.
//!
//! Tolerance: float32 sums in another order move a margin by less than 2e-4 of the largest one (see
//! crates/vgg-core/tests/algebra.rs), so a picture changes sides only where its margin is that close to 0. Of the
//! counts, at most 1 in 200 may differ, by one picture.

use study::cli::RunArguments;
use study::rows::SweepRow;
use study::{Experiment, run_folder::RunFolder};

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

fn sweep(device: &str) -> Result<(String, Vec<SweepRow>), String> {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = Some(place.path().join("run"));
    let device = device.parse().expect("a device");
    let arguments = RunArguments { device, out, quiet: true, ..RunArguments::default() };
    let experiment =
        Experiment::open("devices", SMALL, vec![0.0, 1.0], &arguments).map_err(|error| format!("{error:#}"))?;
    let folder: RunFolder = experiment.folder(&arguments).expect("a new folder");
    let prepared = experiment.prepare(&folder).expect("prepares");
    let rows = experiment.sweep(&folder, &prepared).expect("runs").expect("no signal");
    Ok((experiment.device.info().to_string(), rows))
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
