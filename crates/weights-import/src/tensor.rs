//! A tensor of a source file: its name, its shape, and its values where the file has them.

use bytes::Bytes;
use half::{bf16, f16};
use ndarray::{Array2, Array4};
use rayon::prelude::*;

use crate::error::Flaw;

/// Columns that one task transposes at once: sixteen float32 are a cache line, so each line of the source is read once.
const COLUMNS: usize = 16;

/// The element types that are read. Each value of the shorter ones is a float32 too, so widening them loses nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// float32.
    Float32,
    /// IEEE 754 half precision.
    Float16,
    /// The upper half of a float32.
    Bfloat16,
}

/// A tensor of a source file whose elements are floats of up to 32 bits.
#[derive(Clone, Debug)]
pub(crate) struct SourceTensor {
    /// Its name in the file.
    pub name: String,
    /// Extents, outermost first.
    pub shape: Vec<usize>,
    /// What the file holds; the values that are given out are float32.
    pub element: Element,
    values: Values,
}

/// A tensor as a file without a graph holds it.
#[derive(Debug)]
pub(crate) enum Stored {
    /// Floats of up to 32 bits.
    Floats(SourceTensor),
    /// Anything else, which is an error only where a layer reads it.
    Other {
        /// The element type, by name.
        element: String,
        /// How many elements there are.
        count: usize,
    },
}

#[derive(Clone, Debug)]
enum Values {
    /// Little-endian elements, usually a window into a memory map.
    Bytes(Bytes),
    /// A tensor of a PyTorch file, read when it is needed.
    Pytorch(Box<pytorch_reader::Tensor>),
}

impl Element {
    /// Bytes per element.
    pub fn size(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float16 | Self::Bfloat16 => 2,
        }
    }

    /// Its name, for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float32 => "float32",
            Self::Float16 => "float16",
            Self::Bfloat16 => "bfloat16",
        }
    }

    /// Little-endian elements as little-endian float32.
    fn widen(self, bytes: Bytes) -> Bytes {
        let halves = bytes.as_chunks::<2>().0.iter();
        match self {
            Self::Float32 => bytes,
            Self::Float16 => halves.flat_map(|&half| f16::from_le_bytes(half).to_f32().to_le_bytes()).collect(),
            Self::Bfloat16 => halves.flat_map(|&half| bf16::from_le_bytes(half).to_f32().to_le_bytes()).collect(),
        }
    }
}

impl SourceTensor {
    /// A tensor whose values are little-endian elements of one type.
    pub fn from_bytes(name: &str, shape: Vec<usize>, element: Element, bytes: Bytes) -> Result<Self, Flaw> {
        let expected = shape.iter().try_fold(element.size(), |size, &extent| size.checked_mul(extent));
        if expected != Some(bytes.len()) {
            let reason = format!("shape {shape:?} does not fit {} bytes of {}", bytes.len(), element.name());
            return Err(Flaw::data(name, reason));
        }
        Ok(Self { name: name.into(), shape, element, values: Values::Bytes(bytes) })
    }

    /// A tensor of float32 that was computed.
    pub fn from_floats(name: &str, shape: Vec<usize>, values: &[f32]) -> Result<Self, Flaw> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::from_bytes(name, shape, Element::Float32, bytes.into())
    }

    /// The same values in another shape.
    pub fn with_shape(self, shape: Vec<usize>) -> Result<Self, Flaw> {
        let count = |shape: &[usize]| shape.iter().try_fold(1_usize, |count, &extent| count.checked_mul(extent));
        if count(&shape) != count(&self.shape) {
            let reason = format!("shape {:?} does not become {shape:?}", self.shape);
            return Err(Flaw::data(&self.name, reason));
        }
        Ok(Self { shape, ..self })
    }

    /// The values in their order.
    pub fn into_floats(self) -> Result<Vec<f32>, Flaw> {
        Ok(floats(&self.bytes()?))
    }

    /// The values as `[a, b, c, d]`.
    pub fn into_kernel(self) -> Result<Array4<f32>, Flaw> {
        let [a, b, c, d] = self.shape[..] else {
            return Err(Flaw::deviation(self.label(), "a tensor of rank 4", format!("{:?}", self.shape)));
        };
        let values = floats(&self.bytes()?);
        Array4::from_shape_vec((a, b, c, d), values).map_err(|error| Flaw::data(&self.name, error.to_string()))
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

    /// Whether another tensor holds the same numbers in the same shape.
    pub fn equals(&self, other: &Self) -> Result<bool, Flaw> {
        Ok(self.shape == other.shape && self.bytes()? == other.bytes()?)
    }

    /// The values as little-endian float32.
    fn bytes(&self) -> Result<Bytes, Flaw> {
        let stored = match &self.values {
            Values::Bytes(bytes) => bytes.clone(),
            // The reader gives the machine's own byte order; every machine that this program supports is
            // little-endian, as the file itself is.
            Values::Pytorch(tensor) => {
                tensor.read().map(Bytes::from).map_err(|error| Flaw::data(&self.name, error.to_string()))?
            }
        };
        Ok(self.element.widen(stored))
    }
}

