//! A table of frames, lists of groups and picture files brought together.

use std::collections::{BTreeMap, BTreeSet};

use super::classes::Classes;
use super::groups::{refuse_contradictions, spellings};
use super::lists::{self, List, Sides, unused};
use super::notes::{self, FrameNotes, LeftOut};
use super::rows::{Entry, Sheet};
use super::spec::{FrameSpec, OtherLabels};
use super::{Frame, FrameSet, Part, files, parts};
use crate::error::StimuliError;
use crate::norms::{natural, sorted};
use crate::picture::PictureSource;

/// Labels that tables write where a value is missing.
const MISSING: [&str; 6] = [".", "na", "n/a", "nan", "null", "#n/a"];

/// Loads a set of labelled frames: reads its table (see [the module](super) for its columns), leaves out what the
/// configuration says, splits the groups, finds the picture files and checks their headers.
///
/// The order of the rows does not matter: frames stand in natural order of their ids, groups in natural order of their
/// names. Nothing is left out but what `other_labels` and `censored` say, and the notes count that by name.
///
/// # Examples
/// ```
/// use stimuli::frames::{self, FrameSpec, Part};
///
/// let folder = tempfile::tempdir()?;
/// let mut table = String::from("path,label,video\n");
/// for (clip, label) in ["Joy", "Joy", "Fear", "Fear"].iter().enumerate() {
///     for frame in 0..3 {
///         let path = format!("{clip}_{frame}.png");
///         image::RgbImage::new(8, 8).save(folder.path().join(&path))?;
///         table += &format!("{path},{label},{clip}.mp4\n");
///     }
/// }
/// std::fs::write(folder.path().join("frames.csv"), table)?;
/// let spec: FrameSpec = toml::from_str(&format!(
///     "name = 'mine'\nimages = '{0}'\ntable = '{0}/frames.csv'\ntest_share = 0.5\nseed = 1",
///     folder.path().display()
/// ))?;
/// let set = frames::load(&spec)?;
/// assert_eq!(set.classes.names(), ["Fear", "Joy"]);
/// assert_eq!((set.groups.len(), set.frames.len(), set.part(Part::Test).len()), (4, 12, 6));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A table, list or cell that cannot be used; a label that is no class; a group with two labels or on both sides of the
/// split; a frame that stands twice, has no file or cannot be read; a class without a group on either side. Messages name
/// file, row and value, and say what to do.
pub fn load(spec: &FrameSpec) -> Result<FrameSet, StimuliError> {
    spec.validate()?;
    let given = spec.given_classes()?;
    let sheet = Sheet::open(spec)?;
    let mut entries = sheet.entries()?;
    refuse_contradictions(&sheet, &entries)?;
    let mut notes =
        FrameNotes { reading: sheet.table.reading(), remarks: sheet.table.remarks.clone(), ..FrameNotes::default() };
    let known: BTreeSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    if let Some(path) = &spec.censored {
        let list = lists::censored(path)?;
        let elsewhere = list.iter().filter(|(key, _)| !known.contains(*key)).map(|(_, listed)| listed.name.clone());
        notes.remarks.extend(unused("censored groups", &sorted(elsewhere.collect())));
        notes.censored = take_out(&mut entries, |entry| list_has(&list, entry), |entry| entry.group.clone());
    }
    let classes = given.map_or_else(|| derived(spec, &sheet, &entries), Ok)?;
    if spec.other_labels == OtherLabels::LeaveOut {
        let other = |entry: &Entry| classes.position(entry.label).is_none();
        notes.other_labels = take_out(&mut entries, other, |entry| entry.label.to_owned());
    }
    entries.sort_by_cached_key(|entry| {
        let (parts, id) = natural(&entry.id);
        (parts, id.to_owned())
    });
    let class_of = class_of(spec, &sheet, &classes, &entries)?;
    notes.remarks.extend(respelt_labels(&classes, &entries));
    let groups = Groups::of(&entries, &class_of);
    let part_of_entry = split(spec, &sheet, &classes, &entries, &groups, &known, &mut notes)?;
    let paths = files::find(&sheet, &entries, &spec.images, &mut notes)?;
    let frame = |(at, (entry, path)): (usize, (&Entry, std::path::PathBuf))| Frame {
        id: entry.id.clone(),
        source: PictureSource::File(path),
        class: class_of[at],
        group: groups.of_entry[at],
        part: part_of_entry[at],
    };
    let frames: Vec<Frame> = entries.iter().zip(paths).enumerate().map(frame).collect();
    notes.counts = notes::counts(&classes, groups.names.len(), &frames);
    if spec.group.is_some() {
        notes.remarks.push("every frame is a group of its own (group = \"each\")".into());
    }
    let set = FrameSet {
        name: spec.name.clone(),
        classes,
        groups: groups.names,
        frames,
        show_thumbnails: spec.show_thumbnails,
        notes,
    };
    refuse_empty(spec, &set)?;
    Ok(set)
}

fn list_has(list: &List, entry: &Entry) -> bool {
    list.contains_key(&entry.key)
}

