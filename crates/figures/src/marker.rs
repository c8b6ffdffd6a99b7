//! Shapes of marks at points, and their outlines.

use crate::svg::{Place, number, tenths};

/// Shape of the mark at a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Circle,
    Square,
    TriangleUp,
    TriangleDown,
    TriangleLeft,
    Diamond,
    Star,
    Hourglass,
    Bowtie,
    Plus,
    /// Two strokes; the only shape that cannot be filled.
    Cross,
}

/// Corners for a radius of 1, of nearly equal area. A circle has an element of its own, and a cross has no outline.
fn corners(marker: Marker) -> &'static [Place] {
    match marker {
        Marker::Circle | Marker::Cross | Marker::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Marker::TriangleUp => &[(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)],
        Marker::TriangleDown => &[(0.0, 1.15), (1.1, -0.85), (-1.1, -0.85)],
        Marker::TriangleLeft => &[(-1.15, 0.0), (0.85, -1.1), (0.85, 1.1)],
        Marker::Diamond => &[(0.0, -1.2), (1.2, 0.0), (0.0, 1.2), (-1.2, 0.0)],
        // The five points lie on a circle of 1.35, the corners between them on one of 0.54.
        Marker::Star => &[
            (0.0, -1.35),
            (0.32, -0.44),
            (1.28, -0.42),
            (0.51, 0.17),
            (0.79, 1.09),
            (0.0, 0.54),
            (-0.79, 1.09),
            (-0.51, 0.17),
            (-1.28, -0.42),
            (-0.32, -0.44),
        ],
        Marker::Hourglass => &[(-1.1, -1.1), (1.1, -1.1), (-1.1, 1.1), (1.1, 1.1)],
        Marker::Bowtie => &[(-1.1, -1.1), (1.1, 1.1), (1.1, -1.1), (-1.1, 1.1)],
        Marker::Plus => &[
            (-0.4, -1.2),
            (0.4, -1.2),
            (0.4, -0.4),
            (1.2, -0.4),
            (1.2, 0.4),
            (0.4, 0.4),
            (0.4, 1.2),
            (-0.4, 1.2),
            (-0.4, 0.4),
            (-1.2, 0.4),
            (-1.2, -0.4),
            (-0.4, -0.4),
        ],
    }
}

/// The outline of a marker around a place, to a hundredth of a px.
pub(crate) fn absolute_path(marker: Marker, (x, y): Place, radius: f64) -> String {
    if marker == Marker::Cross {
        let [left, right, top, bottom] = [x - radius, x + radius, y - radius, y + radius].map(number);
        return format!("M{left} {top}L{right} {bottom}M{left} {bottom}L{right} {top}");
    }
    let corner = |&(dx, dy): &Place| format!("{} {}", number(x + dx * radius), number(y + dy * radius));
    format!("M{}Z", corners(marker).iter().map(corner).collect::<Vec<_>>().join("L"))
}

/// The same to a tenth of a px, by steps from corner to corner: the shortest text there is for it.
pub(crate) fn relative_path(marker: Marker, (x, y): Place, radius: f64) -> String {
    let (x, y) = ((x * 10.0).round() / 10.0, (y * 10.0).round() / 10.0);
    if marker == Marker::Cross {
        let (left, top, whole) = (tenths(x - radius), tenths(y - radius), tenths(2.0 * radius));
        return format!("M{left} {top}l{whole} {whole}m-{whole} 0l{whole}-{whole}");
    }
    let mut at = (0.0, 0.0);
    let mut path = String::new();
    for (index, &(dx, dy)) in corners(marker).iter().enumerate() {
        let to = ((dx * radius * 10.0).round() / 10.0, (dy * radius * 10.0).round() / 10.0);
        let (step, command) = if index == 0 { ((x + to.0, y + to.1), 'M') } else { ((to.0 - at.0, to.1 - at.1), 'l') };
        let (dx, dy) = (tenths(step.0), tenths(step.1));
        let gap = if dy.starts_with('-') { "" } else { " " };
        path.push_str(&format!("{command}{dx}{gap}{dy}"));
        at = to;
    }
    path + "z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_outlines_are_the_same_shape() {
        assert_eq!(absolute_path(Marker::Square, (10.0, 20.0), 2.0), "M8.2 18.2L11.8 18.2L11.8 21.8L8.2 21.8Z");
        assert_eq!(relative_path(Marker::Square, (10.0, 20.0), 2.0), "M8.2 18.2l3.6 0l0 3.6l-3.6 0z");
        assert_eq!(relative_path(Marker::TriangleUp, (0.0, 0.0), 2.0), "M0-2.3l2.2 4l-4.4 0z");
    }

    #[test]
    fn the_points_of_the_star_lie_on_two_circles() {
        for (index, (x, y)) in corners(Marker::Star).iter().enumerate() {
            let radius = x.hypot(*y);
            assert!((radius - if index % 2 == 0 { 1.35 } else { 0.54 }).abs() < 0.01, "corner {index}: {radius}");
        }
    }
}
