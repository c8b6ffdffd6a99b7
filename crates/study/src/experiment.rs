//! The steps that every experiment goes through, in order: open, prepare, sweep.

mod artefacts;
mod gains;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use stimuli::Emotion;
use vgg_core::device::{self, Device};
use vgg_core::{Checkpoint, weights};

use crate::cli::RunArguments;
use crate::config::Config;
use crate::cost;
use crate::manifest::{self, Manifest, SetRecord, WeightsRecord};
use crate::pictures::load_sets;
use crate::plan::{self, Chunk};
use crate::preparation::{Prepared, Sets, Tuned, checkpoints, prepare, responses};
use crate::progress::Progress;
use crate::rows::SweepRow;
use crate::run_folder::RunFolder;
use crate::signals::StopFlag;
use crate::sweep;

/// The demonstration network, so that the program needs no file.
const DEMONSTRATION: &[u8] = include_bytes!("../../../models/vgg16-demo.bpk");
const EMBEDDED: &str = "embedded demonstration network";
/// Bytes of weights on the device that a dry run adds to the batches.
const BYTES_PER_WEIGHT: usize = 4;

/// An experiment whose configuration, weights, pictures and device are there.
pub struct Experiment {
    /// Its name, such as `exp-lesion`.
    pub name: &'static str,
    /// What will be computed.
    pub config: Config,
    /// The pictures.
    pub sets: Sets,
    /// Where it computes.
    pub device: Device,
    /// Pictures per batch.
    pub batch: usize,
    /// What a person sees.
    pub progress: Progress,
    /// Hash of everything that determines the numbers.
    pub plan: String,
    /// The slopes of every line.
    pub gains: Vec<f32>,
    trained: Checkpoint,
    weights_file: String,
    weights_sha256: String,
    out: PathBuf,
}

impl Experiment {
    /// Reads the configuration, the weights and the pictures, and opens the device.
    ///
    /// # Errors
    /// Whatever of these is missing, unreadable or contradictory.
    pub fn open(name: &'static str, demonstration: &str, gains: Vec<f32>, arguments: &RunArguments) -> Result<Self> {
        let progress = arguments.progress();
        let assignments = arguments.assignments();
        let mut config = match &arguments.config {
            Some(path) => Config::read(path, &assignments)?,
            None => Config::parse(demonstration, "the embedded demonstration", &assignments)?,
        };
        config.network.weights = arguments.weights.clone().or(config.network.weights);
        let (trained, weights_file, weights_sha256) = load_weights(config.network.weights.as_deref())?;
        let device = device::open(&arguments.device)?;
        progress.say(&format!("device   {}", device.info()));
        progress.say(&format!("network  {} from {weights_file}", trained.architecture.name));
        let (preprocessing, colour) = (&trained.preprocessing, config.network.colour);
        let sets = load_sets(&config.sets, preprocessing, colour, arguments.allow_missing, config.seed)?;
        for set in &sets {
            progress.say(&format!("set      {}: {}", set.name, set.notes.trim_end().replace('\n', "\n         ")));
        }
        let sets = Sets::new(sets, &config)?;
        let batch = cost::batch_size(&config, &trained.architecture);
        let hashes: Vec<&str> = sets.sets.iter().map(|set| set.sha256.as_str()).collect();
        let plan = plan::plan_id(name, &config, &weights_sha256, &hashes);
        let default_out = || Path::new("results").join(name).join(&config.name);
        let out = arguments.out.clone().unwrap_or_else(default_out);
        Ok(Self {
            name,
            config,
            sets,
            device,
            batch,
            progress,
            plan,
            gains,
            trained,
            weights_file,
            weights_sha256,
            out,
        })
    }

    /// The folder of the run.
    ///
    /// # Errors
    /// It holds another run, or cannot be written.
    pub fn folder(&self, arguments: &RunArguments) -> Result<RunFolder> {
        let folder = RunFolder::open(&self.out, &self.plan, arguments.entry())?;
        self.write_manifest(&folder, "running")?;
        Ok(folder)
    }

