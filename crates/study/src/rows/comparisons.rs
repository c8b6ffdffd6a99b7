//! Heads with the network intact, comparisons, overlaps, and values under shuffled labels.

use tidy::tidy_row;

tidy_row! {
    /// `heads.csv`: every head on the test pictures of its split, with the network intact.
    HeadRow {
        /// The network.
        network: String,
        /// The set on which the head was trained and is tested.
        set: String,
        /// The emotion that it recognises.
        task: String,
        /// The split.
        split_seed: usize,
        /// F1.
        f1: f64,
        /// F1 of a head that always says yes.
        f1_always_yes: f64,
        /// Share of right answers.
        accuracy: Option<f64>,
        /// Mean of the hit rate and the correct-rejection rate.
        balanced_accuracy: Option<f64>,
        /// Area under the ROC curve.
        auc: Option<f64>,
        /// d′, log-linear.
        dprime: Option<f64>,
        /// Probability of such an AUC or a higher one if answers had nothing to do with the emotion (Mann and Whitney).
        p: Option<f64>,
    }
}

tidy_row! {
    /// `tests.csv`: what was compared, and how sure it is. Columns that a comparison has no use for are empty.
    #[derive(Default)]
    TestRow {
        /// The network.
        network: String,
        /// The set.
        set: String,
        /// What is compared with what.
        comparison: String,
        /// The layer.
        layer: String,
        /// The emotion of the changed channels.
        emotion: String,
        /// The emotion that the head recognises.
        task: String,
        /// The estimate, in the unit that the comparison names.
        estimate: f64,
        /// Lower end of the 95 % interval.
        ci_low: Option<f64>,
        /// Upper end of the 95 % interval.
        ci_high: Option<f64>,
        /// Mean of the control.
        control_mean: Option<f64>,
        /// 2.5 % quantile of the control.
        control_low: Option<f64>,
        /// 97.5 % quantile of the control.
        control_high: Option<f64>,
        /// p-value.
        p: Option<f64>,
        /// p-value corrected by Benjamini and Hochberg over the family.
        q: Option<f64>,
        /// z of the estimate among the control draws.
        z: Option<f64>,
        /// Cliff's delta.
        cliffs_delta: Option<f64>,
        /// Number of control draws; of observations where nothing is drawn.
        n: usize,
    }
}

tidy_row! {
    /// A quantity at a layer under one labelling of the pictures; chunks keep it, since tests over layers and networks need
    /// all labellings.
    ShuffledRow {
        /// The network.
        network: String,
        /// The set, or both of an overlap.
        set: String,
        /// What has a value.
        quantity: String,
        /// The emotion, where the quantity is about one.
        emotion: String,
        /// The layer.
        layer: String,
        /// 0 for the true labels, 1 and on for shuffles.
        labelling: usize,
        /// The value.
        value: Option<f64>,
    }
}

tidy_row! {
    /// `overlap.csv`: how many channels are selective for an emotion in both of two sets.
    OverlapRow {
        /// The network.
        network: String,
        /// The layer.
        layer: String,
        /// The emotion.
        emotion: String,
        /// Channels that are selective in the first set.
        n_a: usize,
        /// Channels that are selective in the second set.
        n_b: usize,
        /// Channels that are selective in both.
        n_both: usize,
        /// `n_both / (n_a + n_b − n_both)`; empty where no channel is selective in either.
        jaccard: Option<f64>,
        /// Exact mean of the Jaccard index of random channel sets of these sizes.
        chance_jaccard: Option<f64>,
        /// Exact probability of so many shared channels or more among random sets of independent channels. Channels of a layer
        /// are not independent, so this describes the overlap and tests nothing.
        p_exact: f64,
        /// Mean Jaccard index of the drawn random sets.
        random_mean: Option<f64>,
        /// 2.5 % quantile of the drawn random sets.
        random_ci_low: Option<f64>,
        /// 97.5 % quantile of the drawn random sets.
        random_ci_high: Option<f64>,
        /// Share of shuffled labellings (the true one counted in) with such a Jaccard index above chance, or a larger one.
        p_shuffled: Option<f64>,
        /// `p_shuffled` corrected by Benjamini and Hochberg over layers and emotions of the network.
        q: Option<f64>,
    }
}
