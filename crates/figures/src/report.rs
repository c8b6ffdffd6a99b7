//! The report: one HTML file that needs no network and no other file, and is whole without its script; or Markdown with
//! drawings beside it.

mod block;
mod claims;
mod document;
mod explorer;
mod markdown;
mod prose;

pub use block::Block;
pub use claims::{Claim, Verdict};
pub use explorer::{Explorer, ExplorerPanel};
pub use markdown::Markdown;
pub use prose::Span;

use crate::text::escape;
use block::{Page, list};
use std::fmt::Write;

/// A page of text, figures and tables.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Title of the page and first heading.
    pub title: String,
    /// The findings, one sentence each, at the top.
    pub summary: Vec<String>,
    /// A warning that nobody must miss, such as that the data are synthetic.
    pub notice: Option<String>,
    /// The body.
    pub sections: Vec<Section>,
}

/// A part of the report under its own heading.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// What follows it.
    pub blocks: Vec<Block>,
}

impl Report {
    /// The page as one HTML document; every text is escaped.
    ///
    /// # Examples
    /// ```
    /// use figures::{Block, Report, Section};
    ///
    /// let report = Report {
    ///     title: "A <study>".into(),
    ///     summary: vec!["Nothing was found.".into()],
    ///     notice: None,
    ///     sections: vec![Section { title: "Text".into(), blocks: vec![Block::Paragraph("Words.".into())] }],
    /// };
    /// assert!(report.html().contains("<h1>A &lt;study&gt;</h1>"));
    /// ```
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let mut page = Page::default();
        let sections: String =
            self.sections.iter().enumerate().map(|(index, section)| section.html(index + 1, &mut page)).collect();
        let body = format!(
            "<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n<h1>{title}</h1>\n{}{}</header>\n\
             {}<main id=\"main\" tabindex=\"-1\">\n{sections}</main>\n",
            self.notice_html(),
            list(&self.summary, "summary"),
            self.contents(),
        );
        document::html(&title, &page, &body)
    }

    fn notice_html(&self) -> String {
        let notice =
            |text: &String| format!("<p class=\"notice\" role=\"note\"><strong>{}</strong></p>\n", escape(text));
        self.notice.as_ref().map(notice).unwrap_or_default()
    }

    fn contents(&self) -> String {
        if self.sections.len() < 2 {
            return String::new();
        }
        let entry = |(index, section): (usize, &Section)| {
            format!("<li><a href=\"#s{}\">{}</a></li>\n", index + 1, escape(&section.title))
        };
        let entries: String = self.sections.iter().enumerate().map(entry).collect();
        format!("<nav aria-label=\"Contents\">\n<ol>\n{entries}</ol>\n</nav>\n")
    }
}

impl Section {
    fn html(&self, id: usize, page: &mut Page) -> String {
        let mut html = format!("<section aria-labelledby=\"s{id}\">\n<h2 id=\"s{id}\">{}</h2>\n", escape(&self.title));
        for block in &self.blocks {
            let _ = writeln!(html, "{}", block.html(page));
        }
        html + "</section>\n"
    }
}
