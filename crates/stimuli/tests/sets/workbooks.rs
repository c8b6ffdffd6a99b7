//! Workbooks: which sheet, and cells that are not what a spreadsheet program shows. The files are written by
//! tests/golden/stimuli_fixtures.py.

use stimuli::Kind;

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

const PICTURES: [&str; 3] = ["fox.png", "jug.png", "tar.png"];

fn case(fixture: &str) -> Case {
    let mut case = Case::with_fixture(Kind::Table, &PICTURES, fixture);
    case.spec.scale = Some([1.0, 9.0]);
    case
}

#[test]
fn of_several_sheets_that_fit_none_is_taken_without_being_named() {
    for fixture in ["sheets.xlsx", "sheets.xls"] {
        let mut case = case(fixture);
        let message = case.message();
        assert!(
            message.ends_with(
                ": 3 tables have the columns 'path' and 'valence' or 'category': 'women', 'men', 'all'; say which is meant \
                 in the set, such as sheet = \"women\""
            ),
            "{message}"
        );
        case.spec.sheet = Some("All".into());
        let set = case.load();
        let expected =
            [("fox.png", Some(7.5), PLEASANT), ("jug.png", Some(5.25), NEUTRAL), ("tar.png", Some(2.0), UNPLEASANT)];
        assert_eq!(summary(&set), expected);
        let reading = format!("read from {fixture}, sheet 'all', headings in row 2: path 'path', valence 'valence'");
        assert!(set.notes.to_string().contains(&reading), "{}", set.notes);
        case.spec.sheet = Some("children".into());
        assert!(
            case.message().ends_with("there is no sheet 'children'; the sheets are 'read me', 'women', 'men', 'all'")
        );
        case.spec.sheet = Some("read me".into());
        assert!(
            case.message().contains("sheet 'read me': no header row with the columns 'path'"),
            "{}",
            case.message()
        );
    }
}

#[test]
fn hidden_sheets_are_read_only_when_they_are_named() {
    let mut case = case("hidden.xlsx");
    let set = case.load();
    assert_eq!(summary(&set)[0], ("fox.png", Some(7.5), PLEASANT));
    assert!(set.notes.to_string().contains("the hidden sheet 'old' fits too and was not read"), "{}", set.notes);
    case.spec.sheet = Some("old".into());
    assert_eq!(summary(&case.load())[0], ("fox.png", Some(3.0), UNPLEASANT));
}

#[test]
fn dates_are_refused_as_such() {
    for fixture in ["dates.xlsx", "dates.ods", "dates.xls"] {
        let message = case(fixture).message();
        assert!(message.contains("row 3, column 'valence': '2025-05-12"), "{fixture}: {message}");
        assert!(message.contains("is a date: a spreadsheet program has taken what was typed for one"), "{message}");
    }
}

#[test]
fn formulas_without_a_result_are_refused_as_such() {
    for fixture in ["formulas.xlsx", "formulas-zero.xlsx"] {
        let message = case(fixture).message();
        assert!(
            message.contains("row 2, column 'valence': '=C2/10' is a formula whose result is not stored"),
            "{message}"
        );
    }
}

#[test]
fn a_workbook_has_no_encoding_and_an_archive_is_no_workbook() {
    let mut case = case("sheets.xlsx");
    case.spec.encoding = Some("utf-8".into());
    assert!(case.message().ends_with("this is a workbook, which has no encoding; take out encoding = \"utf-8\""));
    let archive = [b"PK\x03\x04 norms.csv ".as_slice(), b"PK\x05\x06", &[0; 18]].concat();
    let message = Case::new(Kind::Table, &[], archive).message();
    assert_eq!(message, "norms.txt: this is a zip archive and no workbook; unpack it and name the table that is meant");
}
