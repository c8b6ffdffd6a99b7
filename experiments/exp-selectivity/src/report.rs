//! The report of a selectivity run: one file that a person can mail.

use figures::{Block, Report, Section, Span};
use study::Experiment;
use study::comparison::ALPHA;
use study::preparation::Tuned;
use study::report::{self, Drawing};
use study::rows::{AnovaLayerRow, TestRow};

use crate::analysis::{against_labels, mean, minus_untrained, trend};
use crate::anova;
use crate::low_level;
use crate::nulls::Measure;

/// The report as HTML.
pub fn html(
    experiment: &Experiment,
    tuned: &[Tuned],
    tests: &[TestRow],
    anova: &[AnovaLayerRow],
    drawings: Vec<Drawing>,
) -> String {
    let over_layers: Vec<String> = Measure::ALL
        .into_iter()
        .flat_map(|m| [mean(m), trend(m)])
        .flat_map(|name| [minus_untrained(&name), name])
        .collect();
    let across = |group| experiment.sets.sets.iter().map(move |set| low_level::across(group, &set.name));
    let decoded: Vec<String> =
        low_level::group_names().flat_map(|group| across(group).chain([low_level::comparison(group)])).collect();
    Report {
        title: format!("Selectivity of channels for emotions: {}", experiment.config.name),
        summary: summary(experiment, tests).into_iter().chain(anova::summary(experiment, anova)).collect(),
        notice: report::notice(experiment),
        sections: vec![
            Section { title: "Figures".into(), blocks: report::figures(drawings) },
            Section {
                title: "Trends and untrained networks".into(),
                blocks: vec![table(tests, &over_layers, "Means and trends over layers, trained network, mean of the untrained ones, and the difference; p by joint permutation of labels (n: shuffles).")],
            },
            Section {
                title: "Low-level control".into(),
                blocks: vec![table(
                    tests,
                    &decoded,
                    "Categories decoded from low-level statistics of the pictures; chance is 0.333 (n: pictures). What is \
                     decoded here can also drive channels without any meaning.",
                )],
            },
            Section { title: anova::TITLE.into(), blocks: anova::blocks(experiment, anova) },
            Section { title: "Channels that do not vary".into(), blocks: vec![excluded(experiment, tuned)] },
            Section { title: "Picture sets".into(), blocks: report::sets(experiment) },
            Section { title: "Methods".into(), blocks: methods(experiment) },
            Section { title: "Provenance".into(), blocks: report::provenance(experiment) },
        ],
    }
    .html()
}

fn summary(experiment: &Experiment, tests: &[TestRow]) -> Vec<String> {
    let mut sentences = Vec::new();
    let interval = |test: &TestRow| {
        format!("95 % CI {:+.3} to {:+.3}", test.ci_low.unwrap_or(test.estimate), test.ci_high.unwrap_or(test.estimate))
    };
    for measure in Measure::ALL {
        let layers: Vec<&TestRow> = tests
            .iter()
            .filter(|test| test.network == "trained" && test.comparison == against_labels(measure))
            .collect();
        let sure = layers.iter().filter(|test| test.q.is_some_and(|q| q < ALPHA)).count();
        sentences.push(format!(
            "The mean {} of the trained network is above that with shuffled labels in {sure} of {} layers and sets (q < {ALPHA}).",
            measure.name(),
            layers.len(),
        ));
        for test in tests.iter().filter(|test| test.comparison == minus_untrained(&mean(measure))) {
            sentences.push(format!(
                "{}: the trained network's {} minus that of the untrained networks is {:+.3} on average over layers (with \
                 shuffled labels {:+.3} to {:+.3}; p = {:.3}).",
                test.set,
                measure.name(),
                test.estimate,
                test.control_low.unwrap_or(test.estimate),
                test.control_high.unwrap_or(test.estimate),
                test.p.unwrap_or(1.0),
            ));
        }
    }
    for set in &experiment.sets.sets {
        let gist = low_level::across("GIST", &set.name);
        for test in tests.iter().filter(|test| test.comparison == gist) {
            sentences.push(format!(
                "{}: the GIST of pictures, read by a machine trained on {}, tells the three categories apart with a balanced \
                 accuracy of {:.3} ({}); chance is .333.",
                test.set,
                set.name,
                test.estimate,
                interval(test)
            ));
        }
    }
    let all = low_level::comparison("all");
    for test in tests.iter().filter(|test| test.comparison == all) {
        sentences.push(format!(
            "{}: low-level statistics alone tell the three categories apart with a balanced accuracy of {:.3} ({}); chance is \
             .333.",
            test.set,
            test.estimate,
            interval(test)
        ));
    }
    sentences
}

