//! Norms, picture files and labels brought together.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::categories::Thresholds;
use crate::decode;
use crate::emotion::Emotion;
use crate::error::StimuliError;
use crate::folder::File;
use crate::labels::{self, Labelled};
use crate::matching::{Found, Sought, Spelling, match_files};
use crate::norms::{self, Label, Norm, key, natural, sorted};
use crate::notes::{Problems, SetNotes};
use crate::picture::{Picture, PictureSet, PictureSource};
use crate::spec::{Kind, SetSpec, Unlabelled};

/// Loads a picture set: reads its norms and labels, finds its picture files, checks their headers, and sorts the
/// pictures into categories.
///
/// Pictures without a file, with an unreadable file, with several files or without a rating are problems. With
/// `allow_missing` they are left out (of several files whose names agree equally well the first is taken) and listed in
/// the notes. For IAPS, NAPS and OASIS a picture file that the norms do not know is unrated; a `table` may name some
/// files of a folder and leave others unmentioned. Names agree whatever their case and Unicode form; the notes say
/// where they had to be normalised, and where a picture was found in spite of other spaces or underscores.
///
/// # Examples
/// ```
/// use stimuli::{Kind, SetSpec, load};
///
/// let folder = tempfile::tempdir()?;
/// let path = |name: &str| folder.path().join(name);
/// image::RgbImage::new(8, 8).save(path("a.png"))?;
/// std::fs::write(path("ratings.csv"), "path,valence\na.png,7.5\n")?;
/// let spec = SetSpec {
///     name: "mine".into(),
///     kind: Kind::Table,
///     images: path(""),
///     ratings: path("ratings.csv"),
///     sheet: None,
///     encoding: None,
///     columns: Default::default(),
///     labels: None,
///     unlabelled: Default::default(),
///     scale: Some([1.0, 9.0]),
///     thresholds: Default::default(),
///     show_thumbnails: false,
/// };
/// let set = load(&spec, false)?;
/// assert_eq!(set.categories(), [Some(stimuli::Emotion::Pleasant)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A folder, table or cell that cannot be used; without `allow_missing` also any problem; always a set in which no
/// picture is usable.
pub fn load(spec: &SetSpec, allow_missing: bool) -> Result<PictureSet, StimuliError> {
    spec.validate()?;
    let norms = norms::read(spec)?;
    let labels = spec.labels.as_deref().map_or(Ok(BTreeMap::new()), |path| labels::read(path, spec.kind))?;
    let problems = Problems { unknown_labels: unknown_labels(&labels, &norms.norms), ..Problems::default() };
    let mut found = SetNotes { problems, ..SetNotes::default() };
    let located = locate(spec, &norms.norms, &labels, &mut found)?;
    let (readable, turned) = inspect(located, &mut found.problems);
    let rule = Rule::new(spec);
    let mut pictures: Vec<Picture> =
        readable.iter().map(|(norm, path)| rule.picture(norm, path, labels.get(&key(&norm.id)))).collect();
    pictures.sort_by(|a, b| natural(&a.id).cmp(&natural(&b.id)));
    let label = |norm: &Norm| rule.label_and_rule(norm, labels.get(&key(&norm.id)));
    let labelled: Vec<_> = readable.iter().filter_map(|(norm, _)| Some((norm, label(norm)?))).collect();
    let ruled: Vec<_> = labelled.iter().filter(|(norm, _)| norm.valence.is_some()).collect();
    let notes = SetNotes {
        published: spec.kind.published(),
        labelled: labelled.len(),
        ruled: ruled.len(),
        relabelled: ruled.iter().filter(|(_, (label, by_rule))| label != by_rule).count(),
        reading: norms.reading,
        remarks: norms.remarks,
        averaged: norms.averaged,
        turned,
        normalised: found.normalised,
        respelt: found.respelt,
        problems: found.problems,
        ..SetNotes::count(&pictures)
    };
    accept(spec, pictures, notes, allow_missing)
}

/// The set, unless its problems forbid it.
fn accept(
    spec: &SetSpec,
    pictures: Vec<Picture>,
    notes: SetNotes,
    allow_missing: bool,
) -> Result<PictureSet, StimuliError> {
    let set = spec.name.clone();
    if pictures.is_empty() {
        let hint = format!("Is '{}' the folder of the picture files themselves?", spec.images.display());
        return Err(StimuliError::NothingUsable { set, problems: Box::new(notes.problems), hint });
    }
    if !notes.problems.is_empty() && !allow_missing {
        return Err(StimuliError::Incomplete { set, usable: pictures.len(), problems: Box::new(notes.problems) });
    }
    Ok(PictureSet { name: set, pictures, notes })
}

fn unknown_labels(labels: &BTreeMap<String, Labelled>, norms: &[Norm]) -> Vec<String> {
    let known: std::collections::BTreeSet<String> = norms.iter().map(|norm| key(&norm.id)).collect();
    let unknown = labels.iter().filter(|(key, _)| !known.contains(*key));
    sorted(unknown.map(|(_, labelled)| labelled.id.clone()).collect())
}

