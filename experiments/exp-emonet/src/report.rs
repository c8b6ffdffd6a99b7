//! The report of exp-emonet.

use figures::{Block, Claim, Report, Section, Span, Verdict};
use study::manifest;
use study::report::{self as shared, Drawing};
use study::rows::ClaimRow;
use vgg_core::Preprocessing;

use crate::findings::Findings;
use crate::opened::Opened;
use crate::scored::Scored;

/// The report as HTML.
pub fn html(
    opened: &Opened,
    scored: &[Scored],
    found: &Findings,
    claims: &[ClaimRow],
    drawings: Vec<Drawing>,
) -> String {
    let section = |title: &str, blocks: Vec<Block>| Section { title: title.into(), blocks };
    Report {
        title: format!("Emotions read from an AlexNet: {}", opened.config.name),
        summary: summary(&scored[0], found, claims),
        notice: opened.notice(),
        sections: vec![
            section("Claims", vec![claims_table(claims)]),
            section("Accuracy", vec![accuracies(found)]),
            section("The figure", shared::figures(drawings)),
            section(
                "Frames",
                vec![Block::Preformatted(format!(
                    "{}\n{}",
                    opened.frames.name,
                    opened.frames.notes.to_string().trim_end()
                ))],
            ),
            section("Methods", shared::methods(methods(opened, &scored[0]))),
            section("Provenance", provenance(opened)),
            section("How to cite", cite()),
        ],
    }
    .html()
}

fn summary(shown: &Scored, found: &Findings, claims: &[ClaimRow]) -> Vec<String> {
    let count = |verdict: Verdict| claims.iter().filter(|row| row.verdict == verdict.words()).count();
    let mut sentences = vec![format!(
        "Of {} published claims {} are reached here, {} are not, {} cannot be tested.",
        claims.len(),
        count(Verdict::Reached),
        count(Verdict::NotReached),
        count(Verdict::NotTestable)
    )];
    let top = found.accuracies.iter().find(|row| row.scores == shown.name && row.k == 1 && row.average == "plain");
    sentences.extend(top.map(|row| {
        format!(
            "The most probable class is the true one in {:.1} % of {} test frames of {} videos (95 % CI {:.1} to {:.1}; shuffled \
             labels {:.1} %, the most frequent class {:.1} %).",
            100.0 * row.accuracy,
            row.frames,
            row.groups,
            100.0 * row.ci_low,
            100.0 * row.ci_high,
            100.0 * row.chance,
            100.0 * row.constant
        )
    }));
    sentences
}

fn claims_table(claims: &[ClaimRow]) -> Block {
    let number = |value: f64| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.3}") };
    let row = |row: &ClaimRow| Claim {
        claim: row.statement.clone(),
        source: row.source.clone(),
        published: row.published.map(number).unwrap_or_default(),
        ours: row.estimate.map(number).unwrap_or_default(),
        interval: row.ci_low.zip(row.ci_high).map(|(low, high)| format!("{low:.3} to {high:.3}")).unwrap_or_default(),
        p: row.p.map(|p| format!("{p:.4}")).unwrap_or_default(),
        verdict: Verdict::ALL
            .into_iter()
            .find(|verdict| verdict.words() == row.verdict)
            .unwrap_or(Verdict::NotTestable),
        reason: [format!("reached if {}", row.rule), row.remark.clone()]
            .into_iter()
            .filter(|text| !text.is_empty() && text != "reached if none here")
            .collect::<Vec<_>>()
            .join("; "),
    };
    Block::Claims {
        caption: "What the paper claims, and what this run says; the same as tables/claims.csv.".into(),
        claims: claims.iter().map(row).collect(),
    }
}

fn accuracies(found: &Findings) -> Block {
    let row = |row: &crate::rows::AccuracyRow| {
        vec![
            format!("{}, top-{}, {}", row.scores, row.k, row.average),
            format!("{:.3}", row.accuracy),
            format!("{:.3} to {:.3}", row.ci_low, row.ci_high),
            format!("{:.3}", row.chance),
            format!("{:.3}", row.constant),
            row.p.map(|p| format!("{p:.4}")).unwrap_or_default(),
        ]
    };
    Block::Table {
        caption: "Accuracy over test frames: plain, where frames count alike, and balanced, where classes do; intervals resample \
                  videos. own: the network's class scores; sgd: trained here as in the paper; converged: trained here to the end."
            .into(),
        header: ["scores", "accuracy", "95 % CI", "chance", "constant answer", "p"].map(String::from).to_vec(),
        rows: found.accuracies.iter().map(row).collect(),
    }
}

