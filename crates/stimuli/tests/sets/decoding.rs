//! Picture files of every kind, compared with Pillow; damaged and oversized ones, with their messages.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba};
use serde::Deserialize;
use stimuli::decode::{decode, inspect, with_pixels};
use tempfile::TempDir;

use crate::support::fixture;

/// How many kinds of TIFF there are in the fixtures.
const TIFFS: usize = 30;

/// What Pillow decodes from a fixture.
#[derive(Deserialize)]
struct Expected {
    size: (u32, u32),
    rgb: Vec<u8>,
}

/// Decoders of JPEG may differ by their inverse cosine transform and by how they enlarge the colour planes: a level or
/// two is usual, and a wrong channel order or a wrong reading of CMYK would be off by tens. The other formats are exact.
fn compare_with_pillow(name: &str, folder: &str, expected: &Expected) {
    let picture = decode(&fixture(folder).join(name)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(picture.dimensions(), expected.size, "{name}");
    let differences: Vec<u8> = picture.as_raw().iter().zip(&expected.rgb).map(|(a, b)| a.abs_diff(*b)).collect();
    let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
    let most = differences.iter().max().unwrap();
    let (mean_limit, most_limit) = if name.contains("jp") { (1.0, 6) } else { (0.0, 0) };
    assert!(mean <= mean_limit && *most <= most_limit, "{name}: mean {mean:.2}, most {most}");
}

fn expected(name: &str, count: usize) -> BTreeMap<String, Expected> {
    let text = std::fs::read_to_string(fixture(name)).unwrap();
    let expected: BTreeMap<String, Expected> = serde_json::from_str(&text).unwrap();
    assert_eq!(expected.len(), count);
    expected
}

#[test]
fn every_format_decodes_to_the_pixels_of_pillow() {
    for (name, expected) in expected("pictures.json", 9).iter().filter(|(name, _)| *name != "turned.jpg") {
        compare_with_pillow(name, "pictures", expected);
    }
}

#[test]
fn every_kind_of_tiff_decodes_to_the_pixels_of_pillow() {
    for (name, expected) in &expected("tiff.json", TIFFS) {
        compare_with_pillow(name, "tiff", expected);
    }
}

#[test]
fn exif_orientation_turns_the_picture_upright() {
    let path = fixture("pictures/turned.jpg");
    let (upright, stored) = (decode(&path).unwrap(), decode(&fixture("pictures/plain.bmp")).unwrap());
    assert!(inspect(&path).unwrap().turned && !inspect(&fixture("pictures/cmyk.jpg")).unwrap().turned);
    let expected = image::imageops::rotate90(&stored);
    assert_eq!(upright.dimensions(), (16, 24));
    let most = upright.as_raw().iter().zip(expected.as_raw()).map(|(a, b)| a.abs_diff(*b)).max().unwrap();
    assert!(most <= 12, "JPEG at quality 95 is this close to its source, and no other orientation is: {most}");
}

fn save(folder: &TempDir, name: &str, picture: impl Into<DynamicImage>) -> std::path::PathBuf {
    let path = folder.path().join(name);
    picture.into().save(&path).unwrap();
    path
}

#[test]
fn sixteen_bits_are_scaled_and_alpha_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let grey = save(&folder, "grey16.png", ImageBuffer::from_pixel(2, 2, Luma([0x8080u16])));
    assert_eq!(decode(&grey).unwrap().get_pixel(0, 0).0, [0x80; 3]);
    let deep = save(&folder, "rgb16.tiff", ImageBuffer::from_pixel(2, 2, Rgb([0u16, 0x8080, 0xFFFF])));
    assert_eq!(decode(&deep).unwrap().get_pixel(0, 0).0, [0, 0x80, 0xFF]);
    let clear = save(&folder, "alpha.png", ImageBuffer::from_pixel(2, 2, Rgba([10u8, 20, 30, 0])));
    assert_eq!(decode(&clear).unwrap().get_pixel(0, 0).0, [10, 20, 30]);
}

#[test]
fn the_format_is_told_by_content_and_not_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.jpg");
    DynamicImage::from(RgbImage::new(3, 5)).save_with_format(&path, ImageFormat::Png).unwrap();
    assert_eq!(decode(&path).unwrap().dimensions(), (3, 5));
    let header = inspect(&path).unwrap();
    assert_eq!((header.width, header.height, header.turned), (3, 5, false));
}

