//! Trains the demonstration networks, VGG-16 and EmoNet's AlexNet at an eighth of their widths, on endless drawings of
//! objects. No valence is anywhere in sight; what is selective for emotions afterwards became so by learning objects.

mod card;
mod objects;

use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use study::progress::{Progress, Voice};
use study::signals;
use vgg_core::device::Device;
use vgg_core::pretrain::{PretrainRecipe, pretrain};
use vgg_core::{Architecture, Checkpoint, Network, Origin, Preprocessing, weights};

/// Train a demonstration network on procedurally drawn objects.
///
/// Computes on Burn's CPU backend, where the same options give the same file on the same machine.
#[derive(Parser)]
#[command(
    version,
    after_help = "Example:\n  cargo run -p exp-pretrain --release -- --network alexnet-demo

Exit status: 0 done, 1 failed, 2 wrong usage, 75 stopped by a signal."
)]
struct Arguments {
    /// The network
    #[arg(long, default_value = "vgg16-demo")]
    network: Learner,
    /// Where the weights go; a card is written beside them [default: models/NETWORK.bpk]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Batches to learn from
    #[arg(long, default_value_t = 1500)]
    steps: usize,
    /// Pictures per batch
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,
    /// Highest learning rate
    #[arg(long, default_value_t = 3e-3)]
    learning_rate: f64,
    /// Decides initial weights and drawings
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Hold-out pictures, drawn from other seeds
    #[arg(long, default_value_t = 2900)]
    hold_out: usize,
}

/// The networks that can be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Learner {
    /// VGG-16 at an eighth of its width, for exp-lesion and its kin
    #[value(name = "vgg16-demo")]
    Vgg16Demo,
    /// EmoNet's AlexNet at an eighth of its width, for exp-emonet
    #[value(name = "alexnet-demo")]
    AlexnetDemo,
}

impl Learner {
    fn lay_out(self, classes: usize, seed: u64) -> (Architecture, objects::Stream) {
        match self {
            Self::Vgg16Demo => {
                let network = Architecture::vgg16_demo(classes);
                let stream = objects::Stream::torchvision(network.input_side(), seed);
                (network, stream)
            }
            Self::AlexnetDemo => {
                let network = Architecture::alexnet_demo(classes);
                let stream = objects::Stream::emonet(network.input_side(), seed);
                (network, stream)
            }
        }
    }
}

fn main() -> Result<()> {
    vgg_core::device::without_screen();
    let arguments = Arguments::parse();
    signals::droppable(&Progress::new(Voice::Terminal), "training a network", || learn(&arguments))
}

/// Trains the network and writes its weights and its card.
fn learn(arguments: &Arguments) -> Result<()> {
    let classes = objects::classes();
    let (architecture, stream) = arguments.network.lay_out(classes.len(), arguments.seed);
    let out = arguments.out.clone().unwrap_or_else(|| format!("models/{}.bpk", architecture.name()).into());
    let trained = train(arguments, &architecture, &stream)?;
    let origin = Origin { source: card::recipe(arguments), classes, ..trained.origin.clone() };
    let preprocessing: Preprocessing = stream.preprocessing().clone();
    let trained = Checkpoint { origin, preprocessing, ..trained };
    let hold_out = objects::hold_out(&stream, &Network::new(&trained, &Device::cpu())?, arguments.hold_out)?;
    let card = card::text(&trained, &hold_out, arguments);
    weights::save(trained, &out)?;
    let card_path = out.with_extension("md");
    std::fs::write(&card_path, card).with_context(|| format!("cannot write {}", card_path.display()))?;
    said(writeln!(std::io::stdout(), "{} hold-out accuracy {}", out.display(), hold_out))
}

/// A reader that is gone is no failure.
fn said(written: std::io::Result<()>) -> Result<()> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("cannot write to standard output"),
        _ => Ok(()),
    }
}

fn train(arguments: &Arguments, architecture: &Architecture, stream: &objects::Stream) -> Result<Checkpoint> {
    let recipe = PretrainRecipe {
        steps: arguments.steps,
        learning_rate: arguments.learning_rate,
        weight_decay: 0.02,
        seed: arguments.seed,
    };
    let bar = ProgressBar::new(arguments.steps as u64);
    bar.set_style(ProgressStyle::with_template("training {bar:30} {pos}/{len}  loss {msg}  {eta} left")?);
    let mut smoothed = None;
    let checkpoint = pretrain(
        architecture,
        &recipe,
        |step| stream.batch(step, arguments.batch as usize),
        |_, loss| {
            let mean = smoothed.map_or(loss, |mean: f32| 0.95 * mean + 0.05 * loss);
            smoothed = Some(mean);
            bar.set_message(format!("{mean:.3}"));
            bar.inc(1);
        },
    )?;
    bar.finish();
    Ok(checkpoint)
}
