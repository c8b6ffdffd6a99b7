//! Any other set: paths that stay inside, scales, categories.

use stimuli::{Kind, Unlabelled};

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

fn case(pictures: &[&str], table: &str, scale: Option<[f64; 2]>) -> Case {
    let mut case = Case::new(Kind::Table, pictures, table);
    case.spec.scale = scale;
    case
}

#[test]
fn valences_of_any_scale_become_categories() {
    let table = "path\tvalence\tarousal\tobject\tObject category\nfaces/b.png\t90\t50\tface\tperson\nfaces\\a.bmp\t47\t\t\t\n./c.tiff\t10\t20\tcloud\tscene\n";
    let set = case(&["faces/a.bmp", "faces/b.png", "c.tiff", "unmentioned.png"], table, Some([0.0, 100.0])).load();
    let expected =
        [("c.tiff", Some(10.0), UNPLEASANT), ("faces/a.bmp", Some(47.0), None), ("faces/b.png", Some(90.0), PLEASANT)];
    assert_eq!(summary(&set), expected);
    assert_eq!(set.pictures[2].object.as_deref(), Some("face"));
    assert_eq!(set.pictures[2].object_category.as_deref(), Some("person"));
    assert_eq!(set.pictures[1].object_category, None);
    assert_eq!(set.pictures[1].arousal, None);
}

#[test]
fn categories_need_no_valence_and_no_scale() {
    let set = case(&["a.png", "b.png", "c.webp"], "path,category\na.png,Pleasant\nb.png,neg\nc.webp,unknown\n", None);
    assert_eq!(summary(&set.load()), [("a.png", None, PLEASANT), ("b.png", None, UNPLEASANT), ("c.webp", None, None)]);
}

#[test]
fn a_category_overrides_the_valence_and_an_empty_one_does_not() {
    let table = "path,valence,category\na.png,9,neutral\nb.png,9,\nc.png,5,\n";
    let mut case = case(&["a.png", "b.png", "c.png"], table, Some([1.0, 9.0]));
    let set = case.load();
    assert_eq!(
        summary(&set),
        [("a.png", Some(9.0), NEUTRAL), ("b.png", Some(9.0), PLEASANT), ("c.png", Some(5.0), NEUTRAL)]
    );
    assert_eq!((set.notes.labelled, set.notes.relabelled), (1, 1));
    case.spec.unlabelled = Unlabelled::LeftOut;
    assert_eq!(
        summary(&case.load()),
        [("a.png", Some(9.0), NEUTRAL), ("b.png", Some(9.0), None), ("c.png", Some(5.0), None)]
    );
}

#[test]
fn a_path_must_stay_inside_the_image_folder() {
    for path in
        ["/etc/hostname.jpg", "../a.jpg", "x/../../a.jpg", "..\\a.jpg", "\\\\server\\a.jpg", "C:\\a.jpg", "c:a.jpg"]
    {
        assert_eq!(
            case(&["a.jpg"], &format!("path\tvalence\n{path}\t5\n"), Some([1.0, 9.0])).message(),
            format!(
                "norms.txt, row 2, column 'path': '{path}' leads out of the image folder; write paths relative to \
                 'images', without '..'"
            )
        );
    }
    let message = case(&["a.jpg"], "path,valence\n,5\n", Some([1.0, 9.0])).message();
    assert!(message.contains("is no path; every row needs the path of its picture"), "{message}");
    let message = case(&["a.jpg"], "path,valence\n./,5\n", Some([1.0, 9.0])).message();
    assert!(message.contains("is no path of a picture file"), "{message}");
}

#[test]
fn valence_without_a_scale_is_refused() {
    assert_eq!(
        case(&["a.jpg"], "path,valence\na.jpg,5\n", None).message(),
        "picture set 'test': valence needs its rating scale, such as scale = [1, 9]: the thresholds are rescaled to it"
    );
}

#[test]
fn a_picture_with_neither_valence_nor_category_is_unrated() {
    let message = case(&["a.jpg", "b.jpg"], "path,category\na.jpg,pleasant\nb.jpg,\n", None).message();
    assert!(message.contains("unrated: 1 – b.jpg (no valence in row 3)"), "{message}");
}

#[test]
fn a_folder_in_place_of_a_picture_is_unreadable() {
    let message = case(&["x/a.jpg", "b.jpg"], "path,category\nx,neutral\nb.jpg,neutral\n", None).message();
    assert!(message.contains("unreadable: 1 – x (not a file)"), "{message}");
}

#[test]
fn ids_are_paths_as_the_table_writes_them_unless_a_column_of_ids_is_named() {
    let table = "path,id,category\nx\\a.png,9,neutral\nb.JPG,10,pleasant\n";
    let mut case = case(&["x/a.png", "b.JPG"], table, None);
    assert_eq!(summary(&case.load()), [("b.JPG", None, PLEASANT), ("x/a.png", None, NEUTRAL)]);
    case.spec.columns.id = Some("id".into());
    assert_eq!(summary(&case.load()), [("9", None, NEUTRAL), ("10", None, PLEASANT)]);
}

#[test]
fn a_named_column_of_ids_needs_one_in_every_row_and_no_id_twice() {
    let message = |rows: &str| {
        let mut case = case(&["a.png", "b.png"], &format!("path,code,category\n{rows}"), None);
        case.spec.columns.id = Some("code".into());
        case.message()
    };
    let empty = message("a.png,7,neutral\nb.png,,neutral\n");
    assert!(empty.contains("row 3") && empty.contains("is no id; every row needs one"), "{empty}");
    let twice = message("a.png,7,neutral\nb.png,7,neutral\n");
    assert!(twice.contains("the picture '7' stands in row 2 and again in row 3"), "{twice}");
}
