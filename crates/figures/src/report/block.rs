//! The pieces of a section as HTML.

use super::claims::{self, Claim};
use super::explorer::Explorer;
use super::prose::{Span, paragraph};
use crate::figure::Figure;
use crate::text::escape;
use std::collections::BTreeSet;

/// A piece of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading below that of the section.
    Heading(String),
    /// Running text.
    Paragraph(String),
    /// Running text with code, links and marked choices.
    Prose(Vec<Span>),
    /// A list of points.
    List(Vec<String>),
    /// A drawing; the report numbers it.
    Figure {
        /// The drawing.
        figure: Figure,
        /// Stands below it; may be empty where the drawing has its own caption.
        caption: String,
        /// What the drawing shows, for readers who do not see it.
        description: String,
    },
    /// A table; the report numbers it. The first cell of a row names the row; cells that are numbers are set to the
    /// right.
    Table {
        /// Stands above it.
        caption: String,
        /// Names of the columns.
        header: Vec<String>,
        /// The cells, row by row.
        rows: Vec<Vec<String>>,
    },
    /// Published claims with our estimates and verdicts, as a table that the report numbers. None is ever hidden.
    Claims {
        /// Stands above the table; the tally of the verdicts follows it.
        caption: String,
        /// The claims, one row each.
        claims: Vec<Claim>,
    },
    /// Panels of which the reader picks one.
    Explorer(Explorer),
    /// Text that keeps its line breaks and spaces, such as a configuration.
    Preformatted(String),
    /// The same with a button that copies it: a command, a reference.
    Copyable {
        /// What it is, such as "Shell" or "BibTeX"; stands above it.
        label: String,
        /// What is shown and copied.
        text: String,
    },
    /// Paragraphs of methods text, ready to paste: a button copies them all, with the marks of their choices.
    Methods(Vec<Vec<Span>>),
}

impl Block {
    pub(super) fn html(&self, page: &mut Page) -> String {
        match self {
            Block::Heading(text) => format!("<h3>{}</h3>\n", escape(text)),
            Block::Paragraph(text) => format!("<p>{}</p>\n", escape(text)),
            Block::Prose(spans) => paragraph(spans),
            Block::List(items) => list(items, "points"),
            Block::Preformatted(text) => format!("<pre tabindex=\"0\">{}</pre>\n", escape(text)),
            Block::Copyable { label, text } => {
                copyable(label, &format!("<pre tabindex=\"0\">{}</pre>\n", escape(text)))
            }
            Block::Methods(paragraphs) => {
                copyable("Methods text", &paragraphs.iter().map(|spans| paragraph(spans)).collect::<String>())
            }
            Block::Figure { figure, caption, description } => figure_html(figure, caption, description, page),
            Block::Table { caption, header, rows } => table_html(caption, header, rows, &page.next_table()),
            Block::Claims { caption, claims } => claims::table(&page.next_table(), caption, claims),
            Block::Explorer(explorer) => explorer.html(page),
        }
    }
}

/// What the blocks of a page share: how many came so far, and the widths of drawings.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    pub figures: usize,
    pub tables: usize,
    pub explorers: usize,
    /// The panel of an explorer that the next block stands in; empty outside.
    pub panel: String,
    /// Least widths of drawings, in px.
    pub widths: BTreeSet<u32>,
    /// Whether any drawing holds pictures.
    pub pictures: bool,
}

impl Page {
    fn next_figure(&mut self) -> String {
        self.figures += 1;
        self.label("Figure", self.figures)
    }

    fn next_table(&mut self) -> String {
        self.tables += 1;
        self.label("Table", self.tables)
    }

    /// Panels of an explorer share a number, and differ by their labels.
    fn label(&self, kind: &str, number: usize) -> String {
        if self.panel.is_empty() { format!("{kind} {number}") } else { format!("{kind} {number} ({})", self.panel) }
    }

    /// Style rules for what was put on the page. They are rules, since the policy forbids style attributes.
    pub fn rules(&self) -> String {
        self.widths
            .iter()
            .map(|width| format!("@media screen {{ .least-{width} {{ min-width: {width}px; }} }}\n"))
            .collect()
    }
}

/// A list of plain texts; nothing for an empty one.
pub(super) fn list(items: &[String], class: &str) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
    format!("<ul class=\"{class}\">\n{items}</ul>\n")
}

/// Content with a label, to which the script adds a button.
fn copyable(label: &str, content: &str) -> String {
    let label = escape(label);
    format!(
        "<div class=\"copyable\" role=\"group\" aria-label=\"{label}\">\n<p class=\"label\">{label}</p>\n\
         <div class=\"content\">{content}</div>\n</div>\n"
    )
}

/// A drawing on its own card; on a narrow screen it scrolls sideways instead of shrinking beyond legibility.
fn figure_html(figure: &Figure, caption: &str, description: &str, page: &mut Page) -> String {
    let label = escape(&page.next_figure());
    let least = (figure.size().0 * 0.8).round() as u32;
    page.widths.insert(least);
    page.pictures |= figure.has_pictures();
    let values = if figure.has_values() { " data-values" } else { "" };
    format!(
        "<figure>\n<div class=\"drawing\" tabindex=\"0\" role=\"group\" aria-label=\"{label}\"{values}>\n\
         {}</div>\n\
         <figcaption><b>{label}.</b> {}</figcaption>\n</figure>\n",
        figure.inline(&format!("least-{least}"), description),
        escape(caption)
    )
}

/// A table on its own card, which scrolls sideways where the screen is too narrow.
fn table_html(caption: &str, header: &[String], rows: &[Vec<String>], label: &str) -> String {
    let label = escape(label);
    let name = |(index, name): (usize, &String)| {
        let mut cells = rows.iter().filter_map(|cells| cells.get(index)).filter(|text| !text.is_empty()).peekable();
        let numbers = cells.peek().is_some() && cells.all(|text| is_number(text));
        format!("<th scope=\"col\"{}>{}</th>", number_class(numbers), escape(name))
    };
    let head: String = header.iter().enumerate().map(name).collect();
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    format!(
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"{label}\">\n<table>\n\
         <caption><span><b>{label}.</b> {}</span></caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n</div>\n",
        escape(caption)
    )
}

fn row(cells: &[String]) -> String {
    let cell = |(index, text): (usize, &String)| {
        let class = if is_word(text) { " class=\"word\"" } else { number_class(is_number(text)) };
        match index {
            // A header without text would be announced as one.
            0 if !text.is_empty() => format!("<th scope=\"row\"{class}>{}</th>", escape(text)),
            _ => format!("<td{class}>{}</td>", escape(text)),
        }
    };
    format!("<tr>{}</tr>\n", cells.iter().enumerate().map(cell).collect::<String>())
}

/// Numbers, and the names of columns that hold nothing else, are set to the right.
fn number_class(is_number: bool) -> &'static str {
    if is_number { " class=\"number\"" } else { "" }
}

/// A short name, such as that of a layer or a set, is not broken at its hyphen.
fn is_word(text: &str) -> bool {
    text.contains('-') && text.chars().count() <= 20 && !text.contains(char::is_whitespace) && !is_number(text)
}

fn is_number(text: &str) -> bool {
    text.replace('−', "-").trim_end_matches([' ', '%', '*']).parse::<f64>().is_ok()
}
