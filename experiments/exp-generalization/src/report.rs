//! The report of a generalization run: one file that a person can mail.

use figures::{Block, Report, Section, Span};
use study::Experiment;
use study::config::{SelectionPictures, SelectionRule};
use study::report::{self, Drawing};
use study::rows::{OverlapRow, TestRow};

use crate::analysis::{AGAINST_RANDOM, TREND};
use crate::drawings::ALPHA;

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
                 would be {chance:.3}; {sure} of {} single overlaps are above chance (q < {ALPHA}).",
                own.len(),
            )
        })
        .collect();
    for test in tests.iter().filter(|test| test.comparison == AGAINST_RANDOM) {
        sentences.push(format!(
            "For {}, the trained network's index minus that of the random networks is {:+.3} on average over layers \
             (95 % CI {:+.3} to {:+.3}).",
            test.emotion,
            test.estimate,
            test.ci_low.unwrap_or(test.estimate),
            test.ci_high.unwrap_or(test.estimate),
        ));
    }
    sentences
}

fn table(tests: &[TestRow]) -> Block {
    let number = |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
    let shown = tests.iter().filter(|test| test.comparison == TREND || test.comparison == AGAINST_RANDOM);
    let rows = shown
        .map(|test| {
            vec![
                test.network.clone(),
                test.comparison.clone(),
                test.emotion.clone(),
                number(Some(test.estimate)),
                number(test.ci_low),
                number(test.ci_high),
                number(test.p),
                number(test.q),
                test.n.to_string(),
            ]
        })
        .collect();
    Block::Table {
        caption: "Trends over layers (n: layers) and comparison with untrained networks (n: networks).".into(),
        header: ["network", "what", "emotion", "estimate", "CI low", "CI high", "p", "q", "n"]
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
    let pictures = match config.selection.pictures {
        SelectionPictures::All => "All pictures took part.",
        SelectionPictures::Train => "Only training pictures took part.",
    };
    let responses = format!(
        "Responses are spatial means of the rectified feature maps before pooling. {rule} {pictures} A channel whose responses \
         do not vary is selective for nothing."
    );
    let overlap = vec![
        "The Jaccard index is the number of channels selective in both sets divided by the number selective in either. Its \
         chance level is that of two random channel sets of the same sizes from the same layer, whose overlap is \
         hypergeometric; p is the exact probability of as many shared channels or more, q is corrected by Benjamini and \
         Hochberg over layers and emotions of a network. Beside it, "
            .into(),
        Span::Choice(format!("{} pairs of random sets", config.generalization.draws)),
        " were drawn.".into(),
    ];
    let intervals = vec![
        format!(
            "Intervals are 95 % percentile intervals of {} bootstrap resamples: ",
            config.generalization.bootstrap
        )
        .into(),
        Span::Choice("over the channels of a layer for a Jaccard index, over layers for trends and differences".into()),
        format!(
            ". {} networks of the same architecture with weights drawn anew (He initialisation) are the control without \
             training; p against them is (1 + number of networks with at least the trained mean) / (networks + 1).",
            config.network.random_networks
        )
        .into(),
    ];
    report::methods(vec![vec![responses.into()], overlap, intervals])
}
