//! Drawings of the unpleasant classes.

use super::super::dice::Dice;
use super::super::drawing::{Drawing, Tone};
use super::super::geometry::{
    arc, blob, curve, ellipse, on_ellipse, rectangle, rotated, round_rectangle, star, tilted,
};

/// A winding body with bands, a head with eyes and a forked tongue.
pub fn snake(drawing: &mut Drawing, dice: &mut Dice) {
    let (bend, girth) = (dice.between(0.3, 0.45), dice.between(0.26, 0.34));
    let spine = curve(&[
        [-1.0, 0.75],
        [-0.6, 0.6 - bend],
        [-0.15, 0.75],
        [0.25, 0.6 - bend * 0.4],
        [0.1, -0.1],
        [-0.25, -0.4],
        [0.15, -0.75],
    ]);
    drawing.line(Tone::Main, girth, spine.clone());
    let bands = dice.count(5, 8);
    for band in 0..bands {
        let at = 2 + band * (spine.len() - 8) / bands;
        let (a, b) = (spine[at], spine[at + 1]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let scale = girth * 0.45 / (dx * dx + dy * dy).sqrt().max(1e-3);
        let across = [dy * scale, -dx * scale];
        drawing.line(
            Tone::Second,
            0.07,
            vec![[a[0] - across[0], a[1] - across[1]], [a[0] + across[0], a[1] + across[1]]],
        );
    }
    drawing.line(Tone::Third, 0.05, vec![[0.5, -0.78], [0.78, -0.74]]);
    drawing.line(Tone::Third, 0.045, vec![[0.95, -0.86], [0.78, -0.74], [0.95, -0.64]]);
    drawing.fill(Tone::Main, tilted([0.3, -0.78], [0.32, dice.between(0.2, 0.25)], 0.01));
    drawing.fill(Tone::Ink, ellipse([0.36, -0.85], [0.06, 0.06]));
}

/// Eight bent legs around two body segments.
pub fn spider(drawing: &mut Drawing, dice: &mut Dice) {
    let (reach, leg) = (dice.between(0.85, 1.0), dice.between(0.06, 0.09));
    for (index, (knee, foot)) in [(-0.85, -0.75), (-0.5, -0.2), (0.05, 0.45), (0.4, 1.0)].into_iter().enumerate() {
        let root = -0.25 + 0.12 * index as f32;
        let out = reach * [0.75, 1.0, 1.0, 0.8][index];
        let wiggle = dice.between(-0.08, 0.08);
        drawing.line_pair(Tone::Main, leg, vec![[0.1, root], [out * 0.6, knee + wiggle], [out, foot + wiggle]]);
    }
    let belly = dice.between(0.34, 0.46);
    drawing.fill(Tone::Main, ellipse([0.0, 0.32], [belly, belly * 1.15]));
    drawing.fill(Tone::Main, ellipse([0.0, -0.28], [0.25, 0.24]));
    if dice.chance(0.6) {
        drawing.fill(Tone::Third, vec![[-0.13, 0.12], [0.13, 0.12], [-0.13, 0.52], [0.13, 0.52]]);
    } else {
        for y in [0.12, 0.32, 0.52] {
            drawing.line(Tone::Third, 0.08, vec![[-0.2, y], [0.0, y + 0.08], [0.2, y]]);
        }
    }
    drawing.fill_pair(Tone::Ink, ellipse([0.1, -0.38], [0.06, 0.06]));
    drawing.line_pair(Tone::Main, 0.06, curve(&[[0.08, -0.48], [0.14, -0.62], [0.04, -0.68]]));
}

/// Cranium, eye sockets, nose and teeth, often over crossed bones.
pub fn skull(drawing: &mut Drawing, dice: &mut Dice) {
    if dice.chance(0.4) {
        for side in [-1.0, 1.0] {
            drawing.line(Tone::Second, 0.13, vec![[-0.85 * side, 0.3], [0.85 * side, 0.95]]);
        }
    }
    let width = dice.between(0.7, 0.8);
    drawing.fill(Tone::Main, round_rectangle([-0.42, 0.1], [0.42, 0.88], 0.1));
    let dome = [[0.0, -1.0], [width * 0.75, -0.8], [width, -0.25], [width * 0.8, 0.25], [0.3, 0.42]];
    let half: Vec<_> = dome.iter().rev().map(|point| [-point[0], point[1]]).collect();
    drawing.fill(Tone::Main, blob(&[&dome[..], &half[..4]].concat()));
    let eye = dice.between(0.19, 0.25);
    drawing.fill_pair(Tone::Ink, tilted([0.32, -0.14], [eye, eye * 0.9], 0.05));
    drawing.fill(Tone::Ink, vec![[0.0, 0.1], [0.12, 0.36], [0.0, 0.31], [-0.12, 0.36]]);
    drawing.line(Tone::Ink, 0.05, vec![[-0.38, 0.6], [0.38, 0.6]]);
    let teeth = dice.count(3, 5);
    for gap in 0..teeth {
        let x = -0.3 + 0.6 * gap as f32 / (teeth - 1) as f32;
        drawing.line(Tone::Ink, 0.05, vec![[x, 0.48], [x, 0.8]]);
    }
}

/// A face with lowered brows whose mouth curves downward; the twin of the smiling face.
pub fn angry_face(drawing: &mut Drawing, dice: &mut Dice) {
    drawing.fill(Tone::Main, ellipse([0.0, 0.0], [dice.between(0.85, 1.0), 1.0]));
    let eye = dice.between(0.09, 0.13);
    drawing.fill_pair(Tone::Ink, ellipse([0.34, -0.15], [eye, eye]));
    let slant = dice.between(0.2, 0.32);
    drawing.line_pair(Tone::Ink, 0.11, vec![[0.12, -0.28], [0.6, -0.28 - slant]]);
    if dice.chance(0.4) {
        drawing.fill_pair(Tone::Third, ellipse([0.62, 0.12], [0.13, 0.1]));
    }
    let (width, depth) = (dice.between(0.4, 0.55), dice.between(0.3, 0.4));
    if dice.chance(0.5) {
        drawing.line(Tone::Ink, 0.1, arc([0.0, 0.7], [width, depth], 0.53, 0.97));
    } else {
        drawing.fill(Tone::Ink, arc([0.0, 0.72], [width, depth + 0.1], 0.5, 1.0));
        let teeth = [[-width * 0.7, 0.62], [-width * 0.35, 0.5], [0.0, 0.62], [width * 0.35, 0.5], [width * 0.7, 0.62]];
        drawing.line(Tone::Second, 0.09, teeth.to_vec());
    }
}

/// A pointed blade with a handle and drops that fall from it.
pub fn knife(drawing: &mut Drawing, dice: &mut Dice) {
    let belly = dice.between(0.24, 0.34);
    let edge = curve(&[[1.0, -0.24], [0.75, belly * 0.6], [0.25, belly], [-0.25, belly]]);
    let mut blade = vec![[-0.25, -0.24]];
    blade.extend(edge);
    drawing.fill(Tone::Main, blade);
    drawing.line(Tone::Ink, 0.04, vec![[-0.2, belly * 0.5], [0.5, belly * 0.42]]);
    drawing.fill(Tone::Second, round_rectangle([-1.0, -0.24], [-0.28, 0.15], 0.1));
    drawing.fill(Tone::Ink, rectangle([-0.33, -0.3], [-0.22, belly + 0.06]));
    for x in [-0.82, -0.5] {
        drawing.fill(Tone::Ink, ellipse([x, -0.04], [0.055, 0.055]));
    }
    for drop in 0..dice.count(1, 3) {
        let (x, y) = (0.05 + 0.28 * drop as f32, dice.between(0.56, 0.7));
        drawing.fill(Tone::Third, blob(&[[x, y - 0.22], [x + 0.1, y], [x, y + 0.12], [x - 0.1, y]]));
    }
}

/// Nested tongues of flame, often over crossed logs.
pub fn fire(drawing: &mut Drawing, dice: &mut Dice) {
    if dice.chance(0.6) {
        for side in [-1.0, 1.0] {
            drawing.line(Tone::Ink, 0.17, vec![[-0.7 * side, 0.72], [0.7 * side, 0.95]]);
        }
    }
    let tips = [dice.between(-0.45, -0.15), dice.between(-1.0, -0.85), dice.between(-0.55, -0.25)];
    let lean = dice.between(-0.15, 0.15);
    let outline = |grow: f32, tips: [f32; 3]| {
        let x = |x: f32| x * grow;
        let y = |y: f32| 0.85 - (0.85 - y) * grow;
        let left = curve(&[[x(-0.05), y(0.85)], [x(-0.55), y(0.6)], [x(-0.62), y(0.2)], [x(-0.5), y(tips[0])]]);
        let first = curve(&[[x(-0.5), y(tips[0])], [x(-0.36), y(0.02)], [x(-0.2), y(-0.35)], [x(lean), y(tips[1])]]);
        let second = curve(&[[x(lean), y(tips[1])], [x(0.2), y(-0.45)], [x(0.34), y(0.0)], [x(0.52), y(tips[2])]]);
        let right = curve(&[[x(0.52), y(tips[2])], [x(0.64), y(0.2)], [x(0.52), y(0.62)], [x(0.05), y(0.85)]]);
        [left, first, second, right].concat()
    };
    drawing.fill(Tone::Main, outline(1.0, tips));
    drawing.fill(Tone::Second, outline(0.66, tips));
    drawing.fill(Tone::Third, outline(0.34, tips));
}

/// A headstone with a cross or an inscription on a mound.
pub fn grave(drawing: &mut Drawing, dice: &mut Dice) {
    let half = dice.between(0.45, 0.6);
    let top = dice.between(-0.95, -0.85);
    let mut stone = if dice.chance(0.75) {
        arc([0.0, top + half], [half, half], 0.5, 1.0)
    } else {
        vec![[-half, top + 0.25], [-half * 0.5, top], [half * 0.5, top], [half, top + 0.25]]
    };
    stone.extend([[half, 0.8], [-half, 0.8]]);
    drawing.fill(Tone::Main, stone);
    if dice.chance(0.6) {
        drawing.line(Tone::Ink, 0.12, vec![[0.0, -0.7], [0.0, 0.2]]);
        drawing.line(Tone::Ink, 0.12, vec![[-0.26, -0.4], [0.26, -0.4]]);
    } else {
        for (y, half) in [(-0.45, 0.28), (-0.22, 0.34), (0.01, 0.22)] {
            drawing.line(Tone::Ink, 0.08, vec![[-half, y], [half, y]]);
        }
    }
    drawing.fill(Tone::Second, arc([0.0, 0.95], [dice.between(0.85, 1.0), dice.between(0.3, 0.5)], 0.5, 1.0));
    for x in [-0.55, -0.1, 0.45] {
        drawing.line(Tone::Third, 0.05, vec![[x - 0.07, 0.68], [x, 0.84], [x + 0.07, 0.66]]);
    }
}

/// A pistol or a revolver.
pub fn gun(drawing: &mut Drawing, dice: &mut Dice) {
    let (barrel, rake) = (dice.between(0.26, 0.34), dice.between(0.12, 0.25));
    drawing.ring(Tone::Main, 0.07, ellipse([-0.12, 0.08], [0.22, 0.2]));
    drawing.line(Tone::Ink, 0.06, curve(&[[-0.12, -0.1], [-0.16, 0.05], [-0.08, 0.14]]));
    let grip = [[-0.82, -0.25], [-0.28, -0.25], [-0.42 - rake * 0.4, 0.75], [-0.88 - rake * 0.4, 0.75]];
    drawing.fill(Tone::Second, grip.to_vec());
    if dice.chance(0.5) {
        drawing.fill(Tone::Main, rectangle([-0.85, -0.55], [1.0, -0.55 + barrel]));
        drawing.fill(Tone::Main, rectangle([-0.8, -0.4], [0.5, -0.08]));
        for x in [-0.7, -0.6, -0.5] {
            drawing.line(Tone::Ink, 0.04, vec![[x, -0.5], [x, -0.3]]);
        }
    } else {
        drawing.fill(Tone::Main, rectangle([-0.1, -0.5], [1.0, -0.52 + barrel * 0.8]));
        drawing.fill(Tone::Main, vec![[-0.85, -0.3], [-0.65, -0.52], [0.2, -0.52], [0.2, -0.05], [-0.7, -0.05]]);
        drawing.fill(Tone::Third, round_rectangle([-0.38, -0.5], [0.08, -0.12], 0.08));
        for y in [-0.4, -0.22] {
            drawing.line(Tone::Ink, 0.04, vec![[-0.32, y], [0.02, y]]);
        }
    }
    drawing.fill(Tone::Main, vec![[0.86, -0.5], [0.92, -0.64], [0.98, -0.5]]);
    drawing.line(Tone::Ink, 0.05, vec![[-0.68, 0.15], [-0.48, 0.15]]);
    drawing.line(Tone::Ink, 0.05, vec![[-0.72, 0.4], [-0.52, 0.4]]);
}

/// The neck of a bottle with a jagged edge, and shards below it.
pub fn broken_bottle(drawing: &mut Drawing, dice: &mut Dice) {
    let mut glass = vec![[-0.14, -1.0], [0.14, -1.0], [0.14, -0.65], [0.46, -0.4], [0.46, dice.between(0.15, 0.4)]];
    for step in 1..6 {
        let depth = if step % 2 == 0 { dice.between(0.25, 0.45) } else { dice.between(-0.05, 0.15) };
        glass.push([0.46 - 0.92 * step as f32 / 6.0, depth]);
    }
    glass.extend([[-0.46, dice.between(0.15, 0.4)], [-0.46, -0.4], [-0.14, -0.65]]);
    drawing.fill(Tone::Main, glass);
    drawing.fill(Tone::Second, round_rectangle([-0.19, -1.0], [0.19, -0.85], 0.05));
    drawing.fill(Tone::Third, rectangle([-0.46, -0.36], [0.46, dice.between(-0.15, -0.08)]));
    drawing.line(Tone::Ink, 0.04, vec![[-0.05, -0.08], [0.06, 0.05], [0.0, 0.2]]);
    drawing.line(Tone::Ink, 0.04, vec![[0.3, -0.05], [0.22, 0.14]]);
    for (x, y) in [(-0.6, 0.68), (-0.18, 0.82), (0.28, 0.84), (0.64, 0.62)] {
        let shard = [[x - 0.16, y - 0.1], [x + 0.17, y - 0.04], [x - 0.02, y + dice.between(0.12, 0.22)]];
        drawing.fill(Tone::Main, rotated(&shard, [x, y], dice.between(0.0, 1.0)));
    }
}

/// A round bomb with a burning fuse.
pub fn bomb(drawing: &mut Drawing, dice: &mut Dice) {
    let radius = dice.between(0.6, 0.68);
    let tip = [dice.between(0.6, 0.8), dice.between(-0.85, -0.7)];
    drawing.line(Tone::Second, 0.08, curve(&[[0.3, -0.3], [0.42, -0.55], [0.56, -0.6], tip]));
    drawing.fill(Tone::Third, star(tip, 0.26, 0.11, dice.count(5, 8), dice.between(0.0, 1.0)));
    let neck = rectangle([-0.3, 0.1 - radius], [0.1, 0.35 - radius]);
    drawing.fill(Tone::Second, rotated(&neck, [-0.1, 0.25], 0.11));
    drawing.fill(Tone::Main, ellipse([-0.1, 0.25], [radius, radius]));
    let gleam = arc([-0.1, 0.25], [radius * 0.7, radius * 0.7], 0.52, dice.between(0.66, 0.72));
    drawing.line(Tone::Ink, 0.1, gleam);
    drawing.fill(Tone::Ink, ellipse(on_ellipse([-0.1, 0.25], [radius * 0.7; 2], 0.78), [0.06, 0.06]));
}
