#![doc = include_str!("../README.md")]

mod error;
mod seeded;
#[cfg(test)]
mod testing;

mod moments;
pub mod selectivity;
pub mod selectivity_index;
pub mod tuning;

pub mod confusion;
pub mod dprime;
pub mod roc;

pub mod class_auc;
pub mod components;
pub mod groups;
pub mod top_k;

pub mod cluster_count;
pub mod confusion_clusters;
pub mod confusion_matrix;
pub mod ward;

pub mod agreement;
mod centred;
pub mod linear_svm;
pub mod read_out;
pub mod simpls;
pub mod tsne;

pub mod control_groups;
pub mod hypergeometric;
pub mod jaccard;

mod category_sums;
pub mod joint_test;
pub mod labellings;
pub mod panel;
pub mod panel_overlap;

pub mod anova;
pub mod benjamini_hochberg;
pub mod binomial;
pub mod bootstrap;
pub mod empirical;
pub mod mann_whitney;
mod pairings;
pub mod quantile;
mod ranks;
pub mod spearman;
pub mod splits_p;
mod tails;

pub use error::StatsError;
pub use moments::Moments;
