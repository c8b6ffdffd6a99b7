//! What came out, in a sentence per network and choice of gain.

use study::Experiment;
use study::comparison::mean;
use study::rows::TestRow;

use crate::analysis::{CHOICES, comparison};
use crate::drawings::ALPHA;

/// The sentences at the top of the report.
pub fn sentences(experiment: &Experiment, tests: &[TestRow]) -> Vec<String> {
    let mut networks = vec!["trained".to_string()];
    networks.extend((1..=experiment.config.swept_random_networks()).map(|number| format!("random-{number}")));
    let sets: Vec<&str> = experiment.sets.sets.iter().map(|set| set.name.as_str()).collect();
    let mut sentences = Vec::new();
    for network in &networks {
        for chosen_on in CHOICES {
            let name = comparison(chosen_on, "random");
            let own: Vec<&TestRow> = tests
                .iter()
                .filter(|test| test.network == *network && test.comparison == name && sets.contains(&test.set.as_str()))
                .collect();
            sentences.push(sentence(network, chosen_on, &own));
        }
    }
    sentences
}

fn sentence(network: &str, chosen_on: &str, tests: &[&TestRow]) -> String {
    if tests.is_empty() {
        return format!(
            "In the {network} network no gain chosen on {chosen_on} pictures could be compared with random channels."
        );
    }
    let selective = mean(&tests.iter().map(|test| test.estimate).collect::<Vec<_>>());
    let random = mean(&tests.iter().filter_map(|test| test.control_mean).collect::<Vec<_>>());
    let sure = tests.iter().filter(|test| test.q.is_some_and(|q| q < ALPHA)).count();
    format!(
        "In the {network} network, with the best gain chosen on {chosen_on} pictures, raising the channels that are selective \
         for an emotion changed the F1 of its head by {selective:+.1} % on average over layers, emotions and sets; raising as \
         many random channels of the same layer changed it by {random:+.1} %. {sure} of {} single comparisons are significant \
         (q < .05).",
        tests.len(),
    )
}
