//! The layers of a VGG network on the CPU: 3×3 convolutions with bias, gain, ReLU and pooling in one pass, dense layers,
//! and the few operations between them. Feature maps are channels last ([`Maps`]).
//!
//! **Method.** Convolutions use Winograd's F(4×4, 3×3): 6×6 tiles are transformed, multiplied position by position in
//! 36 matrix products, and transformed back. Layers with few channels or very small maps (the first layer of VGG, maps of
//! 2×2 pixels) are computed directly. The choice depends on the shape of the layer alone: the method with the smaller
//! count of multiply-adds, where the transforms of a tile count as 400 per channel. Vectors are AVX-512, AVX2 with FMA,
//! NEON or plain numbers, chosen when the program runs; threads are those of the current rayon pool.
//!
//! **Accuracy.** Against float64, the largest error of VGG-16's layers is 1e-7 (conv1_1) to 3e-6 (conv5_3) of the largest
//! activation (`tests/accuracy.rs`).
//!
//! **Determinism.** Every sum runs in a fixed order, so a picture's result has the same bits in any batch, at any place
//! in it, and on any number of threads (`tests/determinism.rs`). Machines without fused multiply-add may differ in the
//! last bits from those with it.
//!
//! ```
//! use kernels::{Conv3x3, Epilogue, Maps};
//!
//! let conv = Conv3x3::new(&vec![0.01; 8 * 3 * 9], &[0.5; 8], 8, 3)?;
//! let pictures = Maps::from_nchw(2, 3, 16, 16, &vec![1.0; 2 * 3 * 16 * 16])?;
//! let features = conv.forward(&pictures, Epilogue::ReluPool)?;
//! assert_eq!(features.shape(), [2, 8, 8, 8]);
//! # Ok::<(), kernels::ShapeError>(())
//! ```

// What callers see, then how convolutions are computed, then the inner loops.
mod epilogue;
mod error;
mod maps;
mod ops;

mod conv;
mod dense;

mod finish;
mod plan;
mod rows;
mod tiles;

mod padding;
mod points;
mod scratch;
mod weights;

mod kernel;

#[cfg(test)]
mod reference;

pub use conv::Conv3x3;
pub use dense::Dense;
pub use epilogue::{Activation, Epilogue, Pool};
pub use error::ShapeError;
pub use maps::Maps;
pub use ops::{line, line_into, max_pool2, relu, scale_channels, select_channels, spatial_mean};
