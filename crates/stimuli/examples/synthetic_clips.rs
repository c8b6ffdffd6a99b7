//! Writes a synthetic set of clips as files, so that other programs can read what an experiment was shown:
//!
//! ```text
//! cargo run -p stimuli --release --example synthetic_clips -- STYLE CLIPS FRAMES SIDE SEED FOLDER
//! ```
//!
//! STYLE is `flat` or `sketch`, FRAMES the frames of each clip, SIDE their pixels a side. The folder gets one PNG per
//! frame and `frames.csv` with the columns `path`, `label`, `group` and `split`, which `stimuli::frames` reads with
//! `classes = "emonet"`. The clips are SYNTHETIC: their classes carry EmoNet's names and stand for invented recipes.

use std::error::Error;
use std::fmt::Write;
use std::path::Path;

use stimuli::synthetic::{ClipSpec, Style, clip_set};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [style, clips, frames, side, seed, folder] = arguments.as_slice() else {
        return Err("expected STYLE CLIPS FRAMES SIDE SEED FOLDER, as in flat 200 5 96 1 clips/synthetic".into());
    };
    let style = Style::ALL.into_iter().find(|known| known.name() == style).ok_or("STYLE must be flat or sketch")?;
    let spec = ClipSpec {
        name: style.name().into(),
        style,
        clips: clips.parse()?,
        frames_per_clip: frames.parse()?,
        side: side.parse()?,
        seed: seed.parse()?,
    };
    write_set(&spec, Path::new(folder))
}

fn write_set(spec: &ClipSpec, folder: &Path) -> Result<(), Box<dyn Error>> {
    let set = clip_set(spec)?;
    let mut table = String::from("path,label,group,split\n");
    for frame in &set.frames {
        let path = format!("{}.png", frame.id);
        let file = folder.join(&path);
        file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        frame.with_pixels(|pixels| pixels.save(&file))??;
        let label = set.classes.name(frame.class).unwrap_or_default();
        writeln!(table, "{path},{label},{},{}", set.groups[frame.group], frame.part.name())?;
    }
    std::fs::write(folder.join("frames.csv"), table)?;
    print!("{}: {}", set.name, set.notes);
    Ok(())
}
