//! One record of a delimited text as cells.

use csv::{ReaderBuilder, StringRecord};

/// What the quotation marks of a text are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Every cell that begins with one ends with one.
    Closed,
    /// The last cell that begins with one goes on.
    Open,
    /// There is one within a cell.
    Stray,
}

/// What the quotation marks of a record are, a doubled one within a quoted cell standing for itself.
pub(super) fn quotes(text: &str, delimiter: char) -> Quotes {
    // Between the marks of a well-formed record, text outside of quotes alternates with text inside.
    let pieces: Vec<&str> = text.split('"').collect();
    let last = pieces.len() - 1;
    let stray = (0..=last).step_by(2).any(|at| {
        let outside = pieces[at];
        let begins = at == 0 || outside.starts_with([delimiter, '\n']);
        let ends = at == last || outside.ends_with([delimiter, '\n']) || (at == 0 && outside.is_empty());
        let doubled = outside.is_empty() && (at > 0);
        !(doubled || begins && ends)
    });
    match (stray, last % 2) {
        (true, _) => Quotes::Stray,
        (false, 0) => Quotes::Closed,
        (false, _) => Quotes::Open,
    }
}

/// The text without spaces between a delimiter and a quotation mark, which people type and the standard does not know,
/// with R's `\"` as the standard's `""`, and with single spaces where a space is the delimiter.
pub(super) fn tidy(line: &str, delimiter: char) -> String {
    let mut line = line.to_owned();
    if delimiter == ' ' {
        line = line.split(' ').filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ");
    }
    if line.contains("\\\"") {
        line = escaped(&line, delimiter);
    }
    if delimiter == ' ' || !line.contains('"') {
        return line;
    }
    // An odd number of marks opens or closes a cell; an even one stands for marks within it, unless nothing else is there.
    let is_edge = |marks: usize, piece: &str| marks % 2 == 1 || marks > 0 && marks == piece.trim().len();
    let piece = |piece: &str| {
        let (start, end) = (piece.trim_start_matches(' '), piece.trim_end_matches(' '));
        let opens = is_edge(start.len() - start.trim_start_matches('"').len(), piece);
        let closes = is_edge(end.len() - end.trim_end_matches('"').len(), piece);
        match (opens, closes) {
            (true, true) => piece.trim_matches(' ').to_owned(),
            (true, false) => start.to_owned(),
            (false, true) => end.to_owned(),
            (false, false) => piece.to_owned(),
        }
    };
    line.split(delimiter).map(piece).collect::<Vec<_>>().join(&delimiter.to_string())
}

/// `\"` as `""`, but for a backslash that is the last character of its cell: there it belongs to a path. Where spaces
/// are delimiters, words follow marks more often than cells do.
fn escaped(line: &str, delimiter: char) -> String {
    let mut pieces = line.split("\\\"");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let ends = piece.is_empty() || delimiter != ' ' && piece.starts_with(delimiter);
        text.push_str(if ends { "\\\"" } else { "\"\"" });
        text.push_str(piece);
    }
    text
}

/// The trimmed cells of one record.
pub(super) fn cells(record: &str, delimiter: char, quoting: bool) -> Vec<String> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter as u8)
        .quoting(quoting)
        .buffer_capacity(record.len().max(1))
        .from_reader(record.as_bytes());
    let mut cells = StringRecord::new();
    // A record in memory that is valid UTF-8 can always be read.
    let _ = reader.read_record(&mut cells);
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, delimiter: char, expected: &[&str]) {
        assert_eq!(cells(&tidy(line, delimiter), delimiter, true), expected, "{line}");
    }

    #[test]
    fn quotes_hold_delimiters() {
        check(r#""Attack, dog",3"#, ',', &["Attack, dog", "3"]);
        check(r#" "say ""hi""" , x"#, ',', &[r#"say "hi""#, "x"]);
        check("12\" ruler\t4", '\t', &["12\" ruler", "4"]);
        check(",", ',', &["", ""]);
    }

    #[test]
    fn r_escapes_quotes_by_backslashes_and_paths_may_end_in_one() {
        check(r#""1" "the \"big\" dog" 7.4"#, ' ', &["1", "the \"big\" dog", "7.4"]);
        check(r#""C:\pictures\",5"#, ',', &["C:\\pictures\\", "5"]);
        check("a  b   c", ' ', &["a", "b", "c"]);
    }

    #[test]
    fn quotes_are_closed_open_or_stray() {
        for (text, expected) in [
            ("a,b", Quotes::Closed),
            (r#""a","b""#, Quotes::Closed),
            (r#"x,"say ""hi""",y"#, Quotes::Closed),
            ("a,\"one\ntwo\",3", Quotes::Closed),
            (r#"a,"one"#, Quotes::Open),
            (r#""a"b,c"#, Quotes::Stray),
            (r#"12" ruler,3"#, Quotes::Stray),
            (r#"the "big" one,3"#, Quotes::Stray),
            (r#""""#, Quotes::Closed),
        ] {
            assert_eq!(quotes(text, ','), expected, "{text}");
        }
    }
}
