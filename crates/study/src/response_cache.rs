//! Responses and features by what they follow from: experiments on the same weights and pictures pass the pictures
//! through the network once.
//!
//! An entry is `<key>.npz` with `<key>.sha256` beside it. Its key is the hash of weights, sites, pictures, preprocessing, colour,
//! device, precision, batch and the program's sources, and it is used only where its bytes have their hash. So it never
//! changes a result, and may be deleted at any time.

use std::io::{self, Cursor};
use std::path::PathBuf;

use ndarray::Array2;
use ndarray_npy::{NpzReader, NpzWriter, WriteNpzError};
use vgg_core::device::DeviceInfo;

use crate::experiment::Experiment;
use crate::machine;
use crate::pictures::StudySet;
use crate::record::sha256;
use crate::whole_file::{self, Whose};

const FEATURES: &str = "features";

/// What a network says of the pictures of one set.
///
/// # Shapes
/// - `responses[layer]`: `[pictures × channels]`
/// - `features`: `[pictures × feature units]`
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Spatial means of the rectified maps.
    pub responses: Vec<Array2<f32>>,
    /// What heads read.
    pub features: Array2<f32>,
}

/// A place for entries.
#[derive(Clone, Debug)]
pub struct ResponseCache(PathBuf);

impl ResponseCache {
    /// The cache in a folder, which is made when the first entry is written.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The key of a network (0 is the trained one) and a set on a device.
    pub fn key(experiment: &Experiment, number: usize, set: &StudySet, device: &DeviceInfo) -> String {
        let network = match number {
            0 => "trained".to_string(),
            _ => format!("untrained, seed {}, number {number}", experiment.config.seed),
        };
        let colour = experiment.config.network.colour;
        let parts = [
            env!("CARGO_PKG_VERSION").to_string(),
            env!("GAINLAB_RESPONSES").to_string(),
            experiment.weights_sha256().to_string(),
            network,
            set.sha256.clone(),
            format!("{:?} {colour:?}", experiment.trained().preprocessing),
            machine::device(device),
            format!("{:?}", experiment.config.precision),
            format!("batches of {}", experiment.batch),
            format!("sites {}", experiment.layer_names().join(", ")),
        ];
        sha256(parts.join("\n").as_bytes())
    }

    /// An entry; nothing where it is not there, or not what was written, or does not fit the set.
    pub fn read(&self, key: &str, layers: &[(String, usize)], pictures: usize) -> Option<Entry> {
        let bytes = std::fs::read(self.0.join(format!("{key}.npz"))).ok()?;
        let note = std::fs::read_to_string(self.0.join(format!("{key}.sha256"))).ok()?;
        if note.split_whitespace().next()? != sha256(&bytes) {
            return None;
        }
        let mut reader = NpzReader::new(Cursor::new(bytes)).ok()?;
        let responses = layers.iter().map(|(name, channels)| {
            let array: Array2<f32> = reader.by_name(name).ok()?;
            (array.dim() == (pictures, *channels)).then_some(array)
        });
        let responses: Vec<Array2<f32>> = responses.collect::<Option<_>>()?;
        let features: Array2<f32> = reader.by_name(FEATURES).ok()?;
        (features.nrows() == pictures).then_some(Entry { responses, features })
    }

    /// Writes an entry; `sha256sum -c` can check it.
    ///
    /// # Errors
    /// The disk is full, the folder is read-only, and the like.
    pub fn write(&self, key: &str, layers: &[(String, usize)], entry: &Entry) -> io::Result<()> {
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        let failed = |error: WriteNpzError| io::Error::other(error);
        for ((name, _), array) in layers.iter().zip(&entry.responses) {
            writer.add_array(name.as_str(), array).map_err(failed)?;
        }
        writer.add_array(FEATURES, &entry.features).map_err(failed)?;
        let bytes = writer.finish().map_err(failed)?.into_inner();
        std::fs::create_dir_all(&self.0)?;
        whole_file::remove_leftovers(&self.0, Whose::Gone)?;
        let note = format!("{}  {key}.npz\n", sha256(&bytes));
        whole_file::write(&self.0.join(format!("{key}.npz")), &bytes)?;
        whole_file::write(&self.0.join(format!("{key}.sha256")), note.as_bytes())
    }

    /// Where it is.
    pub fn folder(&self) -> &std::path::Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_comes_back_whole_or_not_at_all() {
        let place = tempfile::tempdir().expect("a temporary folder");
        let cache = ResponseCache::new(place.path().join("new"));
        let layers = [("a".to_string(), 2), ("b".to_string(), 3)];
        let entry = Entry {
            responses: vec![Array2::from_elem((4, 2), 0.1), Array2::from_elem((4, 3), f32::MIN_POSITIVE)],
            features: Array2::from_elem((4, 5), -0.0),
        };
        assert_eq!(cache.read("k", &layers, 4), None);
        cache.write("k", &layers, &entry).expect("writable");
        assert_eq!(cache.read("k", &layers, 4), Some(entry));
        assert_eq!(cache.read("k", &layers, 5), None, "another number of pictures");
        assert_eq!(cache.read("k", &layers[..1], 4).map(|entry| entry.responses.len()), Some(1));
        let file = place.path().join("new/k.npz");
        let mut bytes = std::fs::read(&file).expect("written");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&file, &bytes).expect("writable");
        assert_eq!(cache.read("k", &layers, 4), None, "one bit differs");
        std::fs::write(&file, &bytes[..middle]).expect("writable");
        assert_eq!(cache.read("k", &layers, 4), None, "truncated");
    }
}