/// The picture file of every rated or labelled picture; the others go to the problems.
fn locate<'a>(
    spec: &SetSpec,
    norms: &'a [Norm],
    labels: &BTreeMap<String, Labelled>,
    notes: &mut SetNotes,
) -> Result<Vec<(&'a Norm, PathBuf)>, StimuliError> {
    let sought: Vec<Sought> = norms.iter().map(|norm| Sought { id: &norm.id, path: norm.path.as_deref() }).collect();
    let (found, unclaimed) = match_files(&spec.images, &sought)?;
    let mut located = Vec::new();
    for (norm, found) in norms.iter().zip(found) {
        let files = match found {
            Found::Files(files, spelling) => {
                note_spelling(notes, &norm.id, &files, spelling);
                files
            }
            Found::Unclear(words) => {
                notes.problems.unclear.push(format!("{} ({words})", norm.id));
                continue;
            }
            Found::Nothing(hint) => {
                notes.problems.missing.push(hint.map_or(norm.id.clone(), |hint| format!("{} ({hint})", norm.id)));
                continue;
            }
        };
        if files.len() > 1 {
            notes.problems.duplicate.push(format!("{} ({})", norm.id, names(&files)));
        }
        let rated = norm.valence.is_some() || norm.label.is_some() || labels.contains_key(&key(&norm.id));
        match files.into_iter().next() {
            Some(file) if rated => located.push((norm, file.path)),
            _ => notes.problems.unrated.push(format!("{} (no valence in row {})", norm.id, norm.row)),
        }
    }
    if spec.kind != Kind::Table {
        notes.problems.unrated.extend(unclaimed.iter().map(not_in_the_norms));
    }
    let problems = &mut notes.problems;
    let lists = [&mut problems.missing, &mut problems.unclear, &mut problems.duplicate, &mut problems.unrated];
    for names in lists.into_iter().chain([&mut notes.normalised, &mut notes.respelt]) {
        *names = sorted(std::mem::take(names));
    }
    Ok(located)
}

fn note_spelling(notes: &mut SetNotes, id: &str, files: &[File], spelling: Spelling) {
    match spelling {
        Spelling::Same => {}
        Spelling::Normalised => notes.normalised.push(id.to_owned()),
        Spelling::Different => notes.respelt.push(format!("{id} ({})", names(files))),
    }
}

fn not_in_the_norms(file: &File) -> String {
    // A name that is no Unicode, as an old archive leaves it, is shown with this sign and agrees with no table.
    let remedy =
        if file.name.contains(char::REPLACEMENT_CHARACTER) { "; its name is not Unicode, rename it" } else { "" };
    format!("{} (not in the norms{remedy})", file.name)
}

fn names(files: &[File]) -> String {
    files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The pictures whose header is in order, and the names of those that stand upright only after turning.
fn inspect<'a>(located: Vec<(&'a Norm, PathBuf)>, problems: &mut Problems) -> (Vec<(&'a Norm, PathBuf)>, Vec<String>) {
    let headers: Vec<_> = located.par_iter().map(|(_, path)| decode::inspect(path)).collect();
    let (mut readable, mut turned) = (Vec::new(), Vec::new());
    for ((norm, path), header) in located.into_iter().zip(headers) {
        match header {
            Ok(header) => {
                if header.turned {
                    turned.push(norm.id.clone());
                }
                readable.push((norm, path));
            }
            Err(StimuliError::Picture { reason, .. }) => problems.unreadable.push(format!("{} ({reason})", norm.id)),
            Err(error) => problems.unreadable.push(format!("{} ({error})", norm.id)),
        }
    }
    problems.unreadable = sorted(std::mem::take(&mut problems.unreadable));
    (readable, sorted(turned))
}

/// How a set makes categories: its thresholds on its own scale, and what it does without a label.
struct Rule {
    /// `None` where the set has no scale, hence no valences.
    thresholds: Option<Thresholds>,
    unlabelled: Unlabelled,
    has_labels: bool,
}

impl Rule {
    fn new(spec: &SetSpec) -> Self {
        Self {
            thresholds: spec.valence_scale().map(|scale| spec.thresholds.on(scale)),
            unlabelled: spec.unlabelled,
            has_labels: spec.labels.is_some() || spec.kind == Kind::Table || spec.columns.category.is_some(),
        }
    }

    fn by_valence(&self, norm: &Norm) -> Option<Emotion> {
        self.thresholds.zip(norm.valence).and_then(|(thresholds, valence)| thresholds.category(valence))
    }

    /// What the user says, and what the rule says; `None` where the user says nothing. A label file goes before a
    /// label column.
    fn label_and_rule(&self, norm: &Norm, labelled: Option<&Labelled>) -> Option<(Option<Emotion>, Option<Emotion>)> {
        let label = labelled.map(|labelled| labelled.label).or(norm.label)?;
        let category = match label {
            Label::Category(emotion) => Some(emotion),
            Label::LeftOut => None,
        };
        Some((category, self.by_valence(norm)))
    }

    fn picture(&self, norm: &Norm, path: &Path, labelled: Option<&Labelled>) -> Picture {
        let category = match self.label_and_rule(norm, labelled) {
            Some((label, _)) => label,
            None if self.has_labels && self.unlabelled == Unlabelled::LeftOut => None,
            None => self.by_valence(norm),
        };
        Picture {
            id: norm.id.clone(),
            source: PictureSource::File(path.to_owned()),
            valence: norm.valence,
            arousal: norm.arousal,
            object: norm.object.clone(),
            object_category: norm.object_category.clone(),
            category,
        }
    }
}
