//! Delimited text: encodings, line endings, delimiters, quotes.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::{Row, Sheet};

/// The delimiters that are tried, in this order, so that commas within a tab-separated description do no harm.
const DELIMITERS: [(char, &str); 4] =
    [('\t', "tab-separated"), (';', "semicolon-separated"), (',', "comma-separated"), ('|', "bar-separated")];

/// The text of a file: by its byte-order mark, else UTF-16 where every other byte is zero, else UTF-8 if it is valid,
/// else Windows-1252, which contains Latin-1.
pub(super) fn decode(bytes: &[u8]) -> String {
    let encoding = Encoding::for_bom(bytes).map_or_else(|| guess(bytes), |(encoding, _)| encoding);
    encoding.decode(bytes).0.into_owned()
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let start = &bytes[..bytes.len().min(1024)];
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 > start.len();
    if zeros(1) {
        UTF_16LE
    } else if zeros(0) {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

/// The text under every delimiter that occurs in it; a text without any is one column.
pub(super) fn sheets(text: &str) -> Vec<Sheet> {
    let lines = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut sheets: Vec<Sheet> = DELIMITERS
        .into_iter()
        .filter(|(delimiter, _)| lines.contains(*delimiter))
        .map(|(delimiter, name)| Sheet { name: name.into(), rows: rows(&lines, delimiter) })
        .collect();
    if sheets.is_empty() {
        sheets.push(Sheet { name: "one column".into(), rows: rows(&lines, '\t') });
    }
    sheets
}

fn rows(lines: &str, delimiter: char) -> Vec<Row> {
    lines
        .split('\n')
        .enumerate()
        .map(|(index, line)| Row { number: index + 1, cells: split(line, delimiter) })
        .filter(|row| row.filled() > 0)
        .collect()
}

/// Splits one line into trimmed cells.
///
/// A cell that begins with a quotation mark reaches to its closing one, and a doubled mark within stands for one. A
/// mark that never closes is an ordinary character: descriptions hold stray ones, and taking them for the start of a
/// cell of many lines would swallow the rows below.
fn split(line: &str, delimiter: char) -> Vec<String> {
    let mut cells = Vec::new();
    let mut rest = line;
    loop {
        let (cell, end) = quoted(rest, delimiter).unwrap_or_else(|| plain(rest, delimiter));
        cells.push(cell.trim().to_owned());
        match end {
            Some(end) => rest = &rest[end..],
            None => return cells,
        }
    }
}

/// The cell at the start of `rest` if it is quoted, and where the next one begins.
fn quoted(rest: &str, delimiter: char) -> Option<(String, Option<usize>)> {
    let inside = rest.trim_start_matches(' ').strip_prefix('"')?;
    let start = rest.len() - inside.len();
    let mut cell = String::new();
    let mut marks = inside.match_indices('"').map(|(at, _)| at).peekable();
    let mut from = 0;
    while let Some(at) = marks.next() {
        cell.push_str(&inside[from..at]);
        from = at + 1;
        if marks.peek() == Some(&from) {
            cell.push('"');
            from += 1;
            marks.next();
            continue;
        }
        let after = inside[from..].trim_start_matches(' ');
        let next = start + from + (inside[from..].len() - after.len());
        return match after.chars().next() {
            None => Some((cell, None)),
            Some(c) if c == delimiter => Some((cell, Some(next + delimiter.len_utf8()))),
            Some(_) => None,
        };
    }
    None
}

fn plain(rest: &str, delimiter: char) -> (String, Option<usize>) {
    match rest.find(delimiter) {
        Some(at) => (rest[..at].to_owned(), Some(at + delimiter.len_utf8())),
        None => (rest.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        sheets(text).remove(0).rows.into_iter().map(|row| row.cells).collect()
    }

    #[test]
    fn every_line_ending_gives_the_same_rows() {
        let expected = vec![vec!["a".to_owned(), "b".into()], vec!["1".into(), "2".into()]];
        for text in ["a,b\n1,2\n", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "a,b\r\r1,2"] {
            assert_eq!(cells(text), expected, "{text:?}");
        }
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Café;3,5\n";
        let utf16 = |unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let (little, big) = (utf16(u16::to_le_bytes), utf16(u16::to_be_bytes));
        let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            [b"\xFF\xFE".to_vec(), little.clone()].concat(),
            [b"\xFE\xFF".to_vec(), big.clone()].concat(),
            little,
            big,
            latin1,
        ] {
            assert_eq!(decode(&bytes), text, "{bytes:?}");
        }
    }

    #[test]
    fn quotes_hold_delimiters_and_a_stray_one_swallows_nothing() {
        assert_eq!(split(r#""Attack, dog",3"#, ','), ["Attack, dog", "3"]);
        assert_eq!(split(r#" "say ""hi""" , x"#, ','), [r#"say "hi""#, "x"]);
        assert_eq!(split("12\" ruler\t4", '\t'), ["12\" ruler", "4"]);
        assert_eq!(cells("\"Couple\t1\nDog\t2")[1], ["Dog", "2"]);
        assert_eq!(split(r#""a"b,c"#, ','), [r#""a"b"#, "c"]);
        assert_eq!(split(",", ','), ["", ""]);
    }

    #[test]
    fn rows_are_numbered_as_an_editor_shows_them() {
        let numbers: Vec<usize> = sheets("\n\na,b\n\n1,2").remove(0).rows.iter().map(|row| row.number).collect();
        assert_eq!(numbers, [3, 5]);
    }

    proptest! {
        #[test]
        fn quoted_cells_read_back(written in prop::collection::vec("[a-z \",;]{0,8}", 1..6)) {
            let line: Vec<String> = written.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let expected: Vec<&str> = written.iter().map(|cell| cell.trim()).collect();
            prop_assert_eq!(split(&line.join(","), ','), expected);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            sheets(&decode(&bytes));
        }
    }
}
