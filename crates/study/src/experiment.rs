//! An experiment that is ready to be computed: configuration, weights and pictures are there and known by their hashes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bytesize::ByteSize;
use stimuli::Emotion;
use vgg_core::device::{Device, DeviceChoice, DeviceError, DeviceInfo};
use vgg_core::{Checkpoint, Network, weights};

use crate::config::Config;
use crate::cost::Budget;
use crate::float16::Float16Error;
use crate::machine;
use crate::pictures::load_sets;
use crate::plan;
use crate::planned::Planned;
use crate::preparation::{Sets, StudyError, checkpoint};
use crate::progress::Progress;
use crate::response_cache::ResponseCache;
use crate::signals::StopFlag;

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
    /// Memory for weights and batches.
    pub budget: Budget,
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
    /// Memory for weights and batches.
    pub budget: Budget,
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
    /// The GPU that prepared, where it was one.
    pub adapter: Option<DeviceInfo>,
    /// How far float16 is off, where the run computes in it.
    pub float16: Option<Float16Error>,
    /// What its report must say first where it is made before the end of the run.
    pub partial: Option<String>,
    /// Whether some layer has nothing yet, so that nothing can be said of all layers.
    pub early: bool,
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
        Ok(Self { config, out: out.into(), allow_missing, batch, cache: None, budget: Budget::default() })
    }

    /// Opens the device on which this is to be computed, in the precision of the configuration, and notes what memory
    /// there is.
    ///
    /// # Errors
    /// There is no such device, or it has no float16 and that is wanted.
    pub fn device(
        &mut self,
        choice: &DeviceChoice,
        memory: Option<ByteSize>,
        progress: &Progress,
    ) -> Result<Device, DeviceError> {
        let precision = self.config.precision;
        let device = machine::open_device(choice, precision, progress)?;
        let asked = memory.map(|memory| memory.as_u64());
        self.budget = Budget { asked, device: Some(device.info().clone()), precision };
        Ok(device)
    }
}

impl Experiment {
    /// Reads the weights and the pictures, unless a signal stops it.
    ///
    /// # Errors
    /// Whatever of these is missing, unreadable or contradictory.
    pub fn open(name: &'static str, opening: Opening, progress: Progress, stop: &StopFlag) -> Result<Self> {
        stop.droppable("reading weights and pictures", || Self::read(name, opening, progress))
    }

    fn read(name: &'static str, opening: Opening, progress: Progress) -> Result<Self> {
        let Opening { config, out, allow_missing, batch, cache, budget } = opening;
        let (mut trained, weights_file, weights_sha256) =
            load_weights(config.network.weights.as_deref(), DEMONSTRATION, &progress)?;
        if !config.network.sites.is_empty() {
            trained.architecture = trained.architecture.with_sites(&config.network.sites).context("network.sites")?;
        }
        progress.say(&format!("network  {} from {weights_file}", trained.architecture.name()));
        let (preprocessing, colour) = (&trained.preprocessing, config.network.colour);
        let sets = load_sets(&config.sets, preprocessing, colour, allow_missing, config.seed)?;
        for set in &sets {
            progress.say(&format!("set      {}: {}", set.name, set.notes.trim_end().replace('\n', "\n         ")));
        }
        let sets = Sets::new(sets, &config)?;
        let batch = match batch.or(config.batch) {
            Some(batch) => batch,
            None => budget.batch_size(&trained)?,
        };
        let plan = String::new();
        let devices = vec![];
        let mut experiment = Self {
            name,
            config,
            sets,
            batch,
            budget,
            progress,
            plan,
            out,
            allow_missing,
            cache,
            devices,
            adapter: None,
            float16: None,
            partial: None,
            early: false,
            trained,
            weights_file,
            weights_sha256,
        };
        experiment.plan = experiment.plan_id();
        if experiment.is_toy_on_pictures() {
            experiment.progress.warn(
                "the demonstration network was trained on drawings and knows nothing of photographs: give ImageNet weights with \
                 --weights (README says how to get them)",
            );
        }
        Ok(experiment)
    }

