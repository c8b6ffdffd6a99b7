//! Text with code, links and marked choices.

use crate::text::escape;

/// A piece of running text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// Plain text.
    Text(String),
    /// A name of a file, an option or a value, set as code.
    Code(String),
    /// What no source states and was therefore chosen; the mark `[choice]` follows it, also when it is copied.
    Choice(String),
    /// A link. An address that does not begin with `https://` is shown as text instead.
    Link {
        /// What is shown.
        text: String,
        /// The address.
        address: String,
    },
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        Span::Text(text.into())
    }
}

impl From<String> for Span {
    fn from(text: String) -> Self {
        Span::Text(text)
    }
}

impl Span {
    fn html(&self) -> String {
        match self {
            Span::Text(text) => escape(text),
            Span::Code(text) => format!("<code>{}</code>", escape(text)),
            Span::Choice(text) => {
                format!("<span class=\"choice\">{} <span class=\"badge\">[choice]</span></span>", escape(text))
            }
            Span::Link { text, address } if address.starts_with("https://") => {
                format!("<a href=\"{}\" rel=\"noreferrer\">{}</a>", escape(address), escape(text))
            }
            Span::Link { text, address } => format!("{} ({})", escape(text), escape(address)),
        }
    }
}

/// A paragraph.
pub(super) fn paragraph(spans: &[Span]) -> String {
    format!("<p>{}</p>\n", spans.iter().map(Span::html).collect::<String>())
}
