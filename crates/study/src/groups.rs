//! The groups of channels of a chunk: the selective ones, and control groups of as many channels of the same layer.
//!
//! What a control must share with the selective group depends on what one wants to exclude: their number (`random`), their
//! activity (`matched`), how closely the head's answer follows them (`matched_readout`), or being chosen by the rule at all
//! (`permuted`).

use ndarray::{Array2, ArrayView1, Axis};
use rand::seq::SliceRandom;
use stats::{Moments, StatsError, control_groups};

use crate::config::{Config, Control};
use crate::plan::Chunk;
use crate::preparation::{EMOTIONS, Prepared, Sets, heads_column};
use crate::seeds;

/// The name of the group that a rule selected.
pub const SELECTIVE: &str = "selective";

/// A group of channels to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `selective` or the name of a control.
    pub name: &'static str,
    /// The draw; nothing for the selective group.
    pub draw: Option<usize>,
    /// The channels, ascending.
    pub channels: Vec<usize>,
}

/// The groups of a chunk: the selective channels (in the first chunk of a layer and emotion) and the draws of controls, of
/// equal size. None where no channel is selective; a control that would need more channels than there are is left out.
///
/// # Errors
/// A statistic that cannot be (which a prepared network does not give).
pub fn groups(
    chunk: &Chunk,
    controls: &[Control],
    prepared: &Prepared,
    sets: &Sets,
    config: &Config,
) -> Result<Vec<Group>, StatsError> {
    let selective = &prepared.selection.selective[chunk.layer][chunk.emotion];
    if selective.is_empty() {
        return Ok(vec![]);
    }
    let mut groups = Vec::new();
    if chunk.draws.start == 0 {
        groups.push(Group { name: SELECTIVE, draw: None, channels: selective.clone() });
    }
    for &control in controls {
        let draws = Draws::new(control, chunk, prepared, sets, config);
        for draw in chunk.draws.clone() {
            if let Some(channels) = draws.draw(draw as u64)? {
                groups.push(Group { name: control.name(), draw: Some(draw), channels });
            }
        }
    }
    Ok(groups)
}

/// The draws of one control.
struct Draws<'a> {
    selective: &'a [usize],
    seed: u64,
    kind: Kind<'a>,
}

/// What a draw needs to know beside the selective channels.
enum Kind<'a> {
    Random {
        channels: usize,
    },
    Nonselective {
        channels: usize,
    },
    /// A value per channel in which partners are near.
    Matched {
        values: Vec<f64>,
        neighbours: usize,
    },
    Permuted(Permuted<'a>),
}

impl<'a> Draws<'a> {
    fn new(control: Control, chunk: &Chunk, prepared: &'a Prepared, sets: &Sets, config: &'a Config) -> Self {
        let activation = &prepared.selection.activation[chunk.layer];
        let (channels, neighbours) = (activation.len(), config.sweep.neighbours);
        let kind = match control {
            Control::Random => Kind::Random { channels },
            Control::RandomNonselective => Kind::Nonselective { channels },
            Control::Matched => Kind::Matched { values: activation.clone(), neighbours },
            Control::MatchedReadout => Kind::Matched { values: readout(chunk, prepared, sets), neighbours },
            Control::Permuted => Kind::Permuted(Permuted::new(chunk, prepared, sets, config)),
        };
        let coordinates = [chunk.network, chunk.layer, chunk.emotion];
        Self {
            selective: &prepared.selection.selective[chunk.layer][chunk.emotion],
            seed: seeds::derive(config.seed, control.name(), &coordinates),
            kind,
        }
    }

    /// A group that depends on nothing but its number; `None` where the layer has too few channels for it.
    fn draw(&self, draw: u64) -> Result<Option<Vec<usize>>, StatsError> {
        let (selective, seed, size) = (self.selective, self.seed, self.selective.len());
        match &self.kind {
            Kind::Random { channels } => control_groups::random(*channels, size, seed, draw).map(Some),
            Kind::Nonselective { channels } => {
                control_groups::random_nonselective(*channels, selective, size, seed, draw)
            }
            Kind::Matched { values, neighbours } => control_groups::matched(values, selective, *neighbours, seed, draw),
            Kind::Permuted(permuted) => permuted.draw(size, seed, draw),
        }
    }
}

