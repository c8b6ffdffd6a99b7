//! Valence and arousal of rated pictures, read out of the class scores and of the network's last hidden layer.
//!
//! EmoNet's released weights (`affect.rs`) are for its own 20 class scores. For every network and classes there is also a
//! read-out of our own: partial least squares with 20 components, in cross-validation of 10 folds of the same spread of
//! ratings, 10 times over (Kragel et al. 2019, p. 4), on the class scores and, as Gao et al. (2025, Commun Biol 8: 697)
//! compared them, on the last hidden layer.

mod agree;

use anyhow::{Result, ensure};
use ndarray::{Array2, Axis};
use stats::read_out::CrossValidation;
use stimuli::{PictureSet, PictureSource};
use study::seeds;
use vgg_core::Network;

use crate::affect::{Rating, is_emonet};
use crate::opened::Opened;
use crate::passed::{BATCH, prepared, stacked};
use crate::rows::{RatedPredictionRow, RatingRow};
use crate::scored::{Scored, own_order};

/// The name of class scores among features.
pub const LOGITS: &str = "logits";
/// What rows by EmoNet's released weights are called.
pub const RELEASED: &str = "released";
const FOLDS: usize = 10;
const REPEATS: usize = 10;
/// Components of partial least squares.
const COMPONENTS: usize = 20;

/// What is read of rated pictures.
#[derive(Default)]
pub struct Rated {
    /// A row per set, rating and read-out.
    pub rows: Vec<RatingRow>,
    /// A row per picture.
    pub predictions: Vec<RatedPredictionRow>,
}

/// What the network makes of the pictures of a set.
struct Seen {
    /// `[pictures × classes]`
    logits: Array2<f32>,
    /// `[pictures × feature units]`
    hidden: Array2<f32>,
}

/// Ratings predicted in one way.
struct ReadOut {
    /// Whether by EmoNet's released weights.
    released: bool,
    features: String,
    /// `[repeats][pictures with that rating]`
    predictions: Vec<Vec<f64>>,
}

/// Checks that the rated sets have what a read-out needs, before anything is computed.
///
/// # Errors
/// A set without ratings, or with too few.
pub fn check(opened: &Opened) -> Result<()> {
    for set in &opened.rated {
        let counts = Rating::ALL.map(|rating| rated(set, rating).0.len());
        ensure!(
            counts.iter().any(|&count| count > 0),
            "rated set '{}': no picture has a valence or an arousal; give it the ratings, or leave it out of [[rated]]",
            set.name
        );
        for (rating, count) in Rating::ALL.iter().zip(counts) {
            ensure!(
                count == 0 || count >= FOLDS,
                "rated set '{}': {count} pictures have {}; cross-validation in {FOLDS} folds needs at least {FOLDS}",
                set.name,
                rating.name()
            );
        }
    }
    Ok(())
}

/// Reads ratings out of every rated set.
///
/// # Errors
/// A picture that cannot be read, a device that failed, or features that are not finite.
pub fn rate(opened: &Opened, network: &Network, shown: &Scored) -> Result<Rated> {
    let mut found = Rated::default();
    for (number, set) in opened.rated.iter().enumerate() {
        let seen = see(opened, network, shown, set)?;
        let mut predicted = [vec![None; set.pictures.len()], vec![None; set.pictures.len()]];
        let stage = opened.progress.stage("valence and arousal", Rating::ALL.len());
        for rating in Rating::ALL {
            let (rows, ratings) = rated(set, rating);
            if !rows.is_empty() {
                let read_outs = read_outs(opened, shown, &seen, number, rating, &rows, &ratings)?;
                for read_out in &read_outs {
                    found.rows.push(agree::row(opened, number, rating, &ratings, read_out)?);
                }
                agree::keep_means(&mut predicted[rating.index()], &rows, &read_outs[0]);
            }
            stage.advance(1);
        }
        stage.finish();
        found.predictions.extend(prediction_rows(set, &predicted));
    }
    Ok(found)
}

/// Positions and ratings of the pictures that have one.
fn rated(set: &PictureSet, rating: Rating) -> (Vec<usize>, Vec<f64>) {
    let pictures = set.pictures.iter().enumerate();
    pictures.filter_map(|(at, picture)| Some((at, rating.of(picture)?))).unzip()
}

/// Passes the pictures through the untouched network.
fn see(opened: &Opened, network: &Network, shown: &Scored, set: &PictureSet) -> Result<Seen> {
    let architecture = network.architecture();
    let order = own_order(opened).filter(|_| shown.layer.is_none());
    let mut nodes = vec![architecture.features()];
    nodes.extend(order.as_ref().map(|_| architecture.graph().output()));
    let sources: Vec<&PictureSource> = set.pictures.iter().map(|picture| &picture.source).collect();
    let stage = opened.progress.stage(&format!("pictures of {}", set.name), sources.len());
    let mut parts = Vec::new();
    for batch in sources.chunks(BATCH) {
        parts.push(network.values(prepared(batch, network.preprocessing())?.view(), &nodes)?);
        stage.advance(batch.len());
    }
    stage.finish();
    let value = |at: usize| stacked(parts.iter().map(|part| &part[at]));
    let hidden = value(0);
    let logits = match (&shown.layer, order) {
        (Some(layer), _) => layer.scores(hidden.view()),
        (None, Some(order)) => value(1).select(Axis(1), &order),
        (None, None) => anyhow::bail!("the network has no scores of the classes of the frames"),
    };
    Ok(Seen { logits, hidden })
}

/// All ways of reading a rating out of the pictures of these rows, the released weights first where they apply.
fn read_outs(
    opened: &Opened,
    shown: &Scored,
    seen: &Seen,
    set: usize,
    rating: Rating,
    rows: &[usize],
    ratings: &[f64],
) -> Result<Vec<ReadOut>> {
    let mut all = Vec::new();
    let logits = seen.logits.select(Axis(0), rows);
    if is_emonet(opened, shown) {
        let predictions = vec![rating.released().read(logits.view())?];
        all.push(ReadOut { released: true, features: LOGITS.into(), predictions });
    }
    // The same folds for both kinds of features, so that these are compared on the same pictures.
    let seed = seeds::derive(opened.config.seed, "rating folds", &[set, rating.index()]);
    let validation = CrossValidation { folds: FOLDS, components: COMPONENTS, repeats: REPEATS, seed };
    let hidden = opened.checkpoint.architecture.feature_name();
    for (features, units) in [(LOGITS, logits), (hidden, seen.hidden.select(Axis(0), rows))] {
        let predictions = validation.predict(units.view(), ratings)?;
        all.push(ReadOut { released: false, features: features.into(), predictions });
    }
    Ok(all)
}

fn prediction_rows(set: &PictureSet, predicted: &[Vec<Option<f64>>; 2]) -> Vec<RatedPredictionRow> {
    let row = |(at, picture): (usize, &stimuli::Picture)| RatedPredictionRow {
        set: set.name.clone(),
        picture: picture.id.clone(),
        valence: picture.valence,
        arousal: picture.arousal,
        predicted_valence: predicted[0][at],
        predicted_arousal: predicted[1][at],
    };
    set.pictures.iter().enumerate().map(row).collect()
}
