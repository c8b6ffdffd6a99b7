//! Raise the channels of one emotion, read the heads of all.

use anyhow::Result;
use figures::{HeatMap, HeatMaps};
use study::Experiment;
use study::comparison::mean;
use study::groups::SELECTIVE;
use study::report::{self, Drawing};
use study::sweep::GainTables;

use super::TRAINED;
use crate::analysis::Choice;

/// Mean over layers, at the gain that is best for the raised emotion on validation pictures.
pub fn matrix(experiment: &Experiment, tables: &GainTables) -> Result<Drawing> {
    let emotions = Experiment::emotions();
    let value = |set: &str, emotion: &str, task: &str| {
        let changes: Vec<f64> = tables
            .best
            .iter()
            .filter(|row| row.network == TRAINED && row.group == SELECTIVE && Choice::PRIMARY.is_of(row))
            .filter(|row| row.set_train == set && row.set_test == set && row.emotion == emotion && row.task == task)
            .filter_map(|row| Choice::PRIMARY.by.of_best(row))
            .collect();
        (!changes.is_empty()).then(|| mean(&changes))
    };
    let map = |set: &str| HeatMap {
        title: set.into(),
        rows: emotions.map(String::from).to_vec(),
        columns: emotions.map(String::from).to_vec(),
        values: emotions.map(|row| emotions.map(|column| value(set, row, column)).to_vec()).to_vec(),
        stars: vec![],
    };
    let caption = format!(
        "{}Change of the AUC of every head (columns) when the channels selective for one emotion (rows) get the gain that is \
         best for that emotion's own head on validation pictures; test pictures, mean over layers and {} splits.",
        report::caution(experiment),
        experiment.config.heads.splits,
    );
    let figure = HeatMaps {
        title: "Specificity: raise one emotion, read every other".into(),
        maps: experiment.sets.sets.iter().map(|set| map(&set.name)).collect(),
        row_axis: "raised channels".into(),
        column_axis: "head".into(),
        unit: Choice::PRIMARY.by.change_name().into(),
        star_label: String::new(),
        caption: caption.clone(),
    };
    let description = "Heat map of raised emotion by head; the numbers are in best.csv.".into();
    Ok(Drawing { name: "specificity".into(), figure: figure.draw()?, caption, description })
}
