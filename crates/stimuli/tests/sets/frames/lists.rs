//! Lists of groups: the published split, and groups that are left out.

use stimuli::frames::{Part, SplitFiles};

use super::support::{Case, TABLE, UNSPLIT, summary};

const TRAIN: &str = "video,emotion\n0002.mp4,Joy\n0104.mp4,Fear\n0700.mp4,Envy\n";
const TEST: &str = "video,emotion\n0001.mp4,Joy\n0013.mp4,Fear\n";

fn case(train: &str, test: &str) -> Case {
    let mut case = Case::eight(UNSPLIT, "");
    case.spec.split = Some(SplitFiles { train: case.file("train.csv", train), test: case.file("test.csv", test) });
    case
}

#[test]
fn the_published_lists_split_the_groups() {
    let set = case(TRAIN, TEST).load();
    let sides: Vec<Part> = set.frames.iter().map(|frame| frame.part).collect();
    use Part::{Test, Train};
    assert_eq!(sides, [Test, Test, Train, Train, Test, Test, Train, Train]);
    let text = set.notes.to_string();
    assert!(text.contains("groups of the split without a frame in the table: 1 group – 0700.mp4"), "{text}");
}

#[test]
fn a_list_needs_no_labels_and_a_spreadsheet_may_have_touched_it() {
    let set = case("video\n2\n104\n", "\"\",\"group\"\n\"1\",1.0\n\"2\",\"013\"\n").load();
    assert_eq!(summary(&set), summary(&case(TRAIN, TEST).load()));
}

#[test]
fn lists_that_contradict_the_table_or_each_other_are_refused() {
    let check = |train: &str, test: &str, expected: &str| assert_eq!(case(train, test).message(), expected);
    check(
        TRAIN,
        &format!("{TEST}104,Fear\n"),
        "test.csv: the group '104' in row 4 stands in row 3 of train.csv too; frames of one group are alike and must not \
         meet in training and test: take it out of one list",
    );
    check(
        TRAIN,
        "video,emotion\n0001.mp4,Joy\n",
        "frames.csv, row 6, column 'video': '0013.mp4' stands neither in train.csv nor test.csv; add it to one, or take \
         out its rows",
    );
    check(
        &TRAIN.replace("0104.mp4,Fear", "0104.mp4,Awe"),
        TEST,
        "frames.csv, row 8, column 'emotion': 'Fear' is another label than 'Awe', which train.csv gives the group \
         '0104.mp4' in row 3; correct one of them, or take the column of labels out of the list",
    );
    check(
        &format!("{TRAIN}2,Joy\n"),
        TEST,
        "train.csv, row 5, column 'video': '2' stands in row 2 of this list already; keep one of the rows",
    );
    check(
        &format!("{TRAIN},Joy\n"),
        TEST,
        "train.csv, row 5, column 'video': '' is no group; every row of a list needs one",
    );
    check(
        "name,emotion\n0002.mp4,Joy\n",
        TEST,
        "train.csv: no header row with a column 'video' or 'group'; the columns in row 1 are 'name', 'emotion'",
    );
    let mut second = Case::eight(TABLE, "");
    second.spec.split = case(TRAIN, TEST).spec.split;
    assert_eq!(
        second.message(),
        "frames.csv: the column 'split' says how the groups are split, and so does split; take out one of them"
    );
}

#[test]
fn censored_groups_are_left_out_and_counted() {
    let table = format!(
        "{}e1.png,Joy,0300.mp4,train\nf1.png,Awe,0301.mp4,test\n",
        UNSPLIT
            .replace("video\n", "video,split\n")
            .replace("0001.mp4\n", "0001.mp4,train\n")
            .replace("0002.mp4\n", "0002.mp4,test\n")
            .replace("0013.mp4\n", "0013.mp4,train\n")
            .replace("0104.mp4\n", "0104.mp4,test\n")
    );
    let expected = [
        "left out, censored groups: 2 – 0300.mp4 (1 frame), 0301.mp4 (1 frame)",
        "censored groups without a frame in the table: 1 group – 2016.mp4",
    ];
    // As it is published, with two columns of unequal length; or with one.
    for list in ["very.bad,less.bad\n0300.mp4,2016.mp4\n,0301.mp4\n", "video\n300\n301\n2016.mp4\n"] {
        let mut case = Case::eight(&table, "");
        case.spec.censored = Some(case.file("censored.csv", list));
        let set = case.load();
        assert_eq!((set.frames.len(), set.classes.names().join(" ")), (8, "Fear Joy".into()), "the class went too");
        expected.iter().for_each(|part| assert!(set.notes.to_string().contains(part), "{}", set.notes));
    }
    let mut case = Case::eight(&table, "");
    case.spec.censored = Some(case.file("censored.csv", "film,reason\n0300.mp4,x\n"));
    assert_eq!(
        case.message(),
        "censored.csv: no header row with a column 'video' or 'group', or the columns 'very.bad' and 'less.bad'; the \
         columns in row 1 are 'film', 'reason'"
    );
}
