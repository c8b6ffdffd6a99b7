//! Tables that can be read in two ways are refused; those that can be read in one way are read, however they are written.

use stimuli::{Columns, Kind, PictureSet};

use crate::support::{Case, NEUTRAL, PLEASANT, UNPLEASANT, summary};

const PICTURES: [&str; 3] = ["fox.png", "jug.png", "tar.png"];

fn case(table: impl AsRef<[u8]>) -> Case {
    let mut case = Case::new(Kind::Table, &PICTURES, table);
    case.spec.scale = Some([1.0, 9.0]);
    case
}

fn check(set: &PictureSet) {
    let expected =
        [("fox.png", Some(7.5), PLEASANT), ("jug.png", Some(5.25), NEUTRAL), ("tar.png", Some(2.0), UNPLEASANT)];
    assert_eq!(summary(set), expected, "{}", set.notes);
}

fn refused(table: &str, parts: &[&str]) {
    let message = case(table).message();
    for part in parts {
        assert!(message.contains(part), "'{part}' is not in: {message}");
    }
}

const PLAIN: &str = "path,valence,arousal\nfox.png,7.5,4\njug.png,5.25,3\ntar.png,2,6\n";

#[test]
fn headings_may_say_valence_in_many_ways_and_stand_below_notes() {
    for heading in
        ["valence", "Valence_mean", "valence (all)", "Val. M", "MeanValence", "Valenz MW", "walencja", "效价均值"]
    {
        check(&case(PLAIN.replace("valence", heading)).load());
    }
    check(&case(format!("Invented ratings\n\nby,nobody\n\"see, too\"\n{PLAIN}")).load());
    check(&case(PLAIN.replace("arousal", "valence_sd").replace("2,6", "2,2")).load());
}

#[test]
fn other_headings_are_listed_and_can_be_named() {
    let table = "File name,pleasantness,SD\nfox.png,7.5,1\njug.png,5.25,1\ntar.png,2,1\n";
    let mut named = case(table);
    assert_eq!(
        named.message(),
        "norms.txt: no header row with the columns 'path' and 'valence' or 'category'; the columns in row 1 are 'File \
         name', 'pleasantness', 'SD'. Name the one that is meant in the set, such as columns.valence = \"SD\""
    );
    named.spec.columns.valence = Some("Pleasantness".into());
    check(&named.load());
    assert!(named.load().notes.reading.ends_with("headings in row 1: path 'File name', valence 'pleasantness'"));
    named.spec.columns.valence = Some("column 2".into());
    check(&named.load());
    named.spec.columns.valence = Some("pleasure".into());
    let message = named.message();
    assert!(
        message.contains("no column 'pleasure' (columns.valence); the columns in row 1 are 'File name'"),
        "{message}"
    );
    named.spec.columns.valence = Some("File name".into());
    assert!(named.message().contains("row 2, column 'File name': 'fox.png' is not a number"), "{}", named.message());
}

#[test]
fn two_columns_for_one_meaning_are_refused_and_named() {
    refused(
        "path,valence,arousal,Valence,arousal\nfox.png,2,4,7.5,4\n",
        &[
            "row 1: 2 columns may hold the valence: 'valence' (column 2), 'Valence' (column 4)",
            "columns.valence = \"valence\"",
        ],
    );
    for header in
        ["path,valence,valence.1", "path,valence_x,valence_y", "path,Valence_M,Valence_F", "path,valence,mean valence"]
    {
        refused(&format!("{header}\nfox.png,2,7.5\n"), &["2 columns may hold the valence"]);
    }
    refused(
        "file,val_de\nfox.png,7.5\n",
        &["the only column that may hold the valence is 'val_de'", "columns.valence = \"val_de\""],
    );
    refused("path,path,valence\nfox.png,jug.png,5\n", &["2 columns may hold the path"]);
    let groups = "image,students,,patients,\n,valence,arousal,valence,arousal\nfox.png,1,4,7.5,4\njug.png,9,4,5.25,4\ntar.png,8,4,2,4\n";
    refused(groups, &["row 2: 2 columns may hold the valence: 'students valence', 'patients valence'"]);
    let mut named = case(groups);
    named.spec.columns = Columns { valence: Some("patients valence".into()), ..Columns::default() };
    let set = named.load();
    check(&set);
    assert!(set.notes.to_string().contains("no arousal was read: it may be 'students arousal' or 'patients arousal'"));
}

