//! Where a value of the file holds pictures, channels, rows and columns.

use graph::Shape;

/// What an axis can run over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dim {
    Pictures,
    Channels,
    Rows,
    Columns,
}

use Dim::{Channels, Columns, Pictures, Rows};

/// The axes of a value. Each runs over none, one or several dimensions, the last of them fastest: maps are
/// `[Pictures] [Channels] [Rows] [Columns]`, flattened maps `[Pictures] [Channels, Rows, Columns]`. Dimensions of extent
/// 1 are left out, so that a value is the same however they are squeezed out and put back in.
///
/// The shape is that of one picture at the node of the network that gives the value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axes {
    pictures: usize,
    shape: Shape,
    runs: Vec<Vec<Dim>>,
}

/// All orders of channels, rows and columns; those of frameworks first.
const ORDERS: [[Dim; 3]; 6] = [
    [Channels, Rows, Columns],
    [Rows, Columns, Channels],
    [Channels, Columns, Rows],
    [Rows, Channels, Columns],
    [Columns, Rows, Channels],
    [Columns, Channels, Rows],
];

impl Axes {
    /// `[pictures, channels, height, width]`
    pub fn maps(pictures: usize, shape: Shape) -> Self {
        Self::ordered(pictures, shape, ORDERS[0])
    }

    /// The axes of maps in another order.
    pub fn ordered(pictures: usize, shape: Shape, [a, b, c]: [Dim; 3]) -> Self {
        Self { pictures, shape, runs: vec![vec![Pictures], vec![a], vec![b], vec![c]] }.without_units()
    }

    /// `[pictures, units]`
    pub fn rows(pictures: usize, units: usize) -> Self {
        let runs = vec![vec![Pictures], vec![Channels]];
        Self { pictures, shape: Shape::vector(units), runs }.without_units()
    }

    /// How many axes there are.
    pub fn rank(&self) -> usize {
        self.runs.len()
    }

    /// Extent of every axis.
    pub fn extents(&self) -> Vec<usize> {
        self.runs.iter().map(|run| run.iter().map(|&dim| self.extent(dim)).product()).collect()
    }

    /// What an axis runs over.
    pub fn run(&self, axis: usize) -> &[Dim] {
        &self.runs[axis]
    }

    /// Extent of a dimension.
    pub fn extent(&self, dim: Dim) -> usize {
        match dim {
            Pictures => self.pictures,
            Channels => self.shape.channels,
            Rows => self.shape.height,
            Columns => self.shape.width,
        }
    }

    /// The axes of maps, `[pictures, channels, height, width]`.
    pub fn are_maps(&self) -> bool {
        *self == Self::maps(self.pictures, self.shape)
    }

    /// The order of a flat picture, `[pictures, all the rest]`.
    pub fn flat(&self) -> Option<&[Dim]> {
        let [pictures, rest, ones @ ..] = &self.runs[..] else { return None };
        let alone = ones.iter().all(Vec::is_empty) && pictures.iter().all(|dim| *dim == Pictures);
        (alone && !rest.contains(&Pictures)).then_some(rest)
    }

    /// Whether this is a flat picture, channel first.
    pub fn is_flat(&self) -> bool {
        let order: Vec<Dim> = ORDERS[0].into_iter().filter(|&dim| self.extent(dim) > 1).collect();
        self.flat() == Some(&order)
    }

    /// Places of channels, rows and columns among four axes.
    pub fn places(&self) -> Option<[usize; 3]> {
        let order = ORDERS.into_iter().find(|&order| *self == Self::ordered(self.pictures, self.shape, order))?;
        let place = |dim| order.iter().position(|&other| other == dim).map(|place| place + 1);
        Some([place(Channels)?, place(Rows)?, place(Columns)?])
    }

    /// The place of the channels, among four axes or two.
    pub fn channel_place(&self) -> Option<usize> {
        match self.rank() {
            2 if self.shape.is_vector() => self.flat().map(|_| 1),
            _ => self.places().map(|[channels, ..]| channels),
        }
    }

    /// The axes in another order; nothing if that is no permutation.
    pub fn transposed(&self, permutation: &[usize]) -> Option<Self> {
        let mut seen = vec![false; self.rank()];
        permutation.iter().for_each(|&axis| {
            if let Some(seen) = seen.get_mut(axis) {
                *seen = true;
            }
        });
        if permutation.len() != self.rank() || seen.contains(&false) {
            return None;
        }
        Some(Self { runs: permutation.iter().map(|&axis| self.runs[axis].clone()).collect(), ..self.clone() })
    }

