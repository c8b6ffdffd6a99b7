//! Tests of synthetic clips: counts, splits, refusals, and how well classes can be told apart.

use super::*;
use crate::frames::Part;

fn spec(clips: usize) -> ClipSpec {
    ClipSpec { name: "test".into(), style: Style::Flat, clips, frames_per_clip: 2, side: 32, seed: 5 }
}

#[test]
fn clips_are_spread_as_the_published_videos_are() {
    for clips in [80, 81, 100, 137, 200, 333, 500, 2026] {
        let counts = per_class(clips);
        assert_eq!(counts.iter().sum::<usize>(), clips);
        assert!(counts.iter().all(|&count| count >= FEWEST), "{counts:?}");
    }
    let videos: Vec<usize> = RECIPES.iter().map(|recipe| recipe.videos).collect();
    assert_eq!(per_class(2026), videos);
    let shares = per_class(500);
    assert!((0.22..0.28).contains(&(shares[2] as f64 / 500.0)), "Amusement has {} of 500", shares[2]);
}

#[test]
fn whole_clips_are_on_one_side_and_every_class_on_both() {
    let set = clip_set(&spec(150)).expect("a set");
    let parts: Vec<Part> = set
        .groups
        .iter()
        .enumerate()
        .map(|(group, _)| {
            let own: Vec<Part> =
                set.frames.iter().filter(|frame| frame.group == group).map(|frame| frame.part).collect();
            assert!(own.len() == 2 && own[0] == own[1]);
            own[0]
        })
        .collect();
    let test = parts.iter().filter(|part| **part == Part::Test).count();
    assert!((25..=36).contains(&test), "{test} of 150");
    assert!(set.notes.counts.iter().all(|counts| counts.groups.iter().all(|&groups| groups > 0)));
    assert_eq!((set.frames[1].id.as_str(), set.groups[149].as_str()), ("clip_0001/0001", "clip_0150"));
}

#[test]
fn a_set_says_that_it_is_synthetic_and_depends_on_its_seed_only() {
    let set = clip_set(&spec(80)).expect("a set");
    assert_eq!((set.name.as_str(), set.is_synthetic()), ("synthetic-test", true));
    assert_eq!(set.classes, Classes::emonet());
    assert!(set.notes.to_string().contains("SYNTHETIC: drawn by the program (style flat, seed 5)"), "{}", set.notes);
    let sum = |spec: &ClipSpec| clip_set(spec).expect("a set").content_sha256().expect("drawn");
    assert_eq!(sum(&spec(80)), sum(&ClipSpec { name: "other".into(), ..spec(80) }));
    assert_ne!(sum(&spec(80)), sum(&ClipSpec { seed: 6, ..spec(80) }));
}

#[test]
fn a_class_does_not_change_when_others_have_more_clips() {
    let sources = |clips| {
        let set = clip_set(&spec(clips)).expect("a set");
        set.frames.into_iter().filter(|frame| frame.class == 11).map(|frame| frame.source).collect::<Vec<_>>()
    };
    // Excitement, the rarest, has the same four clips in both.
    assert_eq!(sources(100), sources(160));
}

#[test]
fn specs_that_cannot_be_drawn_are_refused() {
    let check = |spec: ClipSpec, expected: &str| {
        let message = clip_set(&spec).expect_err("refused").to_string();
        assert_eq!(message, format!("set of frames 'synthetic-test': {expected}"));
    };
    check(spec(79), "clips = 79 is too few: 20 classes need 4 each, 80 in all");
    check(ClipSpec { frames_per_clip: 0, ..spec(80) }, "frames_per_clip = 0 leaves nothing to see; write 1 or more");
    check(ClipSpec { side: 15, ..spec(80) }, "side = 15 must lie between 16 and 4096 pixels");
    check(ClipSpec { side: 4097, ..spec(80) }, "side = 4097 must lie between 16 and 4096 pixels");
    check(
        ClipSpec { frames_per_clip: 20_000, ..spec(80) },
        "80 clips of 20000 frames are 1600000 frames; at most 1000000 are drawn",
    );
    let text = serde_json::to_string(&spec(90)).expect("serialises");
    assert_eq!(serde_json::from_str::<ClipSpec>(&text).expect("reads back"), spec(90));
    assert!(serde_json::from_str::<ClipSpec>(&text.replace("side", "size")).is_err());
}