    /// The same pictures, network and configuration as another experiment, in a folder of its own.
    pub fn become_part(&mut self, name: &'static str, out: PathBuf) {
        (self.name, self.out) = (name, out);
        self.devices.clear();
        (self.partial, self.early) = (None, false);
        self.plan = self.plan_id();
    }

    /// Takes another configuration of the same pictures and network, before anything is written.
    pub fn reconfigure(&mut self, config: Config) {
        self.config = config;
        self.plan = self.plan_id();
    }

    /// Gives the pictures other emotions, for a repetition that is written nowhere.
    ///
    /// # Errors
    /// A category with too few pictures to be split.
    pub fn relabel(&mut self, emotions: Vec<Vec<Emotion>>) -> Result<(), StudyError> {
        let sets = std::mem::replace(&mut self.sets, Sets { sets: vec![], splits: vec![], deciding: vec![] });
        self.sets = sets.relabelled(emotions, &self.config)?;
        Ok(())
    }

    fn plan_id(&self) -> String {
        let hashes: Vec<&str> = self.sets.sets.iter().map(|set| set.sha256.as_str()).collect();
        plan::plan_id(self.name, &self.config, self.batch, &self.weights_sha256, &hashes)
    }

    /// A network of the run by its number, on a device. It takes no more pictures at once than `--memory` allows, even
    /// where the plan allows more: numbers do not depend on it.
    ///
    /// # Errors
    /// Memory that is too small for one picture.
    pub fn network(&self, number: usize, device: &Device) -> Result<Network> {
        let progress = self.progress.clone();
        let network = Network::new(&checkpoint(&self.trained, &self.config, number), device)?.on_lack_of_memory(
            move |pictures, room| {
                progress.warn(&format!("out of memory with {pictures} pictures at once; going on with {room}"));
            },
        );
        Ok(match self.budget.asked {
            Some(_) => network.with_room_for(self.budget.batch_size(&self.trained)?),
            None => network,
        })
    }

    /// Names of the networks of the run: the trained one and its untrained controls.
    pub fn network_names(&self) -> Vec<String> {
        let untrained = (1..=self.config.network.random_networks).map(|number| format!("random-{number}"));
        ["trained".to_string()].into_iter().chain(untrained).collect()
    }

    /// Names of the sites that are studied, which tables call layers, in the order of computation.
    pub fn layer_names(&self) -> Vec<String> {
        self.trained.architecture.site_names()
    }

    /// The same, each with its number of channels.
    pub fn layer_widths(&self) -> Vec<(String, usize)> {
        self.trained.architecture.sites().iter().map(|site| (site.name.clone(), site.channels)).collect()
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

    /// Whether a network that this program trained on drawings is shown pictures that are none.
    pub fn is_toy_on_pictures(&self) -> bool {
        self.trained.origin.format == vgg_core::pretrain::FORMAT && !self.is_synthetic()
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

/// Weights from a file, or those that the program carries; with the file's name and its SHA-256. It is said where damage
/// to the file would not be noticed.
///
/// # Errors
/// A file that cannot be read, or holds no weights.
pub fn load_weights(
    path: Option<&Path>,
    demonstration: &[u8],
    progress: &Progress,
) -> Result<(Checkpoint, String, String)> {
    match path {
        None => {
            let checkpoint = weights::from_bytes(demonstration, EMBEDDED)?;
            Ok((checkpoint, EMBEDDED.into(), weights::bytes_sha256(demonstration)))
        }
        Some(path) => {
            let (checkpoint, file) = (weights::load(path)?, path.display().to_string());
            if !weights::is_sealed(path)? {
                progress.warn(&format!(
                    "{file}: has no checksum, since an earlier version wrote it: damage to it would not be noticed; \
                     `weights-import convert {file} -o NEW.bpk` gives it one"
                ));
            }
            Ok((checkpoint, file, weights::file_sha256(path)?))
        }
    }
}
