//! What a preparation leaves in the run's folder, so that nothing has to be computed again to look at it.

use std::io::Cursor;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use ndarray::Array2;
use ndarray_npy::{NpzReader, NpzWriter};
use safetensors::tensor::{Dtype, TensorView};
use stats::confusion::Confusion;
use stats::dprime::dprime;
use stats::roc::auc;
use stimuli::Emotion;
use vgg_core::device::Device;
use vgg_core::{Architecture, Checkpoint, Network};

use crate::config::Config;
use crate::pictures::StudySet;
use crate::preparation::{EMOTIONS, Prepared, Selection, Sets, StudyError, Tuned, heads_column};
use crate::rows::{HeadRow, PictureRow, SelectiveRow, UnitRow};
use crate::run_folder::RunFolder;
use crate::table::{Column, Table, TidyRow};

pub(super) fn write(folder: &RunFolder, prepared: &[Prepared], sets: &Sets, config: &Config) -> Result<()> {
    folder.write_table("pictures", &pictures(sets, config))?;
    let layers = prepared.first().map(|network| layer_names(network.network.architecture())).unwrap_or_default();
    let networks: Vec<_> = prepared.iter().map(|network| (network.name.as_str(), &network.selection)).collect();
    write_selections(folder, &networks, &layers, sets)?;
    let mut heads = Vec::new();
    for network in prepared {
        heads.extend(head_rows(network, sets)?);
        folder.write(&responses_file(&network.name), &responses(&network.responses, &layers, sets)?)?;
    }
    folder.write_table("heads", &HeadRow::to_table(&heads))?;
    folder.write("heads.safetensors", &head_weights(prepared, sets)?)?;
    Ok(())
}

/// The tables of networks without heads.
pub(super) fn write_tuned(
    folder: &RunFolder,
    tuned: &[Tuned],
    layers: &[String],
    sets: &Sets,
    config: &Config,
) -> Result<()> {
    folder.write_table("pictures", &pictures(sets, config))?;
    let networks: Vec<_> = tuned.iter().map(|network| (network.name.as_str(), &network.selection)).collect();
    write_selections(folder, &networks, layers, sets)
}

fn write_selections(folder: &RunFolder, networks: &[(&str, &Selection)], layers: &[String], sets: &Sets) -> Result<()> {
    let all = || networks.iter().copied();
    let units: Vec<UnitRow> = all().flat_map(|(name, selection)| units(name, selection, layers, sets)).collect();
    folder.write_table("units", &UnitRow::to_table(&units))?;
    let selective: Vec<SelectiveRow> = all().flat_map(|(name, selection)| selective(name, selection, layers)).collect();
    Ok(folder.write_table("selective", &SelectiveRow::to_table(&selective))?)
}

/// Names of the layers of a network.
pub(super) fn layer_names(architecture: &Architecture) -> Vec<String> {
    architecture.layers().into_iter().map(|layer| layer.name).collect()
}

fn pictures(sets: &Sets, config: &Config) -> Table {
    let rows: Vec<PictureRow> = sets
        .sets
        .iter()
        .flat_map(|set| {
            set.pictures.iter().zip(&set.emotions).map(|(picture, emotion)| PictureRow {
                set: set.name.clone(),
                picture: picture.id.clone(),
                valence: picture.valence,
                category: emotion.to_string(),
            })
        })
        .collect();
    let mut table = PictureRow::to_table(&rows);
    for split in 0..config.heads.splits {
        let mut parts = Vec::new();
        for (set, splits) in sets.sets.iter().zip(&sets.splits) {
            let mut of_set = vec!["train".to_string(); set.pictures.len()];
            splits[split].validation.iter().for_each(|&row| of_set[row] = "validation".into());
            splits[split].test.iter().for_each(|&row| of_set[row] = "test".into());
            parts.extend(of_set);
        }
        table.columns.push((format!("split_{split}"), Column::Text(parts)));
    }
    table
}

fn units(network: &str, selection: &Selection, layers: &[String], sets: &Sets) -> Vec<UnitRow> {
    let mut rows = Vec::new();
    for (set, of_set) in sets.sets.iter().zip(&selection.units) {
        for (layer, of_layer) in layers.iter().zip(of_set) {
            rows.extend(of_layer.iter().enumerate().map(|(channel, unit)| {
                let value = |emotion: Emotion| unit.values.as_ref().map(|values| values[emotion.index()]);
                UnitRow {
                    network: network.into(),
                    set: set.name.clone(),
                    layer: layer.clone(),
                    channel,
                    s_pleasant: value(Emotion::Pleasant),
                    s_neutral: value(Emotion::Neutral),
                    s_unpleasant: value(Emotion::Unpleasant),
                    tuning_quality: unit.quality,
                    preferred: unit.preferred.map(|index| Emotion::ALL[index].to_string()).unwrap_or_default(),
                    si: unit.index,
                    excluded: unit.values.is_none(),
                }
            }));
        }
    }
    rows
}