/// Means of colours and of edges in four directions over a lattice of cells: what a linear read-out of simple features
/// sees of a frame.
fn features(pixels: &image::RgbImage) -> Vec<f64> {
    const CELLS: usize = 4;
    let side = pixels.width() as usize;
    let luma = |x: usize, y: usize| pixels.get_pixel(x as u32, y as u32).0.iter().map(|&c| f64::from(c)).sum::<f64>();
    let mut features = vec![0.0; CELLS * CELLS * 7];
    for (x, y) in (0..side - 1).flat_map(|y| (0..side - 1).map(move |x| (x, y))) {
        let cell = 7 * (y * CELLS / side * CELLS + x * CELLS / side);
        let colour = pixels.get_pixel(x as u32, y as u32).0;
        (0..3).for_each(|channel| features[cell + channel] += f64::from(colour[channel]));
        let edges = [
            luma(x + 1, y) - luma(x, y),
            luma(x, y + 1) - luma(x, y),
            luma(x + 1, y + 1) - luma(x, y),
            luma(x + 1, y) - luma(x, y + 1),
        ];
        edges.iter().enumerate().for_each(|(direction, edge)| features[cell + 3 + direction] += edge.abs());
    }
    features
}

/// A linear classifier, fitted by least squares on standardised features (ridge, by conjugate gradients per class).
struct Linear {
    weights: Vec<Vec<f64>>,
}

impl Linear {
    fn fit(rows: &[Vec<f64>], classes: &[usize]) -> Self {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let apply = |weights: &[f64]| {
            let mut product: Vec<f64> = weights.iter().map(|weight| 30.0 * weight).collect();
            for row in rows {
                let output = dot(row, weights);
                product.iter_mut().zip(row).for_each(|(sum, value)| *sum += output * value);
            }
            product
        };
        let fit_one = |class: usize| {
            let own = classes.iter().filter(|&&other| other == class).count() as f64;
            // Targets of equal weight per class, so that rare classes are answered too.
            let mut residual = vec![0.0; rows[0].len()];
            for (row, _) in rows.iter().zip(classes).filter(|(_, other)| **other == class) {
                residual.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * rows.len() as f64 / own);
            }
            let (mut weights, mut step) = (vec![0.0; residual.len()], residual.clone());
            let mut square = dot(&residual, &residual);
            for _ in 0..60 {
                let image = apply(&step);
                let length = square / dot(&step, &image).max(1e-12);
                weights.iter_mut().zip(&step).for_each(|(weight, step)| *weight += length * step);
                residual.iter_mut().zip(&image).for_each(|(residual, image)| *residual -= length * image);
                let next = dot(&residual, &residual);
                step.iter_mut()
                    .zip(&residual)
                    .for_each(|(step, residual)| *step = residual + next / square.max(1e-12) * *step);
                square = next;
            }
            weights
        };
        Self { weights: (0..RECIPES.len()).map(fit_one).collect() }
    }

    fn answer(&self, row: &[f64]) -> usize {
        let output = |weights: &[f64]| row.iter().zip(weights).map(|(a, b)| a * b).sum::<f64>();
        (0..self.weights.len())
            .max_by(|&a, &b| output(&self.weights[a]).total_cmp(&output(&self.weights[b])))
            .unwrap_or(0)
    }
}

/// Shifts and scales every feature to mean 0 and variance 1 over the training rows.
fn standardise(rows: &mut [Vec<f64>], train: &[usize]) {
    for column in 0..rows[0].len() {
        let mean = train.iter().map(|&row| rows[row][column]).sum::<f64>() / train.len() as f64;
        let variance = train.iter().map(|&row| (rows[row][column] - mean).powi(2)).sum::<f64>() / train.len() as f64;
        let sd = variance.sqrt().max(1e-9);
        rows.iter_mut().for_each(|row| row[column] = (row[column] - mean) / sd);
    }
}

#[test]
fn a_linear_read_out_is_neither_at_chance_nor_perfect() {
    let set = clip_set(&ClipSpec { clips: 800, side: 48, ..spec(800) }).expect("a set");
    let mut rows: Vec<Vec<f64>> = set.frames.iter().map(|frame| frame.with_pixels(features).expect("drawn")).collect();
    let train = set.part(Part::Train);
    standardise(&mut rows, &train);
    let classes: Vec<usize> = set.frames.iter().map(|frame| frame.class).collect();
    let of = |frames: &[usize]| -> (Vec<Vec<f64>>, Vec<usize>) {
        frames.iter().map(|&frame| (rows[frame].clone(), classes[frame])).unzip()
    };
    let (train_rows, train_classes) = of(&train);
    let linear = Linear::fit(&train_rows, &train_classes);
    let (test_rows, test_classes) = of(&set.part(Part::Test));
    let mut right = [0.0; 20];
    let mut all = [0.0; 20];
    for (row, class) in test_rows.iter().zip(test_classes) {
        all[class] += 1.0;
        right[class] += f64::from(linear.answer(row) == class);
    }
    let balanced: f64 = right.iter().zip(&all).map(|(right, all)| right / all).sum::<f64>() / 20.0;
    // Chance is 0.05; with about 8 test clips a class its standard error is below 0.02. No read-out can know the clips
    // that are of another class altogether.
    assert!(
        balanced > 0.11 && balanced < 1.0 - f64::from(super::super::clip::MISTAKEN),
        "balanced accuracy {balanced:.3}"
    );
}
