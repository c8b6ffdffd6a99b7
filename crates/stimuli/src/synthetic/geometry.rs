//! Outlines as lists of points. Curves are flattened here, with sums and products only, so that a picture does not
//! depend on the mathematical library of the platform.

/// A point or vector: x to the right, y down.
pub type Point = [f32; 2];

/// Cosine and sine of an angle in turns (1 = a full circle), by Taylor series within an eighth of a turn.
///
/// The series end where the next term is below 1e-9, far finer than a 32-bit float.
pub fn direction(turns: f32) -> Point {
    let turns = f64::from(turns);
    let quarter = (turns * 4.0).round();
    let x = (turns - quarter / 4.0) * std::f64::consts::TAU;
    let square = x * x;
    let term = |sum: f64, divisor: f64| 1.0 - square / divisor * sum;
    let sin = x * [110.0, 72.0, 42.0, 20.0, 6.0].into_iter().fold(1.0, term);
    let cos = [90.0, 56.0, 30.0, 12.0, 2.0].into_iter().fold(1.0, term);
    let (cos, sin) = match quarter.rem_euclid(4.0) as u8 {
        0 => (cos, sin),
        1 => (-sin, cos),
        2 => (-cos, -sin),
        _ => (sin, -cos),
    };
    [cos as f32, sin as f32]
}

/// The point at `turns` on an ellipse.
pub fn on_ellipse(centre: Point, radii: Point, turns: f32) -> Point {
    let [cos, sin] = direction(turns);
    [centre[0] + radii[0] * cos, centre[1] + radii[1] * sin]
}

/// A closed ellipse.
pub fn ellipse(centre: Point, radii: Point) -> Vec<Point> {
    let corners = if radii[0].max(radii[1]) > 0.3 { 28 } else { 14 };
    (0..corners).map(|corner| on_ellipse(centre, radii, corner as f32 / corners as f32)).collect()
}

/// A closed ellipse whose first axis points in the direction of `turns`.
pub fn tilted(centre: Point, radii: Point, turns: f32) -> Vec<Point> {
    rotated(&ellipse(centre, radii), centre, turns)
}

/// An open arc of an ellipse from one angle to another, in turns; 0 is right, 0.25 is down.
pub fn arc(centre: Point, radii: Point, from: f32, to: f32) -> Vec<Point> {
    let steps = 16;
    (0..=steps).map(|step| on_ellipse(centre, radii, from + (to - from) * step as f32 / steps as f32)).collect()
}

/// A closed rectangle between two corners.
pub fn rectangle(from: Point, to: Point) -> Vec<Point> {
    vec![from, [to[0], from[1]], to, [from[0], to[1]]]
}

/// A closed rectangle with round corners.
pub fn round_rectangle(from: Point, to: Point, radius: f32) -> Vec<Point> {
    let corners =
        [([to[0], from[1]], [-1.0, 1.0], -0.25), (to, [-1.0, -1.0], 0.0), ([from[0], to[1]], [1.0, -1.0], 0.25)];
    let last = (from, [1.0, 1.0], 0.5);
    corners
        .into_iter()
        .chain([last])
        .flat_map(|(corner, inward, start): (Point, Point, f32)| {
            let centre = [corner[0] + inward[0] * radius, corner[1] + inward[1] * radius];
            (0..=4).map(move |step| on_ellipse(centre, [radius, radius], start + step as f32 / 16.0))
        })
        .collect()
}

/// A closed star (or gear) whose corners lie in turn on two circles.
pub fn star(centre: Point, outer: f32, inner: f32, rays: usize, phase: f32) -> Vec<Point> {
    (0..2 * rays)
        .map(|corner| {
            let radius = if corner % 2 == 0 { outer } else { inner };
            on_ellipse(centre, [radius, radius], phase + corner as f32 / (2 * rays) as f32)
        })
        .collect()
}

/// An open smooth curve through the points (Catmull–Rom spline, flattened).
pub fn curve(points: &[Point]) -> Vec<Point> {
    let Some(&last) = points.last() else { return Vec::new() };
    let at = |index: isize| points[index.clamp(0, points.len() as isize - 1) as usize];
    let mut flat = spline(points.len() as isize - 1, at);
    flat.push(last);
    flat
}

/// A closed smooth curve through the points (Catmull–Rom spline, flattened).
pub fn blob(points: &[Point]) -> Vec<Point> {
    let count = points.len() as isize;
    if count == 0 {
        return Vec::new();
    }
    spline(count, |index| points[index.rem_euclid(count) as usize])
}

