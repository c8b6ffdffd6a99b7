//! Panels C and F: random frames of each predicted class, which class is taken for which, and clusters of classes.

use anyhow::Result;
use rand::seq::SliceRandom;
use stats::cluster_count::Samples;
use stats::confusion_clusters::{Clusters, Rule, clusters};
use stats::confusion_matrix::ConfusionMatrix;
use stats::top_k::Ranking;
use stimuli::frames::Part;
use study::seeds;

use crate::chance::generator;
use crate::numbers::{answers, bootstrap};
use crate::opened::Opened;
use crate::rows::{ClusterRow, ConfusionRow, ExampleRow, MemberRow};
use crate::scored::Scored;

/// The published rules, the authors' program first.
const RULES: [(Rule, &str); 2] = [(Rule::AgainstAll, "against_all"), (Rule::Pairwise, "pairwise")];

/// Everything about confusions.
pub struct Confusions {
    /// The matrix.
    pub matrix: Vec<ConfusionRow>,
    /// Numbers of clusters.
    pub counts: Vec<ClusterRow>,
    /// The cluster of each class, in the order of the tree's leaves.
    pub members: Vec<MemberRow>,
    /// The tree, and the clusters by the authors' program.
    pub tree: Clusters,
    /// Random frames per predicted class: positions among all frames.
    pub examples: Vec<Vec<usize>>,
}

/// What the class scores confuse, over test frames.
///
/// # Errors
/// A statistic that cannot be.
pub fn confuse(opened: &Opened, shown: &Scored) -> Result<Confusions> {
    let test = opened.side(Part::Test);
    let classes = opened.classes().len();
    let ranking = Ranking::new(answers(shown, &test.rows).logits.view(), &test.labels)?;
    let predicted: Vec<usize> = (0..test.rows.len()).filter_map(|sample| ranking.top(sample, 1).next()).collect();
    let matrix = ConfusionMatrix::new(&test.labels, &predicted, classes)?;
    let tree = clusters(&matrix, Rule::AgainstAll)?;
    let samples = Samples { truth: &test.labels, predicted: &predicted, classes };
    let counts = RULES.iter().map(|&(rule, name)| count(opened, &samples, &test.groups, rule, name));
    Ok(Confusions {
        counts: counts.collect::<Result<_>>()?,
        matrix: matrix_rows(opened, &matrix),
        members: members(opened, &tree),
        examples: examples(opened, &test.rows, &predicted),
        tree,
    })
}

fn matrix_rows(opened: &Opened, matrix: &ConfusionMatrix) -> Vec<ConfusionRow> {
    let (names, shares, counts) = (opened.classes(), matrix.shares(), matrix.counts());
    let row = |(class, predicted): (usize, usize)| ConfusionRow {
        class: names[class].clone(),
        predicted: names[predicted].clone(),
        frames: counts[[class, predicted]] as usize,
        share: shares[[class, predicted]],
    };
    (0..names.len()).flat_map(|class| (0..names.len()).map(move |predicted| (class, predicted))).map(row).collect()
}

fn count(opened: &Opened, samples: &Samples<'_>, groups: &[usize], rule: Rule, name: &str) -> Result<ClusterRow> {
    let each: Vec<usize> = (0..samples.truth.len()).collect();
    let resamples = bootstrap(opened, "clusters");
    let of_frames = samples.bootstrap(&each, rule, resamples)?;
    let of_groups = samples.bootstrap(groups, rule, resamples)?;
    let panels = &opened.config.panels;
    let small = panels.cluster_samples.min(samples.truth.len());
    let seed = seeds::derive(opened.config.seed, "clusters of few", &[]);
    let mut counts: Vec<usize> =
        samples.at_fixed_number(small, panels.cluster_draws, rule, seed)?.into_iter().flatten().collect();
    counts.sort_unstable();
    let half = counts.len() / 2;
    let median = match counts.len() % 2 {
        _ if counts.is_empty() => None,
        1 => Some(counts[half] as f64),
        _ => Some((counts[half - 1] + counts[half]) as f64 / 2.0),
    };
    Ok(ClusterRow {
        rule: name.into(),
        frames: samples.truth.len(),
        clusters: of_frames.estimate,
        frames_low: of_frames.interval.map(|interval| interval[0]),
        frames_high: of_frames.interval.map(|interval| interval[1]),
        groups_low: of_groups.interval.map(|interval| interval[0]),
        groups_high: of_groups.interval.map(|interval| interval[1]),
        small_frames: small,
        small_clusters: median,
    })
}

/// The cluster of every class at K*; all classes in one cluster where there is none.
pub fn cluster_of(tree: &Clusters) -> Vec<usize> {
    let best = tree.best.and_then(|best| tree.cuts.iter().find(|cut| cut.count() == best));
    best.map_or_else(|| vec![0; tree.cuts[0].clusters.len()], |cut| cut.clusters.clone())
}

fn members(opened: &Opened, tree: &Clusters) -> Vec<MemberRow> {
    let of = cluster_of(tree);
    let row = |class: usize| MemberRow { class: opened.classes()[class].clone(), cluster: of[class] + 1 };
    stats::ward::leaf_order(&tree.tree).into_iter().map(row).collect()
}

fn examples(opened: &Opened, rows: &[usize], predicted: &[usize]) -> Vec<Vec<usize>> {
    let of_class = |class: usize| {
        let mut frames: Vec<usize> =
            rows.iter().zip(predicted).filter(|(_, found)| **found == class).map(|(row, _)| *row).collect();
        frames.shuffle(&mut generator(opened, "examples", &[class]));
        frames.truncate(opened.config.panels.examples);
        frames
    };
    (0..opened.classes().len()).map(of_class).collect()
}

/// The examples as a table.
pub fn example_rows(opened: &Opened, examples: &[Vec<usize>]) -> Vec<ExampleRow> {
    let of_class = |(class, frames): (usize, &Vec<usize>)| {
        let row = |&frame: &usize| {
            let frame = &opened.frames.frames[frame];
            let class_name = opened.classes()[frame.class].clone();
            ExampleRow { predicted: opened.classes()[class].clone(), picture: frame.id.clone(), class: class_name }
        };
        frames.iter().map(row).collect::<Vec<_>>()
    };
    examples.iter().enumerate().flat_map(of_class).collect()
}
