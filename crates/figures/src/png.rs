//! SVG to pixels, with the embedded font only, and pixels to PNG.

use crate::error::FigureError;
use crate::theme::{FONT_BOLD, FONT_FAMILY, FONT_REGULAR};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// Pixels per px of the drawing: sharp in print at column width and on dense screens.
const PIXELS_PER_UNIT: f32 = 2.0;

/// The largest picture that is made, in pixels; beyond it the memory would exceed a gigabyte.
const MOST_PIXELS: f32 = 2.5e8;

static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(FONT_REGULAR.to_vec());
    fonts.load_font_data(FONT_BOLD.to_vec());
    fonts.set_sans_serif_family(FONT_FAMILY);
    Arc::new(fonts)
});

/// The PNG file of an SVG document.
pub(crate) fn encode(svg: &str) -> Result<Vec<u8>, FigureError> {
    let raster = |error: String| FigureError::Raster(error);
    let options = Options { fontdb: FONTS.clone(), font_family: FONT_FAMILY.into(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| raster(error.to_string()))?;
    let (width, height) = (tree.size().width() * PIXELS_PER_UNIT, tree.size().height() * PIXELS_PER_UNIT);
    if width * height > MOST_PIXELS {
        return Err(raster(format!("{width} × {height} pixels are too many; split the chart")));
    }
    let mut pixels = Pixmap::new(width.ceil() as u32, height.ceil() as u32)
        .ok_or_else(|| raster(format!("no picture of {width} × {height} pixels can be made")))?;
    let scale = Transform::from_scale(PIXELS_PER_UNIT, PIXELS_PER_UNIT);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| raster(error.to_string()))
}

/// The PNG file of a picture: red, green and blue of each pixel, row by row.
pub(crate) fn of_pixels(width: usize, height: usize, rgb: &[u8]) -> Result<Vec<u8>, FigureError> {
    let raster = |error: String| FigureError::Raster(error);
    let side = |side: usize| u32::try_from(side).map_err(|error| raster(error.to_string()));
    let mut file = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut file, side(width)?, side(height)?);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|error| raster(error.to_string()))?;
    writer.write_image_data(rgb).map_err(|error| raster(error.to_string()))?;
    writer.finish().map_err(|error| raster(error.to_string()))?;
    Ok(file)
}
