//! Writes a network with random weights as a file that every experiment reads with `--weights`, so that a whole study can
//! be made of a network that learned nothing:
//!
//! ```text
//! cargo run -p vgg-core --release --example untrained_network -- ARCHITECTURE SEED FILE.bpk
//! ```
//!
//! ARCHITECTURE is `vgg16-demo` or `vgg16` (which takes 553 MB). Weights are He-initialised, and nothing is overwritten.

use std::error::Error;
use std::path::Path;

use vgg_core::random::he_initialised;
use vgg_core::{Architecture, weights};

/// Classes of the networks that these stand beside: kinds of drawn objects, and ImageNet's.
const DEMONSTRATION_CLASSES: usize = 30;
const IMAGENET_CLASSES: usize = 1000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, file] = arguments.as_slice() else {
        return Err("expected ARCHITECTURE SEED FILE.bpk, as in vgg16-demo 1 untrained.bpk".into());
    };
    let known = [Architecture::vgg16_demo(DEMONSTRATION_CLASSES), Architecture::vgg16(IMAGENET_CLASSES)];
    let architecture =
        known.iter().find(|known| known.name == *name).ok_or("ARCHITECTURE must be vgg16-demo or vgg16")?;
    let file = Path::new(file);
    if file.exists() {
        return Err(format!("{} is there already: choose another file", file.display()).into());
    }
    Ok(weights::save(he_initialised(architecture, seed.parse()?), file)?)
}
