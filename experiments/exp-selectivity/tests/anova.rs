//! Emotion by object category: the tables, and how often channels without an effect are said to have one.

mod support;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

use exp_selectivity::anova::{Design, design, of_layer};
use ndarray::Array2;
use ndarray_npy::NpzReader;
use rand::seq::SliceRandom;
use stimuli::synthetic::{Style, SyntheticSpec, scene_set};
use study::comparison::ALPHA;
use study::pictures::StudySet;
use support::{run, table};
use vgg_core::{Colour, Preprocessing};

const LAYERS: [&str; 3] = ["conv1_2", "conv3_3", "conv5_3"];

/// The first set of the demonstration.
fn flat() -> StudySet {
    let spec = SyntheticSpec { name: "synthetic-flat".into(), style: Style::Flat, per_category: 40, seed: 11 };
    StudySet::new(scene_set(&spec), &Preprocessing::torchvision(8), Colour::AsIs).expect("drawn")
}

fn demonstration(folder: &Path) {
    run(folder, &["--set", "network.random_networks=1", "--set", "selectivity.bootstrap=1"]).success();
}

fn responses(folder: &Path, layer: &str) -> Array2<f32> {
    let file = File::open(folder.join("arrays/responses.npz")).expect("responses");
    NpzReader::new(file).expect("an archive").by_name(&format!("synthetic-flat/{layer}")).expect("a layer")
}

#[test]
fn the_demonstration_has_every_channel_and_every_cell() {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    demonstration(&folder);
    let (header, channels) = table(&folder, "anova");
    let effects = ["emotion", "object", "interaction"];
    let columns =
        effects.map(|effect| format!("f_{effect},p_{effect},q_{effect},partial_eta2_{effect},omega2_{effect}"));
    assert_eq!(header, format!("network,set,layer,channel,{}", columns.join(",")));
    assert_eq!(channels.len(), 2 * 2 * 528, "networks × sets × channels");
    let (header, layers) = table(&folder, "anova_layers");
    assert_eq!(
        header,
        "network,set,layer,effect,n_channels,n_tested,n_effect,share,mean_partial_eta2,mean_omega2,df,df_error,n_pictures"
    );
    assert_eq!(layers.len(), 2 * 2 * 13 * 4, "networks × sets × layers × effects and both");
    let df: BTreeSet<(&str, &str)> = layers.iter().map(|row| (row["effect"].as_str(), row["df"].as_str())).collect();
    let expected =
        [("emotion", "2"), ("emotion and object category", ""), ("interaction", "2"), ("object category", "1")];
    assert_eq!(df, BTreeSet::from(expected));
    assert!(layers.iter().all(|row| row["df_error"] == "114" && row["n_pictures"] == "120"));
    let (header, cells) = table(&folder, "anova_cells");
    assert_eq!(header, "set,emotion,object_category,n_pictures");
    let counts: Vec<&str> = cells.iter().map(|row| row["n_pictures"].as_str()).collect();
    assert_eq!(counts, ["16", "36", "20", "24", "4", "20"].repeat(2), "artefacts, then what is natural");
    let deep = responses(&folder, "conv5_3");
    let found = of_layer(&design(&flat()).expect("testable"), deep.view(), &vec![true; deep.ncols()]);
    let found = found.expect("finite");
    let own = channels
        .iter()
        .filter(|row| row["network"] == "trained" && row["set"] == "synthetic-flat" && row["layer"] == "conv5_3");
    for row in own {
        let channel: usize = row["channel"].parse().expect("a number");
        let (emotion, q) = found[channel][0].expect("varies");
        assert_eq!(row["f_emotion"].parse(), Ok(emotion.f));
        assert_eq!(row["q_emotion"].parse(), Ok(q));
    }
    for name in ["figures/anova-shares.svg", "figures/anova-effects.png", "tables/anova.parquet"] {
        assert!(folder.join(name).exists(), "{name}");
    }
    let report = std::fs::read_to_string(folder.join("report.html")).expect("a report");
    assert!(
        report.contains("Emotion or object category") && report.contains("respond to emotion beyond object category")
    );
}

/// Emotions change places within object categories: object category keeps its effect, emotion has none, nor has the
/// interaction.
fn shuffle_within_categories(set: &mut StudySet, seed: u64) {
    let mut rng = stimuli::seed::rng(seed, "level of the analysis of variance", &[]);
    for category in ["natural", "artefact"] {
        let members: Vec<usize> = (0..set.pictures.len())
            .filter(|&place| set.pictures[place].object_category.as_deref() == Some(category))
            .collect();
        let mut emotions: Vec<_> = members.iter().map(|&place| set.emotions[place]).collect();
        emotions.shuffle(&mut rng);
        members.into_iter().zip(emotions).for_each(|(place, emotion)| set.emotions[place] = emotion);
    }
}

/// Shares over shuffles and channels with p < .05, and over shuffles and layers with any channel of q < .05.
#[derive(Default)]
struct Rates {
    uncorrected: [Vec<f64>; 3],
    corrected: [Vec<f64>; 3],
}

impl Rates {
    fn count(&mut self, design: &Design, responses: &Array2<f32>) {
        let found = of_layer(design, responses.view(), &vec![true; responses.ncols()]).expect("finite");
        for effect in 0..3 {
            let tested: Vec<(f64, f64)> =
                found.iter().filter_map(|channel| channel[effect].map(|(found, q)| (found.p, q))).collect();
            let small = tested.iter().filter(|(p, _)| *p < ALPHA).count();
            self.uncorrected[effect].push(small as f64 / tested.len() as f64);
            self.corrected[effect].push(if tested.iter().any(|(_, q)| *q < ALPHA) { 1.0 } else { 0.0 });
        }
    }
}

#[test]
fn shuffled_emotions_have_an_effect_as_often_as_chance_allows() {
    const SHUFFLES: u64 = 200;
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("run");
    demonstration(&folder);
    let layers = LAYERS.map(|layer| responses(&folder, layer));
    let (mut set, mut rates) = (flat(), Rates::default());
    for seed in 0..SHUFFLES {
        shuffle_within_categories(&mut set, seed);
        let design = design(&set).expect("testable");
        layers.iter().for_each(|responses| rates.count(&design, responses));
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let [emotion, object, interaction] = rates.uncorrected.each_ref().map(|shares| mean(shares));
    let [any_emotion, any_object, any_interaction] = rates.corrected.each_ref().map(|shares| mean(shares));
    println!("{emotion} {object} {interaction}; {any_emotion} {any_object} {any_interaction}");
    for share in [emotion, interaction] {
        assert!((0.03..0.07).contains(&share), "{share} of channels have p < .05 where nothing is");
    }
    // Two standard errors of a share of .05 over the shuffles, whose layers are as good as one where they move together.
    let most = ALPHA + 2.0 * (ALPHA * (1.0 - ALPHA) / SHUFFLES as f64).sqrt();
    for share in [any_emotion, any_interaction] {
        assert!(share < most, "in {share} of layers some channel has q < .05 where nothing is");
    }
    assert!(object > 0.15 && any_object > 0.3, "the effect of object category is still there: {object} {any_object}");
}
