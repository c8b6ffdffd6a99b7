//! Clips: scenes seen by a camera that moves while their objects do, frame by frame.

use image::RgbImage;

use super::canvas::LARGEST;
use super::dice::Dice;
use super::geometry::{Point, on_ellipse};
use super::ground::Ground;
use super::objects::CLASSES;
use super::palette::ALL_HUES;
use super::recipes::{Motion, Moved, RECIPES, Recipe};
use super::scene::SceneObject;
use super::style::Style;

/// How often a clip is made by the recipe of another class altogether, so that no read-out can be right about all.
pub(super) const MISTAKEN: f32 = 0.12;
/// How often each of objects, ground and motion is that of the neighbour.
const BORROWED: f32 = 0.25;
/// How often a ground has any hue.
const ANY_HUE: f32 = 0.3;
/// How far the hue of a ground may lie from that of its recipe, in sixths of the circle.
const HUE_SPREAD: f32 = 0.7;

/// One frame of a clip, which is drawn when it is needed: a few numbers, no pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClipFrame {
    /// How it is rendered.
    pub style: Style,
    /// The seed of the whole clip.
    pub seed: u64,
    /// Position of the class among EmoNet's 20, taken modulo their number.
    pub class: usize,
    /// Which frame of the clip, from 0.
    pub frame: u32,
    /// How many frames the clip has.
    pub frames: u32,
    /// Pixels a side, taken into 1–4096.
    pub side: u32,
}

/// What all frames of a clip have in common. Lengths are shares of the picture's side.
struct Shot {
    /// The range of hues of the ground, and its luma.
    hues: [f32; 2],
    luma: f32,
    motion: Motion,
    /// Rows of the objects with their places and sizes, the main one first.
    cast: Vec<(usize, Point, f32)>,
    /// How the motion is mirrored, and where in it the clip begins: a clip shows half of it.
    sign: f32,
    phase: f32,
    /// Zoom and pan of the camera at both ends.
    camera: [(f32, Point); 2],
}

impl ClipFrame {
    /// The frame; equal values give equal pixels on every platform.
    pub fn render(&self) -> RgbImage {
        let shot = Shot::draw(self.seed, self.class);
        let pixels = self.side.clamp(1, LARGEST);
        let side = pixels as f32;
        let t = self.frame as f32 / self.frames.max(1) as f32;
        let mut dice = Dice::new(self.seed, "synthetic/clip ground", &[]);
        let luma = self.style.ground_luma_near(shot.luma, &mut dice);
        let ground = Ground::tinted(&mut dice, self.style, shot.hues, luma);
        let (zoom, pan) = shot.camera_at(t);
        let mut canvas = ground.seen([pixels; 2], self.style, (zoom, pan.map(|x| x * side)), &mut dice);
        let Moved { offset, turns, scale } = shot.motion.at((t + shot.phase) / 2.0);
        for (index, &(class, centre, size)) in shot.cast.iter().enumerate() {
            // The same dice in every frame: the object stays what it is, and only moves.
            let mut dice = Dice::new(self.seed, "synthetic/clip object", &[index as u64]);
            let centre = [centre[0] + shot.sign * offset[0], centre[1] + offset[1]].map(|x| x * side);
            let object = SceneObject { class, centre, size: size * scale * side };
            let drawing = object.turned_pose(&mut dice, 0.05, shot.sign * turns);
            self.style.paint(&mut canvas, &drawing, luma, &mut dice);
        }
        let grain = self.style.grain(&mut dice);
        canvas.finish(&mut Dice::new(self.seed, "synthetic/clip grain", &[u64::from(self.frame)]), grain)
    }
}

impl Shot {
    fn draw(seed: u64, class: usize) -> Self {
        let mut dice = Dice::new(seed, "synthetic/clip", &[]);
        let own = &RECIPES[class % RECIPES.len()];
        let own = if dice.chance(MISTAKEN) { &RECIPES[own.neighbour] } else { own };
        let mut aspect = || if dice.chance(BORROWED) { &RECIPES[own.neighbour] } else { own };
        let (objects, ground, motion) = (aspect(), aspect(), aspect().motion);
        let any = dice.chance(ANY_HUE);
        let hues = if any { ALL_HUES } else { [ground.hue - HUE_SPREAD, ground.hue + HUE_SPREAD] };
        let cast = cast(objects, &mut dice);
        let end = |dice: &mut Dice| (dice.between(0.88, 1.14), [(); 2].map(|()| dice.between(-0.06, 0.06)));
        let camera = [end(&mut dice), end(&mut dice)];
        Self { hues, luma: ground.luma, motion, cast, sign: dice.sign(), phase: dice.between(0.0, 1.0), camera }
    }

