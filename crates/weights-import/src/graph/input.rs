//! The input of the graph: the pictures, how many at once, how large, channels first or last.

use crate::error::Flaw;
use crate::graph::walk::Walk;
use crate::parts::FlattenOrder;

impl Walk<'_> {
    /// Side of the pictures, where the graph fixes it.
    pub fn input_side(&self) -> Result<Option<usize>, Flaw> {
        let dims = self.input_dims();
        let [_, a, b, c] = dims[..] else { return Ok(None) };
        let transposed = self.readers_are_transpose();
        let (channels, height, width) = if transposed { (c, a, b) } else { (a, b, c) };
        if channels.is_some_and(|channels| channels != 3) || height != width {
            let shown: Vec<_> = dims.iter().map(|dim| dim.map_or("?".into(), |dim| dim.to_string())).collect();
            let expected = if transposed { "[?, side, side, 3]" } else { "[?, 3, side, side]" };
            return Err(Flaw::deviation("input of the graph", expected, format!("[{}]", shown.join(", "))));
        }
        Ok(height)
    }

    /// Pictures that come in first from a channels-last framework are turned at once.
    pub(super) fn enter(&mut self) -> Result<(), Flaw> {
        if let Some(node) = self.peek()?.filter(|node| node.op_type == "Transpose") {
            self.layout = FlattenOrder::ChannelLast;
            self.transpose(node)?;
            self.step(node)?;
        }
        Ok(())
    }

    fn input_dims(&self) -> Vec<Option<usize>> {
        let constants = &self.model.constants;
        let input = self.model.graph.input.iter().find(|input| !constants.contains_key(&input.name));
        let Some(input) = input.filter(|input| input.type_.has_tensor_type()) else { return vec![] };
        let extent = |dim: i64| usize::try_from(dim).ok().filter(|&dim| dim > 0);
        input.type_.tensor_type().shape.dim.iter().map(|dim| extent(dim.dim_value())).collect()
    }

    /// Pictures that the graph takes at once; 1 where it does not say.
    pub(super) fn batch(&self) -> i64 {
        self.input_dims().first().copied().flatten().and_then(|batch| i64::try_from(batch).ok()).unwrap_or(1)
    }

    fn readers_are_transpose(&self) -> bool {
        let constants = &self.model.constants;
        let input = self.model.graph.input.iter().find(|input| !constants.contains_key(&input.name));
        let readers = input.and_then(|input| self.readers.get(input.name.as_str()));
        readers.is_some_and(|readers| readers.iter().any(|&index| self.node(index).op_type == "Transpose"))
    }
}
