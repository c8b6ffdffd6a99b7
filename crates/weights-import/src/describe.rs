//! What weights are, for people: the network, how pictures are prepared for it, its origin, its sites, its tensors.

use std::fmt::Write;

use graph::{Op, Site};
use vgg_core::Checkpoint;

use crate::preprocessing::{size_in_words, words};

/// The network, its input, its origin and its sites.
pub fn describe(checkpoint: &Checkpoint) -> String {
    let (network, origin, prepared) = (&checkpoint.architecture, &checkpoint.origin, &checkpoint.preprocessing);
    let hash = if origin.sha256.is_empty() { "none" } else { &origin.sha256 };
    let (features, units) = (network.feature_name(), network.feature_units());
    let lines = [
        ("network", summary(checkpoint)),
        ("work", format!("{} multiplications a picture", network.graph().total_multiplications())),
        ("features", format!("{features}: {units} values, which recognition heads read")),
        ("pictures", size_in_words(prepared)),
        ("input", words(prepared)),
        ("origin", format!("{} ({})", origin.source, origin.format)),
        ("source sha256", hash.into()),
        ("class names", class_names(&origin.classes)),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<14} {value}");
    }
    text + &table("site", network.sites(), checkpoint)
}

/// The activations that are no sites of this network but can be chosen as such, by the names of their nodes.
pub fn other_sites(checkpoint: &Checkpoint) -> String {
    let network = &checkpoint.architecture;
    let mut others = network.graph().sites();
    others.retain(|site| {
        let is_site = network.sites().iter().any(|own| own.node == site.node);
        // What never reaches the features cannot be chosen.
        !is_site && network.with_sites(std::slice::from_ref(&site.name)).is_ok()
    });
    if others.is_empty() {
        "\nno other activation can be a site\n".into()
    } else {
        table("other site", &others, checkpoint)
    }
}

/// Shape and simple statistics of every tensor.
pub fn tensors(checkpoint: &Checkpoint) -> String {
    let tensors = all_tensors(checkpoint);
    let wide = tensors.iter().map(|tensor| tensor.name.len()).max().unwrap_or(0).max(16);
    let mut text = String::new();
    let _ =
        writeln!(text, "\n{:<wide$} {:<20} {:>11} {:>11} {:>11} {:>11}", "tensor", "shape", "mean", "sd", "min", "max");
    for Tensor { name, shape, values } in tensors {
        let (shape, Moments { mean, sd, min, max }) = (format!("{shape:?}"), Moments::of(values));
        let _ = writeln!(text, "{name:<wide$} {shape:<20} {mean:>11.3e} {sd:>11.3e} {min:>11.3e} {max:>11.3e}");
    }
    text
}

/// One line, such as `vgg16: 224×224 pictures, 1000 classes, 138357544 weights in 32 tensors`.
pub fn summary(checkpoint: &Checkpoint) -> String {
    let (network, tensors) = (&checkpoint.architecture, all_tensors(checkpoint));
    let weights: usize = tensors.iter().map(|tensor| tensor.values.len()).sum();
    let classes = match network.classes() {
        0 => "no class scores".into(),
        classes => format!("{classes} classes"),
    };
    let (name, side, count) = (network.name(), network.input_side(), tensors.len());
    format!("{name}: {side}×{side} pictures, {classes}, {weights} weights in {count} tensors")
}

/// A table of sites: name, node, channels, size of a map, and the work that depends on it.
fn table(heading: &str, sites: &[Site], checkpoint: &Checkpoint) -> String {
    let graph = checkpoint.architecture.graph();
    let node = |site: &Site| graph.node(site.node).name.clone();
    let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0).max(12);
    let wide = width(&mut sites.iter().map(|site| site.name.chars().count()));
    let node_wide = width(&mut sites.iter().map(|site| node(site).chars().count()));
    let mut text = String::new();
    let _ = writeln!(
        text,
        "\n{heading:<wide$} {:<node_wide$} {:>8} {:>9} {:>22}",
        "node", "channels", "map", "multiplications after"
    );
    for site in sites {
        let (map, after) = (format!("{}×{}", site.height, site.width), site.multiplications_after);
        let _ =
            writeln!(text, "{:<wide$} {:<node_wide$} {:>8} {map:>9} {after:>22}", site.name, node(site), site.channels);
    }
    text
}

/// A tensor as .bpk files name it.
struct Tensor<'a> {
    name: String,
    shape: Vec<usize>,
    values: &'a [f32],
}

fn all_tensors(checkpoint: &Checkpoint) -> Vec<Tensor<'_>> {
    let graph = checkpoint.architecture.graph();
    let mut tensors = Vec::new();
    for id in graph.ids() {
        let (Some(parameters), Some(shape)) = (checkpoint.weights.of(id), graph.kernel_shape(id)) else { continue };
        let node = graph.node(id);
        let rank = if matches!(node.op, Op::Dense(_)) { 2 } else { 4 };
        let (name, shape) = (&node.name, shape[..rank].to_vec());
        let bias = parameters.bias.as_deref();
        tensors.push(Tensor { name: format!("{name}.weight"), shape, values: &parameters.kernel });
        tensors.extend(bias.map(|values| Tensor { name: format!("{name}.bias"), shape: vec![values.len()], values }));
    }
    tensors
}

/// Mean, population standard deviation and range, summed in float64.
struct Moments {
    mean: f64,
    sd: f64,
    min: f32,
    max: f32,
}

impl Moments {
    fn of(values: &[f32]) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
        let min = values.iter().copied().fold(f32::INFINITY, f32::min);
        let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Self { mean, sd: variance.sqrt(), min, max }
    }
}

fn class_names(names: &[String]) -> String {
    match names {
        [] => "unknown".into(),
        [first, .., last] => format!("{}: {first} … {last}", names.len()),
        [one] => one.clone(),
    }
}

#[cfg(test)]
mod tests {
    use vgg_core::{Architecture, random};

    use super::*;

    #[test]
    fn moments_are_those_of_the_population() {
        let Moments { mean, sd, min, max } = Moments::of(&[1.0, 2.0, 3.0, 6.0]);
        assert_eq!((mean, sd, min, max), (3.0, 3.5_f64.sqrt(), 1.0, 6.0));
    }

    #[test]
    fn long_lists_of_classes_are_cut() {
        let names = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(class_names(&names("tench goldfish shark")), "3: tench … shark");
        assert_eq!((class_names(&names("tench")), class_names(&[])), ("tench".into(), "unknown".into()));
    }

    #[test]
    fn sites_stand_in_a_table() {
        let tiny = random::he_initialised(&Architecture::tiny(), 1);
        let text = describe(&tiny);
        // conv2_2 is followed by 96 × 10 + 10 × 8 + 8 × 5 multiplications.
        let row = text.lines().find(|line| line.starts_with("conv2_2")).expect("a row");
        assert_eq!(row.split_whitespace().collect::<Vec<_>>(), ["conv2_2", "relu2_2", "6", "8×8", "1080"]);
        assert!(text.contains("tiny: 16×16 pictures, 5 classes"), "{text}");
        assert!(other_sites(&tiny).lines().any(|line| line.starts_with("relu6 ")), "{}", other_sites(&tiny));
        assert!(tensors(&tiny).lines().any(|line| line.starts_with("fc8.weight") && line.contains("[5, 8]")));
    }
}
