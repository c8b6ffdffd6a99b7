//! The looks of bars and of the intervals around them; none differs from another by colour alone.

use crate::svg::{Canvas, Place, Stroke};
use crate::theme::{INK, PAPER};

/// The look of a series of bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BarStyle {
    colour: &'static str,
    /// How much of the colour fills the bar.
    opacity: f64,
    hatched: bool,
    dash: &'static str,
}

/// Pale enough that intervals in ink are seen on every one of them.
const STYLES: [BarStyle; 4] = [
    BarStyle { colour: "#0072b2", opacity: 0.5, hatched: false, dash: "" },
    BarStyle { colour: "#e69f00", opacity: 0.12, hatched: true, dash: "" },
    BarStyle { colour: "#009e73", opacity: 0.12, hatched: false, dash: "" },
    BarStyle { colour: "#6b6b6b", opacity: 0.0, hatched: false, dash: "3 2" },
];

/// Dashes of reference lines, in their order.
pub(crate) const DASHES: [&str; 4] = ["6 3", "1.5 2.5", "10 3 1.5 3", "14 4"];

/// The most kinds of interval that [`whisker`] can tell apart.
pub(crate) const MOST_INTERVALS: usize = 2;

/// Distance of hatching lines in px.
const HATCH: f64 = 6.0;

impl BarStyle {
    /// The most series that differ by their looks.
    pub const MOST: usize = STYLES.len();

    /// The look of a series; beyond [`BarStyle::MOST`] they repeat.
    pub fn of(series: usize) -> Self {
        STYLES[series % STYLES.len()]
    }

    /// Draws a bar of this look.
    pub fn draw(&self, canvas: &mut Canvas, (x, y): Place, (width, height): Place) {
        let corners = [(x, y), (x + width, y), (x + width, y + height), (x, y + height)];
        // Grid lines do not shine through.
        canvas.polygon(&corners, PAPER, 1.0);
        if self.opacity > 0.0 {
            canvas.polygon(&corners, self.colour, self.opacity);
        }
        if self.hatched {
            hatch(canvas, (x, y), (width, height), self.colour);
        }
        canvas.outline((x, y), (width, height), Stroke { colour: self.colour, width: 1.3, dash: self.dash });
    }
}

/// Fills a box with rising lines.
pub(crate) fn hatch(canvas: &mut Canvas, (x, y): Place, (width, height): Place, colour: &'static str) {
    let lines = ((width + height) / HATCH).floor() as usize;
    for index in 1..=lines {
        // The line x' + y' = sum, with y' counted from the bottom left, cut off by the four sides.
        let sum = index as f64 * HATCH;
        let from = (x + (sum - height).max(0.0), y + sum.min(height));
        let to = (x + sum.min(width), y + (sum - width).max(0.0));
        canvas.line(from, to, Stroke::solid(colour, 1.0));
    }
}

/// Draws an interval of the first kind as a line with bars at its ends, of the second kind with open circles.
pub(crate) fn whisker(canvas: &mut Canvas, kind: usize, from: Place, to: Place) {
    let stroke = Stroke::solid(INK, 1.2);
    canvas.line(from, to, stroke);
    let (dx, dy) = if from.0 == to.0 { (3.0, 0.0) } else { (0.0, 3.0) };
    for (x, y) in [from, to] {
        if kind == 0 {
            canvas.line((x - dx, y - dy), (x + dx, y + dy), stroke);
        } else {
            canvas.dot((x, y), 2.0, PAPER, stroke);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_differ_in_more_than_colour() {
        for (index, a) in STYLES.iter().enumerate() {
            for b in &STYLES[index + 1..] {
                let looks = [a, b].map(|style| (style.opacity, style.hatched, style.dash));
                assert!(a.colour != b.colour && looks[0] != looks[1]);
            }
        }
    }

    #[test]
    fn hatching_stays_in_its_box() {
        let mut canvas = Canvas::for_values(0);
        hatch(&mut canvas, (10.0, 20.0), (7.0, 25.0), INK);
        let svg = canvas.finish((50.0, 50.0), "", "").svg();
        let ends = svg.split("<line ").skip(1).flat_map(|line| line.split('"').collect::<Vec<_>>());
        let numbers: Vec<f64> = ends.filter_map(|part| part.parse().ok()).collect();
        // Each line has two ends and a width.
        assert_eq!(numbers.len(), 5 * 5);
        for line in numbers.chunks(5) {
            assert!([line[0], line[2]].iter().all(|x| (10.0..=17.0).contains(x)), "{line:?}");
            assert!([line[1], line[3]].iter().all(|y| (20.0..=45.0).contains(y)), "{line:?}");
        }
    }
}
