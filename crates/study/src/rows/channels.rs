//! Pictures, and what channels say of them: tuning, selection, shares, examples.

use tidy::tidy_row;

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
