//! Convolutional networks whose channels can be lesioned or given gain, on the CPU and on any GPU.
//!
//! This is the only crate where tensors live: everyone else sees plain arrays, pictures × channels. Read
//! [`architecture`] for what the network is, [`Intervention`] for what is done to it, [`Network`] for the passes and
//! [`gain_line`] for the exact evaluation of a whole sweep of gains.

pub mod architecture;
pub mod checkpoint;
pub mod device;
mod executor;
pub mod gain_line;
pub mod head;
pub mod intervention;
pub mod network;
pub mod preprocess;
pub mod pretrain;
pub mod random;
mod route;
pub mod weights;

pub use architecture::{Architecture, ArchitectureError, LineCost, NamedSite};
pub use checkpoint::{Checkpoint, Mismatch, Origin};
pub use executor::ComputeError;
pub use graph::{Site, SiteError};
pub use intervention::{GainRelu, Intervention, InterventionError};
pub use network::{Network, PassError, Tapped, Trip};
pub use preprocess::{ChannelOrder, Colour, EMONET_SIDE, Filter, MeanPicture, Preprocessing, Resize};
