//! Emotion against object category: the two-way analysis of variance of every channel.

use tidy::tidy_row;

tidy_row! {
    /// `anova.csv`: how much of a channel's responses emotion and object category explain, each beyond the other (sums of
    /// squares of type II), and together. q is corrected by Benjamini and Hochberg over the channels of a layer. Cells are
    /// empty for channels that do not vary, and those of the interaction where it is not testable.
    AnovaRow {
        /// The network.
        network: String,
        /// The set.
        set: String,
        /// The layer.
        layer: String,
        /// The channel.
        channel: usize,
        /// F of emotion.
        f_emotion: Option<f64>,
        /// Its p-value.
        p_emotion: Option<f64>,
        /// Corrected p-value.
        q_emotion: Option<f64>,
        /// Sum of squares of emotion as a share of itself and the error's.
        partial_eta2_emotion: Option<f64>,
        /// Share of the variance that emotion explains, without bias; may be below 0.
        omega2_emotion: Option<f64>,
        /// F of object category.
        f_object: Option<f64>,
        /// Its p-value.
        p_object: Option<f64>,
        /// Corrected p-value.
        q_object: Option<f64>,
        /// As for emotion.
        partial_eta2_object: Option<f64>,
        /// As for emotion.
        omega2_object: Option<f64>,
        /// F of the interaction.
        f_interaction: Option<f64>,
        /// Its p-value.
        p_interaction: Option<f64>,
        /// Corrected p-value.
        q_interaction: Option<f64>,
        /// As for emotion.
        partial_eta2_interaction: Option<f64>,
        /// As for emotion.
        omega2_interaction: Option<f64>,
    }
}

tidy_row! {
    /// `anova_layers.csv`: how many channels of a layer show an effect, and how large it is on average.
    AnovaLayerRow {
        /// The network.
        network: String,
        /// The set.
        set: String,
        /// The layer.
        layer: String,
        /// `emotion`, `object category`, `interaction`, or `emotion and object category` for channels that show both.
        effect: String,
        /// Channels of the layer.
        n_channels: usize,
        /// Those that vary.
        n_tested: usize,
        /// Those with q < .05.
        n_effect: usize,
        /// Their share of the layer's channels.
        share: f64,
        /// Mean partial η² over the channels that vary.
        mean_partial_eta2: Option<f64>,
        /// Mean ω² over the channels that vary.
        mean_omega2: Option<f64>,
        /// Degrees of freedom of the effect.
        df: Option<usize>,
        /// Degrees of freedom of the error.
        df_error: usize,
        /// Pictures that took part.
        n_pictures: usize,
    }
}

tidy_row! {
    /// `anova_cells.csv`: how many pictures there are of every emotion and object category.
    AnovaCellRow {
        /// The set.
        set: String,
        /// The emotion.
        emotion: String,
        /// The object category; empty for pictures without one, which take no part.
        object_category: String,
        /// Number of pictures.
        n_pictures: usize,
    }
}
