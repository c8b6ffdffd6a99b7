//! The tables of a preparation: pictures and their splits, tuning of channels, heads with the network intact.

use anyhow::Result;
use stats::confusion::Confusion;
use stats::dprime::dprime;
use stats::mann_whitney::p_higher;
use stats::roc::auc;
use stimuli::Emotion;

use super::{EMOTIONS, Prepared, Selection, Sets, StudyError, heads_column};
use crate::config::Config;
use crate::experiment::Experiment;
use crate::rows::{HeadRow, PictureRow, SelectiveRow, UnitRow};
use crate::run_folder::RunFolder;
use tidy::{Column, Table, TidyRow};

/// The tables that need no heads.
pub(super) fn write(experiment: &Experiment, folder: &RunFolder, networks: &[(String, Selection)]) -> Result<()> {
    let (sets, layers) = (&experiment.sets, experiment.layer_names());
    folder.write_table("pictures", &pictures(sets, &experiment.config))?;
    let units: Vec<UnitRow> =
        networks.iter().flat_map(|(name, selection)| units(name, selection, &layers, sets)).collect();
    folder.write_table("units", &UnitRow::to_table(&units))?;
    let selective: Vec<SelectiveRow> =
        networks.iter().flat_map(|(name, selection)| selective(name, selection, &layers)).collect();
    Ok(folder.write_table("selective", &SelectiveRow::to_table(&selective))?)
}

/// The heads of all networks.
pub(super) fn write_heads(experiment: &Experiment, folder: &RunFolder, prepared: &[Prepared]) -> Result<()> {
    let of_networks: Vec<Vec<HeadRow>> =
        prepared.iter().map(|network| head_rows(network, &experiment.sets)).collect::<Result<_, _>>()?;
    Ok(folder.write_table("heads", &HeadRow::to_table(&of_networks.concat()))?)
}

fn pictures(sets: &Sets, config: &Config) -> Table {
    let rows: Vec<PictureRow> = sets
        .sets
        .iter()
        .enumerate()
        .flat_map(|(number, set)| {
            set.pictures.iter().zip(&set.emotions).enumerate().map(move |(row, (picture, emotion))| PictureRow {
                set: set.name.clone(),
                picture: picture.id.clone(),
                valence: picture.valence,
                category: emotion.to_string(),
                decides: sets.deciding[number].binary_search(&row).is_ok(),
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
                p: p_higher(&scores, &truth).map_err(failed)?,
            });
        }
    }
    Ok(rows)
}

const _: () = assert!(EMOTIONS == 3, "units.csv has one column per emotion");
