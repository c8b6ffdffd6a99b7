//! Writes every kind of figure, and a report with every kind of block, from invented data: `gallery FOLDER`.
//!
//! Meant for the eye; the tests open the same report in a browser.

mod charts;
mod classifier;
mod page;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: gallery FOLDER")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    for (name, figure) in charts::all()? {
        std::fs::write(folder.join(format!("{name}.svg")), figure.svg())?;
        std::fs::write(folder.join(format!("{name}.png")), figure.png()?)?;
    }
    std::fs::write(folder.join("report.html"), page::report()?.html())?;
    Ok(())
}
