//! Writes contact sheets of what the synthetic renderer draws, to be looked at by a person:
//!
//! ```text
//! cargo run -p stimuli --release --example contact_sheet -- [FOLDER]
//! ```
//!
//! `classes.png` shows every object class in a row of its own, half in each style; `synthetic-flat.png` and
//! `synthetic-sketch.png` show the two picture sets, with columns pleasant, neutral, unpleasant in turn.
//! `clips-flat.png` and `clips-sketch.png` show three clips of each class of synthetic clips in a row, four frames each.

use std::error::Error;
use std::path::{Path, PathBuf};

use image::imageops::{FilterType, overlay, resize};
use image::{Rgb, RgbImage};
use stimuli::synthetic::{ClipFrame, Style, SyntheticSpec, class_names, object_picture, scene_set};

/// Every pixel becomes a square of this side.
const ZOOM: u32 = 2;
/// White space around each picture, in pixels.
const GAP: u32 = 4;
/// Side of an object picture: the input of the demonstration network.
const SIDE: u32 = 64;
/// Object pictures per class.
const EXAMPLES: usize = 12;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    std::fs::create_dir_all(&folder)?;
    save(&class_pictures(), EXAMPLES, &folder.join("classes.png"))?;
    for style in Style::ALL {
        let spec = SyntheticSpec { name: style.name().into(), style, per_category: 30, seed: 1 };
        let set = scene_set(&spec);
        println!("{}: {}", set.name, set.notes);
        let pictures =
            set.pictures.iter().map(|picture| picture.with_pixels(RgbImage::clone)).collect::<Result<Vec<_>, _>>()?;
        save(&pictures, 9, &folder.join(format!("{}.png", set.name)))?;
        save(&clip_frames(style), 12, &folder.join(format!("clips-{}.png", style.name())))?;
    }
    Ok(())
}

fn class_pictures() -> Vec<RgbImage> {
    let example = |index: usize| {
        let (class, example) = (index / EXAMPLES, index % EXAMPLES);
        object_picture(class, Style::ALL[example * 2 / EXAMPLES], example as u64, SIDE)
    };
    (0..class_names().len() * EXAMPLES).map(example).collect()
}

fn clip_frames(style: Style) -> Vec<RgbImage> {
    let frame = |index: u32| {
        let (class, clip, frame) = (index / 12, index / 4 % 3, index % 4);
        ClipFrame { style, seed: clip.into(), class: class as usize, frame, frames: 4, side: SIDE }.render()
    };
    (0..20 * 12).map(frame).collect()
}

/// Lays equal pictures out in rows and writes them as one file.
fn save(pictures: &[RgbImage], columns: usize, path: &Path) -> Result<(), Box<dyn Error>> {
    let Some(first) = pictures.first() else { return Ok(()) };
    let (width, height) = (first.width() * ZOOM, first.height() * ZOOM);
    let rows = pictures.len().div_ceil(columns) as u32;
    let size = (columns as u32 * (width + GAP) + GAP, rows * (height + GAP) + GAP);
    let mut sheet = RgbImage::from_pixel(size.0, size.1, Rgb([255; 3]));
    for (index, picture) in pictures.iter().enumerate() {
        let (column, row) = ((index % columns) as u32, (index / columns) as u32);
        let large = resize(picture, width, height, FilterType::Nearest);
        overlay(&mut sheet, &large, (GAP + column * (width + GAP)).into(), (GAP + row * (height + GAP)).into());
    }
    sheet.save(path)?;
    println!("wrote {}", path.display());
    Ok(())
}
