//! The report: one HTML file that needs no network, no other file and no script.

use crate::svg::Figure;
use crate::text::escape;
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

/// A piece of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Running text.
    Paragraph(String),
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
    /// A table; the report numbers it. Cells that are numbers are set to the right.
    Table {
        /// Stands above it.
        caption: String,
        /// Names of the columns.
        header: Vec<String>,
        /// The cells, row by row.
        rows: Vec<Vec<String>>,
    },
    /// Text that keeps its line breaks and spaces, such as a configuration.
    Preformatted(String),
}

const STYLE: &str = include_str!("report.css");

impl Report {
    /// The page as one HTML document; every text is escaped.
    pub fn html(&self) -> String {
        let title = escape(&self.title);
        let mut body = String::new();
        let mut numbers = Numbers::default();
        for (index, section) in self.sections.iter().enumerate() {
            let heading = escape(&section.title);
            let id = index + 1;
            let _ = writeln!(body, "<section aria-labelledby=\"s{id}\">\n<h2 id=\"s{id}\">{heading}</h2>");
            section.blocks.iter().for_each(|block| body.push_str(&block.html(&mut numbers)));
            body.push_str("</section>\n");
        }
        // The policy forbids every request, whatever a text might contain.
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n\
             <header>\n<h1>{title}</h1>\n{}{}</header>\n{}<main id=\"main\">\n{body}</main>\n</body>\n</html>\n",
            self.notice_html(),
            list(&self.summary, "summary"),
            self.contents(),
        )
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

/// How many figures and tables came so far.
#[derive(Default)]
struct Numbers {
    figures: usize,
    tables: usize,
}

impl Block {
    fn html(&self, numbers: &mut Numbers) -> String {
        match self {
            Block::Paragraph(text) => format!("<p>{}</p>\n", escape(text)),
            Block::List(items) => list(items, "points"),
            Block::Preformatted(text) => {
                format!("<pre tabindex=\"0\">{}</pre>\n", escape(text))
            }
            Block::Figure { figure, caption, description } => {
                numbers.figures += 1;
                figure_html(figure, caption, description, numbers.figures)
            }
            Block::Table { caption, header, rows } => {
                numbers.tables += 1;
                table_html(caption, header, rows, numbers.tables)
            }
        }
    }
}

fn list(items: &[String], class: &str) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
    format!("<ul class=\"{class}\">\n{items}</ul>\n")
}

/// A drawing on its own card; on a narrow screen it scrolls sideways instead of shrinking beyond legibility.
fn figure_html(figure: &Figure, caption: &str, description: &str, number: usize) -> String {
    let (description, caption) = (escape(description), escape(caption));
    let least = (figure.size().0 * 0.8).round();
    format!(
        "<figure>\n<div class=\"drawing\" tabindex=\"0\" role=\"group\" aria-label=\"Figure {number}, scrolls sideways\">\n\
         <div role=\"img\" aria-label=\"{description}\" style=\"min-width:{least}px\">\n{}</div>\n</div>\n\
         <figcaption><b>Figure {number}.</b> {caption}</figcaption>\n</figure>\n",
        figure.svg()
    )
}

fn table_html(caption: &str, header: &[String], rows: &[Vec<String>], number: usize) -> String {
    let caption = escape(caption);
    let head: String = header.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name))).collect();
    let row = |cells: &Vec<String>| format!("<tr>{}</tr>\n", cells.iter().map(|c| cell(c)).collect::<String>());
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table {number}, scrolls sideways\">\n<table>\n\
         <caption><b>Table {number}.</b> {caption}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n</div>\n"
    )
}

fn cell(text: &str) -> String {
    let plain = text.replace('−', "-");
    let is_number = plain.trim_end_matches([' ', '%', '*']).parse::<f64>().is_ok();
    let class = if is_number { " class=\"number\"" } else { "" };
    format!("<td{class}>{}</td>", escape(text))
}
