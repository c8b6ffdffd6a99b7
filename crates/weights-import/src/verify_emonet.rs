//! The verb `verify-emonet`: weights against what MATLAB's original says of two pictures.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use stimuli::frames::EMONET_CLASSES;
use vgg_core::device::{self, DeviceChoice};
use vgg_core::head::readout::probabilities;
use vgg_core::{Checkpoint, EMONET_SIDE, Network, weights};
use weights_import::{EMONET, EMONET_REFERENCES, EmonetReference};

use crate::cli;
use crate::commands::prepared;

/// Runs both pictures and says whether they are met.
pub fn verify(options: &cli::VerifyEmonet, out: &mut impl Write) -> Result<()> {
    if options.device == DeviceChoice::List {
        write!(out, "{}", device::listing())?;
        return Ok(());
    }
    let checkpoint = weights::load(&options.weights)?;
    check_network(&checkpoint).with_context(|| options.weights.display().to_string())?;
    let pictures = pictures(&options.pictures)?;
    let device = device::open(&options.device)?;
    writeln!(out, "{}", device.info())?;
    let network = Network::new(&checkpoint, &device)?;
    let mut missed = Vec::new();
    for (reference, path) in EMONET_REFERENCES.iter().zip(pictures) {
        writeln!(out, "{}", path.display())?;
        let picture = prepared(&checkpoint, &path)?;
        let found = probabilities(network.logits(picture.view())?.view()).row(0).to_vec();
        missed.extend(report(reference, &found, out)?);
    }
    out.flush()?;
    ensure!(
        missed.is_empty(),
        "not the probabilities of MATLAB's EmoNet: {}. Decoders of JPEG differ by a few levels, which moves probabilities by \
         some per cent; rule that out by PNG copies beside the JPEG files, which are read first: python -c \"from PIL import \
         Image; [Image.open(n + '.jpg').convert('RGB').save(n + '.png') for n in ('demo_small', 'demo_big')]\"",
        missed.join("; ")
    );
    Ok(())
}

/// The file of each picture: a PNG copy where there is one, so that the JPEG decoder can be ruled out.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>> {
    let candidates = |stem: &str| ["png", "jpg"].map(|ending| folder.join(format!("{stem}.{ending}")));
    let found = |reference: &EmonetReference| candidates(reference.picture).into_iter().find(|path| path.is_file());
    let missing: Vec<_> = EMONET_REFERENCES
        .iter()
        .filter(|reference| found(reference).is_none())
        .map(|reference| folder.join(format!("{}.jpg", reference.picture)).display().to_string())
        .collect();
    ensure!(
        missing.is_empty(),
        "missing {}; both pictures lie in emonet_py/data of gitlab.com/EAVISE/lme/emonet",
        missing.join(" and ")
    );
    Ok(EMONET_REFERENCES.iter().filter_map(found).collect())
}

/// MATLAB's numbers can be met by EmoNet alone, with the mean image.
fn check_network(checkpoint: &Checkpoint) -> Result<()> {
    let (network, classes) = (checkpoint.architecture.name(), checkpoint.architecture.classes());
    if network != EMONET {
        let other = if network == "alexnet" { "torchvision's AlexNet, another network" } else { network };
        bail!("expected EmoNet (Kragel et al. 2019), found {other}");
    }
    ensure!(classes == EMONET_CLASSES.len(), "expected EmoNet's 20 classes, found {classes}");
    let prepared = &checkpoint.preprocessing;
    ensure!(
        prepared.mean_picture.is_some() || prepared.mean != [0.0; 3],
        "these weights were converted without the mean image that MATLAB's EmoNet subtracts; convert them with \
         --preprocessing emonet --mean-image img_mean.txt"
    );
    let side = checkpoint.architecture.input_side();
    ensure!(side == EMONET_SIDE as usize, "expected pictures of {EMONET_SIDE}×{EMONET_SIDE}, found {side}×{side}");
    Ok(())
}

/// The probabilities of a picture beside those of MATLAB; the furthest one in words, where it is too far.
fn report(reference: &EmonetReference, found: &[f64], out: &mut impl Write) -> Result<Option<String>> {
    let EmonetReference { picture, tolerance, probabilities } = reference;
    let (class, share) = reference.furthest(found)?;
    writeln!(out, "{picture:<24} {:>12} {:>12} {:>11}", "here", "MATLAB", "difference")?;
    for (name, (found, expected)) in EMONET_CLASSES.iter().zip(found.iter().zip(probabilities)) {
        let difference = 100.0 * (found / expected - 1.0);
        writeln!(out, "  {name:<22} {found:>12.4e} {expected:>12.4e} {difference:>+10.3} %")?;
    }
    let words = format!("{}, {:.3} % off", EMONET_CLASSES[class], 100.0 * share);
    let allowed = 100.0 * tolerance;
    if share <= *tolerance {
        writeln!(out, "{picture}: equal within {allowed} % (furthest is {words})")?;
        return Ok(None);
    }
    writeln!(out, "{picture}: differs (furthest is {words}; {allowed} % is allowed)")?;
    Ok(Some(format!("{picture}: {words}, where {allowed} % is allowed")))
}
