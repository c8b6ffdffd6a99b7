//! PNG copies of a set: the same set, bit for bit, for every program that reads PNG.

use std::path::Path;

use stimuli::{Kind, PictureSet, SetSpec, StimuliError, copies};

use crate::support::{Case, fixture};

const TABLE: &str = "Theme,Category,Valence_mean,Arousal_mean\nBee 1,Animal,2.125,5.5\n\"Lamp, tall 2\",,4.1,\nSun 3,Scene,6.3,3\n\
     Turned 4,Scene,4.8,1\n";

/// A set of JPEG files: progressive, CMYK, grey and turned.
fn case() -> Case {
    let case = Case::new(Kind::Oasis, &[], TABLE);
    let files = [("Bee 1", "progressive"), ("Lamp, tall 2", "cmyk"), ("Sun3", "grey"), ("Turned 4", "turned")];
    for (name, picture) in files {
        case.file(&format!("{name}.jpg"), &std::fs::read(fixture(&format!("pictures/{picture}.jpg"))).unwrap());
    }
    case
}

/// The set of the copies, as the documentation says that it is read.
fn reread(set: &PictureSet, folder: &Path, scale: Option<[f64; 2]>) -> PictureSet {
    let text = serde_json::json!({
        "name": set.name, "kind": "table", "images": folder.join(&set.name),
        "ratings": folder.join(format!("{}.csv", set.name)), "scale": scale, "columns": {"id": "id"},
    });
    stimuli::load(&serde_json::from_value::<SetSpec>(text).unwrap(), false).unwrap_or_else(|error| panic!("{error}"))
}

fn check_equal(copied: &PictureSet, set: &PictureSet) {
    assert_eq!(copied.pictures.len(), set.pictures.len());
    for (copy, original) in copied.pictures.iter().zip(&set.pictures) {
        let norms = |picture: &stimuli::Picture| {
            (
                picture.id.clone(),
                picture.valence,
                picture.arousal,
                picture.object.clone(),
                picture.object_category.clone(),
                picture.category,
            )
        };
        assert_eq!(norms(copy), norms(original));
        let pixels = |picture: &stimuli::Picture| picture.with_pixels(image::RgbImage::clone).unwrap();
        assert_eq!(pixels(copy), pixels(original), "{}", copy.id);
    }
}

#[test]
fn copies_are_the_same_set_bit_for_bit() {
    let (case, folder) = (case(), tempfile::tempdir().unwrap());
    let set = case.load();
    let table = copies::write(&set, folder.path()).unwrap();
    assert_eq!(table, folder.path().join("test.csv"));
    check_equal(&reread(&set, folder.path(), Some([1.0, 7.0])), &set);
    // Once more: nothing is written, and nothing is in the way.
    let before = std::fs::metadata(&table).unwrap().modified().unwrap();
    copies::write(&set, folder.path()).unwrap();
    assert_eq!(std::fs::metadata(&table).unwrap().modified().unwrap(), before);
    let hidden = std::fs::read_dir(folder.path().join("test")).unwrap().count();
    assert_eq!(hidden, 4, "four copies and no leftover");
}

#[test]
fn the_table_maps_each_original_to_its_copy_and_its_sum() {
    use sha2::Digest;
    let (case, folder) = (case(), tempfile::tempdir().unwrap());
    let set = case.load();
    let text = std::fs::read_to_string(copies::write(&set, folder.path()).unwrap()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "path,id,source,sha256,width,height,category,arousal,object,object_category,valence");
    let bytes = std::fs::read(folder.path().join("test/Sun 3.png")).unwrap();
    let sum: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let source = case.spec.images.join("Sun3.jpg");
    assert_eq!(lines[3], format!("Sun 3.png,Sun 3,{},{sum},24,16,pleasant,3,Sun,Scene,6.3", source.display()));
    assert!(lines[4].ends_with(",16,24,unknown,1,Turned,Scene,4.8"), "{}", lines[4]);
}

#[test]
fn another_file_in_the_way_is_kept_and_named() {
    let (case, folder) = (case(), tempfile::tempdir().unwrap());
    let set = case.load();
    std::fs::create_dir(folder.path().join("test")).unwrap();
    let other = folder.path().join("test/Sun 3.png");
    std::fs::write(&other, b"mine").unwrap();
    let error = copies::write(&set, folder.path()).unwrap_err();
    assert!(matches!(&error, StimuliError::Exists { path } if *path == other), "{error}");
    assert_eq!(std::fs::read(&other).unwrap(), b"mine");
    assert!(!folder.path().join("test.csv").exists(), "the table comes last");
}

#[test]
fn sets_with_folders_and_without_valences_are_copied_too() {
    let table = "path,category\nx/a.bmp,neutral\ny/a.tiff,pleasant\nb.v2.png,unknown\n";
    let case = Case::new(Kind::Table, &["x/a.bmp", "y/a.tiff", "b.v2.png"], table);
    let (set, folder) = (case.load(), tempfile::tempdir().unwrap());
    copies::write(&set, folder.path()).unwrap();
    assert!(folder.path().join("test/y/a.png").exists());
    check_equal(&reread(&set, folder.path(), None), &set);
}

#[test]
fn names_that_are_no_file_names_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["..", "/etc/x", "a/../b", "a/"] {
        let case = Case::new(Kind::Oasis, &["Bee 1.png"], "Theme,Valence_mean\nBee 1,2\n");
        let mut set = case.load();
        set.name = name.into();
        let message = copies::write(&set, folder.path()).unwrap_err().to_string();
        assert_eq!(message, format!("picture set '{name}': '{name}' cannot be the name of a file; rename it"));
    }
    let case = case();
    let mut set = case.load();
    set.pictures[1].id = "BEE 1".into();
    let message = copies::write(&set, folder.path()).unwrap_err().to_string();
    assert!(message.contains("two pictures would be written to 'BEE 1.png'"), "{message}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
