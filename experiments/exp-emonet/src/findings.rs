//! From class scores to the results folder: tables, arrays, figures, report and the manifest.

use anyhow::{Context, Result};
use serde::Serialize;
use study::manifest::{self, MANIFEST, NetworkRecord, WeightsRecord};
use study::record::FileRecord;
use study::run_folder::RunFolder;
use study::sealed;
use tidy::TidyRow;
use vgg_core::device::DeviceInfo;

use crate::confusion::{self, Confusions};
use crate::decoding::{self, Decoding};
use crate::interventions::Intervened;
use crate::maps::{self, Maps};
use crate::opened::Opened;
use crate::passed::Passed;
use crate::ratings::Rated;
use crate::rows::{
    AccuracyRow, ClassRow, ComponentRow, FrameRow, InterventionRow, InterventionTestRow, RatedPredictionRow, RatingRow,
};
use crate::scored::Scored;
use crate::{NAME, arrays, claims, drawings, numbers, report};

/// What the panels show.
pub struct Findings {
    /// Top-1 and top-5.
    pub accuracies: Vec<AccuracyRow>,
    /// Areas under the ROC curve.
    pub classes: Vec<ClassRow>,
    /// Principal components.
    pub components: Vec<ComponentRow>,
    /// Panel D.
    pub decoding: Decoding,
    /// Panels B and E.
    pub maps: Maps,
    /// Panels C and F.
    pub confusions: Confusions,
    /// Lesions and gains.
    pub interventions: Vec<InterventionRow>,
    /// Their tests.
    pub intervention_tests: Vec<InterventionTestRow>,
    /// Valence and arousal of rated pictures.
    pub ratings: Vec<RatingRow>,
    /// The same picture by picture.
    pub rated_predictions: Vec<RatedPredictionRow>,
}

/// Computes everything that follows from one pass and the class scores, beside what was computed by further passes.
///
/// # Errors
/// A statistic that cannot be; a layer that does not exist.
pub fn find(
    opened: &Opened,
    passed: &Passed,
    scored: &[Scored],
    intervened: Intervened,
    rated: Rated,
) -> Result<Findings> {
    let shown = &scored[0];
    Ok(Findings {
        accuracies: numbers::accuracies(opened, scored)?,
        classes: numbers::classes(opened, scored)?,
        components: numbers::components(opened, shown)?,
        decoding: decoding::decode(opened, passed, shown)?,
        maps: maps::lay_out(opened, passed, shown)?,
        confusions: confusion::confuse(opened, shown)?,
        interventions: intervened.rows,
        intervention_tests: intervened.tests,
        ratings: rated.rows,
        rated_predictions: rated.predictions,
    })
}

/// The record of a run. Time, command and commit stand here and nowhere else, so that equal runs have equal files.
#[derive(Serialize)]
struct Manifest<'a> {
    experiment: &'a str,
    plan: &'a str,
    version: &'static str,
    commit: &'static str,
    crates: Vec<&'static str>,
    state: manifest::State,
    written: String,
    config_toml: String,
    weights: WeightsRecord<'a>,
    frames: Frames<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rated: Vec<RatedSet<'a>>,
    scores: &'a str,
    device: String,
    command: Vec<String>,
    files: Vec<FileRecord>,
}

#[derive(Serialize)]
struct Frames<'a> {
    name: &'a str,
    sha256: &'a str,
    frames: usize,
    groups: usize,
    classes: &'a [String],
    notes: String,
}

#[derive(Serialize)]
struct RatedSet<'a> {
    name: &'a str,
    sha256: &'a str,
    pictures: usize,
    notes: String,
}

