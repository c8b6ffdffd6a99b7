//! Where the files of a configuration lie, which the numbers do not depend on.

use std::path::{Path, PathBuf};

use super::{Config, SetConfig};

impl Config {
    /// The same with absolute paths, so that it means the same files wherever it is read.
    ///
    /// # Errors
    /// The current folder is unknown.
    pub fn with_absolute_paths(mut self) -> std::io::Result<Self> {
        let here = std::env::current_dir()?;
        self.sets.iter_mut().for_each(|set| set.resolve(&here));
        if let Some(weights) = &mut self.network.weights {
            *weights = std::path::absolute(&weights)?;
        }
        Ok(self)
    }

    /// The same without any path. What the files hold is known by hashes; moved files are the same files.
    #[must_use]
    pub fn without_paths(mut self) -> Self {
        self.network.weights = None;
        for set in &mut self.sets {
            if let SetConfig::Files(spec) | SetConfig::Halves(spec) = set {
                let nowhere = || Path::new("").to_path_buf();
                (spec.images, spec.ratings) = (nowhere(), nowhere());
                spec.labels = spec.labels.as_ref().map(|_| PathBuf::new());
            }
        }
        self
    }
}
