//! Fonts, sizes and colours of every figure.
//!
//! The colours are those of Okabe & Ito (2008, "Color Universal Design"), which stay apart for all common kinds of
//! colour blindness. No meaning rests on colour alone: each role also has its own marker and dash.

use crate::marker::Marker;

/// DejaVu Sans, embedded so that measuring and rasterising need no system font.
pub(crate) const FONT_REGULAR: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");
/// DejaVu Sans Bold.
pub(crate) const FONT_BOLD: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans-Bold.ttf");
/// Family name inside the embedded fonts.
pub(crate) const FONT_FAMILY: &str = "DejaVu Sans";
/// What a browser without DejaVu Sans takes; Verdana has nearly the same widths.
pub(crate) const FONT_FALLBACK: &str = "'DejaVu Sans', Verdana, sans-serif";

/// Font sizes in px of the drawing.
pub(crate) mod size {
    /// The figure's title.
    pub const TITLE: f64 = 15.0;
    /// Panel titles and axis titles.
    pub const HEADING: f64 = 12.0;
    /// Tick labels, legend, cell values.
    pub const LABEL: f64 = 11.0;
    /// The caption under the drawing.
    pub const CAPTION: f64 = 11.0;
}

/// Text and axes.
pub(crate) const INK: &str = "#1a1a1a";
/// Captions and tick labels.
pub(crate) const SOFT_INK: &str = "#444444";
/// Grid lines.
pub(crate) const GRID: &str = "#e2e2e2";
/// Every second group of layers.
pub(crate) const SHADE: &str = "#f4f4f4";
/// The line of no effect.
pub(crate) const BASELINE: &str = "#555555";
/// Frame of a panel and borders of cells.
pub(crate) const FRAME: &str = "#9a9a9a";
/// The figure's own background, so that it stays legible on a dark page.
pub(crate) const PAPER: &str = "#ffffff";

/// What a series stands for; it fixes colour, marker and dash in every figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Pleasant: blue, filled circles.
    Pleasant,
    /// Neutral: bluish green, filled squares.
    Neutral,
    /// Unpleasant: vermillion, filled triangles.
    Unpleasant,
    /// A control, in grey; its interval is a band. Four looks, then they repeat.
    Control(usize),
    /// A network: 0 black (the trained one), then sky blue, reddish purple, orange; then they repeat.
    Network(usize),
}

/// How the interval around an estimate is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IntervalStyle {
    Band,
    Whiskers,
}

/// The look of a role.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    pub colour: &'static str,
    pub marker: Marker,
    /// SVG dash array; empty for a solid line.
    pub dash: &'static str,
    pub filled: bool,
    pub interval: IntervalStyle,
}

const CONTROLS: [(&str, Marker, &str); 4] = [
    ("#6b6b6b", Marker::Diamond, "5 3"),
    ("#858585", Marker::Cross, "1.5 2.5"),
    ("#4d4d4d", Marker::TriangleDown, "7 2.5 1.5 2.5"),
    ("#767676", Marker::Square, "9 3"),
];

const NETWORKS: [(&str, Marker, &str); 4] = [
    ("#000000", Marker::Circle, ""),
    ("#56b4e9", Marker::Diamond, "5 3"),
    ("#cc79a7", Marker::TriangleDown, "1.5 2.5"),
    ("#e69f00", Marker::Square, "7 2.5 1.5 2.5"),
];

impl Role {
    /// The emotions in the study's order: pleasant, neutral, unpleasant.
    pub const EMOTIONS: [Role; 3] = [Role::Pleasant, Role::Neutral, Role::Unpleasant];

    pub(crate) fn look(self) -> Look {
        let emotion =
            |colour, marker| Look { colour, marker, dash: "", filled: true, interval: IntervalStyle::Whiskers };
        match self {
            Role::Pleasant => emotion("#0072b2", Marker::Circle),
            Role::Neutral => emotion("#009e73", Marker::Square),
            Role::Unpleasant => emotion("#d55e00", Marker::TriangleUp),
            Role::Control(index) => {
                let (colour, marker, dash) = CONTROLS[index % CONTROLS.len()];
                Look { colour, marker, dash, filled: false, interval: IntervalStyle::Band }
            }
            Role::Network(index) => {
                let (colour, marker, dash) = NETWORKS[index % NETWORKS.len()];
                Look { colour, marker, dash, filled: index == 0, interval: IntervalStyle::Whiskers }
            }
        }
    }
}

