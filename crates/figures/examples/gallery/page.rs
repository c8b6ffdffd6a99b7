//! A report with every kind of block.

use crate::charts::{self, EMOTIONS, LAYERS, curves, names};
use figures::{Block, Claim, Explorer, ExplorerPanel, FigureError, Report, Section, Span, Verdict};

/// The name of a picture whose owner means harm.
pub const HOSTILE: &str = "<img src=https://evil.example/x onerror=\"alert('1')\">]]></script>\u{202e}gpj.jpg";

/// The report.
///
/// # Errors
/// A figure that cannot be drawn.
pub fn report() -> Result<Report, FigureError> {
    Ok(Report {
        title: "Emotion selectivity: a gallery of invented data".into(),
        summary: names(&[
            "Silencing selective channels lowers F1 most in conv5_3 (−43 %).",
            "Random channels of the same number change it by less than 4 % in every layer.",
            "Raising their gain helps up to α = 1.7 and harms beyond.",
        ]),
        notice: Some("Synthetic data: every number on this page is invented, to show what a report looks like.".into()),
        sections: vec![
            Section { title: "Claims".into(), blocks: vec![claims()] },
            Section { title: "Gain by layer and emotion".into(), blocks: vec![Block::Explorer(explorer()?)] },
            Section { title: "Figures".into(), blocks: figures()? },
            Section { title: "Tables".into(), blocks: vec![table()] },
            Section { title: "Methods".into(), blocks: methods() },
            Section { title: "How to cite".into(), blocks: cite() },
            Section { title: "How to repeat".into(), blocks: repeat() },
        ],
    })
}

fn claims() -> Block {
    let claim = |claim: &str, [source, published, ours, interval, p]: [&str; 5], verdict, reason: &str| Claim {
        claim: claim.into(),
        source: source.into(),
        published: published.into(),
        ours: ours.into(),
        interval: interval.into(),
        p: p.into(),
        verdict,
        reason: reason.into(),
    };
    Block::Claims {
        caption: "Claims of Liu et al. against invented estimates.".into(),
        claims: vec![
            claim(
                "Tuning quality rises with depth",
                ["Liu et al. 2024, Fig 2", "ρ = +0.90", "ρ = +0.91", "+0.720 to +0.970", "< .001 (q < .001)"],
                Verdict::Reached,
                "Spearman correlation with depth above 0, p < .05.",
            ),
            claim(
                "Silencing selective channels of a deep layer lowers F1 of pleasant pictures",
                ["Liu et al. 2024, Table 1", "−20 %", "−4.1 %", "−9.8 … 1.7 %", ".081"],
                Verdict::NotReached,
                "The interval includes 0.",
            ),
            claim(
                "Channels agree between IAPS and NAPS",
                ["Liu et al. 2023, Fig 3", "above chance", "", "", ""],
                Verdict::NotTestable,
                "Needs both picture sets; this run has drawn scenes only.",
            ),
        ],
    }
}

fn explorer() -> Result<Explorer, FigureError> {
    let mut panels = Vec::new();
    for layer in LAYERS {
        for (emotion, name) in EMOTIONS.into_iter().enumerate() {
            let figure = curves(layer, emotion).draw()?;
            let description = format!("Change of F1 over the gain of the {name} channels of {layer}.");
            let header = names(&["set", "best α", "change of F1 (%)"]);
            let rows = vec![names(&["drawn scenes", "1.7", "4.2"]), names(&["photographs", "1.5", "−0.3"])];
            let blocks = vec![
                Block::Figure { figure, caption: description.clone(), description },
                Block::Table { caption: format!("Best gains in {layer}."), header, rows },
            ];
            panels.push(ExplorerPanel { labels: names(&[layer, name]), blocks });
        }
    }
    Explorer::new("Change of F1 over the gain", &["layer", "emotion"], panels)
}

fn figures() -> Result<Vec<Block>, FigureError> {
    let block = |(name, figure)| Block::Figure {
        figure,
        caption: format!("The case {name}."),
        description: format!("The invented figure {name}."),
    };
    Ok(charts::all()?.into_iter().map(block).collect())
}

fn table() -> Block {
    Block::Table {
        caption: "Largest change per emotion.".into(),
        header: names(&["set", "emotion", "layer", "change of F1 (%)"]),
        rows: vec![
            names(&["drawn scenes", "pleasant", "conv5_3", "−43.2"]),
            names(&[HOSTILE, "neutral", "conv5_2", "−7.5"]),
        ],
    }
}

fn methods() -> Vec<Block> {
    let text = |text: &str| Span::Text(text.into());
    let choice = |text: &str| Span::Choice(text.into());
    vec![
        Block::Prose(vec![
            text("What no paper states is marked "),
            choice("like this"),
            text("; every such value is an option, such as "),
            Span::Code("heads.recipe".into()),
            text("."),
        ]),
        Block::Methods(vec![
            vec![
                text("Heads were trained with cross-entropy and "),
                choice("Adam"),
                text(" at a learning rate of 0.001 for 10 epochs, with "),
                choice("20 random splits"),
                text(" of the pictures."),
            ],
            vec![text("Intervals are 95 % percentile intervals of "), choice("1,000 bootstrap resamples"), text(".")],
        ]),
        Block::Heading("Settings".into()),
        Block::Preformatted(format!("[study]\nseed = 1\nname = \"<b>not bold</b>\"\npicture = \"{HOSTILE}\"\n")),
    ]
}

fn cite() -> Vec<Block> {
    let doi = "10.1371/journal.pcbi.1011943";
    vec![
        Block::Prose(vec![
            Span::Text("Liu, Bo, Ding & Fang (2024). PLOS Comput Biol 20(3): e1011943. ".into()),
            Span::Link { text: format!("doi:{doi}"), address: format!("https://doi.org/{doi}") },
        ]),
        Block::Copyable {
            label: "BibTeX".into(),
            text: format!(
                "@article{{liu2024,\n  title = {{Emergence of emotion selectivity}},\n  doi = {{{doi}}}\n}}\n"
            ),
        },
    ]
}

fn repeat() -> Vec<Block> {
    vec![
        Block::Paragraph("Two commands make this page:".into()),
        Block::Copyable {
            label: "Shell".into(),
            text: "git clone https://example.org/gainlab.git && cd gainlab\n\
                   cargo run -p figures --example gallery --release -- target/gallery\n"
                .into(),
        },
    ]
}
