//! The user's own labels override the rule.

use stimuli::{Kind, Unlabelled};

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

const NORMS: &str = "IAPS,valmn\n1050,7.5\n1051,7.5\n2055.1,.\n3000,2.0\n";

fn case(labels: &str) -> Case {
    let mut case = Case::new(Kind::Iaps, &["1050.jpg", "1051.jpg", "2055.1.jpg", "3000.jpg"], NORMS);
    case.labels(labels);
    case
}

#[test]
fn labels_override_the_rule_and_stand_in_for_a_missing_rating() {
    let mut case = case("id;category\n1050,0;neutral\n2055.1.jpg;P\n3000;unknown\n1051;\n");
    let set = case.load();
    let expected = [
        ("1050", Some(7.5), NEUTRAL),
        ("1051", Some(7.5), PLEASANT),
        ("2055.1", None, PLEASANT),
        ("3000", Some(2.0), None),
    ];
    assert_eq!(summary(&set), expected);
    assert!(
        set.notes.to_string().contains("labels given by the user: 3; of the 2 with a valence 2 differ from the rule"),
        "{}",
        set.notes
    );
    case.spec.unlabelled = Unlabelled::LeftOut;
    assert_eq!(summary(&case.load())[1], ("1051", Some(7.5), None));
}

#[test]
fn a_label_for_an_unknown_picture_is_named() {
    let case = case("picture,label\n1050,pleasant\n9999,neutral\n2055.1,neutral\n");
    assert!(case.message().contains("labelled, but not in the norms: 1 – 9999"), "{}", case.message());
    assert_eq!(case.load_incomplete().pictures.len(), 4);
}

#[test]
fn labels_that_cannot_be_meant_are_refused() {
    let check = |labels: &str, expected: &str| assert_eq!(case(labels).message(), expected);
    check(
        "id,category\n1050,happy\n",
        "labels.csv, row 2, column 'category': 'happy' is no category: write pleasant, neutral, unpleasant, or unknown to \
         leave the picture out",
    );
    check(
        "id,category\n1050,pleasant\n1050.0,neutral\n",
        "labels.csv, row 3, column 'id': '1050.0' has two different labels in this file; keep one of them",
    );
    check(
        "id,category\n1050,N\n1051,neutral\n",
        "labels.csv, row 2, column 'category': 'N' may mean neutral or negative here; write the word in every row",
    );
    check("id,category\n,neutral\n", "labels.csv, row 2, column 'id': '' is no picture; every label needs one");
}

#[test]
fn the_letters_of_the_papers_are_read_where_they_are_clear() {
    let set = case("IAPS,emotion\n1050,P\n1051,N\n2055.1,U\n").load();
    let categories: Vec<_> = set.pictures.iter().map(|picture| picture.category).collect();
    assert_eq!(categories, [PLEASANT, NEUTRAL, UNPLEASANT, UNPLEASANT]);
}
