//! What each verb does.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use ndarray::{Array2, Array4};
use vgg_core::device::{self, DeviceChoice};
use vgg_core::{Checkpoint, Colour, Intervention, Network, weights};
use weights_import::{
    Fetched, Flaw, ImportOptions, Imported, PinnedFile, PreprocessingChoice, best, compare, describe, fetch, import,
    other_sites, pinned_files, read_classes, read_pictures, read_rows, summary, tensors,
};

use crate::cli;

/// Pictures that go through the network at once.
const BATCH: usize = 8;

/// Proves, converts, writes.
pub fn convert(options: &cli::Convert, out: &mut impl Write) -> Result<()> {
    let (start, output) = (Instant::now(), &options.output);
    if output.extension().is_none_or(|ending| ending != "bpk") {
        bail!("{}: the file to write must end in .bpk", output.display());
    }
    let asked = ImportOptions {
        preprocessing: options.preparation.preparation()?,
        input_side: options.input_side.map(usize::from),
        prefix: options.prefix.clone(),
        classes: options.classes.as_deref().map(read_classes).transpose()?,
    };
    let imported = match is_ours(&options.input) {
        true => renewed(&options.input, &asked)?,
        false => import(&options.input, &asked)?,
    };
    let told = summary(&imported.checkpoint);
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    weights::save(imported.checkpoint, output)?;
    let size = fs::metadata(output)?.len();
    writeln!(out, "{}: {told}", options.input.display())?;
    for note in &imported.notes {
        writeln!(out, "  {note}")?;
    }
    writeln!(out, "wrote {} ({size} bytes) in {:.1} s", output.display(), start.elapsed().as_secs_f64())?;
    Ok(())
}

/// Whether a file is one of this program.
fn is_ours(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending == "bpk")
}

/// Weights of this program, which an earlier version may have written, as they are.
fn renewed(file: &Path, asked: &ImportOptions) -> Result<Imported> {
    if *asked != ImportOptions::default() {
        bail!("{}: these weights keep their preprocessing, input and classes: give no option but -o", file.display());
    }
    let notes = vec!["written again with a checksum; weights, preprocessing and origin are the same".to_string()];
    Ok(Imported { checkpoint: weights::load(file)?, notes })
}