    /// The same numbers in the same order, cut into other extents; nothing if a dimension would have to be cut.
    pub fn reshaped(&self, extents: &[usize]) -> Option<Self> {
        let mut dims = self.runs.iter().flatten().copied().peekable();
        let mut runs = Vec::with_capacity(extents.len());
        for &extent in extents {
            let (mut run, mut size) = (Vec::new(), 1);
            while size < extent {
                let dim = dims.next()?;
                size *= self.extent(dim);
                run.push(dim);
            }
            if size != extent {
                return None;
            }
            runs.push(run);
        }
        dims.peek().is_none().then_some(Self { runs, ..self.clone() })
    }

    /// The axes after an operation that changes the shape and keeps the axes.
    pub fn with_shape(&self, shape: Shape) -> Self {
        Self { shape, ..self.clone() }.without_units()
    }

    /// The axes after rows and columns became one number.
    pub fn averaged(&self, shape: Shape, gone: Option<&[usize]>) -> Self {
        let mut axes = self.with_shape(shape);
        if let Some(gone) = gone {
            let mut place = 0;
            axes.runs.retain(|_| {
                place += 1;
                !gone.contains(&(place - 1))
            });
        }
        axes
    }

    /// Whether a value of these axes, with one number per channel, is broadcast over the maps of others.
    pub fn scales(&self, maps: &Self) -> bool {
        let Some(missing) = maps.rank().checked_sub(self.rank()) else { return false };
        let own = |axis: usize| if axis < missing { &[][..] } else { self.run(axis - missing) };
        let kept =
            |run: &[Dim]| run.iter().copied().filter(|dim| matches!(dim, Pictures | Channels)).collect::<Vec<_>>();
        self.shape.is_vector() && (0..maps.rank()).all(|axis| own(axis) == kept(maps.run(axis)))
    }

    fn without_units(mut self) -> Self {
        let extents = [Pictures, Channels, Rows, Columns].map(|dim| (dim, self.extent(dim)));
        let unit = |dim: &Dim| extents.iter().any(|(other, extent)| other == dim && *extent == 1);
        self.runs.iter_mut().for_each(|run| run.retain(|dim| !unit(dim)));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps() -> Axes {
        Axes::maps(1, Shape::new(6, 4, 5))
    }

    #[test]
    fn numbers_keep_their_order_when_they_are_cut_anew() {
        let flat = maps().reshaped(&[1, 120]).expect("all of a picture");
        assert_eq!(flat.flat(), Some(&[Channels, Rows, Columns][..]));
        let five = maps().reshaped(&[1, 1, 6, 4, 5]).expect("one more axis");
        assert_eq!(five.reshaped(&[1, 6, 4, 5]), Some(maps()));
        assert_eq!(maps().reshaped(&[1, 6, 20]).map(|axes| axes.extents()), Some(vec![1, 6, 20]));
        assert_eq!(maps().reshaped(&[1, 2, 3, 4, 5]), None, "channels in two parts");
        assert_eq!(maps().reshaped(&[2, 60]), None, "a picture in two parts");
        assert_eq!(maps().reshaped(&[1, 0]), None);
        assert_eq!(maps().reshaped(&[1, 6]), None, "numbers would be lost");
    }

    #[test]
    fn axes_move_and_are_found_again() {
        let last = maps().transposed(&[0, 2, 3, 1]).expect("a permutation");
        assert_eq!(last.places(), Some([3, 1, 2]));
        assert_eq!(last.reshaped(&[1, 120]).expect("flat").flat(), Some(&[Rows, Columns, Channels][..]));
        assert_eq!(last.transposed(&[0, 3, 1, 2]), Some(maps()));
        assert_eq!(maps().transposed(&[0, 0, 1, 2]), None);
        assert_eq!(maps().transposed(&[0, 1, 2]), None);
    }

    #[test]
    fn two_pictures_stay_apart() {
        let two = Axes::maps(2, Shape::new(3, 2, 2));
        assert_eq!(two.reshaped(&[2, 12]).and_then(|axes| axes.flat().map(<[Dim]>::len)), Some(3));
        assert_eq!(two.reshaped(&[24]).map(|axes| axes.flat().is_some()), Some(false));
        assert_eq!(two.reshaped(&[1, 24]).map(|axes| axes.flat().is_some()), Some(false));
    }

    #[test]
    fn one_number_per_channel_scales_maps() {
        let maps = maps();
        let vector = Axes::maps(1, Shape::vector(6));
        assert!(vector.scales(&maps));
        assert!(!Axes::rows(1, 6).scales(&maps), "channels would be taken for columns");
        let last = maps.transposed(&[0, 2, 3, 1]).expect("a permutation");
        assert!(Axes::rows(1, 6).scales(&last) && !vector.scales(&last));
    }
}
