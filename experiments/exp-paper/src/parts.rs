//! The four experiments of the study: their folders, and what the report reads from their tables.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use study::Study;
use study::preparation::Preparation;
use study::rows::{AnovaLayerRow, BestRow, DrawRow, SelectiveRow, SweepRow, TestRow, UnitRow};
use study::sweep::GainTables;
use tidy::{TidyRow, from_parquet};

/// One of the experiments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Which channels are selective.
    Selectivity,
    /// Whether they keep their emotion in another set.
    Generalization,
    /// What becomes of recognition when they are silenced.
    Lesion,
    /// What becomes of it when their gain is raised.
    Attention,
}

/// Something to do with the study of a part; each starts from a preparation of its own type.
pub(crate) trait WithStudy {
    /// What comes of it.
    type Output;

    /// Does it.
    fn with<P: Preparation>(&mut self, part: Part, study: &Study<P>) -> Result<Self::Output>;
}

impl Part {
    /// Does something with the study of this part.
    pub(crate) fn with_study<W: WithStudy>(self, work: &mut W) -> Result<W::Output> {
        match self {
            Part::Selectivity => work.with(self, &exp_selectivity::STUDY),
            Part::Generalization => work.with(self, &exp_generalization::STUDY),
            Part::Lesion => work.with(self, &exp_lesion::STUDY),
            Part::Attention => work.with(self, &exp_attention::STUDY),
        }
    }

    /// All of them, in the order of the study.
    pub const ALL: [Part; 4] = [Part::Selectivity, Part::Generalization, Part::Lesion, Part::Attention];

    /// The folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Part::Selectivity => "selectivity",
            Part::Generalization => "generalization",
            Part::Lesion => "lesion",
            Part::Attention => "attention",
        }
    }

    /// The program that computes this part alone.
    pub fn program(self) -> &'static str {
        match self {
            Part::Selectivity => exp_selectivity::STUDY.name,
            Part::Generalization => exp_generalization::STUDY.name,
            Part::Lesion => exp_lesion::STUDY.name,
            Part::Attention => exp_attention::STUDY.name,
        }
    }

    /// The heading in the report.
    pub fn title(self) -> &'static str {
        match self {
            Part::Selectivity => "Selectivity: what channels are tuned to",
            Part::Generalization => "Generalization: the same channels in another picture set",
            Part::Lesion => "Lesion: selective channels silenced",
            Part::Attention => "Attention: the gain of selective channels raised",
        }
    }

    /// Its folder in that of the study.
    pub fn folder(self, out: &Path) -> PathBuf {
        out.join(self.name())
    }
}

/// The tables that claims, explorer and summary are made from.
pub struct PartTables {
    /// `selectivity/tests`.
    pub selectivity: Vec<TestRow>,
    /// `selectivity/units`.
    pub units: Vec<UnitRow>,
    /// `selectivity/anova_layers`.
    pub anova: Vec<AnovaLayerRow>,
    /// `lesion/selective`: the channels that are changed.
    pub selective: Vec<SelectiveRow>,
    /// `generalization/tests`.
    pub generalization: Vec<TestRow>,
    /// `lesion/tests`.
    pub lesion: Vec<TestRow>,
    /// `lesion/sweep`.
    pub lesions: Vec<SweepRow>,
    /// `attention/tests`.
    pub attention: Vec<TestRow>,
    /// `attention/sweep`, `draws` and `best`.
    pub gains: GainTables,
}

impl PartTables {
    /// Reads them from the folder of a study; the tables of a part that is not among these are empty.
    ///
    /// # Errors
    /// A table that is missing or has other columns.
    pub fn read(out: &Path, parts: &[Part]) -> Result<Self> {
        Ok(Self {
            selectivity: rows(out, parts, Part::Selectivity, "tests")?,
            units: rows(out, parts, Part::Selectivity, "units")?,
            anova: rows(out, parts, Part::Selectivity, "anova_layers")?,
            selective: rows(out, parts, Part::Lesion, "selective")?,
            generalization: rows(out, parts, Part::Generalization, "tests")?,
            lesion: rows(out, parts, Part::Lesion, "tests")?,
            lesions: rows(out, parts, Part::Lesion, "sweep")?,
            attention: rows(out, parts, Part::Attention, "tests")?,
            gains: GainTables {
                sweep: rows::<SweepRow>(out, parts, Part::Attention, "sweep")?,
                validation: vec![],
                draws: rows::<DrawRow>(out, parts, Part::Attention, "draws")?,
                best: rows::<BestRow>(out, parts, Part::Attention, "best")?,
            },
        })
    }
}

fn rows<R: TidyRow>(out: &Path, parts: &[Part], part: Part, table: &str) -> Result<Vec<R>> {
    if !parts.contains(&part) {
        return Ok(vec![]);
    }
    let path = part.folder(out).join(format!("tables/{table}.parquet"));
    let read = || -> Result<Vec<R>> { Ok(R::from_table(&from_parquet(std::fs::read(&path)?)?.0)?) };
    read().with_context(|| format!("{}: compute that part again with {} --resume", path.display(), part.program()))
}
