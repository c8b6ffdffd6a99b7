//! Numbers as norm tables write them.

/// The number in a cell, with a decimal point or comma; `None` for a missing value.
///
/// Missing are an empty cell, `.`, `-`, `NA`, `N/A`, `NaN`, `null` and `none`. A closing backslash, which is left of a
/// line break of RTF, is ignored.
pub(crate) fn parse_number(cell: &str) -> Result<Option<f64>, String> {
    let text = cell.trim().trim_end_matches('\\').trim();
    if matches!(text.to_lowercase().as_str(), "" | "." | "-" | "na" | "n/a" | "nan" | "null" | "none") {
        return Ok(None);
    }
    let pointed = if text.contains('.') { text.to_owned() } else { text.replacen(',', ".", 1) };
    match pointed.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(Some(number)),
        _ => Err("is not a number (leave the cell empty, or write '.', where a rating is missing)".into()),
    }
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
    }

    #[test]
    fn missing_values_are_none_and_never_nan() {
        for cell in ["", " ", ".", "-", "NA", "n/a", "NaN", "null", "\\"] {
            check(cell, None);
        }
    }

    #[test]
    fn other_text_is_refused() {
        for cell in ["high", "1.2.3", "1,234.5", "inf", "1e999", "1,2,3"] {
            assert!(parse_number(cell).is_err(), "'{cell}'");
        }
    }
}