fn selective(network: &str, selection: &Selection, layers: &[String]) -> Vec<SelectiveRow> {
    let mut rows = Vec::new();
    for (layer, emotions) in layers.iter().zip(&selection.selective) {
        for (emotion, channels) in Emotion::ALL.into_iter().zip(emotions) {
            rows.extend(channels.iter().map(|&channel| SelectiveRow {
                network: network.into(),
                layer: layer.clone(),
                channel,
                emotion: emotion.to_string(),
            }));
        }
    }
    rows
}

fn head_rows(prepared: &Prepared, sets: &Sets) -> Result<Vec<HeadRow>, StudyError> {
    let mut rows = Vec::new();
    for (index, set) in sets.sets.iter().enumerate() {
        let margins = &prepared.intact[index][index];
        for head in &prepared.heads.heads[index] {
            let test = &sets.splits[index][head.split].test;
            let column = heads_column(head.split, head.task.index());
            let scores: Vec<f64> = test.iter().map(|&row| f64::from(margins[[row, column]])).collect();
            let truth: Vec<bool> = test.iter().map(|&row| set.emotions[row] == head.task).collect();
            let counts: Confusion = truth.iter().zip(&scores).map(|(&truth, &score)| (truth, score > 0.0)).collect();
            let failed = |source| StudyError::Stats { set: set.name.clone(), source };
            rows.push(HeadRow {
                network: prepared.name.clone(),
                set: set.name.clone(),
                task: head.task.to_string(),
                split_seed: head.split,
                f1: counts.f1(),
                f1_always_yes: counts.f1_always_yes(),
                accuracy: counts.accuracy(),
                balanced_accuracy: counts.balanced_accuracy(),
                auc: auc(&scores, &truth).map_err(failed)?,
                dprime: dprime(&counts),
            });
        }
    }
    Ok(rows)
}

/// Where the responses of a network lie in the run's folder.
pub(super) fn responses_file(network: &str) -> String {
    let name = if network == "trained" { String::new() } else { format!("-{network}") };
    format!("arrays/responses{name}.npz")
}

/// One array `[pictures × channels]` per set and layer, named `<set>/<layer>`.
pub(super) fn responses(responses: &[Vec<Array2<f32>>], layers: &[String], sets: &Sets) -> Result<Vec<u8>> {
    let mut writer = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    for (set, of_set) in sets.sets.iter().zip(responses) {
        for (layer, responses) in layers.iter().zip(of_set) {
            writer.add_array(format!("{}/{layer}", set.name), responses).context("responses.npz")?;
        }
    }
    Ok(writer.finish().context("responses.npz")?.into_inner())
}

/// The responses that an earlier part of the run left, `[set][layer]`; nothing unless all of them are there and fit.
pub(super) fn read_responses(path: &Path, layers: &[String], sets: &Sets) -> Option<Vec<Vec<Array2<f32>>>> {
    let mut reader = NpzReader::new(std::fs::File::open(path).ok()?).ok()?;
    let mut read = |set: &StudySet, layer: &String| {
        let array: Array2<f32> = reader.by_name(&format!("{}/{layer}", set.name)).ok()?;
        (array.nrows() == set.pictures.len()).then_some(array)
    };
    sets.sets.iter().map(|set| layers.iter().map(|layer| read(set, layer)).collect()).collect()
}

/// `<network>/<set>/<task>/<split>/weight` of `[feature units, 2]` and `…/bias` of `[2]`.
fn head_weights(prepared: &[Prepared], sets: &Sets) -> Result<Vec<u8>> {
    let bytes =
        |values: &mut dyn Iterator<Item = &f32>| values.flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors = Vec::new();
    for network in prepared {
        for head in network.heads.heads.iter().flatten() {
            let name = format!("{}/{}/{}/{}", network.name, sets.sets[head.set].name, head.task, head.split);
            let (weights, bias) = (&head.head.weights, &head.head.bias);
            tensors.push((format!("{name}/weight"), weights.shape().to_vec(), bytes(&mut weights.iter())));
            tensors.push((format!("{name}/bias"), bias.shape().to_vec(), bytes(&mut bias.iter())));
        }
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((name.clone(), TensorView::new(Dtype::F32, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>>>()?;
    Ok(safetensors::serialize(views, None)?)
}

/// The speed of this device on this network, by one batch after a warm-up.
pub(super) fn multiplications_per_second(
    trained: &Checkpoint,
    device: &Device,
    sets: &Sets,
    batch: usize,
) -> Result<f64> {
    let network = Network::new(trained, device)?;
    let per_picture: u64 = trained.architecture.multiplications().iter().sum();
    let (mut seconds, mut pictures) = (f64::INFINITY, 0);
    let first = sets.sets.first().context("no picture set")?;
    let mut tries = 0;
    let stopped = first.for_each_batch::<StudyError>(batch, |_, inputs| {
        for _ in 0..2 {
            let begun = Instant::now();
            network.tapped(inputs.view())?;
            seconds = seconds.min(begun.elapsed().as_secs_f64());
            pictures = inputs.shape()[0];
        }
        tries += 1;
        Ok(())
    });
    stopped?;
    anyhow::ensure!(tries > 0, "set `{}` has no picture with an emotion", first.name);
    Ok(per_picture as f64 * pictures as f64 / seconds)
}

const _: () = assert!(EMOTIONS == 3, "units.csv has one column per emotion");
