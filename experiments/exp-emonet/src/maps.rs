//! Panels B and E: frames laid out by t-SNE, from random units of some layers and from the predictions.

use anyhow::{Result, bail, ensure};
use ndarray::{Array2, ArrayView2, Axis};
use stats::top_k::Ranking;
use stats::tsne::{MATLAB, Settings, embed};
use stimuli::frames::Part;
use study::seeds;
use vgg_core::head::readout::probabilities;

use crate::decoding::SCORES;
use crate::opened::Opened;
use crate::passed::{Passed, layers};
use crate::rows::{MapFitRow, MapRow};
use crate::scored::Scored;

/// The map of probabilities.
pub const PREDICTIONS: &str = "predictions";

/// All maps: places of frames, and how much each keeps.
#[derive(Default)]
pub struct Maps {
    /// Places.
    pub rows: Vec<MapRow>,
    /// Fits.
    pub fits: Vec<MapFitRow>,
}

/// Checks that every map can be made, before anything is computed.
///
/// # Errors
/// A layer that the network does not have, or too few test frames for the perplexity.
pub fn check(opened: &Opened) -> Result<()> {
    let (panels, graph) = (&opened.config.panels, opened.checkpoint.architecture.graph());
    let known: Vec<&str> =
        layers(&opened.checkpoint.architecture).iter().map(|id| graph.node(*id).name.as_str()).collect();
    for name in &panels.map_layers {
        ensure!(
            name == SCORES || known.contains(&name.as_str()),
            "panels.map_layers: the network has no layer `{name}`; it has {} and {SCORES}",
            known.join(", ")
        );
    }
    let points = panels.points.min(panels.prediction_points).min(opened.frames.part(Part::Test).len());
    ensure!(
        points as f64 > 3.0 * panels.perplexity,
        "panels.perplexity = {}: a map needs more than three times as many test frames, and the smallest has {points}; lower \
         it, or add frames",
        panels.perplexity
    );
    Ok(())
}

/// Lays out every map.
///
/// # Errors
/// A layer that the network does not have, or too few frames for the perplexity.
pub fn lay_out(opened: &Opened, passed: &Passed, shown: &Scored) -> Result<Maps> {
    let names = &opened.config.panels.map_layers;
    let stage = opened.progress.stage("maps by t-SNE", names.len() + 1);
    let mut maps = Maps::default();
    for name in names {
        let scores;
        let units = match passed.layers.iter().find(|layer| layer.name == *name) {
            Some(layer) => layer.units.view(),
            None if name == SCORES => {
                scores = shown.scores.select(Axis(0), &passed.points);
                scores.view()
            }
            None => bail!("panels.map_layers: the network has no layer `{name}`"),
        };
        maps.add(opened, shown, name, &passed.points, units)?;
        stage.advance(1);
    }
    let points = opened.test_frames("prediction points", opened.config.panels.prediction_points);
    let answers = probabilities(shown.scores.select(Axis(0), &points).view()).mapv(|p| p as f32);
    maps.add(opened, shown, PREDICTIONS, &points, answers.view())?;
    stage.advance(1);
    stage.finish();
    Ok(maps)
}

impl Maps {
    fn add(
        &mut self,
        opened: &Opened,
        shown: &Scored,
        name: &str,
        points: &[usize],
        units: ArrayView2<'_, f32>,
    ) -> Result<()> {
        let panels = &opened.config.panels;
        let settings = Settings { perplexity: panels.perplexity, iterations: panels.iterations, ..MATLAB };
        let seed = seeds::derive(opened.config.seed, "t-SNE", &[]);
        let map = embed(units, &settings, seed)?;
        self.fits.push(MapFitRow {
            map: name.into(),
            points: points.len(),
            units: units.ncols(),
            perplexity: settings.perplexity,
            divergence: map.divergence,
            neighbours_kept: map.neighbours_kept,
        });
        let best = best(&shown.scores.select(Axis(0), points), opened, points)?;
        let row = |(at, place): (usize, &[f64; 2])| {
            let frame = &opened.frames.frames[points[at]];
            MapRow {
                map: name.into(),
                picture: frame.id.clone(),
                class: opened.classes()[frame.class].clone(),
                predicted: opened.classes()[best[at][0]].clone(),
                in_top_5: best[at].contains(&frame.class),
                x: place[0],
                y: place[1],
            }
        };
        self.rows.extend(map.places.iter().enumerate().map(row));
        Ok(())
    }
}

/// The five best classes of some frames.
fn best(scores: &Array2<f32>, opened: &Opened, points: &[usize]) -> Result<Vec<Vec<usize>>> {
    let truth: Vec<usize> = points.iter().map(|&row| opened.frames.frames[row].class).collect();
    let ranking = Ranking::new(scores.mapv(f64::from).view(), &truth)?;
    let k = 5.min(scores.ncols());
    Ok((0..points.len()).map(|sample| ranking.top(sample, k).collect()).collect())
}
