//! The methods text: ready to paste, with every choice that no paper states marked as one.

use figures::Span;
use study::Experiment;
use study::config::{Axis, Config, Control, HeadRecipe, Mode, SelectionPictures, SelectionRule};
use vgg_core::Colour;

use crate::claims::CLAIMS;

type Paragraph = Vec<Span>;

/// All paragraphs, in the order of the work.
pub fn paragraphs(experiment: &Experiment) -> Vec<Paragraph> {
    let config = &experiment.config;
    vec![
        pictures(experiment),
        network(experiment),
        tuning(config),
        vec![exp_selectivity::anova::METHODS.into()],
        generalization(config),
        heads(config),
        lesion(config),
        attention(config),
        intervals(config),
        claims(),
    ]
}

fn choice(text: impl Into<String>) -> Span {
    Span::Choice(text.into())
}

fn pictures(experiment: &Experiment) -> Paragraph {
    let sets: Vec<String> = experiment
        .sets
        .sets
        .iter()
        .map(|set| {
            let count = |wanted: &str| set.emotions.iter().filter(|emotion| emotion.name() == wanted).count();
            let [pleasant, neutral, unpleasant] = Experiment::emotions().map(count);
            format!("{} ({pleasant} pleasant, {neutral} neutral, {unpleasant} unpleasant)", set.name)
        })
        .collect();
    let synthetic = if experiment.is_synthetic() {
        " The pictures are drawings made by the program, with valences invented for object classes."
    } else {
        ""
    };
    vec![format!(
        "Picture sets were {}. Categories follow from mean valence (on the scale 1–9 unpleasant below 3.8, neutral 4.8 to 5.5, \
         pleasant above 6.5, other scales rescaled linearly) where the configuration gives no other thresholds or labels; \
         pictures in between were left out.{synthetic}",
        sets.join(" and ")
    )
    .into()]
}

fn network(experiment: &Experiment) -> Paragraph {
    let trained = experiment.trained();
    let colour = match experiment.config.network.colour {
        Colour::Grey => vec![" Pictures were turned grey ".into(), choice("by ITU-R 601 luma"), ".".into()],
        Colour::AsIs => vec![],
    };
    let untrained = experiment.config.network.random_networks;
    let mut text: Paragraph = vec![
        format!(
            "The network was {} ({}). The rectifier of channel c is y = m · s · max(0, x) with lesion mask m and slope s = 1 + α \
             (Liu et al. 2024, eq. 1). Pictures were resized and normalised as these weights expect ",
            trained.architecture.name(), trained.origin.source
        )
        .into(),
        choice("(shorter side resized bilinearly with antialiasing, centre crop)"),
        ".".into(),
    ];
    text.extend(colour);
    text.push(format!(" {untrained} networks of the same architecture with weights drawn anew ").into());
    text.push(choice("(He initialisation)"));
    text.push(" are the control without training.".into());
    text
}

fn tuning(config: &Config) -> Paragraph {
    let rule: Span = match config.selection.rule {
        SelectionRule::Preprint2023 => {
            "A channel was called selective for the emotion with the largest tuning value if that was the same emotion in \
             every picture set (Liu et al., preprint 2023)."
        }
        SelectionRule::Plos2024 => {
            "In every set the lowest 20 % of a layer's channels by selectivity index (d′) were dropped; a channel was called \
             selective for the emotion with the largest d′ if that was the same in every set (Liu et al. 2024, eq. 5)."
        }
    }
    .into();
    let pictures = match config.selection.pictures {
        SelectionPictures::All => {
            " The channels that are changed were selected on all pictures, test pictures included, as in the papers."
                .into()
        }
        SelectionPictures::Train => choice(
            " The channels that are changed were selected on a random half of every category, which no split tests.",
        ),
    };
    vec![
        "Responses are spatial means of the rectified feature maps before pooling (2024, eq. 2). Tuning values are the mean \
         response to an emotion minus the mean over all pictures, divided by the population standard deviation over pictures \
         (2024, eq. 4); tuning quality is the largest absolute tuning value (2023). "
            .into(),
        rule,
        pictures,
        " Channels whose responses do not vary ".into(),
        choice("(range below 8 float32 epsilons of the largest response)"),
        " have no tuning. Tuning and its trend with depth (Spearman's ρ) were compared with themselves under shuffled labels, \
         everything being computed again from all layers (joint permutation, Westfall & Young 1993; "
            .into(),
        choice(format!("{} shuffles, the same for all layers and networks", config.selectivity.permutations)),
        ").".into(),
    ]
}

fn generalization(config: &Config) -> Paragraph {
    vec![
        "Generalization is the Jaccard index, per layer and emotion, of the channels that the rule accepts in each set alone \
         (2023, eq. 5). The overlap of two random channel sets of these sizes is hypergeometric if channels are independent, \
         which gives chance; as channels of a layer are not, the test is the joint permutation, "
            .into(),
        choice(format!("{} shuffles", config.generalization.permutations)),
        ". ".into(),
        choice(format!("{} random draws", config.generalization.draws)),
        " give the band of the figure.".into(),
    ]
}

