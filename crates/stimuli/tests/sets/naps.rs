//! NAPS: columns by position below three header rows, legacy workbooks, semicolons and decimal commas.

use stimuli::{Kind, PictureSet};

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

const PICTURES: [&str; 3] = ["Animals_001_h.JPG", "Faces_002_v.jpg", "Objects_003_h.jpg"];

/// One line of an export: the ratings of women and men differ from those of all.
fn line(id: &str, words: &str, valence: &str, arousal: &str) -> String {
    let women = "2,0;1,0;5,0;1,0;8,0;1,0";
    let men = "9,0;1,0;5,0;1,0;1,5;1,0";
    format!(
        "{id};Animals;1;h;{words};{women};{men};{valence};1,0;5,5;1,0;{arousal};1,0;1600;1200;120,5;60,2;3;1;1;1;7,5\n"
    )
}

fn export(header: &str) -> String {
    [
        header,
        &line("Animals_001_h", "invented frog", "7,0", "4,4"),
        &line("Faces_002_v", "\"invented; face\"", "5,1", "3,5"),
        &line("Objects_003_h", "invented lamp, small", "2,2", "6,6"),
    ]
    .concat()
}

fn check(set: &PictureSet) {
    let expected = [
        ("Animals_001_h", Some(7.0), PLEASANT),
        ("Faces_002_v", Some(5.1), NEUTRAL),
        ("Objects_003_h", Some(2.2), UNPLEASANT),
    ];
    assert_eq!(summary(set), expected);
    assert_eq!(set.pictures.iter().map(|p| p.arousal).collect::<Vec<_>>(), [Some(4.4), Some(3.5), Some(6.6)]);
}

#[test]
fn the_legacy_workbook_is_read_by_position() {
    let set = Case::with_fixture(Kind::Naps, &PICTURES, "naps.xls").load();
    check(&set);
    assert_eq!(set.pictures[1].object.as_deref(), Some("Faces"));
    assert!(set.notes.to_string().contains("used 1110 of 1356 pictures"), "{}", set.notes);
}

#[test]
fn exports_with_decimal_commas_are_read_whatever_their_header() {
    for header in ["", "ID;Category;Nr\n", ";;;\n;;;\nID;Category;Nr;V/H;Description;M;SD\n"] {
        check(&Case::new(Kind::Naps, &PICTURES, export(header)).load());
    }
}

#[test]
fn comma_separated_exports_and_row_numbers_in_front_are_read() {
    let commas = export("").replace(',', ".").replace("invented; face", "invented face").replace(';', ",");
    check(&Case::new(Kind::Naps, &PICTURES, &commas).load());
    let numbered: String = commas.lines().enumerate().map(|(index, line)| format!("{index},{line}\n")).collect();
    check(&Case::new(Kind::Naps, &PICTURES, numbered).load());
}

#[test]
fn ids_may_carry_the_files_extension() {
    check(&Case::new(Kind::Naps, &PICTURES, export("").replace("_h;", "_h.jpg;")).load());
}

#[test]
fn the_erotic_subset_is_recognised_and_explained() {
    let message = Case::with_fixture(Kind::Naps, &PICTURES, "naps-ero.xlsx").message();
    assert!(
        message.ends_with(
            "naps-ero.xlsx: this is the workbook of NAPS-ERO (sheets 'Ratings' and 'Image parameters'), which rates each \
             picture by groups of raters and not over all: decide on a mean, write a table with 'path' and 'valence', and \
             set kind = \"table\""
        ),
        "{message}"
    );
}

#[test]
fn too_few_columns_are_explained() {
    let message = Case::new(Kind::Naps, &PICTURES, "ID,valence\nAnimals_001_h,5\n").message();
    assert!(message.contains("at least 22 columns"), "{message}");
}

#[test]
fn a_picture_in_two_rows_is_refused() {
    let table = export("") + &line("animals_001_H", "again", "6,0", "3,0");
    assert_eq!(
        Case::new(Kind::Naps, &PICTURES, table).message(),
        "norms.txt: the picture 'animals_001_H' stands in row 1 and again in row 4; keep one of them"
    );
}

#[test]
fn a_row_that_is_no_picture_is_named() {
    let table = export("") + &line("Average", "of all", "5,0", "3,0");
    assert_eq!(
        Case::new(Kind::Naps, &PICTURES, table).message(),
        "norms.txt, row 4, column 'ID': 'Average' is no NAPS picture name, such as Animals_001_h"
    );
}
