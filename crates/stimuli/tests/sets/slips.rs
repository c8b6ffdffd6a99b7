//! Rows whose cells have slipped are refused by row and cell, whatever made them slip.

use stimuli::Kind;

use crate::support::Case;

const IAPS: &str = "desc\tIAPS\tvalmn\tvalsd\taromn\tarosd\tset\n\
                    Snake\t1050\t3.46\t2.15\t6.87\t1.68\t1\n\
                    Puppies\t1710\t8.34\t1.12\t5.41\t2.34\t2\n\
                    Mug\t7035\t4.98\t0.96\t2.66\t1.82\t3\n\
                    Spoon\t7004\t5.04\t0.60\t2.00\t1.66\t4\n";
const OASIS: &str = "Theme,Valence_mean,Valence_SD,Arousal_mean,Arousal_SD,Note\n\
                     Dog 1,6.1,0.9,4.2,1.7,\nCat 1,5.8,1.1,3.9,1.6,\nRoad 1,4.1,0.7,2.2,1.3,\nWar 1,1.6,0.8,5.1,1.5,\n";

fn iaps() -> Case {
    Case::new(Kind::Iaps, &["1050.jpg", "1710.jpg", "7035.jpg", "7004.jpg"], IAPS)
}

fn oasis() -> Case {
    Case::new(Kind::Oasis, &["Dog 1.jpg", "Cat 1.jpg", "Road 1.jpg", "War 1.jpg"], OASIS)
}

fn check(case: &Case, table: String, parts: &[&str]) {
    let message = case.message_of(table);
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
}

#[test]
fn whole_tables_are_read() {
    assert_eq!(iaps().load().pictures.len(), 4);
    assert_eq!(oasis().load().pictures.len(), 4);
}

#[test]
fn a_lost_cell_is_refused_wherever_it_was() {
    let case = iaps();
    for cell in ["Puppies\t", "8.34\t", "1.12\t", "5.41\t"] {
        check(&case, IAPS.replace(cell, ""), &["row 3: 6 cells stand under 7 headings", "a cell is missing"]);
    }
    check(&case, IAPS.replace("8.34\t1.12", "8.34 1.12"), &["row 3: 6 cells"]);
}

/// As a spreadsheet program leaves it where a cell was deleted and the others moved left.
#[test]
fn a_lost_cell_is_refused_though_the_row_is_as_long_as_the_others() {
    let case = iaps();
    let moved = |cell: &str| IAPS.replace(cell, "").replace("5.41\t2.34\t2", "5.41\t2.34\t2\t");
    check(&case, moved("8.34\t"), &["row 3", "valsd", "5.41", "no standard deviation", "whose mean is 1.12"]);
    let case = oasis();
    let table = OASIS.replace("Cat 1,5.8,1.1,3.9,1.6,", "Cat 1,1.1,3.9,1.6,,");
    check(&case, table, &["row 3", "Valence_SD", "3.9", "whose mean is 1.1"]);
    let table = OASIS.replace("Cat 1,5.8,1.1,3.9,1.6,", "5.8,1.1,3.9,1.6,,");
    check(&case, table, &["row 3", "Theme", "5.8", "a number in a column of words"]);
}

#[test]
fn a_cell_too_many_is_refused_though_the_last_columns_are_empty() {
    let case = oasis();
    let table = OASIS.replace("Dog 1,", "Dog, brown,");
    check(&case, table, &["row 2: 7 cells stand under 6 headings", "quotation marks"]);
}

#[test]
fn ratings_beyond_their_scale_are_refused_arousal_too() {
    let case = iaps();
    check(&case, IAPS.replace("2.66", "26.6"), &["aromn", "26.6", "outside the rating scale 1–9"]);
    check(&case, IAPS.replace("1.68", "-1.68"), &["arosd", "-1.68", "no standard deviation"]);
}

#[test]
fn columns_without_headings_and_missing_values_are_no_slips() {
    let case = oasis();
    let more: String =
        OASIS.lines().enumerate().map(|(at, line)| format!("{line}{}\n", if at > 0 { "," } else { "" })).collect();
    std::fs::write(&case.spec.ratings, more).unwrap();
    assert_eq!(case.load().pictures.len(), 4, "every row ends in one delimiter more");
    std::fs::write(&case.spec.ratings, OASIS.replace("5.1,1.5", ",")).unwrap();
    assert_eq!(case.load().pictures[3].arousal, None);
}
