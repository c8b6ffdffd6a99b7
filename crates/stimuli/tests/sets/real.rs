//! The open part of OASIS, where it is at hand (`GAINLAB_DATA`, else `../shared/data` beside the repository).

use std::path::{Path, PathBuf};

use stimuli::{Kind, SetSpec};

fn data() -> PathBuf {
    std::env::var_os("GAINLAB_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from)
        .join("oasis-pixabay")
}

#[test]
fn the_open_part_of_oasis_loads_and_decodes() {
    let folder = data();
    if !folder.join("OASIS.csv").exists() {
        eprintln!("skipped: no OASIS pictures in {}", folder.display());
        return;
    }
    let text = serde_json::json!({
        "name": "oasis", "kind": Kind::Oasis, "images": folder.join("images"), "ratings": folder.join("OASIS.csv")
    });
    let spec: SetSpec = serde_json::from_value(text).unwrap();
    let table = std::fs::read_to_string(&spec.ratings).unwrap();
    let rows = table.split(['\r', '\n']).filter(|line| !line.is_empty()).count() - 1;
    let set = stimuli::load(&spec, true).unwrap();
    eprintln!("{}", set.notes);
    assert_eq!(set.pictures.len() + set.notes.problems.missing.len(), rows, "every row is used or missing");
    assert!(set.notes.problems.unreadable.is_empty() && set.notes.problems.unrated.is_empty());
    for picture in set.pictures.iter().step_by(25) {
        let (width, height) = picture.with_pixels(|pixels| pixels.dimensions()).unwrap();
        assert!(width >= 100 && height >= 100, "{}", picture.id);
    }
}
