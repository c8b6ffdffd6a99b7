//! The program as a whole: its tables, its errors, and what the demonstration shows.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;

type Row = BTreeMap<String, String>;

fn run(folder: &Path, more: &[&str]) -> assert_cmd::assert::Assert {
    let mut command = Command::cargo_bin("exp-generalization").expect("built");
    command
        .args(["--quiet", "--device", "cpu", "--set", "generalization.draws=200", "--out"])
        .arg(folder)
        .args(more)
        .assert()
}

fn table(folder: &Path, name: &str) -> (Vec<String>, Vec<Row>) {
    let mut reader = csv::Reader::from_path(folder.join(format!("tables/{name}.csv"))).expect("a table");
    let header: Vec<String> = reader.headers().expect("a header").iter().map(String::from).collect();
    let row = |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(String::from)).collect();
    let rows = reader.records().map(|record| row(record.expect("a record"))).collect();
    (header, rows)
}

#[test]
fn the_demonstration_keeps_its_channels_and_untrained_networks_keep_fewer() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    run(&folder, &[]).success();
    let (header, rows) = table(&folder, "overlap");
    let contract = "network,layer,emotion,n_a,n_b,n_both,jaccard,chance_jaccard,p_exact,random_mean,random_ci_low,\
                    random_ci_high,p_shuffled,q";
    assert_eq!(header.join(","), contract);
    assert_eq!(rows.len(), 6 * 13 * 3, "networks × layers × emotions");
    let mean = |is_it: &dyn Fn(&str) -> bool| {
        let values: Vec<f64> =
            rows.iter().filter(|row| is_it(&row["network"])).filter_map(|row| row["jaccard"].parse().ok()).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let (trained, untrained) = (mean(&|name| name == "trained"), mean(&|name| name != "trained"));
    assert!(trained > untrained, "{trained} {untrained}");
    for name in ["figures/jaccard.svg", "figures/overlap.png", "report.html", "tables/tests.parquet", "manifest.json"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    let report = std::fs::read_to_string(folder.join("report.html")).expect("a report");
    assert!(report.contains("SYNTHETIC DATA"));
    let tests = std::fs::read(folder.join("tables/tests.csv")).expect("a table");
    run(&folder, &[]).failure().code(1);
    run(&folder, &["--resume"]).success();
    assert_eq!(
        std::fs::read(folder.join("tables/tests.csv")).expect("a table"),
        tests,
        "a resumed run is the same run"
    );
}

#[test]
fn one_set_is_too_few_and_the_remedy_is_named() {
    let place = tempfile::tempdir().expect("a folder");
    let config = place.path().join("one.toml");
    let text =
        "name = \"one\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1\n";
    std::fs::write(&config, text).expect("writable");
    let config = config.to_str().expect("UTF-8");
    let output = run(&place.path().join("run"), &["--config", config]).failure().code(1);
    let error = String::from_utf8_lossy(&output.get_output().stderr).to_string();
    assert!(error.contains("compares two picture sets") && error.contains("split_halves = true"), "{error}");
    assert!(!place.path().join("run").exists(), "nothing is left behind");
}
