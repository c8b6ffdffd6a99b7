//! The object classes: one row per class, and for each a drawing with variations.
//!
//! Valence is a property of the class and enters nowhere but in the valence of a scene. A drawing knows tones, no
//! colours, so no class can have a colour of its own.

mod neutral;
mod pleasant;
mod unpleasant;

use super::dice::Dice;
use super::drawing::Drawing;

/// One class of objects.
#[derive(Clone, Copy, Debug)]
pub struct ObjectClass {
    /// Its name, such as `butterfly`.
    pub name: &'static str,
    /// Its object category, [`NATURAL`] or [`ARTEFACT`]: in every emotion there are classes of both.
    pub category: &'static str,
    /// Its valence on the scale 1–9, invented so that scenes fall clearly into a category.
    pub valence: f64,
    /// Adds one example of the class to an empty drawing; every call may give another variation.
    pub draw: fn(&mut Drawing, &mut Dice),
}

/// The object category of what grows, lives or comes with the weather.
pub const NATURAL: &str = "natural";
/// The object category of what people make.
pub const ARTEFACT: &str = "artefact";

const fn class(
    name: &'static str,
    category: &'static str,
    valence: f64,
    draw: fn(&mut Drawing, &mut Dice),
) -> ObjectClass {
    ObjectClass { name, category, valence, draw }
}

/// All object classes. The position in this table is the class number of pretraining.
pub const CLASSES: [ObjectClass; 30] = [
    class("sun", NATURAL, 7.8, pleasant::sun),
    class("flower", NATURAL, 7.7, pleasant::flower),
    class("butterfly", NATURAL, 7.6, pleasant::butterfly),
    class("kitten", NATURAL, 8.1, pleasant::kitten),
    class("smiling face", NATURAL, 8.0, pleasant::smiling_face),
    class("heart balloon", ARTEFACT, 7.9, pleasant::heart_balloon),
    class("ice cream", ARTEFACT, 7.7, pleasant::ice_cream),
    class("rainbow", NATURAL, 8.0, pleasant::rainbow),
    class("gift", ARTEFACT, 7.5, pleasant::gift),
    class("cake", ARTEFACT, 7.4, pleasant::cake),
    class("chair", ARTEFACT, 5.0, neutral::chair),
    class("cup", ARTEFACT, 5.2, neutral::cup),
    class("house", ARTEFACT, 5.3, neutral::house),
    class("tree", NATURAL, 5.3, neutral::tree),
    class("car", ARTEFACT, 5.2, neutral::car),
    class("lamp", ARTEFACT, 5.1, neutral::lamp),
    class("book", ARTEFACT, 5.2, neutral::book),
    class("umbrella", ARTEFACT, 5.1, neutral::umbrella),
    class("key", ARTEFACT, 5.0, neutral::key),
    class("clock", ARTEFACT, 5.0, neutral::clock),
    class("snake", NATURAL, 2.6, unpleasant::snake),
    class("spider", NATURAL, 2.5, unpleasant::spider),
    class("skull", NATURAL, 2.2, unpleasant::skull),
    class("angry face", NATURAL, 2.4, unpleasant::angry_face),
    class("knife", ARTEFACT, 2.3, unpleasant::knife),
    class("fire", NATURAL, 2.6, unpleasant::fire),
    class("grave", ARTEFACT, 2.1, unpleasant::grave),
    class("gun", ARTEFACT, 2.0, unpleasant::gun),
    class("broken bottle", ARTEFACT, 2.7, unpleasant::broken_bottle),
    class("bomb", ARTEFACT, 2.2, unpleasant::bomb),
];

/// The names of all classes, in the order of `CLASSES`.
pub fn class_names() -> Vec<&'static str> {
    CLASSES.iter().map(|class| class.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::geometry::bounds;

    #[test]
    fn names_are_unique() {
        let mut names = class_names();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CLASSES.len());
    }

    #[test]
    fn every_class_draws_finite_and_varied_objects() {
        for class in &CLASSES {
            let draw = |seed| {
                let mut drawing = Drawing::default();
                (class.draw)(&mut drawing, &mut Dice::new(seed, "test", &[]));
                drawing
            };
            assert_ne!(draw(1), draw(2), "{} never varies", class.name);
            for seed in 0..200 {
                let drawing = draw(seed);
                let points = || drawing.parts.iter().flat_map(|part| &part.outline);
                assert!(points().flatten().all(|value| value.is_finite()), "{} has an infinite point", class.name);
                let (low, high) = bounds(points());
                let longer = (high[0] - low[0]).max(high[1] - low[1]);
                assert!((1.0..3.0).contains(&longer), "{} is {longer} units long", class.name);
            }
        }
    }
}
