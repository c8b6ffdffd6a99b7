//! Drawings of the neutral classes.

use super::super::dice::Dice;
use super::super::drawing::{Drawing, Tone};
use super::super::geometry::{arc, blob, curve, ellipse, on_ellipse, rectangle, round_rectangle, star};

/// A chair seen obliquely: back with slats, seat, four legs.
pub fn chair(drawing: &mut Drawing, dice: &mut Dice) {
    let (skew, back, leg) = (dice.between(0.2, 0.35), dice.between(-1.0, -0.85), dice.between(0.1, 0.14));
    drawing.line(Tone::Second, leg, vec![[-0.5 + skew, 0.05], [-0.5 + skew, 0.75]]);
    drawing.line(Tone::Second, leg, vec![[0.3 + skew, 0.05], [0.3 + skew, 0.75]]);
    if dice.chance(0.5) {
        drawing.fill(Tone::Main, round_rectangle([-0.52 + skew, back], [0.32 + skew, -0.25], 0.1));
    } else {
        for height in [0.0, 0.27, 0.54] {
            drawing.line(Tone::Main, 0.13, vec![[-0.5 + skew, back + height], [0.3 + skew, back + height]]);
        }
    }
    drawing.line(Tone::Second, leg, vec![[-0.5 + skew, 0.0], [-0.5 + skew, back]]);
    drawing.line(Tone::Second, leg, vec![[0.3 + skew, 0.0], [0.3 + skew, back]]);
    drawing.line(Tone::Second, leg, vec![[-0.68, 0.25], [-0.68, 1.0]]);
    drawing.line(Tone::Second, leg, vec![[0.35, 0.25], [0.35, 1.0]]);
    let seat = [[-0.78, 0.28], [0.45, 0.28], [0.42 + skew, -0.05], [-0.58 + skew, -0.05]];
    drawing.fill(Tone::Main, seat.to_vec());
    drawing.line(Tone::Ink, 0.06, vec![[-0.78, 0.3], [0.45, 0.3]]);
}

/// A cup with a handle, mostly on a saucer.
pub fn cup(drawing: &mut Drawing, dice: &mut Dice) {
    let (foot, top) = (dice.between(0.3, 0.55), dice.between(-0.6, -0.4));
    if dice.chance(0.7) {
        drawing.fill(Tone::Second, ellipse([0.0, 0.62], [0.95, 0.2]));
        drawing.ring(Tone::Third, 0.04, ellipse([0.0, 0.6], [0.7, 0.12]));
    }
    drawing.ring(Tone::Main, 0.13, ellipse([0.68, 0.0], [0.27, 0.27]));
    let side = curve(&[[0.66, top], [0.62, 0.1], [foot, 0.55]]);
    let mut body: Vec<_> = side.iter().map(|point| [-point[0], point[1]]).rev().collect();
    body.extend(side);
    drawing.fill(Tone::Main, body);
    drawing.fill(Tone::Second, ellipse([0.0, top], [0.66, 0.17]));
    drawing.fill(Tone::Ink, ellipse([0.0, top + 0.02], [0.54, 0.1]));
    if dice.chance(0.5) {
        drawing.line(Tone::Third, 0.1, arc([0.0, top + 0.3], [0.6, 0.15], 0.04, 0.46));
    }
}

/// A house front: roof, door, windows, chimney.
pub fn house(drawing: &mut Drawing, dice: &mut Dice) {
    let (half, eaves) = (dice.between(0.62, 0.8), dice.between(-0.3, -0.1));
    if dice.chance(0.7) {
        let x = 0.4 * dice.sign();
        drawing.fill(Tone::Third, rectangle([x - 0.1, -0.95], [x + 0.1, -0.3]));
    }
    drawing.fill(Tone::Main, rectangle([-half, eaves], [half, 0.9]));
    drawing.fill(Tone::Second, vec![[-half - 0.18, eaves], [0.0, -1.0], [half + 0.18, eaves]]);
    let door = dice.between(-0.3, 0.3);
    drawing.fill(Tone::Third, rectangle([door - 0.15, 0.35], [door + 0.15, 0.9]));
    for x in [-half + 0.22, half - 0.22] {
        if (x - door).abs() > 0.34 || eaves < -0.2 {
            let y = if (x - door).abs() > 0.34 { 0.2 } else { 0.05 };
            drawing.fill(Tone::Ink, rectangle([x - 0.14, y - 0.13], [x + 0.14, y + 0.13]));
            drawing.line(Tone::Main, 0.045, vec![[x, y - 0.13], [x, y + 0.13]]);
            drawing.line(Tone::Main, 0.045, vec![[x - 0.14, y], [x + 0.14, y]]);
        }
    }
}

