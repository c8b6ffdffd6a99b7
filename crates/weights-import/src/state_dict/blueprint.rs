//! From the shapes of a network's tensors to its blueprint, whose sources carry the names that the file has.

use graph::{Blueprint, KNOWN, Known, Source, VggTable};
use stimuli::frames::EMONET_CLASSES;
use vgg_core::EMONET_SIDE;

use crate::emonet::EMONET;
use crate::error::Flaw;
use crate::naming::Naming;
use crate::state_dict::conventions::{Convention, Layout, Template};
use crate::state_dict::sets::WeightSet;
use crate::state_dict::table::Table;

/// A file that claims a larger input is damaged.
const MAX_SIDE: usize = 8192;

/// A network of known size, and a sentence about what the file does not tell.
pub(super) struct Sized {
    pub blueprint: Blueprint,
    pub note: Option<String>,
}

/// The blueprint that these tensors fill.
///
/// # Errors
/// The first tensor whose shape is not that of the network, or a size that nothing tells.
pub(super) fn of(set: &WeightSet, table: &Table, input_side: Option<usize>) -> Result<Sized, Flaw> {
    if input_side.is_some_and(|side| side > MAX_SIDE) {
        let found = input_side.unwrap_or_default().to_string();
        return Err(Flaw::deviation("input", format!("at most {MAX_SIDE} pixels a side"), found));
    }
    set.names().iter().try_for_each(|name| table.check_floats(name))?;
    let shapes = Shapes { set, table };
    let sized = match &set.convention.network {
        Template::Known(name) => {
            let known = KNOWN.iter().find(|known| known.name == *name).copied();
            known.map_or_else(|| Err(Flaw::data(name, "no such network")), |known| shapes.known(known, input_side))
        }
        Template::Vgg(groups) => shapes.vgg(groups, input_side),
    }?;
    shapes.check(&sized.blueprint)?;
    Ok(sized)
}

/// Whether the shapes are those of the network, whatever the size of its pictures.
pub(super) fn fits(set: &WeightSet, table: &Table) -> bool {
    of(set, table, None).is_ok()
}

/// A shape as PyTorch writes it: rank 4 for kernels, 2 for matrices, 1 for everything else.
pub(super) fn pytorch_shape(layout: Layout, shape: &[usize], rank: usize) -> Vec<usize> {
    match (rank, shape, layout) {
        (4, &[height, width, inputs, outputs], Layout::ChannelsLast) => vec![outputs, inputs, height, width],
        (2, &[inputs, outputs], Layout::ChannelsLast) => vec![outputs, inputs],
        // A dense layer may be kept as a convolution whose kernel is the whole map.
        (2, &[outputs, channels, height, width], Layout::ChannelsFirst) => {
            vec![outputs, channels.saturating_mul(height).saturating_mul(width)]
        }
        (1, shape, _) => {
            let squeezed: Vec<usize> = shape.iter().copied().filter(|&extent| extent != 1).collect();
            if squeezed.is_empty() { vec![1] } else { squeezed }
        }
        _ => shape.to_vec(),
    }
}

struct Shapes<'a> {
    set: &'a WeightSet,
    table: &'a Table,
}

