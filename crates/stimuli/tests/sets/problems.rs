//! Pictures that cannot be used are listed by name; content sums tell sets apart.

use stimuli::{Kind, StimuliError};

use crate::support::Case;

const NORMS: &str = "IAPS,valmn\n1,7.5\n2,5\n3,2\n";

#[test]
fn missing_unreadable_duplicate_and_unrated_pictures_are_all_named() {
    let norms = format!("{NORMS}4,5\n5,.\n");
    let case = Case::new(Kind::Iaps, &["1.jpg", "2.jpg", "2.PNG", "5.jpg", "77.jpg"], norms);
    case.file("3.jpg", b"<html>please log in</html>");
    assert_eq!(
        case.message(),
        "picture set 'test': 2 pictures can be used, but not all is in order.\n  \
         missing (in the norms, no picture file): 1 – 4\n  \
         unreadable: 1 – 3 (not a JPEG, PNG, BMP, TIFF or WebP file)\n  \
         duplicate (several files for one picture): 1 – 2 (2.PNG, 2.jpg)\n  \
         unrated: 2 – 5 (no valence in row 6), 77.jpg (not in the norms)\n\
         Put this right, or go on with the 2 usable pictures: --allow-missing"
    );
    let set = case.load_incomplete();
    let ids: Vec<&str> = set.pictures.iter().map(|picture| picture.id.as_str()).collect();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(set.notes.problems.unrated.len(), 2);
}

#[test]
fn the_error_holds_the_whole_list_though_it_prints_ten() {
    let rows: String = (1..=25).map(|id| format!("{id},5\n")).collect();
    let case = Case::new(Kind::Iaps, &["25.jpg"], format!("IAPS,valmn\n{rows}"));
    let Err(StimuliError::Incomplete { problems, usable, .. }) = stimuli::load(&case.spec, false) else {
        panic!("24 pictures are missing");
    };
    assert_eq!((problems.missing.len(), usable), (24, 1));
    assert!(case.message().contains("24 – 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, … and 14 more"), "{}", case.message());
}

#[test]
fn both_capitalisations_of_one_extension_are_a_duplicate() {
    let case = Case::new(Kind::Iaps, &["1.jpg", "1.JPG", "2.jpg", "3.jpg"], NORMS);
    assert!(case.message().contains("duplicate (several files for one picture): 1 – 1 (1.JPG, 1.jpg)"));
}

#[test]
fn a_set_without_any_usable_picture_is_an_error_in_any_case() {
    let case = Case::new(Kind::Iaps, &[], NORMS);
    let error = stimuli::load(&case.spec, true).expect_err("nothing is there").to_string();
    assert!(error.starts_with("picture set 'test': no picture can be used.\n  missing"), "{error}");
    assert!(error.ends_with("images' the folder of the picture files themselves?"), "{error}");
}

#[test]
fn folders_and_files_that_are_not_there_are_named() {
    let mut case = Case::new(Kind::Iaps, &[], NORMS);
    case.spec.images = case.spec.images.join("nowhere");
    assert!(case.message().starts_with("cannot read images/nowhere: "), "{}", case.message());
    let mut case = Case::new(Kind::Iaps, &[], NORMS);
    case.spec.ratings = case.spec.ratings.join("nowhere.csv");
    assert!(case.message().starts_with("cannot read norms.txt/nowhere.csv: "), "{}", case.message());
}

#[test]
fn companions_that_operating_systems_leave_are_passed_over() {
    let case = Case::new(Kind::Iaps, &["1.jpg", "2.jpg", "3.jpg"], NORMS);
    case.file("._1.jpg", b"\0\x05\x16\x07");
    case.file("Thumbs.db", b"x");
    assert_eq!(case.load().pictures.len(), 3);
}

#[test]
fn damaged_workbooks_are_explained() {
    for start in [b"PK\x03\x04 and then nothing".as_slice(), b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 cut off"] {
        let message = Case::new(Kind::Iaps, &[], start).message();
        assert!(message.starts_with("norms.txt: cannot read this workbook ("), "{message}");
        assert!(message.ends_with("save it again as .xlsx or .csv"), "{message}");
    }
}

#[test]
fn the_content_sum_depends_on_ids_ratings_and_bytes_and_on_nothing_else() {
    let case = |norms: &str| Case::new(Kind::Iaps, &["1.jpg", "2.jpg", "3.jpg"], norms);
    let sum = |case: &Case| case.load().content_sha256().unwrap();
    let first = sum(&case(NORMS));
    assert_eq!(first.len(), 64);
    assert_eq!(sum(&case(NORMS)), first, "another folder, the same content");
    assert_ne!(sum(&case(&NORMS.replace("7.5", "7.6"))), first);
    let changed = case(NORMS);
    std::fs::rename(changed.spec.images.join("1.jpg"), changed.spec.images.join("x")).unwrap();
    changed.picture("1.png");
    assert_ne!(sum(&changed), first, "the file is another one");
    let mut renamed = case(NORMS);
    renamed.spec.name = "other".into();
    assert_eq!(sum(&renamed), first);
}

#[test]
fn halves_of_a_set_share_no_picture_and_keep_the_categories() {
    let rows: String = (1..=12).map(|id| format!("{id},{}\n", [7.5, 5.0, 2.0][id % 3])).collect();
    let names: Vec<String> = (1..=12).map(|id| format!("{id}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let set = Case::new(Kind::Iaps, &names, format!("IAPS,valmn\n{rows}")).load();
    let [a, b] = set.halves(5);
    assert_eq!((a.name.as_str(), b.name.as_str()), ("test-A", "test-B"));
    assert_eq!((a.notes.counts, b.notes.counts), ([2, 2, 2], [2, 2, 2]));
    assert!(a.pictures.iter().all(|picture| !b.pictures.contains(picture)));
    assert!(a.notes.to_string().contains("one of two stratified halves of 'test' (seed 5)"));
}
