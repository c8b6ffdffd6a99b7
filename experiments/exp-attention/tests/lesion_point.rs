//! A lesion is the point s = 0 of every gain line: the attention sweep must give the numbers of the lesion sweep.

use std::fs;
use std::path::{Path, PathBuf};

use study::Study;
use study::cli::{Outcome, RunArguments, VoiceArguments, WholeArguments};
use study::comparison::mean;
use study::driver;
use study::measure::Measure;
use study::preparation::Prepared;
use study::rows::SweepRow;
use study::sweep::GainTables;
use tidy::{TidyRow, from_parquet};

const CONFIG: &str = r#"
name = "small"
seed = 5

[[sets]]
kind = "synthetic"
name = "flat"
style = "flat"
per_category = 10
seed = 11

[[sets]]
kind = "synthetic"
name = "sketch"
style = "sketch"
per_category = 10
seed = 12

[heads]
recipe = "logistic"
splits = 3

[sweep]
layers = ["conv2_2", "conv5_3"]
draws = 3
draws_per_chunk = 3
bootstrap = 50
"#;

fn run(study: &Study<Prepared>, folder: &Path, name: &str, config: &str) -> PathBuf {
    let (file, out) = (folder.join(format!("{name}.toml")), folder.join(name));
    fs::write(&file, config).expect("writable");
    let device = "cpu".parse().expect("a device");
    let voice = VoiceArguments { quiet: true, json: false };
    let run = RunArguments { config: Some(file), out: Some(out.clone()), device, voice, ..RunArguments::default() };
    let outcome = driver::whole(study, &WholeArguments { run, ..WholeArguments::default() });
    assert_eq!(outcome.expect("computes"), Outcome::Complete);
    out
}

fn rows<R: TidyRow>(run: &Path, table: &str) -> Vec<R> {
    let bytes = fs::read(run.join(format!("tables/{table}.parquet"))).expect("written");
    R::from_table(&from_parquet(bytes).expect("a table").0).expect("these columns")
}

fn lesions(folder: &Path) -> Vec<SweepRow> {
    rows(&run(&exp_lesion::STUDY, folder, "lesion", CONFIG), "sweep")
}

fn gains(folder: &Path) -> GainTables {
    let config = format!("{CONFIG}\n[attention]\naxis = \"slope\"\nstart = 0.0\nstop = 2.0\nstep = 0.5\n");
    let out = run(&exp_attention::STUDY, folder, "attention", &config);
    GainTables {
        sweep: rows(&out, "sweep"),
        validation: rows(&out, "sweep_validation"),
        draws: rows(&out, "draws"),
        best: rows(&out, "best"),
    }
}

#[test]
fn the_lesion_is_the_point_of_slope_zero() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (lesions, tables) = (lesions(folder.path()), gains(folder.path()));
    check_selective(&lesions, &tables);
    check_draws(&lesions, &tables);
    for row in tables.sweep.iter().filter(|row| row.gain == 1.0) {
        assert_eq!((row.f1, row.change_pct.unwrap_or(0.0)), (row.base_f1, 0.0), "slope 1 is the intact network");
    }
}

fn check_selective(lesions: &[SweepRow], tables: &GainTables) {
    let selective: Vec<&SweepRow> = lesions.iter().filter(|row| row.draw.is_none()).collect();
    assert!(selective.len() >= 2 * 2 * 3 * 3, "both layers, both sets, heads and splits: {}", selective.len());
    for lesion in selective {
        let twin = tables.sweep.iter().filter(|row| row.gain == 0.0 && row.group == "selective").find(|row| {
            let same = |row: &SweepRow| {
                (row.layer.clone(), row.emotion.clone(), row.task.clone(), row.set_test.clone(), row.split_seed)
            };
            same(row) == same(lesion)
        });
        let mut twin = twin.expect("the same cell").clone();
        // Attention computes intervals for the emotion's own head only.
        if lesion.task != lesion.emotion {
            assert_eq!((twin.ci_low, twin.ci_high), (None, None));
            assert_eq!((twin.auc_ci_low, twin.auc_ci_high), (None, None));
            (twin.ci_low, twin.ci_high) = (lesion.ci_low, lesion.ci_high);
            (twin.auc_ci_low, twin.auc_ci_high) = (lesion.auc_ci_low, lesion.auc_ci_high);
        }
        assert_eq!(&twin, lesion);
    }
}

fn check_draws(lesions: &[SweepRow], tables: &GainTables) {
    let points: Vec<_> = tables.draws.iter().filter(|row| row.gain == 0.0).collect();
    assert!(points.len() >= 3 * 3 * 2, "every draw of every control: {}", points.len());
    for point in points {
        let own: Vec<&SweepRow> = lesions
            .iter()
            .filter(|row| row.group == point.group && row.draw == Some(point.draw) && row.task == point.emotion)
            .filter(|row| row.layer == point.layer && row.emotion == point.emotion && row.set_test == point.set_test)
            .collect();
        for measure in Measure::ALL {
            let changes: Vec<f64> = own.iter().filter_map(|row| measure.of_sweep(row)).collect();
            assert_eq!(measure.of_draw(point), (!changes.is_empty()).then(|| mean(&changes)));
        }
    }
}

#[test]
fn the_choice_on_test_pictures_is_the_maximum_of_the_mean_curve() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tables = gains(folder.path());
    let best: Vec<_> = tables.best.iter().filter(|row| row.chosen_on == "test" && row.draw.is_some()).collect();
    assert!(!best.is_empty());
    for row in best {
        let curve = tables.draws.iter().filter(|draw| draw.group == row.group && Some(draw.draw) == row.draw);
        let curve = curve
            .filter(|draw| draw.layer == row.layer && draw.emotion == row.emotion && draw.set_test == row.set_test);
        let highest = curve.filter_map(|draw| draw.change_pct).fold(f64::NEG_INFINITY, f64::max);
        assert_eq!(row.change_pct, Some(highest));
        assert!(highest >= 0.0, "the intact network is on the grid");
    }
}
