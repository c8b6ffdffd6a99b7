//! Features of a network under gains at some sites, as NumPy arrays: what `tests/golden/hooks.py` compares with forward
//! hooks in PyTorch.
//!
//! ```text
//! cargo run --release -p weights-import --example interventions -- WEIGHTS.bpk INPUT.npy OUT DEVICE SITE=0,3,7 …
//! ```
//! INPUT holds prepared pictures `[pictures, 3, side, side]`. For each site `OUT/NUMBER.npy` holds the responses `[pictures ×
//! channels]`, and `OUT/NUMBER-<way>.npy` features `[gains, pictures, units]` at the gains 0, .5, 2 and 6 of the channels,
//! computed by the whole pass, from the site on, and by the gain line. Nothing is printed.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use ndarray::{Array2, Array3, ArrayView4, Axis, stack};
use ndarray_npy::{read_npy, write_npy};
use vgg_core::{GainRelu, Intervention, Network, device, weights};

const GAINS: [f32; 4] = [0.0, 0.5, 2.0, 6.0];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, input, out, device, sites @ ..] = &arguments[..] else {
        anyhow::bail!("WEIGHTS.bpk INPUT.npy OUT DEVICE SITE=0,3,7 …");
    };
    let mut checkpoint = weights::load(Path::new(file))?;
    let mut chosen = Vec::new();
    for site in sites {
        let (name, channels) = site.split_once('=').context("SITE=0,3,7")?;
        let channels = channels.split(',').map(str::parse).collect::<Result<Vec<usize>, _>>()?;
        chosen.push((name.to_string(), channels));
    }
    let names: Vec<String> = chosen.iter().map(|(name, _)| name.clone()).collect();
    checkpoint.architecture = checkpoint.architecture.with_sites(&names)?;
    let network = Network::new(&checkpoint, &device::open(&device.parse().map_err(anyhow::Error::msg)?)?)?;
    let pictures: ndarray::Array4<f32> = read_npy(input)?;
    std::fs::create_dir_all(out)?;
    let tapped = network.tapped(pictures.view())?;
    for (number, (name, channels)) in chosen.iter().enumerate() {
        let site = network.architecture().site_index(name).context("a chosen site")?;
        write_npy(format!("{out}/{number}.npy"), &tapped.responses[site])?;
        for (way, features) in ways(&network, pictures.view(), site, channels)? {
            ensure!(features.iter().all(|value| value.is_finite()), "{name}: not finite");
            write_npy(format!("{out}/{number}-{way}.npy"), &features)?;
        }
    }
    Ok(())
}

fn ways(
    network: &Network,
    pictures: ArrayView4<'_, f32>,
    site: usize,
    group: &[usize],
) -> Result<[(&'static str, Array3<f32>); 3]> {
    let channels = network.architecture().sites()[site].channels;
    let at = |gain: f32| Ok(Intervention::at(site, GainRelu::with_slope(channels, group, gain)?));
    let activation = network.prefix(pictures, site);
    let interventions = GAINS.iter().map(|&gain| at(gain)).collect::<Result<Vec<_>>>()?;
    let whole = interventions.iter().map(|one| Ok(network.features(pictures, one)?)).collect::<Result<Vec<_>>>()?;
    let suffix = interventions.iter().map(|one| Ok(network.suffix(&activation, one)?)).collect::<Result<Vec<_>>>()?;
    let junction = network.junction(&activation);
    let line = network.gain_line(&junction, group).features_at(&GAINS)?;
    Ok([("whole", stacked(&whole)?), ("suffix", stacked(&suffix)?), ("line", stacked(&line)?)])
}

fn stacked(features: &[Array2<f32>]) -> Result<Array3<f32>> {
    let views: Vec<_> = features.iter().map(|features| features.view()).collect();
    Ok(stack(Axis(0), &views)?)
}
