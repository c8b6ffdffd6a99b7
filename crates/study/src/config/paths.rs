//! Where the files of a configuration lie, which the numbers do not depend on.

use std::path::PathBuf;

use super::Config;

impl Config {
    /// The same with absolute paths, so that it means the same files wherever it is read.
    ///
    /// # Errors
    /// The current folder is unknown.
    pub fn with_absolute_paths(mut self) -> std::io::Result<Self> {
        for path in self.paths_mut() {
            *path = std::path::absolute(&path)?;
        }
        Ok(self)
    }

    /// The same without any path. What the files hold is known by hashes; moved files are the same files.
    #[must_use]
    pub fn without_paths(mut self) -> Self {
        self.network.weights = None;
        self.paths_mut().into_iter().for_each(|path| *path = PathBuf::new());
        self
    }

    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        let sets = self.sets.iter_mut().filter_map(|set| set.files_mut());
        let of_sets = sets.flat_map(|spec| [&mut spec.images, &mut spec.ratings].into_iter().chain(&mut spec.labels));
        of_sets.chain(&mut self.network.weights).collect()
    }
}