fn table(tests: &[TestRow], comparisons: &[String], caption: &str) -> Block {
    let number = |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
    let row = |test: &TestRow| {
        let (p, q) = (number(test.p), number(test.q));
        let (low, high) = (number(test.control_low.or(test.ci_low)), number(test.control_high.or(test.ci_high)));
        let estimate = number(Some(test.estimate));
        let name = test.comparison.clone();
        vec![test.network.clone(), test.set.clone(), name, estimate, low, high, p, q, test.n.to_string()]
    };
    Block::Table {
        caption: caption.into(),
        header: ["network", "set", "what", "estimate", "null or CI, low", "high", "p", "q", "n"]
            .map(String::from)
            .to_vec(),
        rows: tests.iter().filter(|test| comparisons.contains(&test.comparison)).map(row).collect(),
    }
}

/// Channels without tuning, and channels without selectivity index, by network and set.
fn excluded(experiment: &Experiment, tuned: &[Tuned]) -> Block {
    let mut rows = Vec::new();
    for network in tuned {
        for (set, layers) in experiment.sets.sets.iter().zip(&network.selection.units) {
            let units = || layers.iter().flatten();
            rows.push(vec![
                network.name.clone(),
                set.name.clone(),
                units().count().to_string(),
                units().filter(|unit| unit.quality.is_none()).count().to_string(),
                units().filter(|unit| unit.index.is_none()).count().to_string(),
            ]);
        }
    }
    Block::Table {
        caption: "Channels whose responses do not vary over pictures count nowhere (column `excluded` of units.csv)."
            .into(),
        header: ["network", "set", "channels", "constant", "without selectivity index"].map(String::from).to_vec(),
        rows,
    }
}

fn methods(experiment: &Experiment) -> Vec<Block> {
    let config = &experiment.config;
    let responses = "Responses are spatial means of the rectified feature maps before pooling. Tuning values are the mean response to an \
         emotion minus the mean over all pictures, divided by the population standard deviation over pictures (Liu et al. \
         2024, eq. 4); tuning quality is the largest absolute tuning value (preprint 2023); the selectivity index is the \
         largest d′ (2024, eq. 5). All pictures take part. shares.csv counts channels by both published rules: by the largest tuning value, \
         and by the largest d′ without the lowest 20 % of each layer.";
    let chance = vec![
        "The category labels of the pictures were shuffled ".into(),
        Span::Choice(format!("{} times", config.selectivity.permutations)),
        format!(
            ", with the same shuffles for all layers and networks, and everything was computed again from the responses (joint \
             permutation, Westfall & Young 1993); p is (1 + number of shuffles with at least the observed value) / (shuffles + \
             1), q is corrected by Benjamini and Hochberg over layers and sets of a network. Intervals of what low-level \
             statistics decode are 95 % percentile intervals of {} bootstrap resamples over pictures.",
            config.selectivity.bootstrap
        )
        .into(),
    ];
    let untrained = format!(
        "{} networks of the same architecture with weights drawn anew (He initialisation) are the control without training; the \
         trained network minus their mean is compared with the same difference under shuffled labels.",
        config.network.random_networks
    );
    let low_level = vec![
        "Low-level control: ".into(),
        Span::Choice(format!(
            "mean and standard deviation of luminance, of red–green, of blue–yellow and of saturation, the slope of the power \
             spectrum, of the picture cropped as for the network and 128 pixels wide, and GIST (Oliva & Torralba 2001, with \
             its authors' settings) of the same at 256 pixels; standardised by training pictures; linear support vector machine (hinge loss, C = 1, classes weighted to \
             balance, one against one), {} folds stratified by category; across sets, trained on all pictures of one and read on those of another",
            config.selectivity.folds
        )),
        ".".into(),
    ];
    report::methods(vec![
        vec![responses.into()],
        chance,
        vec![untrained.into()],
        low_level,
        vec![anova::METHODS.into()],
    ])
}
