//! Claims, and how often they are reached when nothing or something is there.

use tidy::tidy_row;

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

tidy_row! {
    /// `power.csv`: how often a claim is reached when an effect of known size was planted in the labels.
    PowerRow {
        /// The claim's short name.
        claim: String,
        /// The size of the effect: the correlation, over pictures, of the score that decides the labels with the mean
        /// response of the channels that they follow. 0 plants nothing.
        effect: f64,
        /// Labellings of the whole study with that effect.
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
