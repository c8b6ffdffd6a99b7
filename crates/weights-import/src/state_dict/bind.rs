//! From the tensors of a file to the weights of a blueprint: kernels output first, matrices `[outputs, inputs]`, maps
//! flattened `channel × row × column`, batch normalisation folded.

use graph::{Blueprint, Op, Shape, Weights};
use rayon::prelude::*;

use crate::error::Flaw;
use crate::state_dict::blueprint::pytorch_shape;
use crate::state_dict::conventions::Layout;
use crate::state_dict::sets::WeightSet;
use crate::state_dict::table::Table;
use crate::tensor::{Element, SourceTensor};

/// The weights, and the element type of the file if it is shorter than float32.
pub(super) struct Bound {
    pub weights: Weights<f32>,
    pub short: Option<Element>,
}

/// Reads every value of the network once.
///
/// # Errors
/// A tensor of another element type, one whose data are not in the file, or a number that is not finite.
pub(super) fn bind(blueprint: &Blueprint, set: &WeightSet, table: &mut Table) -> Result<Bound, Flaw> {
    let ranks: Vec<(String, usize)> = blueprint.tensors().into_iter().map(|t| (t.name, t.shape.len())).collect();
    let rank = |name: &str| ranks.iter().find(|(other, _)| other == name).map_or(0, |(_, rank)| *rank);
    let map = flattened(blueprint);
    let (mut fault, mut short) = (None, None);
    let weights = blueprint.bind(|name| {
        let read = |tensor: SourceTensor| {
            let shape = pytorch_shape(set.convention.layout, &tensor.shape, rank(name));
            let element = tensor.element;
            let map = map.as_ref().filter(|(first, _)| first == name).map(|(_, map)| *map);
            Ok((element, values(tensor, set.convention.layout, &shape, map)?, shape))
        };
        match table.take(&format!("{}{name}", set.prefix)).and_then(read) {
            Ok((element, values, shape)) => {
                short = short.or((element != Element::Float32).then_some(element));
                Some((shape, values))
            }
            Err(flaw) => {
                fault.get_or_insert(flaw);
                None
            }
        }
    });
    match (fault, weights) {
        (Some(flaw), _) => Err(flaw),
        (None, Ok(weights)) => Ok(Bound { weights, short }),
        (None, Err(error)) => Err(error.into()),
    }
}

/// The weight of the first dense layer behind maps of more than one pixel, and the shape of those maps.
fn flattened(blueprint: &Blueprint) -> Option<(String, Shape)> {
    let graph = &blueprint.graph;
    let flatten = graph.ids().find(|&id| graph.node(id).op == Op::Flatten)?;
    let map = graph.node(*graph.node(flatten).inputs.first()?).shape;
    let reads = |source: &&graph::Source| graph.node(source.node).inputs.contains(&flatten);
    let source = blueprint.sources.iter().find(reads)?;
    (!map.is_vector()).then(|| (source.weight.clone(), map))
}

/// The values of a tensor in the order of a PyTorch shape.
fn values(tensor: SourceTensor, layout: Layout, shape: &[usize], map: Option<Shape>) -> Result<Vec<f32>, Flaw> {
    match (layout, shape) {
        (Layout::ChannelsLast, &[_, _, _, _]) => {
            let kernel = tensor.into_kernel()?.permuted_axes([3, 2, 0, 1]);
            Ok(kernel.iter().copied().collect())
        }
        (Layout::ChannelsLast, &[outputs, inputs]) => {
            let matrix = tensor.into_transposed(inputs, outputs)?.into_raw_vec_and_offset().0;
            match map {
                Some(map) => Ok(channel_first(&matrix, map)),
                None => Ok(matrix),
            }
        }
        (Layout::ColumnsFirst, &[_, _]) => {
            let mut matrix = tensor.into_floats()?;
            if let Some(map) = map {
                rows_first(&mut matrix, map);
            }
            Ok(matrix)
        }
        _ => tensor.into_floats(),
    }
}

/// Reorders every row of a matrix from `channel × column × row` to `channel × row × column`.
fn rows_first(matrix: &mut [f32], map: Shape) {
    matrix.par_chunks_exact_mut(map.pixels()).for_each_init(
        || vec![0.0; map.pixels()],
        |plane, numbers| {
            plane.copy_from_slice(numbers);
            let places = (0..map.height).flat_map(|y| (0..map.width).map(move |x| x * map.height + y));
            numbers.iter_mut().zip(places).for_each(|(number, place)| *number = plane[place]);
        },
    );
}

/// Reorders every row of a matrix from `row × column × channel` to `channel × row × column`.
fn channel_first(matrix: &[f32], map: Shape) -> Vec<f32> {
    let mut sorted = vec![0.0; matrix.len()];
    let pairs = sorted.par_chunks_exact_mut(map.values()).zip(matrix.par_chunks_exact(map.values()));
    pairs.for_each(|(target, row)| {
        for (channel, plane) in target.chunks_exact_mut(map.pixels()).enumerate() {
            plane.iter_mut().enumerate().for_each(|(pixel, value)| *value = row[pixel * map.channels + channel]);
        }
    });
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_fc6_are_put_channel_first() {
        // Column c of the source is (row, column, channel) = (c / 6, c / 3 % 2, c % 3).
        let source: Vec<f32> = (0..24).map(|value| value as f32).collect();
        let sorted = channel_first(&source, Shape::new(3, 2, 2));
        assert_eq!(sorted[..12], [0.0, 3.0, 6.0, 9.0, 1.0, 4.0, 7.0, 10.0, 2.0, 5.0, 8.0, 11.0]);
        assert_eq!(sorted[12], 12.0);
    }

    #[test]
    fn columns_of_matlabs_fc6_are_put_row_by_row() {
        // Two outputs of two channels of maps of two rows and three columns: place c · 6 + column · 2 + row.
        let mut matrix: Vec<f32> = (0..24).map(|value| value as f32).collect();
        rows_first(&mut matrix, Shape::new(2, 2, 3));
        assert_eq!(matrix[..12], [0.0, 2.0, 4.0, 1.0, 3.0, 5.0, 6.0, 8.0, 10.0, 7.0, 9.0, 11.0]);
        assert_eq!(matrix[12..15], [12.0, 14.0, 16.0]);
    }
}
