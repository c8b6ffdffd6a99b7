//! The tags of a TIFF file, and the few that are changed before the samples are read.

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::decoder::Decoder;
use tiff::tags::{ByteOrder, Tag};

use super::in_words;

/// What helps with every kind of TIFF that is not read.
pub(super) const REMEDY: &str = "save the picture again as PNG";

const JPEG: u16 = 7;
const BLACK_IS_ZERO: u32 = 1;
const UNSIGNED: u16 = 1;
const REVERSED_BITS: u16 = 2;
const ASSOCIATED_ALPHA: u16 = 1;

/// What the tags say of the first picture.
#[derive(Debug)]
pub(super) struct Tags {
    pub width: u32,
    pub height: u32,
    /// PhotometricInterpretation: what the samples mean.
    pub photometric: u16,
    pub samples: u16,
    pub bits: u16,
    /// ExtraSamples: what the samples behind the colours mean.
    pub extra: Vec<u16>,
    /// ColorMap: all reds, all greens, all blues.
    pub palette: Vec<u16>,
    /// InkSet: 1 for cyan, magenta, yellow and black.
    pub inks: u16,
    pub orientation: Orientation,
    compression: u16,
    fill_order: u16,
    rows_per_strip: Option<u32>,
    chunks: Vec<(u64, u64)>,
    layout: Layout,
}

/// Where the directory of tags lies and how it is written.
#[derive(Debug)]
struct Layout {
    directory: u64,
    order: ByteOrder,
    big: bool,
}

impl Tags {
    /// Reads the tags; refuses samples that are not unsigned whole numbers of 1, 2, 4, 8 or 16 bits, and a thumbnail in
    /// the place of the picture.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(in_words)?;
        let (width, height) = decoder.dimensions().map_err(in_words)?;
        let directory = decoder.ifd_pointer().ok_or("it has no directory")?.0;
        let layout =
            Layout { directory, order: decoder.byte_order(), big: matches!(bytes.get(2..4), Some([43, 0] | [0, 43])) };
        let mut numbers =
            |tag| decoder.find_tag_unsigned_vec::<u64>(tag).map(Option::unwrap_or_default).map_err(in_words);
        let mut short = |tag, default: u16| {
            let first = numbers(tag)?.first().copied();
            Ok::<u16, String>(first.map_or(default, |number| u16::try_from(number).unwrap_or(u16::MAX)))
        };
        let (bits, format, samples) =
            (short(Tag::BitsPerSample, 1)?, short(Tag::SampleFormat, UNSIGNED)?, short(Tag::SamplesPerPixel, 1)?);
        if format != UNSIGNED || !(matches!(bits, 8 | 16) || matches!(bits, 1 | 2 | 4) && samples == 1) {
            let kind = ["", "whole", "signed", "floating-point"].get(usize::from(format)).unwrap_or(&"unknown");
            return Err(format!(
                "a TIFF file with {samples} samples of {bits} bits ({kind} numbers) a pixel; {REMEDY}"
            ));
        }
        if short(Tag::NewSubfileType, 0)? & 1 == 1 {
            return Err(format!("the first picture of this TIFF file is a thumbnail of another; {REMEDY}"));
        }
        let [photometric, compression, fill_order, inks, orientation] = [
            short(Tag::PhotometricInterpretation, 0)?,
            short(Tag::Compression, 1)?,
            short(Tag::FillOrder, 1)?,
            short(Tag::Unknown(332), 1)?,
            short(Tag::Orientation, 1)?,
        ];
        let shorts =
            |numbers: Vec<u64>| numbers.into_iter().map(|number| u16::try_from(number).unwrap_or(u16::MAX)).collect();
        let mut starts = numbers(Tag::StripOffsets)?;
        starts.extend(numbers(Tag::TileOffsets)?);
        let mut lengths = numbers(Tag::StripByteCounts)?;
        lengths.extend(numbers(Tag::TileByteCounts)?);
        let rows_per_strip = numbers(Tag::RowsPerStrip)?.first().map(|&rows| u32::try_from(rows).unwrap_or(u32::MAX));
        Ok(Self {
            width,
            height,
            photometric,
            samples,
            bits,
            extra: shorts(numbers(Tag::ExtraSamples)?),
            palette: shorts(numbers(Tag::ColorMap)?),
            inks,
            orientation: u8::try_from(orientation)
                .ok()
                .and_then(Orientation::from_exif)
                .unwrap_or(Orientation::NoTransforms),
            compression,
            fill_order,
            rows_per_strip,
            chunks: starts.into_iter().zip(lengths).collect(),
            layout,
        })
    }

    pub(super) fn is_jpeg(&self) -> bool {
        self.compression == JPEG
    }

    /// Whether the colours have been multiplied by alpha.
    pub(super) fn is_premultiplied(&self) -> bool {
        self.extra.first() == Some(&ASSOCIATED_ALPHA)
    }

    /// The samples that are no extra ones.
    pub(super) fn colour_samples(&self) -> usize {
        usize::from(self.samples).saturating_sub(self.extra.len())
    }

    /// Changes the file in memory so that the crate reads plain bands: no meaning of colours, no strip longer than the
    /// picture (its fax decoder takes no more than 65,535 rows), no reversed bits.
    pub(super) fn prepare(&self, bytes: &mut [u8]) -> Result<(), String> {
        self.layout.set(bytes, Tag::PhotometricInterpretation, BLACK_IS_ZERO)?;
        if self.rows_per_strip.is_some_and(|rows| rows > self.height) {
            self.layout.set(bytes, Tag::RowsPerStrip, self.height)?;
        }
        // As in libtiff, the order concerns the bytes as stored, compressed or not, but for JPEG.
        if self.fill_order == REVERSED_BITS && !self.is_jpeg() {
            for &(start, length) in &self.chunks {
                let range = usize::try_from(start).ok().zip(usize::try_from(start.saturating_add(length)).ok());
                let chunk = range.and_then(|(start, end)| bytes.get_mut(start..end)).ok_or("the file is cut off")?;
                chunk.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            }
        }
        Ok(())
    }
}

impl Layout {
    /// Writes another number into a tag that has one number.
    fn set(&self, bytes: &mut [u8], tag: Tag, number: u32) -> Result<(), String> {
        let (head, entry, value) = if self.big { (8, 20, 12) } else { (2, 12, 8) };
        let start = usize::try_from(self.directory).map_err(|error| error.to_string())?;
        let entries = bytes.get_mut(start.saturating_add(head)..).unwrap_or_default();
        let found = entries.chunks_exact_mut(entry).find(|entry| self.short(&entry[..2]) == tag.to_u16());
        let found = found.ok_or_else(|| format!("it has no tag {tag:?}"))?;
        let is_short = self.short(&found[2..4]) == 3;
        let little = matches!(self.order, ByteOrder::LittleEndian);
        match (is_short, little) {
            (true, true) => found[value..value + 2].copy_from_slice(&(number as u16).to_le_bytes()),
            (true, false) => found[value..value + 2].copy_from_slice(&(number as u16).to_be_bytes()),
            (false, true) => found[value..value + 4].copy_from_slice(&number.to_le_bytes()),
            (false, false) => found[value..value + 4].copy_from_slice(&number.to_be_bytes()),
        }
        Ok(())
    }

    fn short(&self, bytes: &[u8]) -> u16 {
        match self.order {
            ByteOrder::LittleEndian => u16::from_le_bytes([bytes[0], bytes[1]]),
            ByteOrder::BigEndian => u16::from_be_bytes([bytes[0], bytes[1]]),
        }
    }
}
