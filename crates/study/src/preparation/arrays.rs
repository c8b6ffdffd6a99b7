//! The arrays of a preparation in the run's folder: responses and features as `.npz`, heads as `.safetensors`.

use std::io::Cursor;

use anyhow::{Context, Result, ensure};
use ndarray::{Array1, Array2};
use ndarray_npy::{NpzReader, NpzWriter};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use stimuli::Emotion;
use vgg_core::head::Head;

use super::{EMOTIONS, HeadBanks, Preparation, Prepared, Sets, Taps, TrainedHead};
use crate::experiment::Experiment;
use crate::prepared::PreparedFiles;
use crate::record::{FileRecord, sha256};
use crate::run_folder::RunFolder;

/// Arrays with the names that they have in a file.
type Named<'a> = Vec<(String, &'a Array2<f32>)>;

/// Where an array of a network lies in the run's folder.
fn file(kind: &str, network: &str) -> String {
    let name = if network == "trained" { String::new() } else { format!("-{network}") };
    format!("arrays/{kind}{name}.npz")
}

/// Writes the arrays of one network: `<set>/<layer>` of `[pictures × channels]`, and `<set>` of `[pictures × feature
/// units]` where heads read them.
pub(super) fn write<P: Preparation>(experiment: &Experiment, folder: &RunFolder, taps: &Taps) -> Result<()> {
    if P::READ_BY_HEADS {
        folder.write(&file("features", &taps.name), &features_npz(experiment, &taps.features)?)?;
    }
    Ok(folder.write(&file("responses", &taps.name), &responses_npz(experiment, &taps.responses)?)?)
}

fn features_npz(experiment: &Experiment, features: &[Array2<f32>]) -> Result<Vec<u8>> {
    let sets = experiment.sets.sets.iter().map(|set| set.name.clone());
    npz(&sets.zip(features).collect())
}

fn responses_npz(experiment: &Experiment, responses: &[Vec<Array2<f32>>]) -> Result<Vec<u8>> {
    let mut named = Vec::new();
    for (set, of_set) in experiment.sets.sets.iter().zip(responses) {
        let layers = experiment.layer_names().into_iter().map(|layer| format!("{}/{layer}", set.name));
        named.extend(layers.zip(of_set));
    }
    npz(&named)
}

fn npz(arrays: &Named<'_>) -> Result<Vec<u8>> {
    let mut writer = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        writer.add_array(name.as_str(), *array).with_context(|| format!("array {name}"))?;
    }
    Ok(writer.finish().context("arrays")?.into_inner())
}

/// The taps that an earlier process left in the folder; nothing unless all of them are there, fit the pictures, and are
/// the bytes that this process would have written. No record of them is needed: the files hold checksums of their values.
pub(super) fn stored<P: Preparation>(experiment: &Experiment, folder: &RunFolder, name: &str) -> Option<Taps> {
    let read = |kind| {
        let path = file(kind, name);
        let bytes = std::fs::read(folder.path().join(&path)).ok()?;
        Some((FileRecord::new(&path, &bytes, None), bytes))
    };
    let (record, bytes) = read("responses")?;
    let responses = responses(experiment, bytes).ok()?;
    let same = |record: &FileRecord, bytes: Result<Vec<u8>>| bytes.is_ok_and(|bytes| sha256(&bytes) == record.sha256);
    same(&record, responses_npz(experiment, &responses)).then_some(())?;
    let mut features_of_sets = vec![];
    if P::READ_BY_HEADS {
        let (record, bytes) = read("features")?;
        features_of_sets = features(experiment, bytes).ok()?;
        same(&record, features_npz(experiment, &features_of_sets)).then_some(())?;
        folder.keep(record);
    }
    folder.keep(record);
    Some(Taps { name: name.into(), responses, features: features_of_sets })
}

/// `responses[set][layer]` of a network, as they were written.
pub(super) fn load_responses(
    experiment: &Experiment,
    files: &PreparedFiles,
    name: &str,
) -> Result<Vec<Vec<Array2<f32>>>> {
    let file = file("responses", name);
    responses(experiment, files.bytes(&file)?).with_context(|| file)
}

/// `features[set]` of a network, as they were written.
pub(super) fn load_features(experiment: &Experiment, files: &PreparedFiles, name: &str) -> Result<Vec<Array2<f32>>> {
    let file = file("features", name);
    features(experiment, files.bytes(&file)?).with_context(|| file)
}

