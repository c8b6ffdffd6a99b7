//! A device that runs out of memory when it is asked for, so that what depends on it can be tested.

use graph::NodeId;
use ndarray::{Array2, ArrayView4};

use super::{ComputeError, Executor, Map};
use crate::route::Step;

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

    fn step(&self, step: Step, inputs: &[&Map], factors: Option<&[f32]>) -> Map {
        self.executor.step(step, inputs, factors)
    }

    fn scaled(&self, map: &Map, factors: &[f32]) -> Map {
        self.executor.scaled(map, factors)
    }

    fn direction(&self, node: NodeId, input: &Map, group: Option<&[usize]>) -> Map {
        self.executor.direction(node, input, group)
    }

    fn line_point(&self, step: Step, intact: &Map, direction: &Map, slope: f32) -> Map {
        self.executor.line_point(step, intact, direction, slope)
    }

    fn means(&self, map: &Map) -> Map {
        self.executor.means(map)
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
