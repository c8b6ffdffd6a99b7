//! Measuring, wrapping, shortening and escaping of text.

use crate::theme::{FONT_BOLD, FONT_REGULAR};
use std::sync::LazyLock;
use ttf_parser::Face;

static REGULAR: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(FONT_REGULAR, 0).ok());
static BOLD: LazyLock<Option<Face<'static>>> = LazyLock::new(|| Face::parse(FONT_BOLD, 0).ok());

/// Weight of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// Width of a line in px at a font size in px: the sum of the advances, without kerning.
pub(crate) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let face = match weight {
        Weight::Regular => REGULAR.as_ref(),
        Weight::Bold => BOLD.as_ref(),
    };
    text.chars().map(|c| advance(face, c)).sum::<f64>() * size
}

/// Advance of a character in em. A character that the font lacks counts as one em: another font will draw it.
fn advance(face: Option<&Face<'_>>, character: char) -> f64 {
    face.and_then(|face| {
        let units = face.glyph_hor_advance(face.glyph_index(character)?)?;
        Some(f64::from(units) / f64::from(face.units_per_em()))
    })
    .unwrap_or(1.0)
}

/// Where lines are broken. A no-break space keeps what belongs together, such as n = 257, on one line.
const SPACES: [char; 3] = [' ', '\n', '\t'];

/// Characters after which a word that is too long for a line is broken, if it has any: those between parts of names.
const BREAKS: [char; 5] = ['.', '_', '-', '/', '×'];

/// Breaks a text into lines of at most `limit` px, between words where it can and inside a word where it must.
pub(crate) fn wrap(text: &str, size: f64, weight: Weight, limit: f64) -> Vec<String> {
    let fits = |line: &str| width(line, size, weight) <= limit;
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(SPACES).filter(|word| !word.is_empty()) {
        let joined = if line.is_empty() { word.to_string() } else { format!("{line} {word}") };
        if fits(&joined) {
            line = joined;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for character in word.chars() {
            line.push(character);
            if !fits(&line) && line.chars().count() > 1 {
                line.pop();
                let end = line.rfind(BREAKS).and_then(|at| Some(at + line[at..].chars().next()?.len_utf8()));
                let rest = |end: usize| line[end..].to_string() + character.encode_utf8(&mut [0; 4]);
                // What follows a narrow sign may be too long with the wide character that comes next.
                let end = end.filter(|&end| fits(&rest(end))).unwrap_or(line.len());
                let rest = rest(end);
                line.truncate(end);
                lines.push(std::mem::replace(&mut line, rest));
            }
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// As [`wrap`], but at most `most` lines; what does not fit is shortened in the last line.
pub(crate) fn wrap_at_most(text: &str, size: f64, weight: Weight, limit: f64, most: usize) -> Vec<String> {
    let mut lines = wrap(text, size, weight, limit);
    if lines.len() > most && most > 0 {
        lines.truncate(most - 1);
        // Taken from the text itself, since a line may have ended inside a word.
        let before = lines.iter().flat_map(|line| line.chars()).filter(|c| !SPACES.contains(c)).count();
        let rest = text.char_indices().filter(|(_, c)| !SPACES.contains(c)).nth(before);
        let rest = rest.map_or("", |(start, _)| &text[start..]);
        let rest = rest.split(SPACES).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
        lines.push(shorten(&rest, size, weight, limit));
    }
    lines
}

/// A text of at most `limit` px: the middle gives way to an ellipsis, since names often differ at their ends.
pub(crate) fn shorten(text: &str, size: f64, weight: Weight, limit: f64) -> String {
    if width(text, size, weight) <= limit {
        return text.to_string();
    }
    let characters: Vec<char> = text.chars().collect();
    let with_kept = |kept: usize| -> String {
        let tail = kept / 2;
        let head = kept - tail;
        let ends = characters[..head].iter().chain(&['…']).chain(&characters[characters.len() - tail..]);
        ends.collect()
    };
    // Keeping one character more never makes the text narrower, so the most that fits is found by bisection.
    let (mut fits, mut beyond) = (0, characters.len());
    while beyond - fits > 1 {
        let middle = (fits + beyond) / 2;
        if width(&with_kept(middle), size, weight) <= limit { fits = middle } else { beyond = middle }
    }
    with_kept(fits)
}

/// Escapes a text for XML and HTML, as content and as attribute value. Characters that XML forbids become U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            // Bidirectional controls would let a name rearrange the text around it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn widths_are_those_of_the_font() {
        // Advances of DejaVu Sans in units of 1/2048 em: "A" 1401, "i" 569; bold "A" 1585.
        assert_eq!(width("Ai", 2048.0, Weight::Regular), 1970.0);
        assert_eq!(width("A", 2048.0, Weight::Bold), 1585.0);
    }

    #[test]
    fn markup_and_control_characters_become_text() {
        assert_eq!(
            escape("<b a=\"1\" c='2'>&\u{0}\u{202e}"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\u{fffd}\u{fffd}"
        );
    }

    #[test]
    fn long_names_break_between_their_parts() {
        let lines = |text: &str, limit| wrap(text, 11.0, Weight::Regular, limit);
        assert_eq!(lines("layer1.0.conv2", 80.0), ["layer1.0.", "conv2"]);
        assert_eq!(lines("14×14×1024", 60.0), ["14×14×", "1024"]);
        assert_eq!(lines("a layer1_0", 500.0), ["a layer1_0"]);
        let two = |text: &str, limit| wrap_at_most(text, 11.0, Weight::Regular, limit, 2);
        let short = |text: &str, limit| shorten(text, 11.0, Weight::Regular, limit);
        assert_eq!(two("layer1.0.downsample", 60.0), ["layer1.0.", &short("downsample", 60.0)]);
        assert_eq!(two("one two\nthree  four", 30.0), ["one", &short("two three four", 30.0)]);
    }

    proptest! {
        #[test]
        fn wrapping_keeps_every_character_and_the_limit(text in "[a-z._× ]{0,80}", limit in 30.0..300.0) {
            let lines = wrap(&text, 11.0, Weight::Regular, limit);
            prop_assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
            prop_assert!(lines.iter().all(|line| width(line, 11.0, Weight::Regular) <= limit));
        }

        #[test]
        fn shortening_keeps_the_limit_and_as_much_as_fits(text in "[a-zA-Z. ]{0,60}", limit in 20.0..200.0) {
            let wide = |text: &str| width(text, 11.0, Weight::Bold);
            let short = shorten(&text, 11.0, Weight::Bold, limit);
            prop_assert!(wide(&short) <= limit);
            // "W" is the widest of these letters: if one more of it fitted, a letter was dropped without need.
            prop_assert!(short == text || wide(&short) + wide("W") > limit, "{}", short);
        }
    }
}
