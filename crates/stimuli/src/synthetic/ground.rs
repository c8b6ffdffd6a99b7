//! What lies behind the objects: a gradient, texture, and clutter that shows no object.

use super::canvas::Canvas;
use super::dice::Dice;
use super::geometry::{Point, blob, curve, hatching, on_ellipse, rectangle, rotated};
use super::palette::{ALL_HUES, Rgb, colour, contrasting, mix, tinted};
use super::style::Style;

/// How far the luma of a corner may lie from the luma of the ground.
const SPREAD: f32 = 0.1;

/// Cells of the texture lattice along each side.
const CELLS: usize = 12;

/// The colours of one ground.
pub struct Ground {
    /// Its mean luma, which objects must stand out from.
    pub luma: f32,
    corners: [Rgb; 4],
}

impl Ground {
    /// A ground in the manner of the style.
    pub fn draw(dice: &mut Dice, style: Style) -> Self {
        let luma = style.ground_luma(dice);
        Self::tinted(dice, style, ALL_HUES, luma)
    }

    /// A ground of that mean luma with hues in that range.
    pub fn tinted(dice: &mut Dice, style: Style, hues: [f32; 2], luma: f32) -> Self {
        let saturation = style.ground_saturation();
        let base = tinted(dice, hues, saturation, luma);
        let corners = [(); 4].map(|()| {
            let shade = luma + dice.between(-SPREAD, SPREAD);
            mix(base, tinted(dice, hues, saturation, shade.clamp(0.02, 0.98)), 0.7)
        });
        Self { luma, corners }
    }

    /// A canvas with this ground and its clutter.
    pub fn canvas(&self, width: u32, height: u32, style: Style, dice: &mut Dice) -> Canvas {
        self.seen([width, height], style, (1.0, [0.0, 0.0]), dice)
    }

    /// The same, seen by a camera of that zoom and pan (in pixels), which moves the clutter and whatever is drawn later.
    pub fn seen(&self, size: [u32; 2], style: Style, camera: (f32, Point), dice: &mut Dice) -> Canvas {
        let [width, height] = size;
        let strength = style.texture_strength(dice);
        let lattice: Vec<f32> = (0..(CELLS + 1) * (CELLS + 1)).map(|_| dice.between(-strength, strength)).collect();
        let (right, bottom) = (width.max(2) as f32 - 1.0, height.max(2) as f32 - 1.0);
        let mut canvas = Canvas::new(width, height, |x, y| {
            let (u, v) = (x as f32 / right, y as f32 / bottom);
            let [a, b, c, d] = self.corners;
            let texture = lattice_at(&lattice, u, v);
            mix(mix(a, b, u), mix(c, d, u), v).map(|channel| channel + texture)
        })
        .seen(camera.0, camera.1);
        for _ in 0..dice.below(6) {
            self.add_clutter(&mut canvas, style, dice);
        }
        canvas
    }

    /// One thing that is no object: a patch, a strip, scribbles or specks, in a colour near that of the ground.
    fn add_clutter(&self, canvas: &mut Canvas, style: Style, dice: &mut Dice) {
        let side = canvas.side();
        let centre = [dice.between(0.0, canvas.width() as f32), dice.between(0.0, canvas.height() as f32)];
        let shade = contrasting(dice, &[(self.luma, 0.08)]);
        let near = self.luma + (shade - self.luma).clamp(-0.2, 0.2);
        let tint = colour(dice, style.saturation(), near);
        match dice.below(4) {
            0 => {
                let outline = lump(dice, centre, side);
                patch(canvas, style, dice, &outline, tint);
            }
            1 => {
                let outline = strip(dice, centre, side);
                patch(canvas, style, dice, &outline, tint);
            }
            2 => {
                let lines: Vec<_> = (0..dice.count(2, 5)).map(|_| scribble(dice, centre, side)).collect();
                canvas.lines(&lines, side * dice.between(0.015, 0.03), tint);
            }
            _ => {
                for _ in 0..dice.count(4, 12) {
                    let speck = [0, 1].map(|axis| centre[axis] + side * dice.between(-0.25, 0.25));
                    let half = side * dice.between(0.01, 0.03);
                    canvas.fill(&rectangle(speck.map(|x| x - half), speck.map(|x| x + half)), tint);
                }
            }
        }
    }
}

/// Bilinear interpolation of the lattice at (u, v) in the unit square.
fn lattice_at(lattice: &[f32], u: f32, v: f32) -> f32 {
    let (x, y) = (u * CELLS as f32, v * CELLS as f32);
    let (column, row) = ((x as usize).min(CELLS - 1), (y as usize).min(CELLS - 1));
    let (across, down) = (x - column as f32, y - row as f32);
    let at = |column: usize, row: usize| lattice[row * (CELLS + 1) + column];
    let upper = at(column, row) + (at(column + 1, row) - at(column, row)) * across;
    let lower = at(column, row + 1) + (at(column + 1, row + 1) - at(column, row + 1)) * across;
    upper + (lower - upper) * down
}

fn patch(canvas: &mut Canvas, style: Style, dice: &mut Dice, outline: &[Point], tint: Rgb) {
    match style {
        Style::Flat => canvas.fill(outline, tint),
        Style::Sketch => {
            let spacing = canvas.side() * dice.between(0.04, 0.07);
            let lines = hatching(outline, spacing, dice.between(0.0, 0.5));
            canvas.lines(&lines, canvas.side() * 0.015, tint);
        }
    }
}

fn lump(dice: &mut Dice, centre: Point, side: f32) -> Vec<Point> {
    let corners = dice.count(4, 8);
    let radius = side * dice.between(0.08, 0.28);
    let corner = |index: usize| {
        let radius = radius * dice.between(0.6, 1.3);
        on_ellipse(centre, [radius, radius], index as f32 / corners as f32)
    };
    blob(&(0..corners).map(corner).collect::<Vec<_>>())
}

fn strip(dice: &mut Dice, centre: Point, side: f32) -> Vec<Point> {
    let (length, half) = (side * dice.between(0.3, 2.0), side * dice.between(0.02, 0.1));
    let flat = rectangle([centre[0] - length, centre[1] - half], [centre[0] + length, centre[1] + half]);
    rotated(&flat, centre, dice.between(0.0, 1.0))
}

fn scribble(dice: &mut Dice, centre: Point, side: f32) -> Vec<Point> {
    let mut knot = || [0, 1].map(|axis: usize| centre[axis] + side * dice.between(-0.3, 0.3));
    curve(&[knot(), knot(), knot()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lattice_is_met_at_its_nodes() {
        let lattice: Vec<f32> = (0..(CELLS + 1) * (CELLS + 1)).map(|node| node as f32).collect();
        assert_eq!(lattice_at(&lattice, 0.0, 0.0), 0.0);
        assert_eq!(lattice_at(&lattice, 1.0, 1.0), lattice[lattice.len() - 1]);
        assert_eq!(lattice_at(&lattice, 0.5, 0.0), CELLS as f32 / 2.0);
    }
}
