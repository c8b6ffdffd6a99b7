//! How names are compared: a table and a disk seldom spell them alike.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A name without case, with single spaces, and with composed characters (Unicode's form NFC). macOS and many zip
/// archives write `é` as `e` and an accent, tables as one character.
pub(crate) fn fold(name: &str) -> String {
    unnormalised(&name.nfc().collect::<String>())
}

/// The same with the characters as they stand, to tell whether two names agree only after normalisation.
pub(crate) fn unnormalised(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// A folded name without the spaces and underscores that one program puts where another puts none. Between two digits
/// one remains, because `Dog 1 2` is not `Dog 12`.
pub(crate) fn without_spaces(folded: &str) -> String {
    without(folded, |c| c == '_' || c.is_whitespace())
}

/// A label without case, spaces, underscores and hyphens: `Sexual Desire`, `sexual_desire` and `sexual-desire` are one.
pub(crate) fn label_key(label: &str) -> String {
    let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    without(&fold(label), |c| c == '_' || c.is_whitespace() || is_hyphen(c))
}

/// What is left of a name when accents, punctuation and leading zeros go too. Names that agree in this may be meant to
/// be one, which only a person can tell.
pub(crate) fn resemblance(name: &str) -> String {
    let letters: String = fold(name).nfd().filter(|c| !is_combining_mark(*c)).collect();
    let kept = without(&letters, |c| !c.is_alphanumeric());
    let mut text = String::new();
    for (position, c) in kept.char_indices() {
        let in_number = text.ends_with(|c: char| c.is_ascii_digit());
        let digit_follows = kept[position + c.len_utf8()..].starts_with(|c: char| c.is_ascii_digit());
        if !(c == '0' && !in_number && digit_follows) {
            text.push(c);
        }
    }
    text
}

/// The name without the separators; one between two digits becomes a space.
fn without(name: &str, is_separator: impl Fn(char) -> bool) -> String {
    let is_digit = |c: char| c.is_ascii_digit();
    let mut text = String::new();
    let parts = name.split(is_separator).filter(|part| !part.is_empty());
    for part in parts {
        if text.ends_with(is_digit) && part.starts_with(is_digit) {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_characters_are_one() {
        assert_eq!(fold("A\u{30a}ngstro\u{308}m 1"), fold("\u{c5}ngstr\u{f6}m 1"));
        assert_ne!(unnormalised("A\u{30a}"), unnormalised("\u{c5}"));
        // A hangul syllable and its parts.
        assert_eq!(fold("\u{ac1c} 2"), fold("\u{1100}\u{1162} 2"));
        // The full-width digit is another character, not another spelling of the digit.
        assert_ne!(fold("Dog \u{ff11}"), fold("Dog 1"));
    }

    #[test]
    fn separators_go_except_between_digits() {
        assert_eq!(without_spaces("dog attack 1"), without_spaces("dog_attack1"));
        assert_ne!(without_spaces("dog 1 2"), without_spaces("dog 12"));
        assert_ne!(without_spaces("dog-1"), without_spaces("dog 1"));
    }

    #[test]
    fn labels_agree_whatever_joins_their_words() {
        for spelling in ["sexual desire", "Sexual_Desire", "SEXUAL-DESIRE", "sexualdesire", " Sexual  Desire"] {
            assert_eq!(label_key(spelling), "sexualdesire");
        }
        assert_ne!(label_key("level 1-2"), label_key("level 12"));
    }

    #[test]
    fn resemblance_ignores_accents_punctuation_and_leading_zeros() {
        for (a, b) in [("Café 1", "cafe-01"), ("Dog (1)", "dog 1"), ("Animals_001_h", "animals 1 H")] {
            assert_eq!(resemblance(a), resemblance(b), "{a} {b}");
        }
        for (a, b) in [("Dog 10", "Dog 1"), ("Dog 1", "Dog 2"), ("Dog 0", "Dog"), ("2055.1", "20551")] {
            assert_ne!(resemblance(a), resemblance(b), "{a} {b}");
        }
    }
}
