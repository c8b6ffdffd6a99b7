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
    /// Its valence on the scale 1–9, invented so that scenes fall clearly into a category.
    pub valence: f64,
    /// Adds one example of the class to an empty drawing; every call may give another variation.
    pub draw: fn(&mut Drawing, &mut Dice),
}

const fn class(name: &'static str, valence: f64, draw: fn(&mut Drawing, &mut Dice)) -> ObjectClass {
    ObjectClass { name, valence, draw }
}

/// All object classes. The position in this table is the class number of pretraining.
pub const CLASSES: [ObjectClass; 30] = [
    class("sun", 7.8, pleasant::sun),
    class("flower", 7.7, pleasant::flower),
    class("butterfly", 7.6, pleasant::butterfly),
    class("kitten", 8.1, pleasant::kitten),
    class("smiling face", 8.0, pleasant::smiling_face),
    class("heart balloon", 7.9, pleasant::heart_balloon),
    class("ice cream", 7.7, pleasant::ice_cream),
    class("rainbow", 8.0, pleasant::rainbow),
    class("gift", 7.5, pleasant::gift),
    class("cake", 7.4, pleasant::cake),
    class("chair", 5.0, neutral::chair),
    class("cup", 5.2, neutral::cup),
    class("house", 5.3, neutral::house),
    class("tree", 5.3, neutral::tree),
    class("car", 5.2, neutral::car),
    class("lamp", 5.1, neutral::lamp),
    class("book", 5.2, neutral::book),
    class("umbrella", 5.1, neutral::umbrella),
    class("key", 5.0, neutral::key),
    class("clock", 5.0, neutral::clock),
    class("snake", 2.6, unpleasant::snake),
    class("spider", 2.5, unpleasant::spider),
    class("skull", 2.2, unpleasant::skull),
    class("angry face", 2.4, unpleasant::angry_face),
    class("knife", 2.3, unpleasant::knife),
    class("fire", 2.6, unpleasant::fire),
    class("grave", 2.1, unpleasant::grave),
    class("gun", 2.0, unpleasant::gun),
    class("broken bottle", 2.7, unpleasant::broken_bottle),
    class("bomb", 2.2, unpleasant::bomb),
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
