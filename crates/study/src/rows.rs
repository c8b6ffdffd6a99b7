//! The tables of a run, as the results folder promises them to other programs.

use crate::table::tidy_row;

/// The column `set` of what is about all sets together; no set may have this name.
pub const ALL_SETS: &str = "all sets";

tidy_row! {
    /// `sweep.csv`: one head read under one condition, lesion and attention alike.
    SweepRow {
        /// `trained`, or `random-1`, `random-2` … for the untrained controls.
        network: String,
        /// The set on which the head was trained.
        set_train: String,
        /// The set whose test pictures are read.
        set_test: String,
        /// The emotion that the head recognises.
        task: String,
        /// The layer whose channels are changed.
        layer: String,
        /// The emotion for which the changed channels are selective (for a control: whose group is matched in size).
        emotion: String,
        /// `selective`, or the name of a control; `tuning` and `tuning_positive` for slopes that follow
        /// from tuning values.
        group: String,
        /// The number of the random draw; empty for the selective group.
        draw: Option<usize>,
        /// The split into training, validation and test pictures.
        split_seed: usize,
        /// The slope of the changed channels: 0 is the lesion, 1 the intact network. For slopes that follow from tuning
        /// values, the slope of a channel whose tuning value is 1.
        gain: f64,
        /// Number of changed channels.
        n_units: usize,
        /// Hits.
        tp: usize,
        /// False alarms.
        fp: usize,
        /// Correct rejections.
        tn: usize,
        /// Misses.
        r#fn: usize,
        /// F1 of the target emotion.
        f1: f64,
        /// Share of right answers.
        accuracy: Option<f64>,
        /// Mean of the hit rate and the correct-rejection rate.
        balanced_accuracy: Option<f64>,
        /// Area under the ROC curve.
        auc: Option<f64>,
        /// d′, log-linear.
        dprime: Option<f64>,
        /// F1 of the same head on the same pictures with the network intact.
        base_f1: f64,
        /// 100 · (F1 − base) / base.
        change_pct: Option<f64>,
        /// Lower end of the 95 % interval of the mean change over all splits, resampled over pictures and splits; only for
        /// the selective group, and the same for each of its splits.
        ci_low: Option<f64>,
        /// Upper end of that interval.
        ci_high: Option<f64>,
        /// AUC of the same head on the same pictures with the network intact.
        base_auc: Option<f64>,
        /// AUC minus that of the intact network.
        auc_change: Option<f64>,
        /// Lower end of the 95 % interval of the mean change of AUC, as `ci_low`.
        auc_ci_low: Option<f64>,
        /// Upper end of that interval.
        auc_ci_high: Option<f64>,
        /// Share of pictures to which the head says yes; F1 follows it, AUC does not.
        yes_share: Option<f64>,
        /// The same with the network intact.
        base_yes_share: Option<f64>,
    }
}

tidy_row! {
    /// `draws.csv`: the curve of one random group over gains, read by the head of its own emotion.
    DrawRow {
        /// The network.
        network: String,
        /// The set on which the heads were trained.
        set_train: String,
        /// The set whose pictures are read.
        set_test: String,
        /// The layer whose channels are changed.
        layer: String,
        /// The emotion whose selective group it is matched to in size, and that the heads recognise.
        emotion: String,
        /// The name of a control.
        group: String,
        /// The number of the random draw.
        draw: usize,
        /// The slope of the changed channels.
        gain: f64,
        /// Change of F1 on test pictures (%), mean over splits.
        change_pct: Option<f64>,
        /// Change of F1 on validation pictures (%), mean over splits.
        validation_change_pct: Option<f64>,
        /// Change of AUC on test pictures, mean over splits.
        auc_change: Option<f64>,
        /// Change of the share of yes answers on test pictures, mean over splits.
        yes_change: Option<f64>,
    }
}

tidy_row! {
    /// `best.csv`: a group of channels at its best gain.
    BestRow {
        /// The network.
        network: String,
        /// The set on which the heads were trained.
        set_train: String,
        /// The set whose pictures are read.
        set_test: String,
        /// The emotion that the heads recognise.
        task: String,
        /// The layer whose channels are changed, or `all`.
        layer: String,
        /// The emotion for which the channels are selective or tuned.
        emotion: String,
        /// `selective`, the name of a control, `tuning` or `tuning_positive`.
        group: String,
        /// The number of the random draw; empty for the others.
        draw: Option<usize>,
        /// `validation`: in each split the gain that is best for the emotion's own head on validation pictures; `test`: one
        /// gain for all splits, with the highest mean change of the own head on test pictures.
        chosen_on: String,
        /// By what it is best: `auc` or `f1`.
        chosen_by: String,
        /// The chosen gain, mean over splits.
        gain: f64,
        /// Change of F1 on test pictures at the chosen gain (%), mean over splits.
        change_pct: Option<f64>,
        /// Lower end of its 95 % interval over test pictures and splits, the choice being held; not for draws.
        ci_low: Option<f64>,
        /// Upper end of that interval.
        ci_high: Option<f64>,
        /// Change of AUC on test pictures at the chosen gain, mean over splits.
        auc_change: Option<f64>,
        /// Lower end of its 95 % interval, as `ci_low`.
        auc_ci_low: Option<f64>,
        /// Upper end of that interval.
        auc_ci_high: Option<f64>,
        /// Change of the share of yes answers on test pictures at the chosen gain, mean over splits.
        yes_change: Option<f64>,
    }
}

