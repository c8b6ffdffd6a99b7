//! Drawings of the pleasant classes.

use super::super::dice::Dice;
use super::super::drawing::{Drawing, Tone};
use super::super::geometry::{
    arc, blob, curve, ellipse, mirrored, on_ellipse, rectangle, rotated, round_rectangle, star, tilted,
};

/// A disc with rays: a star, separate triangles or strokes.
pub fn sun(drawing: &mut Drawing, dice: &mut Dice) {
    let rays = dice.count(8, 13);
    let core = dice.between(0.45, 0.58);
    let ray = |turns: f32, spread: f32| {
        let base = [core + 0.1, core + 0.1];
        vec![
            on_ellipse([0.0, 0.0], base, turns - spread),
            on_ellipse([0.0, 0.0], [1.0, 1.0], turns),
            on_ellipse([0.0, 0.0], base, turns + spread),
        ]
    };
    let kind = dice.below(3);
    if kind == 0 {
        drawing.fill(Tone::Second, star([0.0, 0.0], 1.0, core + 0.05, rays, 0.0));
    }
    for index in 0..rays {
        let turns = index as f32 / rays as f32;
        let triangle = ray(turns, 0.3 / rays as f32);
        match kind {
            0 => {}
            1 => drawing.fill(Tone::Second, triangle),
            _ => drawing.line(Tone::Second, 0.1, vec![on_ellipse([0.0, 0.0], [core + 0.14; 2], turns), triangle[1]]),
        }
    }
    drawing.fill(Tone::Main, ellipse([0.0, 0.0], [core, core]));
    if dice.chance(0.5) {
        drawing.ring(Tone::Third, 0.05, ellipse([0.0, 0.0], [core * 0.75, core * 0.75]));
    }
}

/// Petals around a centre, on a stem with leaves.
pub fn flower(drawing: &mut Drawing, dice: &mut Dice) {
    let lean = dice.between(-0.25, 0.25);
    drawing.line(Tone::Second, 0.1, curve(&[[0.0, -0.35], [lean, 0.35], [lean * 0.4, 0.85]]));
    for side in [-1.0, 1.0] {
        if dice.chance(0.85) {
            let y = dice.between(0.4, 0.65);
            drawing.fill(Tone::Second, tilted([lean + side * 0.26, y], [0.27, 0.11], -side * 0.08));
        }
    }
    let (petals, length) = (dice.count(5, 8), dice.between(0.26, 0.34));
    let width = (1.15 / petals as f32).min(0.2);
    for petal in 0..petals {
        let turns = petal as f32 / petals as f32;
        let centre = on_ellipse([0.0, -0.4], [0.36, 0.36], turns);
        drawing.fill(Tone::Main, tilted(centre, [length, width], turns));
    }
    drawing.fill(Tone::Third, ellipse([0.0, -0.4], [0.2, 0.2]));
}

/// Four wings with spots, a body and feelers.
pub fn butterfly(drawing: &mut Drawing, dice: &mut Dice) {
    let (up, low) = (dice.between(0.85, 1.0), dice.between(0.65, 0.85));
    let top = dice.between(-0.95, -0.75);
    let lower = blob(&[[0.02, 0.05], [0.4, 0.05], [low, 0.3], [low * 0.8, 0.78], [0.35, 0.75], [0.1, 0.4]]);
    let upper = blob(&[[0.02, 0.1], [0.1, -0.3], [0.45, top], [up, top * 0.9], [up, -0.2], [0.5, 0.12]]);
    drawing.fill_pair(Tone::Second, lower);
    drawing.fill_pair(Tone::Main, upper);
    let spot = dice.between(0.1, 0.17);
    drawing.fill_pair(Tone::Third, ellipse([up * 0.68, -0.5], [spot * 1.2, spot * 1.2]));
    if dice.chance(0.7) {
        drawing.fill_pair(Tone::Third, ellipse([low * 0.62, 0.42], [spot, spot]));
    }
    drawing.fill(Tone::Ink, ellipse([0.0, 0.05], [0.09, 0.6]));
    drawing.line_pair(Tone::Ink, 0.05, curve(&[[0.03, -0.5], [0.14, -0.8], [dice.between(0.25, 0.4), -0.98]]));
}

