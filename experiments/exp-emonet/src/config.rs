//! The configuration of exp-emonet: one TOML file. Keys that do not exist are errors; what the paper does not state is a
//! default here and named as a choice in METHODS.md.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use stimuli::SetSpec;
use stimuli::frames::{FrameSet, FrameSpec, load};
use stimuli::synthetic::{ClipSpec, clip_set};
use vgg_core::head::{Balance, SgdRecipe};

/// What will be computed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the run: the folder under `results/exp-emonet/`.
    pub name: String,
    /// One or two sentences for the report.
    #[serde(default)]
    pub description: String,
    /// Every random number derives from this.
    #[serde(default)]
    pub seed: u64,
    /// A `.bpk` file; the demonstration network that the program carries where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weights: Option<PathBuf>,
    /// The frames.
    pub frames: Frames,
    /// Rated pictures from which valence and arousal are read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rated: Vec<SetSpec>,
    /// How the class scores are trained.
    #[serde(default)]
    pub training: Training,
    /// The panels of the figure.
    #[serde(default)]
    pub panels: Panels,
    /// Lesions and gains.
    #[serde(default)]
    pub interventions: Interventions,
}

/// Where frames come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frames {
    /// A table of picture files.
    Table(Box<FrameSpec>),
    /// Clips that the program draws.
    Synthetic(ClipSpec),
}

/// How the class scores are trained. Learning rate and batch are the paper's (Kragel et al. 2019, p. 11), the rest are
/// MATLAB's defaults.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// The class scores that all panels show.
    pub scores: Scores,
    /// Learning rate.
    pub learning_rate: f64,
    /// Momentum.
    pub momentum: f64,
    /// L2 penalty of the weights.
    pub penalty: f64,
    /// Passes over the training frames.
    pub epochs: usize,
    /// Frames per step.
    pub batch: usize,
    /// How classes of unequal size are treated.
    pub balance: Weighting,
}

/// Class scores by where they come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scores {
    /// The network's own, where it has the classes of the frames; otherwise trained by momentum.
    #[default]
    Auto,
    /// The network's own.
    Own,
    /// Trained here by stochastic gradient descent with momentum (the paper).
    Sgd,
    /// Trained here to convergence.
    Converged,
}

/// How classes of unequal size are treated in training by momentum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weighting {
    /// As they come.
    #[default]
    None,
    /// The loss is divided by the share of the class.
    Weights,
    /// Every class is drawn equally often.
    Sampling,
}

/// The panels of the figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Panels {
    /// Layers whose units are mapped, by node; `scores` are the class scores.
    pub map_layers: Vec<String>,
    /// Random units of each mapped layer.
    pub units: usize,
    /// Points of a map of units: at most so many test frames, the same in all layers.
    pub points: usize,
    /// Points of the map of predictions.
    pub prediction_points: usize,
    /// Perplexity of t-SNE.
    pub perplexity: f64,
    /// Steps of t-SNE.
    pub iterations: usize,
    /// Components of partial least squares.
    pub components: usize,
    /// Random frames shown for each predicted class.
    pub examples: usize,
    /// Resamples behind every interval.
    pub bootstrap: usize,
    /// Shuffles behind every p.
    pub permutations: usize,
    /// At how many samples the number of clusters is also given, and how often these are drawn.
    pub cluster_samples: usize,
    /// See `cluster_samples`.
    pub cluster_draws: usize,
}

/// Lesions and gains at every site, for the channels that prefer a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Interventions {
    /// Sites by name; all of them where the list is empty.
    pub sites: Vec<String>,
    /// Slopes, of which 0 is the lesion; none for no interventions at all.
    pub gains: Vec<f32>,
    /// Test frames that are changed, at most.
    pub frames: usize,
    /// Random groups of as many channels.
    pub draws: usize,
}

impl Default for Training {
    fn default() -> Self {
        let SgdRecipe { learning_rate, momentum, penalty, epochs, batch, .. } = SgdRecipe::default();
        Self { scores: Scores::Auto, learning_rate, momentum, penalty, epochs, batch, balance: Weighting::None }
    }
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            map_layers: ["conv1", "conv3", "conv5", "fc6", "scores"].map(String::from).into(),
            units: 1000,
            points: 1000,
            prediction_points: 5000,
            perplexity: 30.0,
            iterations: 1000,
            components: 20,
            examples: 5,
            bootstrap: 1000,
            permutations: 10_000,
            cluster_samples: 400,
            cluster_draws: 100,
        }
    }
}

impl Default for Interventions {
    fn default() -> Self {
        Self { sites: vec![], gains: vec![0.0, 2.0], frames: 100, draws: 19 }
    }
}

impl Training {
    /// The recipe as `vgg-core` knows it.
    pub fn recipe(&self) -> SgdRecipe {
        let &Self { learning_rate, momentum, penalty, epochs, batch, .. } = self;
        let balance = match self.balance {
            Weighting::None => Balance::None,
            Weighting::Weights => Balance::Weights,
            Weighting::Sampling => Balance::Sampling,
        };
        SgdRecipe { learning_rate, momentum, penalty, epochs, batch, balance }
    }
}

impl Frames {
    /// Reads or draws them.
    ///
    /// # Errors
    /// Files that are missing, unreadable or contradictory.
    pub fn load(&self) -> Result<FrameSet> {
        Ok(match self {
            Self::Table(spec) => load(spec)?,
            Self::Synthetic(spec) => clip_set(spec)?,
        })
    }
}

