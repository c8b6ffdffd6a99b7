//! The two panels of an example channel: tuning curves, and histograms of what drives the channel.

use crate::axes::Scale;
use crate::channel_examples::{ChannelExamples, ExampleSet};
use crate::legend::BAND_OPACITY;
use crate::number::precise;
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::theme::{BASELINE, FRAME, GRID, SOFT_INK};

/// A panel and its vertical scale.
pub(crate) struct Area<'a> {
    pub corner: Place,
    pub extent: Place,
    pub scale: &'a Scale,
}

/// Bars of a histogram.
pub(crate) const BINS: usize = 16;

/// The horizontal axis of a histogram.
pub(crate) struct Qualities<'a> {
    pub label: &'a str,
    pub range: (f64, f64),
    pub scale: &'a Scale,
}

impl Area<'_> {
    fn y(&self, value: f64) -> f64 {
        self.corner.1 + self.extent.1 * (1.0 - self.scale.share(value))
    }

    /// Writes the tick labels to the left.
    pub fn draw_tick_labels(&self, canvas: &mut Canvas) {
        for (value, label) in &self.scale.ticks {
            let place = (self.corner.0 - 5.0, self.y(*value) + 4.0);
            canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, label) });
        }
    }

    fn draw_grid(&self, canvas: &mut Canvas) {
        for (value, _) in &self.scale.ticks {
            let y = self.y(*value);
            canvas.line((self.corner.0, y), (self.corner.0 + self.extent.0, y), Stroke::solid(GRID, 0.8));
        }
    }

    fn draw_emptiness(&self, canvas: &mut Canvas) {
        let middle = (self.corner.0 + self.extent.0 / 2.0, self.corner.1 + self.extent.1 / 4.0);
        canvas.text(Text { anchor: Anchor::Middle, colour: SOFT_INK, ..Text::at(middle, "no values") });
    }
}

/// Draws the tuning curve of every set.
pub(crate) fn draw_curves(canvas: &mut Canvas, panel: &Area<'_>, chart: &ChannelExamples, sets: &[ExampleSet]) {
    panel.draw_grid(canvas);
    let (left, right) = (panel.corner.0, panel.corner.0 + panel.extent.0);
    canvas.line((left, panel.y(0.0)), (right, panel.y(0.0)), Stroke::solid(BASELINE, 1.1));
    canvas.outline(panel.corner, panel.extent, Stroke::solid(FRAME, 1.0));
    if sets.iter().all(|set| set.curve.iter().all(Option::is_none)) {
        panel.draw_emptiness(canvas);
    }
    for set in sets {
        let look = set.role.look();
        let slot = panel.extent.0 / set.curve.len() as f64;
        let x = |category: usize| left + (category as f64 + 0.5) * slot;
        canvas.open("series");
        for (category, pair) in set.curve.windows(2).enumerate() {
            if let [Some(a), Some(b)] = pair {
                let places = [(x(category), panel.y(*a)), (x(category + 1), panel.y(*b))];
                canvas.polyline(&places, Stroke { colour: look.colour, width: 1.6, dash: look.dash });
            }
        }
        for (category, value) in set.curve.iter().enumerate() {
            let Some(value) = value else { continue };
            let text =
                format!("{}, {}, {}: {}", chart.curve_label, chart.categories[category], set.name, precise(*value));
            canvas.marker((x(category), panel.y(*value)), 3.0, look, &text);
        }
        canvas.close();
    }
}

/// Draws the histogram of every set as a stepped outline over a light fill.
pub(crate) fn draw_histograms(canvas: &mut Canvas, panel: &Area<'_>, qualities: &Qualities<'_>, sets: &[ExampleSet]) {
    panel.draw_grid(canvas);
    canvas.outline(panel.corner, panel.extent, Stroke::solid(FRAME, 1.0));
    if sets.iter().all(|set| set.values.is_empty()) {
        panel.draw_emptiness(canvas);
    }
    let range = qualities.range;
    let step = (range.1 - range.0) / BINS as f64;
    let x = |value: f64| panel.corner.0 + panel.extent.0 * qualities.scale.share(value);
    for set in sets.iter().filter(|set| !set.values.is_empty()) {
        let look = set.role.look();
        let mut outline = vec![(x(range.0), panel.y(0.0))];
        for (bin, share) in histogram(&set.values, range).into_iter().enumerate() {
            let low = range.0 + bin as f64 * step;
            outline.extend([(x(low), panel.y(share)), (x(low + step), panel.y(share))]);
        }
        outline.push((x(range.1), panel.y(0.0)));
        canvas.open("series");
        canvas.polygon(&outline, look.colour, BAND_OPACITY);
        canvas.polyline(&outline, Stroke { colour: look.colour, width: 1.3, dash: look.dash });
        canvas.close();
    }
    tell_bins(canvas, panel, qualities, sets);
}

/// Lets every bin tell the shares of all sets, since their outlines overlap.
fn tell_bins(canvas: &mut Canvas, panel: &Area<'_>, qualities: &Qualities<'_>, sets: &[ExampleSet]) {
    let step = (qualities.range.1 - qualities.range.0) / BINS as f64;
    let x = |value: f64| panel.corner.0 + panel.extent.0 * qualities.scale.share(value);
    let shares: Vec<(&str, Vec<f64>)> = sets
        .iter()
        .filter(|set| !set.values.is_empty())
        .map(|set| (set.name.as_str(), histogram(&set.values, qualities.range)))
        .collect();
    for bin in (0..BINS).filter(|_| !shares.is_empty()) {
        let (low, high) = (qualities.range.0 + bin as f64 * step, qualities.range.0 + (bin + 1) as f64 * step);
        let told: Vec<String> =
            shares.iter().map(|(name, shares)| format!("{name} {} %", precise(100.0 * shares[bin]))).collect();
        let text = format!("{} {} to {}: {}", qualities.label, precise(low), precise(high), told.join(", "));
        canvas.value_area((x(low), panel.corner.1), (x(high) - x(low), panel.extent.1), &text);
    }
}

/// Share of the values in each of [`BINS`] equal bins; values beyond the ends count in the outer bins.
pub(crate) fn histogram(values: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let mut bins = vec![0.0; BINS];
    for value in values {
        let place = ((value - low) / (high - low) * BINS as f64).floor().clamp(0.0, (BINS - 1) as f64);
        bins[place as usize] += 1.0 / values.len() as f64;
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_one_bin_the_ends_included() {
        let shares = histogram(&[1.0, 9.0, 5.0, 0.0], (1.0, 9.0));
        assert_eq!((shares[0], shares[8], shares[15]), (0.5, 0.25, 0.25));
        assert_eq!(shares.iter().sum::<f64>(), 1.0);
        assert_eq!(histogram(&[], (1.0, 9.0)), vec![0.0; BINS]);
    }
}
