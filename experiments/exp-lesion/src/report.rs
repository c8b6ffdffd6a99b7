//! The report of a lesion run: one file that a person can mail.

use figures::{Block, Report, Section, Span};
use study::Experiment;
use study::comparison::mean;
use study::coverage::draws_in_words;
use study::measure::Measure;
use study::recognition::Heads;
use study::report::{self, Drawing};
use study::rows::{SweepRow, TestRow};

use crate::analysis::{comparison, over_layers};

/// The report as HTML.
pub fn html(experiment: &Experiment, rows: &[SweepRow], tests: &[TestRow], drawings: Vec<Drawing>) -> String {
    Report {
        title: format!("Lesion of emotion-selective channels: {}", experiment.config.name),
        summary: summary(experiment, tests),
        notice: report::notice(experiment),
        sections: vec![
            Section { title: "Figures".into(), blocks: report::figures(drawings) },
            Section { title: "Selective against control channels".into(), blocks: vec![means(experiment, tests)] },
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

fn summary(experiment: &Experiment, tests: &[TestRow]) -> Vec<String> {
    let mut networks = vec!["trained".to_string()];
    networks.extend((1..=experiment.config.swept_random_networks()).map(|number| format!("random-{number}")));
    networks.into_iter().map(|network| sentence(tests, &network)).collect()
}

fn sentence(tests: &[TestRow], network: &str) -> String {
    let heads = Heads::of(tests, network);
    let intact = match heads.summary() {
        Ok(summary) => summary,
        Err(sentence) => return sentence,
    };
    let own = |name: String| -> Vec<&TestRow> {
        let of_network = tests.iter().filter(|test| test.network == network && test.comparison == name);
        of_network.filter(|test| test.emotion == test.task && heads.recognise(test)).collect()
    };
    let layers = own(comparison(Measure::Auc, "random"));
    if layers.is_empty() {
        return format!("In the {network} network nothing could be compared with random channels.");
    }
    let all = own(over_layers(Measure::Auc, "random"));
    let (selective, random) = means_of(&all);
    let (f1, f1_of_random) = means_of(&own(over_layers(Measure::F1, "random")));
    let (yes, _) = means_of(&own(over_layers(Measure::Yes, "random")));
    let sure = |tests: &[&TestRow]| tests.iter().filter(|test| test.q.is_some_and(|q| q < 0.05)).count();
    format!(
        "{intact} Silencing the channels that are selective for the emotion changed their AUC by {selective:+.3} on average over layers; \
         silencing as many random channels of the same layer changed it by {random:+.3}. F1 changed by {f1:+.1} % (random \
         channels {f1_of_random:+.1} %), while the share of yes answers moved by {yes:+.3}. Significant by AUC (q < .05): {} \
         of {} comparisons of the mean over layers, {} of {} of single layers; with {} draws no p is below {:.3}.",
        sure(&all),
        all.len(),
        sure(&layers),
        layers.len(),
        draws_in_words(layers.iter().copied()),
        1.0 / (layers.iter().map(|test| test.n).max().unwrap_or(0) as f64 + 1.0),
    )
}

/// The mean over rows of estimates and of controls; 0 without rows.
fn means_of(tests: &[&TestRow]) -> (f64, f64) {
    if tests.is_empty() {
        return (0.0, 0.0);
    }
    let estimates: Vec<f64> = tests.iter().map(|test| test.estimate).collect();
    let controls: Vec<f64> = tests.iter().filter_map(|test| test.control_mean).collect();
    (mean(&estimates), mean(&controls))
}

/// The trained network's lesions, a row per measure, control, set and emotion.
fn means(experiment: &Experiment, tests: &[TestRow]) -> Block {
    let number =
        |value: Option<f64>, decimals: usize| value.map_or(String::new(), |value| format!("{value:.decimals$}"));
    let mut rows = Vec::new();
    for measure in Measure::ALL {
        let decimals = if measure == Measure::F1 { 1 } else { 3 };
        for control in &experiment.config.sweep.controls {
            let name = over_layers(measure, control.name());
            let own =
                |test: &&TestRow| test.network == "trained" && test.comparison == name && test.emotion == test.task;
            rows.extend(tests.iter().filter(own).map(|test| {
                vec![
                    measure.change_name().into(),
                    control.name().replace('_', " "),
                    test.set.clone(),
                    test.emotion.clone(),
                    format!("{:+.decimals$}", test.estimate),
                    number(test.control_mean, decimals),
                    format!("{} … {}", number(test.control_low, decimals), number(test.control_high, decimals)),
                    number(test.p, 3),
                    number(test.q, 3),
                ]
            }));
        }
    }
    let header = ["measure", "control", "set", "emotion", "selective", "control mean", "95 % of draws", "p", "q"];
    Block::Table {
        caption:
            "Change under lesion, trained network, mean over the layers that both sides have; verdicts stand on AUC, \
                  since F1 follows the share of yes answers alone. All comparisons are in tests.csv."
                .into(),
        header: header.map(String::from).to_vec(),
        rows,
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
             corrected by Benjamini and Hochberg over layers, emotions and sets. A mean or a trend over layers is one value \
             of a group, ranked among the same value of the draws. Intervals are 95 % percentile intervals of {} bootstrap \
             resamples over test pictures and splits. Verdicts stand on AUC, which a shift of the criterion cannot move.",
            controls.iter().map(|name| name.replace('_', " ")).collect::<Vec<_>>().join(", "),
            config.sweep.bootstrap
        )
        .into(),
    ]);
    report::methods(paragraphs)
}
