//! A tensor of a source file: its name, its shape, and its values where the file has them.

use bytes::Bytes;
use ndarray::{Array1, Array2, Array4};
use rayon::prelude::*;

use crate::error::Flaw;

/// Columns that one task transposes at once: sixteen float32 are a cache line, so each line of the source is read once.
const COLUMNS: usize = 16;

/// A float32 tensor of a source file.
#[derive(Clone, Debug)]
pub(crate) struct SourceTensor {
    /// Its name in the file.
    pub name: String,
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    values: Values,
}

#[derive(Clone, Debug)]
enum Values {
    /// Little-endian float32, usually a window into a memory map.
    Bytes(Bytes),
    /// A tensor of a PyTorch file, read when it is needed.
    Pytorch(Box<pytorch_reader::Tensor>),
}

impl SourceTensor {
    /// A tensor whose values are little-endian float32.
    pub fn from_bytes(name: &str, shape: Vec<usize>, bytes: Bytes) -> Result<Self, Flaw> {
        let expected = shape.iter().try_fold(4_usize, |size, &extent| size.checked_mul(extent));
        if expected != Some(bytes.len()) {
            let reason = format!("shape {shape:?} does not fit {} bytes of float32", bytes.len());
            return Err(Flaw::data(name, reason));
        }
        Ok(Self { name: name.into(), shape, values: Values::Bytes(bytes) })
    }

    /// A tensor of a PyTorch file.
    pub fn from_pytorch(tensor: pytorch_reader::Tensor) -> Result<Self, Flaw> {
        if tensor.dtype() != pytorch_reader::DType::F32 {
            let found = format!("{:?}", tensor.dtype());
            return Err(Flaw::ElementType { tensor: tensor.name, found });
        }
        let (name, shape) = (tensor.name.clone(), tensor.shape().to_vec());
        Ok(Self { name, shape, values: Values::Pytorch(Box::new(tensor)) })
    }

    /// The shape without extents of 1, for biases that an `Add` broadcasts.
    pub fn squeezed(&self) -> Vec<usize> {
        self.shape.iter().copied().filter(|&extent| extent != 1).collect()
    }

    /// The values as `[n]`.
    pub fn into_vector(self) -> Result<Array1<f32>, Flaw> {
        Ok(Array1::from_vec(floats(&self.bytes()?)))
    }

    /// The values as `[a, b, c, d]`.
    pub fn into_kernel(self) -> Result<Array4<f32>, Flaw> {
        let [a, b, c, d] = self.shape[..] else {
            return Err(Flaw::deviation(self.label(), "a tensor of rank 4", format!("{:?}", self.shape)));
        };
        let values = floats(&self.bytes()?);
        Array4::from_shape_vec((a, b, c, d), values).map_err(|error| Flaw::data(&self.name, error.to_string()))
    }

    /// The values as the matrix `[rows, columns]`, whatever the shape was.
    pub fn into_matrix(self, rows: usize, columns: usize) -> Result<Array2<f32>, Flaw> {
        let values = floats(&self.bytes()?);
        Array2::from_shape_vec((rows, columns), values).map_err(|error| Flaw::data(&self.name, error.to_string()))
    }

    /// The transpose `[columns, rows]` of the matrix `[rows, columns]`, made without another copy of the matrix.
    pub fn into_transposed(self, rows: usize, columns: usize) -> Result<Array2<f32>, Flaw> {
        let bytes = self.bytes()?;
        let mut values = vec![0_f32; rows * columns];
        if bytes.len() != 4 * values.len() {
            return Err(Flaw::data(&self.name, format!("{} bytes do not hold {rows}×{columns} float32", bytes.len())));
        }
        values.par_chunks_mut((COLUMNS * rows).max(1)).enumerate().for_each(|(block, target)| {
            let width = target.len() / rows;
            for row in 0..rows {
                let start = 4 * (row * columns + block * COLUMNS);
                let line = bytes[start..start + 4 * width].as_chunks::<4>().0;
                for (column, &value) in line.iter().enumerate() {
                    target[column * rows + row] = f32::from_le_bytes(value);
                }
            }
        });
        Array2::from_shape_vec((columns, rows), values).map_err(|error| Flaw::data(&self.name, error.to_string()))
    }

    /// `tensor "name"`, for messages.
    pub fn label(&self) -> String {
        format!("tensor \"{}\"", self.name)
    }

    fn bytes(&self) -> Result<Bytes, Flaw> {
        match &self.values {
            Values::Bytes(bytes) => Ok(bytes.clone()),
            // The reader gives the machine's own byte order; every machine that this program supports is
            // little-endian, as the file itself is.
            Values::Pytorch(tensor) => {
                tensor.read().map(Bytes::from).map_err(|error| Flaw::data(&self.name, error.to_string()))
            }
        }
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks::<4>().0.iter().map(|&value| f32::from_le_bytes(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: usize, columns: usize) -> SourceTensor {
        let bytes: Vec<u8> = (0..rows * columns).flat_map(|i| (i as f32).to_le_bytes()).collect();
        SourceTensor::from_bytes("m", vec![rows, columns], bytes.into()).expect("the size fits")
    }

    #[test]
    fn the_transpose_is_the_transpose() {
        for (rows, columns) in [(1, 1), (3, 16), (5, 17), (40, 33), (2, 48)] {
            let plain = matrix(rows, columns).into_matrix(rows, columns).expect("the size fits");
            let transposed = matrix(rows, columns).into_transposed(rows, columns).expect("the size fits");
            assert_eq!(transposed, plain.t(), "{rows}×{columns}");
            assert!(transposed.is_standard_layout());
        }
    }

    #[test]
    fn a_shape_that_does_not_fit_is_refused() {
        let error = SourceTensor::from_bytes("w", vec![2, 3], Bytes::from_static(&[0; 20])).expect_err("20 bytes");
        assert_eq!(error.to_string(), "data of tensor \"w\": shape [2, 3] does not fit 20 bytes of float32");
        assert!(SourceTensor::from_bytes("w", vec![usize::MAX, 8], Bytes::new()).is_err(), "no overflow");
    }
}
