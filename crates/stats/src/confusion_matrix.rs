//! How often each class was taken for each.

use ndarray::{Array2, ArrayView2};

use crate::StatsError;
use crate::error::check_length;

/// Counts `[true class × predicted class]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    /// Square.
    counts: Array2<u64>,
}

impl ConfusionMatrix {
    /// Counts samples with these true and predicted classes, `0..classes`.
    ///
    /// # Examples
    /// ```
    /// use stats::confusion_matrix::ConfusionMatrix;
    ///
    /// let matrix = ConfusionMatrix::new(&[0, 0, 1], &[0, 1, 1], 2)?;
    /// assert_eq!(matrix.shares()[[0, 1]], 0.5);
    /// # Ok::<(), stats::StatsError>(())
    /// ```
    ///
    /// # Errors
    /// As many predictions as truths are needed, all below `classes`.
    pub fn new(truth: &[usize], predicted: &[usize], classes: usize) -> Result<Self, StatsError> {
        check_classes(truth, classes)?;
        check_classes(predicted, classes)?;
        check_length("predicted classes", truth.len(), predicted.len())?;
        let mut counts = Array2::zeros((classes, classes));
        truth.iter().zip(predicted).for_each(|(&truth, &predicted)| counts[[truth, predicted]] += 1);
        Ok(Self { counts })
    }

    /// From counts `[true class × predicted class]`.
    ///
    /// # Errors
    /// There must be as many columns as rows.
    pub fn from_counts(counts: Array2<u64>) -> Result<Self, StatsError> {
        check_length("columns of the confusion matrix", counts.nrows(), counts.ncols())?;
        Ok(Self { counts })
    }

    /// Counts `[true class × predicted class]`.
    pub fn counts(&self) -> ArrayView2<'_, u64> {
        self.counts.view()
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.counts.nrows()
    }

    /// Share of the samples of each true class that was predicted as each; rows sum to 1. A class without samples was
    /// confused with none: its row is 0.
    pub fn shares(&self) -> Array2<f64> {
        let sizes: Vec<u64> = self.counts.rows().into_iter().map(|row| row.sum()).collect();
        Array2::from_shape_fn(self.counts.dim(), |(truth, predicted)| match sizes[truth] {
            0 => 0.0,
            size => self.counts[[truth, predicted]] as f64 / size as f64,
        })
    }

    /// The counts where classes are merged: class c becomes `cluster[c]`, of `clusters`.
    ///
    /// # Errors
    /// A cluster per class is needed, below `clusters`.
    pub fn merged(&self, cluster: &[usize], clusters: usize) -> Result<Self, StatsError> {
        check_length("clusters of classes", self.classes(), cluster.len())?;
        check_classes(cluster, clusters)?;
        let mut counts = Array2::zeros((clusters, clusters));
        for ((truth, predicted), count) in self.counts.indexed_iter() {
            counts[[cluster[truth], cluster[predicted]]] += count;
        }
        Ok(Self { counts })
    }
}

/// Refuses a class that there is not.
pub(crate) fn check_classes(labels: &[usize], categories: usize) -> Result<(), StatsError> {
    match labels.iter().position(|&label| label >= categories) {
        Some(picture) => Err(StatsError::UnknownCategory { picture, label: labels[picture], categories }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn counts_shares_and_merged_classes() {
        let matrix = ConfusionMatrix::new(&[0, 0, 0, 2, 2], &[0, 1, 1, 2, 0], 4).expect("valid");
        assert_eq!(matrix.counts.row(0).to_vec(), [1, 2, 0, 0]);
        assert_eq!(matrix.shares().row(2).to_vec(), [0.5, 0.0, 0.5, 0.0]);
        assert_eq!(matrix.shares().row(1).to_vec(), [0.0; 4], "no samples");
        assert_eq!(matrix.merged(&[0, 0, 1, 1], 2).map(|merged| merged.counts), Ok(array![[3, 0], [1, 1]]));
        assert!(ConfusionMatrix::from_counts(Array2::zeros((2, 3))).is_err());
        assert!(matrix.merged(&[0, 0, 1], 2).is_err() && matrix.merged(&[0, 0, 1, 2], 2).is_err());
    }

    #[test]
    fn unknown_classes_are_refused() {
        assert!(ConfusionMatrix::new(&[0, 2], &[0, 1], 2).is_err());
        assert!(ConfusionMatrix::new(&[0, 1], &[0, 2], 2).is_err());
        assert!(ConfusionMatrix::new(&[0, 1], &[0], 2).is_err());
    }
}
