//! What is read, however it is written.

use stimuli::PictureSource;
use stimuli::frames::{ClassList, FrameColumns, Grouping, OtherLabels, Part};

use super::support::{Case, EIGHT, TABLE, UNSPLIT, summary};

const EXPECTED: [(&str, &str, &str, Part); 8] = [
    ("a1.png", "Joy", "A", Part::Train),
    ("a2.png", "Joy", "A", Part::Train),
    ("b1.png", "Joy", "B", Part::Test),
    ("b2.png", "Joy", "B", Part::Test),
    ("c1.png", "Fear", "C", Part::Train),
    ("c2.png", "Fear", "C", Part::Train),
    ("d1.png", "Fear", "D", Part::Test),
    ("d2.png", "Fear", "D", Part::Test),
];

#[test]
fn a_table_with_four_columns_is_read_whatever_its_delimiter_and_headings() {
    let case = Case::eight(TABLE, "");
    let set = case.load();
    assert_eq!(summary(&set), EXPECTED);
    assert_eq!((set.name.as_str(), set.classes.names()), ("clips", ["Fear".to_owned(), "Joy".to_owned()].as_slice()));
    assert_eq!((set.groups.join(" "), set.show_thumbnails, set.is_synthetic()), ("A B C D".into(), false, false));
    assert_eq!((set.part(Part::Train), set.part(Part::Test)), (vec![0, 1, 4, 5], vec![2, 3, 6, 7]));
    assert_eq!(set.frames[0].with_pixels(|pixels| pixels.dimensions()).unwrap(), (3, 2));
    for table in [
        TABLE.replace(',', ";"),
        TABLE.replace(',', "\t").replace('\n', "\r"),
        TABLE.replace("path,label,group,split", "File name,Emotion,Video ID,Partition"),
        TABLE.replace("train", "Training").replace("test", "hold-out"),
        format!("Frames of invented clips\n\n{TABLE}"),
    ] {
        assert_eq!(summary(&Case::eight(&table, "").load()), EXPECTED, "{table}");
    }
}

#[test]
fn the_notes_count_groups_and_frames_of_every_class() {
    let text = Case::eight(TABLE, "").load().notes.to_string();
    let expected = "8 frames of 4 groups in 2 classes: 4 frames of 2 groups to train, 4 frames of 2 groups to test\n  \
        read from frames.csv, headings in row 1: group 'group', label 'label', path 'path', split 'split'\n  \
        Fear  train     1 groups       2 frames   test     1 groups       2 frames\n  \
        Joy   train     1 groups       2 frames   test     1 groups       2 frames\n";
    assert_eq!(text, expected);
}

#[test]
fn columns_of_other_names_are_named_by_the_user() {
    let table = TABLE.replace("path,label,group,split", "shot,feeling,film,side");
    let mut case = Case::eight(&table, "");
    case.spec.columns = FrameColumns {
        path: Some("shot".into()),
        label: Some("feeling".into()),
        group: Some("Film".into()),
        split: Some("column 4".into()),
    };
    assert_eq!(summary(&case.load()), EXPECTED);
}

#[test]
fn frames_in_folders_are_found_and_stand_in_natural_order() {
    let files = ["v2/9.png", "v2/10.png", "v10/1.png", "v10/2.png"];
    let table = "path,label,group,split\nv10\\2.png,x,v10,test\nv2/10.png,y,v2,train\n./v10/1.png,x,v10,test\nv2/9.png,y,v2,train\n";
    let more = ["v1/1.png", "v3/1.png"];
    let table = format!("{table}v3/1.png,x,v3,train\nv1/1.png,y,v1,test\n");
    let set = Case::new(&[files.as_slice(), &more].concat(), table, "").load();
    let ids: Vec<&str> = set.frames.iter().map(|frame| frame.id.as_str()).collect();
    assert_eq!(ids, ["v1/1.png", "v2/9.png", "v2/10.png", "v3/1.png", "v10/1.png", "v10/2.png"]);
    assert_eq!(set.groups, ["v1", "v2", "v3", "v10"]);
    assert!(matches!(&set.frames[2].source, PictureSource::File(path) if path.ends_with("v2/10.png")));
}

#[test]
fn names_that_differ_by_case_and_spaces_are_found_and_said() {
    let set = Case::eight(&TABLE.replace("a1.png", "A1.PNG").replace("b1.png", "b 1.png"), "").load();
    assert_eq!(set.frames.len(), 8);
    let text = set.notes.to_string();
    assert!(text.contains("matched with a file of another spelling: 2 – A1.PNG (a1.png), b 1.png (b1.png)"), "{text}");
}

#[test]
fn labels_agree_whatever_their_case_and_separators() {
    let table = TABLE
        .replace("a1.png,Joy", "a1.png,sexual_desire")
        .replace("a2.png,Joy", "a2.png,Sexual-Desire")
        .replace("Joy", "Sexual Desire");
    let set = Case::eight(&table, "").load();
    assert_eq!(set.classes.names(), ["Fear", "Sexual Desire"]);
    let text = set.notes.to_string();
    assert!(text.contains("the label 'Sexual-Desire' was read as 'Sexual Desire' (1 frame)"), "{text}");
    assert!(text.contains("the label 'sexual_desire' was read as 'Sexual Desire' (1 frame)"), "{text}");
}

