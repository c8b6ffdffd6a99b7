//! Which pictures of a set are of which emotion and object category, and what can be tested with them.

use std::collections::BTreeSet;

use stats::StatsError;
use stats::anova::{Model, TwoWay};
use stimuli::Emotion;
use study::pictures::StudySet;
use study::rows::AnovaCellRow;

/// A set whose pictures have object categories, ready for the analysis.
pub struct Design {
    /// The pictures that have an object category, by their place in the set.
    pub pictures: Vec<usize>,
    /// The model.
    pub model: TwoWay,
    /// Degrees of freedom of emotion, object category and interaction; the last is missing where it is not testable.
    pub freedom: [Option<usize>; 3],
    /// Why the interaction is not testable, where it is not.
    pub without_interaction: Option<String>,
}

/// The design of a set, or why nothing can be tested in it.
///
/// # Errors
/// In words: no object categories, a single one, or factors that cannot be told apart.
pub fn design(set: &StudySet) -> Result<Design, String> {
    let (pictures, [emotions, objects]) = levels(set);
    if pictures.is_empty() {
        return Err("the set has no object categories; columns.object_category names the column that says them".into());
    }
    let (emotion_names, object_names) = (present(&emotions), present(&objects));
    for (what, names) in [("emotion", &emotion_names), ("object category", &object_names)] {
        if names.len() < 2 {
            let only = names.first().copied().unwrap_or_default();
            return Err(format!("all pictures with an object category are of one {what} ({only})"));
        }
    }
    let place = |levels: &[&str], names: &[&str]| -> Vec<usize> {
        levels.iter().filter_map(|level| names.iter().position(|name| name == level)).collect()
    };
    let (first, second) = (place(&emotions, &emotion_names), place(&objects, &object_names));
    let counts = [emotion_names.len(), object_names.len()];
    let new = |model| TwoWay::new([&first, &second], counts, model);
    let (model, without_interaction) = match new(Model::Interaction) {
        Ok(model) => (model, None),
        Err(StatsError::EmptyCell { levels: [emotion, object] }) => {
            let reason = format!(
                "the interaction is not testable, since no picture is {} and of the object category {}; emotion and object \
                 category are tested without it",
                emotion_names[emotion], object_names[object]
            );
            (new(Model::Additive).map_err(|error| error.to_string())?, Some(reason))
        }
        Err(error) => return Err(error.to_string()),
    };
    let [emotion, object] = counts.map(|count| count - 1);
    let interaction = without_interaction.is_none().then_some(emotion * object);
    Ok(Design { pictures, model, freedom: [Some(emotion), Some(object), interaction], without_interaction })
}

/// The pictures with an object category, and their emotions and object categories.
fn levels(set: &StudySet) -> (Vec<usize>, [Vec<&str>; 2]) {
    let known = set.pictures.iter().zip(&set.emotions).enumerate();
    let known = known
        .filter_map(|(place, (picture, emotion))| Some((place, (emotion.name(), picture.object_category.as_deref()?))));
    let (pictures, levels): (Vec<usize>, Vec<(&str, &str)>) = known.unzip();
    let (emotions, objects) = levels.into_iter().unzip();
    (pictures, [emotions, objects])
}

/// The names that occur, in order.
fn present<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// A row per emotion and object category, in the emotions' order; the last are of pictures without a category, if there
/// are any.
pub fn cells(set: &StudySet) -> Vec<AnovaCellRow> {
    let category = |place: usize| set.pictures[place].object_category.as_deref();
    let known: BTreeSet<&str> = (0..set.pictures.len()).filter_map(category).collect();
    let all = known.into_iter().map(Some).chain([None]);
    let count = |object: Option<&str>, emotion: Emotion| {
        (0..set.pictures.len()).filter(|&place| set.emotions[place] == emotion && category(place) == object).count()
    };
    let cell = |object: Option<&str>, emotion: Emotion| AnovaCellRow {
        set: set.name.clone(),
        emotion: emotion.name().into(),
        object_category: object.unwrap_or_default().into(),
        n_pictures: count(object, emotion),
    };
    let cells = all.flat_map(|object| Emotion::ALL.map(|emotion| cell(object, emotion)));
    cells.filter(|cell| !cell.object_category.is_empty() || cell.n_pictures > 0).collect()
}

