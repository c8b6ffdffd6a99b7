//! What an object looks like, before any style: filled shapes and lines in a handful of tones.

use super::geometry::{self, Point};

/// Which colour of the palette a part takes. No tone means a fixed colour: palettes are drawn anew for every object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The body of the object.
    Main,
    /// A second material.
    Second,
    /// An accent.
    Third,
    /// Marks that must stand out from the body: eyes, holes, seams.
    Ink,
}

/// How a part is laid down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// The closed outline is filled (even–odd).
    Fill,
    /// The open outline is followed with a pen of that width, in the units of the outline.
    Line(f32),
}

/// One shape of a drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Its colour.
    pub tone: Tone,
    /// Fill or line.
    pub mark: Mark,
    /// Its outline.
    pub outline: Vec<Point>,
}

/// An object as parts that are painted one over the other. Any units; [`Drawing::placed`] scales them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// The parts, backmost first.
    pub parts: Vec<Part>,
}

/// Where and how an object stands in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// Centre of the object's bounding box, in pixels.
    pub centre: Point,
    /// Half the longer side of the object's bounding box before it is stretched and turned, in pixels.
    pub size: f32,
    /// Rotation in turns, clockwise.
    pub turns: f32,
    /// Factors for the object's own width and height; a negative width mirrors it.
    pub stretch: Point,
}

impl Drawing {
    /// Adds a filled shape.
    pub fn fill(&mut self, tone: Tone, outline: Vec<Point>) {
        self.parts.push(Part { tone, mark: Mark::Fill, outline });
    }

    /// Adds a line of the given width.
    pub fn line(&mut self, tone: Tone, width: f32, outline: Vec<Point>) {
        self.parts.push(Part { tone, mark: Mark::Line(width), outline });
    }

    /// Adds a closed line.
    pub fn ring(&mut self, tone: Tone, width: f32, mut outline: Vec<Point>) {
        outline.extend(outline.first().copied());
        self.line(tone, width, outline);
    }

    /// Adds a filled shape and its mirror image at the y axis.
    pub fn fill_pair(&mut self, tone: Tone, outline: Vec<Point>) {
        let twin = geometry::mirrored(&outline);
        self.fill(tone, outline);
        self.fill(tone, twin);
    }

    /// Adds a line and its mirror image at the y axis.
    pub fn line_pair(&mut self, tone: Tone, width: f32, outline: Vec<Point>) {
        let twin = geometry::mirrored(&outline);
        self.line(tone, width, outline);
        self.line(tone, width, twin);
    }

    /// The same object in pixels: centred, scaled, stretched, turned.
    pub fn placed(&self, pose: &Pose) -> Drawing {
        let (low, high) = geometry::bounds(self.parts.iter().flat_map(|part| &part.outline));
        let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
        let scale = pose.size / ((high[0] - low[0]).max(high[1] - low[1]) / 2.0).max(1e-3);
        let [cos, sin] = geometry::direction(pose.turns);
        let place = |point: &Point| {
            let x = (point[0] - middle[0]) * scale * pose.stretch[0];
            let y = (point[1] - middle[1]) * scale * pose.stretch[1];
            [pose.centre[0] + cos * x - sin * y, pose.centre[1] + sin * x + cos * y]
        };
        let place_part = |part: &Part| Part {
            tone: part.tone,
            mark: match part.mark {
                Mark::Fill => Mark::Fill,
                Mark::Line(width) => Mark::Line(width * scale),
            },
            outline: part.outline.iter().map(place).collect(),
        };
        Drawing { parts: self.parts.iter().map(place_part).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placed_drawing_has_its_size_and_centre() {
        let mut drawing = Drawing::default();
        drawing.fill(Tone::Main, geometry::rectangle([3.0, 5.0], [7.0, 6.0]));
        drawing.line(Tone::Ink, 0.5, vec![[3.0, 5.0], [7.0, 5.0]]);
        let placed = drawing.placed(&Pose { centre: [40.0, 30.0], size: 20.0, turns: 0.0, stretch: [-1.0, 2.0] });
        let (low, high) = geometry::bounds(placed.parts.iter().flat_map(|part| &part.outline));
        assert_eq!((low, high), ([20.0, 20.0], [60.0, 40.0]));
        assert_eq!(placed.parts[1].mark, Mark::Line(5.0), "line widths scale with the object");
    }

    #[test]
    fn an_empty_drawing_can_be_placed() {
        let pose = Pose { centre: [1.0, 1.0], size: 5.0, turns: 0.3, stretch: [1.0, 1.0] };
        assert!(Drawing::default().placed(&pose).parts.is_empty());
    }
}
