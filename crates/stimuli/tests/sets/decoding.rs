//! Picture files of every kind, compared with Pillow; damaged and oversized ones, with their messages.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageBuffer, ImageFormat, Luma, Rgb, RgbImage, Rgba};
use serde::Deserialize;
use stimuli::decode::{decode, inspect};
use tempfile::TempDir;

use crate::support::fixture;

/// What Pillow decodes from a fixture.
#[derive(Deserialize)]
struct Expected {
    size: (u32, u32),
    rgb: Vec<u8>,
}

/// Decoders of JPEG may differ by their inverse cosine transform and by how they enlarge the colour planes: a level or
/// two is usual, and a wrong channel order or a wrong reading of CMYK would be off by tens. The other formats are exact.
#[test]
fn every_format_decodes_to_the_pixels_of_pillow() {
    let text = std::fs::read_to_string(fixture("pictures.json")).unwrap();
    let expected: BTreeMap<String, Expected> = serde_json::from_str(&text).unwrap();
    assert_eq!(expected.len(), 9);
    for (name, expected) in expected.iter().filter(|(name, _)| *name != "turned.jpg") {
        let picture = decode(&fixture("pictures").join(name)).unwrap();
        assert_eq!(picture.dimensions(), expected.size, "{name}");
        let differences: Vec<u8> = picture.as_raw().iter().zip(&expected.rgb).map(|(a, b)| a.abs_diff(*b)).collect();
        let mean = differences.iter().map(|&d| f64::from(d)).sum::<f64>() / differences.len() as f64;
        let most = differences.iter().max().unwrap();
        let (mean_limit, most_limit) = if name.ends_with(".jpg") { (1.0, 6) } else { (0.0, 0) };
        assert!(mean <= mean_limit && *most <= most_limit, "{name}: mean {mean:.2}, most {most}");
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

#[test]
fn decompression_bombs_are_refused_before_anything_is_allocated() {
    for (width, height) in [(60_000, 1), (20_000, 20_000), (19_999, 19_999)] {
        let reason = format!("{width}×{height} pixels; the limit is 20000 pixels a side and 512 MiB decoded");
        refuse(&bmp_header(width, height), &reason);
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