/// A cat's head: ears, large eyes, nose, mouth, whiskers.
pub fn kitten(drawing: &mut Drawing, dice: &mut Dice) {
    let ear = dice.between(0.62, 0.78);
    drawing.fill_pair(Tone::Main, vec![[0.16, -0.5], [ear, -1.0], [0.8, -0.1]]);
    drawing.fill_pair(Tone::Second, vec![[0.32, -0.52], [ear - 0.04, -0.8], [0.68, -0.3]]);
    drawing.fill(Tone::Main, ellipse([0.0, 0.1], [0.88, 0.74]));
    let eye = dice.between(0.13, 0.18);
    drawing.fill_pair(Tone::Ink, ellipse([0.34, -0.02], [eye, eye * 1.25]));
    drawing.fill_pair(Tone::Main, ellipse([0.38, -0.1], [0.05, 0.05]));
    drawing.fill(Tone::Third, vec![[-0.11, 0.24], [0.11, 0.24], [0.0, 0.37]]);
    drawing.line_pair(Tone::Ink, 0.055, curve(&[[0.0, 0.37], [0.09, 0.52], [0.25, 0.46]]));
    for lift in [-0.1, 0.06] {
        let tip = lift * dice.between(1.0, 1.8);
        drawing.line_pair(Tone::Ink, 0.04, vec![[0.42, 0.33 + lift * 0.4], [1.0, 0.3 + tip]]);
    }
    if dice.chance(0.4) {
        for x in [-0.16, 0.0, 0.16] {
            drawing.line(Tone::Second, 0.07, vec![[x * 0.7, -0.58], [x, -0.36]]);
        }
    }
}

/// A face whose mouth curves upward; the twin of the angry face.
pub fn smiling_face(drawing: &mut Drawing, dice: &mut Dice) {
    drawing.fill(Tone::Main, ellipse([0.0, 0.0], [dice.between(0.85, 1.0), 1.0]));
    let eye = dice.between(0.09, 0.13);
    drawing.fill_pair(Tone::Ink, ellipse([0.34, -0.25], [eye, eye * dice.between(1.0, 1.5)]));
    if dice.chance(0.5) {
        drawing.line_pair(Tone::Ink, 0.08, arc([0.34, -0.42], [0.2, 0.13], 0.55, 0.95));
    }
    if dice.chance(0.4) {
        drawing.fill_pair(Tone::Third, ellipse([0.6, 0.12], [0.13, 0.1]));
    }
    let (width, depth) = (dice.between(0.45, 0.6), dice.between(0.4, 0.5));
    if dice.chance(0.5) {
        drawing.line(Tone::Ink, 0.1, arc([0.0, 0.18], [width, depth], 0.02, 0.48));
    } else {
        drawing.fill(Tone::Ink, arc([0.0, 0.18], [width, depth], 0.0, 0.5));
        drawing.fill(Tone::Second, rectangle([-width * 0.8, 0.18], [width * 0.8, 0.3]));
    }
}

/// A heart on a string.
pub fn heart_balloon(drawing: &mut Drawing, dice: &mut Dice) {
    let sway = dice.between(0.1, 0.2) * dice.sign();
    drawing.line(Tone::Second, 0.06, curve(&[[0.0, 0.3], [sway, 0.5], [-sway, 0.75], [sway * 0.5, 1.0]]));
    let lobe = dice.between(0.7, 0.8);
    let side = [[0.0, 0.35], [0.35, 0.02], [lobe, -0.35], [lobe - 0.06, -0.75], [0.38, -0.95], [0.1, -0.8]];
    let mut heart = curve(&[[0.0, 0.35], side[1], side[2], side[3], side[4], side[5], [0.0, -0.62]]);
    let mut other = mirrored(&heart);
    other.reverse();
    heart.append(&mut other);
    drawing.fill(Tone::Main, heart);
    drawing.fill(Tone::Second, vec![[0.0, 0.3], [0.1, 0.43], [-0.1, 0.43]]);
    let gleam = tilted([-0.4, -0.6], [0.14, 0.08], dice.between(-0.12, -0.05));
    drawing.fill(Tone::Third, gleam);
}

