//! The report of a lesion run: one file that a person can mail.

use figures::{Block, Report, Section};
use study::Experiment;
use study::config::{HeadRecipe, SelectionPictures, SelectionRule};
use study::manifest;
use study::rows::{SweepRow, TestRow};

use crate::analysis::{SELECTIVE, comparison, mean};
use crate::drawings::Drawing;

/// The report as HTML.
pub fn html(experiment: &Experiment, rows: &[SweepRow], tests: &[TestRow], drawings: Vec<Drawing>) -> String {
    let figures = drawings
        .into_iter()
        .map(|drawing| Block::Figure {
            figure: drawing.figure,
            caption: drawing.caption,
            description: drawing.description,
        })
        .collect();
    let notice = experiment.is_synthetic().then(|| {
        "SYNTHETIC DATA: the pictures are drawings made by the program, with valences invented for object classes. \
         Nothing here is a result about emotion."
            .to_string()
    });
    Report {
        title: format!("Lesion of emotion-selective channels: {}", experiment.config.name),
        summary: summary(experiment, tests),
        notice,
        sections: vec![
            Section { title: "Figures".into(), blocks: figures },
            Section { title: "Recognition with the network intact".into(), blocks: vec![heads(experiment, rows)] },
            Section { title: "Picture sets".into(), blocks: sets(experiment) },
            Section { title: "Methods".into(), blocks: methods(experiment) },
            Section { title: "Provenance".into(), blocks: provenance(experiment) },
        ],
    }
    .html()
}

fn summary(experiment: &Experiment, tests: &[TestRow]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut networks = vec!["trained".to_string()];
    networks.extend((1..=experiment.config.network.random_networks).map(|number| format!("random-{number}")));
    for network in networks {
        let name = comparison("random");
        let own: Vec<&TestRow> = tests
            .iter()
            .filter(|test| test.network == network && test.comparison == name && test.emotion == test.task)
            .collect();
        if own.is_empty() {
            sentences.push(format!("In the {network} network nothing could be compared with random channels."));
            continue;
        }
        let selective = mean(&own.iter().map(|test| test.estimate).collect::<Vec<_>>());
        let random = mean(&own.iter().filter_map(|test| test.control_mean).collect::<Vec<_>>());
        let sure = own.iter().filter(|test| test.q.is_some_and(|q| q < 0.05)).count();
        sentences.push(format!(
            "In the {network} network, silencing the channels that are selective for an emotion changed the F1 of its head \
             by {selective:+.1} % on average over layers, emotions and sets; silencing as many random channels of the same \
             layer changed it by {random:+.1} %. {sure} of {} single comparisons are significant (q < .05).",
            own.len(),
        ));
    }
    sentences
}

fn heads(experiment: &Experiment, rows: &[SweepRow]) -> Block {
    let mut table = Vec::new();
    for set in &experiment.sets.sets {
        for task in Experiment::emotions() {
            let base: Vec<f64> = rows
                .iter()
                .filter(|row| row.network == "trained" && row.group == SELECTIVE && row.set_test == set.name)
                .filter(|row| row.set_train == set.name && row.task == task && row.layer == rows[0].layer)
                .filter(|row| row.emotion == rows[0].emotion)
                .map(|row| row.base_f1)
                .collect();
            if base.is_empty() {
                continue;
            }
            let members = set.emotions.iter().filter(|emotion| emotion.name() == task).count();
            let share = members as f64 / set.emotions.len() as f64;
            table.push(vec![
                set.name.clone(),
                task.into(),
                members.to_string(),
                format!("{:.3}", mean(&base)),
                format!("{:.3}", 2.0 * share / (1.0 + share)),
            ]);
        }
    }
    Block::Table {
        caption: format!(
            "F1 on test pictures, mean over {} splits (all heads in heads.csv).",
            experiment.config.heads.splits
        ),
        header: ["set", "emotion", "pictures", "F1", "F1 of always yes"].map(String::from).to_vec(),
        rows: table,
    }
}

fn sets(experiment: &Experiment) -> Vec<Block> {
    let named = |set: &study::pictures::StudySet| format!("{}\n{}", set.name, set.notes.trim_end());
    experiment.sets.sets.iter().map(|set| Block::Preformatted(named(set))).collect()
}

fn methods(experiment: &Experiment) -> Vec<Block> {
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
        SelectionPictures::Train => "Only training pictures took part in this selection.",
    };
    let recipe = match config.heads.recipe {
        HeadRecipe::Adam => format!(
            "trained with cross-entropy and Adam (our choice; learning rate {}, {} epochs, batches of {})",
            config.heads.learning_rate, config.heads.epochs, config.heads.batch
        ),
        HeadRecipe::Logistic => {
            "trained to convergence as logistic regression with an L2 penalty chosen on validation pictures (our choice)"
                .to_string()
        }
    };
    let controls: Vec<&str> = config.sweep.controls.iter().map(|control| control.name()).collect();
    [
        format!(
            "Responses are spatial means of the rectified feature maps before pooling. Tuning values are the mean response to \
             an emotion minus the mean over all pictures, divided by the population standard deviation over pictures. {rule} \
             {chosen_on}"
        ),
        format!(
            "Heads read the last hidden layer: two units {recipe}, one head per emotion against the rest, picture set and \
             split; {} random splits into 50 % training, 25 % validation and 25 % test pictures per emotion (number of splits: \
             our choice). Performance is F1 on test pictures; change is relative to the intact network.",
            config.heads.splits
        ),
        format!(
            "A lesion sets the output of all channels of a layer that are selective for an emotion to 0. Controls are {} draws \
             (our choice) of as many channels of the same layer: {}. p is (1 + number of draws at least as low) / (draws + 1); \
             q is corrected by Benjamini and Hochberg over layers, emotions and sets. Intervals are 95 % percentile intervals \
             of {} bootstrap resamples over test pictures and splits.",
            config.sweep.draws,
            controls.join(", "),
            config.sweep.bootstrap
        ),
    ]
    .map(Block::Paragraph)
    .into()
}

fn provenance(experiment: &Experiment) -> Vec<Block> {
    let trained = experiment.trained();
    let header = ["what", "value"].map(String::from).to_vec();
    let mut rows = vec![
        vec!["plan".into(), experiment.plan.clone()],
        vec!["commit".into(), manifest::commit().into()],
        vec!["crates".into(), manifest::crates().join(", ")],
        vec!["device".into(), experiment.device.info().to_string()],
        vec!["weights".into(), format!("{} ({})", trained.architecture.name, trained.origin.source)],
        vec!["weights sha256".into(), experiment.weights_sha256().into()],
    ];
    rows.extend(experiment.sets.sets.iter().map(|set| vec![format!("{} sha256", set.name), set.sha256.clone()]));
    vec![
        Block::Table { caption: "Where the numbers come from.".into(), header, rows },
        Block::Paragraph(
            "The configuration of this run; save it as a file and give it to --config to repeat the run:".into(),
        ),
        Block::Preformatted(experiment.config.to_toml()),
    ]
}
