//! The layers of convolutional networks on the CPU: convolutions of any window with bias, activation, gain and pooling in
//! one pass, dense layers, and the operations between them. Feature maps are channels last ([`Maps`]).
//!
//! **Method.** The shape of a convolution decides how it is computed:
//! - 3×3 windows of stride 1 by Winograd's F(4×4, 3×3): 6×6 tiles are transformed, multiplied position by position in 36
//!   matrix products, and transformed back; unless a direct sum needs fewer multiply-adds (few channels, maps of 2×2
//!   pixels), where the transforms of a tile count as 400 per channel;
//! - 1×1 windows of stride 1 as one matrix product over the pixels of all pictures;
//! - a group per channel (depthwise) by vectors of channels;
//! - all others as matrix products over rows of padded pixels, without copies of the windows;
//! - other groups one after the other, each by its own method.
//!
//! Vectors are AVX-512, AVX2 with FMA, NEON or plain numbers, chosen when the program runs; threads are those of the
//! current rayon pool.
//!
//! **Accuracy.** Against float64, errors stay below 1e-5 of the largest activation; VGG-16's layers have 1e-7 (conv1_1) to
//! 3e-6 (conv5_3) (`tests/accuracy.rs`). Averages and normalisations sum in float64.
//!
//! **Determinism.** Every sum runs in a fixed order, so a picture's result has the same bits in any batch, at any place
//! in it, and on any number of threads (`tests/determinism.rs`). Machines without fused multiply-add may differ in the
//! last bits from those with it.
//!
//! **NaN and infinities** are never hidden: activations and pools of NaN are NaN, as in PyTorch. They may spread farther
//! than by definition, to the pixels of the same tile or vector.
//!
//! ```
//! use kernels::{Conv, Epilogue, Maps, Pool, Window};
//!
//! let conv = Conv::new(&vec![0.01; 8 * 3 * 9], &[0.5; 8], 8, 3, Window::square(3).padding(1), 1)?;
//! let pictures = Maps::from_nchw(2, 3, 16, 16, &vec![1.0; 2 * 3 * 16 * 16])?;
//! let features = conv.forward(&pictures, Epilogue::RELU, Pool::Max2)?;
//! assert_eq!(features.shape(), [2, 8, 8, 8]);
//! # Ok::<(), kernels::ShapeError>(())
//! ```

// What callers see, then what is shared between layers, then the inner loops.
mod activation;
mod epilogue;
mod error;
mod maps;
mod window;

mod channels;
mod conv;
mod dense;
mod elementwise;
mod lrn;
mod pooling;

mod finish;
mod packed;
mod points;
mod scratch;

mod kernel;

#[cfg(test)]
mod reference;

/// The examples of the README are tested too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use activation::Activation;
pub use channels::{concat, select_channels, spatial_mean};
pub use conv::Conv;
pub use dense::Dense;
pub use elementwise::{add, line, line_into, multiply, scale_channels};
pub use epilogue::{Epilogue, Pool};
pub use error::ShapeError;
pub use lrn::Lrn;
pub use maps::Maps;
pub use pooling::{Border, average_pool, max_pool};
pub use window::{Rounding, Window};
