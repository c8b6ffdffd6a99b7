//! What a sweep costs, told before it starts.

use vgg_core::Architecture;

use crate::config::Config;
use crate::plan::Chunk;
use crate::preparation::EMOTIONS;

/// Memory that batches may use where the configuration names no batch size.
const BATCH_BYTES: usize = 1 << 30;
/// Feature maps of the widest layer that are alive at once: input, intact and changed sums, a direction, what is being
/// computed and what it is computed from.
const MAPS_ALIVE: usize = 6;
const LARGEST_BATCH: usize = 128;
/// What [`chunk_multiplications`] assumes.
pub const ASSUMPTION: &str = "(assuming that a third of each layer's channels is selective for each emotion)";

/// Bytes of feature maps that one picture needs.
pub fn bytes_per_picture(architecture: &Architecture) -> usize {
    let widest = architecture.layers().iter().map(|layer| layer.channels * layer.side * layer.side).max();
    4 * MAPS_ALIVE * widest.unwrap_or(1)
}

/// Pictures per batch: what the configuration says, or what fits into the memory for batches.
pub fn batch_size(config: &Config, architecture: &Architecture) -> usize {
    config.batch.unwrap_or_else(|| (BATCH_BYTES / bytes_per_picture(architecture)).clamp(1, LARGEST_BATCH))
}

/// Multiplications of one chunk for one picture. How many channels are selective is not known before the preparation; a
/// third is assumed, as if the emotions shared the channels evenly.
pub fn chunk_multiplications(chunk: &Chunk, config: &Config, architecture: &Architecture, gains: usize) -> u64 {
    let layers = architecture.multiplications();
    let groups = config.sweep.controls.len() * chunk.draws.len() + usize::from(chunk.draws.start == 0);
    let before: u64 = layers[..=chunk.layer].iter().sum();
    let next = layers.get(chunk.layer + 1).copied().unwrap_or(0);
    let after: u64 = layers.iter().skip(chunk.layer + 2).sum();
    before + next + groups as u64 * (next / EMOTIONS as u64 + gains as u64 * after)
}

/// Seconds in words.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_layer_is_far_cheaper_than_the_first() {
        let text =
            "name = \"a\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1";
        let config = Config::parse(text, "a", &[]).expect("valid");
        let cost = |layer| {
            let chunk = Chunk { network: 0, layer, emotion: 0, draws: 0..25 };
            chunk_multiplications(&chunk, &config, &Architecture::vgg16(1000), 51)
        };
        // Study, section 9: 694 against 1.06 for one group, of which the prefix is shared here.
        assert!(cost(0) > 40 * cost(12), "{} {}", cost(0), cost(12));
    }

    #[test]
    fn a_batch_of_vgg16_fits_into_its_memory() {
        let text =
            "name = \"a\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1";
        let config = Config::parse(text, "a", &[]).expect("valid");
        let architecture = Architecture::vgg16(1000);
        let batch = batch_size(&config, &architecture);
        assert!((8..=32).contains(&batch), "{batch}");
        assert_eq!(batch_size(&config, &Architecture::vgg16_demo(8)), LARGEST_BATCH);
    }
}
