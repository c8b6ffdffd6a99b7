//! The files of a chunk: one Parquet file per table, each with the plan's id, the chunk's and the number of rows
//! inside, so that a chunk of another plan, a copy under another name or half a file is never taken for this one, and
//! sealed (`tidy/seal.rs`), so that no byte of it changes unnoticed.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::record::FileRecord;
use crate::run_folder::{FolderError, RunFolder};
use crate::tables::{ChunkTable, Tables};
use tidy::{Table, from_parquet, to_parquet};

/// Where chunks lie in the run's folder.
pub const FOLDER: &str = "chunks";
const ENDING: &str = ".parquet";

/// A chunk that is there, whole and of the plan.
pub struct Chunk {
    /// Its tables.
    pub tables: Tables,
    /// The processor that computed it.
    pub device: String,
    /// Its files.
    pub files: Vec<FileRecord>,
}

/// Why a chunk cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It was not computed yet.
    Missing,
    /// It is there, and something is wrong with it.
    Damaged(String),
}

/// The file of a chunk's table; the main table comes first and has the chunk's name.
fn file(id: &str, position: usize, table: &ChunkTable) -> String {
    if position == 0 { format!("{FOLDER}/{id}{ENDING}") } else { format!("{FOLDER}/{id}.{}{ENDING}", table.name) }
}

/// The files of chunks with these tables.
pub fn names(chunks: &[String], tables: &[ChunkTable]) -> BTreeSet<String> {
    let kinds = || tables.iter().enumerate();
    chunks.iter().flat_map(|id| kinds().map(move |(position, table)| file(id, position, table))).collect()
}

/// Writes a chunk, its main table last: where that is, all of the chunk is.
///
/// # Errors
/// The disk is full, the folder is read-only, and the like.
pub fn write(
    folder: &RunFolder,
    id: &str,
    tables: &[ChunkTable],
    computed: &Tables,
    device: &str,
) -> Result<(), FolderError> {
    let failed = |source| FolderError::Table { path: id.into(), source };
    for (position, kind) in tables.iter().enumerate().rev() {
        let table = computed.table(kind.name).map_err(failed)?;
        let rows = table.rows().to_string();
        let notes =
            [("plan", folder.plan()), ("chunk", id), ("table", kind.name), ("rows", rows.as_str()), ("device", device)];
        folder.write(&file(id, position, kind), &to_parquet(table, &notes).map_err(failed)?)?;
    }
    Ok(())
}

/// Reads a chunk.
///
/// # Errors
/// Why it must be computed (again).
pub fn read(folder: &Path, plan: &str, id: &str, tables: &[ChunkTable]) -> Result<Chunk, Fault> {
    let (mut parts, mut files, mut devices) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (position, table) in tables.iter().enumerate() {
        let name = file(id, position, table);
        let bytes = match fs::read(folder.join(&name)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(Fault::Missing),
            Err(error) => return Err(Fault::Damaged(format!("{name} cannot be read: {error}"))),
        };
        let record = FileRecord::new(&name, &bytes, None);
        let (read, device) =
            part(bytes, plan, id, table).map_err(|reason| Fault::Damaged(format!("{name} {reason}")))?;
        files.push(FileRecord { rows: Some(read.rows()), ..record });
        parts.push((table.name, read));
        devices.insert(device);
    }
    let device = devices.into_iter().collect::<Vec<_>>().join("; ");
    Ok(Chunk { tables: Tables::from_parts(parts), device, files })
}

fn part(bytes: Vec<u8>, plan: &str, id: &str, table: &ChunkTable) -> Result<(Table, String), String> {
    let (found, notes) = from_parquet(bytes).map_err(|error| format!("is truncated or damaged ({error})"))?;
    let note = |key: &str| notes.get(key).map_or("", String::as_str);
    if note("plan") != plan {
        return Err(format!("is foreign: it belongs to plan {}", note("plan")));
    }
    if note("chunk") != id || note("table") != table.name {
        return Err(format!("is a duplicate: it holds the table {} of chunk {}", note("table"), note("chunk")));
    }
    if note("rows") != found.rows().to_string() || !table.fits(&found) {
        return Err(format!("does not hold the {} rows that were written", note("rows")));
    }
    Ok((found, note("device").to_string()))
}

