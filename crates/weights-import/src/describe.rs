//! What weights are, for people: architecture, preprocessing, origin, and simple statistics of every tensor.

use std::fmt::Write;

use ndarray::ArrayViewD;
use vgg_core::Checkpoint;

/// A description of several lines.
pub fn describe(checkpoint: &Checkpoint) -> String {
    let (network, origin, prepared) = (&checkpoint.architecture, &checkpoint.origin, &checkpoint.preprocessing);
    let groups: Vec<_> = network.groups.iter().map(|(width, count)| format!("{count} × {width}")).collect();
    let dense: Vec<_> = network.dense_layers().iter().map(|l| format!("{} → {}", l.inputs, l.outputs)).collect();
    let hash = if origin.sha256.is_empty() { "none" } else { &origin.sha256 };
    let lines = [
        ("network", summary(checkpoint)),
        ("convolutions", groups.join(", ")),
        ("dense", if dense.is_empty() { "none: heads read the pooled conv5_3".into() } else { dense.join(", ") }),
        ("pictures", format!("shorter side {}, centre crop {}", prepared.shorter_side, prepared.crop)),
        ("input", format!("{:?} × {}, − {:?}, ÷ {:?}", prepared.order, prepared.scale, prepared.mean, prepared.sd)),
        ("origin", format!("{} ({})", origin.source, origin.format)),
        ("source sha256", hash.into()),
        ("class names", class_names(&origin.classes)),
    ];
    let mut text = String::new();
    for (name, value) in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<14} {value}");
    }
    let _ =
        writeln!(text, "\n{:<16} {:<20} {:>11} {:>11} {:>11} {:>11}", "tensor", "shape", "mean", "sd", "min", "max");
    for (name, tensor) in tensors(checkpoint) {
        let (shape, moments) = (format!("{:?}", tensor.shape()), Moments::of(&tensor));
        let Moments { mean, sd, min, max } = moments;
        let _ = writeln!(text, "{name:<16} {shape:<20} {mean:>11.3e} {sd:>11.3e} {min:>11.3e} {max:>11.3e}");
    }
    text
}

/// One line, such as `vgg16: 224×224 pictures, 1000 classes, 138357544 weights in 32 tensors`.
pub fn summary(checkpoint: &Checkpoint) -> String {
    let (network, tensors) = (&checkpoint.architecture, tensors(checkpoint));
    let weights: usize = tensors.iter().map(|(_, tensor)| tensor.len()).sum();
    let classes = match network.classes {
        0 => "no dense layers".into(),
        classes => format!("{classes} classes"),
    };
    let (name, side, count) = (&network.name, network.input_side, tensors.len());
    format!("{name}: {side}×{side} pictures, {classes}, {weights} weights in {count} tensors")
}

/// Mean, population standard deviation and range, summed in float64.
struct Moments {
    mean: f64,
    sd: f64,
    min: f32,
    max: f32,
}

impl Moments {
    fn of(tensor: &ArrayViewD<'_, f32>) -> Self {
        let count = tensor.len().max(1) as f64;
        let mean = tensor.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let variance = tensor.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / count;
        let min = tensor.iter().copied().fold(f32::INFINITY, f32::min);
        let max = tensor.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        Self { mean, sd: variance.sqrt(), min, max }
    }
}

fn tensors(checkpoint: &Checkpoint) -> Vec<(String, ArrayViewD<'_, f32>)> {
    let (layers, dense) = (checkpoint.architecture.layers(), checkpoint.architecture.dense_layers());
    let mut tensors = Vec::new();
    for (layer, weights) in layers.iter().zip(&checkpoint.convolutions) {
        tensors.push((format!("{}.weight", layer.name), weights.kernel.view().into_dyn()));
        tensors.push((format!("{}.bias", layer.name), weights.bias.view().into_dyn()));
    }
    for (layer, weights) in dense.iter().zip(&checkpoint.dense) {
        tensors.push((format!("{}.weight", layer.name), weights.matrix.view().into_dyn()));
        tensors.push((format!("{}.bias", layer.name), weights.bias.view().into_dyn()));
    }
    tensors
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
    use ndarray::arr1;

    use super::*;

    #[test]
    fn moments_are_those_of_the_population() {
        let Moments { mean, sd, min, max } = Moments::of(&arr1(&[1.0, 2.0, 3.0, 6.0]).view().into_dyn());
        assert_eq!((mean, sd, min, max), (3.0, 3.5_f64.sqrt(), 1.0, 6.0));
    }

    #[test]
    fn long_lists_of_classes_are_cut() {
        let names = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
        assert_eq!(class_names(&names("tench goldfish shark")), "3: tench … shark");
        assert_eq!((class_names(&names("tench")), class_names(&[])), ("tench".into(), "unknown".into()));
    }
}
