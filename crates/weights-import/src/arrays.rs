//! Arrays that other programs leave behind: `.npy`, `.npz`, and the `.pb` tensors of the ONNX model zoo.

use std::fs::File;
use std::path::Path;

use ndarray::{Array2, Array4, ArrayD, Axis, Ix4};
use ndarray_npy::NpzReader;

use crate::error::{Flaw, ImportError};
use crate::onnx;

/// Prepared pictures `[pictures, 3, side, side]`, or one picture `[3, side, side]`, as float32.
///
/// # Errors
/// A file of another kind, element type or shape.
pub fn read_pictures(path: &Path) -> Result<Array4<f32>, ImportError> {
    read_array(path).and_then(into_pictures).map_err(|flaw| flaw.of(path))
}

/// Rows of numbers `[pictures, …]`, everything after the first axis flattened; a single axis is one row.
///
/// # Errors
/// A file of another kind or element type.
pub fn read_rows(path: &Path) -> Result<Array2<f32>, ImportError> {
    read_array(path).and_then(into_rows).map_err(|flaw| flaw.of(path))
}

fn read_array(path: &Path) -> Result<ArrayD<f32>, Flaw> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    match ending.as_str() {
        "npy" => ndarray_npy::read_npy(path).map_err(|error| damaged("npy", &error)),
        "npz" => read_npz(path),
        "pb" => {
            let tensor = onnx::read_tensor(path)?;
            let shape = tensor.shape.clone();
            ArrayD::from_shape_vec(shape, tensor.into_floats()?).map_err(|error| damaged("TensorProto", &error))
        }
        _ => Err(Flaw::deviation("kind of file", ".npy, .npz or .pb", format!("\".{ending}\""))),
    }
}

/// The only array of an archive.
fn read_npz(path: &Path) -> Result<ArrayD<f32>, Flaw> {
    let mut archive = NpzReader::new(File::open(path)?).map_err(|error| damaged("npz", &error))?;
    let names = archive.names().map_err(|error| damaged("npz", &error))?;
    let [name] = &names[..] else {
        return Err(Flaw::deviation("arrays in the archive", "one", format!("{}: {}", names.len(), names.join(", "))));
    };
    archive.by_name(name).map_err(|error| damaged("npz", &error))
}

fn into_pictures(array: ArrayD<f32>) -> Result<Array4<f32>, Flaw> {
    let array = if array.ndim() == 3 { array.insert_axis(Axis(0)) } else { array };
    match array.shape() {
        &[pictures, 3, height, width] if pictures > 0 && height == width => {}
        other => return Err(Flaw::deviation("shape", "[pictures, 3, side, side]", format!("{other:?}"))),
    }
    array.into_dimensionality::<Ix4>().map_err(|error| damaged("array", &error))
}

fn into_rows(array: ArrayD<f32>) -> Result<Array2<f32>, Flaw> {
    let rows = if array.ndim() < 2 { 1 } else { array.shape()[0] };
    let columns = array.len() / rows.max(1);
    // Fortran order in the file is a matter of memory only: the axes are meant as they are named.
    let array = array.as_standard_layout().into_owned();
    array.into_shape_with_order((rows, columns)).map_err(|error| damaged("array", &error))
}

fn damaged(format: &'static str, error: &dyn std::error::Error) -> Flaw {
    Flaw::Damaged { format, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn fixture(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
    }

    #[test]
    fn npy_and_pb_hold_the_same() {
        let pictures = read_pictures(&fixture("input_32.npy")).expect("a fixture");
        assert_eq!(pictures.dim(), (1, 3, 32, 32));
        assert_eq!(pictures, read_pictures(&fixture("input_32.pb")).expect("a fixture"));
        let rows = read_rows(&fixture("output_32.npy")).expect("a fixture");
        assert_eq!(rows.dim(), (1, 5));
        assert_eq!(rows, read_rows(&fixture("output_32.pb")).expect("a fixture"));
    }

    #[test]
    fn archives_hold_one_array() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("pictures.npz");
        let write = |names: &[&str]| {
            let mut archive = ndarray_npy::NpzWriter::new(File::create(&path).expect("a writable folder"));
            for name in names {
                archive.add_array(*name, &Array4::<f32>::ones((2, 3, 8, 8))).expect("a writable file");
            }
            archive.finish().expect("a writable file");
        };
        write(&["pictures"]);
        assert_eq!(read_pictures(&path).expect("one array").dim(), (2, 3, 8, 8));
        write(&["a", "b"]);
        let error = read_pictures(&path).expect_err("two arrays").to_string();
        assert!(error.contains("arrays in the archive: expected one, found 2"), "{error}");
    }

    #[test]
    fn other_shapes_and_types_are_refused() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("array.npy");
        ndarray_npy::write_npy(&path, &Array4::<f32>::ones((2, 8, 8, 3))).expect("a writable folder");
        let error = read_pictures(&path).expect_err("channels last").to_string();
        assert!(error.contains("expected [pictures, 3, side, side], found [2, 8, 8, 3]"), "{error}");
        ndarray_npy::write_npy(&path, &Array2::<f64>::ones((2, 8))).expect("a writable folder");
        assert!(read_rows(&path).is_err(), "float64");
        let error = read_rows(&folder.path().join("scores.csv")).expect_err("a table").to_string();
        assert!(error.contains("expected .npy, .npz or .pb, found \".csv\""), "{error}");
    }
}