#[test]
fn two_header_rows_are_two_tables() {
    let two = format!("{PLAIN}\nmen\npath,valence,arousal\nfox.png,2,4\njug.png,5,3\ntar.png,7,6\n");
    refused(&two, &["2 header rows have", "'row 1', 'row 7'", "such as sheet = \"row 1\""]);
    let mut chosen = case(&two);
    chosen.spec.sheet = Some("row 1".into());
    check(&chosen.load());
    chosen.spec.sheet = Some("row 9".into());
    assert!(chosen.message().contains("there is no table 'row 9'; those with"), "{}", chosen.message());
    let mut one = case(PLAIN);
    one.spec.sheet = Some("All".into());
    assert_eq!(one.message(), "norms.txt: this is a text, which has no sheets; take out sheet = \"All\"");
}

#[test]
fn more_values_than_headings_are_refused_with_both_readings() {
    refused(
        "path,valence,arousal\nfox.png,7,5,4,0\n",
        &[
            "row 2: 5 values stand under 3 headings ('path', 'valence', 'arousal')",
            "the comma in '7,5' a decimal comma",
        ],
    );
    refused(
        "path,valence,arousal\nfox.png,7.5,4\njug.png,5,25,3\n",
        &["row 3: 4 values stand under 3 headings", "'5,25'"],
    );
    refused("path,valence\nfox.png,7,5\njug.png,5,25\ntar.png,2,0\n", &["row 2: 3 values stand under 2 headings"]);
    refused("path,valence,,\nfox.png,7,5,\n", &["row 2: 3 values stand under 2 headings"]);
    refused("path\tvalence\nfox.png\t7.5\tor so\n", &["row 2: 3 values stand under 2 headings", "quotation marks"]);
    check(&case(PLAIN.replace('\n', ",,\n")).load());
}

#[test]
fn columns_without_a_heading_are_said() {
    let numbered = ",path,valence\n1,fox.png,7.5\n2,jug.png,5.25\n3,tar.png,2\n";
    assert!(case(numbered).load().notes.remarks.is_empty(), "numbers of rows are nothing to speak of");
    let inner = PLAIN.replace("path,valence", "path,,valence").replace(".png,", ".png,x,");
    let set = case(inner).load();
    check(&set);
    assert_eq!(set.notes.remarks, ["column 2 has no heading and was not read: 3 cells, the first 'x' in row 2"]);
    let set = case("path,valence,,\nfox.png,7.5,,\njug.png,5.25,,6\ntar.png,2,,\n").load();
    check(&set);
    assert_eq!(set.notes.remarks, ["column 4 has no heading and was not read: 1 cells, the first '6' in row 3"]);
}