    /// Zoom and pan at a time from 0 to 1: straight from one end to the other.
    fn camera_at(&self, t: f32) -> (f32, Point) {
        let [(zoom, pan), (last_zoom, last_pan)] = self.camera;
        let between = |from: f32, to: f32| from + (to - from) * t;
        (between(zoom, last_zoom), [0, 1].map(|axis| between(pan[axis], last_pan[axis])))
    }
}

/// One object in the middle and up to two around it, half of which show anything.
fn cast(recipe: &Recipe, dice: &mut Dice) -> Vec<(usize, Point, f32)> {
    let own: Vec<usize> = recipe.objects().collect();
    let size = dice.between(0.26, 0.34);
    let start = dice.between(0.0, 1.0);
    let stray = dice.between(0.0, 0.07);
    let mut cast = vec![(own[dice.below(own.len())], on_ellipse([0.5, 0.5], [stray, stray], start + 0.5), size)];
    for index in 0..dice.below(3) {
        let class = if dice.chance(0.5) { own[dice.below(own.len())] } else { dice.below(CLASSES.len()) };
        let turns = start + index as f32 * dice.between(0.35, 0.65);
        cast.push((class, on_ellipse([0.5, 0.5], [0.34, 0.34], turns), size * dice.between(0.35, 0.5)));
    }
    cast
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;

    fn frame(seed: u64) -> ClipFrame {
        ClipFrame { style: Style::Flat, seed, class: 2, frame: 0, frames: 4, side: 48 }
    }

    #[test]
    fn frames_are_the_same_on_every_machine() {
        // A change here means that every synthetic clip has changed.
        let sum = |style| {
            let classes = (0..RECIPES.len()).flat_map(|class| (0..3).map(move |at| (class, at)));
            let frames =
                classes.map(|(class, at)| ClipFrame { style, class, frame: at, ..frame(7) }.render().into_raw());
            let sum = Sha256::digest(frames.flatten().collect::<Vec<_>>());
            sum[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        assert_eq!([sum(Style::Flat), sum(Style::Sketch)], ["46d585e7ea3f07e2", "4ac2e305a4bae3c4"]);
    }

    #[test]
    fn frames_of_a_clip_are_alike_and_none_repeats_another() {
        let difference = |a: &RgbImage, b: &RgbImage| {
            let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            sum as f64 / a.as_raw().len() as f64
        };
        let (mut within, mut between) = (0.0, 0.0);
        for seed in 0..40 {
            let [first, last] = [0, 3].map(|at| ClipFrame { frame: at, ..frame(seed) }.render());
            assert_ne!(first, last, "clip {seed}");
            within += difference(&first, &last);
            between += difference(&first, &frame(seed + 100).render());
        }
        assert!(within < 0.75 * between, "{within} within clips, {between} between them");
    }

    #[test]
    fn most_clips_of_a_class_show_its_own_objects_and_some_do_not() {
        for (class, recipe) in RECIPES.iter().enumerate() {
            let own: Vec<usize> = recipe.objects().collect();
            let shows = |seed: &u64| own.contains(&Shot::draw(*seed, class).cast[0].0);
            let share = (0..400).filter(shows).count() as f32 / 400.0;
            // Both ways of borrowing leave (1 − 0.12) · (1 − 0.25) + 0.12 · 0.25 or more, where the neighbour shares
            // objects; four standard errors are 0.09.
            assert!((0.6..0.95).contains(&share), "class {class}: {share}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn any_frame_can_be_drawn_at_any_side(
            seed: u64, class: usize, sketch: bool, at: u32, frames: u32, side in 0u32..120,
        ) {
            let style = if sketch { Style::Sketch } else { Style::Flat };
            let frame = ClipFrame { style, seed, class, frame: at, frames, side };
            let picture = frame.render();
            prop_assert_eq!(picture.dimensions(), (side.max(1), side.max(1)));
            prop_assert!(picture == frame.render());
        }
    }
}