/// Shapes of classes; filled first, then open, which makes twice as many marks.
const CLASS_MARKERS: [Marker; 10] = [
    Marker::Circle,
    Marker::Square,
    Marker::TriangleUp,
    Marker::Diamond,
    Marker::TriangleDown,
    Marker::Star,
    Marker::Hourglass,
    Marker::Plus,
    Marker::Bowtie,
    Marker::TriangleLeft,
];

/// Colours of classes. There are seven, so that classes of one shape, which are ten apart, differ by colour too.
const CLASS_COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9"];

/// The most classes that differ by their marks alone.
pub(crate) const MOST_CLASSES: usize = 2 * CLASS_MARKERS.len();

/// The look of a class among up to [`MOST_CLASSES`]; no two have the same shape and filling.
pub(crate) fn class_look(index: usize) -> Look {
    let (colour, marker) = (CLASS_COLOURS[index % CLASS_COLOURS.len()], CLASS_MARKERS[index % CLASS_MARKERS.len()]);
    let filled = (index / CLASS_MARKERS.len()).is_multiple_of(2);
    Look { colour, marker, dash: "", filled, interval: IntervalStyle::Whiskers }
}

/// Colours that a dark page replaces, each with its replacement; the others are seen on both papers.
const ON_DARK: [(&str, &str); 15] = [
    (INK, "#ececec"),
    (SOFT_INK, "#c3c7cd"),
    (GRID, "#363b41"),
    (SHADE, "#25292e"),
    (BASELINE, "#a8adb4"),
    (FRAME, "#737a82"),
    (PAPER, DARK_PAPER),
    ("#0072b2", "#4aa3e0"),
    ("#009e73", "#23bd92"),
    ("#d55e00", "#f07c28"),
    ("#6b6b6b", "#a3a3a3"),
    ("#858585", "#8d8d8d"),
    ("#4d4d4d", "#c0c0c0"),
    ("#767676", "#989898"),
    ("#000000", "#f2f2f2"),
];
const DARK_PAPER: &str = "#1b1e22";

/// Style rules that turn drawings inside a dark page dark too.
///
/// They override the presentation attributes of the marks, so that the drawing itself stays one and the same
/// everywhere. Cells of heat maps keep their colours: their scale has its meaning from white.
pub(crate) fn dark_rules() -> String {
    let rule = |property: &str, (light, dark): (&str, &str)| {
        format!(".drawing :not(.cell) > [{property}=\"{light}\"] {{ {property}: {dark}; }}\n")
    };
    ON_DARK.iter().map(|&pair| rule("fill", pair) + &rule("stroke", pair)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::colour::contrast::ratio;

    #[test]
    fn no_two_roles_of_a_kind_differ_by_colour_alone() {
        let kinds = [
            Role::EMOTIONS.to_vec(),
            (0..CONTROLS.len()).map(Role::Control).collect(),
            (0..NETWORKS.len()).map(Role::Network).collect(),
        ];
        for roles in kinds {
            for (index, a) in roles.iter().enumerate() {
                for b in &roles[index + 1..] {
                    assert_ne!(a.look().colour, b.look().colour);
                    assert_ne!(a.look().marker, b.look().marker, "{a:?} and {b:?}");
                }
            }
        }
    }

    #[test]
    fn no_two_classes_differ_by_colour_alone() {
        let looks: Vec<Look> = (0..MOST_CLASSES).map(class_look).collect();
        for (index, a) in looks.iter().enumerate() {
            for b in &looks[index + 1..] {
                assert!(a.marker != b.marker || (a.filled != b.filled && a.colour != b.colour), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn texts_and_marks_are_seen_on_their_paper() {
        let dark =
            |colour: &'static str| ON_DARK.iter().find(|(light, _)| *light == colour).map_or(colour, |pair| pair.1);
        for colour in [INK, SOFT_INK] {
            assert!(ratio(colour, PAPER) >= 4.5 && ratio(dark(colour), DARK_PAPER) >= 4.5, "text in {colour}");
        }
        let numbered = (0..4).flat_map(|index| [Role::Control(index), Role::Network(index)]);
        for role in Role::EMOTIONS.into_iter().chain(numbered) {
            assert!(ratio(dark(role.look().colour), DARK_PAPER) >= 3.0, "{role:?} on dark paper");
        }
    }
}