/// Prints what a file holds.
pub fn show(options: &cli::Show, out: &mut impl Write) -> Result<()> {
    let file = &options.file;
    if is_ours(file) {
        let checkpoint = weights::load(file)?;
        let checksum = if weights::is_sealed(file)? { "right" } else { "none, since an earlier version wrote it" };
        writeln!(out, "{:<14} {}", "file sha256", weights::file_sha256(file)?)?;
        writeln!(out, "{:<14} {checksum}", "checksum")?;
        return print_all(&checkpoint, options, out);
    }
    let (imported, undecided) = inspect(file)?;
    print_all(&imported.checkpoint, options, out)?;
    writeln!(out)?;
    for note in imported.notes.iter().chain(&undecided) {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

fn print_all(checkpoint: &Checkpoint, options: &cli::Show, out: &mut impl Write) -> Result<()> {
    write!(out, "{}", describe(checkpoint))?;
    if options.all {
        write!(out, "{}", other_sites(checkpoint))?;
    }
    if options.tensors {
        write!(out, "{}", tensors(checkpoint))?;
    }
    Ok(())
}

/// Reads a file of another program, even if its preprocessing cannot be decided.
fn inspect(file: &Path) -> Result<(Imported, Option<String>)> {
    match import(file, &ImportOptions::default()) {
        Ok(imported) => Ok((imported, None)),
        Err(error) if matches!(*error.flaw, Flaw::Preprocessing { .. }) => {
            let preprocessing = PreprocessingChoice::Torchvision.into();
            let options = ImportOptions { preprocessing, ..Default::default() };
            let mut imported = import(file, &options)?;
            imported.notes.retain(|note| !note.starts_with("preprocessing"));
            Ok((imported, Some(format!("pictures and input above are not of this file: {}", error.flaw))))
        }
        Err(error) => Err(error.into()),
    }
}

/// Runs pictures and compares their scores.
pub fn check(options: &cli::Check, out: &mut impl Write) -> Result<()> {
    if options.device == DeviceChoice::List {
        write!(out, "{}", device::listing())?;
        return Ok(());
    }
    let checkpoint = weights::load(&options.weights)?;
    let pictures = match (&options.source.picture, &options.source.input) {
        (Some(picture), _) => prepared(&checkpoint, picture)?,
        (None, Some(input)) => read_pictures(input)?,
        (None, None) => bail!("give --picture or --input"),
    };
    let side = checkpoint.architecture.input_side();
    if pictures.dim().2 != side {
        bail!("these weights take pictures of {side}×{side}, not of {0}×{0}", pictures.dim().2);
    }
    let device = device::open(&options.device)?;
    writeln!(out, "{}", device.info())?;
    let network = Network::new(&checkpoint, &device)?;
    let start = Instant::now();
    let scores = run(&network, &pictures)?;
    writeln!(out, "{} pictures in {:.2} s", pictures.dim().0, start.elapsed().as_secs_f64())?;
    if checkpoint.architecture.classes() > 0 {
        print_best(&checkpoint, &scores, out)?;
    } else {
        let features = checkpoint.architecture.feature_name();
        writeln!(out, "no class scores: what is compared is {features}, {} values a picture", scores.ncols())?;
    }
    match &options.expected {
        Some(expected) => check_scores(&scores, expected, options.tolerance, out),
        None => Ok(()),
    }
}

fn check_scores(scores: &Array2<f32>, expected: &Path, tolerance: f32, out: &mut impl Write) -> Result<()> {
    let reference = read_rows(expected)?;
    let worst = compare(scores, &reference).with_context(|| expected.display().to_string())?;
    let place = format!(
        "largest difference {:.3e} (picture {}, value {}: {} here, {} there)",
        worst.largest, worst.picture, worst.class, worst.found, worst.expected
    );
    if worst.largest > tolerance {
        bail!("{}: {place} is above the tolerance {tolerance:e}", expected.display());
    }
    Ok(writeln!(out, "{place} is within the tolerance {tolerance:e}")?)
}

/// One picture as the weights ask for it, `[1, 3, side, side]`.
pub(crate) fn prepared(checkpoint: &Checkpoint, picture: &Path) -> Result<Array4<f32>> {
    let side = checkpoint.preprocessing.crop as usize;
    let input = checkpoint.preprocessing.apply(&stimuli::decode::decode(picture)?, Colour::AsIs);
    Ok(Array4::from_shape_vec((1, 3, side, side), input)?)
}

/// Class scores, or the features of a network without them, batch by batch.
fn run(network: &Network, pictures: &Array4<f32>) -> Result<Array2<f32>> {
    let mut rows = Vec::new();
    for batch in pictures.axis_chunks_iter(ndarray::Axis(0), BATCH) {
        rows.push(if network.architecture().classes() > 0 {
            network.logits(batch)?
        } else {
            network.features(batch, &Intervention::none())?
        });
    }
    let views: Vec<_> = rows.iter().map(|row| row.view()).collect();
    Ok(ndarray::concatenate(ndarray::Axis(0), &views)?)
}

fn print_best(checkpoint: &Checkpoint, scores: &Array2<f32>, out: &mut impl Write) -> Result<()> {
    for (picture, row) in scores.outer_iter().enumerate() {
        writeln!(out, "picture {picture}")?;
        for rank in best(row, 5) {
            let name = checkpoint.origin.classes.get(rank.class).map_or("", String::as_str);
            let share = 100.0 * rank.probability;
            writeln!(out, "  {share:>5.1} %  {:>9.4}  class {} {name}", rank.score, rank.class)?;
        }
    }
    Ok(())
}

/// Downloads a file, or lists those that are known.
pub fn fetch_file(options: &cli::Fetch, out: &mut impl Write) -> Result<()> {
    let files = pinned_files();
    let Some(name) = &options.name else {
        return files.iter().try_for_each(|file| print_file(file, out));
    };
    let Some(file) = files.iter().find(|file| file.name == *name) else {
        let known: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        bail!("no file is called \"{name}\"; known are {}", known.join(", "));
    };
    let style = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left")?;
    let bar = ProgressBar::new(file.size).with_style(style);
    let fetched = fetch(file, &options.to, &mut |bytes| bar.set_position(bytes));
    bar.finish_and_clear();
    match fetched? {
        Fetched::Downloaded(path) => {
            writeln!(out, "{}: {} bytes, sha256 {}", path.display(), file.size, file.sha256)?;
        }
        Fetched::AlreadyThere(path) => {
            writeln!(out, "{}: already there, sha256 {}", path.display(), file.sha256)?;
        }
    }
    Ok(())
}

fn print_file(file: &PinnedFile, out: &mut impl Write) -> Result<()> {
    writeln!(
        out,
        "{}\n  {} ({})\n  {}\n  {} bytes, sha256 {}",
        file.name, file.about, file.licence, file.url, file.size, file.sha256
    )?;
    Ok(())
}
