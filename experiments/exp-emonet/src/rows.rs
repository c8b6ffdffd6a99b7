//! The tables of exp-emonet, as the results folder promises them to other programs.

use tidy::tidy_row;

tidy_row! {
    /// `frames.csv`: the frames and their sides.
    FrameRow {
        /// The frame's path in its set, without ending.
        picture: String,
        /// Its video or clip.
        group: String,
        /// Its class.
        class: String,
        /// `train` or `test`.
        split: String,
    }
}

tidy_row! {
    /// `predictions.csv`: what the class scores say of every frame.
    PredictionRow {
        /// The frame.
        picture: String,
        /// Its video or clip.
        group: String,
        /// `train` or `test`.
        split: String,
        /// A class.
        class: String,
        /// Its score before the softmax.
        logit: f64,
        /// Its probability.
        probability: f64,
    }
}

tidy_row! {
    /// `group_predictions.csv`: the same, averaged over the frames of a video or clip.
    GroupPredictionRow {
        /// The video or clip.
        group: String,
        /// `train` or `test`.
        split: String,
        /// Its frames.
        frames: usize,
        /// A class.
        class: String,
        /// Mean score before the softmax.
        logit: f64,
        /// Mean probability.
        probability: f64,
    }
}

tidy_row! {
    /// `accuracy.csv`: how often the true class is among the best, over test frames.
    AccuracyRow {
        /// `own`, `sgd` or `converged`: where the class scores come from.
        scores: String,
        /// 1 or 5: among so many best classes.
        k: usize,
        /// `plain`, where frames count alike, or `balanced`, where classes do.
        average: String,
        /// Test frames.
        frames: usize,
        /// Test videos or clips.
        groups: usize,
        /// The accuracy.
        accuracy: f64,
        /// Lower end of the 95 % interval over resamples of groups.
        ci_low: f64,
        /// Its upper end.
        ci_high: f64,
        /// Expected accuracy: of shuffled labels (plain), of answers without preference (balanced).
        chance: f64,
        /// Plain accuracy of always naming the k most frequent classes; k of all classes where balanced.
        constant: f64,
        /// p under shuffled labels of groups; for plain accuracies.
        p: Option<f64>,
    }
}

tidy_row! {
    /// `classes.csv`: how well each class is told from all others, by its probability, over test frames.
    ClassRow {
        /// `own`, `sgd` or `converged`.
        scores: String,
        /// The class; `mean over classes` for their mean.
        class: String,
        /// Its test frames.
        frames: usize,
        /// Area under the ROC curve.
        auc: Option<f64>,
        /// Lower end of its 95 % interval over resamples of groups.
        ci_low: Option<f64>,
        /// Its upper end.
        ci_high: Option<f64>,
        /// d = √2 Φ⁻¹(AUC); for the mean, the mean of d.
        d: Option<f64>,
    }
}

tidy_row! {
    /// `decoding.csv`: classes read from each layer by partial least squares, over test frames.
    DecodingRow {
        /// The layer; `scores` for the class scores.
        layer: String,
        /// What is read: spatial means of channels, or class scores.
        units: usize,
        /// Components that were used.
        components: usize,
        /// Share of frames whose class is right.
        accuracy: f64,
        /// √(p(1 − p)/n) over frames, as in the paper, which takes frames of a video for independent.
        sem: f64,
        /// Lower end of the 95 % interval over resamples of groups.
        ci_low: f64,
        /// Its upper end.
        ci_high: f64,
        /// Expected accuracy of shuffled labels.
        chance: f64,
    }
}

tidy_row! {
    /// `maps.csv`: frames as t-SNE lays them out.
    MapRow {
        /// The layer, `scores`, or `predictions`.
        map: String,
        /// The frame.
        picture: String,
        /// Its class.
        class: String,
        /// The class with the highest score.
        predicted: String,
        /// Whether its class is among the five highest.
        in_top_5: bool,
        /// First coordinate; only distances mean anything.
        x: f64,
        /// Second coordinate.
        y: f64,
    }
}

tidy_row! {
    /// `map_fits.csv`: how much of the neighbourhoods a map keeps.
    MapFitRow {
        /// The layer, `scores`, or `predictions`.
        map: String,
        /// Points.
        points: usize,
        /// Units or classes that each point has.
        units: usize,
        /// Perplexity.
        perplexity: f64,
        /// Kullback-Leibler divergence, in nats.
        divergence: f64,
        /// Share of each point's ten nearest neighbours that are so on the map.
        neighbours_kept: f64,
    }
}

tidy_row! {
    /// `confusion.csv`: which class is taken for which, over test frames.
    ConfusionRow {
        /// The true class.
        class: String,
        /// The class with the highest score.
        predicted: String,
        /// Frames.
        frames: usize,
        /// Share of the frames of the true class.
        share: f64,
    }
}

tidy_row! {
    /// `clusters.csv`: how many clusters of classes can be told apart.
    ClusterRow {
        /// `against_all`, the authors' program, or `pairwise`, their text.
        rule: String,
        /// Test frames.
        frames: usize,
        /// The number of clusters; nothing where the rule is met by none.
        clusters: Option<usize>,
        /// Lower end of its 95 % interval over resamples of frames, as in the paper.
        frames_low: Option<f64>,
        /// Its upper end.
        frames_high: Option<f64>,
        /// Lower end of the interval over resamples of videos or clips.
        groups_low: Option<f64>,
        /// Its upper end.
        groups_high: Option<f64>,
        /// Frames of the smaller samples, since the number grows with that of frames.
        small_frames: usize,
        /// Median number of clusters of such samples.
        small_clusters: Option<f64>,
    }
}

tidy_row! {
    /// `cluster_members.csv`: the cluster of each class, at the number of clusters of the authors' program.
    MemberRow {
        /// The class, in the order of the figure.
        class: String,
        /// Its cluster, from 1.
        cluster: usize,
    }
}

tidy_row! {
    /// `examples.csv`: random test frames for each predicted class.
    ExampleRow {
        /// The predicted class.
        predicted: String,
        /// The frame.
        picture: String,
        /// Its true class.
        class: String,
    }
}

tidy_row! {
    /// `components.csv`: principal components of the predictions for most of their variance.
    ComponentRow {
        /// `logits` or `probabilities`, over test frames.
        predictions: String,
        /// The share of variance.
        share: f64,
        /// How many components reach it; nothing where all predictions are alike.
        components: Option<usize>,
    }
}