impl Shapes<'_> {
    /// A known network with the number of classes of its last layer.
    fn known(&self, known: Known, input_side: Option<usize>) -> Result<Sized, Flaw> {
        let last = self.set.layers().len().saturating_sub(1);
        let side = input_side.unwrap_or(known.side);
        let classes = self.shape(last, 1).first().copied().unwrap_or(0);
        if known.name == EMONET {
            self.check_emonet(side, classes)?;
        }
        let known = known.side(side).classes(classes);
        let mut blueprint = known.build().map_err(|error| Flaw::Impossible { network: known.name.into(), error })?;
        // Where a larger picture would ask for the same tensors, they do not tell its size.
        let larger = known.side(side + 32).build().map(|larger| larger.tensors()).unwrap_or_default();
        let note = (input_side.is_none() && larger == blueprint.tensors()).then(|| silent(known.name, side));
        rename(&mut blueprint, &self.set.convention);
        Ok(Sized { blueprint, note })
    }

    /// EmoNet is one network of one size, and some that look like it are others.
    fn check_emonet(&self, side: usize, classes: usize) -> Result<(), Flaw> {
        let expected = EMONET_SIDE as usize;
        if side != expected {
            return Err(Flaw::option("--input-side", format!("{expected}, the side of EmoNet's pictures"), side));
        }
        if self.shape(0, 4) == [64, 3, 11, 11] {
            let found = "[64, 3, 11, 11], as torchvision's AlexNet has it, which is another network";
            return Err(Flaw::deviation(self.label(0), "EmoNet's first kernel [96, 3, 11, 11]", found));
        }
        if self.set.convention.naming == Naming::EmonetPy && classes != EMONET_CLASSES.len() {
            let expected = "the 20 classes of AlexNetBigEmoNet in emonet-py, whose fc1 reads maps column by column, as in \
                            MATLAB; with other classes it may be an AlexNetBig, whose fc1 reads them row by row. Export \
                            the network to ONNX, which tells the order";
            let last = self.set.layers().len().saturating_sub(1);
            return Err(Flaw::deviation(self.label(last), expected, format!("{classes} classes")));
        }
        Ok(())
    }

    /// A network after the pattern of VGG with the widths of these kernels.
    fn vgg(&self, counts: &[usize], input_side: Option<usize>) -> Result<Sized, Flaw> {
        let (mut groups, mut first) = (Vec::new(), 0);
        for &count in counts {
            groups.push((self.shape(first, 4).first().copied().unwrap_or(0), count));
            first += count;
        }
        let dense: Vec<Vec<usize>> = (first..self.set.layers().len()).map(|layer| self.shape(layer, 2)).collect();
        let widths: Vec<usize> = dense.iter().map(|shape| shape.first().copied().unwrap_or(0)).collect();
        let (hidden, classes) = widths.split_last().map_or((&[][..], 0), |(last, hidden)| (hidden, *last));
        let (side, note) = match dense.first() {
            Some(fc6) => (self.pooled(fc6, &groups, input_side)?, None),
            None => self.side_without_dense(&groups, input_side)?,
        };
        let table = VggTable { groups: &groups, hidden };
        let network = self.set.convention.network.name();
        let mut blueprint = table.build(side, classes).map_err(|error| Flaw::Impossible { network, error })?;
        rename(&mut blueprint, &self.set.convention);
        Ok(Sized { blueprint, note })
    }

    /// Side of the input: as many poolings above the map that fc6 reads as there are groups, or what the user says.
    fn pooled(&self, fc6: &[usize], groups: &[(usize, usize)], told: Option<usize>) -> Result<usize, Flaw> {
        let (channels, inputs) = (groups.last().map_or(0, |group| group.0), fc6.get(1).copied().unwrap_or(0));
        let at = || format!("fc6 ({})", self.label(self.set.trunk()));
        let pooled = (inputs / channels.max(1)).isqrt();
        if pooled == 0 || channels * pooled * pooled != inputs {
            return Err(Flaw::deviation(at(), format!("{channels} × a square map"), format!("{inputs} inputs")));
        }
        match told {
            None => Ok(pooled << groups.len()),
            Some(side) if side >> groups.len() == pooled => Ok(side),
            Some(side) => {
                let map = side >> groups.len();
                let expected = format!("{channels} × {map}×{map} inputs for pictures of {side}×{side}");
                Err(Flaw::deviation(at(), expected, format!("{inputs} = {channels} × {pooled}×{pooled}")))
            }
        }
    }

    fn side_without_dense(
        &self,
        groups: &[(usize, usize)],
        told: Option<usize>,
    ) -> Result<(usize, Option<String>), Flaw> {
        let least = 1 << groups.len();
        match told {
            Some(side) if side >= least => Ok((side, None)),
            Some(side) => {
                let expected = format!("at least {least} pixels a side, for {} poolings", groups.len());
                Err(Flaw::deviation("input", expected, side.to_string()))
            }
            None => match known_with(groups) {
                Some(known) => Ok((known.side, Some(silent(known.name, known.side)))),
                None => {
                    Err(Flaw::InputSide { reason: "the file has no dense layers and its widths are its own".into() })
                }
            },
        }
    }

    /// Checks the shape of every tensor.
    fn check(&self, blueprint: &Blueprint) -> Result<(), Flaw> {
        for tensor in blueprint.tensors() {
            let name = format!("{}{}", self.set.prefix, tensor.name);
            let shape = self.table.shape(&name).unwrap_or_default();
            if pytorch_shape(self.set.convention.layout, shape, tensor.shape.len()) != tensor.shape {
                let side = blueprint.graph.node(blueprint.graph.input()).shape.height;
                return Err(Flaw::Shape {
                    network: self.set.convention.network.name(),
                    tensor: self.table.original(&name),
                    expected: tensor.shape,
                    side,
                    found: shape.to_vec(),
                });
            }
        }
        Ok(())
    }

    fn shape(&self, layer: usize, rank: usize) -> Vec<usize> {
        let Some(names) = self.set.layers().get(layer) else { return vec![] };
        let shape = self.table.shape(&format!("{}{}", self.set.prefix, names.weight)).unwrap_or_default();
        pytorch_shape(self.set.convention.layout, shape, rank)
    }

    fn label(&self, layer: usize) -> String {
        let name = self.set.layers().get(layer).map_or("", |names| &names.weight);
        format!("tensor \"{}\"", self.table.original(&format!("{}{name}", self.set.prefix)))
    }
}

/// Gives the sources of a blueprint the names of a convention.
fn rename(blueprint: &mut Blueprint, convention: &Convention) {
    for (source, names) in blueprint.sources.iter_mut().zip(&convention.layers) {
        *source = Source {
            weight: names.weight.clone(),
            bias: names.bias.clone(),
            norm: names.norm.clone(),
            ..source.clone()
        };
    }
}

/// The known network whose convolutions have these widths.
fn known_with(groups: &[(usize, usize)]) -> Option<Known> {
    KNOWN
        .iter()
        .find(|known| crate::recognise::table_of_known(known).is_some_and(|table| table.groups == groups))
        .copied()
}

fn silent(network: &str, side: usize) -> String {
    format!("the file does not tell the size of the pictures: {side}×{side} as usual for {network} (--input-side)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_as_pytorch_writes_them() {
        let check = |layout, shape: &[usize], rank, expected: &[usize]| {
            assert_eq!(pytorch_shape(layout, shape, rank), expected, "{layout:?} {shape:?}");
        };
        check(Layout::ChannelsFirst, &[64, 3, 3, 3], 4, &[64, 3, 3, 3]);
        check(Layout::ChannelsLast, &[3, 5, 2, 64], 4, &[64, 2, 3, 5]);
        check(Layout::ChannelsFirst, &[4096, 512, 7, 7], 2, &[4096, 25_088]);
        check(Layout::ChannelsLast, &[25_088, 4096], 2, &[4096, 25_088]);
        check(Layout::ChannelsFirst, &[1, 1, 1, 7], 1, &[7]);
        check(Layout::ChannelsFirst, &[1], 1, &[1]);
    }
}
