//! The card that goes with the weights.

use vgg_core::Checkpoint;

use crate::objects::HoldOut;
use crate::{Arguments, Learner};

/// The recipe in one line, recorded in the weights.
pub fn recipe(arguments: &Arguments) -> String {
    let Arguments { steps, batch, learning_rate, seed, .. } = arguments;
    format!(
        "exp-pretrain{network} --steps {steps} --batch {batch} --learning-rate {learning_rate} --seed {seed} \
         (program version {})",
        env!("CARGO_PKG_VERSION"),
        network = network_option(arguments),
    )
}

/// The option that names the network, where it is not the first one.
fn network_option(arguments: &Arguments) -> &'static str {
    match arguments.network {
        Learner::Vgg16Demo => "",
        Learner::AlexnetDemo => " --network alexnet-demo",
    }
}

/// The card as Markdown.
pub fn text(trained: &Checkpoint, hold_out: &HoldOut, arguments: &Arguments) -> String {
    let architecture = &trained.architecture;
    let Arguments { steps, batch, learning_rate, seed, .. } = arguments;
    format!(
        "# {name}: {title}

{what} at an eighth of its width ({channels} channels over {layers} layers, {side}×{side} input). It shows how the
program works; it is no model of the brain, and its results are not results about emotion.

- **Data**: {pictures} drawings of {classes} kinds of objects ({names}), made by the program in two styles, each seen
  once. The pictures carry no valence. They share the renderer with the synthetic picture sets but no seed.
- **Recipe**: every layer with batch normalisation, folded into its weights afterwards; AdamW, learning rate
  {learning_rate} (linear rise, cosine fall), weight decay 0.02, {steps} steps of {batch} pictures, seed {seed};
  computed by Burn's CPU backend.
- **Hold-out accuracy**: {hold_out}, on drawings of seeds that were never trained on.
- **Licence**: as the program, MIT OR Apache-2.0.

To make this file again (on the same machine, to the last bit):

```
cargo run -p exp-pretrain --release --{network} --steps {steps} --batch {batch} --learning-rate {learning_rate} --seed {seed}
```
",
        name = architecture.name(),
        network = network_option(arguments),
        title = match arguments.network {
            Learner::Vgg16Demo => "the demonstration network",
            Learner::AlexnetDemo => "the demonstration network of exp-emonet",
        },
        what = match arguments.network {
            Learner::Vgg16Demo => "A VGG-16",
            Learner::AlexnetDemo => "EmoNet's AlexNet, with groups, normalisation and a mean image,",
        },
        channels = architecture.channels(),
        layers = architecture.sites().len(),
        side = architecture.input_side(),
        pictures = steps * *batch as usize,
        classes = architecture.classes(),
        names = trained.origin.classes.join(", "),
    )
}
