//! The sweep over gains: the parts of an attention experiment, each on the disk before the next one begins.

use anyhow::{Context, Result};

use super::Experiment;
use crate::config::Mode;
use crate::plan::Chunk;
use crate::preparation::{EMOTIONS, Prepared};
use crate::run_folder::RunFolder;
use crate::signals::StopFlag;
use crate::sweep::{GainTables, Task, compute_gains};

impl Experiment {
    /// All tables of a sweep over gains, in the order of the plan; nothing where a signal stopped it.
    ///
    /// # Errors
    /// The device failed, a picture cannot be decoded, or the folder cannot be written.
    pub fn sweep_gains(&self, folder: &RunFolder, prepared: &[Prepared]) -> Result<Option<GainTables>> {
        let stop = StopFlag::listen().context("cannot listen to signals")?;
        let tasks = self.gain_tasks(prepared.len())?;
        let stage = self.progress.stage("sweep over gains", tasks.len());
        let mut tables = GainTables::default();
        for task in &tasks {
            if stop.is_raised() {
                self.progress.say("stopped between two chunks; --resume continues");
                return Ok(None);
            }
            tables.append(self.gain_task(task, folder, prepared)?);
            stage.advance(1);
        }
        stage.finish();
        Ok(Some(tables))
    }

    fn gain_tasks(&self, networks: usize) -> Result<Vec<Task>> {
        let attention = self.config.attention.clone().unwrap_or_default();
        let tuned: Vec<Mode> = attention.modes.iter().copied().filter(|&mode| mode != Mode::Uniform).collect();
        let mut tasks = Vec::new();
        for chunk in self.chunks(networks)? {
            if attention.modes.contains(&Mode::Uniform) {
                tasks.push(Task::Groups(chunk.clone()));
            }
            if chunk.draws.start == 0 {
                tasks.extend(tuned.iter().map(|&mode| Task::Tuned(Chunk { draws: 0..0, ..chunk.clone() }, mode)));
            }
        }
        if attention.all_layers {
            let layer = self.layer_names().len();
            for (network, emotion) in (0..networks).flat_map(|network| (0..EMOTIONS).map(move |e| (network, e))) {
                let chunk = Chunk { network, layer, emotion, draws: 0..0 };
                tasks.extend(tuned.iter().map(|&mode| Task::Tuned(chunk.clone(), mode)));
            }
        }
        Ok(tasks)
    }

    fn gain_task(&self, task: &Task, folder: &RunFolder, prepared: &[Prepared]) -> Result<GainTables> {
        let id = task.id();
        if let Some(tables) = read(folder, &id) {
            return Ok(tables);
        }
        let network = &prepared[task.chunk().network];
        let tables = compute_gains(task, network, &self.sets, &self.gains, &self.config, self.batch)
            .with_context(|| format!("chunk {id}"))?;
        folder.write_chunk(&format!("{id}-validation"), &tables.validation)?;
        folder.write_chunk(&format!("{id}-draws"), &tables.draws)?;
        folder.write_chunk(&format!("{id}-best"), &tables.best)?;
        folder.write_chunk(&id, &tables.sweep)?;
        Ok(tables)
    }
}

/// A part is there when all its tables are.
fn read(folder: &RunFolder, id: &str) -> Option<GainTables> {
    Some(GainTables {
        sweep: folder.read_chunk(id)?,
        validation: folder.read_chunk(&format!("{id}-validation"))?,
        draws: folder.read_chunk(&format!("{id}-draws"))?,
        best: folder.read_chunk(&format!("{id}-best"))?,
    })
}