/// Files in the folder of chunks that belong to no chunk of the plan, and what they are. Hidden files are leftovers of
/// processes that were killed while they wrote, and count nowhere.
pub fn strangers(folder: &Path, plan: &str, chunks: &[String], tables: &[ChunkTable]) -> Vec<String> {
    let known = names(chunks, tables);
    let entries = fs::read_dir(folder.join(FOLDER)).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let visible = names.filter(|name| !name.starts_with('.')).map(|name| format!("{FOLDER}/{name}"));
    let mut strange: Vec<String> = visible.filter(|name| !known.contains(name)).collect();
    strange.sort();
    strange.into_iter().map(|name| format!("{name} {}", what_it_is(&folder.join(&name), plan))).collect()
}

fn what_it_is(path: &Path, plan: &str) -> String {
    let notes = fs::read(path).ok().and_then(|bytes| from_parquet(bytes).ok()).map(|(_, notes)| notes);
    let Some(notes) = notes else { return "is no chunk".into() };
    let note = |key: &str| notes.get(key).map_or("nothing", String::as_str);
    if note("plan") == plan {
        format!("is a duplicate: it holds chunk {}", note("chunk"))
    } else {
        format!("is foreign: it belongs to plan {}", note("plan"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lock::Hold;
    use crate::rows::{DrawRow, SweepRow};

    const TABLES: [ChunkTable; 2] = [ChunkTable::of::<SweepRow>("sweep"), ChunkTable::of::<DrawRow>("draws")];

    fn fault(place: &Path, plan: &str, id: &str) -> String {
        match read(place, plan, id, &TABLES) {
            Ok(_) => "none".into(),
            Err(Fault::Missing) => "missing".into(),
            Err(Fault::Damaged(reason)) => reason,
        }
    }

    #[test]
    fn a_chunk_is_taken_only_whole_and_of_this_plan() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let run = RunFolder::open(place.path(), "aa", Hold::Alone).expect("new");
        write(&run, "c", &TABLES, &Tables::empty(&TABLES), "cpu").expect("writable");
        let chunk = read(place.path(), "aa", "c", &TABLES).map_err(|_| ()).expect("whole");
        assert_eq!((chunk.device.as_str(), chunk.files.len()), ("cpu", 2));
        assert_eq!(fault(place.path(), "aa", "d"), "missing");
        assert!(fault(place.path(), "bb", "c").contains("foreign"));

        let [main, side] = ["c.parquet", "c.draws.parquet"].map(|name| place.path().join("chunks").join(name));
        let bytes = fs::read(&main).expect("written");
        for name in ["d.parquet", "d.draws.parquet"] {
            fs::copy(&main, place.path().join("chunks").join(name)).expect("writable");
        }
        assert!(fault(place.path(), "aa", "d").contains("duplicate"));
        fs::write(place.path().join("chunks/.part-host-1-2-x"), "half").expect("writable");
        let strangers = strangers(place.path(), "aa", &["c".into()], &TABLES);
        assert_eq!(strangers.len(), 2, "hidden files do not count: {strangers:?}");
        assert_eq!(strangers[1], "chunks/d.parquet is a duplicate: it holds chunk c");
        for damage in [&bytes[..bytes.len() - 9], &bytes[..bytes.len() / 2], &[]] {
            fs::write(&main, damage).expect("writable");
            assert!(fault(place.path(), "aa", "c").contains("truncated or damaged"));
        }
        fs::write(&main, &bytes).expect("writable");
        fs::remove_file(&side).expect("there");
        assert_eq!(fault(place.path(), "aa", "c"), "missing");
    }
}
