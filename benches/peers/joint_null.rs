//! Our side of the comparison of joint label permutations; `joint_null.py` beside this file calls it.

use std::error::Error;
use std::path::Path;
use std::time::Instant;
use std::{env, fs};

use ndarray::{ArrayView2, Axis};
use stats::labellings::Labellings;
use stats::panel::Panel;
use stats::panel_overlap::{Overlap, overlaps};
use stats::selectivity::Rule;

/// Arguments: a folder, pictures per set, shuffles, channels of each layer. Reads `SET-LAYER.f32`, writes `SET.labels`
/// and `results.f64` (per layer and set, quality and index of each labelling; then per layer and rule the mean excess
/// of the overlap over emotions), and prints the wall seconds of the computation, without files.
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, pictures, shuffles, channels @ ..] = arguments.as_slice() else {
        return Err("expected FOLDER PICTURES SHUFFLES CHANNELS...".into());
    };
    let (folder, pictures, shuffles) = (Path::new(folder), pictures.parse()?, shuffles.parse()?);
    let channels: Vec<usize> = channels.iter().map(|count| count.parse()).collect::<Result<_, _>>()?;
    let labels: Vec<usize> = (0..pictures).map(|picture| picture * picture % 7 % 3).collect();
    let read = |set: usize, layer: usize| -> std::io::Result<Vec<f32>> {
        let bytes = fs::read(folder.join(format!("{set}-{layer}.f32")))?;
        Ok(bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    };
    let mut responses = [Vec::new(), Vec::new()];
    for (set, layers) in responses.iter_mut().enumerate() {
        for layer in 0..channels.len() {
            layers.push(read(set, layer)?);
        }
    }
    let begun = Instant::now();
    let sets = [1, 2].map(|seed| Labellings::shuffled(&labels, 3, shuffles, seed));
    let [first, second] = sets;
    let sets = [first?, second?];
    let mut results = Vec::new();
    for (layer, &channels) in channels.iter().enumerate() {
        let panel = |set: usize| -> Result<Panel, Box<dyn Error>> {
            let view = ArrayView2::from_shape((pictures, channels), &responses[set][layer])?;
            Ok(Panel::new(view, &sets[set])?)
        };
        let (a, b) = (panel(0)?, panel(1)?);
        for panel in [&a, &b] {
            results.extend(panel.tuning_quality.iter().chain(&panel.selectivity_index).flatten());
        }
        for rule in [Rule::Preprint2023, Rule::Plos2024] {
            let found = overlaps(&a, &b, rule)?;
            let excess = |row: ndarray::ArrayView1<Overlap>| row.iter().filter_map(Overlap::excess).sum::<f64>() / 3.0;
            results.extend(found.axis_iter(Axis(0)).map(excess));
        }
    }
    println!("{:.3}", begun.elapsed().as_secs_f64());
    for (set, labellings) in sets.iter().enumerate() {
        let rows: Vec<u8> = (0..labellings.len()).flat_map(|labelling| labellings.labels(labelling).to_vec()).collect();
        fs::write(folder.join(format!("{set}.labels")), rows)?;
    }
    let bytes: Vec<u8> = results.iter().flat_map(|value| value.to_le_bytes()).collect();
    Ok(fs::write(folder.join("results.f64"), bytes)?)
}
