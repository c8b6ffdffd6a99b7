//! A device that runs out of memory when it is asked for, so that what depends on it can be tested.

use ndarray::{Array2, ArrayView4};

use super::{ComputeError, Executor, Map, Stage};

/// Computes like the executor inside, and fails to give results for more pictures than its memory is enough for, at the
/// point where a real device fails: when results are read.
pub(super) struct Exhausted {
    pub most: usize,
    pub executor: Box<dyn Executor>,
}

impl Executor for Exhausted {
    fn upload(&self, pictures: ArrayView4<'_, f32>) -> Map {
        self.executor.upload(pictures)
    }

    fn preactivation(&self, stage: Stage, input: &Map) -> Map {
        self.executor.preactivation(stage, input)
    }

    fn rectified(&self, stage: Stage, input: &Map) -> Map {
        self.executor.rectified(stage, input)
    }

    fn advance(&self, stage: Stage, input: &Map, factors: Option<&[f32]>) -> Map {
        self.executor.advance(stage, input, factors)
    }

    fn modulate(&self, stage: Stage, rectified: &Map, factors: Option<&[f32]>) -> Map {
        self.executor.modulate(stage, rectified, factors)
    }

    fn direction(&self, stage: Stage, input: &Map, group: &[usize]) -> Map {
        self.executor.direction(stage, input, group)
    }

    fn line_point(&self, stage: Stage, intact: &Map, direction: &Map, slope: f32) -> Map {
        self.executor.line_point(stage, intact, direction, slope)
    }

    fn means(&self, map: &Map) -> Map {
        self.executor.means(map)
    }

    fn scores(&self, features: &Map) -> Result<Map, ComputeError> {
        self.executor.scores(features)
    }

    fn download(&self, maps: Vec<Map>) -> Result<Vec<Array2<f32>>, ComputeError> {
        match maps.iter().map(Map::pictures).max() {
            Some(pictures) if pictures > self.most => {
                Err(ComputeError::new("a device in a test", format!("out of memory with {pictures} pictures")))
            }
            _ => self.executor.download(maps),
        }
    }

    fn reclaim(&self) {
        self.executor.reclaim();
    }
}
