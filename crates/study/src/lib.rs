//! What every experiment shares, in the order in which a run goes through it: configuration → pictures → preparation
//! (responses, selective channels, heads) → plan of chunks → sweep → tables in the run's folder.

pub mod cli;
pub mod comparison;
pub mod config;
pub mod cost;
pub mod experiment;
pub mod manifest;
pub mod pictures;
pub mod plan;
pub mod preparation;
pub mod progress;
pub mod report;
pub mod rows;
pub mod run_folder;
pub mod seeds;
pub mod signals;
pub mod sweep;
pub mod table;

pub use experiment::Experiment;
