//! The report of a lesion run: one file that a person can mail.

use figures::{Block, Report, Section, Span};
use study::Experiment;
use study::comparison::mean;
use study::report::{self, Drawing};
use study::rows::{SweepRow, TestRow};

use crate::analysis::{comparison, comparison_over_layers};

/// The report as HTML.
pub fn html(experiment: &Experiment, rows: &[SweepRow], tests: &[TestRow], drawings: Vec<Drawing>) -> String {
    Report {
        title: format!("Lesion of emotion-selective channels: {}", experiment.config.name),
        summary: summary(experiment, rows, tests),
        notice: report::notice(experiment),
        sections: vec![
            Section { title: "Figures".into(), blocks: report::figures(drawings) },
            Section { title: "Selective against random channels".into(), blocks: vec![means(tests)] },
            Section {
                title: "Recognition with the network intact".into(),
                blocks: vec![report::intact_heads(experiment, rows)],
            },
            Section { title: "Picture sets".into(), blocks: report::sets(experiment) },
            Section { title: "Methods".into(), blocks: methods(experiment) },
            Section { title: "Provenance".into(), blocks: report::provenance(experiment) },
        ],
    }
    .html()
}

fn summary(experiment: &Experiment, rows: &[SweepRow], tests: &[TestRow]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut networks = vec!["trained".to_string()];
    networks.extend((1..=experiment.config.swept_random_networks()).map(|number| format!("random-{number}")));
    for network in networks {
        let name = comparison("random");
        let own: Vec<&TestRow> = tests
            .iter()
            .filter(|test| test.network == network && test.comparison == name && test.emotion == test.task)
            .collect();
        if own.is_empty() {
            sentences.push(format!("In the {network} network nothing could be compared with random channels."));
            continue;
        }
        let selective = mean(&own.iter().map(|test| test.estimate).collect::<Vec<_>>());
        let random = mean(&own.iter().filter_map(|test| test.control_mean).collect::<Vec<_>>());
        let over_layers: Vec<&TestRow> = means_over_layers(tests, &network).collect();
        let sure = |tests: &[&TestRow]| tests.iter().filter(|test| test.q.is_some_and(|q| q < 0.05)).count();
        sentences.push(format!(
            "In the {network} network, whose heads reach a mean F1 of {:.2} when it is intact, silencing the channels that are selective for an emotion changed the F1 of its head \
             by {selective:+.1} % on average over layers, emotions and sets; silencing as many random channels of the same \
             layer changed it by {random:+.1} %. Significant (q < .05): {} of {} comparisons of the mean over layers, {} of \
             {} of single layers; with {} draws no p is below {:.3}.",
            intact(rows, &network),
            sure(&over_layers),
            over_layers.len(),
            sure(&own),
            own.len(),
            experiment.config.sweep.draws,
            1.0 / (experiment.config.sweep.draws as f64 + 1.0),
        ));
    }
    sentences
}

/// Mean F1 of the heads of a network before any lesion; 0 without rows.
fn intact(rows: &[SweepRow], network: &str) -> f64 {
    let own = rows.iter().filter(|row| row.network == network && row.set_train == row.set_test);
    let base: Vec<f64> = own.filter(|row| row.draw.is_none()).map(|row| row.base_f1).collect();
    if base.is_empty() { 0.0 } else { mean(&base) }
}

fn means_over_layers<'a>(tests: &'a [TestRow], network: &'a str) -> impl Iterator<Item = &'a TestRow> {
    let name = comparison_over_layers("random");
    tests.iter().filter(move |test| test.network == network && test.comparison == name && test.emotion == test.task)
}

/// The trained network's lesions, one row per set and emotion.
fn means(tests: &[TestRow]) -> Block {
    let number =
        |value: Option<f64>, decimals: usize| value.map_or(String::new(), |value| format!("{value:.decimals$}"));
    let rows = means_over_layers(tests, "trained").map(|test| {
        vec![
            test.set.clone(),
            test.emotion.clone(),
            format!("{:+.1}", test.estimate),
            number(test.control_mean, 1),
            format!("{} … {}", number(test.control_low, 1), number(test.control_high, 1)),
            number(test.p, 3),
            number(test.q, 3),
        ]
    });
    let header = ["set", "emotion", "selective (%)", "random (%)", "95 % of random draws", "p", "q"];
    Block::Table {
        caption: "Change of F1 under lesion, trained network, mean over layers; all comparisons are in tests.csv."
            .into(),
        header: header.map(String::from).to_vec(),
        rows: rows.collect(),
    }
}

fn methods(experiment: &Experiment) -> Vec<Block> {
    let config = &experiment.config;
    let controls: Vec<&str> = config.sweep.controls.iter().map(|control| control.name()).collect();
    let mut paragraphs = report::shared_methods(experiment);
    paragraphs.push(vec![
        "A lesion sets the output of all channels of a layer that are selective for an emotion to 0. Controls are ".into(),
        Span::Choice(format!("{} draws", config.sweep.draws)),
        format!(
            " of as many channels of the same layer: {}. p is (1 + number of draws at least as low) / (draws + 1); q is \
             corrected by Benjamini and Hochberg over layers, emotions and sets. Intervals are 95 % percentile intervals of \
             {} bootstrap resamples over test pictures and splits.",
            controls.join(", "),
            config.sweep.bootstrap
        )
        .into(),
    ]);
    report::methods(paragraphs)
}
