//! The trip of a set's pictures through a network, batch by batch, in smaller batches where memory runs out.

use ndarray::{ArrayView4, Axis, Slice};
use vgg_core::Network;
use vgg_core::device::Cause;

use crate::pictures::StudySet;
use crate::preparation::StudyError;

/// Calls `work` with every batch `[pictures, 3, side, side]` of these pictures, in order, and their numbers. Where the
/// device runs out of memory, the same pictures are given again in halves, and the network takes no larger batches from
/// then on; what `work` computes of a picture must not depend on the others. `work` must leave nothing behind when it
/// fails.
///
/// # Errors
/// A picture that cannot be decoded, what `work` returns, or memory that is too small for a single picture.
pub fn for_each_batch(
    set: &StudySet,
    pictures: &[usize],
    network: &Network,
    batch: usize,
    mut work: impl FnMut(&[usize], ArrayView4<'_, f32>) -> Result<(), StudyError>,
) -> Result<(), StudyError> {
    set.for_each_batch::<StudyError>(pictures, batch, |of_batch, inputs| {
        let (mut start, count) = (0, inputs.len_of(Axis(0)));
        while start < count {
            let end = count.min(start.saturating_add(network.room()));
            match work(&of_batch[start..end], inputs.slice_axis(Axis(0), Slice::from(start..end))) {
                Err(StudyError::Compute(error)) if error.cause == Cause::OutOfMemory => {
                    network.ran_out_with(end - start).ok_or(error)?;
                }
                Err(error) => return Err(error),
                Ok(()) => start = end,
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use stimuli::synthetic::{SyntheticSpec, scene_set};
    use vgg_core::device::Device;
    use vgg_core::{Architecture, Colour, Intervention, Preprocessing, random};

    use super::*;

    fn set() -> StudySet {
        let spec: SyntheticSpec =
            toml::from_str("name = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1").expect("valid");
        StudySet::new(scene_set(&spec), &Preprocessing::torchvision(16), Colour::AsIs).expect("synthetic")
    }

    /// Features of all pictures, and the sizes of the batches that succeeded.
    fn passed(network: &Network, batch: usize) -> Result<(Vec<f32>, Vec<usize>), StudyError> {
        let (mut features, mut sizes) = (Vec::new(), Vec::new());
        let set = set();
        for_each_batch(&set, &set.every_picture(), network, batch, |_, inputs| {
            features.extend(network.features(inputs, &Intervention::none())?);
            sizes.push(inputs.len_of(Axis(0)));
            Ok(())
        })?;
        Ok((features, sizes))
    }

    fn network() -> Network {
        Network::new(&random::he_initialised(&Architecture::tiny(), 3), &Device::cpu()).expect("fits")
    }

    #[test]
    fn where_memory_runs_out_halves_give_the_same() {
        let (expected, whole) = passed(&network(), 12).expect("runs");
        assert_eq!(whole, [12]);
        for (memory, sizes) in [(6, vec![6, 6]), (5, vec![3; 4]), (1, vec![1; 12])] {
            let (found, batches) = passed(&network().with_memory_for(memory), 12).expect("smaller batches");
            assert_eq!((found, batches), (expected.clone(), sizes), "{memory}");
        }
    }

    #[test]
    fn a_lack_of_memory_is_said_once_for_each_halving() {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let network = network()
            .with_memory_for(5)
            .on_lack_of_memory(move |pictures, room| heard.lock().expect("no panic").push((pictures, room)));
        passed(&network, 12).expect("smaller batches");
        assert_eq!(*said.lock().expect("no panic"), [(12, 6), (6, 3)]);
    }

    #[test]
    fn what_was_learnt_of_the_memory_holds_for_the_next_pass() {
        let network = network().with_memory_for(4);
        passed(&network, 12).expect("smaller batches");
        assert_eq!(network.room(), 3);
        assert_eq!(passed(&network, 12).expect("runs").1, [3; 4]);
    }

    #[test]
    fn a_device_without_room_for_one_picture_is_one_error() {
        let error = passed(&network().with_memory_for(0), 12).expect_err("no room").to_string();
        assert!(error.contains("out of memory with 1 pictures") && error.contains("--memory"), "{error}");
    }

    #[test]
    fn other_failures_are_not_tried_again() {
        let mut calls = 0;
        let failed = for_each_batch(&set(), &[0, 1], &network(), 12, |_, _| {
            calls += 1;
            Err(StudyError::Stopped)
        });
        assert!(matches!(failed, Err(StudyError::Stopped)) && calls == 1);
    }
}
