//! The report of the whole study: one file that a person can mail.

use figures::{Block, Claim, Report, Section, Span, Verdict};
use study::Experiment;
use study::report;
use study::rows::ClaimRow;

use crate::claims::CLAIMS;
use crate::methods;
use crate::parts::Part;
use crate::summary;

/// What the report is made of.
pub struct Contents<'a> {
    /// The experiment, for sets, network and configuration.
    pub experiment: &'a Experiment,
    /// The claims.
    pub claims: &'a [ClaimRow],
    /// The explorer.
    pub explorer: Block,
    /// The figures of every part.
    pub figures: Vec<(Part, Vec<Block>)>,
    /// F1 of the heads with the network intact.
    pub heads: Block,
}

/// The report as HTML.
pub fn html(contents: Contents<'_>) -> String {
    let Contents { experiment, claims, explorer, figures, heads } = contents;
    let mut sections =
        vec![section("Published claims", published(claims)), section("One layer, one emotion", vec![explorer])];
    sections.extend(figures.into_iter().map(|(part, blocks)| section(part.title(), blocks)));
    sections.extend([
        section("Recognition with the network intact", vec![heads]),
        section("Picture sets", report::sets(experiment)),
        section("Methods", vec![Block::Methods(methods::paragraphs(experiment))]),
        section("Provenance", report::provenance(experiment)),
        section("How to cite", citation()),
        section("How to repeat", repetition(experiment)),
    ]);
    Report {
        title: format!("Emotion-selective channels, from tuning to causes: {}", experiment.config.name),
        summary: summary::sentences(claims),
        notice: report::notice(experiment),
        sections,
    }
    .html()
}

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.into(), blocks }
}

fn published(claims: &[ClaimRow]) -> Vec<Block> {
    let rules = CLAIMS.iter().map(|claim| vec![claim.statement.into(), claim.source.into(), claim.rule.into()]);
    vec![
        Block::Claims {
            caption: "What was published and what this run says, at every set and emotion; the same as tables/claims.csv. p is \
                      followed by q, corrected over the rows of a claim; verdicts follow from q."
                .into(),
            claims: claims.iter().map(row).collect(),
        },
        Block::Table {
            caption: "When a claim counts as reached. The rules are choices of this program, fixed before any result was looked \
                      at."
                .into(),
            header: ["claim", "source", "rule"].map(String::from).to_vec(),
            rows: rules.collect(),
        },
    ]
}

fn row(row: &ClaimRow) -> Claim {
    let decimals = if row.quantity.contains('%') { 1 } else { 3 };
    let signed = |value: f64| format!("{value:+.decimals$}");
    let value = |value: f64| if row.published.is_some() { format!("{value:.3}") } else { signed(value) };
    let interval = row.ci_low.zip(row.ci_high).map(|(low, high)| format!("{} to {}", value(low), value(high)));
    let p = row.p.map(|p| match row.q {
        Some(q) => format!("{} (q {})", small(p), small(q)),
        None => small(p),
    });
    Claim {
        claim: format!("{} [{}]", row.statement, row.place),
        source: row.source.clone(),
        published: row.published.map(|value| format!("{value:.2}")).unwrap_or_default(),
        ours: row.estimate.map(|estimate| format!("{} {}", value(estimate), row.quantity)).unwrap_or_default(),
        interval: interval.unwrap_or_default(),
        p: p.unwrap_or_default(),
        verdict: Verdict::ALL
            .into_iter()
            .find(|verdict| verdict.words() == row.verdict)
            .unwrap_or(Verdict::NotTestable),
        reason: row.remark.clone(),
    }
}

/// A probability with three digits, or that it is smaller than they can show.
fn small(p: f64) -> String {
    if p < 0.001 { "< .001".into() } else { format!("{p:.3}") }
}

fn citation() -> Vec<Block> {
    let version = env!("CARGO_PKG_VERSION");
    let program = format!(
        "@software{{gainlab,\n  title = {{gainlab: causal experiments on emotion-selective channels}},\n  \
         author = {{{{The gainlab authors}}}},\n  version = {{{version}}}\n}}"
    );
    let paper = "@article{liu2024emergence,\n  title = {Emergence of Emotion Selectivity in Deep Neural Networks Trained to \
                 Recognize Visual Objects},\n  author = {Liu, Peng and Bo, Ke and Ding, Mingzhou and Fang, Ruogu},\n  \
                 journal = {PLOS Computational Biology},\n  volume = {20},\n  number = {3},\n  pages = {e1011943},\n  \
                 year = {2024},\n  doi = {10.1371/journal.pcbi.1011943}\n}";
    vec![
        Block::Paragraph("Cite the program with its version, and the study that it repeats:".into()),
        Block::Copyable { label: "BibTeX".into(), text: format!("{program}\n\n{paper}") },
    ]
}

fn repetition(experiment: &Experiment) -> Vec<Block> {
    let name = &experiment.config.name;
    let line = |program: &str, more: &str| format!("cargo run -p {program} --release -- {more}");
    let whole = line("exp-paper", &format!("--config config.toml --out repeated-{name}"));
    let part =
        |part: Part| line(part.program(), &format!("--config config.toml --out repeated-{name}-{}", part.name()));
    vec![
        Block::Prose(vec![
            "The file ".into(),
            Span::Code("config.toml".into()),
            " beside this report (and above, under Provenance) holds every value. In the folder of the program, with that file \
             copied there:"
                .into(),
        ]),
        Block::Copyable { label: "Shell".into(), text: whole },
        Block::Paragraph("One part alone, with the same numbers:".into()),
        Block::Copyable { label: "Shell".into(), text: Part::ALL.map(part).join("\n") },
    ]
}
