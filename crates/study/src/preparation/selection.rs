//! Tuning of every channel, and the channels that pass the rule.

use ndarray::{Array2, Axis};
use stats::selectivity_index::selectivity_index;
use stats::{Moments, tuning::tuning};
use stimuli::Emotion;

use super::{EMOTIONS, Sets, StudyError};
use crate::config::Config;

/// Tuning and selective channels of a network.
pub struct Selection {
    /// `units[set][layer][channel]`.
    pub units: Vec<Vec<Vec<UnitTuning>>>,
    /// `selective[layer][emotion]`: channels in ascending order.
    pub selective: Vec<Vec<Vec<usize>>>,
    /// `activation[layer][channel]`: mean response over all pictures of all sets, for matched controls.
    pub activation: Vec<Vec<f64>>,
}

/// The tuning of one channel to one set; nothing where the channel is constant.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnitTuning {
    /// Tuning value per emotion.
    pub values: Option<Vec<f64>>,
    /// Largest absolute tuning value.
    pub quality: Option<f64>,
    /// Position of the emotion with the largest tuning value.
    pub preferred: Option<usize>,
    /// Selectivity index.
    pub index: Option<f64>,
}

pub(super) fn select(
    responses: &[Vec<Array2<f32>>],
    sets: &Sets,
    deciding: &[Vec<usize>],
    config: &Config,
) -> Result<Selection, StudyError> {
    select_by(responses, sets, &own(sets), deciding, config)
}

/// The selection that emotions `[set][picture]` would give.
pub(super) fn select_by(
    responses: &[Vec<Array2<f32>>],
    sets: &Sets,
    emotions: &[&[Emotion]],
    deciding: &[Vec<usize>],
    config: &Config,
) -> Result<Selection, StudyError> {
    let moments = moments_by(responses, sets, emotions, deciding)?;
    let failed = |set: usize| {
        let name = sets.sets[set].name.clone();
        move |source| StudyError::Stats { set: name, source }
    };
    let mut units = Vec::new();
    for (set, layers) in moments.iter().enumerate() {
        let of_set = layers.iter().map(tunings).collect::<Result<_, _>>().map_err(failed(set))?;
        units.push(of_set);
    }
    let layers = moments[0].len();
    let selective = (0..layers)
        .map(|layer| {
            let of_layer: Vec<&Moments> = moments.iter().map(|set| &set[layer]).collect();
            config.selection.rule.rule().select(&of_layer).map_err(failed(0))
        })
        .collect::<Result<_, _>>()?;
    Ok(Selection { units, selective, activation: (0..layers).map(|layer| activation(responses, layer)).collect() })
}

/// Moments `[set][layer]` of responses `[set][layer]` to the pictures `deciding[set]`.
///
/// # Errors
/// A set without pictures of an emotion, or responses that are not finite.
pub fn moments_of(
    responses: &[Vec<Array2<f32>>],
    sets: &Sets,
    deciding: &[Vec<usize>],
) -> Result<Vec<Vec<Moments>>, StudyError> {
    moments_by(responses, sets, &own(sets), deciding)
}

/// The sets' own emotions.
fn own(sets: &Sets) -> Vec<&[Emotion]> {
    sets.sets.iter().map(|set| set.emotions.as_slice()).collect()
}

fn moments_by(
    responses: &[Vec<Array2<f32>>],
    sets: &Sets,
    emotions: &[&[Emotion]],
    deciding: &[Vec<usize>],
) -> Result<Vec<Vec<Moments>>, StudyError> {
    let of_set = |(set, layers): (usize, &Vec<Array2<f32>>)| {
        let labels: Vec<usize> = deciding[set].iter().map(|&row| emotions[set][row].index()).collect();
        let failed = |source| StudyError::Stats { set: sets.sets[set].name.clone(), source };
        let of_layer = |layer: &Array2<f32>| {
            let chosen = layer.select(Axis(0), &deciding[set]);
            Moments::new(chosen.view(), &labels, EMOTIONS).map_err(failed)
        };
        layers.iter().map(of_layer).collect()
    };
    responses.iter().enumerate().map(of_set).collect()
}

fn tunings(moments: &Moments) -> Result<Vec<UnitTuning>, stats::StatsError> {
    let indices = selectivity_index(moments)?;
    let units = tuning(moments).into_iter().zip(indices).map(|(tuning, index)| match tuning {
        None => UnitTuning::default(),
        Some(tuning) => UnitTuning {
            values: Some(tuning.values),
            quality: Some(tuning.quality),
            preferred: Some(tuning.preferred),
            index: index.map(|index| index.index),
        },
    });
    Ok(units.collect())
}

fn activation(responses: &[Vec<Array2<f32>>], layer: usize) -> Vec<f64> {
    let pictures: usize = responses.iter().map(|set| set[layer].nrows()).sum();
    let mut sums = vec![0.0; responses[0][layer].ncols()];
    for row in responses.iter().flat_map(|set| set[layer].rows()) {
        sums.iter_mut().zip(row).for_each(|(sum, &response)| *sum += f64::from(response));
    }
    sums.into_iter().map(|sum| sum / pictures as f64).collect()
}
