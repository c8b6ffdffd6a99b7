//! The parts of a report that all experiments share, and drawings with their file names.

use figures::{Block, Figure, Span};
use vgg_core::random;

use crate::Experiment;
use crate::comparison::mean;
use crate::config::{HeadRecipe, SelectionPictures, SelectionRule};
use crate::manifest;
use crate::pictures::StudySet;
use crate::rows::SweepRow;

/// A figure with its file name and what a person who cannot see it should know.
#[derive(Clone, Debug)]
pub struct Drawing {
    /// Name of the file, without ending.
    pub name: String,
    /// The figure.
    pub figure: Figure,
    /// What stands under it.
    pub caption: String,
    /// What it shows, for programs that read it aloud.
    pub description: String,
}

/// Drawings as blocks.
pub fn figures(drawings: Vec<Drawing>) -> Vec<Block> {
    let block = |drawing: Drawing| Block::Figure {
        figure: drawing.figure,
        // The full caption is drawn in the figure itself, for those who see it; for others it is the description.
        caption: drawing.description,
        description: drawing.caption,
    };
    drawings.into_iter().map(block).collect()
}

/// What keeps results from being about emotion or about trained networks; every report and every figure says so.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Caution {
    Partial(String),
    Synthetic,
    Demonstration,
    Untrained,
}

impl Caution {
    fn all_of(experiment: &Experiment) -> Vec<Self> {
        let format = experiment.trained().origin.format.as_str();
        let partial = experiment.partial.clone().map(Caution::Partial);
        let found = [
            (experiment.is_synthetic(), Caution::Synthetic),
            (experiment.is_toy_on_pictures(), Caution::Demonstration),
            (format == random::FORMAT, Caution::Untrained),
        ];
        partial.into_iter().chain(found.into_iter().filter_map(|(holds, caution)| holds.then_some(caution))).collect()
    }

    /// For a figure that leaves its report.
    fn words(&self) -> &'static str {
        match self {
            Caution::Partial(_) => "PARTIAL RUN. ",
            Caution::Synthetic => "SYNTHETIC PICTURES. ",
            Caution::Demonstration => "DEMONSTRATION NETWORK, TRAINED ON DRAWINGS. ",
            Caution::Untrained => "UNTRAINED NETWORK. ",
        }
    }

    fn sentences(self) -> String {
        let constant = match self {
            Caution::Partial(sentence) => return sentence,
            Caution::Synthetic => {
                "SYNTHETIC DATA: the pictures are drawings made by the program, with valences invented for object classes. \
                 Nothing here is a result about emotion."
            }
            Caution::Demonstration => {
                "DEMONSTRATION NETWORK: it was trained on small drawings and never saw a photograph. Nothing here is a result \
                 about networks that recognise objects: give ImageNet weights with --weights (README says how to get them)."
            }
            Caution::Untrained => {
                "UNTRAINED NETWORK: the weights called trained are random numbers. Nothing here is a result about trained \
                 networks."
            }
        };
        constant.into()
    }
}

/// What must stand above results that are not what they seem.
pub fn notice(experiment: &Experiment) -> Option<String> {
    let cautions: Vec<String> = Caution::all_of(experiment).into_iter().map(Caution::sentences).collect();
    (!cautions.is_empty()).then(|| cautions.join(" "))
}

/// The same for a figure's caption, empty where there is nothing to say.
pub fn caution(experiment: &Experiment) -> String {
    Caution::all_of(experiment).iter().map(Caution::words).collect()
}

/// AUC and F1 of the trained network's heads with the network intact, from the rows of any sweep over it.
pub fn intact_heads(experiment: &Experiment, rows: &[SweepRow]) -> Block {
    let mut table = Vec::new();
    for set in &experiment.sets.sets {
        for task in Experiment::emotions() {
            let of_head: Vec<&SweepRow> = rows
                .iter()
                .filter(|row| row.network == "trained" && row.group == rows[0].group && row.set_test == set.name)
                .filter(|row| row.set_train == set.name && row.task == task && row.layer == rows[0].layer)
                .filter(|row| row.emotion == rows[0].emotion)
                .collect();
            if of_head.is_empty() {
                continue;
            }
            let f1: Vec<f64> = of_head.iter().map(|row| row.base_f1).collect();
            let areas: Vec<f64> = of_head.iter().filter_map(|row| row.base_auc).collect();
            let area = if areas.is_empty() { String::new() } else { format!("{:.3}", mean(&areas)) };
            let members = set.emotions.iter().filter(|emotion| emotion.name() == task).count();
            let share = members as f64 / set.emotions.len() as f64;
            table.push(vec![
                set.name.clone(),
                task.into(),
                members.to_string(),
                area,
                format!("{:.3}", mean(&f1)),
                format!("{:.3}", 2.0 * share / (1.0 + share)),
            ]);
        }
    }
    Block::Table {
        caption: format!(
            "AUC and F1 on test pictures, mean over {} splits (all heads in heads.csv). AUC of chance is .5.",
            experiment.config.heads.splits
        ),
        header: ["set", "emotion", "pictures", "AUC", "F1", "F1 of always yes"].map(String::from).to_vec(),
        rows: table,
    }
}