fn responses(experiment: &Experiment, bytes: Vec<u8>) -> Result<Vec<Vec<Array2<f32>>>> {
    let mut reader = NpzReader::new(Cursor::new(bytes))?;
    let widths = experiment.layer_widths();
    let mut of_set = |set: &crate::pictures::StudySet| -> Result<Vec<Array2<f32>>> {
        let read = |(layer, channels): &(String, usize)| {
            let name = format!("{}/{layer}", set.name);
            array(&mut reader, &name, [set.pictures.len(), *channels])
        };
        widths.iter().map(read).collect()
    };
    experiment.sets.sets.iter().map(&mut of_set).collect()
}

fn features(experiment: &Experiment, bytes: Vec<u8>) -> Result<Vec<Array2<f32>>> {
    let mut reader = NpzReader::new(Cursor::new(bytes))?;
    let mut all: Vec<Array2<f32>> = Vec::new();
    for set in &experiment.sets.sets {
        let found: Array2<f32> = reader.by_name(&set.name).with_context(|| format!("array {}", set.name))?;
        let width = all.first().map_or(found.ncols(), Array2::ncols);
        ensure!(found.dim() == (set.pictures.len(), width), "array {} has the shape {:?}", set.name, found.dim());
        all.push(found);
    }
    Ok(all)
}

fn array(reader: &mut NpzReader<Cursor<Vec<u8>>>, name: &str, shape: [usize; 2]) -> Result<Array2<f32>> {
    let array: Array2<f32> = reader.by_name(name).with_context(|| format!("array {name}"))?;
    ensure!(array.shape() == shape, "array {name} has the shape {:?}, not {shape:?}", array.shape());
    Ok(array)
}

/// `<network>/<set>/<task>/<split>/weight` of `[feature units, 2]` and `…/bias` of `[2]`.
pub(super) fn head_weights(prepared: &[Prepared], sets: &Sets) -> Result<Vec<u8>> {
    let bytes =
        |values: &mut dyn Iterator<Item = &f32>| values.flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let mut tensors = Vec::new();
    for network in prepared {
        for head in network.heads.heads.iter().flatten() {
            let name = head_name(&network.name, &sets.sets[head.set].name, head.task, head.split);
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

/// The heads of a network from the bytes that [`head_weights`] made.
pub(super) fn heads(bytes: &[u8], network: &str, experiment: &Experiment) -> Result<HeadBanks> {
    let tensors = SafeTensors::deserialize(bytes).context("heads.safetensors")?;
    let cells = (0..experiment.config.heads.splits).flat_map(|split| (0..EMOTIONS).map(move |task| (split, task)));
    let mut heads = Vec::new();
    for (set, named) in experiment.sets.sets.iter().enumerate() {
        let head = |(split, task): (usize, usize)| -> Result<TrainedHead> {
            let task = Emotion::ALL[task];
            let name = head_name(network, &named.name, task, split);
            let (shape, weights) = tensor(&tensors, &format!("{name}/weight"))?;
            let [units, 2] = shape[..] else { anyhow::bail!("{name}/weight has the shape {shape:?}") };
            let weights = Array2::from_shape_vec((units, 2), weights)?;
            let bias = Array1::from_vec(tensor(&tensors, &format!("{name}/bias"))?.1);
            ensure!(bias.len() == 2, "{name}/bias has {} values", bias.len());
            Ok(TrainedHead { set, split, task, head: Head { weights, bias } })
        };
        heads.push(cells.clone().map(head).collect::<Result<Vec<_>>>()?);
    }
    Ok(HeadBanks::new(heads))
}

fn head_name(network: &str, set: &str, task: Emotion, split: usize) -> String {
    format!("{network}/{set}/{task}/{split}")
}

fn tensor(tensors: &SafeTensors<'_>, name: &str) -> Result<(Vec<usize>, Vec<f32>)> {
    let view = tensors.tensor(name).with_context(|| format!("heads.safetensors: {name}"))?;
    ensure!(view.dtype() == Dtype::F32, "heads.safetensors: {name} is {:?}, not float32", view.dtype());
    let (values, rest) = view.data().as_chunks::<4>();
    ensure!(rest.is_empty(), "heads.safetensors: {name} ends in the middle of a number");
    Ok((view.shape().to_vec(), values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()))
}
