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
    assert_eq!(set.pictures[1].object_category.as_deref(), Some("Faces"));
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
             picture by groups of raters and not over all: decide on a group with columns.valence, or on a mean, write a \
             table with 'path' and 'valence', and set kind = \"table\""
        ),
        "{message}"
    );
}

/// Three rows of headings, as in the workbook, over the columns of an export.
const HEADINGS: [&str; 3] = [
    ";;;;;Women;;;;;;Men;;;;;;All;;;;;;;;;;;;;;",
    ";;;;;Valence;;Approach-avoidance;;Arousal;;Valence;;Approach-avoidance;;Arousal;;Valence;;Approach-avoidance;;\
     Arousal;;;;;;;;;;",
    "ID;Category;Nr;V/H;Description;M;SD;M;SD;M;SD;M;SD;M;SD;M;SD;M;SD;M;SD;M;SD;Width;Height;Luminance;Contrast;\
     JPEG_size80;LABL;LABA;LABB;Entropy",
];

/// The export under its headings, each line's cells changed by `change`.
fn rearranged(change: impl Fn(&mut Vec<String>)) -> String {
    let quoted = export("").replace("\"invented; face\"", "invented face");
    let line = |line: &str| {
        let mut cells: Vec<String> = line.split(';').map(str::to_owned).collect();
        change(&mut cells);
        cells.join(";") + "\n"
    };
    HEADINGS.into_iter().chain(quoted.lines()).map(line).collect()
}

#[test]
fn headings_tell_the_columns_when_some_are_dropped_or_inserted() {
    check(&Case::new(Kind::Naps, &PICTURES, rearranged(|_| {})).load());
    let without_number = rearranged(|cells| drop(cells.remove(2)));
    check(&Case::new(Kind::Naps, &PICTURES, without_number).load());
    let with_remarks = rearranged(|cells| cells.insert(5, "checked".into()));
    check(&Case::new(Kind::Naps, &PICTURES, with_remarks).load());
    let without_women_and_approach = rearranged(|cells| {
        cells.drain(19..21);
        cells.drain(5..11);
    });
    check(&Case::new(Kind::Naps, &PICTURES, without_women_and_approach).load());
}

#[test]
fn headings_in_one_row_and_in_other_languages_are_read() {
    let table = "Bild;Kategorie;Frauen Valenz MW;Alle Valenz MW;Alle Valenz SD;Alle Erregung MW\n\
        Animals_001_h;Animals;2,0;7,0;1,1;4,4\nFaces_002_v;Faces;8,0;5,1;1,2;3,5\nObjects_003_h;Objects;8,8;2,2;0,9;6,6\n";
    check(&Case::new(Kind::Naps, &PICTURES, table).load());
    let english =
        table.replace("Alle", "All").replace("Valenz MW", "Valence (M)").replace("Erregung MW", "Arousal (M)");
    check(&Case::new(Kind::Naps, &PICTURES, english).load());
    let minimal = "ID,valence,arousal\nAnimals_001_h,7,4.4\nFaces_002_v,5.1,3.5\nObjects_003_h,2.2,6.6\n";
    check(&Case::new(Kind::Naps, &PICTURES, minimal).load());
}

#[test]
fn ratings_of_women_and_men_alone_are_refused_and_listed() {
    let table = rearranged(|cells| drop(cells.drain(17..23)));
    let mut case = Case::new(Kind::Naps, &PICTURES, table);
    let message = case.message();
    assert!(
        message.starts_with(
            "norms.txt: row 3: 2 columns may hold the valence: 'Women Valence M', 'Men Valence M'; say which it is in the \
             set, such as columns.valence = \"Women Valence M\" (the columns are 'ID', 'Category', "
        ),
        "{message}"
    );
    case.spec.columns.valence = Some("Men Valence M".into());
    assert_eq!(case.load().pictures[0].valence, Some(9.0));
}

#[test]
fn without_headings_only_the_published_layouts_are_read() {
    let shorter: String = export("").lines().map(|line| format!("{}\n", line.rsplit_once(';').unwrap().0)).collect();
    let message = Case::new(Kind::Naps, &PICTURES, shorter).message();
    assert!(message.contains("no header row with a column 'ID' and the mean valence of all raters"), "{message}");
    let seven = "Animals_001_h,Animals,1,h,invented frog,7.0,4.4\nFaces_002_v,Faces,2,v,invented face,5.1,3.5\n\
        Objects_003_h,Objects,3,h,invented lamp,2.2,6.6\n";
    let set = Case::new(Kind::Naps, &PICTURES, seven).load();
    check(&set);
    assert!(set.notes.reading.contains("columns by position: arousal column 7, id column 1"), "{}", set.notes.reading);
    let without_words: String =
        seven.lines().map(|line| line.replace("invented ", "1").replace(",h,", ",9,") + "\n").collect();
    Case::new(Kind::Naps, &PICTURES, without_words).message();
    let mut unknown = Case::new(Kind::Naps, &PICTURES, seven.replace(",invented", ",x,invented"));
    assert!(unknown.message().contains("no header row"));
    let named = |column: &str| Some(column.to_owned());
    unknown.spec.columns = stimuli::Columns {
        id: named("column 1"),
        valence: named("column 7"),
        arousal: named("column 8"),
        ..Default::default()
    };
    check(&unknown.load());
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
