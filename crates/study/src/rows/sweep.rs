//! Heads under lesions and gains, condition by condition.

use tidy::tidy_row;

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
        /// Among the gains that control groups have too. `validation`: in each split the gain that is best for the emotion's own head on validation pictures; `test`: one
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
