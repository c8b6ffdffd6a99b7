#![doc = include_str!("../README.md")]

// What a network is made of, then the network, then what is asked of it.
mod activation;
mod geometry;
mod op;
mod shape;

mod build;
mod error;
mod graph;
mod infer;
mod order;

mod fold;
mod weights;

mod influence;
mod line;
mod plan;
mod site;

mod known;
mod same;

pub mod reference;

pub use activation::Activation;
pub use build::GraphBuilder;
pub use error::GraphError;
pub use fold::BatchNorm;
pub use geometry::MAX_WINDOW;
pub use graph::{Graph, MAX_MULTIPLICATIONS, MAX_NODES, Node, NodeId};
pub use influence::{Form, Influence};
pub use known::{Blueprint, KNOWN, Known, Norm, Source, Tensor, VggTable, alexnet_demo, known};
pub use op::{AveragePool, Conv, Dense, Lrn, MaxPool, Op, Window};
pub use order::order_of_computation;
pub use plan::{Plan, PlanStep};
pub use same::{Correspondence, Difference, compare};
pub use shape::{MAX_VALUES, Shape};
pub use site::{Site, SiteError};
pub use weights::{Parameters, Scalar, Weights, WeightsError};