/// How closely the answer of the emotion's heads follows each channel of the layer: the absolute correlation of its
/// response with their mean margin over splits, network intact, averaged over the sets. A head has no weight of its own
/// on a channel of an early layer; what it reads there is the pattern of this covariance (Haufe et al. 2014, NeuroImage
/// 87: 96–110).
fn readout(chunk: &Chunk, prepared: &Prepared, sets: &Sets) -> Vec<f64> {
    let mut sums = vec![0.0; prepared.selection.activation[chunk.layer].len()];
    for (set, splits) in sets.splits.iter().enumerate() {
        let margins = &prepared.intact[set][set];
        let mean_margin: Vec<f64> = margins
            .rows()
            .into_iter()
            .map(|row| (0..splits.len()).map(|split| f64::from(row[heads_column(split, chunk.emotion)])).sum())
            .collect();
        let channels = prepared.responses[set][chunk.layer].columns();
        sums.iter_mut().zip(channels).for_each(|(sum, channel)| *sum += correlation(channel, &mean_margin).abs());
    }
    sums
}

/// Pearson's correlation; 0 where either does not vary.
fn correlation(responses: ArrayView1<'_, f32>, margins: &[f64]) -> f64 {
    let count = margins.len() as f64;
    let mean_response = responses.iter().map(|&response| f64::from(response)).sum::<f64>() / count;
    let mean_margin = margins.iter().sum::<f64>() / count;
    let (mut product, mut of_responses, mut of_margins) = (0.0, 0.0, 0.0);
    for (&response, margin) in responses.iter().zip(margins) {
        let (x, y) = (f64::from(response) - mean_response, margin - mean_margin);
        (product, of_responses, of_margins) = (product + x * y, of_responses + x * x, of_margins + y * y);
    }
    let scale = (of_responses * of_margins).sqrt();
    if scale > 0.0 { product / scale } else { 0.0 }
}

/// What the rule selects when labels are shuffled within each set: the null of being selective.
struct Permuted<'a> {
    /// Responses of the layer to the pictures that decide, set by set, with the labels of these.
    sets: Vec<(Array2<f32>, Vec<usize>)>,
    emotion: usize,
    config: &'a Config,
}

impl<'a> Permuted<'a> {
    fn new(chunk: &Chunk, prepared: &Prepared, sets: &Sets, config: &'a Config) -> Self {
        let of_set = |(set, rows): (usize, &Vec<usize>)| {
            let labels = sets.sets[set].labels();
            let responses = prepared.responses[set][chunk.layer].select(Axis(0), rows);
            (responses, rows.iter().map(|&row| labels[row]).collect())
        };
        Self { sets: sets.deciding.iter().enumerate().map(of_set).collect(), emotion: chunk.emotion, config }
    }

    fn draw(&self, size: usize, seed: u64, draw: u64) -> Result<Option<Vec<usize>>, StatsError> {
        control_groups::collected(size, seed, draw, |random| {
            let mut moments = Vec::with_capacity(self.sets.len());
            for (responses, labels) in &self.sets {
                let mut shuffled = labels.clone();
                shuffled.shuffle(random);
                moments.push(Moments::new(responses.view(), &shuffled, EMOTIONS)?);
            }
            let of_sets: Vec<&Moments> = moments.iter().collect();
            Ok(self.config.selection.rule.rule().select(&of_sets)?.swap_remove(self.emotion))
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_correlation_by_hand() {
        let margins = [1.0, 2.0, 3.0];
        assert!((correlation(array![2.0_f32, 4.0, 6.0].view(), &margins) - 1.0).abs() < 1e-12);
        assert!((correlation(array![1.0_f32, 0.0, -1.0].view(), &margins) + 1.0).abs() < 1e-12);
        assert_eq!(correlation(array![1.0_f32, 1.0, 1.0].view(), &margins), 0.0, "a constant channel");
    }
}
