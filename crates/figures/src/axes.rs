//! Scales with readable ticks, and the labels along a row of slots.

use crate::number;
use crate::svg::{Anchor, Canvas, Place, Text};
use crate::text::{Weight, shorten, width};
use crate::theme::{SOFT_INK, size};

/// A linear axis: its ends, and ticks with labels inside them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scale {
    pub low: f64,
    pub high: f64,
    pub ticks: Vec<(f64, String)>,
}

impl Scale {
    /// An axis over all values, with that share of their span as margin on both sides.
    ///
    /// Without values it runs from −1 to 1; a single value gets room on both sides.
    pub fn covering(values: impl Iterator<Item = f64>, margin: f64) -> Self {
        let (low, high) = values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (-1.0, 1.0) } else { apart(low, high) };
        let span = high - low;
        Self::between(low - margin * span, high + margin * span, 4)
    }

    /// The axis from −`largest` to `largest`.
    pub fn symmetric(largest: f64) -> Self {
        let largest = if largest < SMALLEST_SPAN { 1.0 } else { largest };
        Self::between(-largest, largest, 3)
    }

    /// An axis with at least `steps` steps, if the ends are ticks, and less than two and a half times as many.
    fn between(low: f64, high: f64, steps: usize) -> Self {
        let step = nice_step((high - low) / steps as f64);
        let (first, last) = ((low / step).ceil(), (high / step).floor());
        let steps = (last - first).max(0.0) as usize;
        let values: Vec<f64> = (0..=steps).map(|index| (first + index as f64) * step).collect();
        let labels = tick_labels(&values, step);
        Self { low, high, ticks: values.into_iter().zip(labels).collect() }
    }

    /// Where a value lies between the ends: 0 at the lower, 1 at the upper.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    /// Width of the widest tick label, in px.
    pub fn label_width(&self) -> f64 {
        widest(self.ticks.iter().map(|(_, label)| label.as_str()))
    }
}

/// Spans below this count as no span at all: their reciprocals and tick steps would leave the floating-point range.
const SMALLEST_SPAN: f64 = 1e-100;

/// Moves two ends apart that are equal or so close that no tick label could tell them apart.
fn apart(low: f64, high: f64) -> (f64, f64) {
    let largest = low.abs().max(high.abs());
    if high - low > SMALLEST_SPAN.max(1e-9 * largest) {
        return (low, high);
    }
    let room = if largest < SMALLEST_SPAN { 1.0 } else { 0.1 * largest };
    (low - room, high + room)
}

/// The largest of 1, 2 or 5 times a power of ten that is not above `step`.
fn nice_step(step: f64) -> f64 {
    let power = 10f64.powi(number::exponent(step));
    let factor = [5.0, 2.0].into_iter().find(|factor| factor * power <= step * (1.0 + 1e-9)).unwrap_or(1.0);
    factor * power
}

/// Labels with just the decimals of the step, or powers of ten where these would be long.
fn tick_labels(values: &[f64], step: f64) -> Vec<String> {
    let largest = values.iter().fold(0f64, |largest, value| largest.max(value.abs()));
    let decimals = number::exponent(step);
    if largest == 0.0 || (1e-3..1e6).contains(&largest) {
        return values.iter().map(|&value| number::fixed(value, (-decimals).max(0) as usize)).collect();
    }
    let power = number::exponent(largest);
    // A tick that should be zero may be off by a rounding error.
    let exact = |value: f64| if value.abs() < step / 2.0 { 0.0 } else { value };
    values.iter().map(|&value| number::scientific(exact(value), power, (power - decimals).max(0) as usize)).collect()
}

/// Width of the widest of some labels, in px.
pub(crate) fn widest<'a>(labels: impl Iterator<Item = &'a str>) -> f64 {
    labels.map(|label| width(label, size::LABEL, Weight::Regular)).fold(0.0, f64::max)
}

/// The longest a label of a slot may get, in px.
const LONGEST_SLOT_LABEL: f64 = 130.0;
/// Height of a line of labels, in px.
pub(crate) const LINE: f64 = 14.0;

/// Labels under equally wide slots (layers, columns): level where they fit, else slanted, thinned out when dense.
#[derive(Clone, Debug)]
pub(crate) struct SlotLabels {
    labels: Vec<String>,
    slanted: bool,
    every: usize,
    slot: f64,
    /// Room they need below the axis, in px.
    pub height: f64,
    /// Room they need to the left of the first slot, in px.
    pub overhang: f64,
}

