//! Which classes are taken for which: a matrix of shares, sorted by cluster, with borders and the tree of its clusters.

use crate::axes::{LINE, Scale, SlotLabels, vertical_title, vertical_title_width, widest};
use crate::dendrogram::{AXIS_ROOM, Beside, Merge, Tree};
use crate::error::{FigureError, check_length, check_range};
use crate::figure::Figure;
use crate::matrix::{Cell, ColourBar, Colours};
use crate::number::{fixed, precise};
use crate::page::{self, MARGIN};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten};
use crate::theme::{FRAME, INK, SOFT_INK, size};

/// A square matrix of shares with its clusters.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfusionChart {
    /// Stands above the figure.
    pub title: String,
    /// Names of the classes, in the order of the matrix; they are drawn in the order of the tree, or of the clusters.
    pub classes: Vec<String>,
    /// `values[i][j]`: the share of class i that was taken for class j. A row sums to 1, or is `None` throughout where
    /// there is nothing of its class.
    pub values: Vec<Vec<Option<f64>>>,
    /// The cluster of each class, or empty. Classes of a cluster must stand together in the tree.
    pub clusters: Vec<usize>,
    /// The merges of a hierarchical clustering, one less than classes, or empty.
    pub merges: Vec<Merge>,
    /// What the rows are, such as "true class".
    pub row_axis: String,
    /// What the columns are, such as "predicted class".
    pub column_axis: String,
    /// Title of the colour scale, such as "share of frames of the true class".
    pub unit: String,
    /// What the heights of the tree are, such as "distance (Ward)".
    pub height_label: String,
    /// Stands below the figure.
    pub caption: String,
}

/// Up to this many classes have their values printed.
const MOST_PRINTED: usize = 20;
/// Room for the name of a row, in px.
const LONGEST_NAME: f64 = 160.0;
/// Smallest side of the matrix, in px, so that titles and the colour bar fit beside it.
const LEAST_SIDE: f64 = 120.0;
/// Width of the tree, in px.
const TREE: f64 = 110.0;
const GAP: f64 = 18.0;
/// Sums may differ from 1 by this much, as sums of rounded shares do.
const ROUNDING: f64 = 1e-6;

/// Where everything goes, in px.
struct Layout {
    order: Vec<usize>,
    tree: Option<Tree>,
    cell: f64,
    names: SlotLabels,
    left: f64,
    side: f64,
    largest: f64,
}

