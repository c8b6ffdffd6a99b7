//! The frame of the page: its policy, its style, its script.

use super::block::Page;
use crate::theme::dark_rules;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// A document of that title (escaped) around a body, with what its blocks ask for.
pub(super) fn html(title: &str, page: &Page, body: &str) -> String {
    // Browsers hash the text with the line ends of the HTML standard, whatever the checkout of the sources made of them.
    let script = include_str!("page.js").replace('\r', "");
    let style = include_str!("page.css").replace('\r', "");
    let dark = dark_rules();
    let style = format!("\n{style}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n{}", page.rules());
    // Pictures inside drawings are data of the page itself.
    let pictures = if page.pictures { " img-src data:;" } else { "" };
    // The policy forbids every request and every script and style but these two, whatever a text might contain.
    let policy = format!(
        "default-src 'none'; script-src {}; style-src {};{pictures} base-uri 'none'; form-action 'none'",
        source(&script),
        source(&style)
    );
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n\
         <style>{style}</style>\n<script>{script}</script>\n</head>\n<body>\n{body}\
         <p id=\"announcement\" class=\"unseen\" role=\"status\"></p>\n</body>\n</html>\n"
    )
}

/// An embedded text as a source of a content security policy.
fn source(text: &str) -> String {
    format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_standard() {
        // The example of the Content Security Policy specification, level 3, section 6.7.
        assert_eq!(source("alert('Hello, world.');"), "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='");
    }
}