#[test]
fn given_classes_have_the_given_order_and_other_labels_are_left_out_and_counted() {
    let table =
        TABLE.replace("split\n", "split\ne1.png,Nostalgia,E,train\ne2.png,nostalgia,F,test\ne3.png,Envy,G,train\n");
    let mut case = Case::eight(&table, "classes = ['joy', 'Fear']\nother_labels = 'leave-out'");
    let set = case.load();
    assert_eq!(set.classes.names(), ["joy", "Fear"]);
    assert_eq!((set.frames[0].class, set.frames[4].class, set.groups.len()), (0, 1, 4));
    let text = set.notes.to_string();
    let expected =
        "left out, labels that are none of the classes: 3 – Envy (1 frame), Nostalgia (1 frame), nostalgia (1 frame)";
    assert!(text.contains(expected), "{text}");
    case.spec.other_labels = OtherLabels::Refuse;
    case.spec.classes = Some(ClassList::Known("emonet".into()));
    let message = case.message();
    assert!(
        message.starts_with("frames.csv, row 2, column 'label': 'Nostalgia' is none of the 20 classes"),
        "{message}"
    );
}

#[test]
fn emonets_classes_keep_their_order_whatever_the_table_says() {
    let emonet = stimuli::frames::Classes::emonet();
    let mut table = String::from("path,label,group,split\n");
    let mut files = Vec::new();
    for (class, name) in emonet.names().iter().enumerate().rev() {
        let name = if name == "Empathic Pain" { "empathetic pain" } else { name };
        for side in ["train", "test"] {
            files.push(format!("{class}-{side}.png"));
            table += &format!("{class}-{side}.png,{name},{class}{side},{side}\n");
        }
    }
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let set = Case::new(&files, table, "classes = 'emonet'").load();
    assert_eq!(set.classes, emonet);
    assert!(set.frames.iter().all(|frame| frame.id.split('-').next() == Some(&frame.class.to_string())));
    assert!(set.notes.to_string().contains("the label 'empathetic pain' was read as 'Empathic Pain' (2 frames)"));
}

#[test]
fn pictures_that_are_their_own_groups_are_said_to_be() {
    let table = "path,label\na1.png,x\na2.png,x\nb1.png,y\nb2.png,y\n";
    let mut case = Case::eight(table, "test_share = 0.5\nseed = 3");
    assert!(
        case.message().contains("group = \"each\", which makes every frame a group of its own"),
        "{}",
        case.message()
    );
    case.spec.group = Some(Grouping::Each);
    let set = case.load();
    assert_eq!(set.groups, ["a1.png", "a2.png", "b1.png", "b2.png"]);
    let text = set.notes.to_string();
    assert!(text.contains("every frame is a group of its own (group = \"each\")"), "{text}");
    assert!(text.contains("split at random by group: test_share 0.5 of each class, seed 3"), "{text}");
}

#[test]
fn groups_are_one_whatever_a_spreadsheet_made_of_their_numbers() {
    let table =
        UNSPLIT.replace("b2.png,Joy,0002.mp4", "b2.png,Joy,2").replace("c2.png,Fear,0013.mp4", "c2.png,Fear,13.0");
    let set = Case::eight(&table, "test_share = 0.5\nseed = 1").load();
    assert_eq!(set.groups, ["0001.mp4", "2", "13.0", "0104.mp4"]);
}

#[test]
fn a_workbook_is_read_as_a_text_is() {
    let fixture = crate::support::fixture("frames.xlsx");
    let mut case = Case::eight(TABLE, "");
    case.spec.table = fixture;
    let set = case.load();
    let columns = |frames: &[(&str, &str, &str, Part)]| {
        frames.iter().map(|f| (f.0.to_owned(), f.1.to_owned(), f.3)).collect::<Vec<_>>()
    };
    assert_eq!(columns(&summary(&set)), columns(&EXPECTED));
    assert_eq!(set.groups, ["1", "2", "13", "104"]);
    assert!(set.notes.reading.starts_with("read from frames.xlsx, sheet 'frames'"), "{}", set.notes.reading);
}

#[test]
fn the_content_sum_depends_on_labels_sides_and_bytes_and_not_on_names_and_places() {
    let sum = |table: &str, keys: &str| Case::eight(table, keys).load().content_sha256().unwrap();
    let first = sum(TABLE, "");
    assert_eq!(sum(TABLE, "show_thumbnails = true"), first, "another folder, the same content");
    let swapped = TABLE.replace("test", "x").replace("train", "test").replace(",x", ",train");
    assert_ne!(sum(&swapped, ""), first);
    assert_ne!(sum(&TABLE.replace("Joy", "Awe"), ""), first);
    let case = Case::eight(TABLE, "");
    image::RgbImage::new(1, 1).save(case.spec.images.join(EIGHT[0])).unwrap();
    assert_ne!(case.load().content_sha256().unwrap(), first);
}
