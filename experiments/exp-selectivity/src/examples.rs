//! Example channels, chosen by rule and not by hand: in the first, the middle and the last layer, for each emotion, the
//! selective channel with the largest tuning value for it, averaged over sets.

use study::Experiment;
use study::config::SelectivityConfig;
use study::preparation::Tuned;
use study::rows::ExampleRow;

/// No more than one in so many pictures of a set count as those that drive a channel most.
const TOP_ONE_IN: usize = 4;

/// An example channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Position of the layer.
    pub layer: usize,
    /// Position of the emotion.
    pub emotion: usize,
    /// The channel; nothing where none is selective.
    pub channel: Option<usize>,
    /// Tuning values by set and emotion.
    pub curves: Vec<Vec<Option<f64>>>,
}

/// The examples of the first, middle and last layer, by layer and emotion.
pub fn choose(experiment: &Experiment, network: &Tuned) -> Vec<Example> {
    let last = experiment.layer_names().len() - 1;
    let mut layers = vec![0, last / 2, last];
    layers.dedup();
    let emotions = 0..Experiment::emotions().len();
    layers.into_iter().flat_map(|layer| emotions.clone().map(move |emotion| example(network, layer, emotion))).collect()
}

fn example(network: &Tuned, layer: usize, emotion: usize) -> Example {
    let units = &network.selection.units;
    let value = |set: usize, channel: usize, emotion: usize| {
        units[set][layer][channel].values.as_ref().map(|values| values[emotion])
    };
    let strength = |channel: usize| (0..units.len()).filter_map(|set| value(set, channel, emotion)).sum::<f64>();
    let selective = network.selection.selective[layer][emotion].iter().copied();
    // Of equal ones the first, since selective channels are in ascending order.
    let channel = selective.rev().max_by(|&a, &b| strength(a).total_cmp(&strength(b)));
    let curve = |set: usize| {
        (0..Experiment::emotions().len())
            .map(|emotion| channel.and_then(|channel| value(set, channel, emotion)))
            .collect()
    };
    Example { layer, emotion, channel, curves: (0..units.len()).map(curve).collect() }
}

/// How many pictures of a set count as those that drive a channel most.
pub fn top_count(config: &SelectivityConfig, pictures: usize) -> usize {
    config.top_pictures.min(pictures / TOP_ONE_IN).max(1)
}

/// The pictures that drive each example most, strongest first.
pub fn top_pictures(experiment: &Experiment, network: &Tuned, examples: &[Example]) -> Vec<ExampleRow> {
    let mut rows = Vec::new();
    for example in examples {
        let Some(channel) = example.channel else { continue };
        for (set, responses) in experiment.sets.sets.iter().zip(&network.responses) {
            let column = responses[example.layer].column(channel);
            let mut order: Vec<usize> = (0..column.len()).collect();
            order.sort_by(|&a, &b| column[b].total_cmp(&column[a]));
            let count = top_count(&experiment.config.selectivity, order.len());
            rows.extend(order.into_iter().take(count).enumerate().map(|(rank, row)| ExampleRow {
                layer: experiment.layer_names()[example.layer].clone(),
                emotion: Experiment::emotions()[example.emotion].into(),
                channel,
                set: set.name.clone(),
                rank: rank + 1,
                picture: set.pictures[row].id.clone(),
                response: f64::from(column[row]),
                valence: set.pictures[row].valence,
                category: set.emotions[row].to_string(),
            }));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_pictures_are_a_hundred_or_a_quarter_of_a_small_set() {
        let config = SelectivityConfig::default();
        assert_eq!([1182, 120, 3, 1].map(|pictures| top_count(&config, pictures)), [100, 30, 1, 1]);
    }
}
