//! Colours, drawn anew for every object and ground.
//!
//! Hue is uniform, and every rule about lightness is symmetric: a palette and its negative are equally likely. So the
//! expected colour of every pixel is the same for all object classes, whatever shape they have.

use super::dice::Dice;
use super::drawing::Tone;
use super::style::Style;

/// Red, green and blue in 0–1, as stored in a picture file (no gamma is removed anywhere).
pub type Rgb = [f32; 3];

/// Every hue: red, yellow, green, cyan, blue, magenta.
pub const ALL_HUES: [f32; 2] = [0.0, 6.0];
/// Weights of ITU-R BT.601 luma.
const LUMA: Rgb = [0.299, 0.587, 0.114];

/// The colours of one object.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    main: Rgb,
    second: Rgb,
    third: Rgb,
    ink: Rgb,
}

impl Palette {
    /// Colours for an object that stands on a ground of the given luma.
    pub fn draw(dice: &mut Dice, style: Style, ground: f32) -> Self {
        let saturation = style.saturation();
        let mut pick = |rivals: &[(f32, f32)]| {
            let luma = contrasting(dice, rivals);
            (colour(dice, saturation, luma), luma)
        };
        let (main, main_luma) = pick(&[(ground, 0.25)]);
        let (ink, ink_luma) = pick(&[(main_luma, 0.4), (ground, 0.2)]);
        let (second, second_luma) = pick(&[(ground, 0.2), (main_luma, 0.15), (ink_luma, 0.1)]);
        let (third, _) = pick(&[(main_luma, 0.2), (ground, 0.15), (second_luma, 0.1), (ink_luma, 0.1)]);
        Self { main, second, third, ink }
    }

    /// The colour of a tone.
    pub fn of(&self, tone: Tone) -> Rgb {
        match tone {
            Tone::Main => self.main,
            Tone::Second => self.second,
            Tone::Third => self.third,
            Tone::Ink => self.ink,
        }
    }
}

/// A colour of uniform hue with a saturation in the given range and exactly the given luma.
pub fn colour(dice: &mut Dice, saturation: [f32; 2], luma: f32) -> Rgb {
    tinted(dice, ALL_HUES, saturation, luma)
}

/// A colour with a hue and a saturation in the given ranges and exactly the given luma. Hues are counted in sixths of
/// the circle from red.
pub fn tinted(dice: &mut Dice, hues: [f32; 2], saturation: [f32; 2], luma: f32) -> Rgb {
    let hue = dice.between(hues[0], hues[1]);
    let amount = dice.between(saturation[0], saturation[1]);
    let pure = [0.0, 4.0, 2.0].map(|shift| (((hue + shift).rem_euclid(6.0) - 3.0).abs() - 1.0).clamp(0.0, 1.0));
    let own = self::luma(pure);
    // Added to a grey of the wanted luma, the chroma of the pure hue changes no luma; it is cut where it would leave
    // the range of a channel.
    let chroma = pure.map(|channel| channel - own);
    let room = chroma.iter().fold(f32::MAX, |room, &part| {
        let limit = if part > 0.0 { (1.0 - luma) / part } else { luma / (-part).max(1e-6) };
        room.min(limit)
    });
    chroma.map(|part| luma + part * amount.min(room))
}

/// A luma in 0.04–0.96 that keeps the asked distance from each rival (luma, distance); the best of 24 tries where
/// no luma keeps them all.
pub fn contrasting(dice: &mut Dice, rivals: &[(f32, f32)]) -> f32 {
    let mut best = (f32::MIN, 0.5);
    for _ in 0..24 {
        let luma = dice.between(0.04, 0.96);
        let slack = rivals.iter().map(|(rival, gap)| (luma - rival).abs() / gap).fold(f32::MAX, f32::min);
        if slack >= 1.0 {
            return luma;
        }
        if slack > best.0 {
            best = (slack, luma);
        }
    }
    best.1
}

/// ITU-R BT.601 luma.
pub fn luma(colour: Rgb) -> f32 {
    (0..3).map(|channel| colour[channel] * LUMA[channel]).sum()
}

/// The colour a fraction of the way from one to another.
pub fn mix(from: Rgb, to: Rgb, share: f32) -> Rgb {
    [0, 1, 2].map(|channel| from[channel] + (to[channel] - from[channel]) * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_has_the_luma_asked_for() {
        let mut dice = Dice::new(1, "test", &[]);
        for step in 0..2000 {
            let wanted = 0.04 + 0.92 * step as f32 / 2000.0;
            let colour = colour(&mut dice, [0.0, 1.0], wanted);
            assert!(colour.iter().all(|channel| (-1e-5..=1.0 + 1e-5).contains(channel)), "{colour:?}");
            assert!((luma(colour) - wanted).abs() < 1e-4);
        }
    }

    #[test]
    fn contrast_is_kept_wherever_it_can_be() {
        let mut dice = Dice::new(2, "test", &[]);
        for ground in [0.1, 0.5, 0.9] {
            assert!((contrasting(&mut dice, &[(ground, 0.25)]) - ground).abs() >= 0.25);
        }
        let luma = contrasting(&mut dice, &[(0.5, 2.0)]);
        assert!((luma - 0.5).abs() > 0.3, "the best of the tries is far away, not {luma}");
    }

    #[test]
    fn palettes_are_symmetric_about_grey_on_average() {
        let mut sums = [0.0f64; 4];
        for seed in 0..4000 {
            let mut dice = Dice::new(seed, "test", &[]);
            let ground = contrasting(&mut dice, &[]);
            let palette = Palette::draw(&mut dice, Style::Flat, ground);
            for (sum, tone) in sums.iter_mut().zip([Tone::Main, Tone::Second, Tone::Third, Tone::Ink]) {
                *sum += f64::from(luma(palette.of(tone)));
            }
        }
        // The sd of a luma is below 0.35, so four standard errors are 0.022.
        assert!(sums.iter().all(|sum| (sum / 4000.0 - 0.5).abs() < 0.022), "{sums:?}");
    }
}
