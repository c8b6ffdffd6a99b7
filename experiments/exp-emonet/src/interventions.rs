//! Lesions and gains at every site: how class scores change when the channels that prefer a class are scaled, beside random
//! groups of as many channels of the same site. No paper has this of EmoNet; the gain is that of Liu et al. (2024).
//!
//! The gain stands behind the activation and before any normalisation across channels, so a lesion may raise what its
//! neighbours give on.

mod against_random;
mod effects;
mod passes;
mod targets;

use anyhow::{Result, ensure};
use ndarray::Axis;
use stimuli::PictureSource;
use stimuli::frames::Part;
use study::progress::Stage;
use study::signals::StopFlag;
use vgg_core::Network;

use crate::affect::is_emonet;
use crate::config::Scores;
use crate::opened::Opened;
use crate::passed::{BATCH, Passed, prepared};
use crate::rows::{InterventionRow, InterventionTestRow};
use crate::scored::{Scored, layer_behind, own_layer, own_order};
use effects::{Effect, Intact};
use passes::{Passes, SiteScores};
use targets::{Target, targets};

/// What lesions and gains change.
#[derive(Default)]
pub struct Intervened {
    /// Every intervention by itself.
    pub rows: Vec<InterventionRow>,
    /// Channels that prefer a class against random ones.
    pub tests: Vec<InterventionTestRow>,
}

/// A target at its site, with what scaling its groups of channels changes.
struct Scaled {
    /// Position among the sites of the network.
    site: usize,
    target: Target,
    /// Of each group, the preferring one first, at each gain.
    effects: Vec<Vec<Effect>>,
}

/// Checks that what the configuration wants can be done, before anything is computed.
///
/// # Errors
/// A site that the network does not have, or class scores that cannot follow an intervention.
pub fn check(opened: &Opened) -> Result<()> {
    if opened.config.interventions.gains.is_empty() {
        return Ok(());
    }
    sites(opened)?;
    let own = matches!(opened.config.training.scores, Scores::Auto | Scores::Own) && own_order(opened).is_some();
    if own {
        own_layer(opened)?;
    }
    Ok(())
}

/// Scales channels at every site; nothing where the run is stopped.
///
/// # Errors
/// A frame that cannot be read, a device that failed, or scores that leave their range.
pub fn intervene(
    opened: &Opened,
    network: &Network,
    passed: &Passed,
    shown: &Scored,
    stop: &StopFlag,
) -> Result<Option<Intervened>> {
    let settings = &opened.config.interventions;
    if settings.gains.is_empty() {
        return Ok(Some(Intervened::default()));
    }
    let readout = layer_behind(opened, shown)?;
    let passes = Passes { network, readout: &readout, gains: &settings.gains };
    let frames = Frames::choose(opened);
    let planned: Vec<(usize, Vec<Target>)> = sites(opened)?
        .into_iter()
        .map(|site| Ok((site, site_targets(opened, passed, site)?)))
        .collect::<Result<_>>()?;
    let groups: usize = planned.iter().flat_map(|(_, targets)| targets).map(|target| target.groups().count()).sum();
    let stage = opened.progress.stage("lesions and gains", groups * frames.rows.len().div_ceil(BATCH));
    let mut scaled = Vec::new();
    for (site, targets) in planned {
        if stop.is_raised() {
            return Ok(None);
        }
        let scores = frames.pass(&passes, site, &targets, &stage)?;
        scaled.extend(compared(site, targets, &scores, &frames.labels, is_emonet(opened, shown))?);
    }
    stage.finish();
    let rows = scaled.iter().flat_map(|scaled| scaled.rows(opened)).collect();
    Ok(Some(Intervened { rows, tests: against_random::rows(opened, &scaled, frames.rows.len())? }))
}

/// The sites by position, in the order of computation.
fn sites(opened: &Opened) -> Result<Vec<usize>> {
    let (network, wanted) = (&opened.checkpoint.architecture, &opened.config.interventions.sites);
    for name in wanted {
        ensure!(
            network.site_index(name).is_some(),
            "interventions.sites: {} has no site `{name}`; its sites are {}",
            network.name(),
            network.site_names().join(", ")
        );
    }
    let chosen = |site: &usize| wanted.is_empty() || wanted.contains(&network.sites()[*site].name);
    Ok((0..network.sites().len()).filter(chosen).collect())
}