/// A broadleaf tree with a lobed crown or a conifer with tiers.
pub fn tree(drawing: &mut Drawing, dice: &mut Dice) {
    let trunk = dice.between(0.09, 0.15);
    drawing.fill(Tone::Second, vec![[-trunk, 0.2], [trunk, 0.2], [trunk * 1.5, 1.0], [-trunk * 1.5, 1.0]]);
    if dice.chance(0.5) {
        let lobes = dice.count(6, 9);
        let crown: Vec<_> = (0..2 * lobes)
            .map(|corner| {
                let radius = if corner % 2 == 0 { dice.between(0.68, 0.78) } else { 0.58 };
                on_ellipse([0.0, -0.3], [radius, radius * 0.92], corner as f32 / (2 * lobes) as f32)
            })
            .collect();
        drawing.fill(Tone::Main, blob(&crown));
        drawing.line(Tone::Second, 0.1, vec![[0.0, 0.3], [0.0, dice.between(-0.3, -0.1)]]);
        drawing.line(Tone::Second, 0.07, vec![[0.0, 0.1], [dice.between(0.2, 0.3), -0.2]]);
        drawing.line(Tone::Second, 0.07, vec![[0.0, -0.02], [dice.between(-0.3, -0.2), -0.3]]);
    } else {
        let tiers = dice.count(3, 4);
        for tier in 0..tiers {
            let t = tier as f32 / tiers as f32;
            let (foot, half) = (0.55 - 1.1 * t, 0.68 - 0.42 * t);
            drawing.fill(Tone::Main, vec![[-half, foot], [half, foot], [0.0, foot - 0.72]]);
            drawing.line(Tone::Ink, 0.045, vec![[-half, foot], [half, foot]]);
        }
    }
}

/// A car from the side.
pub fn car(drawing: &mut Drawing, dice: &mut Dice) {
    let (roof, nose, tail) = (dice.between(-0.55, -0.42), dice.between(0.35, 0.5), dice.between(-0.7, -0.5));
    let cabin = vec![[tail, 0.0], [tail + 0.15, roof], [nose - 0.25, roof], [nose + 0.08, 0.0]];
    drawing.fill(Tone::Main, cabin);
    drawing.fill(Tone::Main, round_rectangle([-1.0, -0.08], [1.0, 0.35], 0.12));
    let pillar = (tail + nose) / 2.0 - 0.05;
    let glass = roof + 0.1;
    drawing.fill(
        Tone::Second,
        vec![[tail + 0.12, -0.05], [tail + 0.21, glass], [pillar - 0.04, glass], [pillar - 0.04, -0.05]],
    );
    drawing.fill(
        Tone::Second,
        vec![[pillar + 0.04, -0.05], [pillar + 0.04, glass], [nose - 0.28, glass], [nose - 0.05, -0.05]],
    );
    drawing.line(Tone::Ink, 0.04, vec![[pillar, 0.0], [pillar, 0.3]]);
    drawing.fill(Tone::Third, ellipse([0.93, 0.06], [0.07, 0.07]));
    let wheel = dice.between(0.2, 0.25);
    for x in [-0.55, 0.55] {
        drawing.fill(Tone::Ink, ellipse([x, 0.36], [wheel, wheel]));
        drawing.fill(Tone::Third, ellipse([x, 0.36], [wheel * 0.45, wheel * 0.45]));
    }
}

/// A table lamp: shade, stem, foot.
pub fn lamp(drawing: &mut Drawing, dice: &mut Dice) {
    let (top, bottom, edge) = (dice.between(0.25, 0.42), dice.between(0.62, 0.78), dice.between(0.0, 0.15));
    drawing.line(Tone::Second, dice.between(0.08, 0.14), vec![[0.0, edge], [0.0, 0.9]]);
    if dice.chance(0.5) {
        drawing.fill(Tone::Second, ellipse([0.0, 0.6], [0.2, 0.26]));
    }
    drawing.fill(Tone::Second, arc([0.0, 1.0], [dice.between(0.38, 0.5), 0.2], 0.5, 1.0));
    drawing.fill(Tone::Main, vec![[-top, -0.9], [top, -0.9], [bottom, edge], [-bottom, edge]]);
    drawing.line(Tone::Third, 0.07, vec![[-bottom + 0.02, edge - 0.06], [bottom - 0.02, edge - 0.06]]);
    let pull = bottom * 0.6;
    drawing.line(Tone::Ink, 0.035, vec![[pull, edge], [pull, edge + 0.3]]);
    drawing.fill(Tone::Ink, ellipse([pull, edge + 0.33], [0.05, 0.05]));
}

