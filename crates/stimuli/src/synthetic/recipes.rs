//! What the classes of synthetic clips look like: objects, a colour of the ground, a motion, and the class that each is
//! mixed up with. Everything here is invented; only the names and the order are those of EmoNet.

use super::geometry::{Point, direction};
use super::objects::CLASSES;

/// How the objects of a clip move, apart from the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Not at all.
    Still,
    /// From one side to the other.
    Drift,
    /// Up and down, fast at the ground.
    Bounce,
    /// To and fro, fast and a little.
    Shake,
    /// Tilting slowly left and right.
    Sway,
    /// Turning one way.
    Spin,
    /// Growing.
    Approach,
}

/// Where a motion has brought an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// Way from its place, as a share of the picture's side.
    pub offset: Point,
    /// Rotation in turns.
    pub turns: f32,
    /// Factor of its size.
    pub scale: f32,
}

/// One class of clips.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Names of the object classes that its clips show.
    objects: [&'static str; 3],
    /// The hue of the ground, in sixths of the circle from red.
    pub hue: f32,
    /// The mean luma of the ground.
    pub luma: f32,
    /// How objects move.
    pub motion: Motion,
    /// The row of the class that it borrows from.
    pub neighbour: usize,
    /// Videos with this label in the published split (training and test), which clips are numbered by.
    pub videos: usize,
}

impl Motion {
    /// Where an object is at time `t` from 0 to 1.
    pub fn at(self, t: f32) -> Moved {
        let rest = Moved { offset: [0.0, 0.0], turns: 0.0, scale: 1.0 };
        let wave = |periods: f32| direction(periods * t)[1];
        match self {
            Self::Still => rest,
            Self::Drift => Moved { offset: [0.3 * (t - 0.5), 0.0], ..rest },
            Self::Bounce => Moved { offset: [0.0, 0.08 - 0.16 * wave(1.5).abs()], ..rest },
            Self::Shake => Moved { offset: [0.04 * wave(5.0), 0.03 * wave(7.0)], ..rest },
            Self::Sway => Moved { turns: 0.07 * wave(1.0), ..rest },
            Self::Spin => Moved { turns: 0.7 * (t - 0.5), ..rest },
            Self::Approach => Moved { scale: 0.72 + 0.5 * t, ..rest },
        }
    }
}

impl Recipe {
    /// The rows of its objects in the table of object classes.
    pub fn objects(&self) -> impl Iterator<Item = usize> {
        self.objects.into_iter().filter_map(|name| CLASSES.iter().position(|class| class.name == name))
    }
}

const fn recipe(
    objects: [&'static str; 3],
    (hue, luma): (f32, f32),
    motion: Motion,
    neighbour: usize,
    videos: usize,
) -> Recipe {
    Recipe { objects, hue, luma, motion, neighbour, videos }
}

/// The classes in the order of EmoNet's outputs.
pub const RECIPES: [Recipe; 20] = [
    recipe(["kitten", "heart balloon", "flower"], (5.3, 0.70), Motion::Sway, 16, 73),
    recipe(["rainbow", "flower", "butterfly"], (3.1, 0.64), Motion::Drift, 4, 172),
    recipe(["smiling face", "gift", "ice cream"], (0.9, 0.68), Motion::Bounce, 15, 550),
    recipe(["clock", "key", "spider"], (3.8, 0.30), Motion::Shake, 12, 68),
    recipe(["rainbow", "sun", "tree"], (3.5, 0.52), Motion::Approach, 1, 100),
    recipe(["chair", "lamp", "book"], (1.3, 0.50), Motion::Still, 6, 38),
    recipe(["umbrella", "key", "chair"], (2.4, 0.46), Motion::Spin, 14, 58),
    recipe(["cake", "ice cream", "cup"], (0.6, 0.58), Motion::Approach, 2, 55),
    recipe(["spider", "snake", "broken bottle"], (1.9, 0.34), Motion::Shake, 13, 195),
    recipe(["angry face", "knife", "broken bottle"], (0.1, 0.40), Motion::Still, 17, 30),
    recipe(["butterfly", "clock", "sun"], (4.5, 0.42), Motion::Spin, 1, 34),
    recipe(["car", "fire", "smiling face"], (0.4, 0.60), Motion::Drift, 19, 25),
    recipe(["snake", "gun", "skull"], (4.1, 0.22), Motion::Approach, 13, 119),
    recipe(["skull", "grave", "knife"], (5.9, 0.16), Motion::Shake, 12, 63),
    recipe(["book", "key", "clock"], (2.9, 0.58), Motion::Drift, 6, 110),
    recipe(["sun", "smiling face", "cake"], (1.1, 0.76), Motion::Bounce, 2, 50),
    recipe(["heart balloon", "flower", "lamp"], (5.6, 0.52), Motion::Sway, 18, 70),
    recipe(["grave", "umbrella", "tree"], (3.9, 0.36), Motion::Still, 9, 55),
    recipe(["heart balloon", "cup", "house"], (5.7, 0.38), Motion::Approach, 16, 116),
    recipe(["gift", "bomb", "fire"], (0.7, 0.48), Motion::Bounce, 11, 45),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Classes;

    #[test]
    fn every_recipe_is_whole_and_no_class_neighbours_itself() {
        assert_eq!(RECIPES.len(), Classes::emonet().len());
        for (row, recipe) in RECIPES.iter().enumerate() {
            assert_eq!(recipe.objects().count(), 3, "an object of class {row} does not exist");
            assert!(recipe.neighbour != row && recipe.neighbour < RECIPES.len());
            assert!((0.0..6.0).contains(&recipe.hue) && (0.12..0.88).contains(&recipe.luma));
            let twins = RECIPES.iter().filter(|other| other.objects == recipe.objects).count();
            assert_eq!(twins, 1, "class {row} shows what another shows");
        }
    }

    #[test]
    fn amusement_has_about_a_quarter_of_the_published_videos() {
        let all: usize = RECIPES.iter().map(|recipe| recipe.videos).sum();
        assert_eq!((RECIPES[2].videos, all), (550, 1626 + 400));
    }

    #[test]
    fn motions_stay_near_and_all_but_one_move() {
        use Motion::*;
        for motion in [Still, Drift, Bounce, Shake, Sway, Spin, Approach] {
            let at: Vec<Moved> = (0..20).map(|step| motion.at(step as f32 / 20.0)).collect();
            assert!(at.iter().all(|moved| moved.offset.iter().all(|part| part.abs() <= 0.2)), "{motion:?}");
            assert!(at.iter().all(|moved| (0.5..1.5).contains(&moved.scale)), "{motion:?}");
            assert_eq!(at.iter().any(|moved| *moved != at[0]), motion != Still, "{motion:?}");
        }
    }
}
