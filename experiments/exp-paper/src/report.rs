//! The report of the whole study: one file that a person can mail.

use figures::{Block, Claim, Report, Section, Span, Verdict};
use study::Experiment;
use study::report;
use study::rows::{AnovaLayerRow, ClaimRow};

use exp_selectivity::anova;

use crate::calibration::Measured;
use crate::claims::{self, CLAIMS};
use crate::methods;
use crate::parts::Part;
use crate::summary;

/// What the report is made of.
pub struct Contents<'a> {
    /// The experiment, for sets, network and configuration.
    pub experiment: &'a Experiment,
    /// The claims.
    pub claims: &'a [ClaimRow],
    /// How often each claim is reached by shuffled labels, where that was measured.
    pub calibration: &'a Measured,
    /// How often planted effects are found, where that was measured.
    pub power: Vec<Block>,
    /// The explorer.
    pub explorer: Block,
    /// The figures of every part.
    pub figures: Vec<(Part, Vec<Block>)>,
    /// Effects of emotion and object category by layer.
    pub anova: &'a [AnovaLayerRow],
    /// F1 of the heads with the network intact.
    pub heads: Block,
}

/// The report.
pub fn report(contents: Contents<'_>) -> Report {
    let Contents { experiment, claims, calibration, power, explorer, figures, anova: effects, heads } = contents;
    let judged = published(claims, calibration).into_iter().chain(power).collect();
    let mut sections = vec![section("Claims", judged), section("Explore", vec![explorer])];
    sections.extend(figures.into_iter().map(|(part, blocks)| section(part.title(), blocks)));
    sections.extend([
        section(anova::TITLE, anova::blocks(experiment, effects)),
        section("Recognition with the network intact", vec![heads]),
        section("Picture sets", report::sets(experiment)),
        section("Methods", report::methods(methods::paragraphs(experiment))),
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
}

fn section(title: &str, blocks: Vec<Block>) -> Section {
    Section { title: title.into(), blocks }
}

fn published(claims: &[ClaimRow], calibration: &Measured) -> Vec<Block> {
    vec![
        Block::Table {
            caption: format!(
                "Claims, when each counts as reached, and where it is. The rules are choices of this program, fixed before any \
                 result was looked at. {}",
                match calibration.places().next() {
                    Some(_) => "Shuffled labels: in how many repetitions of the study on shuffled labels the claim was reached at \
                                any place; chance channels: with labels shuffled only where they choose channels.",
                    None => "How often shuffled labels reach a claim on these pictures was not measured; exp-paper calibrate \
                             does.",
                }
            ),
            header: ["claim", "reached", "shuffled labels", "reached if", "what is estimated", "source"]
                .map(String::from)
                .to_vec(),
            rows: CLAIMS.iter().map(|claim| overview(claim, claims, calibration)).collect(),
        },
        Block::Claims {
            caption: "Every claim at every set and emotion; the same as tables/claims.csv. q, which decides, is p corrected over \
                      the rows of a claim."
                .into(),
            claims: claims.iter().map(row).collect(),
        },
    ]
}

/// A claim over all its places.
fn overview(claim: &claims::Claim, rows: &[ClaimRow], calibration: &Measured) -> Vec<String> {
    let own: Vec<&ClaimRow> = rows.iter().filter(|row| row.claim == claim.id).collect();
    let count = |verdict: Verdict| own.iter().filter(|row| row.verdict == verdict.words()).count();
    let (reached, testable) = (count(Verdict::Reached), own.len() - count(Verdict::NotTestable));
    let outcome =
        if testable == 0 { Verdict::NotTestable.words().into() } else { format!("at {reached} of {testable} places") };
    let quantity = own.iter().map(|row| row.quantity.clone()).find(|quantity| !quantity.is_empty());
    vec![
        claim.statement.into(),
        outcome,
        calibration.rates(claim.id),
        claim.rule.into(),
        quantity.unwrap_or_default(),
        claim.source.into(),
    ]
}

fn row(row: &ClaimRow) -> Claim {
    let number = Number::of(row);
    let interval = row.ci_low.zip(row.ci_high);
    let p = row.p.zip(row.q).map(|(p, q)| format!("{} (q {})", small(p), small(q)));
    Claim {
        claim: format!("{} ({})", row.statement.trim_end_matches('.'), row.place),
        source: row.source.clone(),
        published: row.published.map(|value| format!("{value:.2}")).unwrap_or_default(),
        ours: row.estimate.map(|estimate| number.with_unit(estimate)).unwrap_or_default(),
        interval: interval
            .map(|(low, high)| format!("{} to {}", number.plain(low), number.plain(high)))
            .unwrap_or_default(),
        p: p.unwrap_or_default(),
        verdict: Verdict::ALL
            .into_iter()
            .find(|verdict| verdict.words() == row.verdict)
            .unwrap_or(Verdict::NotTestable),
        reason: reason(row, &number),
    }
}

/// The remark, and where the estimate would lie if nothing were there.
fn reason(row: &ClaimRow, number: &Number) -> String {
    let null = row
        .null_low
        .zip(row.null_high)
        .map(|(low, high)| format!("where nothing is: {} to {}", number.plain(low), number.plain(high)));
    [Some(row.remark.clone()), null]
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// How an estimate is written: it follows from what is estimated.
enum Number {
    /// A change in percent.
    Percent,
    /// A rank correlation.
    Correlation,
    /// A score from 0 to 1.
    Score,
    /// A difference of indices.
    Difference,
}

impl Number {
    fn of(row: &ClaimRow) -> Self {
        match row.quantity.as_str() {
            quantity if quantity.contains('%') => Number::Percent,
            quantity if quantity.starts_with('ρ') => Number::Correlation,
            _ if row.published.is_some() => Number::Score,
            _ => Number::Difference,
        }
    }

    fn plain(&self, value: f64) -> String {
        let text = match self {
            Number::Percent => format!("{value:+.1}"),
            Number::Correlation => format!("{value:+.2}"),
            Number::Score => format!("{value:.2}"),
            Number::Difference => format!("{value:+.3}"),
        };
        text.replace('-', "\u{2212}")
    }

    fn with_unit(&self, value: f64) -> String {
        let text = self.plain(value);
        match self {
            Number::Percent => format!("{text} %"),
            Number::Correlation => format!("ρ = {text}"),
            Number::Score => format!("F1 = {text}"),
            Number::Difference => text,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_after_what_they_are() {
        assert_eq!(Number::Percent.with_unit(-27.131), "−27.1 %");
        assert_eq!(Number::Correlation.with_unit(0.9945), "ρ = +0.99");
        assert_eq!(Number::Score.with_unit(0.625), "F1 = 0.62");
        assert_eq!(Number::Difference.plain(-0.0541), "−0.054");
        assert_eq!((small(0.025), small(0.000_2)), ("0.025".into(), "< .001".into()));
    }
}