impl Config {
    /// Reads a configuration file. Relative paths in it start from its folder.
    ///
    /// # Errors
    /// A file that cannot be read, a key that does not exist, a value that makes no sense.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut config = Self::parse(&text, &path.display().to_string())?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for path in config.paths_mut() {
            *path = std::path::absolute(folder.join(&*path))?;
        }
        Ok(config)
    }

    /// Parses a configuration; `origin` names it in errors.
    ///
    /// # Errors
    /// A key that does not exist, or a value that makes no sense.
    pub fn parse(text: &str, origin: &str) -> Result<Self> {
        let config: Self = toml::from_str(text).with_context(|| origin.to_string())?;
        config.check().with_context(|| origin.to_string())?;
        Ok(config)
    }

    /// As TOML: what a manifest records, and what repeats the run.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("plain strings, numbers and lists")
    }

    /// The same without any path: what files hold is known by hashes.
    #[must_use]
    pub fn without_paths(mut self) -> Self {
        self.weights = None;
        self.paths_mut().into_iter().for_each(|path| *path = PathBuf::new());
        self
    }

    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        let mut paths: Vec<&mut PathBuf> = self.weights.iter_mut().collect();
        if let Frames::Table(spec) = &mut self.frames {
            paths.extend([&mut spec.images, &mut spec.table]);
            paths.extend(&mut spec.censored);
            paths.extend(spec.split.iter_mut().flat_map(|split| [&mut split.train, &mut split.test]));
        }
        for spec in &mut self.rated {
            paths.extend([&mut spec.images, &mut spec.ratings]);
            paths.extend(&mut spec.labels);
        }
        paths
    }

    fn check(&self) -> Result<()> {
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        let named = !self.name.is_empty() && self.name.chars().all(plain) && !self.name.starts_with('.');
        ensure!(named, "name: use letters, digits, `-`, `_` and `.`, since it becomes a folder");
        let Training { learning_rate, momentum, penalty, epochs, batch, .. } = self.training;
        let positive = learning_rate.is_finite() && learning_rate > 0.0 && epochs > 0 && batch > 0;
        ensure!(positive, "training: learning_rate, epochs and batch must be above 0");
        ensure!((0.0..1.0).contains(&momentum), "training.momentum: from 0 to below 1");
        ensure!(penalty.is_finite() && penalty >= 0.0, "training.penalty: 0 or more");
        let panels = &self.panels;
        let counts = [panels.units, panels.points, panels.prediction_points, panels.iterations, panels.components];
        let more =
            [panels.examples, panels.bootstrap, panels.permutations, panels.cluster_samples, panels.cluster_draws];
        ensure!(counts.iter().chain(&more).all(|&count| count > 0), "panels: all counts must be at least 1");
        ensure!(panels.perplexity.is_finite() && panels.perplexity > 1.0, "panels.perplexity: above 1");
        if let Some(gain) = self.interventions.gains.iter().find(|gain| !(gain.is_finite() && **gain >= 0.0)) {
            bail!("interventions.gains: {gain} is no slope; 0 or more, where 0 is the lesion and 1 changes nothing");
        }
        ensure!(self.interventions.frames > 0, "interventions.frames: at least 1");
        ensure!(all_differ(&self.interventions.gains), "interventions.gains: each gain once");
        ensure!(all_differ(&self.interventions.sites), "interventions.sites: each site once");
        let rated: Vec<String> = self.rated.iter().map(|set| set.name.trim().to_lowercase()).collect();
        ensure!(all_differ(&rated), "rated: two sets have one name; tables could not tell them apart");
        Ok(())
    }
}

fn all_differ<T: PartialEq>(values: &[T]) -> bool {
    (1..values.len()).all(|at| !values[..at].contains(&values[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str = "name = \"a\"\n[frames.synthetic]\nname = \"a\"\nstyle = \"flat\"\nclips = 80\nframes_per_clip = 1\nside = 32\nseed = 1\n";

    #[test]
    fn what_cannot_be_is_named() {
        assert!(Config::parse(PLAIN, "here").is_ok());
        for (more, message) in [
            ("[training]\nmomentum = 1.0\n", "training.momentum"),
            ("[training]\nepochs = 0\n", "training: learning_rate, epochs and batch"),
            ("[panels]\nunits = 0\n", "panels: all counts"),
            ("[interventions]\ngains = [-1.0]\n", "interventions.gains: -1 is no slope"),
            ("[interventions]\ngains = [0.0, 2.0, -0.0]\n", "interventions.gains: each gain once"),
            ("[interventions]\nsites = [\"conv1\", \"conv1\"]\n", "interventions.sites: each site once"),
            ("[panels]\nunit = 3\n", "unknown field `unit`"),
        ] {
            let error = Config::parse(&format!("{PLAIN}{more}"), "here").expect_err("refused");
            assert!(format!("{error:#}").contains(message), "{error:#}");
        }
    }

    #[test]
    fn the_configurations_beside_the_programs_are_valid() {
        for text in [include_str!("../../emonet.toml"), include_str!("../../emonet-demo.toml")] {
            Config::parse(text, "a file").expect("valid");
        }
    }

    #[test]
    fn it_reads_back() {
        let config = Config::parse(PLAIN, "here").expect("valid");
        assert_eq!(Config::parse(&config.to_toml(), "there").expect("valid"), config);
    }
}
