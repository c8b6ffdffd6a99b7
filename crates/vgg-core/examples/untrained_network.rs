//! Writes a network with random weights as a file that every experiment reads with `--weights`, so that a whole study can
//! be made of a network that learned nothing:
//!
//! ```text
//! cargo run -p vgg-core --release --example untrained_network -- NETWORK SEED FILE.bpk
//! ```
//!
//! NETWORK is the name of a known one, such as `vgg16-demo` or `resnet18`. Weights are He-initialised, and nothing is overwritten.

use std::error::Error;
use std::path::Path;

use vgg_core::random::he_initialised;
use vgg_core::{Architecture, weights};

/// Classes of the demonstration network: kinds of drawn objects.
const DEMONSTRATION_CLASSES: usize = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, seed, file] = arguments.as_slice() else {
        return Err("expected NETWORK SEED FILE.bpk, as in vgg16-demo 1 untrained.bpk".into());
    };
    let known = graph::known(name).ok_or_else(|| {
        let names: Vec<&str> = graph::KNOWN.iter().map(|known| known.name).collect();
        format!("NETWORK must be one of {}", names.join(", "))
    })?;
    let known = if name == "vgg16-demo" { known.classes(DEMONSTRATION_CLASSES) } else { known };
    let architecture = Architecture::of_blueprint(name.as_str(), known.build()?)?;
    let file = Path::new(file);
    if file.exists() {
        return Err(format!("{} is there already: choose another file", file.display()).into());
    }
    Ok(weights::save(he_initialised(&architecture, seed.parse()?), file)?)
}
