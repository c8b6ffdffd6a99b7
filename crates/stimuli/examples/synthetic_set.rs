//! Writes a synthetic picture set as files, so that other programs can read what an experiment was shown:
//!
//! ```text
//! cargo run -p stimuli --release --example synthetic_set -- STYLE PER_CATEGORY SEED FOLDER
//! ```
//!
//! STYLE is `flat` or `sketch`. The folder gets one PNG per picture, named by its id, and `ratings.csv` with the columns
//! `path`, `valence` and `object`, which is a set of kind `table` on the scale 1–9. The pictures are drawings with
//! invented valences.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use stimuli::synthetic::{Style, SyntheticSpec, scene_set};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [style, per_category, seed, folder] = arguments.as_slice() else {
        return Err("expected STYLE PER_CATEGORY SEED FOLDER, as in flat 40 11 pictures/synthetic-flat".into());
    };
    let style = Style::ALL.into_iter().find(|known| known.name() == style).ok_or("STYLE must be flat or sketch")?;
    let spec =
        SyntheticSpec { name: style.name().into(), style, per_category: per_category.parse()?, seed: seed.parse()? };
    write_set(&spec, Path::new(folder))
}

fn write_set(spec: &SyntheticSpec, folder: &Path) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder)?;
    let mut ratings = String::from("path,valence,object,object_category\n");
    for picture in scene_set(spec).pictures {
        let file = format!("{}.png", picture.id);
        picture.with_pixels(|pixels| pixels.save(folder.join(&file)))??;
        let valence = picture.valence.map(|valence| valence.to_string()).unwrap_or_default();
        let [object, category] = [picture.object, picture.object_category].map(Option::unwrap_or_default);
        writeln!(ratings, "{file},{valence},{object},{category}")?;
    }
    std::fs::write(folder.join("ratings.csv"), ratings)?;
    Ok(())
}
