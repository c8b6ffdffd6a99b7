//! The drawing surface: marks in, SVG text out.

use crate::figure::Figure;
use crate::marker::{Marker, absolute_path, relative_path};
use crate::text::{Weight, escape};
use crate::theme::{INK, Look, PAPER, size};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fmt::Write;

/// A place on the canvas: px from the left and from the top.
pub(crate) type Place = (f64, f64);

/// Line colour, width in px and dash.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub colour: &'static str,
    pub width: f64,
    pub dash: &'static str,
}

impl Stroke {
    pub fn solid(colour: &'static str, width: f64) -> Self {
        Self { colour, width, dash: "" }
    }

    fn attributes(&self) -> String {
        let dash = if self.dash.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{}""#, self.dash) };
        format!(r#"stroke="{}" stroke-width="{}"{dash}"#, self.colour, number(self.width))
    }
}

/// Which point of a text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text; its place is on the baseline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    pub text: &'a str,
    pub place: Place,
    pub size: f64,
    pub weight: Weight,
    pub anchor: Anchor,
    pub colour: &'a str,
    /// Degrees, clockwise, around the place.
    pub turn: f64,
    /// Whether a rim of paper keeps it apart from the marks below it.
    pub halo: bool,
}

impl<'a> Text<'a> {
    /// A label in ink that starts at its place.
    pub fn at(place: Place, text: &'a str) -> Self {
        let (weight, anchor) = (Weight::Regular, Anchor::Start);
        Self { text, place, size: size::LABEL, weight, anchor, colour: INK, turn: 0.0, halo: false }
    }
}

/// Up to this many marks carry their numbers; beyond it the file would grow by megabytes, and no pointer could tell
/// the marks apart.
const MOST_VALUES: usize = 10_000;

/// Collects marks; [`Canvas::finish`] makes the figure, since the height is known last.
#[derive(Debug)]
pub(crate) struct Canvas {
    body: String,
    tells_values: bool,
    has_pictures: bool,
}

impl Canvas {
    /// A canvas for that many marks that stand for a number.
    pub fn for_values(count: usize) -> Self {
        Self { body: String::new(), tells_values: count <= MOST_VALUES, has_pictures: false }
    }