/// Writes these bytes as a picture file and checks that its header is refused with this reason.
fn refuse(bytes: &[u8], reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.jpg");
    std::fs::write(&path, bytes).unwrap();
    let expected = format!("cannot decode the picture {}: {reason}", path.display());
    assert_eq!(inspect(&path).unwrap_err().to_string(), expected);
    assert_eq!(decode(&path).unwrap_err().to_string(), expected);
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn what_is_no_picture_is_refused() {
    refuse(b"", "the file is empty");
    refuse(b"hello, this is text", "not a JPEG, PNG, BMP, TIFF or WebP file");
    refuse(b"GIF89a\x01\0\x01\0\0\0\0;", "a Gif file; only JPEG, PNG, BMP, TIFF and WebP are read");
}

#[test]
fn a_jpeg_that_is_cut_off_is_refused_and_not_filled_with_grey() {
    let bytes = std::fs::read(fixture("pictures/progressive.jpg")).unwrap();
    let whole =
        encoded(&DynamicImage::from(RgbImage::from_fn(64, 64, |x, y| Rgb([x as u8, y as u8, 7]))), ImageFormat::Jpeg);
    for bytes in [bytes, whole] {
        for length in [3, 20, bytes.len() / 2, bytes.len() - 3] {
            refuse(&bytes[..length], "the file is cut off: its end-of-image marker is missing");
        }
    }
}

#[test]
fn a_png_that_is_cut_off_fails_on_decoding_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.png");
    let noise = RgbImage::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, (x * 7 + y * y) as u8, (y * 31) as u8]));
    let bytes = encoded(&noise.into(), ImageFormat::Png);
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(inspect(&path).unwrap().width, 64, "the header is whole");
    let message = decode(&path).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot decode the picture {}: ", path.display())), "{message}");
}

/// The header of a BMP file for a picture of that size, with next to no pixels behind it.
fn bmp_header(width: i32, height: i32) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    bytes.extend([100u32, 0, 54, 40].map(u32::to_le_bytes).concat());
    bytes.extend([width, height].map(i32::to_le_bytes).concat());
    bytes.extend([1u16, 24].map(u16::to_le_bytes).concat());
    bytes.extend([0u8; 70]);
    bytes
}

fn too_large(width: i32, height: i32, memory: u64) -> String {
    format!(
        "{width}×{height} pixels, which take {memory} MiB to decode; the limit is 20000 pixels a side and 512 MiB: save a \
         smaller copy"
    )
}

/// The RGB form counts, and what the decoder holds beside it, and not only what the file says it stores.
#[test]
fn small_files_of_large_pictures_are_refused_by_the_memory_that_decoding_takes() {
    let (width, height) = (16_383i32, 10_000);
    let mut webp = b"RIFF\x24\0\0\0WEBPVP8L\x18\0\0\0\x2f".to_vec();
    webp.extend(((width as u32 - 1) | ((height as u32 - 1) << 14)).to_le_bytes());
    webp.resize(44, 0);
    refuse(&webp, &too_large(width, height, (11 * 163_830_000u64 + 44).div_ceil(1 << 20)));
    let bilevel = tiff(&[(256, 20_000), (257, 20_000), (262, 0), (273, 0), (278, 20_000), (279, 1)], b"");
    refuse(&bilevel, &too_large(20_000, 20_000, (50_000_000 + 1_200_000_000 + bilevel.len() as u64).div_ceil(1 << 20)));
}

