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

tidy_row! {
    /// `interventions.csv`: how class scores change when channels of one site are scaled, as means over random test frames.
    /// Channels that prefer a class are read by all classes, random ones by that class alone.
    InterventionRow {
        /// The site.
        site: String,
        /// The class that the channels prefer.
        class: String,
        /// `preferring`, or `random` for as many random channels of the site.
        group: String,
        /// The number of the random group, from 0.
        draw: Option<usize>,
        /// What the channels' activation is multiplied by; 0 is the lesion.
        gain: f64,
        /// How many channels are scaled.
        channels: usize,
        /// The class whose probability is read.
        read_class: String,
        /// Change of its probability.
        probability_change: f64,
        /// Change of the share of its frames that are recognised, where the class read is that of the channels; nothing
        /// without such frames.
        accuracy_change: Option<f64>,
        /// Change of the valence that EmoNet's released weights read, on the scale 1–9, where the scores are EmoNet's; in
        /// the rows of the channels' own class.
        valence_change: Option<f64>,
        /// The same for arousal.
        arousal_change: Option<f64>,
    }
}

tidy_row! {
    /// `intervention_tests.csv`: channels that prefer a class against random ones, by that class's probability.
    #[derive(Default)]
    InterventionTestRow {
        /// The site.
        site: String,
        /// The class that the channels prefer; `mean over classes` for the mean over all classes that any channel prefers.
        class: String,
        /// What the channels' activation is multiplied by; 0 is the lesion.
        gain: f64,
        /// How many channels are scaled.
        channels: usize,
        /// Test frames over which changes are averaged.
        frames: usize,
        /// Change of the class's probability.
        probability_change: f64,
        /// Random groups.
        draws: usize,
        /// Their mean change.
        control_mean: Option<f64>,
        /// `less` for gains below 1, `greater` above.
        alternative: String,
        /// (1 + random groups with as extreme a change) / (draws + 1); nothing without random groups.
        p: Option<f64>,
        /// Benjamini and Hochberg's q over all sites and classes of the gain; of means, over all sites.
        q: Option<f64>,
        /// Change of the share of the class's frames that are recognised.
        accuracy_change: Option<f64>,
        /// Its mean over random groups.
        control_accuracy: Option<f64>,
        /// Change of the valence that EmoNet's released weights read, where the scores are EmoNet's.
        valence_change: Option<f64>,
        /// Its mean over random groups.
        control_valence: Option<f64>,
        /// Change of the arousal.
        arousal_change: Option<f64>,
        /// Its mean over random groups.
        control_arousal: Option<f64>,
    }
}

tidy_row! {
    /// `ratings.csv`: valence and arousal of rated pictures, read out of the network.
    #[derive(Default)]
    RatingRow {
        /// The rated set.
        set: String,
        /// `valence` or `arousal`.
        rating: String,
        /// `released` for EmoNet's own, which predict on IAPS's scale of 1 to 9; `cross-validated` for partial least squares
        /// learned on the other pictures of the set, on the set's own scale.
        weights: String,
        /// `logits`, the class scores before the softmax, or the node of the last hidden layer.
        features: String,
        /// Pictures with that rating.
        pictures: usize,
        /// Correlation over pictures, averaged over repeats of cross-validation; nothing where a side is constant.
        r: Option<f64>,
        /// Lower end of its 95 % interval over resamples of pictures and repeats.
        r_ci_low: Option<f64>,
        /// Its upper end.
        r_ci_high: Option<f64>,
        /// Root mean squared difference. OASIS is rated from 1 to 7 and the released weights predict from 1 to 9, so theirs
        /// is large there whatever r is.
        rmse: f64,
        /// Correlation over 25 bins of pictures of similar rating; nothing with fewer pictures.
        r_quantiles: Option<f64>,
        /// EmoNet's correlation in Kragel et al. (2019), where they have it.
        published_r: Option<f64>,
    }
}

tidy_row! {
    /// `rated_predictions.csv`: rated pictures with what is read of them: by EmoNet's released weights where the scores are
    /// EmoNet's, otherwise in cross-validation out of the class scores, as means over repeats.
    RatedPredictionRow {
        /// The rated set.
        set: String,
        /// The picture.
        picture: String,
        /// Mean valence, on the set's scale.
        valence: Option<f64>,
        /// Mean arousal.
        arousal: Option<f64>,
        /// Valence as it is read, for pictures that have one.
        predicted_valence: Option<f64>,
        /// Arousal as it is read, for pictures that have one.
        predicted_arousal: Option<f64>,
    }
}
