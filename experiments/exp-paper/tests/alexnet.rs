//! The study on AlexNets by `experiments/oasis-alexnet.toml`: torchvision's at full size, and one of EmoNet's form with groups
//! and normalisation, both with random weights, on drawings that stand in a table like OASIS's.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use stimuli::synthetic::{Style, SyntheticSpec, scene_set};
use vgg_core::random::he_initialised;
use vgg_core::{Architecture, weights};

const SITES: [&str; 7] = ["conv1", "conv2", "conv3", "conv4", "conv5", "relu6", "relu7"];
/// Small enough to end in a minute.
const SETTINGS: [&str; 13] = [
    "network.random_networks=1",
    "sweep.random_networks=0",
    "heads.splits=2",
    "sweep.draws=2",
    "sweep.draws_per_chunk=2",
    "sweep.bootstrap=10",
    "selectivity.permutations=9",
    "selectivity.bootstrap=10",
    "generalization.draws=10",
    "generalization.permutations=9",
    "attention.step=5",
    "attention.control_step=5",
    "attention.control_draws=2",
];

/// Pictures, and norms with the columns of OASIS.
fn oasis(folder: &Path) {
    let spec = SyntheticSpec { name: "x".into(), style: Style::Flat, per_category: 16, seed: 5 };
    let mut norms = String::from(",Theme,Category,Source,Valence_mean,Valence_SD,Valence_N,Arousal_mean\r");
    for (number, picture) in scene_set(&spec).pictures.into_iter().enumerate() {
        let theme = format!("Drawing {}", number + 1);
        picture
            .with_pixels(|pixels| pixels.save(folder.join(format!("{theme}.png"))))
            .expect("drawn")
            .expect("writable");
        // From 1–9 to 1–7.
        let valence = 1.0 + (picture.valence.expect("known") - 1.0) * 6.0 / 8.0;
        let category = if picture.object_category.as_deref() == Some("natural") { "Animal" } else { "Object" };
        write!(norms, "I{number},{theme},{category},Drawn,{valence},1,100,3\r").expect("a string");
    }
    std::fs::write(folder.join("OASIS.csv"), norms).expect("writable");
}

fn run(folder: &Path, network: &Architecture, more: &[&str]) -> PathBuf {
    let (file, out) = (folder.join(format!("{}.bpk", network.name())), folder.join(network.name()));
    weights::save(he_initialised(network, 3), &file).expect("writable");
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../oasis-alexnet.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_exp-paper"));
    command
        .args(["--quiet", "--device", "cpu", "--config"])
        .arg(config)
        .arg("--weights")
        .arg(file)
        .arg("--out")
        .arg(&out);
    let places =
        [format!("sets.0.images={}", folder.display()), format!("sets.0.ratings={}/OASIS.csv", folder.display())];
    for setting in SETTINGS.iter().chain(more).copied().chain(places.iter().map(String::as_str)) {
        command.args(["--set", setting]);
    }
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    out
}

/// What stands in a column of a table.
fn column(out: &Path, table: &str, name: &str) -> BTreeSet<String> {
    let mut reader = csv::Reader::from_path(out.join(table)).expect("a table");
    let place = reader.headers().expect("a header").iter().position(|other| other == name).expect("a column");
    reader.records().map(|record| record.expect("a record")[place].to_owned()).filter(|cell| !cell.is_empty()).collect()
}

fn check(out: &Path, swept: &[&str]) {
    let set = |names: &[&str]| names.iter().map(|name| String::from(*name)).collect::<BTreeSet<String>>();
    assert_eq!(column(out, "selectivity/tables/units.csv", "layer"), set(&SITES));
    assert_eq!(column(out, "selectivity/tables/anova.csv", "layer"), set(&SITES));
    assert_eq!(column(out, "selectivity/tables/anova_cells.csv", "object_category"), set(&["Animal", "Object"]));
    assert_eq!(column(out, "generalization/tables/overlap.csv", "layer"), set(&SITES));
    // Without selective channels there is nothing to change at a site.
    let selective = column(out, "lesion/tables/selective.csv", "layer");
    let changed: BTreeSet<String> = set(swept).intersection(&selective).cloned().collect();
    assert!(!changed.is_empty(), "{selective:?}");
    assert_eq!(column(out, "lesion/tables/sweep.csv", "layer"), changed);
    // Gains that follow from tuning need no selective channel.
    let gained = column(out, "attention/tables/sweep.csv", "layer");
    assert!(changed.is_subset(&gained) && gained.is_subset(&set(swept)), "{gained:?}");
    let report = std::fs::read_to_string(out.join("report.html")).expect("a report");
    assert!(report.contains("Emotion or object category") && report.contains("relu7"));
}

#[test]
fn an_alexnet_of_emonets_form_is_studied_at_every_hidden_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    oasis(folder.path());
    let network = Architecture::alexnet_demo(20);
    check(&run(folder.path(), &network, &[]), &SITES);
}

#[test]
fn torchvisions_alexnet_is_studied_at_its_full_size() {
    let folder = tempfile::tempdir().expect("a folder");
    oasis(folder.path());
    let known = graph::known("alexnet").expect("a known network").build().expect("it builds");
    let network = Architecture::of_blueprint("alexnet", known).expect("with sites");
    let swept = ["conv5", "relu7"];
    let more = ["sweep.layers=[\"conv5\", \"relu7\"]", "sweep.controls=[\"random\"]"];
    check(&run(folder.path(), &network, &more), &swept);
}
