//! The second study: "Emotion schemas are embedded in the human visual system" (Kragel, Reddan, LaBar & Wager, Science
//! Advances 5: eaaw4358, 2019), as far as it can be repeated without a scanner.
//!
//! Frames of videos pass through an AlexNet whose last layer alone is trained on emotions; what follows are the panels of
//! the paper's figure with their numbers, and what no paper has: lesions and gains of the channels that prefer a class.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod command_line;
pub mod config;

mod chance;
mod opened;
mod passed;
mod scored;

mod confusion;
mod decoding;
mod maps;
mod numbers;

mod affect;
mod interventions;
mod ratings;

mod arrays;
mod claims;
mod drawings;
mod findings;
mod report;
pub mod rows;

use anyhow::{Result, ensure};
use study::cli::Outcome;
use study::lock::Hold;
use study::machine;
use study::manifest::MANIFEST;
use study::run_folder::RunFolder;
use study::signals::StopFlag;
use vgg_core::Network;
use vgg_core::device::Precision;

pub use command_line::{Arguments, main};
use opened::Opened;

/// The program's name.
pub const NAME: &str = "exp-emonet";
/// The configuration without which nothing needs to be given.
pub const DEMONSTRATION: &str = include_str!("../../emonet-demo.toml");

/// Computes the study from beginning to end.
///
/// # Errors
/// Anything that is missing, unreadable or contradictory, or a folder that cannot be written.
pub fn whole(arguments: &Arguments) -> Result<Outcome> {
    let progress = arguments.voice.progress();
    let stop = StopFlag::listen(&progress)?;
    let (config, out) = arguments.configuration()?;
    ensure!(
        arguments.force || !out.join(MANIFEST).exists(),
        "{} already holds a run: --out DIR starts another, --force replaces it",
        out.display()
    );
    let device = machine::open_device(&arguments.device, Precision::default(), &progress)?;
    let progress = progress.on(device.info());
    let opened =
        stop.droppable("reading weights and frames", || Opened::read(config, out, arguments.allow_missing, progress))?;
    scored::check(&opened)?;
    maps::check(&opened)?;
    interventions::check(&opened)?;
    ratings::check(&opened)?;
    let folder = RunFolder::open(&opened.out, &opened.plan, Hold::Alone)?;
    let network = Network::new(&opened.checkpoint, &device)?;
    let Some(passed) = passed::pass(&opened, &network, &stop)? else { return Ok(Outcome::Stopped) };
    let scored = stop.droppable("training class scores", || scored::score(&opened, &passed))?;
    let Some(intervened) = interventions::intervene(&opened, &network, &passed, &scored[0], &stop)? else {
        return Ok(Outcome::Stopped);
    };
    let rated = stop.droppable("reading ratings", || ratings::rate(&opened, &network, &scored[0]))?;
    let found = stop.droppable("the panels", || findings::find(&opened, &passed, &scored, intervened, rated))?;
    findings::write(&opened, &folder, device.info(), &passed, &scored, found)?;
    Ok(Outcome::Complete)
}
