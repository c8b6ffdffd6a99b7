//! What came out, in a sentence per network and choice of gain.

use study::Experiment;
use study::comparison::{ALPHA, mean};
use study::config::Control;
use study::measure::Measure;
use study::recognition::Heads;
use study::rows::TestRow;

use crate::analysis::{Choice, comparison};

/// The sentences at the top of the report.
pub fn sentences(experiment: &Experiment, tests: &[TestRow]) -> Vec<String> {
    let mut networks = vec!["trained".to_string()];
    networks.extend((1..=experiment.config.swept_random_networks()).map(|number| format!("random-{number}")));
    let sets: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    let control = experiment.config.attention().main_control();
    let mut sentences = Vec::new();
    for network in &networks {
        let heads = Heads::of(tests, network);
        if let Err(sentence) = heads.summary() {
            sentences.push(sentence);
            continue;
        }
        for choice in Choice::ALL {
            let name = comparison(choice, control.name());
            let own: Vec<&TestRow> = tests
                .iter()
                .filter(|test| test.network == *network && test.comparison == name && sets.contains(&test.set.as_str()))
                .filter(|test| heads.recognise(test))
                .collect();
            sentences.push(sentence(network, choice, control, &own));
        }
    }
    sentences
}

fn sentence(network: &str, choice: Choice, control: Control, tests: &[&TestRow]) -> String {
    let (on, by) = (choice.on, if choice.by == Measure::Auc { "AUC" } else { "F1" });
    if tests.is_empty() {
        return format!(
            "In the {network} network no gain chosen by {by} on {on} pictures could be compared with {}.",
            control.words()
        );
    }
    let selective = mean(&tests.iter().map(|test| test.estimate).collect::<Vec<_>>());
    let random = mean(&tests.iter().filter_map(|test| test.control_mean).collect::<Vec<_>>());
    let sure = tests.iter().filter(|test| test.q.is_some_and(|q| q < ALPHA)).count();
    let number = |value: f64| match choice.by {
        Measure::F1 => format!("{value:+.1} %"),
        _ => format!("{value:+.3}"),
    };
    format!(
        "In the {network} network, with the best gain chosen by {by} on {on} pictures, raising the channels that are selective \
         for an emotion changed the {by} of its head by {} on average over layers and over the emotions and sets whose head \
         recognises anything; raising as many {} of the same layer changed it by {}. {sure} of {} single comparisons are significant (q < .05).",
        number(selective),
        control.words(),
        number(random),
        tests.len(),
    )
}