fn heads(config: &Config) -> Paragraph {
    let recipe = match config.heads.recipe {
        HeadRecipe::Adam => vec![
            format!(
                "trained with cross-entropy (learning rate {}, {} epochs, batches of {}) ",
                config.heads.learning_rate, config.heads.epochs, config.heads.batch
            )
            .into(),
            choice("by Adam, without class weights, on stored features"),
        ],
        HeadRecipe::Logistic => {
            vec![choice(
                "trained to convergence as logistic regression with an L2 penalty chosen on validation pictures",
            )]
        }
    };
    let mut text: Paragraph = vec!["Recognition heads are two units on the last hidden layer, ".into()];
    text.extend(recipe);
    text.extend([
        ", one per emotion against the rest, picture set and split; splits have 50 % training, 25 % validation and 25 % test \
         pictures per emotion, "
            .into(),
        choice(format!("{} random splits", config.heads.splits)),
        ". Performance is F1 of the emotion on test pictures (2024), whose change is 100 · (F1 − F1₀) / F1₀ % with F1₀ that of \
         the intact network, and the area under the ROC curve (AUC), whose change is a difference. F1 moves with the share of \
         yes answers alone, so verdicts stand on AUC. An emotion is tested only where its intact head recognises it: "
            .into(),
        choice("in each split by the exact rank-sum test of its test pictures, over splits by twice the median p"),
        " (Meinshausen, Meier & Bühlmann 2009).".into(),
    ]);
    text
}

fn controls(controls: &[Control], draws: usize) -> Vec<Span> {
    let describe = |control: &Control| match control {
        Control::Random => "any channels, selective ones included",
        Control::RandomNonselective => "channels that are not selective for the emotion",
        Control::Matched => "channels that are not selective, matched in mean response",
        Control::MatchedReadout => {
            "channels that are not selective, matched in how closely the intact head's answer follows them"
        }
        Control::Permuted => "channels that the same rule selects when labels are shuffled, brought to the same number",
    };
    let kinds: Vec<&str> = controls.iter().map(describe).collect();
    vec![choice(format!("{draws} random groups of as many channels of the layer ({})", kinds.join("; ")))]
}

fn lesion(config: &Config) -> Paragraph {
    let mut text: Paragraph = vec![
        "Lesion: all channels of one layer that are selective for an emotion are silenced (m = 0). Controls: ".into(),
    ];
    text.extend(controls(&config.sweep.controls, config.sweep.draws));
    text.push(
        ". p is (1 + number of draws at least as low) / (draws + 1), q is corrected by Benjamini and Hochberg over layers, \
         emotions and sets of a network and control. What is said of all layers is one value of a group, a mean or a trend with \
         depth, ranked among the same value of the draws."
            .into(),
    );
    text
}

fn attention(config: &Config) -> Paragraph {
    let attention = config.attention();
    let slopes = attention.slopes();
    let axis = if attention.axis == Axis::Alpha { "α" } else { "the slope" };
    let mut text: Paragraph = vec![
        format!(
            "Attention: the same channels get one slope, {} values of {axis} from {} to {} in steps of {}. ",
            slopes.len(),
            attention.start,
            attention.stop,
            attention.step
        )
        .into(),
        choice(
            "The best gain is chosen in each split by AUC on validation pictures and read on test pictures (primary)",
        ),
        "; chosen on test pictures, as in the papers, it overstates the change (secondary). Controls: ".into(),
    ];
    text.extend(controls(&attention.controls, attention.control_draws.unwrap_or(config.sweep.draws)));
    text.push(
        format!(
            ", at {} of these gains; best gains are chosen among the same gains on both sides.",
            attention.shared().len()
        )
        .into(),
    );
    if attention.modes.iter().any(|&mode| mode != Mode::Uniform) {
        text.push(
            " Slopes that follow from tuning values are max(0, 1 + αf), f the channel's tuning value for the emotion (Lindsay & \
             Miller 2018)"
                .into(),
        );
        text.push(choice(", mean over sets"));
        text.push(".".into());
    }
    text
}

fn intervals(config: &Config) -> Paragraph {
    vec![
        "Intervals are 95 % percentile intervals of the bootstrap: ".into(),
        choice(format!(
            "crossed over test pictures and splits for changes of F1 and AUC ({} resamples)",
            config.sweep.bootstrap
        )),
        ". The interval of a mean over layers is the mean of the layers' intervals, as wide as if layers moved together.".into(),
    ]
}

/// The rules of the claims, which are choices one and all.
fn claims() -> Paragraph {
    let mut text: Paragraph = vec![
        "Claims were judged by rules fixed beforehand; q is corrected by Benjamini and Hochberg over the sets and emotions of a \
         claim. "
            .into(),
    ];
    for claim in &CLAIMS {
        text.push(format!("{} ", claim.statement).into());
        text.push(choice(format!("Reached if: {}.", claim.rule)));
        text.push(" ".into());
    }
    text
}
