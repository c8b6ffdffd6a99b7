//! Picture files to RGB pixels, 8 bits per channel: JPEG, PNG, BMP, TIFF and WebP, told apart by content.
//!
//! The pixels are those of Pillow's `convert("RGB")`, because published activations start from them: grey is repeated
//! over the three channels, CMYK becomes RGB, alpha is dropped and not blended with anything, colour profiles are
//! ignored. Two deliberate differences: 16-bit pictures are scaled to 8 bits (Pillow clips 16-bit grey), and the
//! EXIF orientation is applied, so that a picture stands upright as every viewer shows it.
//!
//! All threads together take no more than 512 MiB for pictures: they wait for one another where it would be more.

mod budget;
mod jpeg;
mod tiff;

use std::io::Cursor;
use std::path::Path;

use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};

use crate::error::StimuliError;
use budget::{Budget, Held};
use tiff::Tiff;

/// The largest picture file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 256 << 20;
/// The longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 20_000;
/// The most memory that decoding may take, in bytes: the file, what the decoder holds, and the RGB pixels, for all
/// threads together.
const MAX_BYTES: u64 = 512 << 20;

static MEMORY: Budget = Budget::new(MAX_BYTES);

/// What the header of a picture file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Columns of pixels as stored, before any turning.
    pub width: u32,
    /// Rows of pixels as stored, before any turning.
    pub height: u32,
    /// Whether the EXIF orientation asks for turning or mirroring.
    pub turned: bool,
    /// Memory that decoding takes at most, in bytes, the file and the pixels included.
    pub memory: u64,
}

/// Decodes a picture file. For many pictures on several threads see [`with_pixels`].
///
/// # Errors
/// The file cannot be read, is no picture of the five formats, is damaged or cut off, or is too large; the message
/// names the file.
pub fn decode(path: &Path) -> Result<RgbImage, StimuliError> {
    held_pixels(path).map(|(pixels, _)| pixels)
}

/// Decodes a picture file and hands its pixels to `work`. The memory counts as taken until `work` is done, so that
/// threads which decode large pictures at once wait for one another.
///
/// # Errors
/// As [`decode`].
pub fn with_pixels<T>(path: &Path, work: impl FnOnce(&RgbImage) -> T) -> Result<T, StimuliError> {
    let (pixels, _held) = held_pixels(path)?;
    Ok(work(&pixels))
}

/// Reads the header of a picture file and checks its size, without decoding the pixels.
///
/// # Errors
/// As [`decode`], except that damage inside the pixel data shows only on decoding.
pub fn inspect(path: &Path) -> Result<Header, StimuliError> {
    // The reader of JPEG headers holds the file a second time.
    let _held = MEMORY.take(2 * file_bytes(path)?);
    let file = Opened::new(read(path)?).map_err(|reason| unreadable(path, reason))?;
    let (width, height) = file.dimensions();
    Ok(Header { width, height, turned: file.orientation() != Orientation::NoTransforms, memory: file.memory })
}

/// The pixels, and the memory that they take.
///
/// How much is known only from the header. The file is therefore read twice: who kept it while waiting for more memory
/// could wait for another who does the same.
fn held_pixels(path: &Path) -> Result<(RgbImage, Held<'static>), StimuliError> {
    let held = MEMORY.take(inspect(path)?.memory);
    let pixels = Opened::new(read(path)?).and_then(Opened::pixels).map_err(|reason| unreadable(path, reason))?;
    Ok((pixels, held))
}

/// The bytes of a picture file, within the limit.
fn read(path: &Path) -> Result<Vec<u8>, StimuliError> {
    file_bytes(path)?;
    std::fs::read(path).map_err(|source| StimuliError::Io { path: path.to_owned(), source })
}

/// The size of a picture file, within the limit.
fn file_bytes(path: &Path) -> Result<u64, StimuliError> {
    let metadata = std::fs::metadata(path).map_err(|source| StimuliError::Io { path: path.to_owned(), source })?;
    if !metadata.is_file() {
        return Err(unreadable(path, "not a file".into()));
    }
    if metadata.len() > MAX_FILE_BYTES {
        let megabytes = metadata.len() >> 20;
        return Err(unreadable(path, format!("{megabytes} MiB; the limit is {} MiB", MAX_FILE_BYTES >> 20)));
    }
    Ok(metadata.len())
}

/// A picture whose header has been read and found to be within the limits.
struct Opened {
    decoder: Decoder,
    /// Bytes that decoding takes at most, the file included.
    memory: u64,
}