fn methods(opened: &Opened, shown: &Scored) -> Vec<Vec<Span>> {
    let training = &opened.config.training;
    let panels = &opened.config.panels;
    let scores = match shown.name {
        "own" => "Class scores are the network's own.".to_string(),
        "converged" => {
            "Class scores are a multinomial logistic regression on frozen features, its L2 penalty chosen on a fifth of each \
             class's training videos."
                .into()
        }
        _ => format!(
            "All weights but the last layer's are frozen. The class scores are trained by stochastic gradient descent with \
             momentum (learning rate {}, momentum {}, L2 penalty {}, batches of {}, {} epochs).",
            training.learning_rate, training.momentum, training.penalty, training.batch, training.epochs
        ),
    };
    vec![
        vec![
            preprocessing(&opened.checkpoint.preprocessing).into(),
            format!(" {scores} ").into(),
            Span::Choice("Momentum, penalty, epochs and the order of frames are MATLAB's defaults".into()),
            ".".into(),
        ],
        vec![
            "Layers are taken before their activation, as MATLAB's activations() gives them. Panel B and E: exact t-SNE with \
             MATLAB's defaults "
                .into(),
            Span::Choice(format!("(perplexity {}, {} iterations; points are frames)", panels.perplexity, panels.iterations)),
            format!(
                ". Panel D: SIMPLS with {} components on spatial means of channels, fitted on training frames, tested on the others. \
                 Panel F: Ward's clusters of 1 − (C + Cᵀ)/2; their number by binomial tests against base rates. Intervals resample \
                 videos ({} times); p from {} shuffles of labels between videos.",
                panels.components, panels.bootstrap, panels.permutations
            )
            .into(),
        ],
    ]
}

/// How frames became inputs, in words: what users of EmoNet's ports do differently.
fn preprocessing(of: &Preprocessing) -> String {
    let mean = match &of.mean_picture {
        Some(picture) => format!("a mean picture (sha256 {}…)", &picture.sha256()[..12]),
        None => format!("the colour {:?}", of.mean),
    };
    let resize = match of.resize {
        vgg_core::Resize::Squash => "both sides",
        vgg_core::Resize::Shorter => "the shorter side",
        vgg_core::Resize::None => "neither side",
    };
    format!(
        "Frames: {resize} resized to {} pixels ({:?} filter), {:?} values times {}, minus {mean}, divided by {:?}.",
        of.shorter_side, of.filter, of.order, of.scale, of.sd
    )
}

fn provenance(opened: &Opened) -> Vec<Block> {
    let origin = &opened.checkpoint.origin;
    let rows = [
        ("plan", opened.plan.clone()),
        ("version", env!("CARGO_PKG_VERSION").into()),
        ("crates", manifest::crates().join(", ")),
        ("weights", format!("{} ({})", opened.checkpoint.architecture.name(), origin.source)),
        ("weights sha256", opened.weights_sha256.clone()),
        ("frames sha256", opened.frames_sha256.clone()),
    ];
    vec![
        Block::Table {
            caption: "Where the numbers come from; manifest.json has the commit, the command and the times.".into(),
            header: ["what", "value"].map(String::from).to_vec(),
            rows: rows.into_iter().map(|(what, value)| vec![what.into(), value]).collect(),
        },
        Block::Paragraph(
            "The configuration of this run; save it as a file and give it to --config to repeat the run:".into(),
        ),
        Block::Copyable { label: "Configuration".into(), text: opened.config.to_toml() },
    ]
}

fn cite() -> Vec<Block> {
    vec![Block::Copyable {
        label: "Text".into(),
        text: "Kragel PA, Reddan MC, LaBar KS, Wager TD (2019) Emotion schemas are embedded in the human visual system. Science \
               Advances 5: eaaw4358. https://doi.org/10.1126/sciadv.aaw4358"
            .into(),
    }]
}
