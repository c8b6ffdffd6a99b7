//! Scenes: what a picture shows and where, and how it is rendered.

use image::RgbImage;

use super::dice::Dice;
use super::drawing::{Drawing, Pose};
use super::geometry::on_ellipse;
use super::ground::Ground;
use super::objects::{CLASSES, ObjectClass};
use super::style::Style;

/// Width of a scene in pixels.
pub const SCENE_WIDTH: u32 = 96;
/// Height of a scene in pixels.
pub const SCENE_HEIGHT: u32 = 80;

/// An object in a scene or in a picture of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SceneObject {
    /// Row of the object's class in the table of classes, taken modulo its length.
    pub class: usize,
    /// Centre in pixels, x to the right and y down.
    pub centre: [f32; 2],
    /// Half the object's longer side in pixels.
    pub size: f32,
}

/// A picture that is drawn when it is needed: a few numbers, no pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// How it is rendered.
    pub style: Style,
    /// Decides pose, shape, colours, ground and grain.
    pub seed: u64,
    /// What it shows, the main object first.
    pub objects: Vec<SceneObject>,
}

impl Scene {
    /// The picture, 96×80 pixels; equal scenes give equal pixels on every platform.
    pub fn render(&self) -> RgbImage {
        let mut dice = Dice::new(self.seed, "synthetic/scene ground", &[]);
        let ground = Ground::draw(&mut dice, self.style);
        let mut canvas = ground.canvas(SCENE_WIDTH, SCENE_HEIGHT, self.style, &mut dice);
        for (index, object) in self.objects.iter().enumerate() {
            // Each object has its own dice, so that no object changes the look of another.
            let mut dice = Dice::new(self.seed, "synthetic/scene object", &[index as u64]);
            let drawing = object.pose(&mut dice, 0.05);
            self.style.paint(&mut canvas, &drawing, ground.luma, &mut dice);
        }
        let grain = self.style.grain(&mut dice);
        canvas.finish(&mut dice, grain)
    }

    /// Valence on the scale 1–9 without rater noise: the mean over the objects, weighted by their size.
    /// `None` for a scene without objects.
    pub fn valence(&self) -> Option<f64> {
        let weight: f64 = self.objects.iter().map(|object| f64::from(object.size)).sum();
        let sum: f64 = self.objects.iter().map(|object| f64::from(object.size) * object.row().valence).sum();
        (weight > 0.0).then(|| sum / weight)
    }
}

impl SceneObject {
    fn row(&self) -> &'static ObjectClass {
        &CLASSES[self.class % CLASSES.len()]
    }

    /// The object in one of its variations, turned by at most `tilt` turns either way, in pixels.
    fn pose(&self, dice: &mut Dice, tilt: f32) -> Drawing {
        self.turned_pose(dice, tilt, 0.0)
    }

    /// The same, turned further by so many turns.
    pub(super) fn turned_pose(&self, dice: &mut Dice, tilt: f32, turns: f32) -> Drawing {
        let mut drawing = Drawing::default();
        (self.row().draw)(&mut drawing, dice);
        let stretch = [dice.sign() * dice.between(0.87, 1.1), dice.between(0.87, 1.1)];
        let turns = dice.between(-tilt, tilt) + turns;
        drawing.placed(&Pose { centre: self.centre, size: self.size, turns, stretch })
    }
}

/// A labelled picture of one object for training: square, with `side` pixels a side (taken into 1–4096).
///
/// `class` counts the rows of [`super::class_names`], modulo their number. Sizes, places and rotations vary more than
/// in scenes. The generator is keyed by a purpose of its own, so no seed repeats a scene. No valence enters.
pub fn object_picture(class: usize, style: Style, seed: u64, side: u32) -> RgbImage {
    let class = class % CLASSES.len();
    let mut dice = Dice::new(seed, "synthetic/object picture", &[class as u64, style as u64]);
    let ground = Ground::draw(&mut dice, style);
    let mut canvas = ground.canvas(side, side, style, &mut dice);
    let side = canvas.side();
    let size = side * dice.between(0.28, 0.5);
    // Small objects may lie further off the centre.
    let stray = (side * 0.54 - size).max(0.0);
    let centre = [(); 2].map(|()| side / 2.0 + dice.between(-stray, stray));
    let object = SceneObject { class, centre, size };
    let drawing = object.pose(&mut dice, 0.1);
    style.paint(&mut canvas, &drawing, ground.luma, &mut dice);
    let grain = style.grain(&mut dice);
    canvas.finish(&mut dice, grain)
}

