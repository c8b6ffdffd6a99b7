//! A network as a row of blocks: what its layers are, how large their maps are, and which of them are studied.

use crate::error::FigureError;
use crate::figure::Figure;
use crate::legend::Legend;
use crate::network_block::{Block, Look, SLOT_TEXT, Sizes};
use crate::page::{self, MARGIN};
use crate::svg::{Canvas, Place, Stroke};
use crate::theme::BASELINE;

/// A layer of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkLayer {
    /// Its name.
    pub name: String,
    /// What it does, such as "convolution 5×5".
    pub kind: String,
    /// Channels of its output, or units of a dense layer; at least 1.
    pub channels: usize,
    /// Height of its maps; 1 for a dense layer.
    pub height: usize,
    /// Width of its maps; 1 for a dense layer.
    pub width: usize,
    /// Anything else, such as "2 groups"; may be empty.
    pub note: String,
    /// Whether its channels are studied.
    pub is_site: bool,
    /// Whether its weights were trained anew.
    pub retrained: bool,
}

/// A network, layer by layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkDrawing {
    /// Stands above the figure.
    pub title: String,
    /// The layers, in the order of the computation.
    pub layers: Vec<NetworkLayer>,
    /// What the mark of a site means; in the legend if there is any.
    pub site_label: String,
    /// What the mark of a retrained layer means; in the legend if there is any.
    pub retrained_label: String,
    /// Stands below the figure.
    pub caption: String,
}

/// The most layers of a row.
const LONGEST_ROW: usize = 12;
/// What the sizes of the blocks mean.
const SCALE: &str = "Height of a block: logarithm of the map's side. Depth: logarithm of the number of channels.";
/// Room between a block and the texts below it, in px.
const TEXT_GAP: f64 = 6.0;

impl NetworkDrawing {
    /// Draws the network from left to right, in rows of up to twelve layers.
    ///
    /// A block is as high as the logarithm of its map's height and reaches as far back as that of its width; it is as
    /// deep, along the flow, as the logarithm of its number of channels. Each begins at the size of a single unit.
    ///
    /// # Examples
    /// ```
    /// use figures::{NetworkDrawing, NetworkLayer};
    ///
    /// let layer = |name: &str, channels, side, retrained| NetworkLayer {
    ///     name: name.into(),
    ///     kind: String::new(),
    ///     channels,
    ///     height: side,
    ///     width: side,
    ///     note: String::new(),
    ///     is_site: side > 1,
    ///     retrained,
    /// };
    /// let drawing = NetworkDrawing {
    ///     title: "A network".into(),
    ///     layers: vec![layer("conv1", 96, 55, false), layer("fc8", 20, 1, true)],
    ///     site_label: "site".into(),
    ///     retrained_label: "trained anew".into(),
    ///     caption: String::new(),
    /// };
    /// assert!(drawing.draw()?.svg().contains("conv1: 96 channels of 55 × 55, site"));
    /// # Ok::<(), figures::FigureError>(())
    /// ```
    ///
    /// # Errors
    /// [`FigureError`] if there is no layer, or one without channels, height or width.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let rows = self.layers.len().div_ceil(LONGEST_ROW);
        let per_row = self.layers.len().div_ceil(rows);
        let slot = (860.0 / per_row as f64).clamp(84.0, 112.0);
        let width = (2.0 * MARGIN + per_row as f64 * slot).max(520.0);
        let mut canvas = Canvas::for_values(self.layers.len());
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let mut y = self.legend().draw(&mut canvas, top, width) + 6.0;
        let sizes = Sizes::of(&self.layers);
        canvas.open_panel(&self.title, "");
        for (row, layers) in self.layers.chunks(per_row).enumerate() {
            let blocks = layers.iter().map(|layer| Block::new(layer, &sizes)).collect();
            let (is_first, is_last) = (row == 0, (row + 1) * per_row >= self.layers.len());
            y = Row { blocks, left: MARGIN, slot, is_first, is_last }.draw(&mut canvas, y, self) + 10.0;
        }
        canvas.close();
        let y = page::caption(&mut canvas, SCALE, y, width);
        let bottom = page::caption(&mut canvas, &self.caption, y, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn check(&self) -> Result<(), FigureError> {
        let place = || format!("network \"{}\"", self.title);
        if self.layers.is_empty() {
            return Err(FigureError::Empty { place: place(), what: "layers" });
        }
        for layer in &self.layers {
            for (count, what) in [(layer.channels, "channels"), (layer.height, "rows"), (layer.width, "columns")] {
                if count == 0 {
                    return Err(FigureError::Empty { place: format!("{}, layer {}", place(), layer.name), what });
                }
            }
        }
        Ok(())
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default();
        let looks = [
            (self.layers.iter().any(|layer| layer.is_site), &self.site_label, Look { is_site: true, retrained: false }),
            (
                self.layers.iter().any(|layer| layer.retrained),
                &self.retrained_label,
                Look { is_site: false, retrained: true },
            ),
        ];
        for (_, name, look) in looks.into_iter().filter(|(is_used, name, _)| *is_used && !name.is_empty()) {
            legend.add_own(name, 20.0, move |canvas, (x, y)| look.draw_key(canvas, (x, y)));
        }
        legend
    }
}

/// Layers side by side, and whether others come before and after them.
struct Row<'a> {
    blocks: Vec<Block<'a>>,
    left: f64,
    slot: f64,
    is_first: bool,
    is_last: bool,
}

impl Row<'_> {
    fn centre(&self, index: usize) -> f64 {
        self.left + (index as f64 + 0.5) * self.slot
    }

    /// Draws the blocks and their texts from `top` on; returns where the texts end.
    fn draw(&self, canvas: &mut Canvas, top: f64, drawing: &NetworkDrawing) -> f64 {
        let rise = self.blocks.iter().map(|block| block.height() / 2.0).fold(0.0, f64::max);
        let middle = top + rise + Look::MARK_ROOM;
        self.draw_arrows(canvas, middle);
        let lines: Vec<_> = self.blocks.iter().map(|block| block.texts(self.slot - SLOT_TEXT)).collect();
        let y = middle + rise + TEXT_GAP;
        let mut bottom = y;
        for (index, block) in self.blocks.iter().enumerate() {
            canvas.open_value("layer", &block.told(&drawing.site_label, &drawing.retrained_label));
            block.draw(canvas, (self.centre(index), middle));
            canvas.close();
            bottom = block.write(canvas, &lines[index], &lines, (self.centre(index), y));
        }
        bottom
    }

    /// Draws an arrow to every block, and one that leaves the row where the network goes on.
    fn draw_arrows(&self, canvas: &mut Canvas, y: f64) {
        for (index, block) in self.blocks.iter().enumerate().skip(usize::from(self.is_first)) {
            let from = if index == 0 { self.left } else { self.centre(index - 1) };
            arrow(canvas, (from, y), self.centre(index) - block.width() / 2.0 - 2.0);
        }
        if !self.is_last {
            let last = self.blocks.len() - 1;
            arrow(canvas, (self.centre(last), y), self.left + self.blocks.len() as f64 * self.slot);
        }
    }
}

/// A line to the right with a head.
fn arrow(canvas: &mut Canvas, (x, y): Place, to: f64) {
    canvas.line((x, y), (to - 4.0, y), Stroke::solid(BASELINE, 1.1));
    canvas.polygon(&[(to - 6.0, y - 3.0), (to, y), (to - 6.0, y + 3.0)], BASELINE, 1.0);
}