/// Takes entries out and counts them by name.
fn take_out<'t>(
    entries: &mut Vec<Entry<'t>>,
    is_out: impl Fn(&Entry<'t>) -> bool,
    name: impl Fn(&Entry<'t>) -> String,
) -> Vec<LeftOut> {
    let (out, kept): (Vec<_>, Vec<_>) = entries.drain(..).partition(|entry| is_out(entry));
    *entries = kept;
    let mut by_name: BTreeMap<String, Vec<&Entry>> = BTreeMap::new();
    out.iter().for_each(|entry| by_name.entry(name(entry)).or_default().push(entry));
    let count = |(name, entries): (String, Vec<&Entry>)| {
        let groups: BTreeSet<&str> = entries.iter().map(|entry| entry.key.as_str()).collect();
        LeftOut { name, groups: groups.len(), frames: entries.len() }
    };
    let mut left_out: Vec<LeftOut> = by_name.into_iter().map(count).collect();
    left_out.sort_by(|a, b| natural(&a.name).cmp(&natural(&b.name)));
    left_out
}

/// The labels of the table as classes.
fn derived(spec: &FrameSpec, sheet: &Sheet, entries: &[Entry]) -> Result<Classes, StimuliError> {
    if let Some(entry) = entries.iter().find(|entry| MISSING.contains(&entry.label.to_lowercase().as_str())) {
        let reason = "may be a missing value or the name of a class; write the label, or name all classes in 'classes'";
        return Err(sheet.table.cell_error(entry.row, sheet.label, reason));
    }
    Classes::of_labels(entries.iter().map(|entry| entry.label))
        .map_err(|reason| spec.error(format!("in {}, {reason}", spec.table.display())))
}

/// The class of every entry.
fn class_of(spec: &FrameSpec, sheet: &Sheet, classes: &Classes, entries: &[Entry]) -> Result<Vec<usize>, StimuliError> {
    let of = |entry: &Entry| {
        classes.position(entry.label).ok_or_else(|| {
            let reason = format!(
                "is none of the {} classes of '{}' ({}); correct it, add it to 'classes', or leave such frames out: \
                 other_labels = \"leave-out\"",
                classes.len(),
                spec.name,
                classes.names().join(", ")
            );
            sheet.table.cell_error(entry.row, sheet.label, reason)
        })
    };
    entries.iter().map(of).collect()
}

/// What is said of labels that are spelt otherwise than their class.
fn respelt_labels(classes: &Classes, entries: &[Entry]) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for entry in entries {
        let name = classes.position(entry.label).and_then(|class| classes.name(class));
        if let Some(name) = name.filter(|name| *name != entry.label) {
            *counts.entry((entry.label, name)).or_default() += 1;
        }
    }
    let describe = |((label, name), frames): ((&str, &str), usize)| {
        format!("the label '{label}' was read as '{name}' ({})", super::words::count(frames, "frame"))
    };
    counts.into_iter().map(describe).collect()
}

/// The groups in natural order of their names.
struct Groups {
    names: Vec<String>,
    /// The class of every group.
    classes: Vec<usize>,
    /// The group of every entry.
    of_entry: Vec<usize>,
}

impl Groups {
    fn of(entries: &[Entry], class_of: &[usize]) -> Self {
        let mut names: Vec<(String, String)> = spellings(entries).into_iter().collect();
        names.sort_by(|(_, a), (_, b)| natural(a).cmp(&natural(b)));
        let position: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(position, (key, _))| (key.as_str(), position)).collect();
        let of_entry: Vec<usize> = entries.iter().map(|entry| position[entry.key.as_str()]).collect();
        let mut classes = vec![0; names.len()];
        of_entry.iter().zip(class_of).for_each(|(&group, &class)| classes[group] = class);
        Self { names: names.into_iter().map(|(_, name)| name).collect(), classes, of_entry }
    }
}

/// The side of every entry: by the column, by the lists, or drawn.
fn split(
    spec: &FrameSpec,
    sheet: &Sheet,
    classes: &Classes,
    entries: &[Entry],
    groups: &Groups,
    known: &BTreeSet<String>,
    notes: &mut FrameNotes,
) -> Result<Vec<Part>, StimuliError> {
    if let Some(files) = &spec.split {
        let sides = Sides::read(files)?;
        notes.remarks.extend(unused("groups of the split", &sorted(sides.unknown(|key| known.contains(key)))));
        return entries.iter().map(|entry| sides.part(files, sheet, entry)).collect();
    }
    let (Some(share), Some(seed)) = (spec.test_share, spec.seed) else {
        return Ok(entries.iter().filter_map(|entry| entry.part).collect());
    };
    let parts = parts::drawn(classes, &groups.classes, share, seed).map_err(|class| {
        let class = &classes.names()[class];
        spec.error(format!(
            "the class '{class}' has one group only; a split needs one to train on and one to test: add another, or leave \
             the class out"
        ))
    })?;
    notes.remarks.push(format!("split at random by group: test_share {share} of each class, seed {seed}"));
    Ok(groups.of_entry.iter().map(|&group| parts[group]).collect())
}

/// Refuses a class without frames, or with none on one side.
fn refuse_empty(spec: &FrameSpec, set: &FrameSet) -> Result<(), StimuliError> {
    for counts in &set.notes.counts {
        let class = &counts.class;
        let reason = match counts.frames {
            [0, 0] => format!(
                "the class '{class}' has no frame; add frames of it, or name the other classes only in 'classes'"
            ),
            [0, _] => format!("the class '{class}' has no frame to train on; put one of its groups on that side"),
            [_, 0] => format!("the class '{class}' has no frame to test; put one of its groups on that side"),
            _ => continue,
        };
        return Err(spec.error(reason));
    }
    Ok(())
}
