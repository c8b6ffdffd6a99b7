//! The report of an attention run: one file that a person can mail.

use figures::{Block, Report, Section, Span};
use study::Experiment;
use study::report::{self, Drawing};
use study::rows::TestRow;
use study::sweep::GainTables;

use crate::summary;

/// The report as HTML.
pub fn html(experiment: &Experiment, tables: &GainTables, tests: &[TestRow], drawings: Vec<Drawing>) -> String {
    let heads = report::intact_heads(experiment, &tables.sweep);
    Report {
        title: format!("Gain on emotion-selective channels: {}", experiment.config.name),
        summary: summary::sentences(experiment, tests),
        notice: report::notice(experiment),
        sections: vec![
            Section { title: "Figures".into(), blocks: report::figures(drawings) },
            Section { title: "Recognition with the network intact".into(), blocks: vec![heads] },
            Section { title: "Picture sets".into(), blocks: report::sets(experiment) },
            Section { title: "Methods".into(), blocks: methods(experiment) },
            Section { title: "Provenance".into(), blocks: report::provenance(experiment) },
        ],
    }
    .html()
}

fn methods(experiment: &Experiment) -> Vec<Block> {
    let config = &experiment.config;
    let grid = config.attention();
    let controls: Vec<&str> = grid.controls.iter().map(|control| control.name()).collect();
    let (slopes, shared) = (grid.slopes(), grid.shared().len());
    let attention = vec![
        format!(
            "Attention multiplies the rectified output of all channels of a layer that are selective for an emotion by one \
             slope (1 + α), {} slopes from {} to {}. Controls are ",
            slopes.len(),
            slopes.first().copied().unwrap_or(1.0),
            slopes.last().copied().unwrap_or(1.0),
        )
        .into(),
        Span::Choice(format!("{} draws", grid.control_draws.unwrap_or(config.sweep.draws))),
        format!(
            " of as many channels of the same layer ({}), at {shared} of the slopes; best gains are chosen among these on both \
             sides. Slopes that follow from tuning values are max(0, 1 + αf) for every \
             channel, where f is its tuning value for the emotion (mean over the picture sets), two-sided or with negative f \
             set to 0 (Lindsay & Miller 2018); at all layers at once with a tenth of α.",
            controls.join(", "),
        )
        .into(),
    ];
    let gains = format!(
        "Primary choice of the best gain: in each split the gain with the highest AUC of the emotion's own head on validation \
             pictures (of equals the nearest to the intact network), whose change of AUC is then read on test pictures; beside it \
             the same by F1. As in the papers: the one gain with the highest mean change of F1 on the test pictures themselves, \
             which overstates the change. \
             Every random group is given the same choice over the same gains. p is (1 + number of draws at least as high) / \
             (draws + 1); q is corrected by Benjamini and Hochberg over layers, emotions and pairs of sets. Intervals are 95 % \
             percentile intervals of {} bootstrap resamples over test pictures and splits with the chosen gains held, so they do \
             not include the uncertainty of the choice.",
        config.sweep.bootstrap
    );
    let mut paragraphs = report::shared_methods(experiment);
    paragraphs.extend([attention, vec![gains.into()]]);
    report::methods(paragraphs)
}