impl SlotLabels {
    /// Arranges the labels of slots that are `slot` px wide.
    pub fn arrange(labels: &[String], slot: f64) -> Self {
        let labels: Vec<String> =
            labels.iter().map(|label| shorten(label, size::LABEL, Weight::Regular, LONGEST_SLOT_LABEL)).collect();
        let longest = widest(labels.iter().map(String::as_str));
        let slanted = longest + 8.0 > slot;
        // Slanted lines are a line height apart when their slots are √2 of it apart.
        let every = if slanted { (LINE * 1.2 / slot).ceil().max(1.0) as usize } else { 1 };
        let diagonal = longest * std::f64::consts::FRAC_1_SQRT_2;
        let (height, overhang) = if slanted { (diagonal + 16.0, diagonal - slot / 2.0) } else { (LINE + 4.0, 0.0) };
        Self { labels, slanted, every, slot, height, overhang: overhang.max(0.0) }
    }

    /// Draws the labels below an axis that begins at `corner`.
    pub fn draw(&self, canvas: &mut Canvas, corner: Place) {
        for (index, label) in self.labels.iter().enumerate().step_by(self.every) {
            let centre = corner.0 + (index as f64 + 0.5) * self.slot;
            let (place, anchor, turn) = if self.slanted {
                ((centre + 4.0, corner.1 + 12.0), Anchor::End, -45.0)
            } else {
                ((centre, corner.1 + LINE), Anchor::Middle, 0.0)
            };
            canvas.text(Text { anchor, turn, colour: SOFT_INK, ..Text::at(place, label) });
        }
    }
}

/// Draws the title of a vertical axis, upright along `x`, centred on `middle`, in at most `room` px.
pub(crate) fn vertical_title(canvas: &mut Canvas, title: &str, (x, middle): Place, room: f64) {
    let lines = crate::text::wrap_at_most(title, size::HEADING, Weight::Regular, room, 2);
    for (index, line) in lines.iter().enumerate() {
        let place = (x + index as f64 * LINE, middle);
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, turn: -90.0, ..Text::at(place, line) });
    }
}

/// Room that [`vertical_title`] needs across, in px.
pub(crate) fn vertical_title_width(title: &str, room: f64) -> f64 {
    let lines = crate::text::wrap_at_most(title, size::HEADING, Weight::Regular, room, 2);
    if lines.is_empty() { 0.0 } else { lines.len() as f64 * LINE + 4.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(values: &[f64]) -> Vec<String> {
        let scale = Scale::covering(values.iter().copied(), 0.05);
        scale.ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&[-43.0, 2.0]), ["−40", "−30", "−20", "−10", "0"]);
        assert_eq!(labels(&[0.0, 1.0]), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&[7.0, 7.0]), ["6.4", "6.6", "6.8", "7.0", "7.2", "7.4", "7.6"]);
        assert_eq!(labels(&[]), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(&[0.0, 2.1e7]), ["0", "0.5×10⁷", "1.0×10⁷", "1.5×10⁷", "2.0×10⁷"]);
    }

    #[test]
    fn dense_slots_are_thinned_and_few_stand_level() {
        let names: Vec<String> = (0..60).map(|index| format!("layer{index}")).collect();
        assert_eq!(SlotLabels::arrange(&names, 5.0).every, 4);
        assert!(!SlotLabels::arrange(&names[..4], 80.0).slanted);
    }

    proptest! {
        #[test]
        fn any_range_gives_a_usable_axis(a in -1e100..1e100f64, b in -1e100..1e100f64, power in -150..1i32) {
            let (a, b) = (a * 10f64.powi(power), b * 10f64.powi(power));
            let scale = Scale::covering([a, b].into_iter(), 0.1);
            prop_assert!(scale.low < a && a < scale.high && scale.low < b && b < scale.high);
            prop_assert!((3..=11).contains(&scale.ticks.len()), "{:?}", scale);
            let mut names: Vec<_> = scale.ticks.iter().map(|(_, label)| label.clone()).collect();
            names.dedup();
            prop_assert_eq!(names.len(), scale.ticks.len(), "{:?}", scale);
        }
    }
}
