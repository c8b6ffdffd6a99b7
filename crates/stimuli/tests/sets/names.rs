//! Names in the table and names on the disk: Unicode forms, spaces, case, extensions.

use stimuli::Kind;

use crate::support::Case;

fn oasis(files: &[&str], themes: &[&str]) -> Case {
    let rows: String = themes.iter().map(|theme| format!("{theme},5\n")).collect();
    Case::new(Kind::Oasis, files, format!("Theme,Valence_mean\n{rows}"))
}

fn table(files: &[&str], paths: &[&str]) -> Case {
    let rows: String = paths.iter().map(|path| format!("{path},neutral\n")).collect();
    Case::new(Kind::Table, files, format!("path,category\n{rows}"))
}

/// Checks the ids of the set, the names of their files, and the note on names that the set ends with, if any.
fn check(case: &Case, expected: &[(&str, &str)], note: &str) {
    let set = case.load();
    let found: Vec<(String, String)> = (set.pictures.iter())
        .map(|picture| match &picture.source {
            stimuli::PictureSource::File(path) => {
                let inside = path.strip_prefix(&case.spec.images).unwrap();
                (picture.id.clone(), inside.to_string_lossy().into_owned())
            }
            other => unreachable!("the set has files, not {other:?}"),
        })
        .collect();
    let found: Vec<(&str, &str)> = found.iter().map(|(id, file)| (id.as_str(), file.as_str())).collect();
    assert_eq!(found, expected);
    let notes = set.notes.to_string();
    assert!(notes.ends_with(note) && notes.contains("matched") != note.is_empty(), "{notes}");
}

#[test]
fn composed_names_match_decomposed_ones_in_either_direction() {
    let (composed, decomposed) = ("\u{c5}ngstr\u{f6}m 1", "A\u{30a}ngstro\u{308}m 1");
    let note = |id: &str| format!("  matched by Unicode-normalised names (NFC): 1 – {id}\n");
    for (on_disk, in_table) in [(decomposed, composed), (composed, decomposed)] {
        let file = format!("{on_disk}.jpg");
        check(&oasis(&[&file], &[in_table]), &[(in_table, &file)], &note(in_table));
        let (file, path) = (format!("{on_disk}/{on_disk}.png"), format!("{in_table}/{in_table}.png"));
        check(&table(&[&file], &[&path]), &[(&path, &file)], &note(&path));
    }
}

#[test]
fn both_forms_of_one_name_on_the_disk_are_a_duplicate() {
    let message = oasis(&["Caf\u{e9} 1.jpg", "Cafe\u{301} 1.jpg"], &["Caf\u{e9} 1"]).message();
    assert!(
        message.contains(
            "duplicate (several files for one picture): 1 – Caf\u{e9} 1 (Cafe\u{301} 1.jpg, Caf\u{e9} 1.jpg)"
        )
    );
    let message = oasis(&["Caf\u{e9} 1.jpg"], &["Caf\u{e9} 1", "Cafe\u{301} 1"]).message();
    assert!(message.contains("stands in row 2 and again in row 3"), "{message}");
}

#[test]
fn other_spaces_and_underscores_are_matched_where_one_row_meets_one_file() {
    check(
        &oasis(&["Bee sting 2.jpg", "Bee_sting_12.jpg", "Lamp 1.jpg"], &["Beesting2", "Bee sting 12", "Lamp 1"]),
        &[("Bee sting 12", "Bee_sting_12.jpg"), ("Beesting2", "Bee sting 2.jpg"), ("Lamp 1", "Lamp 1.jpg")],
        "  matched with a file of another spelling: 2 – Bee sting 12 (Bee_sting_12.jpg), Beesting2 (Bee sting 2.jpg)\n",
    );
    check(
        &table(&["x/Bee sting.png"], &["X/bee_sting.png"]),
        &[("X/bee_sting.png", "x/Bee sting.png")],
        "  matched with a file of another spelling: 1 – X/bee_sting.png (x/Bee sting.png)\n",
    );
}

#[test]
fn several_files_or_rows_that_differ_by_spaces_are_refused_with_all_names() {
    let case = oasis(&["Bee 1.jpg", "Bee_1.jpg", "Lamp 1.jpg"], &["Bee1", "Lamp 1"]);
    let message = case.message();
    let expected = "\n  unclear (rename the files as the norms do): 1 – Bee1 (Bee 1.jpg or Bee_1.jpg for Bee1)\nPut";
    assert!(message.contains(expected), "{message}");
    assert_eq!(case.load_incomplete().pictures.len(), 1, "none of the two is taken");
    let message = oasis(&["Bee 1.jpg", "Lamp 1.jpg"], &["Bee1", "Lamp 1", "Bee_1"]).message();
    assert!(
        message
            .contains("unclear (rename the files as the norms do): 2 – Bee1 (Bee 1.jpg for Bee1 or Bee_1), Bee_1 (Bee")
    );
}