impl Stored {
    /// A tensor of a PyTorch file.
    pub fn from_pytorch(tensor: pytorch_reader::Tensor) -> Self {
        let element = match tensor.dtype() {
            pytorch_reader::DType::F32 => Element::Float32,
            pytorch_reader::DType::F16 => Element::Float16,
            pytorch_reader::DType::BF16 => Element::Bfloat16,
            other => return Self::Other { element: format!("{other:?}"), count: tensor.num_elements() },
        };
        let (name, shape) = (tensor.name.clone(), tensor.shape().to_vec());
        Self::Floats(SourceTensor { name, shape, element, values: Values::Pytorch(Box::new(tensor)) })
    }

    /// How many elements there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Floats(tensor) => tensor.shape.iter().product(),
            Self::Other { count, .. } => *count,
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
        SourceTensor::from_bytes("m", vec![rows, columns], Element::Float32, bytes.into()).expect("the size fits")
    }

    #[test]
    fn the_transpose_is_the_transpose() {
        for (rows, columns) in [(1, 1), (3, 16), (5, 17), (40, 33), (2, 48)] {
            let plain = matrix(rows, columns).into_floats().expect("the size fits");
            let plain = Array2::from_shape_vec((rows, columns), plain).expect("the size fits");
            let transposed = matrix(rows, columns).into_transposed(rows, columns).expect("the size fits");
            assert_eq!(transposed, plain.t(), "{rows}×{columns}");
            assert!(transposed.is_standard_layout());
        }
    }

    #[test]
    fn a_shape_that_does_not_fit_is_refused() {
        let from_bytes = |shape, bytes| SourceTensor::from_bytes("w", shape, Element::Float32, bytes);
        let error = from_bytes(vec![2, 3], Bytes::from_static(&[0; 20])).expect_err("20 bytes");
        assert_eq!(error.to_string(), "data of tensor \"w\": shape [2, 3] does not fit 20 bytes of float32");
        assert!(from_bytes(vec![usize::MAX, 8], Bytes::new()).is_err(), "no overflow");
    }

    #[test]
    fn short_floats_are_widened_without_loss() {
        let check = |element, bytes: &'static [u8], expected: &[f32]| {
            let shape = vec![expected.len()];
            let tensor = SourceTensor::from_bytes("w", shape, element, Bytes::from_static(bytes)).expect("it fits");
            assert_eq!(tensor.into_floats().expect("bytes in memory"), expected);
        };
        // Bits of IEEE 754 binary16: 1, −2, the largest number, the smallest subnormal one (2⁻²⁴).
        let smallest = 1.0 / 16_777_216.0;
        check(Element::Float16, &[0, 0x3C, 0, 0xC0, 0xFF, 0x7B, 1, 0], &[1.0, -2.0, 65_504.0, smallest]);
        // bfloat16 is the upper half of float32: 1, −2, and 0.33203125 (0x3EAA).
        check(Element::Bfloat16, &[0x80, 0x3F, 0, 0xC0, 0xAA, 0x3E], &[1.0, -2.0, 0.332_031_25]);
    }
}