    pub fn line(&mut self, from: Place, to: Place, stroke: Stroke) {
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(number);
        self.push(&format!(r#"<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" {}/>"#, stroke.attributes()));
    }

    pub fn polyline(&mut self, places: &[Place], stroke: Stroke) {
        let attributes = format!(r#"fill="none" stroke-linejoin="round" {}"#, stroke.attributes());
        self.push(&format!(r#"<polyline points="{}" {attributes}/>"#, points(places)));
    }

    pub fn polygon(&mut self, places: &[Place], fill: &str, opacity: f64) {
        let opacity = number(opacity);
        self.push(&format!(r#"<polygon points="{}" fill="{fill}" fill-opacity="{opacity}"/>"#, points(places)));
    }

    pub fn rectangle(&mut self, corner: Place, extent: Place, fill: &str) {
        let [x, y, width, height] = [corner.0, corner.1, extent.0, extent.1].map(number);
        self.push(&format!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}"/>"#));
    }

    pub fn outline(&mut self, corner: Place, extent: Place, stroke: Stroke) {
        let [x, y, width, height] = [corner.0, corner.1, extent.0, extent.1].map(number);
        let stroke = stroke.attributes();
        self.push(&format!(r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="none" {stroke}/>"#));
    }

    pub fn text(&mut self, text: Text<'_>) {
        let anchor = match text.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let [x, y, font_size] = [text.place.0, text.place.1, text.size].map(number);
        let mut attributes = format!(r#"x="{x}" y="{y}" font-size="{font_size}" text-anchor="{anchor}""#);
        if text.weight == Weight::Bold {
            attributes.push_str(r#" font-weight="bold""#);
        }
        if text.turn != 0.0 {
            let _ = write!(attributes, r#" transform="rotate({} {x} {y})""#, number(text.turn));
        }
        if text.halo {
            let _ = write!(
                attributes,
                r#" paint-order="stroke" stroke="{PAPER}" stroke-width="3" stroke-linejoin="round""#
            );
        }
        self.push(&format!(r#"<text {attributes} fill="{}">{}</text>"#, text.colour, escape(text.text)));
    }

    /// The mark of a look and the number that it stands for; empty where it stands for none, as in a legend.
    pub fn marker(&mut self, centre: Place, radius: f64, look: Look, value: &str) {
        let title = self.value_title(value);
        let fill = if look.filled { look.colour } else { PAPER };
        let paint = format!(r#"fill="{fill}" stroke="{}" stroke-width="1.3""#, look.colour);
        let (x, y) = centre;
        if look.marker == Marker::Circle {
            let [x, y, radius] = [x, y, radius].map(number);
            self.push(&format!(r#"<circle cx="{x}" cy="{y}" r="{radius}" {paint}>{title}</circle>"#));
            return;
        }
        let path = absolute_path(look.marker, centre, radius);
        self.push(&format!(r#"<path d="{path}" {paint}>{title}</path>"#));
    }

    /// A circle that stands for no number of its own.
    pub fn dot(&mut self, centre: Place, radius: f64, fill: &str, stroke: Stroke) {
        let [x, y, radius] = [centre.0, centre.1, radius].map(number);
        self.push(&format!(r#"<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" {}/>"#, stroke.attributes()));
    }

    /// Opens a group of [`Canvas::small_mark`]s of one look; [`Canvas::close`] ends it. What they share is written once,
    /// so that thousands of marks stay a small file.
    pub fn open_marks(&mut self, look: Look, width: f64) {
        let (fill, width) = (if look.filled { look.colour } else { PAPER }, number(width));
        self.push(&format!(r#"<g class="marks" fill="{fill}" stroke="{}" stroke-width="{width}">"#, look.colour));
    }

    /// A mark of the open group, to a tenth of a px, and what it stands for.
    pub fn small_mark(&mut self, marker: Marker, (x, y): Place, radius: f64, value: &str) {
        let title = self.value_title(value);
        if marker == Marker::Circle {
            let [x, y, radius] = [x, y, radius].map(tenths);
            return self.push(&format!(r#"<circle cx="{x}" cy="{y}" r="{radius}">{title}</circle>"#));
        }
        self.push(&format!(r#"<path d="{}">{title}</path>"#, relative_path(marker, (x, y), radius)));
    }

    /// A circle around a mark; paint comes from the group that it stands in.
    pub fn ring(&mut self, (x, y): Place, radius: f64) {
        let [x, y, radius] = [x, y, radius].map(tenths);
        self.push(&format!(r#"<circle cx="{x}" cy="{y}" r="{radius}"/>"#));
    }

    /// Opens a group of [`Canvas::ring`]s.
    pub fn open_rings(&mut self, stroke: Stroke) {
        self.push(&format!(r#"<g class="rings" fill="none" {}>"#, stroke.attributes()));
    }

    /// A picture, given as the bytes of a PNG file, stretched over that place.
    pub fn picture(&mut self, corner: Place, extent: Place, png: &[u8]) {
        let [x, y, width, height] = [corner.0, corner.1, extent.0, extent.1].map(number);
        let place = format!(r#"x="{x}" y="{y}" width="{width}" height="{height}""#);
        let data = BASE64_STANDARD.encode(png);
        self.has_pictures = true;
        self.push(&format!(r#"<image {place} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>"#));
    }

    /// An invisible area that tells numbers where the marks themselves are too thin or overlap.
    pub fn value_area(&mut self, corner: Place, extent: Place, value: &str) {
        let title = self.value_title(value);
        if title.is_empty() {
            return;
        }
        let [x, y, width, height] = [corner.0, corner.1, extent.0, extent.1].map(number);
        let area = format!(r#"x="{x}" y="{y}" width="{width}" height="{height}" fill="none" pointer-events="all""#);
        self.push(&format!("<rect {area}>{title}</rect>"));
    }

    fn value_title(&self, value: &str) -> String {
        if value.is_empty() || !self.tells_values { String::new() } else { format!("<title>{}</title>", escape(value)) }
    }

    /// Opens a group of marks of that class; [`Canvas::close`] ends it.
    pub fn open(&mut self, class: &str) {
        self.push(&format!(r#"<g class="{class}">"#));
    }

    /// Opens a panel: its title and what its numbers are, such as "change of F1 (%)", go before each of them.
    pub fn open_panel(&mut self, title: &str, quantity: &str) {
        let parts: Vec<String> = [title, quantity].into_iter().filter(|part| !part.is_empty()).map(escape).collect();
        self.push(&format!(r#"<g class="panel" role="group" aria-label="{}">"#, parts.join(": ")));
    }

    /// Opens a group of marks that together stand for one number.
    pub fn open_value(&mut self, class: &str, value: &str) {
        let title = self.value_title(value);
        self.push(&format!(r#"<g class="{class}">{title}"#));
    }

    pub fn close(&mut self) {
        self.push("</g>");
    }

    /// The drawing on its own paper, with title and description for programs that read it aloud.
    pub fn finish(self, (width, height): Place, title: &str, description: &str) -> Figure {
        Figure {
            title: title.to_string(),
            description: description.to_string(),
            marks: self.body,
            has_pictures: self.has_pictures,
            width: width.ceil(),
            height: height.ceil(),
        }
    }

    fn push(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }
}

fn points(places: &[Place]) -> String {
    places.iter().map(|&(x, y)| format!("{},{}", number(x), number(y))).collect::<Vec<_>>().join(" ")
}

/// A coordinate to a hundredth of a px, without trailing zeros.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// A coordinate to a tenth of a px.
pub(crate) fn tenths(value: f64) -> String {
    number((value * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short() {
        assert_eq!([number(1.0), number(-0.001), number(2.346), number(120.0)], ["1", "0", "2.35", "120"]);
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut canvas = Canvas::for_values(0);
        canvas.text(Text::at((1.0, 2.0), "</text><script>alert(1)</script>\u{0}"));
        let figure = canvas.finish((10.0, 10.0), "<title>", "\"&\u{1}");
        assert!(!figure.svg().contains("<script"));
        figure.png().expect("an SVG that parses");
    }

    #[test]
    fn too_many_marks_carry_no_numbers() {
        let svg = |count| {
            let mut canvas = Canvas::for_values(count);
            canvas.marker((1.0, 2.0), 3.0, crate::theme::Role::Pleasant.look(), "the value");
            canvas.value_area((0.0, 0.0), (1.0, 1.0), "the value");
            canvas.finish((10.0, 10.0), "t", "d").svg()
        };
        assert_eq!(svg(MOST_VALUES).matches("<title>the value</title>").count(), 2);
        assert_eq!(svg(MOST_VALUES + 1).matches("the value").count(), 0);
    }
}
