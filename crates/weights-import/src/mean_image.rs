//! A mean image in a file of its own, as it lies beside EmoNet's weights.

use std::path::Path;

use ndarray::{ArrayD, Axis, Ix3};
use ndarray_npy::ReadNpyError;
use vgg_core::MeanPicture;

use crate::arithmetic::{self, MEAN_COLOUR};
use crate::error::{Flaw, ImportError};

/// A mean image of `side` × `side` pixels in red, green and blue, of levels from 0 to 255.
///
/// Text is read as `img_mean.txt` of the package emonet-py has it: a line per row of pixels, in it `side` numbers of red,
/// then as many of green, then of blue, with commas or spaces between them. An `.npy` file holds float32 or float64, as
/// `[3, side, side]` or `[side, side, 3]`.
///
/// # Errors
/// A file of another kind or shape, a number that is none or no level, or an image that is in blue, green, red.
pub fn read_mean_image(path: &Path, side: u32) -> Result<MeanPicture, ImportError> {
    read(path, side as usize).map_err(|flaw| flaw.of(path))
}

fn read(path: &Path, side: usize) -> Result<MeanPicture, Flaw> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let values = match ending.as_str() {
        "txt" | "csv" => text(&std::fs::read_to_string(path)?, side),
        "npy" => array(path, side),
        _ => Err(Flaw::deviation("kind of file", "a mean image as .txt or .npy", format!("\".{ending}\""))),
    }?;
    let picture = MeanPicture::new(side as u32, values)
        .map_err(|error| Flaw::deviation("mean image", "finite numbers", error.to_string()))?;
    check_levels(&picture)?;
    Ok(picture)
}

/// `[3, side, side]` from lines of red, green and blue.
fn text(text: &str, side: usize) -> Result<Vec<f32>, Flaw> {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    if lines.len() != side {
        return Err(Flaw::deviation("mean image", format!("{side} lines, one per row"), lines.len().to_string()));
    }
    let mut values = vec![0.0; 3 * side * side];
    for (row, line) in lines.into_iter().enumerate() {
        let at = || format!("mean image, line {}", row + 1);
        let numbers: Vec<&str> =
            line.split(|c: char| c == ',' || c.is_whitespace()).filter(|part| !part.is_empty()).collect();
        if numbers.len() != 3 * side {
            let expected = format!("{} numbers: {side} of red, {side} of green, {side} of blue", 3 * side);
            return Err(Flaw::deviation(at(), expected, numbers.len().to_string()));
        }
        for (place, number) in numbers.into_iter().enumerate() {
            let parsed = number.parse::<f64>().ok().filter(|value| value.is_finite());
            let Some(value) = parsed else {
                return Err(Flaw::deviation(
                    format!("{}, number {}", at(), place + 1),
                    "a number",
                    format!("\"{number}\""),
                ));
            };
            values[(place / side * side + row) * side + place % side] = value as f32;
        }
    }
    Ok(values)
}

/// `[3, side, side]` from an array of either order.
fn array(path: &Path, side: usize) -> Result<Vec<f32>, Flaw> {
    let array: ArrayD<f32> = match ndarray_npy::read_npy::<_, ArrayD<f32>>(path) {
        Err(ReadNpyError::WrongDescriptor(_)) => {
            ndarray_npy::read_npy::<_, ArrayD<f64>>(path).map(|array| array.mapv(|value| value as f32))
        }
        other => other,
    }
    .map_err(|error| Flaw::Damaged { format: "npy", reason: error.to_string() })?;
    let (first, last) = (array.shape() == [3, side, side], array.shape() == [side, side, 3]);
    let expected = format!("[3, {side}, {side}] or [{side}, {side}, 3]");
    let refused = |found: String| Err(Flaw::deviation("shape of the mean image", expected, found));
    let array = match (first, last) {
        (true, true) => return refused(format!("{:?}, which is both", array.shape())),
        (false, false) => return refused(format!("{:?}", array.shape())),
        _ => array.into_dimensionality::<Ix3>(),
    };
    let mut array = array.map_err(|error| Flaw::Damaged { format: "npy", reason: error.to_string() })?;
    if last {
        array = array.permuted_axes([2, 0, 1]);
    }
    debug_assert_eq!(array.len_of(Axis(0)), 3);
    Ok(array.iter().copied().collect())
}