fn spline(segments: isize, at: impl Fn(isize) -> Point) -> Vec<Point> {
    const STEPS: usize = 5;
    let mut flat = Vec::with_capacity(segments.max(0) as usize * STEPS + 1);
    for segment in 0..segments {
        let [a, b, c, d] = [at(segment - 1), at(segment), at(segment + 1), at(segment + 2)];
        for step in 0..STEPS {
            let t = step as f32 / STEPS as f32;
            flat.push([0, 1].map(|axis| {
                let (a, b, c, d) = (a[axis], b[axis], c[axis], d[axis]);
                b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
            }));
        }
    }
    flat
}

/// The points turned about a centre.
pub fn rotated(points: &[Point], centre: Point, turns: f32) -> Vec<Point> {
    let [cos, sin] = direction(turns);
    let turn = |point: &Point| {
        let (x, y) = (point[0] - centre[0], point[1] - centre[1]);
        [centre[0] + cos * x - sin * y, centre[1] + sin * x + cos * y]
    };
    points.iter().map(turn).collect()
}

/// The points mirrored at the y axis.
pub fn mirrored(points: &[Point]) -> Vec<Point> {
    points.iter().map(|point| [-point[0], point[1]]).collect()
}

/// The smallest box around the points as (least corner, greatest corner).
pub fn bounds<'a>(points: impl Iterator<Item = &'a Point>) -> (Point, Point) {
    points.fold(([f32::MAX; 2], [f32::MIN; 2]), |(low, high), point| {
        ([low[0].min(point[0]), low[1].min(point[1])], [high[0].max(point[0]), high[1].max(point[1])])
    })
}

/// Parallel lines that fill a closed outline (even–odd), `spacing` apart, in the direction of `turns`.
pub fn hatching(outline: &[Point], spacing: f32, turns: f32) -> Vec<[Point; 2]> {
    let flat = rotated(outline, [0.0, 0.0], -turns);
    let (low, high) = bounds(flat.iter());
    let rows = ((high[1] - low[1]) / spacing).clamp(0.0, 400.0) as usize;
    let mut lines = Vec::new();
    for row in 0..rows {
        let y = low[1] + (row as f32 + 0.5) * spacing;
        let mut crossings = crossings(&flat, y);
        crossings.sort_by(f32::total_cmp);
        lines.extend(crossings.chunks_exact(2).map(|pair| [[pair[0], y], [pair[1], y]]));
    }
    lines.iter().map(|line| rotated(line, [0.0, 0.0], turns)).map(|line| [line[0], line[1]]).collect()
}

fn crossings(outline: &[Point], y: f32) -> Vec<f32> {
    let next = outline.iter().cycle().skip(1);
    let crosses = |(a, b): (&Point, &Point)| {
        let straddles = (a[1] <= y) != (b[1] <= y);
        straddles.then(|| a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
    };
    outline.iter().zip(next).filter_map(crosses).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directions_agree_with_the_mathematical_library() {
        for step in -1000..1000 {
            let turns = step as f32 / 300.0;
            let (sin, cos) = (f64::from(turns) * std::f64::consts::TAU).sin_cos();
            let [x, y] = direction(turns);
            // A 32-bit float near 1 is known to 6e-8.
            assert!((f64::from(x) - cos).abs() < 1e-7 && (f64::from(y) - sin).abs() < 1e-7, "{turns} turns");
        }
    }

    #[test]
    fn curves_pass_through_their_points() {
        let points = [[0.0, 0.0], [1.0, 0.5], [2.0, -0.5], [3.0, 0.0]];
        for (flat, count) in [(curve(&points), 16), (blob(&points), 20)] {
            assert_eq!(flat.len(), count);
            assert!(points.iter().all(|point| flat.contains(point)));
        }
        assert!(curve(&[]).is_empty() && blob(&[]).is_empty());
    }

    #[test]
    fn hatching_stays_inside_and_covers_the_area() {
        let lines = hatching(&rectangle([1.0, 1.0], [3.0, 2.0]), 0.1, 0.0);
        let length: f32 = lines.iter().map(|[a, b]| b[0] - a[0]).sum();
        assert!((length * 0.1 - 2.0).abs() < 1e-4, "the lines times their spacing are the area, got {}", length * 0.1);
        assert!(hatching(&[], 0.1, 0.0).is_empty());
    }
}