    /// Responses, selective channels and heads of the trained network and its controls.
    ///
    /// # Errors
    /// The device failed, a picture cannot be decoded, or a set is too poor.
    pub fn prepare(&self, folder: &RunFolder) -> Result<Vec<Prepared>> {
        let mut prepared = Vec::new();
        for (name, checkpoint) in checkpoints(self.trained.clone(), &self.config) {
            let device = &self.device;
            prepared.push(prepare(&name, &checkpoint, device, &self.sets, &self.config, self.batch, &self.progress)?);
        }
        artefacts::write(folder, &prepared, &self.sets, &self.config)?;
        Ok(prepared)
    }

    /// Responses and tuning of the trained network and its controls, without heads; nothing where a signal stopped it.
    /// Every network's responses are on the disk before the next one begins, and a resumed run reads them from there.
    ///
    /// # Errors
    /// As [`Experiment::prepare`]; every set needs pictures of every emotion.
    pub fn tune(&self, folder: &RunFolder, stop: &StopFlag) -> Result<Option<Vec<Tuned>>> {
        self.sets.check_emotions()?;
        let layers = self.layer_names();
        let mut tuned = Vec::new();
        for (name, checkpoint) in checkpoints(self.trained.clone(), &self.config) {
            if stop.is_raised() {
                self.progress.say("stopped between two networks; --resume continues");
                return Ok(None);
            }
            let file = artefacts::responses_file(&name);
            let responses = match artefacts::read_responses(&folder.path().join(&file), &layers, &self.sets) {
                Some(responses) => responses,
                None => {
                    let new = responses(&name, &checkpoint, &self.device, &self.sets, self.batch, &self.progress)?;
                    folder.write(&file, &artefacts::responses(&new, &layers, &self.sets)?)?;
                    new
                }
            };
            tuned.push(Tuned::new(name, responses, &self.sets, &self.config)?);
        }
        artefacts::write_tuned(folder, &tuned, &layers, &self.sets, &self.config)?;
        Ok(Some(tuned))
    }

    /// All rows of the sweep, in the order of the plan; nothing where a signal stopped it. Every chunk is on the disk
    /// before the next one begins.
    ///
    /// # Errors
    /// The device failed, a picture cannot be decoded, or the folder cannot be written.
    pub fn sweep(&self, folder: &RunFolder, prepared: &[Prepared]) -> Result<Option<Vec<SweepRow>>> {
        let stop = StopFlag::listen().context("cannot listen to signals")?;
        let chunks = self.chunks(prepared.len())?;
        let stage = self.progress.stage("sweep", chunks.len());
        let mut rows = Vec::new();
        for chunk in &chunks {
            if stop.is_raised() {
                self.progress.say("stopped between two chunks; --resume continues");
                return Ok(None);
            }
            rows.extend(self.chunk(chunk, folder, prepared)?);
            stage.advance(1);
        }
        stage.finish();
        Ok(Some(rows))
    }

    fn chunk(&self, chunk: &Chunk, folder: &RunFolder, prepared: &[Prepared]) -> Result<Vec<SweepRow>> {
        let id = chunk.id();
        if let Some(rows) = folder.read_chunk(&id) {
            return Ok(rows);
        }
        let network = &prepared[chunk.network];
        let rows = sweep::compute(chunk, network, &self.sets, &self.gains, &self.config, self.batch)
            .with_context(|| format!("chunk {id}"))?;
        folder.write_chunk(&id, &rows)?;
        Ok(rows)
    }

    fn chunks(&self, networks: usize) -> Result<Vec<Chunk>> {
        Ok(plan::chunks(&self.config, networks, &self.layer_names())?)
    }

    /// Names of the network's layers.
    pub fn layer_names(&self) -> Vec<String> {
        artefacts::layer_names(&self.trained.architecture)
    }

    /// Names of the layers that a sweep changes, first to last.
    pub fn swept_layers(&self) -> Vec<String> {
        let chosen = &self.config.sweep.layers;
        self.layer_names().into_iter().filter(|name| chosen.is_empty() || chosen.contains(name)).collect()
    }