/// The picture sets and what a reader should know of them.
pub fn sets(experiment: &Experiment) -> Vec<Block> {
    let named = |set: &StudySet| format!("{}\n{}", set.name, set.notes.trim_end());
    experiment.sets.sets.iter().map(|set| Block::Preformatted(named(set))).collect()
}

/// How selective channels were chosen and heads were trained: the first two paragraphs of the methods of a sweep.
pub fn shared_methods(experiment: &Experiment) -> Vec<Vec<Span>> {
    let config = &experiment.config;
    let rule = match config.selection.rule {
        SelectionRule::Preprint2023 => {
            "A channel was called selective for the emotion with the largest tuning value if that was the same emotion in \
             every picture set (Liu et al., preprint 2023)."
        }
        SelectionRule::Plos2024 => {
            "In every set the lowest 20 % of a layer's channels by selectivity index (d′) were dropped; a channel was called \
             selective for the emotion with the largest d′ if that was the same in every set (Liu et al. 2024)."
        }
    };
    let chosen_on = match config.selection.pictures {
        SelectionPictures::All => "All pictures took part in this selection, test pictures included, as in the papers.",
        SelectionPictures::Train => {
            "A random half of every category took part in this selection, and no split tests it."
        }
    };
    let recipe = match config.heads.recipe {
        HeadRecipe::Adam => [
            "trained with cross-entropy and ".into(),
            Span::Choice("Adam".into()),
            format!(
                " (learning rate {}, {} epochs, batches of {})",
                config.heads.learning_rate, config.heads.epochs, config.heads.batch
            )
            .into(),
        ],
        HeadRecipe::Logistic => [
            "trained to convergence as ".into(),
            Span::Choice("logistic regression with an L2 penalty chosen on validation pictures".into()),
            "".into(),
        ],
    };
    let selection = format!(
        "Responses are spatial means of the rectified feature maps before pooling. Tuning values are the mean response to an \
         emotion minus the mean over all pictures, divided by the population standard deviation over pictures. {rule} \
         {chosen_on}"
    );
    let mut heads: Vec<Span> = vec!["Heads read the last hidden layer: two units ".into()];
    heads.extend(recipe);
    heads.extend([
        ", one head per emotion against the rest, picture set and split; ".into(),
        Span::Choice(format!("{} random splits", config.heads.splits)),
        " into 50 % training, 25 % validation and 25 % test pictures per emotion. Performance is AUC and F1 on test pictures; \
         change is against the intact network."
            .into(),
    ]);
    vec![vec![selection.into()], heads]
}

/// Methods text with a word on its marks.
pub fn methods(paragraphs: Vec<Vec<Span>>) -> Vec<Block> {
    let note = vec![
        "What no paper states is marked as ".into(),
        Span::Choice("ours".into()),
        "; every such value can be set in the configuration or is explained in METHODS.md.".into(),
    ];
    vec![Block::Prose(note), Block::Methods(paragraphs)]
}

/// Where the numbers come from, and the configuration that repeats the run.
pub fn provenance(experiment: &Experiment) -> Vec<Block> {
    let trained = experiment.trained();
    let header = ["what", "value"].map(String::from).to_vec();
    let mut rows = vec![
        vec!["plan".into(), experiment.plan.clone()],
        vec!["version".into(), env!("CARGO_PKG_VERSION").into()],
        vec!["crates".into(), manifest::crates().join(", ")],
        vec!["device".into(), experiment.devices.join("; ")],
        vec!["weights".into(), format!("{} ({})", trained.architecture.name(), trained.origin.source)],
        vec!["weights sha256".into(), experiment.weights_sha256().into()],
    ];
    rows.extend(experiment.sets.sets.iter().map(|set| vec![format!("{} sha256", set.name), set.sha256.clone()]));
    vec![
        Block::Table {
            caption: "Where the numbers come from; manifest.json has the commit, the command and the times.".into(),
            header,
            rows,
        },
        Block::Paragraph(
            "The configuration of this run; save it as a file and give it to --config to repeat the run:".into(),
        ),
        Block::Copyable { label: "Configuration".into(), text: experiment.config.to_toml() },
    ]
}
