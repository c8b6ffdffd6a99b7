//! `status`: which chunks are there, and which shards still have work to do.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::Study;
use crate::chunk_file::{self, Fault};
use crate::cli::{Outcome, StatusArguments};
use crate::output::print_line;
use crate::planned::Planned;
use crate::prepared::{PLAN_AGAIN, PREPARED, PreparedFiles};
use crate::sealed::Found;
use crate::shard::array_list;

/// Says how far a run is. Nothing is written, and nothing but the plan, the shared files and the chunks is read.
///
/// # Errors
/// The run is not planned.
pub fn status<P>(study: &Study<P>, arguments: &StatusArguments) -> Result<Outcome> {
    let (out, of) = (&arguments.out, arguments.shards.get());
    let planned = Planned::read(out, study.name)?;
    let shared = Shared::of(out, &planned.plan)?;
    let ids = planned.ids();
    let read = |id: &String| chunk_file::read(out, &planned.plan, id, study.tables).err();
    let faults: Vec<Option<Fault>> = ids.iter().map(read).collect();
    let open = |(position, fault): (usize, &Option<Fault>)| fault.as_ref().map(|_| position);
    let open: Vec<usize> = faults.iter().enumerate().filter_map(open).collect();
    let owners = planned.owners(of);
    let with_work: BTreeSet<usize> = open.iter().map(|&chunk| owners[chunk]).collect();
    let array = array_list(&with_work.into_iter().collect::<Vec<_>>());
    let missing: Vec<&String> =
        open.iter().filter(|&&chunk| faults[chunk] == Some(Fault::Missing)).map(|&chunk| &ids[chunk]).collect();
    let mut damaged: Vec<String> = faults.iter().filter_map(damage).collect();
    damaged.extend(chunk_file::strangers(out, &planned.plan, &ids, study.tables));
    let complete: Vec<&String> =
        ids.iter().zip(&faults).filter(|(_, fault)| fault.is_none()).map(|(id, _)| id).collect();
    if arguments.json {
        let status = json!({"plan": planned.plan, "prepared": shared.is_whole(), "shared_damaged": shared.damaged,
                            "chunks": ids, "complete": complete,
                            "missing": missing, "damaged": damaged, "shards": of, "array": array});
        print_line(&status.to_string())?;
        return Ok(Outcome::Complete);
    }
    let (all, done) = (ids.len(), complete.len());
    let mut lines = vec![
        format!("plan     {}", planned.plan),
        format!("shared   {}", shared.words()),
        format!("chunks   {done} of {all} complete, {} missing, {} damaged or foreign", missing.len(), damaged.len()),
    ];
    lines.extend(complete.iter().map(|id| format!("complete {id}")));
    lines.extend(missing.iter().map(|id| format!("missing  {id}")));
    lines.extend(damaged.iter().map(|reason| format!("damaged  {reason}")));
    lines.extend(shared.damaged.iter().map(|reason| format!("damaged  {reason}")));
    if !shared.damaged.is_empty() {
        lines.push(format!("next     {PLAN_AGAIN}"));
    }
    lines.push(match array.is_empty() {
        true => format!("next     merge --out {}", out.display()),
        false => format!("--array={array}"),
    });
    print_line(&lines.join("\n"))?;
    Ok(Outcome::Complete)
}

/// The shared files of a run.
struct Shared {
    there: bool,
    damaged: Vec<String>,
}

impl Shared {
    fn of(out: &Path, plan: &str) -> Result<Self> {
        let (there, damaged) = match PreparedFiles::find(out, plan)? {
            Found::Missing => (false, vec![]),
            Found::Damaged(error) => (true, vec![format!("{PREPARED}: {error}")]),
            Found::Whole(files) => (true, files.differences()),
        };
        Ok(Self { there, damaged })
    }

    fn is_whole(&self) -> bool {
        self.there && self.damaged.is_empty()
    }

    fn words(&self) -> String {
        match (self.there, self.damaged.len()) {
            (false, _) => "not prepared yet: plan again to go on".into(),
            (true, 0) => "prepared".into(),
            (true, count) => format!("{count} damaged or missing"),
        }
    }
}

fn damage(fault: &Option<Fault>) -> Option<String> {
    match fault {
        Some(Fault::Damaged(reason)) => Some(reason.clone()),
        _ => None,
    }
}