#[cfg(test)]
mod tests {
    use stimuli::{Picture, PictureSet, PictureSource, SetNotes, synthetic};
    use vgg_core::{Colour, Preprocessing};

    use super::*;

    /// A set with pictures of these emotions and object categories.
    fn set(pictures: &[(Emotion, Option<&str>)]) -> StudySet {
        let scene = |spec: synthetic::SyntheticSpec| synthetic::scene_set(&spec).pictures.remove(0);
        let drawn = scene(synthetic::SyntheticSpec {
            name: "x".into(),
            style: synthetic::Style::Flat,
            per_category: 1,
            seed: 1,
        });
        let picture = |(number, (emotion, object)): (usize, &(Emotion, Option<&str>))| Picture {
            id: number.to_string(),
            source: PictureSource::clone(&drawn.source),
            valence: None,
            arousal: None,
            object: None,
            object_category: object.map(String::from),
            category: Some(*emotion),
        };
        let pictures: Vec<Picture> = pictures.iter().enumerate().map(picture).collect();
        let set = PictureSet { name: "x".into(), notes: SetNotes::default(), pictures };
        StudySet::new(set, &Preprocessing::torchvision(8), Colour::AsIs).expect("drawn")
    }

    const FULL: [(Emotion, Option<&str>); 7] = [
        (Emotion::Pleasant, Some("person")),
        (Emotion::Neutral, Some("person")),
        (Emotion::Unpleasant, None),
        (Emotion::Pleasant, Some("scene")),
        (Emotion::Neutral, Some("scene")),
        (Emotion::Pleasant, Some("scene")),
        (Emotion::Neutral, Some("person")),
    ];

    #[test]
    fn pictures_without_a_category_and_emotions_that_none_is_left_of_take_no_part() {
        let design = design(&set(&FULL)).expect("testable");
        assert_eq!(design.pictures, [0, 1, 3, 4, 5, 6]);
        assert_eq!(design.freedom, [Some(1), Some(1), Some(1)]);
        assert_eq!(design.without_interaction, None);
    }

    #[test]
    fn every_cell_is_counted_empty_ones_too() {
        let counts: Vec<(String, String, usize)> =
            cells(&set(&FULL)).into_iter().map(|cell| (cell.object_category, cell.emotion, cell.n_pictures)).collect();
        let row = |object: &str, emotion: &str, count| (object.to_owned(), emotion.to_owned(), count);
        let expected = [
            row("person", "pleasant", 1),
            row("person", "neutral", 2),
            row("person", "unpleasant", 0),
            row("scene", "pleasant", 2),
            row("scene", "neutral", 1),
            row("scene", "unpleasant", 0),
            row("", "unpleasant", 1),
        ];
        assert_eq!(counts, expected);
    }

    #[test]
    fn what_is_not_testable_says_why() {
        let refused = |pictures: &[(Emotion, Option<&str>)]| design(&set(pictures)).err().expect("refused");
        let plain = [(Emotion::Pleasant, None), (Emotion::Neutral, None)];
        assert!(refused(&plain).starts_with("the set has no object categories"));
        let one = [(Emotion::Pleasant, Some("a")), (Emotion::Neutral, Some("a"))];
        assert_eq!(refused(&one), "all pictures with an object category are of one object category (a)");
        let alike = [(Emotion::Pleasant, Some("a")), (Emotion::Pleasant, Some("b"))];
        assert_eq!(refused(&alike), "all pictures with an object category are of one emotion (pleasant)");
        let apart = [(Emotion::Pleasant, Some("a")), (Emotion::Neutral, Some("b"))].repeat(3);
        assert_eq!(refused(&apart), StatsError::Confounded.to_string());
    }

    #[test]
    fn an_empty_cell_takes_the_interaction_and_leaves_the_rest() {
        let mut pictures = FULL.to_vec();
        pictures.retain(|picture| *picture != (Emotion::Pleasant, Some("person")));
        let design = design(&set(&pictures)).expect("testable");
        assert_eq!(design.freedom, [Some(1), Some(1), None]);
        let reason = design.without_interaction.expect("a reason");
        assert!(reason.contains("no picture is pleasant and of the object category person"), "{reason}");
    }
}