/// Writes everything, the manifest last.
///
/// # Errors
/// A folder that cannot be written.
pub fn write(
    opened: &Opened,
    folder: &RunFolder,
    device: &DeviceInfo,
    passed: &Passed,
    scored: &[Scored],
    found: Findings,
) -> Result<()> {
    let claims = claims::judge(opened, &scored[0], &found);
    write_tables(opened, folder, &scored[0], &found)?;
    table(folder, "claims", &claims)?;
    let drawings = drawings::draw(opened, &scored[0], &found)?;
    for drawing in &drawings {
        folder.write(&format!("figures/{}.svg", drawing.name), drawing.figure.svg().as_bytes())?;
        folder.write(&format!("figures/{}.png", drawing.name), &drawing.figure.png()?)?;
    }
    folder.write("report.html", report::html(opened, scored, &found, &claims, drawings).as_bytes())?;
    folder.write("arrays/emonet.npz", &arrays::npz(passed, &scored[0])?)?;
    folder.write("config.toml", opened.config.to_toml().as_bytes())?;
    let manifest = Manifest {
        experiment: NAME,
        plan: &opened.plan,
        version: env!("CARGO_PKG_VERSION"),
        commit: manifest::commit(),
        crates: manifest::crates(),
        state: manifest::State::Complete,
        written: manifest::now(),
        config_toml: opened.config.to_toml(),
        weights: WeightsRecord {
            file: opened.weights_file.clone(),
            sha256: &opened.weights_sha256,
            network: NetworkRecord::new(&opened.checkpoint.architecture),
            preprocessing: &opened.checkpoint.preprocessing,
            origin: &opened.checkpoint.origin,
        },
        frames: Frames {
            name: &opened.frames.name,
            sha256: &opened.frames_sha256,
            frames: opened.frames.frames.len(),
            groups: opened.frames.groups.len(),
            classes: opened.classes(),
            notes: opened.frames.notes.to_string(),
        },
        rated: rated_sets(opened),
        scores: scored[0].name,
        device: study::machine::device(device),
        command: std::env::args().collect(),
        files: folder.written(),
    };
    folder.write(MANIFEST, &sealed::to_json(&manifest)?)?;
    opened.progress.say(&format!("done     {}", opened.out.join("report.html").display()));
    Ok(())
}

fn rated_sets(opened: &Opened) -> Vec<RatedSet<'_>> {
    let sets = opened.rated.iter().zip(&opened.rated_sha256);
    sets.map(|(set, sha256)| RatedSet {
        name: &set.name,
        sha256,
        pictures: set.pictures.len(),
        notes: set.notes.to_string(),
    })
    .collect()
}

fn write_tables(opened: &Opened, folder: &RunFolder, shown: &Scored, found: &Findings) -> Result<()> {
    let frame = |frame: &stimuli::frames::Frame| FrameRow {
        picture: frame.id.clone(),
        group: opened.frames.groups[frame.group].clone(),
        class: opened.classes()[frame.class].clone(),
        split: frame.part.name().into(),
    };
    let frames: Vec<FrameRow> = opened.frames.frames.iter().map(frame).collect();
    let Confusions { matrix, counts, members, examples, .. } = &found.confusions;
    table(folder, "frames", &frames)?;
    table(folder, "predictions", &numbers::predictions(opened, shown))?;
    table(folder, "group_predictions", &numbers::group_predictions(opened, shown))?;
    table(folder, "accuracy", &found.accuracies)?;
    table(folder, "classes", &found.classes)?;
    table(folder, "components", &found.components)?;
    table(folder, "decoding", &found.decoding.rows)?;
    table(folder, "maps", &found.maps.rows)?;
    table(folder, "map_fits", &found.maps.fits)?;
    table(folder, "confusion", matrix)?;
    table(folder, "clusters", counts)?;
    table(folder, "cluster_members", members)?;
    table(folder, "examples", &confusion::example_rows(opened, examples))?;
    let intervened = !opened.config.interventions.gains.is_empty();
    table_if(intervened, folder, "interventions", &found.interventions)?;
    table_if(intervened, folder, "intervention_tests", &found.intervention_tests)?;
    table_if(!found.ratings.is_empty(), folder, "ratings", &found.ratings)?;
    table_if(!found.ratings.is_empty(), folder, "rated_predictions", &found.rated_predictions)
}

/// A table that only some configurations have: a run that replaces another one leaves none of the other's behind.
fn table_if<R: TidyRow>(wanted: bool, folder: &RunFolder, name: &str, rows: &[R]) -> Result<()> {
    if wanted {
        return table(folder, name, rows);
    }
    for ending in ["csv", "parquet"] {
        let path = folder.path().join("tables").join(format!("{name}.{ending}"));
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn table<R: TidyRow>(folder: &RunFolder, name: &str, rows: &[R]) -> Result<()> {
    Ok(folder.write_table(name, &R::to_table(rows))?)
}
