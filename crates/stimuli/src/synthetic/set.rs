//! Synthetic picture sets: scenes whose valence depends on the objects they show and on nothing else.

use serde::{Deserialize, Serialize};

use super::dice::Dice;
use super::objects::CLASSES;
use super::scene::{Scene, arrange};
use super::style::Style;
use crate::categories::Thresholds;
use crate::emotion::Emotion;
use crate::notes::SetNotes;
use crate::picture::{Picture, PictureSet, PictureSource};

/// Rater noise is triangular on ± this: it moves a scene within its category, never out of it.
const RATER_NOISE: f32 = 0.18;
/// Sizes of companions relative to the main object.
const COMPANION_SHARE: [f32; 2] = [0.3, 0.4];
/// The same for the emotional companion that pulls a neutral scene into a soft border.
const BORDER_SHARE: [f32; 2] = [0.42, 0.5];

/// What a synthetic picture set should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyntheticSpec {
    /// Name for tables and figures; `synthetic-` is put in front unless the name says so already.
    pub name: String,
    /// How its scenes are rendered.
    pub style: Style,
    /// Usable pictures in each of the three categories.
    pub per_category: usize,
    /// Seed of every draw.
    pub seed: u64,
}

impl SyntheticSpec {
    /// The name of the set, which says that its pictures are drawn.
    pub fn set_name(&self) -> String {
        synthetic_name(&self.name)
    }
}

/// A name that says that what it names is drawn.
pub(super) fn synthetic_name(name: &str) -> String {
    if name.contains("synthetic") { name.to_owned() } else { format!("synthetic-{name}") }
}

/// What a scene is composed to be.
#[derive(Clone, Copy)]
enum Plan {
    /// In a category: main object and companions of it, or neutral companions.
    Clear(Emotion),
    /// In the soft border between neutral and this category: a neutral main object with one emotional companion.
    Border(Emotion),
}

/// The set: `per_category` pictures of each category in turn, then one picture in each soft border for every ten.
///
/// Valence is the mean valence of the objects, weighted by size, plus rater noise; the category follows from the
/// default [`Thresholds`]. Classes take turns as main object, so every category is spread evenly over its classes.
/// Style and seed decide the pictures; the name does not.
///
/// # Examples
/// ```
/// use stimuli::synthetic::{Style, SyntheticSpec, scene_set};
///
/// let spec = SyntheticSpec { name: "mine".into(), style: Style::Flat, per_category: 4, seed: 1 };
/// let set = scene_set(&spec);
/// assert_eq!(set.name, "synthetic-mine");
/// assert_eq!(set.categories().iter().flatten().count(), 12, "4 of each emotion, the others are in a border");
/// assert!(set.pictures[0].with_pixels(|pixels| pixels.width())? > 0);
/// # Ok::<(), stimuli::StimuliError>(())
/// ```
pub fn scene_set(spec: &SyntheticSpec) -> PictureSet {
    let clear = (0..spec.per_category).flat_map(|_| Emotion::ALL.map(Plan::Clear));
    let borders = (0..spec.per_category.div_ceil(10))
        .flat_map(|_| [Plan::Border(Emotion::Pleasant), Plan::Border(Emotion::Unpleasant)]);
    let pictures: Vec<Picture> =
        clear.chain(borders).enumerate().map(|(index, plan)| picture(spec, index, plan)).collect();
    let remark = format!(
        "SYNTHETIC: drawn by the program (style {}, seed {}), with valences invented for object classes; no person \
         rated these pictures.",
        spec.style.name(),
        spec.seed
    );
    let notes = SetNotes { remarks: vec![remark], ..SetNotes::count(&pictures) };
    PictureSet { name: spec.set_name(), pictures, notes }
}

fn picture(spec: &SyntheticSpec, index: usize, plan: Plan) -> Picture {
    let mut dice = Dice::new(spec.seed, "synthetic/set", &[spec.style as u64, index as u64]);
    let (main, companions) = cast(&mut dice, index / 3, plan);
    let scene = Scene { style: spec.style, seed: dice.seed(), objects: arrange(&mut dice, main, &companions) };
    let noise = (dice.between(-0.5, 0.5) + dice.between(-0.5, 0.5)) * RATER_NOISE;
    let valence = scene.valence().map(|valence| valence + f64::from(noise));
    Picture {
        id: format!("{}_{:04}", spec.style.name(), index + 1),
        source: PictureSource::Synthetic(scene),
        valence,
        arousal: None,
        object: Some(CLASSES[main].name.to_owned()),
        object_category: Some(CLASSES[main].category.to_owned()),
        category: valence.and_then(|valence| Thresholds::default().category(valence)),
    }
}

