//! The drawing surface: antialiased fills and strokes of point lists by tiny-skia, then grain.
//!
//! Only solid colours and straight segments are handed to tiny-skia; it rasterises these in integers and in float
//! operations that IEEE 754 defines exactly.

use image::RgbImage;
use tiny_skia::{Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

use super::dice::Dice;
use super::geometry::Point;
use super::palette::Rgb;

/// The greatest width or height of a canvas, in pixels.
pub const LARGEST: u32 = 4096;
/// Coordinates are cut here, beyond every canvas: tiny-skia counts quarter pixels in 16 bits.
const FARTHEST: f32 = 6000.0;
/// The widest pen in pixels, for the same reason.
const WIDEST: f32 = 1000.0;

/// A picture in the making.
pub struct Canvas {
    pixels: Pixmap,
    view: View,
}

/// Where a camera sees what is drawn: `x ↦ scale · x + shift`, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
struct View {
    scale: f32,
    shift: Point,
}

impl Canvas {
    /// A canvas whose pixel at (x, y) has the colour `ground(x, y)`. Sides are taken into 1–4096.
    pub fn new(width: u32, height: u32, mut ground: impl FnMut(u32, u32) -> Rgb) -> Self {
        let (width, height) = (width.clamp(1, LARGEST), height.clamp(1, LARGEST));
        let mut pixmap = Pixmap::new(width, height).expect("a canvas of 1–4096 pixels a side can be made");
        for (index, pixel) in pixmap.data_mut().chunks_exact_mut(4).enumerate() {
            let index = index as u32;
            let [r, g, b] = ground(index % width, index / width).map(byte);
            pixel.copy_from_slice(&[r, g, b, u8::MAX]);
        }
        Self { pixels: pixmap, view: View { scale: 1.0, shift: [0.0, 0.0] } }
    }

    /// The same canvas seen by a camera that is `zoom` times as near to its middle and moved by `pan` pixels. What is
    /// drawn from now on is scaled and moved; the ground stays.
    pub fn seen(mut self, zoom: f32, pan: Point) -> Self {
        let middle = [self.width() as f32 / 2.0, self.height() as f32 / 2.0];
        self.view = View { scale: zoom, shift: [0, 1].map(|axis| middle[axis] * (1.0 - zoom) + pan[axis]) };
        self
    }

    /// Width in pixels.
    pub fn width(&self) -> u32 {
        self.pixels.width()
    }

    /// Height in pixels.
    pub fn height(&self) -> u32 {
        self.pixels.height()
    }

    /// The shorter side in pixels, by which pens and textures are scaled.
    pub fn side(&self) -> f32 {
        self.width().min(self.height()) as f32
    }

    /// Fills a closed outline by the even–odd rule. Nothing is drawn if a coordinate is not a number.
    pub fn fill(&mut self, outline: &[Point], colour: Rgb) {
        if let Some(path) = self.view.path(&[outline], true) {
            self.pixels.fill_path(&path, &paint(colour), FillRule::EvenOdd, Transform::identity(), None);
        }
    }

    /// Follows a closed outline with a round pen.
    pub fn ring(&mut self, outline: &[Point], width: f32, colour: Rgb) {
        self.stroke(self.view.path(&[outline], true), width, colour);
    }

    /// Follows an open line with a round pen.
    pub fn line(&mut self, line: &[Point], width: f32, colour: Rgb) {
        self.stroke(self.view.path(&[line], false), width, colour);
    }

    /// Follows several open lines with a round pen.
    pub fn lines<L: AsRef<[Point]>>(&mut self, lines: &[L], width: f32, colour: Rgb) {
        self.stroke(self.view.path(lines, false), width, colour);
    }

    fn stroke(&mut self, path: Option<Path>, width: f32, colour: Rgb) {
        let width = (width * self.view.scale).clamp(0.0, WIDEST);
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        if let Some(path) = path {
            self.pixels.stroke_path(&path, &paint(colour), &stroke, Transform::identity(), None);
        }
    }

    /// The picture, with a grey grain of the given standard deviation (1 = the whole range from black to white).
    pub fn finish(self, dice: &mut Dice, grain: f32) -> RgbImage {
        let (width, height) = (self.width(), self.height());
        let mut picture = RgbImage::new(width, height);
        for (pixel, source) in picture.pixels_mut().zip(self.pixels.data().chunks_exact(4)) {
            let noise = dice.bell() * grain;
            pixel.0 = [0, 1, 2].map(|channel| byte(f32::from(source[channel]) / 255.0 + noise));
        }
        picture
    }
}

fn byte(value: f32) -> u8 {
    // A cast from float to integer saturates, so no value is out of range.
    (value * 255.0 + 0.5) as u8
}

fn paint([r, g, b]: Rgb) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(Color::from_rgba8(byte(r), byte(g), byte(b), u8::MAX));
    paint
}

impl View {
    fn path<L: AsRef<[Point]>>(&self, outlines: &[L], closed: bool) -> Option<Path> {
        let seen =
            |point: &Point| [0, 1].map(|axis| (self.scale * point[axis] + self.shift[axis]).clamp(-FARTHEST, FARTHEST));
        let mut builder = PathBuilder::new();
        for outline in outlines {
            let mut points = outline.as_ref().iter().map(seen);
            let Some([x, y]) = points.next() else { continue };
            builder.move_to(x, y);
            points.for_each(|[x, y]| builder.line_to(x, y));
            if closed {
                builder.close();
            }
        }
        builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::geometry::rectangle;

    #[test]
    fn a_fill_covers_its_outline_and_nothing_else() {
        let mut canvas = Canvas::new(8, 6, |_, _| [1.0, 1.0, 1.0]);
        canvas.fill(&rectangle([2.0, 1.0], [5.0, 4.0]), [1.0, 0.0, 0.0]);
        let picture = canvas.finish(&mut Dice::new(1, "test", &[]), 0.0);
        for (x, y, pixel) in picture.enumerate_pixels() {
            let inside = (2..5).contains(&x) && (1..4).contains(&y);
            assert_eq!(pixel.0, if inside { [255, 0, 0] } else { [255, 255, 255] }, "pixel {x}, {y}");
        }
    }

    #[test]
    fn a_camera_moves_and_scales_what_is_drawn_about_the_middle() {
        let mut canvas = Canvas::new(8, 8, |_, _| [1.0; 3]).seen(2.0, [1.0, 0.0]);
        canvas.fill(&rectangle([3.0, 3.0], [5.0, 5.0]), [0.0; 3]);
        let picture = canvas.finish(&mut Dice::new(1, "test", &[]), 0.0);
        for (x, y, pixel) in picture.enumerate_pixels() {
            let inside = (3..7).contains(&x) && (2..6).contains(&y);
            assert_eq!(pixel.0, if inside { [0; 3] } else { [255; 3] }, "pixel {x}, {y}");
        }
    }

    #[test]
    fn no_side_and_no_outline_is_refused() {
        let mut canvas = Canvas::new(0, 3, |_, _| [0.5; 3]);
        canvas.fill(&[], [0.0; 3]);
        canvas.line(&[[1.0, 1.0]], 2.0, [0.0; 3]);
        canvas.lines::<Vec<Point>>(&[], 0.0, [0.0; 3]);
        assert_eq!(canvas.finish(&mut Dice::new(1, "test", &[]), 9.0).dimensions(), (1, 3));
    }
}
