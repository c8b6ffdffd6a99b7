//! What every experiment shares, in the order in which a run goes through it: configuration → pictures → preparation
//! (responses, selective channels, heads) → plan of chunks → sweep → tables in the run's folder.

#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod budget;
pub mod chunk_file;
pub mod cli;
pub mod comparison;
pub mod completions;
pub mod config;
pub mod cost;
pub mod coverage;
pub mod driver;
pub mod dry_run;
pub mod experiment;
pub mod fault;
pub mod float16;
pub mod groups;
pub mod lock;
pub mod machine;
pub mod manifest;
pub mod measure;
pub mod output;
pub mod over_layers;
pub mod pass;
pub mod pictures;
pub mod plan;
pub mod planned;
pub mod preparation;
pub mod prepared;
pub mod progress;
pub mod recognition;
pub mod record;
pub mod report;
pub mod response_cache;
pub mod rows;
pub mod run_folder;
pub mod sealed;
pub mod seeds;
pub mod shard;
pub mod shuffled;
pub mod signals;
pub mod sweep;
pub mod tables;
pub mod whole_file;

pub use driver::{Bench, Findings, Study, Work};
pub use experiment::Experiment;
pub use tables::{ChunkTable, Tables};
