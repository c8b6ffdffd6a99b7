//! May a run compute in float16? Measured on its own network and pictures, before anything is computed in it.

use anyhow::{Result, ensure};
use ndarray::Array2;
use serde::{Deserialize, Serialize};
use vgg_core::device::{Device, Precision};
use vgg_core::{Intervention, Network};

use crate::experiment::Experiment;
use crate::pass;
use crate::pictures::StudySet;
use crate::preparation::{StudyError, stacked};
use crate::prepared::PreparedFiles;
use crate::run_folder::RunFolder;

/// The file in the run's folder.
const FILE: &str = "float16.json";
/// The largest error of a feature, relative to the largest feature, with which counts are trusted. A head's margin is
/// linear in the features; were margins spread evenly over their range, an error of this share on either side of 0 would
/// move 1 picture in 256, about one test picture of the papers' sets.
pub const LARGEST_ERROR: f64 = 1.0 / 512.0;

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Float16Error {
    /// Largest difference of a feature between float16 and float32, relative to the largest feature.
    pub largest: f64,
    /// Root mean square of the differences, relative to that of the features.
    pub typical: f64,
    /// Pictures that were compared: the first batch of every set.
    pub pictures: usize,
}

/// Compares the trained network in float16 with float32 on the first pictures of every set, and writes what was found.
///
/// # Errors
/// The error is too large for counts to be trusted, or the device failed.
pub fn check(experiment: &Experiment, device: &Device, folder: &RunFolder) -> Result<()> {
    let features = |precision| -> Result<Array2<f32>> {
        let device = device.clone().with_precision(precision)?;
        first_features(experiment, &experiment.network(0, &device)?)
    };
    let exact = features(Precision::F32)?;
    let error = measured(&features(Precision::F16)?, &exact);
    experiment.progress.say(&format!("float16  off by at most {:.1e} of the largest feature", error.largest));
    ensure!(
        error.largest <= LARGEST_ERROR,
        "--precision f16: on this network and device features are off by up to {:.1e} of the largest one, and above {:.1e} \
         counts cannot be trusted; leave the option out",
        error.largest,
        LARGEST_ERROR
    );
    Ok(folder.write(FILE, &serde_json::to_vec_pretty(&error)?)?)
}

/// What was measured when a run was prepared; nothing where it computes in float32.
///
/// # Errors
/// The record is missing or damaged.
pub(crate) fn recorded(precision: Precision, files: &PreparedFiles) -> Result<Option<Float16Error>> {
    match precision {
        Precision::F32 => Ok(None),
        Precision::F16 => Ok(Some(serde_json::from_slice(&files.bytes(FILE)?)?)),
    }
}

fn first_features(experiment: &Experiment, network: &Network) -> Result<Array2<f32>> {
    let mut features = Vec::new();
    for set in &experiment.sets.sets {
        features.push(first_of(set, network, experiment.batch)?);
    }
    Ok(stacked(&features))
}

fn first_of(set: &StudySet, network: &Network, batch: usize) -> Result<Array2<f32>, StudyError> {
    let (mut features, first) = (Vec::new(), set.every_picture().into_iter().take(batch).collect::<Vec<_>>());
    pass::for_each_batch(set, &first, network, batch, |_, inputs| {
        features.push(network.features(inputs, &Intervention::none())?);
        Ok(())
    })?;
    Ok(stacked(&features))
}

fn measured(found: &Array2<f32>, exact: &Array2<f32>) -> Float16Error {
    let largest = |values: &Array2<f32>| values.iter().fold(0.0f64, |most, value| most.max(f64::from(value.abs())));
    let square = |values: &Array2<f32>| values.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    let difference = found - exact;
    // A feature beyond the range of float16 is infinite, and what follows from it is no number.
    if !difference.iter().all(|value| value.is_finite()) {
        return Float16Error { largest: f64::INFINITY, typical: f64::INFINITY, pictures: exact.nrows() };
    }
    let relative = |error: f64, size: f64| if error == 0.0 { 0.0 } else { error / size };
    Float16Error {
        largest: relative(largest(&difference), largest(exact)),
        typical: relative(square(&difference).sqrt(), square(exact).sqrt()),
        pictures: exact.nrows(),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn errors_are_relative_to_the_features() {
        let error = measured(&array![[1.0, 2.0], [0.0, 4.5]], &array![[1.0, 2.0], [0.0, 4.0]]);
        assert_eq!((error.largest, error.pictures), (0.125, 2));
        assert!((error.typical - 0.5 / 21f64.sqrt()).abs() < 1e-12, "{error:?}");
        assert_eq!(measured(&array![[0.0]], &array![[0.0]]).largest, 0.0);
    }

    #[test]
    fn what_left_the_range_of_float16_is_never_good_enough() {
        for value in [f32::INFINITY, f32::NAN] {
            assert!(measured(&array![[1.0, value]], &array![[1.0, 2.0]]).largest > LARGEST_ERROR);
        }
    }
}
