//! TIFF files. The `tiff` crate decompresses the samples; what they mean is decided here, because the crate knows no
//! palette, no grey with alpha and no reversed bits, and `image` reads fewer kinds still.
//!
//! Of several pictures in a file the first is taken, as Pillow does.

mod colours;
mod tags;

use std::io::Cursor;
use std::num::NonZeroUsize;

use image::RgbImage;
use image::metadata::Orientation;
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use colours::Colours;
use tags::Tags;

/// A TIFF file whose tags have been read.
pub(super) struct Tiff {
    decoder: Decoder<Cursor<Vec<u8>>>,
    tags: Tags,
    colours: Colours,
}

/// Whether a file begins as TIFF or BigTIFF does.
pub(super) fn is_tiff(bytes: &[u8]) -> bool {
    [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|start| bytes.starts_with(*start))
}

impl Tiff {
    /// Reads the tags.
    ///
    /// All samples are then asked for as bands without a meaning: the crate decompresses those of every kind.
    pub(super) fn open(mut bytes: Vec<u8>) -> Result<Self, String> {
        let tags = Tags::read(&bytes)?;
        let colours = Colours::of(&tags)?;
        tags.prepare(&mut bytes)?;
        let decoder = Decoder::new(Cursor::new(bytes)).map_err(in_words)?;
        Ok(Self { decoder, tags, colours })
    }

    /// Columns and rows.
    pub(super) fn dimensions(&self) -> (u32, u32) {
        (self.tags.width, self.tags.height)
    }

    /// How the picture must be turned.
    pub(super) fn orientation(&self) -> Orientation {
        self.tags.orientation
    }

    /// Bytes of the decompressed samples, and of what the decompression holds beside them.
    pub(super) fn memory(&self) -> u64 {
        let bits = u64::from(self.tags.bits) * u64::from(self.tags.samples);
        let samples = (u64::from(self.tags.width) * bits).div_ceil(8).saturating_mul(self.tags.height.into());
        // A compressed JPEG strip is decoded as a whole, and a strip may be the whole picture.
        if self.tags.is_jpeg() { samples.saturating_mul(2) } else { samples }
    }

    /// Decompresses the samples and turns them into colours.
    pub(super) fn pixels(self, limit: u64) -> Result<RgbImage, String> {
        let bytes = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut limits = Limits::default();
        (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (bytes, bytes);
        let mut data = DecodingResult::U8(Vec::new());
        let layout = self.decoder.with_limits(limits).read_image_to_buffer(&mut data).map_err(in_words)?;
        if data.as_buffer(0).as_bytes().len() < layout.complete_len {
            return Err("colour planes are missing".into());
        }
        let stride = |stride: Option<NonZeroUsize>| stride.map_or(0, NonZeroUsize::get);
        let samples = Samples {
            data,
            row: stride(layout.row_stride),
            plane: if layout.planes > 1 { stride(layout.plane_stride) } else { 0 },
            bits: usize::from(self.tags.bits),
            per_pixel: usize::from(self.tags.samples),
        };
        let (width, height) = (self.tags.width, self.tags.height);
        Ok(RgbImage::from_fn(width, height, |x, y| self.colours.rgb(|channel| samples.at(x, y, channel))))
    }
}

/// Decompressed samples: those of a pixel side by side, or in planes.
struct Samples {
    data: DecodingResult,
    /// Bytes of a row.
    row: usize,
    /// Bytes of a plane; 0 where the samples of a pixel stand side by side.
    plane: usize,
    bits: usize,
    per_pixel: usize,
}

impl Samples {
    /// One sample: of 16 bits rounded to 8, of fewer as it is.
    fn at(&self, x: u32, y: u32, channel: usize) -> u8 {
        let (x, start) = (x as usize, y as usize * self.row);
        let (start, position) =
            if self.plane > 0 { (start + channel * self.plane, x) } else { (start, x * self.per_pixel + channel) };
        match &self.data {
            DecodingResult::U16(levels) => ((u32::from(levels[start / 2 + position]) + 128) / 257) as u8,
            DecodingResult::U8(bytes) if self.bits == 8 => bytes[start + position],
            DecodingResult::U8(bytes) => {
                let bit = position * self.bits;
                (bytes[start + bit / 8] >> (8 - self.bits - bit % 8)) & ((1 << self.bits) - 1)
            }
            _ => unreachable!("tags::Tags::read admits no other samples"),
        }
    }
}

/// An error of the crate, with the remedy where the file may be in order.
fn in_words(error: TiffError) -> String {
    match error {
        TiffError::UnsupportedError(_) | TiffError::IntSizeError => format!("{error}; {}", tags::REMEDY),
        _ => error.to_string(),
    }
}
