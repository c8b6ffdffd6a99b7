//! What a run leaves behind: other programs read it.

use std::fs;
use std::path::Path;

use crate::support::{SMALL, check_done, run};

/// The start of every table's header, which other programs rely on.
const HEADERS: [(&str, &str); 6] = [
    ("pictures", "set,picture,valence,category,decides,split_0,split_1"),
    ("units", "network,set,layer,channel,s_pleasant,s_neutral,s_unpleasant,tuning_quality,preferred,si,excluded"),
    ("selective", "network,layer,channel,emotion"),
    ("heads", "network,set,task,split_seed,f1,f1_always_yes,accuracy,balanced_accuracy,auc,dprime,p"),
    (
        "sweep",
        "network,set_train,set_test,task,layer,emotion,group,draw,split_seed,gain,n_units,tp,fp,tn,fn,f1,accuracy,\
         balanced_accuracy,auc,dprime,base_f1,change_pct,ci_low,ci_high,base_auc,auc_change,auc_ci_low,auc_ci_high,\
         yes_share,base_yes_share",
    ),
    ("tests", "network,set,comparison,layer,emotion,task,estimate,ci_low,ci_high"),
];

#[test]
fn a_run_leaves_what_the_contract_promises() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    check_done(&run(&out, &SMALL, &[]));
    for (table, header) in HEADERS {
        let text = fs::read_to_string(out.join(format!("tables/{table}.csv"))).expect("the table");
        assert!(text.starts_with(header), "{table}: {}", text.lines().next().unwrap_or_default());
        assert!(text.lines().count() > 1, "{table} has rows");
        assert!(!text.contains("NaN") && !text.contains("inf"), "{table}");
        assert!(out.join(format!("tables/{table}.parquet")).exists());
    }
    for file in [
        "manifest.json",
        "heads.safetensors",
        "arrays/responses.npz",
        "figures/lesion.svg",
        "figures/lesion.png",
        "figures/lesion-f1.svg",
        "figures/lesion-yes.svg",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
    let report = fs::read_to_string(out.join("report.html")).expect("the report");
    assert!(report.contains("SYNTHETIC") && report.contains("<svg"));
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("the manifest");
    assert!(manifest.contains("\"state\": \"complete\"") && manifest.contains("\"plan\""));
}

#[test]
fn a_dry_run_says_what_it_would_do_and_writes_nothing() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let out = place.path().join("run");
    let output = run(&out, &SMALL, &["--dry-run"]);
    check_done(&output);
    let text = String::from_utf8_lossy(&output.stdout);
    for word in ["work", "chunks", "memory", "time", "GMAC/s"] {
        assert!(text.contains(word), "{text}");
    }
    assert!(!out.exists());
}

#[test]
fn quiet_is_quiet_and_json_is_json() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let quiet = run(&place.path().join("quiet"), &SMALL, &["--quiet"]);
    check_done(&quiet);
    assert!(quiet.stdout.is_empty() && quiet.stderr.is_empty(), "{}", String::from_utf8_lossy(&quiet.stderr));
    let json = run(&place.path().join("json"), &SMALL, &["--json"]);
    check_done(&json);
    let text = String::from_utf8_lossy(&json.stdout);
    assert!(text.lines().all(|line| line.starts_with('{') && line.ends_with('}')), "{text}");
    assert!(text.contains("\"stage\":\"sweep\""), "{text}");
}

#[test]
fn open_pictures_with_real_ratings_run_through() {
    let data =
        std::env::var("GAINLAB_DATA").unwrap_or(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").into());
    let oasis = Path::new(&data).join("oasis-pixabay");
    if !oasis.exists() {
        eprintln!("skipped: no OASIS pictures at {} (set GAINLAB_DATA)", oasis.display());
        return;
    }
    let place = tempfile::tempdir().expect("a temporary folder");
    let config = concat!(env!("CARGO_MANIFEST_DIR"), "/../oasis.toml");
    let images = format!("sets.0.images={}", oasis.join("images").display());
    let ratings = format!("sets.0.ratings={}", oasis.join("OASIS.csv").display());
    let settings =
        [&images, &ratings, "heads.splits=2", "sweep.draws=2", "sweep.layers=[\"conv5_3\"]", "sweep.bootstrap=50"];
    let out = place.path().join("run");
    check_done(&run(&out, &settings, &["--config", config]));
    let pictures = fs::read_to_string(out.join("tables/pictures.csv")).expect("the table");
    assert!(pictures.contains("OASIS-A") && pictures.contains("OASIS-B"));
    assert!(!fs::read_to_string(out.join("report.html")).expect("the report").contains("SYNTHETIC"));
}
