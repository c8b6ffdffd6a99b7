//! What is refused, word for word.

use super::support::{Case, TABLE, UNSPLIT};

fn check(table: &str, keys: &str, expected: &str) {
    assert_eq!(Case::eight(table, keys).message(), expected);
}

#[test]
fn a_group_on_both_sides_or_with_two_labels_is_refused() {
    check(
        &TABLE.replace("a2.png,Joy,A,train", "a2.png,Joy,a,test"),
        "",
        "frames.csv, row 3, column 'split': 'test' is another side than 'train' in row 2 of the same group 'a'; frames of \
         one group are alike and must not meet in training and test: put them all on one side",
    );
    check(
        &TABLE.replace("d2.png,Fear", "d2.png,Joy"),
        "",
        "frames.csv, row 9, column 'label': 'Joy' is another label than 'Fear' in row 8 of the same group 'D'; a group has \
         one label: correct it, or give the two groups different names",
    );
}

#[test]
fn a_frame_that_stands_twice_is_refused() {
    check(
        &TABLE.replace("b1.png", "A1.png"),
        "",
        "frames.csv: the frame 'A1.png' stands in row 2 and again in row 4; keep one of them",
    );
}

#[test]
fn labels_that_are_no_classes_are_refused() {
    check(
        TABLE,
        "classes = ['Joy', 'Awe']",
        "frames.csv, row 6, column 'label': 'Fear' is none of the 2 classes of 'clips' (Joy, Awe); correct it, add it to \
         'classes', or leave such frames out: other_labels = \"leave-out\"",
    );
    check(
        &TABLE.replace("a1.png,Joy", "a1.png,"),
        "",
        "frames.csv, row 2, column 'label': '' is no label; every frame needs one",
    );
    let missing = TABLE.replace("Joy,A", "NaN,A").replace("Joy,B", "NaN,B");
    check(
        &missing,
        "",
        "frames.csv, row 2, column 'label': 'NaN' may be a missing value or the name of a class; write the label, or name \
         all classes in 'classes'",
    );
    assert_eq!(Case::eight(&missing, "classes = ['nan', 'Fear']").load().classes.names(), ["nan", "Fear"]);
    check(
        &TABLE.replace("Fear", "Joy"),
        "",
        "set of frames 'clips': in frames.csv, there is only the class 'Joy'; at least two are needed",
    );
}

#[test]
fn classes_without_frames_on_both_sides_are_refused() {
    let start = "set of frames 'clips': the class";
    check(
        TABLE,
        "classes = ['Joy', 'Awe', 'Fear']",
        &format!("{start} 'Awe' has no frame; add frames of it, or name the other classes only in 'classes'"),
    );
    check(
        &TABLE.replace("A,train", "A,test"),
        "",
        &format!("{start} 'Joy' has no frame to train on; put one of its groups on that side"),
    );
    check(
        &TABLE.replace("D,test", "D,train"),
        "",
        &format!("{start} 'Fear' has no frame to test; put one of its groups on that side"),
    );
    check(
        &UNSPLIT.replace("0104", "0013"),
        "test_share = 0.5\nseed = 1",
        &format!(
            "{start} 'Fear' has one group only; a split needs one to train on and one to test: add another, or leave the \
             class out"
        ),
    );
}

#[test]
fn words_that_are_no_side_and_groups_that_are_none_are_refused() {
    check(
        &TABLE.replace("B,test", "B,val"),
        "",
        "frames.csv, row 4, column 'split': 'val' is neither side of a split: write train or test",
    );
    check(
        &TABLE.replace("c1.png,Fear,C", "c1.png,Fear,"),
        "",
        "frames.csv, row 6, column 'group': '' is no group; every frame needs its video or clip",
    );
    check("path,label,group,split\n", "", "frames.csv: the table has no row under its headings");
}

#[test]
fn columns_that_are_not_there_are_named_with_what_may_stand_in_their_place() {
    check(
        UNSPLIT,
        "",
        "frames.csv: no header row with the columns 'path', 'label', 'group' (or group = \"each\", which makes every frame \
         a group of its own), 'split' (or lists of groups: split, or a random draw: test_share and seed); the columns in \
         row 1 are 'path', 'emotion', 'video'. Name the one that is meant in the set, such as columns.split = \"video\"",
    );
    check(
        "path,emotion\na1.png,Joy\n",
        "test_share = 0.5\nseed = 1",
        "frames.csv: no header row with the columns 'path', 'label', 'group' (or group = \"each\", which makes every frame \
         a group of its own); the columns in row 1 are 'path', 'emotion'. Name the one that is meant in the set, such as \
         columns.group = \"emotion\"",
    );
    let two = TABLE.replace("label,group", "group,group");
    let message = Case::eight(&two, "[columns]\nlabel = 'column 2'").message();
    let expected =
        "frames.csv: row 1: 2 columns may hold the group: 'group' (column 2), 'group' (column 3); say which it is";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn columns_beside_keys_that_say_the_same_are_refused() {
    check(
        TABLE,
        "group = 'each'",
        "frames.csv: the column 'group' says what the groups are, and so does group = \"each\"; take out one of them",
    );
    check(
        TABLE,
        "test_share = 0.2\nseed = 1",
        "frames.csv: the column 'split' says how the groups are split, and so does test_share; take out one of them",
    );
}

#[test]
fn files_that_are_missing_unclear_or_unreadable_are_refused() {
    check(
        &TABLE.replace("b1.png", "b7.png").replace("d2.png", "d9.png").replace("c1.png", "c9.png"),
        "",
        "frames.csv, row 4, column 'path': 'b7.png' has no file in images; add it, or take out the row (and 2 more: \
         c9.png, d9.png)",
    );
    let case = Case::eight(&TABLE.replace("b1.png", "b-1.png"), "");
    let hint = "has no file in images (is it b1.png? then make the names agree); add it, or take out the row";
    assert_eq!(case.message(), format!("frames.csv, row 4, column 'path': 'b-1.png' {hint}"));
    let case = Case::eight(&TABLE.replace("a1.png", "A_1"), "");
    case.frame("a 1.png");
    assert_eq!(
        case.message(),
        "frames.csv, row 2, column 'path': 'A_1' may be a 1.png or a1.png for A_1; rename the files as the table does"
    );
    let case = Case::eight(&TABLE.replace("a1.png", "e1"), "");
    case.frame("e1.png");
    case.frame("e1.bmp");
    assert_eq!(
        case.message(),
        "frames.csv, row 2, column 'path': 'e1' may be any of the files e1.bmp, e1.png in images; write the name of one"
    );
    let case = Case::eight(TABLE, "");
    std::fs::write(case.spec.images.join("c2.png"), "no picture").unwrap();
    assert_eq!(
        case.message(),
        "frames.csv, row 7, column 'path': 'c2.png' cannot be read: not a JPEG, PNG, BMP, TIFF or WebP file; put a whole \
         file in its place, or take out the row"
    );
}

#[test]
fn paths_must_stay_inside_and_tables_must_exist() {
    check(
        &TABLE.replace("a1.png", "../a1.png"),
        "",
        "frames.csv, row 2, column 'path': '../a1.png' leads out of the image folder; write paths relative to 'images', \
         without '..'",
    );
    let mut case = Case::eight(TABLE, "");
    case.spec.table = case.spec.table.with_file_name("nowhere.csv");
    assert!(case.message().starts_with("cannot read nowhere.csv: "), "{}", case.message());
    let mut case = Case::eight(TABLE, "");
    case.spec.images = case.spec.images.join("nowhere");
    assert!(case.message().starts_with("cannot read images/nowhere: "), "{}", case.message());
}