/// Numbers from 0 to 1, or in blue, green, red, would give wrong scores without any error.
fn check_levels(picture: &MeanPicture) -> Result<(), Flaw> {
    let largest = picture.values().iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let least = picture.values().iter().copied().fold(f32::INFINITY, f32::min);
    if least < 0.0 || largest > 255.0 || largest <= 1.0 {
        let found = format!("numbers from {least} to {largest}");
        return Err(Flaw::deviation("mean image", "the mean of pixels from 0 to 255", found));
    }
    let colour = picture.colour().map(f64::from);
    let [red, green, blue] = MEAN_COLOUR;
    if arithmetic::near(colour, [blue, green, red]) {
        let found = format!("a mean colour of {:.1?}, which is ImageNet's in blue, green, red", picture.colour());
        return Err(Flaw::deviation("mean image", "red, green, blue", found));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ndarray::Array3;

    use super::*;

    /// A level that tells channel, row and column.
    fn level(channel: usize, row: usize, column: usize) -> f32 {
        [123.0, 117.0, 104.0][channel] + row as f32 / 8.0 + column as f32 / 64.0
    }

    fn lines() -> Vec<String> {
        let number = |row: usize| move |place: usize| level(place / 4, row, place % 4).to_string();
        (0..4).map(|row| (0..12).map(number(row)).collect::<Vec<_>>().join(",")).collect()
    }

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().expect("a temporary folder"))
        }

        fn text(&self, lines: &[String]) -> PathBuf {
            let path = self.0.path().join("img_mean.txt");
            std::fs::write(&path, lines.join("\n") + "\n").expect("a writable folder");
            path
        }

        fn array<A: ndarray_npy::WritableElement>(&self, array: &ArrayD<A>) -> PathBuf {
            let path = self.0.path().join("mean.npy");
            ndarray_npy::write_npy(&path, array).expect("a writable folder");
            path
        }
    }

    fn check_refused(path: &Path, side: u32, parts: &[&str]) {
        let error = read_mean_image(path, side).expect_err("no mean image").to_string();
        assert!(parts.iter().chain(&[path.to_str().expect("text")]).all(|part| error.contains(part)), "{error}");
    }

    #[test]
    fn lines_of_colours_and_arrays_of_both_orders_are_one_image() {
        let folder = Folder::new();
        let values = (0..48).map(|at| level(at / 16, at / 4 % 4, at % 4)).collect();
        let expected = MeanPicture::new(4, values).expect("an image");
        assert_eq!(read_mean_image(&folder.text(&lines()), 4).expect("an image"), expected);
        let spaced: Vec<String> = lines().iter().map(|line| line.replace(',', "   ")).collect();
        assert_eq!(read_mean_image(&folder.text(&spaced), 4).expect("an image"), expected);
        let first = Array3::from_shape_fn((3, 4, 4), |(c, y, x)| level(c, y, x)).into_dyn();
        assert_eq!(read_mean_image(&folder.array(&first), 4).expect("an image"), expected);
        let last = Array3::from_shape_fn((4, 4, 3), |(y, x, c)| f64::from(level(c, y, x))).into_dyn();
        assert_eq!(read_mean_image(&folder.array(&last), 4).expect("an image"), expected);
    }

    #[test]
    fn shapes_that_are_not_that_of_the_image_are_refused() {
        let folder = Folder::new();
        let mut short = lines();
        short[2] = short[2].rsplit_once(',').expect("numbers").0.into();
        check_refused(
            &folder.text(&short),
            4,
            &["line 3", "expected 12 numbers: 4 of red, 4 of green, 4 of blue, found 11"],
        );
        check_refused(&folder.text(&lines()[1..]), 4, &["expected 4 lines, one per row, found 3"]);
        let mut word = lines();
        word[1] = word[1].replacen("117", "NaN", 1);
        check_refused(&folder.text(&word), 4, &["line 2, number 5", "expected a number, found \"NaN"]);
        let both = Array3::from_shape_fn((3, 3, 3), |(c, y, x)| level(c, y, x)).into_dyn();
        check_refused(&folder.array(&both), 3, &["[3, 3, 3], which is both"]);
        check_refused(&folder.array(&both), 4, &["expected [3, 4, 4] or [4, 4, 3], found [3, 3, 3]"]);
        check_refused(&folder.0.path().join("mean.mat"), 4, &["a mean image as .txt or .npy, found \".mat\""]);
    }

    #[test]
    fn other_ranges_and_orders_are_refused() {
        let folder = Folder::new();
        let of = |change: &dyn Fn(usize, f32) -> f32| {
            Array3::from_shape_fn((3, 4, 4), |(c, y, x)| change(c, level(c, y, x))).into_dyn()
        };
        check_refused(&folder.array(&of(&|_, level| level / 255.0)), 4, &["the mean of pixels from 0 to 255"]);
        check_refused(&folder.array(&of(&|_, level| level - 110.0)), 4, &["the mean of pixels from 0 to 255"]);
        let turned = Array3::from_shape_fn((3, 4, 4), |(c, y, x)| level(2 - c, y, x)).into_dyn();
        check_refused(&folder.array(&turned), 4, &["expected red, green, blue", "ImageNet's in blue, green, red"]);
        let bytes = Array3::from_elem((3, 4, 4), 9_u8).into_dyn();
        check_refused(&folder.array(&bytes), 4, &["not a whole npy file"]);
    }
}