#[test]
fn a_file_that_agrees_goes_before_one_that_differs_by_spaces() {
    let case = oasis(&["Bee 1.jpg", "Bee1.jpg"], &["Bee1", "Bee 1"]);
    check(&case, &[("Bee1", "Bee1.jpg"), ("Bee 1", "Bee 1.jpg")], "");
}

#[test]
fn digits_do_not_run_together() {
    let message = oasis(&["Bee 1 2.jpg", "Lamp 1.jpg"], &["Bee 12", "Lamp 1"]).message();
    assert!(message.contains("missing (in the norms, no picture file): 1 – Bee 12\n"), "{message}");
}

#[test]
fn capitals_alone_make_no_difference_unless_two_files_differ_by_them() {
    check(&oasis(&["BEE 1.JPG"], &["Bee 1"]), &[("Bee 1", "BEE 1.JPG")], "");
    let message = oasis(&["BEE 1.jpg", "bee 1.jpg"], &["Bee 1"]).message();
    assert!(message.contains("1 – Bee 1 (BEE 1.jpg, bee 1.jpg)"), "{message}");
    let note = "  matched with a file of another spelling: 1 – Bee.png (bee.PNG)\n";
    check(&table(&["bee.PNG"], &["Bee.png"]), &[("Bee.png", "bee.PNG")], note);
    check(&table(&["bee.png", "BEE.png"], &["BEE.png"]), &[("BEE.png", "BEE.png")], "");
    let message = table(&["bee.png", "BEE.png"], &["Bee.png"]).message();
    assert!(message.contains("1 – Bee.png (BEE.png, bee.png)"), "{message}");
}

#[test]
fn all_usual_extensions_are_found() {
    let case = oasis(&["d.png"], &["a", "b", "c", "d", "e"]);
    let picture = std::fs::read(case.spec.images.join("d.png")).unwrap();
    for name in ["a.jpe", "b.JFIF", "c.dib", "e.apng"] {
        case.file(name, &picture);
    }
    let expected = [("a", "a.jpe"), ("b", "b.JFIF"), ("c", "c.dib"), ("d", "d.png"), ("e", "e.apng")];
    check(&case, &expected, "");
}

#[test]
fn a_path_without_extension_finds_its_file_if_there_is_one_only() {
    let note = "  matched with a file of another spelling: 1 – x/bee (x/bee.png)\n";
    check(&table(&["x/bee.png"], &["x/bee"]), &[("x/bee", "x/bee.png")], note);
    let message = table(&["x/bee.png", "x/bee.jpg"], &["x/bee"]).message();
    assert!(
        message.contains("duplicate (several files for one picture): 1 – x/bee (x/bee.jpg, x/bee.png)"),
        "{message}"
    );
}

#[test]
fn what_resembles_a_missing_name_is_told_and_not_used() {
    let case = oasis(&["Bee-01.jpg", "Cafe 2.jpg", "Lamp 1.jpg"], &["Bee 1", "Caf\u{e9} 2", "Lamp 1", "Sun 3"]);
    case.file("Sun 3.heic", b"not read");
    let message = case.message();
    let expected = "missing (in the norms, no picture file): 3 – Bee 1 (is it Bee-01.jpg? then make the names agree), \
        Caf\u{e9} 2 (is it Cafe 2.jpg? then make the names agree), Sun 3 (Sun 3.heic is passed over: only .jpg, ";
    assert!(message.contains(expected), "{message}");
    let message = table(&["x/bee.png", "b.png"], &["x/bee.tif", "b.png"]).message();
    assert!(message.contains("1 – x/bee.tif (is it x/bee.png? then make the names agree)"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let case = oasis(&["Lamp 1.jpg"], &["Lamp 1"]);
    let name = std::ffi::OsStr::from_bytes(b"Caf\xe9 1.jpg");
    std::fs::copy(case.spec.images.join("Lamp 1.jpg"), case.spec.images.join(name)).unwrap();
    assert!(case.message().contains("1 – Caf\u{fffd} 1.jpg (not in the norms; its name is not Unicode, rename it)"));
}