/// The main object, the `turn`-th of its category, and the companions with their relative sizes.
fn cast(dice: &mut Dice, turn: usize, plan: Plan) -> (usize, Vec<(usize, f32)>) {
    let neutral = members(Emotion::Neutral);
    let pick = |dice: &mut Dice, classes: &[usize], [low, high]: [f32; 2]| {
        (classes[dice.below(classes.len())], dice.between(low, high))
    };
    match plan {
        Plan::Border(emotion) => (neutral[turn % neutral.len()], vec![pick(dice, &members(emotion), BORDER_SHARE)]),
        Plan::Clear(emotion) => {
            let own = members(emotion);
            let mut companions = Vec::new();
            if dice.chance(0.4) {
                companions.push(pick(dice, &neutral, COMPANION_SHARE));
            }
            if dice.chance(0.4) {
                companions.push(pick(dice, &own, COMPANION_SHARE));
            }
            (own[turn % own.len()], companions)
        }
    }
}

/// The classes of a category.
fn members(emotion: Emotion) -> Vec<usize> {
    let rule = Thresholds::default();
    (0..CLASSES.len()).filter(|&class| rule.category(CLASSES[class].valence) == Some(emotion)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::objects::{ARTEFACT, NATURAL};

    fn spec(style: Style, per_category: usize) -> SyntheticSpec {
        SyntheticSpec { name: "test".into(), style, per_category, seed: 3 }
    }

    /// Probability that a random member of `a` exceeds a random member of `b`.
    fn auc(a: &[f64], b: &[f64]) -> f64 {
        let wins = a.iter().flat_map(|x| b.iter().map(move |y| if x > y { 1.0 } else { f64::from(x == y) / 2.0 }));
        wins.sum::<f64>() / (a.len() * b.len()) as f64
    }

    /// Mean red, green, blue and luma of a picture, and the standard deviation of its luma.
    fn statistics(picture: &Picture) -> [f64; 5] {
        let pixels = picture.with_pixels(image::RgbImage::clone).expect("scenes are always drawn");
        let count = f64::from(pixels.width() * pixels.height());
        let (mut sums, mut squares) = ([0.0; 4], 0.0);
        for pixel in pixels.pixels() {
            let [r, g, b] = pixel.0.map(f64::from);
            let luma = 0.299 * r + 0.587 * g + 0.114 * b;
            [r, g, b, luma].into_iter().zip(&mut sums).for_each(|(value, sum)| *sum += value);
            squares += luma * luma;
        }
        let [r, g, b, luma] = sums.map(|sum| sum / count);
        [r, g, b, luma, (squares / count - luma * luma).sqrt()]
    }

    #[test]
    fn every_picture_is_what_it_was_planned_to_be() {
        for style in Style::ALL {
            let set = scene_set(&spec(style, 300));
            assert_eq!((set.notes.counts, set.notes.left_out), ([300; 3], 60));
            for (index, picture) in set.pictures.iter().enumerate() {
                let planned = (index < 900).then(|| Emotion::ALL[index % 3]);
                assert_eq!(picture.category, planned, "{} has valence {:?}", picture.id, picture.valence);
            }
        }
    }

    #[test]
    fn no_cast_can_leave_its_category() {
        let rule = Thresholds::default();
        let noise = f64::from(RATER_NOISE);
        let check = |parts: &[(usize, f32)], expected: Option<Emotion>| {
            let weight: f64 = parts.iter().map(|&(_, share)| f64::from(share)).sum();
            let sum: f64 = parts.iter().map(|&(class, share)| f64::from(share) * CLASSES[class].valence).sum();
            for valence in [sum / weight - noise, sum / weight + noise] {
                assert_eq!(rule.category(valence), expected, "{parts:?} can have valence {valence}");
            }
        };
        let neutral = members(Emotion::Neutral);
        for emotion in Emotion::ALL {
            for &main in &members(emotion) {
                check(&[(main, 1.0)], Some(emotion));
                for (&companion, share) in neutral.iter().flat_map(|class| COMPANION_SHARE.map(|share| (class, share)))
                {
                    // A further companion of the main object's category only pulls further into the category.
                    check(&[(main, 1.0), (companion, share)], Some(emotion));
                }
                for (&centre, share) in neutral.iter().flat_map(|class| BORDER_SHARE.map(|share| (class, share))) {
                    if emotion != Emotion::Neutral {
                        check(&[(centre, 1.0), (main, share)], None);
                    }
                }
            }
        }
    }

    #[test]
    fn categories_have_ten_classes_each_and_share_the_pictures_evenly() {
        assert_eq!(Emotion::ALL.map(|emotion| members(emotion).len()), [10; 3]);
        for emotion in Emotion::ALL {
            for category in [NATURAL, ARTEFACT] {
                assert!(
                    members(emotion).iter().any(|&class| CLASSES[class].category == category),
                    "{emotion} {category}"
                );
            }
        }
        let set = scene_set(&spec(Style::Flat, 20));
        for class in &CLASSES {
            let shown = set.pictures[..60].iter().filter(|p| p.object.as_deref() == Some(class.name)).count();
            assert_eq!(shown, 2, "{}", class.name);
        }
    }

    #[test]
    fn colour_brightness_and_contrast_do_not_separate_the_categories() {
        const NAMES: [&str; 5] = ["mean red", "mean green", "mean blue", "mean luma", "sd of luma"];
        for style in Style::ALL {
            let set = scene_set(&spec(style, 200));
            let mut values = [(); 3].map(|()| [(); 5].map(|()| Vec::new()));
            for (emotion, picture) in set.pictures.iter().filter_map(|p| p.category.map(|emotion| (emotion, p))) {
                statistics(picture)
                    .iter()
                    .zip(&mut values[emotion.index()])
                    .for_each(|(&value, list)| list.push(value));
            }
            for (a, b) in [(0, 1), (0, 2), (1, 2)] {
                for (statistic, name) in NAMES.iter().enumerate() {
                    let auc = auc(&values[a][statistic], &values[b][statistic]);
                    // The standard error with 200 pictures against 200 is 0.029.
                    assert!((0.35..0.65).contains(&auc), "{style:?}, categories {a} and {b}, {name}: AUC {auc:.3}");
                }
            }
        }
    }

    #[test]
    fn a_set_says_that_it_is_synthetic() {
        let set = scene_set(&spec(Style::Sketch, 1));
        assert_eq!((set.name.as_str(), set.pictures[0].id.as_str()), ("synthetic-test", "sketch_0001"));
        assert!(set.notes.to_string().contains("SYNTHETIC"));
        let named = SyntheticSpec { name: "synthetic-a".into(), ..spec(Style::Flat, 0) };
        assert_eq!(scene_set(&named).name, "synthetic-a");
        assert!(scene_set(&named).pictures.is_empty());
    }

    #[test]
    fn sets_of_different_seed_or_style_share_no_scene() {
        let seeds = |spec: &SyntheticSpec| {
            let seed = |picture: &Picture| match &picture.source {
                PictureSource::Synthetic(scene) => scene.seed,
                other => panic!("{other:?} is no scene"),
            };
            scene_set(spec).pictures.iter().map(seed).collect::<Vec<_>>()
        };
        let first = seeds(&spec(Style::Flat, 20));
        assert_eq!(first, seeds(&spec(Style::Flat, 20)));
        for other in [spec(Style::Sketch, 20), SyntheticSpec { seed: 4, ..spec(Style::Flat, 20) }] {
            assert!(seeds(&other).iter().all(|seed| !first.contains(seed)));
        }
    }

    #[test]
    fn a_spec_reads_back_and_refuses_misspelt_keys() {
        let text = serde_json::to_string(&spec(Style::Flat, 5)).expect("serialises");
        assert_eq!(text, r#"{"name":"test","style":"flat","per_category":5,"seed":3}"#);
        assert_eq!(serde_json::from_str::<SyntheticSpec>(&text).expect("reads back"), spec(Style::Flat, 5));
        assert!(serde_json::from_str::<SyntheticSpec>(&text.replace("style", "stile")).is_err());
    }
}