tidy_row! {
    /// `pictures.csv`: the pictures of a run; rows of every response array are in this order. A column per split
    /// follows, `split_0` and on, which says `train`, `validation` or `test`.
    PictureRow {
        /// The set.
        set: String,
        /// The picture's id.
        picture: String,
        /// Mean valence.
        valence: Option<f64>,
        /// `pleasant`, `neutral` or `unpleasant`.
        category: String,
        /// Whether it took part in choosing the channels that a lesion or a gain changes.
        decides: bool,
    }
}

tidy_row! {
    /// `units.csv`: the tuning of every channel.
    UnitRow {
        /// The network.
        network: String,
        /// The set.
        set: String,
        /// The layer.
        layer: String,
        /// The channel.
        channel: usize,
        /// Tuning value for pleasant.
        s_pleasant: Option<f64>,
        /// Tuning value for neutral.
        s_neutral: Option<f64>,
        /// Tuning value for unpleasant.
        s_unpleasant: Option<f64>,
        /// Largest absolute tuning value.
        tuning_quality: Option<f64>,
        /// The emotion with the largest tuning value.
        preferred: String,
        /// Selectivity index: the largest d′.
        si: Option<f64>,
        /// Whether the channel is constant and counts nowhere.
        excluded: bool,
    }
}

tidy_row! {
    /// `selective.csv`: the channels that passed the rule.
    SelectiveRow {
        /// The network.
        network: String,
        /// The layer.
        layer: String,
        /// The channel.
        channel: usize,
        /// The emotion it is selective for.
        emotion: String,
    }
}

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

tidy_row! {
    /// `shares.csv`: how many channels of a layer belong to each emotion.
    ShareRow {
        /// The network.
        network: String,
        /// The set; `all sets` for the channels that belong to the same emotion in every set.
        set: String,
        /// The rule of selectivity.
        rule: String,
        /// The layer.
        layer: String,
        /// The emotion; `none` for channels that belong to no emotion: constant, dropped, or not the same in all sets.
        emotion: String,
        /// Number of channels.
        n_channels: usize,
        /// Their share of the layer's channels.
        share: f64,
    }
}

tidy_row! {
    /// `examples.csv`: the pictures that drive the example channels most.
    ExampleRow {
        /// The layer.
        layer: String,
        /// The emotion that the channel is an example for.
        emotion: String,
        /// The channel.
        channel: usize,
        /// The set.
        set: String,
        /// 1 for the picture with the largest response.
        rank: usize,
        /// The picture's id.
        picture: String,
        /// The response to it.
        response: f64,
        /// The picture's mean valence.
        valence: Option<f64>,
        /// The picture's category.
        category: String,
    }
}

tidy_row! {
    /// `claims.csv`: a published claim at one place, and what this run says of it.
    #[derive(Default)]
    ClaimRow {
        /// The claim's short name.
        claim: String,
        /// What was published.
        statement: String,
        /// Where it was published.
        source: String,
        /// When it counts as reached.
        rule: String,
        /// Set and emotion.
        place: String,
        /// What is estimated, with its unit.
        quantity: String,
        /// The published value, where the claim is one.
        published: Option<f64>,
        /// The estimate of this run.
        estimate: Option<f64>,
        /// Lower end of its 95 % interval, where one is known: over test pictures and splits.
        ci_low: Option<f64>,
        /// Upper end of that interval.
        ci_high: Option<f64>,
        /// Lower end of where 95 % of shuffled labels, or of control groups, lie.
        null_low: Option<f64>,
        /// Upper end of that range.
        null_high: Option<f64>,
        /// p-value.
        p: Option<f64>,
        /// p-value corrected by Benjamini and Hochberg over the places of the claim.
        q: Option<f64>,
        /// `reached`, `not reached` or `not testable here`.
        verdict: String,
        /// What a reader should know; why it cannot be tested.
        remark: String,
    }
}

tidy_row! {
    /// `calibration.csv`: how often a claim is reached when labels say nothing.
    CalibrationRow {
        /// The claim's short name.
        claim: String,
        /// Shuffled labellings of the whole study.
        labellings: usize,
        /// Labellings in which the claim was reached at any place.
        reached: usize,
        /// Their share.
        rate: f64,
        /// Lower end of its exact 95 % interval (Clopper and Pearson).
        ci_low: f64,
        /// Upper end of that interval.
        ci_high: f64,
        /// Labellings in which the claim could be tested at any place.
        testable: usize,
    }
}