/// An open book with lines of text.
pub fn book(drawing: &mut Drawing, dice: &mut Dice) {
    let (dip, height) = (dice.between(0.1, 0.18), dice.between(0.45, 0.6));
    drawing.fill_pair(
        Tone::Second,
        vec![[0.0, -height + dip + 0.1], [1.0, -height - 0.02], [1.0, height], [0.0, height + dip + 0.08]],
    );
    let upper = curve(&[[0.0, -height + dip], [0.3, -height - 0.06], [0.92, -height]]);
    let lower = curve(&[[0.92, height - 0.08], [0.3, height - 0.12], [0.0, height + dip - 0.06]]);
    let page: Vec<_> = upper.into_iter().chain(lower).collect();
    drawing.fill_pair(Tone::Main, page);
    let lines = dice.count(3, 5);
    for line in 0..lines {
        let y = -height + 0.2 + line as f32 * (2.0 * height - 0.45) / (lines - 1) as f32;
        let end = dice.between(0.6, 0.78);
        drawing.line_pair(Tone::Ink, 0.05, curve(&[[0.14, y + 0.06], [0.4, y - 0.02], [end, y]]));
    }
    drawing.line(Tone::Ink, 0.06, vec![[0.0, -height + dip], [0.0, height + dip]]);
}

/// An open umbrella with a hooked handle.
pub fn umbrella(drawing: &mut Drawing, dice: &mut Dice) {
    let (hook, dome) = (dice.between(0.13, 0.2), dice.between(0.75, 0.95));
    drawing.line(Tone::Ink, 0.08, vec![[0.0, -0.98], [0.0, 0.8]]);
    drawing.line(Tone::Ink, 0.09, arc([hook, 0.8], [hook, hook], 0.5, 0.0));
    let panels = dice.count(3, 5);
    let mut canopy = arc([0.0, 0.0], [1.0, dome], 0.5, 1.0);
    let width = 2.0 / panels as f32;
    for panel in 0..panels {
        let centre = 1.0 - width * (panel as f32 + 0.5);
        canopy.extend(arc([centre, 0.0], [width / 2.0, 0.16], 1.0, 0.5));
    }
    drawing.fill(Tone::Main, canopy);
    for panel in 1..panels {
        let x = -1.0 + width * panel as f32;
        drawing.line(Tone::Third, 0.05, curve(&[[0.0, -dome], [x * 0.75, -dome * 0.55], [x, 0.0]]));
    }
}

/// A key: bow with a hole, shaft, teeth.
pub fn key(drawing: &mut Drawing, dice: &mut Dice) {
    let (bow, shaft) = (dice.between(0.34, 0.42), dice.between(0.07, 0.1));
    drawing.fill(Tone::Main, rectangle([-0.4, -shaft], [1.0, shaft]));
    let teeth = dice.count(2, 3);
    for tooth in 0..teeth {
        let x = 0.9 - tooth as f32 * 0.22;
        drawing.fill(Tone::Main, rectangle([x - 0.07, 0.0], [x + 0.07, dice.between(0.25, 0.4)]));
    }
    drawing.fill(Tone::Second, rectangle([-0.28, -shaft - 0.06], [-0.16, shaft + 0.06]));
    if dice.chance(0.5) {
        drawing.fill(Tone::Main, ellipse([-0.6, 0.0], [bow, bow]));
    } else {
        drawing.fill(Tone::Main, star([-0.6, 0.0], bow * 1.1, bow * 0.85, 6, 0.0));
    }
    drawing.fill(Tone::Ink, ellipse([-0.66, 0.0], [bow * 0.45, bow * 0.45]));
}

/// A clock face with ticks and two hands.
pub fn clock(drawing: &mut Drawing, dice: &mut Dice) {
    if dice.chance(0.4) {
        drawing.fill_pair(Tone::Third, ellipse([0.55, -0.82], [0.28, 0.22]));
        drawing.line_pair(Tone::Second, 0.12, vec![[0.5, 0.8], [0.68, 1.0]]);
    }
    let square = dice.chance(0.25);
    let frame = if square { round_rectangle([-0.9, -0.9], [0.9, 0.9], 0.2) } else { ellipse([0.0, 0.0], [0.92, 0.92]) };
    drawing.fill(Tone::Second, frame);
    drawing.fill(Tone::Main, ellipse([0.0, 0.0], [0.76, 0.76]));
    for tick in 0..12 {
        let turns = tick as f32 / 12.0;
        let inner = if tick % 3 == 0 { 0.52 } else { 0.6 };
        drawing.line(
            Tone::Ink,
            0.05,
            vec![on_ellipse([0.0, 0.0], [inner, inner], turns), on_ellipse([0.0, 0.0], [0.68, 0.68], turns)],
        );
    }
    let hour = dice.between(0.0, 1.0);
    let minute = hour + dice.between(0.15, 0.85);
    drawing.line(Tone::Ink, 0.1, vec![[0.0, 0.0], on_ellipse([0.0, 0.0], [0.34, 0.34], hour)]);
    drawing.line(Tone::Ink, 0.07, vec![[0.0, 0.0], on_ellipse([0.0, 0.0], [0.52, 0.52], minute)]);
}
