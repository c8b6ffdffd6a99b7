//! What a report says of emotion and object category: cells, shares, sizes, and what is not testable.

use figures::Block;
use study::Experiment;
use study::comparison::ALPHA;
use study::pictures::StudySet;
use study::rows::{AnovaCellRow, AnovaLayerRow};

use super::design::{cells, design};
use super::{BOTH, EFFECTS};

/// How the analysis is done, for the methods text of reports.
pub const METHODS: &str = "Where pictures have object categories, every channel's responses were analysed by emotion and object \
    category (two-way analysis of variance after Liu et al. 2024, S1), with sums of squares of type II, since cells are of \
    unequal size: an effect of emotion is what emotion explains beyond object category, and the other way round. The \
    interaction is tested where no cell is empty. q is corrected by Benjamini and Hochberg over the channels of a layer, for \
    each effect, network and set by itself. Channels of a layer are not independent, so the shares of channels describe a layer \
    and are no test of it; p is that of the F distribution.";

/// The blocks of the section, for the report of the selectivity run and of the whole study.
pub fn blocks(experiment: &Experiment, layers: &[AnovaLayerRow]) -> Vec<Block> {
    let sets = &experiment.sets.sets;
    let mut blocks = vec![Block::Paragraph(
        "Is it emotion, or is it what pictures show? Emotion beyond object category, object category beyond emotion, and their \
         interaction, in every channel (anova.csv)."
            .into(),
    )];
    blocks.extend(sets.iter().filter_map(note).map(Block::Paragraph));
    // A report of a run that was stopped may come before this was computed.
    let missing = sets.iter().filter(|set| design(set).is_ok() && !layers.iter().any(|row| row.set == set.name));
    blocks.extend(missing.map(|set| Block::Paragraph(format!("{}: not computed yet.", set.name))));
    let counted: Vec<AnovaCellRow> = sets
        .iter()
        .flat_map(cells)
        .filter(|cell| sets.iter().any(|set| set.name == cell.set && has_categories(set)))
        .collect();
    if !counted.is_empty() {
        blocks.push(cell_table(&counted));
    }
    if layers.iter().any(|row| row.network == "trained") {
        blocks.push(layer_table(layers));
    }
    blocks
}

/// What was found in each set, and what is not testable in it.
pub fn summary(experiment: &Experiment, layers: &[AnovaLayerRow]) -> Vec<String> {
    let of_set = |set: &StudySet| {
        let found = layers.iter().any(|row| row.set == set.name).then(|| sentence(&set.name, layers));
        found.into_iter().chain(note(set))
    };
    experiment.sets.sets.iter().flat_map(of_set).collect()
}

fn has_categories(set: &StudySet) -> bool {
    set.pictures.iter().any(|picture| picture.object_category.is_some())
}

/// What cannot be tested in a set, if anything.
fn note(set: &StudySet) -> Option<String> {
    let name = &set.name;
    match design(set) {
        Err(reason) => Some(format!("{name}: emotion and object category cannot be told apart here: {reason}.")),
        Ok(design) => {
            let unknown = set.pictures.len() - design.pictures.len();
            let unknown = (unknown > 0).then(|| format!("{unknown} pictures without an object category took no part"));
            let parts: Vec<String> = [design.without_interaction, unknown].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| format!("{name}: {}.", parts.join("; ")))
        }
    }
}

/// How many channels of the trained network show what, over all layers.
fn sentence(set: &str, layers: &[AnovaLayerRow]) -> String {
    let total = |effect: &str, count: fn(&AnovaLayerRow) -> usize| -> usize {
        let own = layers.iter().filter(|row| row.network == "trained" && row.set == set && row.effect == effect);
        own.map(count).sum()
    };
    let with = |effect: &str| total(effect, |row| row.n_effect);
    let channels = total(BOTH, |row| row.n_channels);
    let testable = total(EFFECTS[2], |row| row.n_channels) > 0;
    let interaction =
        if testable { format!(", and {} to certain combinations", with(EFFECTS[2])) } else { String::new() };
    format!(
        "{set}: of {channels} channels of the trained network, {} respond to emotion beyond object category, {} to object \
         category beyond emotion, {} to both{interaction} (q < {ALPHA} within layers).",
        with(EFFECTS[0]),
        with(EFFECTS[1]),
        with(BOTH),
    )
}

fn cell_table(cells: &[AnovaCellRow]) -> Block {
    let emotions = Experiment::emotions();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for cell in cells {
        let category = if cell.object_category.is_empty() { "(none)" } else { &cell.object_category };
        let known = rows.iter().position(|row| row[0] == cell.set && row[1] == category);
        let place = known.unwrap_or_else(|| {
            rows.push(
                [&cell.set, category].into_iter().map(String::from).chain(emotions.map(|_| "0".into())).collect(),
            );
            rows.len() - 1
        });
        if let Some(emotion) = emotions.iter().position(|emotion| *emotion == cell.emotion) {
            rows[place][2 + emotion] = cell.n_pictures.to_string();
        }
    }
    Block::Table {
        caption: "Pictures by object category and emotion (anova_cells.csv). Effects rest on the smallest cells."
            .into(),
        header: ["set", "object category"].into_iter().chain(emotions).map(String::from).collect(),
        rows,
    }
}

/// Shares and sizes of the trained network; every network is in the table.
fn layer_table(layers: &[AnovaLayerRow]) -> Block {
    let number = |value: Option<f64>| value.map(|value| format!("{value:.3}")).unwrap_or_default();
    let row = |row: &AnovaLayerRow| {
        vec![
            row.set.clone(),
            row.layer.clone(),
            row.effect.clone(),
            row.n_tested.to_string(),
            row.n_effect.to_string(),
            format!("{:.3}", row.share),
            number(row.mean_partial_eta2),
            number(row.mean_omega2),
        ]
    };
    Block::Table {
        caption: format!(
            "Channels of the trained network by effect (q < {ALPHA} over the channels of a layer), and mean effect sizes; untrained \
             networks are in anova_layers.csv."
        ),
        header: [
            "set",
            "layer",
            "effect",
            "channels that vary",
            "with the effect",
            "share",
            "mean partial η²",
            "mean ω²",
        ]
        .map(String::from)
        .to_vec(),
        rows: layers.iter().filter(|row| row.network == "trained").map(row).collect(),
    }
}