/// The main object in the middle, and companions of the given relative sizes around it.
pub(super) fn arrange(dice: &mut Dice, main: usize, companions: &[(usize, f32)]) -> Vec<SceneObject> {
    let size = dice.between(26.0, 32.0);
    let middle = [SCENE_WIDTH as f32 / 2.0, SCENE_HEIGHT as f32 / 2.0];
    let start = dice.between(0.0, 1.0);
    // The main object makes room for its companion.
    let step = if companions.is_empty() { dice.between(0.0, 5.0) } else { 6.0 };
    let mut objects = vec![SceneObject { class: main, centre: on_ellipse(middle, [step, step], start + 0.5), size }];
    for (index, &(class, share)) in companions.iter().enumerate() {
        let turns = start + index as f32 * dice.between(0.35, 0.65);
        let centre = on_ellipse(middle, [34.0, 27.0], turns);
        objects.push(SceneObject { class, centre, size: size * share });
    }
    objects
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;

    fn sum(picture: &RgbImage) -> String {
        Sha256::digest(picture.as_raw()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn scene(style: Style, seed: u64) -> Scene {
        let objects = arrange(&mut Dice::new(seed, "test", &[]), 3, &[(12, 0.35), (25, 0.4)]);
        Scene { style, seed, objects }
    }

    #[test]
    fn pictures_are_the_same_on_every_machine() {
        // A change here means that every synthetic set and the demonstration network's training pictures have changed.
        let all_classes = |style| {
            let pictures = (0..CLASSES.len()).map(|class| object_picture(class, style, 5, 64).into_raw());
            Sha256::digest(pictures.flatten().collect::<Vec<_>>())[..8].iter().map(|b| format!("{b:02x}")).collect()
        };
        let sums: [String; 4] = [
            sum(&scene(Style::Flat, 1).render()),
            sum(&scene(Style::Sketch, 1).render()),
            all_classes(Style::Flat),
            all_classes(Style::Sketch),
        ];
        assert_eq!(sums, ["ee499ad76def9eb2", "1fdc51adec0149e2", "951d4a4b5b50e847", "2847c1430abaa646"]);
    }

    #[test]
    fn a_scene_is_wider_than_high_and_larger_than_a_network_input() {
        let picture = scene(Style::Flat, 2).render();
        assert_eq!(picture.dimensions(), (SCENE_WIDTH, SCENE_HEIGHT));
        assert!(picture.width() > picture.height() && picture.height() > 64);
    }

    #[test]
    fn class_style_and_seed_all_change_an_object_picture() {
        let pictures = [(0, Style::Flat, 1), (1, Style::Flat, 1), (0, Style::Sketch, 1), (0, Style::Flat, 2)]
            .map(|(class, style, seed)| object_picture(class, style, seed, 64));
        for (index, picture) in pictures.iter().enumerate() {
            assert!(!pictures[..index].contains(picture), "picture {index} repeats another");
        }
    }

    #[test]
    fn valence_is_the_mean_of_the_objects_weighted_by_size() {
        let mut scene = scene(Style::Flat, 1);
        scene.objects.truncate(2);
        let [kitten, house] = [CLASSES[3].valence, CLASSES[12].valence];
        let expected = (kitten + 0.35 * house) / 1.35;
        assert!((scene.valence().expect("has objects") - expected).abs() < 1e-6);
        scene.objects.clear();
        assert_eq!(scene.valence(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn any_object_picture_can_be_drawn(class: usize, seed: u64, sketch: bool, side in 0u32..100) {
            let style = if sketch { Style::Sketch } else { Style::Flat };
            let picture = object_picture(class, style, seed, side);
            prop_assert_eq!(picture.dimensions(), (side.max(1), side.max(1)));
            prop_assert!(picture == object_picture(class, style, seed, side));
        }

        #[test]
        fn any_scene_can_be_drawn(seed: u64, sketch: bool, class: usize, x: f32, y: f32, size: f32) {
            let style = if sketch { Style::Sketch } else { Style::Flat };
            let mut scene = scene(style, seed);
            // However absurd: tiny, endless or not a number.
            scene.objects.push(SceneObject { class, centre: [x, y], size });
            scene.objects.push(SceneObject { class, centre: [x.fract() * 96.0, 1e4], size: f32::NAN });
            prop_assert_eq!(scene.render().dimensions(), (SCENE_WIDTH, SCENE_HEIGHT));
        }
    }
}
