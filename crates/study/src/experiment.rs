//! An experiment that is ready to be computed: configuration, weights and pictures are there and known by their hashes.

use std::path::{Path, PathBuf};

use anyhow::Result;
use stimuli::Emotion;
use vgg_core::{Checkpoint, weights};

use crate::config::Config;
use crate::cost;
use crate::pictures::load_sets;
use crate::plan;
use crate::planned::Planned;
use crate::preparation::Sets;
use crate::progress::Progress;
use crate::response_cache::ResponseCache;

/// The demonstration network, so that the program needs no file.
const DEMONSTRATION: &[u8] = include_bytes!("../../../models/vgg16-demo.bpk");
const EMBEDDED: &str = "embedded demonstration network";

/// What to open.
pub struct Opening {
    /// The configuration, with absolute paths.
    pub config: Config,
    /// The run's folder.
    pub out: PathBuf,
    /// Whether pictures that are missing or unreadable are left out.
    pub allow_missing: bool,
    /// Pictures per batch where an earlier process fixed them.
    pub batch: Option<usize>,
    /// Where responses are kept for other experiments.
    pub cache: Option<ResponseCache>,
}

/// An experiment whose configuration, weights and pictures are there.
pub struct Experiment {
    /// Its name, such as `exp-lesion`.
    pub name: &'static str,
    /// What will be computed.
    pub config: Config,
    /// The pictures.
    pub sets: Sets,
    /// Pictures per batch.
    pub batch: usize,
    /// What a person sees.
    pub progress: Progress,
    /// Hash of everything that determines the numbers.
    pub plan: String,
    /// The run's folder.
    pub out: PathBuf,
    /// Whether pictures that are missing or unreadable were left out.
    pub allow_missing: bool,
    /// Where responses are kept for other experiments.
    pub cache: Option<ResponseCache>,
    /// The processors that prepared and computed the chunks, as far as they are known; reports name them.
    pub devices: Vec<String>,
    trained: Checkpoint,
    weights_file: String,
    weights_sha256: String,
}

impl Opening {
    /// What a plan in a folder says.
    ///
    /// # Errors
    /// The configuration in it does not fit this program.
    pub fn planned(planned: &Planned, out: &Path) -> Result<Self> {
        let config = Config::parse(&planned.config, &out.join(crate::planned::PLAN).display().to_string(), &[])?;
        let (allow_missing, batch) = (planned.allow_missing, Some(planned.batch));
        Ok(Self { config, out: out.into(), allow_missing, batch, cache: None })
    }
}

impl Experiment {
    /// Reads the weights and the pictures.
    ///
    /// # Errors
    /// Whatever of these is missing, unreadable or contradictory.
    pub fn open(name: &'static str, opening: Opening, progress: Progress) -> Result<Self> {
        let Opening { config, out, allow_missing, batch, cache } = opening;
        let (trained, weights_file, weights_sha256) = load_weights(config.network.weights.as_deref())?;
        progress.say(&format!("network  {} from {weights_file}", trained.architecture.name));
        let (preprocessing, colour) = (&trained.preprocessing, config.network.colour);
        let sets = load_sets(&config.sets, preprocessing, colour, allow_missing, config.seed)?;
        for set in &sets {
            progress.say(&format!("set      {}: {}", set.name, set.notes.trim_end().replace('\n', "\n         ")));
        }
        let sets = Sets::new(sets, &config)?;
        let batch = batch.unwrap_or_else(|| cost::batch_size(&config, &trained.architecture));
        let hashes: Vec<&str> = sets.sets.iter().map(|set| set.sha256.as_str()).collect();
        let plan = plan::plan_id(name, &config, batch, &weights_sha256, &hashes);
        let devices = vec![];
        Ok(Self {
            name,
            config,
            sets,
            batch,
            progress,
            plan,
            out,
            allow_missing,
            cache,
            devices,
            trained,
            weights_file,
            weights_sha256,
        })
    }

    /// Names of the networks of the run: the trained one and its untrained controls.
    pub fn network_names(&self) -> Vec<String> {
        let untrained = (1..=self.config.network.random_networks).map(|number| format!("random-{number}"));
        ["trained".to_string()].into_iter().chain(untrained).collect()
    }

    /// Names of the network's layers.
    pub fn layer_names(&self) -> Vec<String> {
        self.trained.architecture.layers().into_iter().map(|layer| layer.name).collect()
    }

    /// Names of the network's layers, each with its number of channels.
    pub fn layer_widths(&self) -> Vec<(String, usize)> {
        self.trained.architecture.layers().into_iter().map(|layer| (layer.name, layer.channels)).collect()
    }

    /// Names of the layers that a sweep changes, first to last.
    pub fn swept_layers(&self) -> Vec<String> {
        let chosen = &self.config.sweep.layers;
        self.layer_names().into_iter().filter(|name| chosen.is_empty() || chosen.contains(name)).collect()
    }

    /// Whether any set is drawn by the program, which every report must say.
    pub fn is_synthetic(&self) -> bool {
        self.config.sets.iter().any(|set| matches!(set, crate::config::SetConfig::Synthetic(_)))
    }

    /// The file of the weights, or what stands for it.
    pub fn weights_file(&self) -> &str {
        &self.weights_file
    }

    /// SHA-256 of the weights.
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }

    /// The trained weights with their origin, architecture and preprocessing.
    pub fn trained(&self) -> &Checkpoint {
        &self.trained
    }

    /// Names of the emotions, in order.
    pub fn emotions() -> [&'static str; 3] {
        Emotion::ALL.map(|emotion| emotion.name())
    }
}

fn load_weights(path: Option<&Path>) -> Result<(Checkpoint, String, String)> {
    match path {
        None => {
            let checkpoint = weights::from_bytes(DEMONSTRATION, EMBEDDED)?;
            Ok((checkpoint, EMBEDDED.into(), weights::bytes_sha256(DEMONSTRATION)))
        }
        Some(path) => Ok((weights::load(path)?, path.display().to_string(), weights::file_sha256(path)?)),
    }
}
