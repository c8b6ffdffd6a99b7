//! IAPS: preambles, RTF residue, missing values, pictures in two sets, numbers that a spreadsheet has touched.

use stimuli::Kind;

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

const PICTURES: [&str; 3] = ["1050.jpg", "2055.1.jpg", "6570.JPG"];
const TABLE: &str = "desc\tIAPS\tvalmn\tvalsd\taromn\tarosd\tdom1mn\tdom1sd\tdom2mn\tdom2sd\tset\n\
    Kite\t1050\t7.25\t1.5\t4.5\t2.0\t5.5\t2.0\t.\t.\t1\n\
    Kettle\t2055.1\t5.00\t1.5\t3.0\t2.0\t0.00\t0.00\t.\t.\t3\n\
    Wasp\t6570\t2.75\t1.5\t6.0\t2.0\t.\t.\t3.5\t2.0\t12\n";

/// The table above must be read from these bytes.
fn check(bytes: impl AsRef<[u8]>) {
    let set = Case::new(Kind::Iaps, &PICTURES, bytes).load();
    let expected = [("1050", Some(7.25), PLEASANT), ("2055.1", Some(5.0), NEUTRAL), ("6570", Some(2.75), UNPLEASANT)];
    assert_eq!(summary(&set), expected);
    assert_eq!(set.pictures[0].arousal, Some(4.5));
    assert_eq!(set.pictures[0].object.as_deref(), Some("Kite"));
}

#[test]
fn the_plain_table_is_read_and_capital_extensions_are_found() {
    check(TABLE);
}

#[test]
fn up_to_seven_lines_may_stand_above_the_header() {
    let lines = ["Technical manual of something", "", "invented\tfor\ta test", "\"unclosed", "a, b; c", "x", "1\t2\t3"];
    for count in 1..=lines.len() {
        check(format!("{}\n{TABLE}", lines[..count].join("\n")));
    }
}

#[test]
fn what_rtf_leaves_behind_does_no_harm() {
    let rows = TABLE.replace('\n', "\\\n");
    check(format!("{{\\rtf1\\ansi\\ansicpg1252\n{{\\fonttbl\\f0\\fswiss Helvetica;}}\n\\f0\\fs24 \\cf0 {rows}}}\n"));
}

#[test]
fn every_line_ending_and_encoding_is_read() {
    check(TABLE.replace('\n', "\r"));
    check(TABLE.replace('\n', "\r\n"));
    check([b"\xEF\xBB\xBF", TABLE.as_bytes()].concat());
    check([vec![0xFF, 0xFE], TABLE.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat());
}

#[test]
fn commas_semicolons_and_decimal_commas_are_read() {
    check(TABLE.replace('\t', ","));
    check(TABLE.replace('\t', ";"));
    check(TABLE.replace('.', ",").replace('\t', ";"));
}

#[test]
fn latin_1_descriptions_survive() {
    let bytes: Vec<u8> = TABLE.replace("Kite", "Café").chars().map(|c| c as u8).collect();
    let set = Case::new(Kind::Iaps, &PICTURES, bytes).load();
    assert_eq!(set.pictures[0].object.as_deref(), Some("Café"));
}

#[test]
fn workbooks_give_the_same_as_text() {
    for name in ["iaps.xls", "iaps.ods"] {
        let set = Case::with_fixture(Kind::Iaps, &PICTURES, name).load();
        let expected =
            [("1050", Some(7.25), PLEASANT), ("2055.1", Some(5.0), NEUTRAL), ("6570", Some(2.75), UNPLEASANT)];
        assert_eq!(summary(&set), expected, "{name}");
    }
}

#[test]
fn a_text_file_that_calls_itself_xls_is_read_as_text() {
    let mut case = Case::new(Kind::Iaps, &PICTURES, TABLE);
    let renamed = case.spec.ratings.with_extension("xls");
    std::fs::rename(&case.spec.ratings, &renamed).unwrap();
    case.spec.ratings = renamed;
    assert_eq!(case.load().pictures.len(), 3);
}

#[test]
fn a_spreadsheets_1050_0_is_picture_1050_and_2055_1_stays() {
    check(TABLE.replace("\t1050\t", "\t1050.0\t").replace("\t6570\t", "\t6570.00\t"));
}

#[test]
fn a_picture_rated_in_two_sets_is_averaged_and_named() {
    let table =
        format!("{TABLE}Kite\t1050\t6.75\t1.5\t5.5\t2.0\t.\t.\t.\t.\t20\nKettle\t2055.10\t.\t.\t.\t.\t.\t.\t.\t.\t9\n");
    let set = Case::new(Kind::Iaps, &PICTURES, table).load();
    assert_eq!((set.pictures[0].valence, set.pictures[0].arousal), (Some(7.0), Some(5.0)));
    assert_eq!(set.pictures[1].valence, Some(5.0), "a missing rating does not count");
    assert_eq!(set.notes.averaged, ["1050", "2055.1"]);
    assert!(set.notes.to_string().contains("averaged over several rows of the norms: 2 – 1050, 2055.1"));
}

#[test]
fn counts_are_printed_beside_the_published_ones() {
    let text = Case::new(Kind::Iaps, &PICTURES, TABLE).load().notes.to_string();
    for line in ["pleasant       1   (published: 296)", "neutral        1   (published: 390)"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("used 1027 of 1182 pictures"), "{text}");
}

#[test]
fn a_picture_without_valence_is_named() {
    let message = Case::new(Kind::Iaps, &PICTURES, TABLE.replace("\t2.75\t", "\t.\t")).message();
    assert!(message.contains("unrated: 1 – 6570 (no valence in row 4)"), "{message}");
}

#[test]
fn a_row_that_cannot_be_read_is_named() {
    let check = |from: &str, to: &str, expected: &str| {
        assert_eq!(Case::new(Kind::Iaps, &PICTURES, TABLE.replace(from, to)).message(), expected);
    };
    check(
        "\t6570\t",
        "\tsix\t",
        "norms.txt, row 4, column 'IAPS': 'six' is no IAPS picture number, such as 1050 or 2055.1",
    );
    check(
        "\t2.75\t",
        "\t27.5\t",
        "norms.txt, row 4, column 'valmn': '27.5' lies outside the rating scale 1–9; correct the cell, or set 'scale'",
    );
    check(
        "\t2.75\t",
        "\tlow\t",
        "norms.txt, row 4, column 'valmn': 'low' is not a number (leave the cell empty, or write '.', where a rating is \
         missing)",
    );
}

#[test]
fn another_file_is_refused_with_its_first_words() {
    let message = Case::new(Kind::Iaps, &PICTURES, "Dear colleague,\nplease find attached\n").message();
    assert_eq!(
        message,
        "norms.txt: no header row with the columns 'IAPS' and 'valmn' among the first 50 rows (the file begins with 'Dear \
         colleague'); is it the right file, and the right kind of set?"
    );
}
