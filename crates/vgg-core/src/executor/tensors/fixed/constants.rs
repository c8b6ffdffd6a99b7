//! What all operations share.

use std::sync::{Mutex, PoisonError};

use burn::tensor::Tensor;

use crate::executor::tensors::Placement;

/// Small tensors on the device.
pub(super) struct Constants {
    pub(super) placement: Placement,
    /// What stands where no factor is wanted; never read.
    no_factors: Tensor<1>,
    /// Biases where none is wanted, for the broadest layer.
    pub(super) zeros: Tensor<1>,
    /// One number, which kernels set to 1 where a value leaves the range of its type.
    left_range: Mutex<Tensor<1>>,
}

impl Constants {
    pub(super) fn new(placement: Placement, broadest: usize) -> Self {
        let no_factors = placement.floats(&[1.0]);
        let zeros = placement.floats(&vec![0.0; broadest]);
        let left_range = Mutex::new(placement.floats(&[0.0]));
        Self { placement, no_factors, zeros, left_range }
    }

    pub(super) fn factors(&self, factors: Option<&[f32]>) -> Tensor<1> {
        factors.map_or_else(|| self.no_factors.clone(), |own| self.placement.floats(own))
    }

    /// The number that kernels set. Clones of a tensor share its memory.
    pub(super) fn left_range(&self) -> Tensor<1> {
        self.left_range.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same, and another one from now on.
    pub(super) fn take_left_range(&self) -> Tensor<1> {
        let new = self.placement.floats(&[0.0]);
        std::mem::replace(&mut *self.left_range.lock().unwrap_or_else(PoisonError::into_inner), new)
    }
}
