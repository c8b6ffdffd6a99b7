//! Is it emotion, or is it what pictures show? A two-way analysis of variance of every channel, emotion by object category
//! (after Liu et al. 2024, S1 figs L and M), with sums of squares of type II.

mod design;
mod drawings;
mod text;

use anyhow::Result;
use ndarray::{ArrayView2, Axis};
use stats::anova::{Analysis, Effect};
use stats::benjamini_hochberg::q_values;
use study::Experiment;
use study::comparison::ALPHA;
use study::preparation::Tuned;
use study::rows::{AnovaCellRow, AnovaLayerRow, AnovaRow};

pub use design::{Design, cells, design};
pub use drawings::all as drawings;
pub use text::{METHODS, blocks, summary};

/// The heading in reports.
pub const TITLE: &str = "Emotion or object category";
/// The effects, in the order of [`Design::freedom`].
pub const EFFECTS: [&str; 3] = ["emotion", "object category", "interaction"];
/// The name of channels with both main effects.
pub const BOTH: &str = "emotion and object category";

/// The tables of the analysis.
#[derive(Default)]
pub struct Anova {
    /// `anova.csv`
    pub channels: Vec<AnovaRow>,
    /// `anova_layers.csv`
    pub layers: Vec<AnovaLayerRow>,
    /// `anova_cells.csv`
    pub cells: Vec<AnovaCellRow>,
}

/// The three effects in one channel, each with its q; `None` for a channel that does not vary, or for an interaction that
/// is not testable.
pub type Effects = [Option<(Effect, f64)>; 3];

/// Analyses every channel of every network and set whose pictures have object categories; for the others it is said why
/// not.
///
/// # Errors
/// Responses that are not finite.
pub fn analyse(experiment: &Experiment, tuned: &[Tuned]) -> Result<Anova> {
    let sets = &experiment.sets.sets;
    let mut anova = Anova { cells: sets.iter().flat_map(cells).collect(), ..Anova::default() };
    let stage = experiment.progress.stage("emotion by object category", tuned.len() * sets.len());
    for (number, set) in sets.iter().enumerate() {
        match design(set) {
            Ok(design) => {
                for network in tuned {
                    add(&mut anova, experiment, &design, network, number)?;
                    stage.advance(1);
                }
            }
            Err(reason) => {
                experiment.progress.say(&format!("{}: no analysis by object category: {reason}", set.name));
                stage.advance(tuned.len());
            }
        }
    }
    stage.finish();
    Ok(anova)
}

fn add(anova: &mut Anova, experiment: &Experiment, design: &Design, network: &Tuned, set: usize) -> Result<()> {
    let name = &experiment.sets.sets[set].name;
    for (layer, layer_name) in experiment.layer_names().iter().enumerate() {
        let varies: Vec<bool> = network.selection.units[set][layer].iter().map(|unit| unit.quality.is_some()).collect();
        let responses = network.responses[set][layer].select(Axis(0), &design.pictures);
        let effects = of_layer(design, responses.view(), &varies)?;
        let place = [&network.name, name, layer_name].map(String::clone);
        anova.layers.extend(summarise(&place, design, &effects));
        anova.channels.extend(effects.iter().enumerate().map(|(channel, effects)| row(&place, channel, effects)));
    }
    Ok(())
}

/// The effects in every channel of a layer; q is corrected over its channels, for each effect by itself.
///
/// # Shapes
/// - `responses`: `[pictures of the design × channels]`
/// - `varies`: a value per channel
///
/// # Errors
/// Responses that are not finite.
pub fn of_layer(design: &Design, responses: ArrayView2<f32>, varies: &[bool]) -> Result<Vec<Effects>> {
    let analyses = design.model.analyse(responses)?;
    let varying = analyses.iter().zip(varies).map(|(analysis, &varies)| analysis.filter(|_| varies));
    let parts = |analysis: Analysis| [Some(analysis.first), Some(analysis.second), analysis.interaction];
    let found: Vec<[Option<Effect>; 3]> = varying.map(|analysis| analysis.map_or([None; 3], parts)).collect();
    let mut corrected: Vec<Effects> = vec![[None; 3]; found.len()];
    for effect in 0..EFFECTS.len() {
        let p: Vec<f64> = found.iter().filter_map(|channel| Some(channel[effect]?.p)).collect();
        let mut q = q_values(&p)?.into_iter();
        for (channel, corrected) in found.iter().zip(&mut corrected) {
            corrected[effect] = channel[effect].and_then(|found| Some((found, q.next()?)));
        }
    }
    Ok(corrected)
}

fn row([network, set, layer]: &[String; 3], channel: usize, effects: &Effects) -> AnovaRow {
    let of = |number: usize, value: fn(&Effect) -> f64| effects[number].as_ref().map(|(effect, _)| value(effect));
    let q = |number: usize| effects[number].map(|(_, q)| q);
    AnovaRow {
        network: network.clone(),
        set: set.clone(),
        layer: layer.clone(),
        channel,
        f_emotion: of(0, |effect| effect.f),
        p_emotion: of(0, |effect| effect.p),
        q_emotion: q(0),
        partial_eta2_emotion: of(0, |effect| effect.partial_eta_squared),
        omega2_emotion: of(0, |effect| effect.omega_squared),
        f_object: of(1, |effect| effect.f),
        p_object: of(1, |effect| effect.p),
        q_object: q(1),
        partial_eta2_object: of(1, |effect| effect.partial_eta_squared),
        omega2_object: of(1, |effect| effect.omega_squared),
        f_interaction: of(2, |effect| effect.f),
        p_interaction: of(2, |effect| effect.p),
        q_interaction: q(2),
        partial_eta2_interaction: of(2, |effect| effect.partial_eta_squared),
        omega2_interaction: of(2, |effect| effect.omega_squared),
    }
}

/// Rows of a layer: each effect that is testable, and both main effects together.
fn summarise([network, set, layer]: &[String; 3], design: &Design, channels: &[Effects]) -> Vec<AnovaLayerRow> {
    let sure = |channel: &Effects, effect: usize| channel[effect].is_some_and(|(_, q)| q < ALPHA);
    let mean = |effect: usize, value: fn(&Effect) -> f64| {
        let values: Vec<f64> = channels.iter().filter_map(|channel| Some(value(&channel[effect]?.0))).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    let tested = channels.iter().filter(|channel| channel[0].is_some()).count();
    let row = |effect: &str, n_effect: usize| AnovaLayerRow {
        network: network.clone(),
        set: set.clone(),
        layer: layer.clone(),
        effect: effect.into(),
        n_channels: channels.len(),
        n_tested: tested,
        n_effect,
        share: n_effect as f64 / channels.len() as f64,
        mean_partial_eta2: None,
        mean_omega2: None,
        df: None,
        df_error: design.model.error_freedom(),
        n_pictures: design.pictures.len(),
    };
    let testable = (0..EFFECTS.len()).filter(|&effect| design.freedom[effect].is_some());
    let mut rows: Vec<AnovaLayerRow> = testable
        .map(|effect| AnovaLayerRow {
            mean_partial_eta2: mean(effect, |found| found.partial_eta_squared),
            mean_omega2: mean(effect, |found| found.omega_squared),
            df: design.freedom[effect],
            ..row(EFFECTS[effect], channels.iter().filter(|channel| sure(channel, effect)).count())
        })
        .collect();
    rows.push(row(BOTH, channels.iter().filter(|channel| sure(channel, 0) && sure(channel, 1)).count()));
    rows
}
