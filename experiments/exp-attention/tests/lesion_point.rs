//! A lesion is the point s = 0 of every gain line: the attention sweep must give the numbers of the lesion sweep.

use study::Experiment;
use study::cli::RunArguments;
use study::comparison::mean;
use study::rows::SweepRow;
use study::sweep::GainTables;

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

fn arguments(folder: &std::path::Path, name: &str) -> RunArguments {
    RunArguments {
        out: Some(folder.join(name)),
        device: "cpu".parse().expect("a device"),
        quiet: true,
        ..RunArguments::default()
    }
}

fn lesions(folder: &std::path::Path) -> Vec<SweepRow> {
    let arguments = arguments(folder, "lesion");
    let experiment = Experiment::open("exp-lesion", CONFIG, vec![0.0], &arguments).expect("valid");
    let run = experiment.folder(&arguments).expect("a new folder");
    let prepared = experiment.prepare(&run).expect("computes");
    experiment.sweep(&run, &prepared).expect("computes").expect("nobody stops it")
}

fn gains(folder: &std::path::Path) -> GainTables {
    let arguments = arguments(folder, "attention");
    let text = format!("{CONFIG}\n[attention]\naxis = \"slope\"\nstart = 0.0\nstop = 2.0\nstep = 0.5\n");
    let mut experiment = Experiment::open("exp-attention", &text, vec![], &arguments).expect("valid");
    experiment.gains = experiment.config.attention.clone().expect("given above").slopes();
    let run = experiment.folder(&arguments).expect("a new folder");
    let prepared = experiment.prepare(&run).expect("computes");
    let tables = experiment.sweep_gains(&run, &prepared).expect("computes").expect("nobody stops it");
    let again = experiment.sweep_gains(&run, &prepared).expect("reads").expect("nobody stops it");
    assert_eq!(tables, again, "what was written reads back");
    tables
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
            (twin.ci_low, twin.ci_high) = (lesion.ci_low, lesion.ci_high);
        }
        assert_eq!(&twin, lesion);
    }
}

fn check_draws(lesions: &[SweepRow], tables: &GainTables) {
    let points: Vec<_> = tables.draws.iter().filter(|row| row.gain == 0.0).collect();
    assert!(points.len() >= 3 * 3 * 2, "every draw of every control: {}", points.len());
    for point in points {
        let changes: Vec<f64> = lesions
            .iter()
            .filter(|row| row.group == point.group && row.draw == Some(point.draw) && row.task == point.emotion)
            .filter(|row| row.layer == point.layer && row.emotion == point.emotion && row.set_test == point.set_test)
            .filter_map(|row| row.change_pct)
            .collect();
        assert_eq!(point.change_pct, (!changes.is_empty()).then(|| mean(&changes)));
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
