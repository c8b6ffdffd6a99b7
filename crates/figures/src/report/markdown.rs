//! The report as Markdown with its drawings in files of their own, for a repository or a page of notes.

use std::fmt::Write;

use super::block::Block;
use super::claims::{self, Claim};
use super::prose::Span;
use super::{Report, Section};
use crate::figure::Figure;
use crate::text::escape;

/// A report as Markdown.
#[derive(Clone, Debug, PartialEq)]
pub struct Markdown {
    /// The text. It links the drawings by their names, as files beside it.
    pub text: String,
    /// The drawings with the names of their files, such as `figure-1.svg`.
    pub drawings: Vec<(String, Figure)>,
}

impl Report {
    /// The report as Markdown (GitHub's kind, for its tables). Panels of which a reader picks one are left to the page.
    ///
    /// Drawings that hold pictures are left out and named: licences of picture sets seldom allow copies of a report that
    /// lies in public.
    ///
    /// # Examples
    /// ```
    /// use figures::{Block, Report, Section};
    ///
    /// let report = Report {
    ///     title: "A study".into(),
    ///     summary: vec!["Nothing was found.".into()],
    ///     notice: Some("The data are synthetic.".into()),
    ///     sections: vec![Section { title: "Text".into(), blocks: vec![Block::Paragraph("2 * 3 words.".into())] }],
    /// };
    /// assert_eq!(
    ///     report.markdown().text,
    ///     "# A study\n\n> **The data are synthetic.**\n\n- Nothing was found.\n\n## Text\n\n2 \\* 3 words.\n"
    /// );
    /// ```
    pub fn markdown(&self) -> Markdown {
        let mut writer = Writer::default();
        writer.block(&format!("# {}", plain(&self.title)));
        if let Some(notice) = &self.notice {
            writer.block(&format!("> **{}**", plain(notice)));
        }
        writer.list(&self.summary);
        self.sections.iter().for_each(|section| writer.section(section));
        Markdown { text: writer.text.trim_end().to_owned() + "\n", drawings: writer.drawings }
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    drawings: Vec<(String, Figure)>,
    figures: usize,
    tables: usize,
}

impl Writer {
    fn block(&mut self, text: &str) {
        if !text.is_empty() {
            let _ = write!(self.text, "{text}\n\n");
        }
    }

    fn list(&mut self, items: &[String]) {
        self.block(&items.iter().map(|item| format!("- {}", plain(item))).collect::<Vec<_>>().join("\n"));
    }

    fn section(&mut self, section: &Section) {
        let shown = |block: &&Block| !matches!(block, Block::Explorer(_));
        if !section.blocks.iter().any(|block| shown(&block)) {
            return;
        }
        self.block(&format!("## {}", plain(&section.title)));
        section.blocks.iter().filter(shown).for_each(|block| self.piece(block));
    }

    fn piece(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.block(&format!("### {}", plain(text))),
            Block::Paragraph(text) => self.block(&plain(text)),
            Block::Prose(spans) => self.block(&prose(spans)),
            Block::Methods(paragraphs) => paragraphs.iter().for_each(|spans| self.block(&prose(spans))),
            Block::List(items) => self.list(items),
            Block::Preformatted(text) => self.block(&fenced(text)),
            Block::Copyable { label, text } => self.block(&format!("{}:\n\n{}", plain(label), fenced(text))),
            Block::Figure { figure, caption, .. } => self.figure(figure, caption),
            Block::Table { caption, header, rows } => self.table(caption, header, rows),
            Block::Claims { caption, claims } => {
                let caption = format!("{caption} {}", claims::tally(claims));
                let header = claims::HEADER.map(|(name, _)| name.to_owned());
                self.table(&caption, &header, &claims.iter().map(cells).collect::<Vec<_>>());
            }
            Block::Explorer(_) => {}
        }
    }

    fn figure(&mut self, figure: &Figure, caption: &str) {
        self.figures += 1;
        let (number, caption) = (self.figures, plain(caption));
        if figure.has_pictures() {
            return self
                .block(&format!("**Figure {number}.** {caption} (Not shown here: it holds pictures of the set.)"));
        }
        let name = format!("figure-{number}.svg");
        self.block(&format!("![Figure {number}]({name})\n\n**Figure {number}.** {caption}"));
        self.drawings.push((name, figure.clone()));
    }

