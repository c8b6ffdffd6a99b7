//! Numbers as norm tables write them.

/// Signs that stand for a minus: the mathematical one, dashes, and the wide forms of East Asian keyboards.
const MINUS: [char; 6] = ['\u{2212}', '\u{2010}', '\u{2011}', '\u{2013}', '\u{FE63}', '\u{FF0D}'];
/// Characters without width, which copying from web pages leaves in cells.
const INVISIBLE: [char; 5] = ['\u{200B}', '\u{200C}', '\u{200D}', '\u{2060}', '\u{FEFF}'];
/// Words and signs for a missing value.
const MISSING: [&str; 12] = ["", ".", "-", "--", "—", "na", "n/a", "n.a.", "nan", "null", "none", "#n/a"];

/// The number in a cell, with a decimal point or comma; `None` for a missing value.
///
/// A closing backslash, which is left of a line break of RTF, is ignored.
pub(crate) fn parse_number(cell: &str) -> Result<Option<f64>, String> {
    let text = plain(cell);
    if MISSING.contains(&text.to_lowercase().as_str()) {
        return Ok(None);
    }
    let pointed = if text.contains('.') { text } else { text.replacen(',', ".", 1) };
    // Rust reads words such as `infinity`, too.
    let digits = pointed.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    match pointed.parse::<f64>() {
        Ok(number) if number.is_finite() && digits => Ok(Some(number)),
        _ => Err("is not a number (leave the cell empty, or write '.', where a rating is missing)".into()),
    }
}

/// The other number that a cell may mean where its one comma or point has three digits behind it and one to three in
/// front: `1,234` is 1.234 or 1234.
pub(super) fn other_reading(cell: &str) -> Option<f64> {
    let text = plain(cell);
    let (whole, part) = text.split_once([',', '.'])?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let whole_digits = whole.trim_start_matches('-');
    let grouped = digits(part) && part.len() == 3 && digits(whole_digits) && whole_digits.len() <= 3;
    (grouped && !whole_digits.starts_with('0')).then(|| format!("{whole}{part}").parse().ok()).flatten()
}

/// The cell in ASCII digits and signs, without spaces around it.
fn plain(cell: &str) -> String {
    let ascii = |c: char| match c {
        _ if MINUS.contains(&c) => '-',
        '\u{FF10}'..='\u{FF19}' => (b'0' + (c as u32 - 0xFF10) as u8) as char,
        '\u{FF0B}' => '+',
        '\u{FF0C}' | '\u{066B}' => ',',
        '\u{FF0E}' => '.',
        _ => c,
    };
    let text: String = cell.chars().filter(|c| !INVISIBLE.contains(c)).map(ascii).collect();
    text.trim().trim_end_matches('\\').trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cell: &str, expected: Option<f64>) {
        assert_eq!(parse_number(cell), Ok(expected), "'{cell}'");
    }

    #[test]
    fn point_and_comma_are_both_decimal() {
        check("3.45", Some(3.45));
        check("3,45", Some(3.45));
        check(" 7 ", Some(7.0));
        check("4.25\\", Some(4.25));
        check("1.5e1", Some(15.0));
    }

    #[test]
    fn typographic_forms_are_numbers() {
        check("\u{2212}1.5", Some(-1.5));
        check("\u{2013}0,25", Some(-0.25));
        check("\u{202F}6.5\u{A0}", Some(6.5));
        check("\u{FEFF}5.25\u{200B}", Some(5.25));
        check("\u{FF17}\u{FF0E}\u{FF14}", Some(7.4));
        check("\u{FF0D}2", Some(-2.0));
    }

    #[test]
    fn missing_values_are_none_and_never_nan() {
        for cell in ["", " ", ".", "-", "NA", "n/a", "NaN", "null", "\\", "\u{2013}", "—", "\u{A0}"] {
            check(cell, None);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for cell in
            ["high", "1.2.3", "1,234.5", "inf", "infinity", "1e999", "1,2,3", "7 4", "1\u{202F}234", "74 %", "'7"]
        {
            assert!(parse_number(cell).is_err(), "'{cell}'");
        }
    }

    #[test]
    fn three_digits_behind_a_mark_may_be_thousands() {
        for (cell, expected) in [
            ("1,234", Some(1234.0)),
            ("12.500", Some(12500.0)),
            ("\u{2212}1,250", Some(-1250.0)),
            ("1,23", None),
            ("0,125", None),
            ("1234,500", None),
            ("1234", None),
        ] {
            assert_eq!(other_reading(cell), expected, "'{cell}'");
        }
    }
}