impl ConfusionChart {
    /// Draws the chart.
    ///
    /// # Errors
    /// [`FigureError`] if there is no class, if the matrix is not square or a cluster missing, if a share is not between
    /// 0 and 1 or a row does not sum to 1, if the merges are no tree, or if a cluster is torn apart by it.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let layout = self.layout()?;
        let scale = Scale::covering([0.0, layout.largest].into_iter(), 0.0);
        let bar = ColourBar { colours: Colours::Sequential, scale: &scale, unit: &self.unit };
        let tree_room = if layout.tree.is_some() { 8.0 + TREE } else { 0.0 };
        let bar_left = layout.left + layout.side + tree_room + GAP;
        let width = (bar_left + bar.room() + MARGIN).max(360.0);
        let mut canvas = Canvas::for_values(self.classes.len().pow(2) + self.merges.len());
        let title = page::title(&mut canvas, &self.title, MARGIN, width);
        let top = title + if layout.tree.is_some() { AXIS_ROOM + LINE } else { 4.0 };
        canvas.open_panel(&self.title, &self.unit);
        self.draw_matrix(&mut canvas, &layout, top);
        canvas.close();
        let names = layout.side + layout.names.height;
        if let Some(tree) = &layout.tree {
            let corner = (layout.left + layout.side + 8.0, top);
            let label = shorten(&self.height_label, size::LABEL, Weight::Regular, TREE + GAP + 20.0);
            canvas.text(Text { colour: SOFT_INK, ..Text::at((corner.0, top - AXIS_ROOM - 2.0), &label) });
            canvas.open_panel(&self.height_label, "");
            tree.draw(&mut canvas, Beside { corner, width: TREE, row: layout.cell }, &self.classes, &self.clusters);
            canvas.close();
        }
        let bar_bottom = bar.draw(&mut canvas, (bar_left, top), layout.side);
        let bottom = self.draw_axis_titles(&mut canvas, &layout, top, top + names).max(bar_bottom);
        let bottom = page::caption(&mut canvas, &self.caption, bottom + 6.0, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn check(&self) -> Result<(), FigureError> {
        let place = || format!("confusions \"{}\"", self.title);
        if self.classes.is_empty() {
            return Err(FigureError::Empty { place: place(), what: "classes" });
        }
        check_length(self.values.len(), self.classes.len(), "rows, one per class", place)?;
        if !self.clusters.is_empty() {
            check_length(self.clusters.len(), self.classes.len(), "clusters, one per class", place)?;
        }
        for (row, name) in self.values.iter().zip(&self.classes) {
            let place = || format!("{}, row {name}", place());
            check_length(row.len(), self.classes.len(), "values, one per class", place)?;
            row.iter().flatten().try_for_each(|&value| check_range(value, (0.0, 1.0), place))?;
            if row.iter().any(Option::is_some) {
                let sum: f64 = row.iter().flatten().sum();
                check_range(sum, (1.0 - ROUNDING, 1.0 + ROUNDING), || format!("{}, sum of its shares", place()))?;
            }
        }
        Ok(())
    }

    /// The tree, if there is one, and the classes from top to bottom.
    fn order(&self) -> Result<(Option<Tree>, Vec<usize>), FigureError> {
        let place = || format!("confusions \"{}\"", self.title);
        if self.merges.is_empty() {
            let first =
                |class: &usize| self.clusters.iter().position(|cluster| Some(cluster) == self.clusters.get(*class));
            let mut order: Vec<usize> = (0..self.classes.len()).collect();
            order.sort_by_key(first);
            return Ok((None, order));
        }
        let tree = Tree::of(self.classes.len(), &self.merges, place)?;
        let order = tree.order();
        for (at, &class) in order.iter().enumerate().skip(1).filter(|_| !self.clusters.is_empty()) {
            let is_new = self.clusters[class] != self.clusters[order[at - 1]];
            if is_new && order[..at].iter().any(|&before| self.clusters[before] == self.clusters[class]) {
                let fault = format!(
                    "cluster {} is torn apart by the tree at {}; clusters must be a cut of the same tree",
                    self.clusters[class], self.classes[class]
                );
                return Err(FigureError::Tree { place: place(), fault });
            }
        }
        Ok((Some(tree), order))
    }

    fn layout(&self) -> Result<Layout, FigureError> {
        let (tree, order) = self.order()?;
        let count = self.classes.len() as f64;
        let cell = (580.0 / count).clamp(6.0, 29.0).max(LEAST_SIDE / count);
        let names: Vec<String> = order.iter().map(|&class| self.classes[class].clone()).collect();
        let rows = widest(names.iter().map(String::as_str)).min(LONGEST_NAME) + 8.0;
        let names = SlotLabels::arrange(&names, cell);
        let left = MARGIN + vertical_title_width(&self.row_axis, count * cell) + rows.max(names.overhang);
        let largest = self.values.iter().flatten().flatten().copied().fold(0.0, f64::max);
        let largest = if largest > 0.0 { largest } else { 1.0 };
        Ok(Layout { order, tree, cell, names, left, side: count * cell, largest })
    }

    fn draw_matrix(&self, canvas: &mut Canvas, layout: &Layout, top: f64) {
        let every = (LINE / layout.cell).ceil().max(1.0) as usize;
        for (row, &class) in layout.order.iter().enumerate() {
            let y = top + row as f64 * layout.cell;
            if row % every == 0 {
                let name = shorten(&self.classes[class], size::LABEL, Weight::Regular, LONGEST_NAME);
                let place = (layout.left - 6.0, y + layout.cell / 2.0 + 4.0);
                canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, &name) });
            }
            for (column, &other) in layout.order.iter().enumerate() {
                let corner = (layout.left + column as f64 * layout.cell, y);
                self.draw_cell(canvas, layout, (class, other), corner);
            }
        }
        let corner = (layout.left, top);
        canvas.outline(corner, (layout.side, layout.side), Stroke::solid(FRAME, 0.8));
        self.draw_borders(canvas, layout, corner);
        layout.names.draw(canvas, (layout.left, top + layout.side));
    }

    fn draw_cell(&self, canvas: &mut Canvas, layout: &Layout, (row, column): (usize, usize), corner: Place) {
        let value = self.values[row][column];
        let told = value.map_or_else(|| "no value".to_string(), precise);
        let [row_axis, column_axis] = [&self.row_axis, &self.column_axis];
        let names = format!("{row_axis} {}, {column_axis} {}", self.classes[row], self.classes[column]);
        let prints = self.classes.len() <= MOST_PRINTED;
        let text = if prints { value.map_or("–".into(), printed) } else { String::new() };
        let fill = value.map(|value| Colours::Sequential.of(value / layout.largest));
        // Cells keep their colours on a dark page, where the class exempts them from its palette.
        canvas.open_value(if value.is_some() { "cell" } else { "no-value" }, &format!("{names}: {told}"));
        Cell { fill, text: &text, weight: Weight::Regular, prints }.draw(canvas, corner, (layout.cell, layout.cell));
        canvas.close();
    }

    /// Frames the cells of each cluster with itself.
    fn draw_borders(&self, canvas: &mut Canvas, layout: &Layout, (left, top): Place) {
        if self.clusters.is_empty() {
            return;
        }
        let mut start = 0;
        // On a dark page they stay dark, as the cells below them stay light.
        canvas.open("cell");
        for members in layout.order.chunk_by(|&a, &b| self.clusters[a] == self.clusters[b]) {
            let (from, side) = (start as f64 * layout.cell, members.len() as f64 * layout.cell);
            canvas.outline((left + from, top + from), (side, side), Stroke::solid(INK, 2.0));
            start += members.len();
        }
        canvas.close();
    }

    /// Writes the titles of both axes; returns where they end.
    fn draw_axis_titles(&self, canvas: &mut Canvas, layout: &Layout, top: f64, below: f64) -> f64 {
        let (middle, room) = (top + layout.side / 2.0, layout.side);
        vertical_title(canvas, &self.row_axis, (MARGIN + size::HEADING, middle), room);
        let title = shorten(&self.column_axis, size::HEADING, Weight::Regular, room);
        let place = (layout.left + layout.side / 2.0, below + LINE);
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, ..Text::at(place, &title) });
        below + LINE + 4.0
    }
}

/// A share in a small cell: two decimals without the zero before them.
fn printed(value: f64) -> String {
    if value == 0.0 { "0".into() } else { fixed(value, 2).trim_start_matches('0').to_string() }
}
