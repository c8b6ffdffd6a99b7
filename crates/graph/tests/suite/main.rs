//! What the crate promises, one file per promise.

mod build;
mod influence;
mod networks;
mod operations;
mod same;
mod seeded;
mod weights;
