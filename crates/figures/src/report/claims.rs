//! What was claimed, what was found, and whether the claim holds.

use crate::text::escape;

/// A published claim beside our own estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What was claimed, in a sentence.
    pub claim: String,
    /// Where: the paper, and its figure, table or equation.
    pub source: String,
    /// The published value, or the words that stand for one.
    pub published: String,
    /// Our estimate with its unit; empty where there is none.
    pub ours: String,
    /// The 95 % confidence interval of our estimate; empty where there is none.
    pub interval: String,
    /// The p-value of the test behind the verdict; empty where there is none.
    pub p: String,
    /// Whether the claim holds here.
    pub verdict: Verdict,
    /// Why, in a short sentence: the rule that was applied, or what is missing for a test.
    pub reason: String,
}

/// Whether a claim holds here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Our data show what was claimed.
    Reached,
    /// Our data could have shown it and did not.
    NotReached,
    /// These data, or this network, cannot tell.
    NotTestable,
}

impl Verdict {
    /// Every verdict, in the order of the tally.
    pub const ALL: [Verdict; 3] = [Verdict::Reached, Verdict::NotReached, Verdict::NotTestable];

    /// The verdict in words, as the table has it.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Reached => "reached",
            Verdict::NotReached => "not reached",
            Verdict::NotTestable => "not testable here",
        }
    }

    fn symbol(self) -> &'static str {
        match self {
            Verdict::Reached => "✓",
            Verdict::NotReached => "✗",
            Verdict::NotTestable => "○",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Verdict::Reached => "reached",
            Verdict::NotReached => "not-reached",
            Verdict::NotTestable => "not-testable",
        }
    }

    fn html(self) -> String {
        let (class, symbol, words) = (self.class(), self.symbol(), self.words());
        format!("<span class=\"verdict {class}\"><span aria-hidden=\"true\">{symbol}</span> {words}</span>")
    }
}

/// The columns: their names and the classes of their cells.
pub(super) const HEADER: [(&str, &str); 7] = [
    ("claim", "claim"),
    ("source", "source"),
    ("published", "published"),
    ("ours", "estimate"),
    ("95 % CI", "estimate"),
    ("p", "estimate"),
    ("verdict", "outcome"),
];

/// The table of all claims, with how many of them came out how.
///
/// The roles are written out, since a narrow screen shows the rows as cards, and browsers may then forget that they
/// are a table.
pub(super) fn table(label: &str, caption: &str, claims: &[Claim]) -> String {
    let head: String =
        HEADER.iter().map(|(name, _)| format!("<th scope=\"col\" role=\"columnheader\">{name}</th>")).collect();
    let rows: String = claims.iter().map(Claim::row).collect();
    let label = escape(label);
    format!(
        "<div class=\"table claims\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table role=\"table\">\n\
         <caption><span><b>{label}.</b> {} <span class=\"tally\">{}</span></span></caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\">{head}</tr></thead>\n<tbody role=\"rowgroup\">\n{rows}</tbody>\n\
         </table>\n</div>\n",
        escape(caption),
        tally(claims)
    )
}

/// How many claims came out how.
pub(super) fn tally(claims: &[Claim]) -> String {
    let count = |verdict| claims.iter().filter(|claim| claim.verdict == verdict).count();
    let parts = Verdict::ALL.map(|verdict| format!("{} {}", count(verdict), verdict.words()));
    format!("Of {} claims: {}.", claims.len(), parts.join(", "))
}

impl Claim {
    fn row(&self) -> String {
        let reason = format!("<span class=\"reason\">{}</span>", escape(&self.reason));
        let texts =
            [&self.source, &self.published, &self.ours, &self.interval, &self.p].map(|text| match text.as_str() {
                "" => "–".to_string(),
                text => escape(text),
            });
        let contents = texts.into_iter().chain([format!("<div>{}{reason}</div>", self.verdict.html())]);
        let cells: String = HEADER[1..].iter().zip(contents).map(|(column, content)| cell(column, &content)).collect();
        format!("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th>{cells}</tr>\n", escape(&self.claim))
    }
}

/// A cell that knows its column, which a narrow screen writes before it.
fn cell((name, class): &(&str, &str), content: &str) -> String {
    format!("<td role=\"cell\" class=\"{class}\" data-column=\"{name}\">{content}</td>")
}