/// One to three scoops in a waffle cone.
pub fn ice_cream(drawing: &mut Drawing, dice: &mut Dice) {
    let half = dice.between(0.4, 0.48);
    drawing.fill(Tone::Second, vec![[-half, -0.05], [half, -0.05], [0.0, 1.0]]);
    for step in [0.25, 0.55] {
        let edge = half * (1.0 - step);
        drawing.line(Tone::Ink, 0.045, vec![[-edge, step * 1.05 - 0.05], [half * 0.45, -0.05]]);
        drawing.line(Tone::Ink, 0.045, vec![[edge, step * 1.05 - 0.05], [-half * 0.45, -0.05]]);
    }
    match dice.count(1, 3) {
        1 => drawing.fill(Tone::Main, ellipse([0.0, -0.3], [half + 0.12, 0.45])),
        2 => {
            drawing.fill(Tone::Third, ellipse([0.0, -0.6], [half - 0.02, 0.38]));
            drawing.fill(Tone::Main, ellipse([0.0, -0.18], [half + 0.06, 0.36]));
        }
        _ => {
            drawing.fill(Tone::Third, ellipse([0.0, -0.62], [0.36, 0.34]));
            drawing.fill(Tone::Main, ellipse([-0.3, -0.2], [0.35, 0.33]));
            drawing.fill(Tone::Main, ellipse([0.3, -0.2], [0.35, 0.33]));
        }
    }
    if dice.chance(0.6) {
        drawing.fill(Tone::Ink, ellipse([0.05, -0.9], [0.13, 0.13]));
    }
}

/// Four bands of an arch, often with a cloud at each foot.
pub fn rainbow(drawing: &mut Drawing, dice: &mut Dice) {
    let (width, flat) = (dice.between(0.13, 0.16), dice.between(0.9, 1.1));
    for (band, tone) in [Tone::Main, Tone::Second, Tone::Third, Tone::Ink].into_iter().enumerate() {
        let radius = 0.92 - band as f32 * width;
        drawing.line(tone, width, arc([0.0, 0.4], [radius, radius * flat], 0.5, 1.0));
    }
    if dice.chance(0.7) {
        let puff = dice.between(0.17, 0.22);
        for (x, y) in [(0.5, 0.48), (0.92, 0.48), (0.7, 0.38)] {
            drawing.fill_pair(Tone::Main, ellipse([x, y], [puff * 1.2, puff]));
        }
    }
}

/// A box with a ribbon and a bow.
pub fn gift(drawing: &mut Drawing, dice: &mut Dice) {
    let (half, band) = (dice.between(0.65, 0.85), dice.between(0.1, 0.15));
    drawing.fill(Tone::Main, rectangle([-half, -0.15], [half, 0.9]));
    drawing.fill(Tone::Second, rectangle([-half - 0.1, -0.4], [half + 0.1, -0.08]));
    drawing.fill(Tone::Third, rectangle([-band, -0.4], [band, 0.9]));
    if dice.chance(0.5) {
        drawing.fill(Tone::Third, rectangle([-half, 0.3], [half, 0.3 + 1.6 * band]));
    }
    let loops = dice.between(0.06, 0.11);
    let ear = rotated(&ellipse([0.3, -0.58], [0.3, 0.15]), [0.0, -0.45], -loops);
    drawing.fill_pair(Tone::Third, ear);
    let hole = rotated(&ellipse([0.32, -0.58], [0.15, 0.06]), [0.0, -0.45], -loops);
    drawing.fill_pair(Tone::Ink, hole);
    drawing.fill(Tone::Ink, ellipse([0.0, -0.47], [0.1, 0.1]));
}

/// Two tiers with icing and candles.
pub fn cake(drawing: &mut Drawing, dice: &mut Dice) {
    let candles = dice.count(2, 4);
    for candle in 0..candles {
        let x = (candle as f32 - (candles - 1) as f32 / 2.0) * 0.26;
        drawing.line(Tone::Third, 0.09, vec![[x, -0.4], [x, -0.72]]);
        drawing.fill(Tone::Ink, blob(&[[x, -1.02], [x + 0.07, -0.84], [x, -0.76], [x - 0.07, -0.84]]));
    }
    let top = dice.between(0.5, 0.65);
    drawing.fill(Tone::Main, round_rectangle([-0.9, 0.15], [0.9, 0.85], 0.08));
    drawing.fill(Tone::Main, round_rectangle([-top, -0.45], [top, 0.18], 0.08));
    drawing.line(Tone::Third, 0.05, vec![[-0.88, 0.6], [0.88, 0.6]]);
    for (half, y, drops) in [(top, -0.45, 3), (0.9, 0.15, 5)] {
        let drop = half / drops as f32;
        drawing.fill(Tone::Second, rectangle([-half, y], [half, y + 0.13]));
        for index in 0..drops {
            let x = -half + drop * (2 * index + 1) as f32;
            drawing.fill(Tone::Second, ellipse([x, y + 0.13], [drop, dice.between(0.08, 0.16)]));
        }
    }
}
