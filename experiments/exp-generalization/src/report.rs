//! The report of a generalization run: one file that a person can mail.

use figures::{Block, Report, Section, Span};
use study::Experiment;
use study::comparison::ALPHA;
use study::config::SelectionRule;
use study::over_layers::ALL_LAYERS;
use study::report::{self, Drawing};
use study::rows::{OverlapRow, TestRow};

use crate::analysis::{EXCESS, minus_untrained};

/// The report as HTML.
pub fn html(experiment: &Experiment, rows: &[OverlapRow], tests: &[TestRow], drawings: Vec<Drawing>) -> String {
    Report {
        title: format!("Generalization of emotion-selective channels: {}", experiment.config.name),
        summary: summary(rows, tests),
        notice: report::notice(experiment),
        sections: vec![
            Section { title: "Figures".into(), blocks: report::figures(drawings) },
            Section { title: "Trends and untrained networks".into(), blocks: vec![table(tests)] },
            Section { title: "Picture sets".into(), blocks: report::sets(experiment) },
            Section { title: "Methods".into(), blocks: methods(experiment) },
            Section { title: "Provenance".into(), blocks: report::provenance(experiment) },
        ],
    }
    .html()
}

fn summary(rows: &[OverlapRow], tests: &[TestRow]) -> Vec<String> {
    let mut networks: Vec<&str> = rows.iter().map(|row| row.network.as_str()).collect();
    networks.dedup();
    let mut sentences: Vec<String> = networks
        .iter()
        .map(|network| {
            let own: Vec<&OverlapRow> = rows.iter().filter(|row| row.network == *network).collect();
            let sure = own.iter().filter(|row| row.q.is_some_and(|q| q < ALPHA)).count();
            let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
            let found = mean(own.iter().filter_map(|row| row.jaccard).collect());
            let chance = mean(own.iter().filter_map(|row| row.chance_jaccard).collect());
            format!(
                "In the {network} network the Jaccard index is {found:.3} on average over layers and emotions, by chance it \
                 would be {chance:.3}; {sure} of {} single overlaps are above that with shuffled labels (q < {ALPHA}).",
                own.len(),
            )
        })
        .collect();
    for test in tests.iter().filter(|test| test.comparison == minus_untrained(EXCESS)) {
        sentences.push(format!(
            "For {}, the trained network's index above chance minus that of the untrained networks is {:+.3} on average over \
             layers (with shuffled labels {:+.3} to {:+.3}; p = {:.3}).",
            test.emotion,
            test.estimate,
            test.control_low.unwrap_or(test.estimate),
            test.control_high.unwrap_or(test.estimate),
            test.p.unwrap_or(1.0),
        ));
    }
    sentences
}

fn table(tests: &[TestRow]) -> Block {
    let number = |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
    let shown = tests.iter().filter(|test| test.layer == ALL_LAYERS);
    let rows = shown
        .map(|test| {
            vec![
                test.network.clone(),
                test.comparison.clone(),
                test.emotion.clone(),
                number(Some(test.estimate)),
                number(test.control_low),
                number(test.control_high),
                number(test.p),
                number(test.q),
                test.n.to_string(),
            ]
        })
        .collect();
    Block::Table {
        caption: "Means and trends over layers, trained network, mean of the untrained ones, and the difference; p by joint permutation of labels (n: shuffles).".into(),
        header: ["network", "what", "emotion", "estimate", "shuffled, low", "high", "p", "q", "n"]
            .map(String::from)
            .to_vec(),
        rows,
    }
}

fn methods(experiment: &Experiment) -> Vec<Block> {
    let config = &experiment.config;
    let rule = match config.selection.rule {
        SelectionRule::Preprint2023 => {
            "In each picture set, a channel was called selective for the emotion with its largest tuning value (Liu et al., \
             preprint 2023)."
        }
        SelectionRule::Plos2024 => {
            "In each picture set the lowest 20 % of a layer's channels by selectivity index (d′) were dropped; the others were \
             called selective for the emotion with their largest d′ (Liu et al. 2024)."
        }
    };
    let responses = format!(
        "Responses are spatial means of the rectified feature maps before pooling. {rule} All pictures took part. A channel whose responses \
         do not vary is selective for nothing."
    );
    let overlap = vec![
        "The Jaccard index is the number of channels selective in both sets divided by the number selective in either. Its \
         chance level is that of two random channel sets of the same sizes from the same layer, whose overlap is \
         hypergeometric if channels are independent, which those of a layer are not: it describes and does not test. The test \
         is a joint permutation: labels are shuffled within each set, channels selected anew in all layers and networks, and p \
         is (1 + number of shuffles with at least the observed value) / (shuffles + 1); q is corrected by Benjamini and \
         Hochberg over layers and emotions of a network. For the band of the figure, "
            .into(),
        Span::Choice(format!("{} pairs of random sets", config.generalization.draws)),
        " were drawn.".into(),
    ];
    let shuffles = vec![
        "Labels were shuffled ".into(),
        Span::Choice(format!("{} times", config.generalization.permutations)),
        format!(
            ". {} networks of the same architecture with weights drawn anew (He initialisation) are the control without \
             training; the trained network minus their mean is compared with the same difference under shuffled labels.",
            config.network.random_networks
        )
        .into(),
    ];
    report::methods(vec![vec![responses.into()], overlap, shuffles])
}
