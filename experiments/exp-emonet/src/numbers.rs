//! The paper's numbers: accuracies with their chances, areas under the ROC curve, principal components.

use anyhow::Result;
use ndarray::{Array2, Axis};
use stats::bootstrap::Bootstrap;
use stats::class_auc::{class_auc, class_auc_intervals};
use stats::components::components_for;
use stats::groups::members;
use stats::top_k::{Average, Ranking};
use stimuli::frames::Part;
use study::seeds;
use vgg_core::head::readout::probabilities;

use crate::opened::{Opened, Side};
use crate::rows::{AccuracyRow, ClassRow, ComponentRow, GroupPredictionRow, PredictionRow};
use crate::scored::Scored;

/// What stands in place of a class for their mean.
pub const MEAN: &str = "mean over classes";
/// The share of variance that the paper's components explain.
const VARIANCE: f64 = 0.95;

/// Scores and probabilities of the frames of a side.
pub struct Answers {
    /// Before the softmax.
    pub logits: Array2<f64>,
    /// After it.
    pub probabilities: Array2<f64>,
}

/// What class scores say of some frames.
pub fn answers(scored: &Scored, rows: &[usize]) -> Answers {
    let scores = scored.scores.select(Axis(0), rows);
    Answers { logits: scores.mapv(f64::from), probabilities: probabilities(scores.view()) }
}

/// The mean of some values; nothing where there are none.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Resamples for one purpose.
pub fn bootstrap(opened: &Opened, purpose: &str) -> Bootstrap {
    Bootstrap { resamples: opened.config.panels.bootstrap, seed: seeds::derive(opened.config.seed, purpose, &[]) }
}

/// Accuracies of all class scores.
///
/// # Errors
/// A statistic that cannot be.
pub fn accuracies(opened: &Opened, scored: &[Scored]) -> Result<Vec<AccuracyRow>> {
    let test = opened.side(Part::Test);
    let mut rows = Vec::new();
    for scored in scored {
        let ranking = Ranking::new(answers(scored, &test.rows).logits.view(), &test.labels)?;
        for k in [1, 5].into_iter().filter(|k| *k < opened.classes().len()) {
            for average in [Average::Samples, Average::Classes] {
                rows.push(accuracy(opened, scored, &test, &ranking, k, average)?);
            }
        }
    }
    Ok(rows)
}

fn accuracy(
    opened: &Opened,
    scored: &Scored,
    test: &Side,
    ranking: &Ranking,
    k: usize,
    average: Average,
) -> Result<AccuracyRow> {
    let found = ranking.accuracy(k)?;
    let interval = ranking.interval(k, average, &test.groups, bootstrap(opened, "accuracy"))?;
    let seed = seeds::derive(opened.config.seed, "accuracy shuffles", &[k]);
    let plain = average == Average::Samples;
    let shuffles = opened.config.panels.permutations;
    let p = plain.then(|| ranking.permutation(k, &test.groups, shuffles, seed)).transpose()?;
    Ok(AccuracyRow {
        scores: scored.name.into(),
        k,
        average: if plain { "plain" } else { "balanced" }.into(),
        frames: test.rows.len(),
        groups: members(&test.groups).len(),
        accuracy: if plain { found.plain } else { found.balanced },
        ci_low: interval.low,
        ci_high: interval.high,
        chance: if plain { found.shuffled } else { found.uniform },
        constant: if plain { found.constant } else { found.uniform },
        p: p.map(|found| found.p),
    })
}

/// Every class against all others, by its probability.
///
/// # Errors
/// A statistic that cannot be.
pub fn classes(opened: &Opened, scored: &[Scored]) -> Result<Vec<ClassRow>> {
    let test = opened.side(Part::Test);
    let mut rows = Vec::new();
    for scored in scored {
        let probabilities = answers(scored, &test.rows).probabilities;
        let found = class_auc(probabilities.view(), &test.labels)?;
        let resamples = bootstrap(opened, "areas of classes");
        let intervals = class_auc_intervals(probabilities.view(), &test.labels, &test.groups, resamples)?;
        for (class, (found, interval)) in found.iter().zip(&intervals.classes).enumerate() {
            rows.push(ClassRow {
                scores: scored.name.into(),
                class: opened.classes()[class].clone(),
                frames: test.labels.iter().filter(|label| **label == class).count(),
                auc: found.auc,
                ci_low: interval.map(|interval| interval.low),
                ci_high: interval.map(|interval| interval.high),
                d: found.d,
            });
        }
        rows.push(ClassRow {
            scores: scored.name.into(),
            class: MEAN.into(),
            frames: test.rows.len(),
            auc: mean(&found.iter().filter_map(|class| class.auc).collect::<Vec<f64>>()),
            ci_low: intervals.mean.map(|interval| interval.low),
            ci_high: intervals.mean.map(|interval| interval.high),
            d: mean(&found.iter().filter_map(|class| class.d).collect::<Vec<f64>>()),
        });
    }
    Ok(rows)
}

/// Principal components of the predictions of test frames.
///
/// # Errors
/// A statistic that cannot be.
pub fn components(opened: &Opened, shown: &Scored) -> Result<Vec<ComponentRow>> {
    let Answers { logits, probabilities } = answers(shown, &opened.side(Part::Test).rows);
    let row = |predictions: &str, table: &Array2<f64>| -> Result<ComponentRow> {
        let components = components_for(table.view(), VARIANCE)?;
        Ok(ComponentRow { predictions: predictions.into(), share: VARIANCE, components })
    };
    Ok(vec![row("logits", &logits)?, row("probabilities", &probabilities)?])
}

/// Scores and probabilities of every frame.
pub fn predictions(opened: &Opened, shown: &Scored) -> Vec<PredictionRow> {
    let every: Vec<usize> = (0..opened.frames.frames.len()).collect();
    let Answers { logits, probabilities } = answers(shown, &every);
    let row = |(frame, class): (usize, usize)| {
        let of = &opened.frames.frames[frame];
        PredictionRow {
            picture: of.id.clone(),
            group: opened.frames.groups[of.group].clone(),
            split: of.part.name().into(),
            class: opened.classes()[class].clone(),
            logit: logits[[frame, class]],
            probability: probabilities[[frame, class]],
        }
    };
    every.iter().flat_map(|&frame| (0..opened.classes().len()).map(move |class| (frame, class))).map(row).collect()
}

/// The same, averaged over the frames of each video or clip.
pub fn group_predictions(opened: &Opened, shown: &Scored) -> Vec<GroupPredictionRow> {
    let every: Vec<usize> = (0..opened.frames.frames.len()).collect();
    let Answers { logits, probabilities } = answers(shown, &every);
    let groups: Vec<usize> = opened.frames.frames.iter().map(|frame| frame.group).collect();
    let mut rows = Vec::new();
    for members in members(&groups) {
        let first = &opened.frames.frames[members[0]];
        let mean = |table: &Array2<f64>, class: usize| {
            members.iter().map(|&row| table[[row, class]]).sum::<f64>() / members.len() as f64
        };
        rows.extend(opened.classes().iter().enumerate().map(|(class, label)| GroupPredictionRow {
            group: opened.frames.groups[first.group].clone(),
            split: first.part.name().into(),
            frames: members.len(),
            class: label.clone(),
            logit: mean(&logits, class),
            probability: mean(&probabilities, class),
        }));
    }
    rows
}