fn site_targets(opened: &Opened, passed: &Passed, site: usize) -> Result<Vec<Target>> {
    let train = opened.side(Part::Train);
    let responses = passed.responses[site].select(Axis(0), &train.rows);
    let draws = opened.config.interventions.draws;
    Ok(targets(responses.view(), &train.labels, opened.classes().len(), site, draws, opened.config.seed)?)
}

/// The frames whose scores are followed: random test frames, in order, the same under all conditions.
struct Frames<'a> {
    opened: &'a Opened,
    rows: Vec<usize>,
    labels: Vec<usize>,
}

impl<'a> Frames<'a> {
    fn choose(opened: &'a Opened) -> Self {
        let rows = opened.test_frames("intervened frames", opened.config.interventions.frames);
        let labels = rows.iter().map(|&row| opened.frames.frames[row].class).collect();
        Self { opened, rows, labels }
    }

    fn pass(&self, passes: &Passes, site: usize, targets: &[Target], stage: &Stage) -> Result<SiteScores> {
        let groups: Vec<&[usize]> = targets.iter().flat_map(Target::groups).collect();
        let mut batches = Vec::new();
        for rows in self.rows.chunks(BATCH) {
            let frames = &self.opened.frames.frames;
            let sources: Vec<&PictureSource> = rows.iter().map(|&row| &frames[row].source).collect();
            let inputs = prepared(&sources, passes.network.preprocessing())?;
            batches.push(passes.batch(inputs.view(), site, &groups, || stage.advance(1))?);
        }
        Ok(SiteScores::joined(&batches))
    }
}

/// The effects of every group of a site.
fn compared(
    site: usize,
    targets: Vec<Target>,
    scores: &SiteScores,
    labels: &[usize],
    emonet: bool,
) -> Result<Vec<Scaled>> {
    let intact = Intact::new(&scores.intact, labels, emonet);
    let mut groups = scores.groups.iter();
    let mut scaled = Vec::new();
    for target in targets {
        let effects = groups
            .by_ref()
            .take(target.groups().count())
            .map(|gains| gains.iter().map(|changed| intact.effect(changed, target.class)).collect())
            .collect::<Result<_>>()?;
        scaled.push(Scaled { site, target, effects });
    }
    Ok(scaled)
}

impl Scaled {
    /// All classes of the channels that prefer one, and of random channels that class alone.
    fn rows(&self, opened: &Opened) -> Vec<InterventionRow> {
        let mut rows = Vec::new();
        for (group, effects) in self.effects.iter().enumerate() {
            for (gain, effect) in opened.config.interventions.gains.iter().zip(effects) {
                let read = (0..effect.probabilities.len()).filter(|&class| group == 0 || class == self.target.class);
                rows.extend(read.map(|class| self.row(opened, group, *gain, effect, class)));
            }
        }
        rows
    }

    fn row(&self, opened: &Opened, group: usize, gain: f32, effect: &Effect, read: usize) -> InterventionRow {
        let names = opened.classes();
        let own = (read == self.target.class).then_some(effect);
        InterventionRow {
            site: opened.checkpoint.architecture.sites()[self.site].name.clone(),
            class: names[self.target.class].clone(),
            group: if group == 0 { "preferring" } else { "random" }.into(),
            draw: group.checked_sub(1),
            gain: written(gain),
            channels: self.target.channels.len(),
            read_class: names[read].clone(),
            probability_change: effect.probabilities[read],
            accuracy_change: own.and_then(|effect| effect.recall),
            valence_change: own.and_then(|effect| effect.affect).map(|affect| affect[0]),
            arousal_change: own.and_then(|effect| effect.affect).map(|affect| affect[1]),
        }
    }
}

/// A gain as it was written in the configuration: 0.1 rather than the nearest float32's 0.10000000149.
fn written(gain: f32) -> f64 {
    gain.to_string().parse().unwrap_or(f64::from(gain))
}