/// A little-endian TIFF file with these tags of one number, and data behind the eight bytes of the head.
fn tiff(tags: &[(u16, u32)], data: &[u8]) -> Vec<u8> {
    let mut bytes = b"II*\0".to_vec();
    bytes.extend((8 + data.len() as u32).to_le_bytes());
    bytes.extend(data);
    bytes.extend((tags.len() as u16).to_le_bytes());
    for (tag, number) in tags {
        bytes.extend([tag.to_le_bytes(), 4u16.to_le_bytes()].concat());
        bytes.extend([1u32.to_le_bytes(), number.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes
}

#[test]
fn kinds_of_tiff_that_are_not_read_say_what_to_do() {
    let check = |change: &[(u16, u32)], reason: &str| {
        let start = [(256, 4), (257, 2), (258, 8), (262, 1), (273, 8), (277, 1), (278, 2), (279, 8)];
        let kept = start.iter().filter(|(tag, _)| change.iter().all(|(other, _)| other != tag));
        let mut tags: Vec<(u16, u32)> = kept.chain(change).copied().collect();
        tags.sort();
        refuse(&tiff(&tags, &[7; 8]), reason);
    };
    let end = "save the picture again as PNG";
    check(
        &[(258, 32), (339, 3)],
        &format!("a TIFF file with 1 samples of 32 bits (floating-point numbers) a pixel; {end}"),
    );
    check(&[(339, 2)], &format!("a TIFF file with 1 samples of 8 bits (signed numbers) a pixel; {end}"));
    check(&[(262, 8)], &format!("a TIFF file of colour kind 8 (CIE L*a*b*) with 1 samples a pixel; {end}"));
    check(&[(262, 6)], &format!("a TIFF file of colour kind 6 (YCbCr) with 1 samples a pixel; {end}"));
    check(&[(254, 1)], &format!("the first picture of this TIFF file is a thumbnail of another; {end}"));
    check(&[(262, 3)], "its palette has 0 levels and not 3 × 256");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("old.tif");
    let old_jpeg = [(256, 4), (257, 2), (258, 8), (259, 6), (262, 1), (273, 8), (277, 1), (278, 2), (279, 8)];
    std::fs::write(&path, tiff(&old_jpeg, &[7; 8])).unwrap();
    let message = decode(&path).unwrap_err().to_string();
    assert!(message.contains("ompression") && message.ends_with(end), "{message}");
}

#[test]
fn a_palette_of_eight_bits_is_not_black() {
    let mut bytes = std::fs::read(fixture("tiff/palette8.tif")).unwrap();
    // The palette is the last thing in the file, in big-endian numbers of 16 bits; its levels are multiples of 257.
    let palette = bytes.len() - 3 * 256 * 2;
    bytes[palette..].chunks_exact_mut(2).for_each(|level| level[0] = 0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eight.tif");
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(decode(&path).unwrap(), decode(&fixture("tiff/palette8.tif")).unwrap());
}

#[test]
fn a_tiff_that_is_cut_off_fails_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.tif");
    for name in ["big.tif", "palette-lzw.tif", "jpeg.tif", "rgb-planar.tif", "cmyk-packbits.tif"] {
        let bytes = std::fs::read(fixture("tiff").join(name)).unwrap();
        for length in (0..bytes.len()).step_by(7) {
            std::fs::write(&path, &bytes[..length]).unwrap();
            if let Ok(picture) = decode(&path) {
                // Only what follows the pixels may be missing.
                assert_eq!(picture, decode(&fixture("tiff").join(name)).unwrap(), "{name} after {length} bytes");
            }
        }
    }
}

#[test]
fn pictures_decoded_at_once_are_those_decoded_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    // Eight of them take more than the limit of memory; they wait for one another.
    let paths: Vec<_> = (0..8u8)
        .map(|level| save(&folder, &format!("{level}.webp"), RgbImage::from_pixel(4000, 3000, Rgb([level, 9, 9]))))
        .collect();
    assert!(paths.iter().map(|path| inspect(path).unwrap().memory).sum::<u64>() > 512 << 20);
    let levels: Vec<u8> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            paths.iter().map(|path| scope.spawn(|| with_pixels(path, |pixels| pixels.as_raw()[0]).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(levels, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn decompression_bombs_are_refused_before_anything_is_allocated() {
    for (width, height) in [(60_000, 1), (20_000, 20_000), (19_999, 19_999)] {
        let memory = (3 * width as u64 * height as u64 + 124).div_ceil(1 << 20);
        refuse(&bmp_header(width, height), &too_large(width, height, memory));
    }
    let mut small = bmp_header(2, 2);
    small.truncate(54 + 16);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.bmp");
    std::fs::write(&path, small).unwrap();
    assert_eq!(decode(&path).unwrap().dimensions(), (2, 2), "the same header is fine when it is honest");
}

#[test]
fn a_folder_and_a_file_that_is_not_there_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(decode(folder.path()).unwrap_err().to_string().ends_with(": not a file"));
    let message = decode(&folder.path().join("none.jpg")).unwrap_err().to_string();
    assert!(message.starts_with("cannot read ") && message.contains("none.jpg: "), "{message}");
}

#[test]
fn palette_pictures_have_the_colours_of_their_palette() {
    let picture = image::open(fixture("pictures/palette.png")).unwrap();
    assert_eq!(picture.dimensions(), (24, 16));
    assert_eq!(decode(&fixture("pictures/palette.png")).unwrap(), picture.into_rgb8());
}
