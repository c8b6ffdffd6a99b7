//! What the samples of a TIFF pixel mean, with the arithmetic of Pillow.

use image::Rgb;

use super::tags::{REMEDY, Tags};

/// How samples become red, green and blue.
#[derive(Debug)]
pub(super) enum Colours {
    /// The first sample is a level of grey; where `white_is_zero` of black.
    Grey { white_is_zero: bool, most: u8, alpha: Option<usize> },
    /// The first sample is a position in the palette.
    Palette(Vec<Rgb<u8>>),
    /// Red, green, blue; with the position of an alpha that they have been multiplied by.
    Rgb { alpha: Option<usize> },
    /// Luma and two chroma differences, as in JPEG.
    YCbCr,
    /// Cyan, magenta, yellow, black.
    Cmyk,
}

impl Colours {
    /// What the tags say; refuses what Pillow does not read either, and what could be read in two ways.
    pub(super) fn of(tags: &Tags) -> Result<Self, String> {
        let colours = tags.colour_samples();
        let alpha = tags.is_premultiplied().then_some(colours);
        match tags.photometric {
            0 | 1 if colours == 1 => {
                // Samples of 16 bits have become 8 by the time they are used.
                let most = u8::MAX >> 8u16.saturating_sub(tags.bits);
                Ok(Self::Grey { white_is_zero: tags.photometric == 0, most, alpha })
            }
            2 if colours >= 3 => Ok(Self::Rgb { alpha }),
            3 if colours == 1 && tags.bits <= 8 && alpha.is_none() => palette(tags).map(Self::Palette),
            5 if colours >= 4 && tags.inks == 1 && alpha.is_none() => Ok(Self::Cmyk),
            6 if colours == 3 && tags.is_jpeg() => Ok(Self::YCbCr),
            kind => {
                let name = [
                    "white is zero",
                    "black is zero",
                    "RGB",
                    "palette",
                    "mask",
                    "separated",
                    "YCbCr",
                    "",
                    "CIE L*a*b*",
                ];
                let name = name.get(usize::from(kind)).unwrap_or(&"");
                let samples = tags.samples;
                Err(format!("a TIFF file of colour kind {kind} ({name}) with {samples} samples a pixel; {REMEDY}"))
            }
        }
    }

    /// The colour of a pixel, whose samples `sample` gives.
    pub(super) fn rgb(&self, sample: impl Fn(usize) -> u8) -> Rgb<u8> {
        match self {
            Self::Grey { white_is_zero, most, alpha } => {
                let level = (u16::from(sample(0)) * 255 / u16::from(*most)) as u8;
                let level = if *white_is_zero { u8::MAX - level } else { level };
                Rgb([alpha.map_or(level, |alpha| divided(level, sample(alpha))); 3])
            }
            Self::Palette(palette) => palette[usize::from(sample(0))],
            Self::Rgb { alpha } => {
                let level = |channel| alpha.map_or(sample(channel), |alpha| divided(sample(channel), sample(alpha)));
                Rgb([level(0), level(1), level(2)])
            }
            Self::YCbCr => from_ycbcr([sample(0), sample(1), sample(2)]),
            Self::Cmyk => {
                let light = u8::MAX - sample(3);
                Rgb([0, 1, 2].map(|ink| light - multiplied(sample(ink), light)))
            }
        }
    }
}

/// A palette has 16 bits a level. Where all are below 256, a program wrote 8 bits: libtiff reads them so.
fn palette(tags: &Tags) -> Result<Vec<Rgb<u8>>, String> {
    let colours = 1usize << tags.bits;
    if tags.palette.len() != 3 * colours {
        return Err(format!("its palette has {} levels and not 3 × {colours}", tags.palette.len()));
    }
    let shift = if tags.palette.iter().all(|&level| level < 256) { 0 } else { 8 };
    let level = |channel: usize, colour: usize| (tags.palette[channel * colours + colour] >> shift) as u8;
    Ok((0..colours).map(|colour| Rgb([0, 1, 2].map(|channel| level(channel, colour)))).collect())
}

/// A level before it was multiplied by alpha; 0 where nothing is left of it.
fn divided(level: u8, alpha: u8) -> u8 {
    (u16::from(level) * 255).checked_div(alpha.into()).map_or(0, |level| level.min(255) as u8)
}

/// a · b / 255, rounded.
fn multiplied(a: u8, b: u8) -> u8 {
    let product = u32::from(a) * u32::from(b) + 128;
    (((product >> 8) + product) >> 8) as u8
}

/// ITU-R 601 with the full range of levels, as in JFIF.
fn from_ycbcr([y, cb, cr]: [u8; 3]) -> Rgb<u8> {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let levels = [y + 1.402 * cr, y - 0.344_136_3 * cb - 0.714_136_3 * cr, y + 1.772 * cb];
    Rgb(levels.map(|level| level.round().clamp(0.0, 255.0) as u8))
}