    fn table(&mut self, caption: &str, header: &[String], rows: &[Vec<String>]) {
        self.tables += 1;
        let line = |cells: &[String]| {
            format!("| {} |\n", cells.iter().map(|cell| in_cell(cell)).collect::<Vec<_>>().join(" | "))
        };
        let rule = format!("|{}\n", " --- |".repeat(header.len()));
        let rows: String = rows.iter().map(|row| line(row)).collect();
        let text = format!("**Table {}.** {}\n\n{}{rule}{rows}", self.tables, plain(caption), line(header));
        self.block(text.trim_end());
    }
}

/// The cells of a claim, in the order of [`claims::HEADER`].
fn cells(claim: &Claim) -> Vec<String> {
    let reason = if claim.reason.is_empty() { String::new() } else { format!(": {}", claim.reason) };
    let verdict = format!("{}{reason}", claim.verdict.words());
    let Claim { claim, source, published, ours, interval, p, .. } = claim;
    let filled = [claim, source, published, ours, interval, p].map(|text| match text.as_str() {
        "" => "–".to_owned(),
        text => text.to_owned(),
    });
    filled.into_iter().chain([verdict]).collect()
}

/// Text whose characters mean nothing to Markdown or HTML.
fn plain(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if r"\`*_[]#|~".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escape(&escaped)
}

/// The same on one line, which is all that a cell has.
fn in_cell(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn prose(spans: &[Span]) -> String {
    let span = |span: &Span| match span {
        Span::Text(text) => plain(text),
        Span::Code(text) => format!("<code>{}</code>", plain(text)),
        Span::Choice(text) => format!("{} \\[choice\\]", plain(text)),
        Span::Link { text, address } if address.starts_with("https://") => {
            format!("[{}](<{}>)", plain(text), address.replace(['<', '>', '\n'], ""))
        }
        Span::Link { text, address } => format!("{} ({})", plain(text), plain(address)),
    };
    spans.iter().map(span).collect()
}

/// Text that keeps its lines, between fences longer than any that it holds.
fn fenced(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}\n{}\n{fence}", text.trim_end_matches('\n'))
}

#[cfg(test)]
mod tests {
    use super::super::{Explorer, ExplorerPanel, Verdict};
    use super::*;

    fn markdown(blocks: Vec<Block>) -> Markdown {
        let section = Section { title: "S".into(), blocks };
        Report { title: "T".into(), summary: vec![], notice: None, sections: vec![section] }.markdown()
    }

    #[test]
    fn cells_stay_in_their_columns_and_rows() {
        let cell = "a|b\nc <i>_d_</i>".to_owned();
        let table = Block::Table { caption: "Of x".into(), header: vec!["h".into()], rows: vec![vec![cell]] };
        let text = markdown(vec![table]).text;
        assert!(
            text.ends_with("**Table 1.** Of x\n\n| h |\n| --- |\n| a\\|b c &lt;i&gt;\\_d\\_&lt;/i&gt; |\n"),
            "{text}"
        );
    }

    #[test]
    fn claims_keep_their_verdicts_and_reasons() {
        let claim = Claim {
            claim: "It rises".into(),
            source: "a paper".into(),
            published: String::new(),
            ours: "+0.1".into(),
            interval: String::new(),
            p: "0.500".into(),
            verdict: Verdict::NotReached,
            reason: "39 draws".into(),
        };
        let text = markdown(vec![Block::Claims { caption: "All.".into(), claims: vec![claim] }]).text;
        assert!(text.contains("Of 1 claims: 0 reached, 1 not reached, 0 not testable here."), "{text}");
        assert!(text.ends_with("| It rises | a paper | – | +0.1 | – | 0.500 | not reached: 39 draws |\n"), "{text}");
    }

    #[test]
    fn names_cannot_rearrange_the_text_around_them() {
        let text = markdown(vec![Block::Paragraph("a\u{202e}b \"c\" #1".into())]).text;
        assert!(text.ends_with("a\u{fffd}b &quot;c&quot; \\#1\n"), "{text}");
    }

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        let text = markdown(vec![Block::Preformatted("a\n```\nb\n".into())]).text;
        assert!(text.ends_with("````\na\n```\nb\n````\n"), "{text}");
    }

    #[test]
    fn explorers_and_sections_of_nothing_else_are_left_out() {
        let panel = ExplorerPanel { labels: vec!["x".into()], blocks: vec![Block::Paragraph("Inside.".into())] };
        let explorer = Explorer::new("E", &["layer"], vec![panel]).expect("it has a panel");
        assert_eq!(markdown(vec![Block::Explorer(explorer)]).text, "# T\n");
    }
}