enum Decoder {
    Tiff(Box<Tiff>),
    Other(Box<dyn ImageDecoder>, Orientation),
}

impl Opened {
    fn new(bytes: Vec<u8>) -> Result<Self, String> {
        let file = bytes.len() as u64;
        let (decoder, own) = if tiff::is_tiff(&bytes) {
            let tiff = Tiff::open(bytes)?;
            let memory = tiff.memory();
            (Decoder::Tiff(Box::new(tiff)), memory)
        } else {
            open_other(bytes)?
        };
        let mut opened = Self { decoder, memory: file.saturating_add(own) };
        let (width, height) = opened.dimensions();
        let rgb = 3 * u64::from(width) * u64::from(height);
        // An orientation is applied to a copy.
        let copies = if opened.orientation() == Orientation::NoTransforms { 1 } else { 2 };
        opened.memory = opened.memory.saturating_add(copies * rgb);
        check_size(width, height, opened.memory)?;
        Ok(opened)
    }

    fn dimensions(&self) -> (u32, u32) {
        match &self.decoder {
            Decoder::Tiff(tiff) => tiff.dimensions(),
            Decoder::Other(decoder, _) => decoder.dimensions(),
        }
    }

    fn orientation(&self) -> Orientation {
        match &self.decoder {
            Decoder::Tiff(tiff) => tiff.orientation(),
            Decoder::Other(_, orientation) => *orientation,
        }
    }

    fn pixels(self) -> Result<RgbImage, String> {
        let orientation = self.orientation();
        let pixels = match self.decoder {
            Decoder::Tiff(tiff) => tiff.pixels(MAX_BYTES)?,
            Decoder::Other(decoder, _) => {
                DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?.into_rgb8()
            }
        };
        let mut picture = DynamicImage::from(pixels);
        picture.apply_orientation(orientation);
        Ok(picture.into_rgb8())
    }
}

/// A decoder of any format but TIFF, and the bytes that it takes beside the file and the RGB pixels.
fn open_other(bytes: Vec<u8>) -> Result<(Decoder, u64), String> {
    let file = bytes.len() as u64;
    let format = check_format(&bytes)?;
    let markers = if format == ImageFormat::Jpeg { Some(jpeg::markers(&bytes).ok_or(CUT_OFF)?) } else { None };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    // Pixels that are not RGB yet are held until they are.
    let stored = if decoder.color_type() == ColorType::Rgb8 { 0 } else { decoder.total_bytes() };
    let inside = match (format, markers) {
        (ImageFormat::Jpeg, Some(markers)) if markers.in_passes => file + 2 * u64::from(markers.components) * pixels,
        (ImageFormat::Jpeg, _) => file,
        // Colours with alpha, and for an animation the canvas that they are drawn on.
        (ImageFormat::WebP, _) => 8 * pixels,
        _ => 0,
    };
    Ok((Decoder::Other(Box::new(decoder), orientation), stored.saturating_add(inside)))
}

const CUT_OFF: &str = "the file is cut off: its end-of-image marker is missing";

fn check_format(bytes: &[u8]) -> Result<ImageFormat, String> {
    use ImageFormat::{Bmp, Jpeg, Png, WebP};
    match image::guess_format(bytes).ok() {
        _ if bytes.is_empty() => Err("the file is empty".into()),
        Some(format @ (Bmp | Jpeg | Png | WebP)) => Ok(format),
        Some(other) => Err(format!("a {other:?} file; only JPEG, PNG, BMP, TIFF and WebP are read")),
        None => Err("not a JPEG, PNG, BMP, TIFF or WebP file".into()),
    }
}

fn check_size(width: u32, height: u32, memory: u64) -> Result<(), String> {
    if width == 0 || height == 0 {
        return Err(format!("{width}×{height} pixels: an empty picture"));
    }
    if width > MAX_SIDE || height > MAX_SIDE || memory > MAX_BYTES {
        let (needed, limit) = (memory.div_ceil(1 << 20), MAX_BYTES >> 20);
        return Err(format!(
            "{width}×{height} pixels, which take {needed} MiB to decode; the limit is {MAX_SIDE} pixels a side and \
             {limit} MiB: save a smaller copy"
        ));
    }
    Ok(())
}

fn unreadable(path: &Path, reason: String) -> StimuliError {
    StimuliError::Picture { path: path.to_owned(), reason }
}