#[test]
fn what_r_writes_is_read_with_and_without_its_row_names() {
    for delimiter in [' ', '\t', ';', ','] {
        let table = format!(
            "\"path\" \"valence\" \"object\"\n{}",
            [r#""1" "fox.png" 7.5 "a \"red\" fox""#, r#""2" "jug.png" 5.25 "jug""#, r#""3" "tar.png" 2 NA"#,]
                .join("\n")
        );
        let table = table
            .replace(' ', &delimiter.to_string())
            .replace(&format!("a{delimiter}"), "a ")
            .replace(&format!("\"{delimiter}fox\\"), "\" fox\\");
        let table = table.replace(&format!("\\\"{delimiter}fox\""), "\\\" fox\"");
        let set = case(&table).load();
        check(&set);
        assert_eq!(set.pictures[0].object.as_deref(), Some("a \"red\" fox"), "{table}");
    }
    check(&case("path\tvalence\nfox.png\t7.5\t\njug.png\t5.25\t\ntar.png\t2\t\n").load());
    check(&case("\"path\",\"valence\"\n\"7\",\"fox.png\",7.5\n\"9\",\"jug.png\",5.25\n\"8\",\"tar.png\",2.0\n").load());
}

#[test]
fn line_breaks_in_quotes_belong_to_their_cell_and_stray_quotes_do_not_hide_rows() {
    let table =
        "path,object,valence\nfox.png,\"a fox,\nred\r\nand \"\"quick\"\"\",7.5\njug.png,,5.25\ntar.png,\"tar\n\",2\n";
    let set = case(table).load();
    check(&set);
    assert_eq!(set.pictures[0].object.as_deref(), Some("a fox,\nred\nand \"quick\""));
    refused(&table.replace("jug.png,,5.25", "jug.png,,high"), &["row 5, column 'valence': 'high'"]);
    refused(
        "path,valence,object\nfox.png,7.5,\"fox\njug.png,5.25,5\"\ntar.png,2,tar\n",
        &["row 2: a quotation mark opens here and closes in row 3", "2 lines are one row"],
    );
    check(&case("path\tvalence\tobject\nfox.png\t7.5\t\"fox\njug.png\t5.25\tjug\ntar.png\t2\t12\" tar\n").load());
}

#[test]
fn numbers_in_two_readings_are_refused() {
    let on_wide_scale = |table: &str| {
        let mut case = case(table);
        case.spec.scale = Some([0.0, 2000.0]);
        case.message()
    };
    let message = on_wide_scale("path;valence\nfox.png;1,500\n");
    assert!(message.contains("row 2, column 'valence': '1,500' may be 1.5 or 1500"), "{message}");
    let message = on_wide_scale("path;valence\nfox.png;7,5\njug.png;1.250\n");
    assert!(message.contains("row 3, column 'valence': '1.250' may be 1.25 or 1250"), "{message}");
    check(&case("path;valence\nfox.png;7,500\njug.png;5.25\ntar.png;2\n").load());
    refused("path;valence\nfox.png;75\n", &["row 2, column 'valence': '75' lies outside the rating scale 1–9"]);
}

#[test]
fn encodings_are_found_or_named() {
    let table = |bytes: &[u8]| {
        [b"path,valence,object\rfox.png,7.5,".as_slice(), bytes, b"\rjug.png,5.25,\rtar.png,2,\r"].concat()
    };
    for (bytes, expected) in [(b"gar\x8Don".as_slice(), "macintosh"), (b"gar\xE7on", "windows-1252")] {
        let set = case(table(bytes)).load();
        assert_eq!(set.pictures[0].object.as_deref(), Some("garçon"));
        assert_eq!(set.notes.remarks, [format!("read as {expected}; where letters look wrong, set encoding = \"…\"")]);
    }
    let mut polish = case(table(b"\xBF\xF3\xB3w"));
    polish.spec.encoding = Some("windows-1250".into());
    let set = polish.load();
    assert_eq!((set.pictures[0].object.as_deref(), set.notes.remarks.len()), (Some("żółw"), 0));
}

#[test]
fn pictures_and_sets_may_be_named_like_missing_values() {
    let names = ["NA.png", "null.png", "nan.png", "None.png"];
    let rows: String = names.iter().map(|name| format!("{name},7.5\n")).collect();
    let mut case = Case::new(Kind::Table, &names, format!("path,valence\n{rows}"));
    case.spec.scale = Some([1.0, 9.0]);
    case.spec.name = "NA".into();
    let ids: Vec<String> = case.load().pictures.into_iter().map(|picture| picture.id).collect();
    assert_eq!(ids, ["NA.png", "nan.png", "None.png", "null.png"]);
}

#[test]
fn iaps_rows_of_one_picture_are_averaged_only_where_they_are_two_sets() {
    let pictures = ["1001.jpg", "1002.jpg"];
    let check = |table: &str| Case::new(Kind::Iaps, &pictures, "").message_of(table);
    let groups = "IAPS,valmn,group\n1001,7,men\n1001,5,women\n1002,3,men\n1002,2,women\n";
    assert!(check(groups).contains("the picture '1001' has other ratings in row 3 than in row 2"), "{}", check(groups));
    let same_set = "IAPS,valmn,set\n1001,7,4\n1002,3,4\n1002,2,4\n";
    assert!(
        check(same_set).contains("the picture '1002' has other ratings in row 4 than in row 3"),
        "{}",
        check(same_set)
    );
    let some = Case::new(Kind::Iaps, &pictures, "IAPS,valmn\n1001,7\n1002,3\n1002,2\n").load();
    assert_eq!((some.pictures[1].valence, some.notes.averaged), (Some(2.5), vec!["1002".to_owned()]));
}

#[test]
fn columns_can_be_named_for_every_kind() {
    let named = |valence: &str, id: &str| Columns {
        valence: Some(valence.into()),
        id: Some(id.into()),
        category: Some("mine".into()),
        ..Columns::default()
    };
    for (kind, picture) in [(Kind::Iaps, "1001"), (Kind::Naps, "Faces_001_v"), (Kind::Oasis, "Fox 1")] {
        let table = format!("slide,V,mine\n{picture},6.75,neutral\nNote: invented,,\n");
        let file = format!("{picture}.png");
        let mut case = Case::new(
            kind,
            &[&file],
            table.replace("\nNote: invented,,", if kind == Kind::Oasis { "" } else { "\nNote: invented,," }),
        );
        assert!(case.message().contains("the columns in row 1 are 'slide', 'V', 'mine'"), "{}", case.message());
        case.spec.columns = named("V", "slide");
        let set = case.load();
        assert_eq!(summary(&set), [(picture, Some(6.75), NEUTRAL)]);
        let passed_over = "rows without a picture, passed over: 1 – row 3 ('Note: invented')";
        assert_eq!(set.notes.remarks.iter().any(|remark| remark == passed_over), kind != Kind::Oasis);
    }
}
