//! The program as a whole: its tables, its answers to poor data, and what the demonstration shows.

mod support;

use std::path::{Path, PathBuf};

use support::{run, table};

/// A set of plain grey pictures with these categories, and its configuration.
fn plain_set(folder: &Path, categories: &[&str]) -> PathBuf {
    let images = folder.join("images");
    std::fs::create_dir_all(&images).expect("writable");
    let mut norms = String::from("path,category\n");
    for (number, category) in categories.iter().enumerate() {
        let name = format!("p{number}.png");
        image::RgbImage::from_pixel(80, 80, image::Rgb([90; 3])).save(images.join(&name)).expect("writable");
        norms.push_str(&format!("{name},{category}\n"));
    }
    std::fs::write(folder.join("norms.csv"), norms).expect("writable");
    let config = "name = \"plain\"\n[heads]\nsplits = 1\n[[sets]]\nkind = \"table\"\nname = \"plain\"\nimages = \"images\"\n\
                  ratings = \"norms.csv\"\nscale = [1.0, 9.0]\n";
    std::fs::write(folder.join("plain.toml"), config).expect("writable");
    folder.join("plain.toml")
}

#[test]
fn the_demonstration_is_tuned_more_than_untrained_networks() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    run(&folder, &[]).success();
    let (header, units) = table(&folder, "units");
    let contract = "network,set,layer,channel,s_pleasant,s_neutral,s_unpleasant,tuning_quality,preferred,si,excluded";
    assert_eq!(header, contract);
    for measure in ["tuning_quality", "si"] {
        let mean = |is_it: &dyn Fn(&str) -> bool| {
            let values = units.iter().filter(|row| is_it(&row["network"])).filter_map(|row| row[measure].parse().ok());
            let values: Vec<f64> = values.collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let (trained, untrained) = (mean(&|name| name == "trained"), mean(&|name| name != "trained"));
        assert!(trained > untrained, "{measure}: {trained} {untrained}");
    }
    let (header, shares) = table(&folder, "shares");
    assert_eq!(header, "network,set,rule,layer,emotion,n_channels,share");
    assert_eq!(shares.len(), 6 * 2 * 13 * 3 * 4, "networks × rules × layers × views × emotions and none");
    let (header, _) = table(&folder, "examples");
    assert_eq!(header, "layer,emotion,channel,set,rank,picture,response,valence,category");
    for name in ["figures/tuning-curves.svg", "figures/shares.png", "report.html", "arrays/responses-random-5.npz"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    let report = std::fs::read_to_string(folder.join("report.html")).expect("a report");
    assert!(report.contains("SYNTHETIC DATA"));
    let tests = std::fs::read(folder.join("tables/tests.csv")).expect("a table");
    std::fs::remove_file(folder.join("arrays/responses-random-3.npz")).expect("there");
    run(&folder, &["--resume"]).success();
    assert_eq!(
        std::fs::read(folder.join("tables/tests.csv")).expect("a table"),
        tests,
        "a resumed run is the same run"
    );
}

#[test]
fn equal_pictures_leave_every_channel_out_and_decode_nothing() {
    let place = tempfile::tempdir().expect("a folder");
    let config = plain_set(place.path(), &["pleasant", "neutral", "unpleasant"].repeat(4));
    let folder = place.path().join("run");
    run(&folder, &["--config", config.to_str().expect("UTF-8")]).success();
    let (_, units) = table(&folder, "units");
    assert!(units.iter().all(|row| row["excluded"] == "true" && row["tuning_quality"].is_empty()));
    let (_, tests) = table(&folder, "tests");
    assert!(tests.iter().all(|row| row["comparison"].starts_with("low-level")), "no tuning, hence no test of it");
    assert!(
        tests.iter().all(|row| row["estimate"].parse::<f64>().is_ok_and(|value| (value - 1.0 / 3.0).abs() < 1e-12))
    );
    assert!(table(&folder, "anova").1.is_empty() && table(&folder, "anova_layers").1.is_empty());
    let report = std::fs::read_to_string(folder.join("report.html")).expect("a report");
    assert!(
        report
            .contains("plain: emotion and object category cannot be told apart here: the set has no object categories")
    );
    assert!(!folder.join("figures/anova-shares.svg").exists());
}

#[test]
fn a_category_without_pictures_is_named() {
    let place = tempfile::tempdir().expect("a folder");
    let config = plain_set(place.path(), &["pleasant", "neutral"].repeat(4));
    let output = run(&place.path().join("run"), &["--config", config.to_str().expect("UTF-8")]).failure().code(1);
    let error = String::from_utf8_lossy(&output.get_output().stderr).to_string();
    assert!(error.contains("set `plain` has no unpleasant picture"), "{error}");
}
