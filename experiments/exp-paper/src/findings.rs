//! What follows from the four parts: claims, explorer, report and the manifest of the whole.

use std::path::Path;

use anyhow::{Context, Result};
use figures::Report;
use serde::Serialize;
use stats::bootstrap::Bootstrap;
use stimuli::Kind;
use study::config::SetConfig;
use study::manifest::{self, MANIFEST};
use study::record::FileRecord;
use study::report::{self as shared, Drawing};
use study::rows::{ClaimRow, PowerRow, SweepRow};
use study::whole_file::{self, Whose};
use study::{Experiment, sealed, seeds};
use tidy::{TidyRow, to_csv, to_parquet};

use crate::calibration::Measured;
use crate::claims::{Evidence, Set, judge};
use crate::parts::{Part, PartTables};
use crate::report::{Contents, report};
use crate::{NAME, calibration, explorer, power};

/// The record of the whole; each part has its own.
#[derive(Serialize)]
struct Manifest<'a> {
    experiment: &'a str,
    version: &'static str,
    commit: &'static str,
    written: String,
    config_toml: String,
    command: Vec<String>,
    /// The manifests of the parts and every file beside them.
    files: Vec<FileRecord>,
}

/// Writes tables, figures, report and manifest. No network runs here. Of early parts, some of whose layers have nothing yet, the
/// best and the worst layer are not known. The report is returned, for those who want it in another form too.
///
/// # Errors
/// A table of a part that cannot be read, or a folder that cannot be written.
pub fn write(
    experiment: &Experiment,
    out: &Path,
    figures: Vec<(Part, Vec<Drawing>)>,
    early: &[Part],
) -> Result<Report> {
    let parts: Vec<Part> = figures.iter().map(|(part, _)| *part).collect();
    let tables = PartTables::read(out, &parts)?;
    let claims = judge(&evidence(experiment, &tables, early))?;
    let explorer = explorer::explorer(experiment, &tables)?;
    let heads = shared::intact_heads(experiment, &tables.lesions);
    let mut files = Files { out, records: vec![] };
    for part in &parts {
        files.record(&format!("{}/{MANIFEST}", part.name()))?;
    }
    let table = ClaimRow::to_table(&claims);
    files.write("tables/claims.csv", &to_csv(&table)?)?;
    files.write("tables/claims.parquet", &to_parquet(&table, &[("plan", &experiment.plan)])?)?;
    for (part, drawings) in &figures {
        for drawing in drawings {
            let name = format!("figures/{}-{}", part.name(), drawing.name);
            files.write(&format!("{name}.svg"), drawing.figure.svg().as_bytes())?;
            files.write(&format!("{name}.png"), &drawing.figure.png()?)?;
        }
    }
    files.write("config.toml", experiment.config.to_toml().as_bytes())?;
    let figures = figures.into_iter().map(|(part, drawings)| (part, shared::figures(drawings))).collect();
    let calibration = Measured::read(experiment)?;
    let power = calibration::read::<PowerRow>(experiment, power::TABLE)?;
    for place in calibration.places().chain(power.is_some().then_some(power::TABLE)) {
        for ending in ["csv", "parquet"] {
            files.record(&format!("{place}.{ending}"))?;
        }
    }
    let power = power.map(|rows| power::drawing(&rows)).transpose()?.flatten();
    if let Some(drawing) = &power {
        files.write(&format!("{}.svg", power::FIGURE), drawing.figure.svg().as_bytes())?;
        files.write(&format!("{}.png", power::FIGURE), &drawing.figure.png()?)?;
    }
    let power = shared::figures(power.into_iter().collect());
    let contents = Contents {
        experiment,
        claims: &claims,
        calibration: &calibration,
        power,
        explorer,
        figures,
        anova: &tables.anova,
        heads,
    };
    let report = report(contents);
    files.write("report.html", report.html().as_bytes())?;
    files.seal(experiment)?;
    experiment.progress.say(&format!("done     {}", out.join("report.html").display()));
    Ok(report)
}

/// What the claims are judged by.
fn evidence<'a>(experiment: &Experiment, tables: &'a PartTables, early: &[Part]) -> Evidence<'a> {
    let unless_early = |part: Part, rows: &'a [SweepRow]| if early.contains(&part) { &[] } else { rows };
    Evidence {
        selectivity: &tables.selectivity,
        generalization: &tables.generalization,
        lesion: &tables.lesion,
        lesions: unless_early(Part::Lesion, &tables.lesions),
        attention: &tables.attention,
        gains: unless_early(Part::Attention, &tables.gains.sweep),
        ..without_tables(experiment)
    }
}

/// What judgements need to know of the experiment itself.
pub fn without_tables(experiment: &Experiment) -> Evidence<'static> {
    Evidence {
        layers: experiment.layer_names(),
        sets: sets(experiment),
        architecture: experiment.trained().architecture.name().to_string(),
        selection: experiment.config.selection.pictures,
        selectivity: &[],
        generalization: &[],
        lesion: &[],
        lesions: &[],
        attention: &[],
        gains: &[],
        bootstrap: Bootstrap {
            resamples: experiment.config.sweep.bootstrap,
            seed: seeds::derive(experiment.config.seed, "claims", &[]),
        },
    }
}

/// The sets in their order, with the kind of the entry of the configuration that each came from. Halves of a set are
/// not that set: published values about the whole cannot be tested on them.
fn sets(experiment: &Experiment) -> Vec<Set> {
    let kind = |config: &SetConfig| -> Vec<Option<Kind>> {
        match config {
            SetConfig::Synthetic(_) => vec![None],
            SetConfig::Files(spec) => vec![Some(spec.kind)],
            SetConfig::Halves(_) => vec![None, None],
        }
    };
    let kinds = experiment.config.sets.iter().flat_map(kind);
    experiment.sets.sets.iter().zip(kinds).map(|(set, kind)| Set { name: set.name.clone(), kind }).collect()
}

/// The files of the whole, each written at once or not at all.
struct Files<'a> {
    out: &'a Path,
    records: Vec<FileRecord>,
}

impl Files<'_> {
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.out.join(name);
        let folder = path.parent().unwrap_or(self.out);
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        whole_file::remove_leftovers(folder, Whose::Gone).with_context(|| folder.display().to_string())?;
        whole_file::write(&path, bytes).with_context(|| path.display().to_string())?;
        self.records.push(FileRecord::new(name, bytes, None));
        Ok(())
    }

    fn record(&mut self, name: &str) -> Result<()> {
        let path = self.out.join(name);
        let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
        self.records.push(FileRecord::new(name, &bytes, None));
        Ok(())
    }

    /// The manifest comes last: where it is, everything is.
    fn seal(mut self, experiment: &Experiment) -> Result<()> {
        manifest::remove_outdated(self.out, &self.records)?;
        let manifest = Manifest {
            experiment: NAME,
            version: env!("CARGO_PKG_VERSION"),
            commit: manifest::commit(),
            written: manifest::now(),
            config_toml: experiment.config.to_toml(),
            command: std::env::args().collect(),
            files: std::mem::take(&mut self.records),
        };
        self.write(MANIFEST, &sealed::to_json(&manifest)?)
    }
}
