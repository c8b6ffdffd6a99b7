//! The endless stream of drawings, and how many of them a network names.

use std::fmt;

use anyhow::Result;
use ndarray::{Array4, Axis};
use rand::RngExt;
use rayon::prelude::*;
use stimuli::seed;
use stimuli::synthetic::{Style, class_names, object_picture};
use vgg_core::pretrain::Batch;
use vgg_core::{Colour, Filter, MeanPicture, Network, Preprocessing};

/// Drawings behind a mean picture.
const MEAN_OF: usize = 600;
/// Hold-out pictures per forward pass.
const HOLD_OUT_BATCH: usize = 100;

/// Drawings for a network of one input size.
pub struct Stream {
    preprocessing: Preprocessing,
    side: u32,
    seed: u64,
}

/// How many of the hold-out pictures a network names rightly.
pub struct HoldOut {
    /// Right answers.
    pub right: usize,
    /// Pictures.
    pub pictures: usize,
    /// Classes.
    pub classes: usize,
}

/// What the pictures show.
pub fn classes() -> Vec<String> {
    class_names().iter().map(|name| name.to_string()).collect()
}

impl Stream {
    /// Drawings that derive from a seed, prepared as torchvision does.
    pub fn torchvision(side: usize, seed: u64) -> Self {
        Self::new(Preprocessing::torchvision(side as u32), seed)
    }

    /// Drawings that derive from a seed, prepared as EmoNet's pictures are: values from 0 to 255, minus their mean picture.
    pub fn emonet(side: usize, seed: u64) -> Self {
        let side = side as u32;
        let plain = Preprocessing {
            shorter_side: side,
            crop: side,
            filter: Filter::MatlabBicubic,
            ..Preprocessing::emonet_pytorch()
        };
        let stream = Self::new(plain, seed);
        let mean = stream.mean_picture();
        Self { preprocessing: Preprocessing { mean_picture: Some(mean), ..stream.preprocessing }, ..stream }
    }

    fn new(preprocessing: Preprocessing, seed: u64) -> Self {
        Self { side: preprocessing.shorter_side, preprocessing, seed }
    }

    /// The mean of drawings that are never trained on.
    fn mean_picture(&self) -> MeanPicture {
        let batch = self.draw("mean picture", 0, MEAN_OF);
        let mean = batch.pictures.mapv(f64::from).mean_axis(Axis(0)).expect("some drawings");
        let values = mean.iter().map(|&value| value as f32).collect();
        MeanPicture::new(self.preprocessing.crop, values).expect("a value per pixel")
    }

    /// How drawings become inputs.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// The training pictures of a step.
    pub fn batch(&self, step: usize, size: usize) -> Batch {
        self.draw("pretraining", step, size)
    }

    /// Pictures number `index · size` and on for a purpose; another purpose never repeats one.
    fn draw(&self, purpose: &str, index: usize, size: usize) -> Batch {
        let count = class_names().len();
        let drawn: Vec<(Vec<f32>, usize)> = (0..size)
            .into_par_iter()
            .map(|position| {
                let mut random = seed::rng(self.seed, purpose, &[index as u64, position as u64]);
                // Classes take turns, so that no batch lacks one for long.
                let class = (index * size + position) % count;
                let style = if random.random() { Style::Flat } else { Style::Sketch };
                let picture = object_picture(class, style, random.random(), self.side);
                (self.preprocessing.apply(&picture, Colour::AsIs), class)
            })
            .collect();
        let side = self.preprocessing.crop as usize;
        let labels = drawn.iter().map(|(_, class)| *class).collect();
        let inputs: Vec<f32> = drawn.into_iter().flat_map(|(input, _)| input).collect();
        let pictures = Array4::from_shape_vec((size, 3, side, side), inputs).expect("whole pictures");
        Batch { pictures, labels }
    }
}

/// Counts how many drawings of seeds never used in training a network names rightly.
pub fn hold_out(stream: &Stream, network: &Network, pictures: usize) -> Result<HoldOut> {
    let mut right = 0;
    for start in (0..pictures).step_by(HOLD_OUT_BATCH) {
        let size = HOLD_OUT_BATCH.min(pictures - start);
        let batch = stream.draw("hold-out", start / HOLD_OUT_BATCH, size);
        let logits = network.logits(batch.pictures.view())?;
        for (row, label) in logits.rows().into_iter().zip(batch.labels) {
            let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(class, _)| class);
            right += usize::from(best == Some(label));
        }
    }
    Ok(HoldOut { right, pictures, classes: class_names().len() })
}

impl fmt::Display for HoldOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = 100.0 * self.right as f64 / self.pictures.max(1) as f64;
        let chance = 100.0 / self.classes as f64;
        write!(f, "{share:.1} % ({} of {} pictures, chance {chance:.1} %)", self.right, self.pictures)
    }
}
