//! What surrounds the panels of a figure: title above, caption below.

use crate::svg::{Canvas, Place, Text};
use crate::text::{Weight, wrap, wrap_at_most};
use crate::theme::{SOFT_INK, size};

/// Empty border of a figure, in px.
pub(crate) const MARGIN: f64 = 14.0;

/// Draws the title from `top` on; returns where the next part begins.
pub(crate) fn title(canvas: &mut Canvas, text: &str, top: f64, width: f64) -> f64 {
    let room = width - 2.0 * MARGIN;
    let mut y = top;
    for line in wrap(text, size::TITLE, Weight::Bold, room) {
        y += 19.0;
        canvas.text(Text { size: size::TITLE, weight: Weight::Bold, ..Text::at((MARGIN, y - 4.0), &line) });
    }
    if y > top { y + 6.0 } else { y }
}

/// Draws the caption from `top` on; returns where it ends.
pub(crate) fn caption(canvas: &mut Canvas, text: &str, top: f64, width: f64) -> f64 {
    let mut y = top;
    for line in wrap(text, size::CAPTION, Weight::Regular, width - 2.0 * MARGIN) {
        y += 15.0;
        canvas.text(Text { size: size::CAPTION, colour: SOFT_INK, ..Text::at((MARGIN, y), &line) });
    }
    y
}

/// Draws the title of a panel whose upper left corner is `corner`, in at most two lines of `width` px.
pub(crate) fn panel_title(canvas: &mut Canvas, title: &str, corner: Place, width: f64) {
    let lines = wrap_at_most(title, size::LABEL, Weight::Bold, width, 2);
    for (index, line) in lines.iter().rev().enumerate() {
        let place = (corner.0, corner.1 - 6.0 - index as f64 * PANEL_TITLE_LINE);
        canvas.text(Text { weight: Weight::Bold, colour: SOFT_INK, ..Text::at(place, line) });
    }
}

/// Room that [`panel_title`] needs above the panel, in px, with some air above it.
pub(crate) fn panel_title_room(title: &str, width: f64) -> f64 {
    14.0 + wrap_at_most(title, size::LABEL, Weight::Bold, width, 2).len() as f64 * PANEL_TITLE_LINE
}

const PANEL_TITLE_LINE: f64 = 13.0;