    /// Says what a run would compute, and measures how fast this device is.
    ///
    /// # Errors
    /// The device failed, or a picture cannot be decoded.
    pub fn dry_run(&self) -> Result<()> {
        let architecture = &self.trained.architecture;
        let networks = 1 + self.config.network.random_networks;
        let chunks = self.chunks(networks)?;
        let pictures = self.sets.pictures() as u64;
        let of_chunk = |chunk| cost::chunk_multiplications(chunk, &self.config, architecture, self.gains.len());
        let sweep: u64 = pictures * chunks.iter().map(of_chunk).sum::<u64>();
        let work = format!(
            "work     {} chunks, {pictures} pictures, {:.3e} multiplications\n         \
             (assuming that a third of each layer's channels is selective for each emotion)",
            chunks.len(),
            sweep as f64
        );
        self.say_cost(&work, sweep)
    }

    /// As [`Experiment::dry_run`], for a run that ends with [`Experiment::tune`] and its statistics.
    ///
    /// # Errors
    /// As [`Experiment::dry_run`].
    pub fn dry_run_tuning(&self) -> Result<()> {
        let (networks, pictures) = (1 + self.config.network.random_networks, self.sets.pictures());
        let per_picture: u64 = self.trained.architecture.multiplications().iter().sum();
        let total = (networks * pictures) as u64 * per_picture;
        let work = format!(
            "work     {networks} networks, {pictures} pictures, {:.3e} multiplications, then statistics",
            total as f64
        );
        self.say_cost(&work, total)
    }

    fn say_cost(&self, work: &str, multiplications: u64) -> Result<()> {
        let architecture = &self.trained.architecture;
        let rate = artefacts::multiplications_per_second(&self.trained, &self.device, &self.sets, self.batch)?;
        let weights: usize = self.trained.dense.iter().map(|layer| layer.matrix.len()).sum::<usize>()
            + self.trained.convolutions.iter().map(|layer| layer.kernel.len()).sum::<usize>();
        let memory = BYTES_PER_WEIGHT * weights + self.batch * cost::bytes_per_picture(architecture);
        let lines = [
            format!("run      {} in {}", self.config.name, self.out.display()),
            format!("plan     {}", self.plan),
            work.to_string(),
            format!("memory   about {} MB for weights and batches of {} pictures", memory >> 20, self.batch),
            format!(
                "time     about {} at the {:.1} GMAC/s measured here",
                cost::duration(multiplications as f64 / rate),
                rate / 1e9
            ),
        ];
        lines.iter().for_each(|line| println!("{line}"));
        Ok(())
    }

    /// Writes the manifest.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write_manifest(&self, folder: &RunFolder, state: &'static str) -> Result<()> {
        let manifest = Manifest {
            experiment: self.name,
            plan: &self.plan,
            version: env!("CARGO_PKG_VERSION"),
            commit: manifest::commit(),
            crates: manifest::crates(),
            state,
            written: manifest::now(),
            config: &self.config,
            config_toml: self.config.to_toml(),
            weights: WeightsRecord {
                file: self.weights_file.clone(),
                sha256: &self.weights_sha256,
                architecture: &self.trained.architecture,
                preprocessing: &self.trained.preprocessing,
                origin: &self.trained.origin,
            },
            sets: self.sets.sets.iter().map(SetRecord::new).collect(),
            device: self.device.info(),
            dtype: "float32",
            batch: self.batch,
            command: std::env::args().collect(),
        };
        Ok(folder.write("manifest.json", &serde_json::to_vec_pretty(&manifest)?)?)
    }

    /// Whether any set is drawn by the program, which every report must say.
    pub fn is_synthetic(&self) -> bool {
        self.config.sets.iter().any(|set| matches!(set, crate::config::SetConfig::Synthetic(_)))
    }

    /// SHA-256 of the weights.
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }

    /// The trained weights' origin, architecture and preprocessing, for the report.
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
