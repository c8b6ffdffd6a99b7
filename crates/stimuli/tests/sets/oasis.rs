//! OASIS: bare carriage returns, an unnamed first column, themes that end in a space, a scale of seven points.

use stimuli::Kind;

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

const TABLE: &str = ",Theme,Category,Source,Valence_mean,Valence_SD,Valence_N,Arousal_mean,Arousal_SD,Arousal_N\r\
    I1,Kite 10,Object,Nowhere,6.25,0.95,102,2.34,1.60,101\r\
    I2,Kite 2 ,Object,Nowhere,4.1,0.95,102,2.22,1.39,101\r\
    I3,Wasp 1,Animal,Nowhere,2.5,0.95,102,5.30,1.51,101\r\
    I4,Kettle 1,Object,Nowhere,4.75,0.95,102,2.10,1.51,101\r";

#[test]
fn the_table_is_read_and_its_thresholds_are_rescaled() {
    let case = Case::new(Kind::Oasis, &["Kite 10.jpg", "Kite 2.jpg", "Wasp 1.jpg", "Kettle 1.jpg"], TABLE);
    let set = case.load();
    let expected = [
        ("Kettle 1", Some(4.75), None),
        ("Kite 2", Some(4.1), NEUTRAL),
        ("Kite 10", Some(6.25), PLEASANT),
        ("Wasp 1", Some(2.5), UNPLEASANT),
    ];
    assert_eq!(summary(&set), expected, "in natural order, the theme without its closing space");
    assert_eq!(set.pictures[2].object.as_deref(), Some("Kite"));
    assert_eq!(set.pictures[3].arousal, Some(5.3));
    let categories: Vec<_> = set.pictures.iter().filter_map(|picture| picture.object_category.as_deref()).collect();
    assert_eq!(categories, ["Object", "Object", "Object", "Animal"], "as the table's own column says");
    assert_eq!((set.notes.counts, set.notes.left_out), ([1, 1, 1], 1));
}

#[test]
fn a_category_of_objects_is_one_whatever_its_case_and_none_where_it_is_the_users_own_of_emotions() {
    let files = ["Kite 10.jpg", "Kite 2.jpg", "Wasp 1.jpg", "Kettle 1.jpg"];
    let table = TABLE.replace("Kite 2 ,Object", "Kite 2 , object").replace("Wasp 1,Animal", "Wasp 1,");
    let set = Case::new(Kind::Oasis, &files, table).load();
    let categories: Vec<_> = set.pictures.iter().map(|picture| picture.object_category.as_deref()).collect();
    assert_eq!(categories, [Some("Object"), Some("Object"), Some("Object"), None]);
    let table = TABLE.replace("Object", "neutral").replace("Animal", "unpleasant");
    let mut case = Case::new(Kind::Oasis, &files, table);
    case.spec.columns.category = Some("Category".into());
    let set = case.load();
    assert_eq!(set.categories(), [NEUTRAL, NEUTRAL, NEUTRAL, UNPLEASANT]);
    assert!(set.pictures.iter().all(|picture| picture.object_category.is_none()));
}

#[test]
fn the_first_column_may_have_a_name_and_a_file_may_keep_the_space() {
    let table = TABLE.replace(",Theme", "Unnamed: 0,Theme").replace('\r', "\r\n");
    let case = Case::new(Kind::Oasis, &["Kite 10.jpg", "Kite 2 .jpg", "Wasp 1.jpg", "Kettle 1.jpg"], table);
    assert_eq!(case.load().pictures.len(), 4);
}

#[test]
fn a_part_of_the_set_is_an_error_that_names_what_is_missing_or_a_choice() {
    let case = Case::new(Kind::Oasis, &["Kite 2.jpg", "Wasp 1.jpg"], TABLE);
    assert_eq!(
        case.message(),
        "picture set 'test': 2 pictures can be used, but not all is in order.\n  missing (in the norms, no picture file): 2 \
         – Kettle 1, Kite 10\nPut this right, or go on with the 2 usable pictures: --allow-missing"
    );
    let set = case.load_incomplete();
    assert_eq!(set.pictures.len(), 2);
    assert_eq!(set.notes.problems.missing, ["Kettle 1", "Kite 10"]);
    assert!(set.notes.to_string().contains("missing (in the norms, no picture file): 2 – Kettle 1, Kite 10"));
}

#[test]
fn a_valence_above_seven_is_another_scale() {
    let message = Case::new(Kind::Oasis, &[], TABLE.replace("6.25", "8.25")).message();
    assert!(message.starts_with("norms.txt, row 2, column 'Valence_mean': '8.25' lies outside the rating scale 1–7"));
    let mut case = Case::new(Kind::Oasis, &["Kite 10.jpg"], TABLE.replace("6.25", "8.25"));
    case.spec.scale = Some([1.0, 9.0]);
    assert_eq!(summary(&case.load_incomplete()), [("Kite 10", Some(8.25), PLEASANT)]);
}
