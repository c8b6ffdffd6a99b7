//! Picture files to RGB pixels, 8 bits per channel: JPEG, PNG, BMP, TIFF and WebP, told apart by content.
//!
//! The pixels are those of Pillow's `convert("RGB")`, because published activations start from them: grey is repeated
//! over the three channels, CMYK becomes RGB, alpha is dropped and not blended with anything, colour profiles are
//! ignored. Two deliberate differences: 16-bit pictures are scaled to 8 bits (Pillow clips 16-bit grey), and the
//! EXIF orientation is applied, so that a picture stands upright as every viewer shows it.

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use crate::error::StimuliError;

/// The largest picture file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// The longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 20_000;
/// The most memory that one decoded picture may take, in bytes.
const MAX_DECODED_BYTES: u64 = 512 << 20;

/// What the header of a picture file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Columns of pixels as stored, before any turning.
    pub width: u32,
    /// Rows of pixels as stored, before any turning.
    pub height: u32,
    /// Whether the EXIF orientation asks for turning or mirroring.
    pub turned: bool,
}

/// Decodes a picture file.
///
/// # Errors
/// The file cannot be read, is no picture of the five formats, is damaged or cut off, or is too large; the message
/// names the file.
pub fn decode(path: &Path) -> Result<RgbImage, StimuliError> {
    let bytes = read(path)?;
    decode_bytes(&bytes).map_err(|reason| unreadable(path, reason))
}

/// Reads the header of a picture file and checks its size, without decoding the pixels.
///
/// # Errors
/// As [`decode`], except that damage inside the pixel data shows only on decoding.
pub fn inspect(path: &Path) -> Result<Header, StimuliError> {
    let bytes = read(path)?;
    let (decoder, orientation) = open(&bytes).map_err(|reason| unreadable(path, reason))?;
    let (width, height) = decoder.dimensions();
    Ok(Header { width, height, turned: orientation != Orientation::NoTransforms })
}

/// The bytes of a picture file, within the limit.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, StimuliError> {
    let failed = |source| StimuliError::Io { path: path.to_owned(), source };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(unreadable(path, "not a file".into()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        let megabytes = metadata.len() >> 20;
        return Err(unreadable(path, format!("{megabytes} MiB; the limit is {} MiB", MAX_FILE_BYTES >> 20)));
    }
    std::fs::read(path).map_err(failed)
}

fn decode_bytes(bytes: &[u8]) -> Result<RgbImage, String> {
    let (decoder, orientation) = open(bytes)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    picture.apply_orientation(orientation);
    Ok(picture.into_rgb8())
}

/// A decoder that has read the header, within the limits, and the orientation that the file asks for.
fn open(bytes: &[u8]) -> Result<(impl ImageDecoder, Orientation), String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    let format = check_format(bytes, reader.format())?;
    reader.set_format(format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODED_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    check_size(&decoder)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok((decoder, orientation))
}

fn check_format(bytes: &[u8], format: Option<ImageFormat>) -> Result<ImageFormat, String> {
    use ImageFormat::{Bmp, Jpeg, Png, Tiff, WebP};
    match format {
        _ if bytes.is_empty() => Err("the file is empty".into()),
        Some(Jpeg) if !jpeg_is_whole(bytes) => Err("the file is cut off: its end-of-image marker is missing".into()),
        Some(format @ (Bmp | Jpeg | Png | Tiff | WebP)) => Ok(format),
        Some(other) => Err(format!("a {other:?} file; only JPEG, PNG, BMP, TIFF and WebP are read")),
        None => Err("not a JPEG, PNG, BMP, TIFF or WebP file".into()),
    }
}

fn check_size(decoder: &impl ImageDecoder) -> Result<(), String> {
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(format!("{width}×{height} pixels: an empty picture"));
    }
    if width > MAX_SIDE || height > MAX_SIDE || decoder.total_bytes() > MAX_DECODED_BYTES {
        let limit = MAX_DECODED_BYTES >> 20;
        return Err(format!("{width}×{height} pixels; the limit is {MAX_SIDE} pixels a side and {limit} MiB decoded"));
    }
    Ok(())
}

/// Whether a JPEG file has its end-of-image marker. The decoder fills what is missing with grey and says nothing.
fn jpeg_is_whole(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xDA;
    let mut position = 2;
    while let Some(&[0xFF, marker]) = bytes.get(position..position + 2) {
        if marker == 0xFF {
            position += 1; // A fill byte.
            continue;
        }
        let Some(&[high, low]) = bytes.get(position + 2..position + 4) else { return false };
        position += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == START_OF_SCAN {
            // Within a scan FF is always followed by 00 or a restart number, so this can only be the marker itself.
            return bytes.get(position..).is_some_and(|scan| scan.windows(2).any(|pair| pair == [0xFF, 0xD9]));
        }
    }
    false
}

fn unreadable(path: &Path, reason: String) -> StimuliError {
    StimuliError::Picture { path: path.to_owned(), reason }
}
