//! Matrices side by side on one diverging colour scale around zero, the value printed in each cell.

use crate::axes::{LINE, Scale, SlotLabels, vertical_title, widest};
use crate::error::{FigureError, check_length, check_value};
use crate::figure::Figure;
use crate::legend::Legend;
use crate::matrix::{Cell, ColourBar, Colours};
use crate::number::{precise, short};
use crate::page::{self, MARGIN};
use crate::svg::{Anchor, Canvas, Place, Stroke, Text};
use crate::text::{Weight, shorten, width};
use crate::theme::{FRAME, SOFT_INK, size};

/// One matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Stands above the matrix.
    pub title: String,
    /// Names of the rows, top to bottom.
    pub rows: Vec<String>,
    /// Names of the columns, left to right.
    pub columns: Vec<String>,
    /// Values by row and column; `None` for a cell without value.
    pub values: Vec<Vec<Option<f64>>>,
    /// Which cells are marked as significant: the same shape, or empty.
    pub stars: Vec<Vec<bool>>,
}

/// Matrices with shared axes and a shared scale.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMaps {
    /// Stands above the figure.
    pub title: String,
    /// The matrices, side by side and then in further rows.
    pub maps: Vec<HeatMap>,
    /// What the rows are, such as "channels lesioned".
    pub row_axis: String,
    /// What the columns are, such as "emotion recognised".
    pub column_axis: String,
    /// Title of the colour scale with its unit, such as "change of F1 (%)".
    pub unit: String,
    /// What a star means; in the legend if there is any star.
    pub star_label: String,
    /// Stands below the figure.
    pub caption: String,
}

/// Where everything goes, in px.
struct Layout {
    largest: f64,
    cell: Place,
    prints: bool,
    row_labels: f64,
    left: f64,
    map: Place,
    per_row: usize,
    labels: Vec<SlotLabels>,
    label_height: f64,
    /// Above each map, for its title.
    title_room: f64,
    width: f64,
}

const WIDEST: f64 = 860.0;
const MAP_GAP: f64 = 22.0;
const BAR_GAP: f64 = 18.0;

impl HeatMaps {
    /// Draws the matrices.
    ///
    /// # Errors
    /// [`FigureError`] if there is no matrix or one without cells, if the values do not have the shape of the names,
    /// or if a value is not finite or above 1e100.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let layout = self.layout();
        let scale = Scale::symmetric(layout.largest);
        let bar = ColourBar { colours: Colours::Diverging, scale: &scale, unit: &self.unit };
        let figure_width = (layout.width + BAR_GAP + bar.room() + MARGIN).max(360.0);
        let mut canvas = Canvas::for_values(self.maps.iter().map(|map| map.rows.len() * map.columns.len()).sum());
        let top = page::title(&mut canvas, &self.title, MARGIN, figure_width);
        let top = self.legend().draw(&mut canvas, top, figure_width);
        let bottom = self.draw_maps(&mut canvas, &layout, top);
        let corner = (layout.width + BAR_GAP, top + layout.title_room);
        let bar_bottom = bar.draw(&mut canvas, corner, (bottom - corner.1 - layout.label_height).max(110.0));
        let bottom = page::caption(&mut canvas, &self.caption, bottom.max(bar_bottom) + 6.0, figure_width);
        Ok(canvas.finish((figure_width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn check(&self) -> Result<(), FigureError> {
        let empty = |place: String, what| Err(FigureError::Empty { place, what });
        if self.maps.is_empty() {
            return empty(format!("heat maps \"{}\"", self.title), "maps");
        }
        for map in &self.maps {
            let place = || format!("heat map \"{}\"", map.title);
            if map.rows.is_empty() || map.columns.is_empty() {
                return empty(place(), "cells");
            }
            check_length(map.values.len(), map.rows.len(), "rows of values", place)?;
            if !map.stars.is_empty() {
                check_length(map.stars.len(), map.rows.len(), "rows of stars", place)?;
            }
            for (values, row) in map.values.iter().zip(&map.rows) {
                let place = || format!("heat map \"{}\", row {row}", map.title);
                check_length(values.len(), map.columns.len(), "values, one per column", place)?;
                values.iter().flatten().try_for_each(|&value| check_value(value, place))?;
            }
            for (stars, row) in map.stars.iter().zip(&map.rows) {
                let place = || format!("heat map \"{}\", row {row}", map.title);
                check_length(stars.len(), map.columns.len(), "stars, one per column", place)?;
            }
        }
        Ok(())
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.maps.iter().flat_map(|map| map.values.iter().flatten().flatten().copied())
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default();
        if !self.star_label.is_empty() && self.maps.iter().any(|map| map.stars.iter().flatten().any(|&star| star)) {
            legend.add_star(&self.star_label);
        }
        legend
    }

    fn layout(&self) -> Layout {
        let largest = self.values().fold(0f64, |largest, value| largest.max(value.abs()));
        let columns = self.maps.iter().map(|map| map.columns.len()).max().unwrap_or(1) as f64;
        let rows = self.maps.iter().map(|map| map.rows.len()).max().unwrap_or(1) as f64;
        let texts: Vec<String> = self.values().map(|value| format!("{}*", short(value, largest))).collect();
        let printed = (widest(texts.iter().map(String::as_str)) + 10.0).max(40.0);
        let prints = printed * columns <= WIDEST;
        let cell_width = if prints { printed } else { WIDEST / columns };
        let cell = (cell_width, if prints { 28.0 } else { (400.0 / rows).clamp(2.0, 24.0) });
        let names = self.maps.iter().flat_map(|map| &map.rows);
        let row_labels = widest(names.map(String::as_str)).min(150.0) + 8.0;
        let labels: Vec<_> = self.maps.iter().map(|map| SlotLabels::arrange(&map.columns, cell.0)).collect();
        let overhang = labels.iter().map(|labels| labels.overhang).fold(0.0, f64::max);
        let label_height = labels.iter().map(|labels| labels.height).fold(0.0, f64::max);
        let axis = if self.row_axis.is_empty() { 0.0 } else { 2.0 * LINE + 4.0 };
        let left = MARGIN + axis;
        let map = (row_labels.max(overhang) + columns * cell.0 + MAP_GAP, rows * cell.1);
        let per_row = (((WIDEST + MAP_GAP) / map.0) as usize).clamp(1, self.maps.len());
        let width = left + per_row as f64 * map.0 - MAP_GAP;
        let row_labels = row_labels.max(overhang);
        let mut layout = Layout {
            largest,
            cell,
            prints,
            row_labels,
            left,
            map,
            per_row,
            labels,
            label_height,
            title_room: 0.0,
            width,
        };
        let room = |map: &HeatMap| page::panel_title_room(&map.title, title_place(map, &layout, 0.0).1);
        layout.title_room = self.maps.iter().map(room).fold(0.0, f64::max);
        layout
    }

    /// Draws all matrices with their axis titles; returns where they end.
    fn draw_maps(&self, canvas: &mut Canvas, layout: &Layout, top: f64) -> f64 {
        let height = layout.title_room + layout.map.1 + layout.label_height;
        for (index, map) in self.maps.iter().enumerate() {
            let column = (index % layout.per_row) as f64;
            let x = layout.left + column * layout.map.0 + layout.row_labels;
            let y = top + (index / layout.per_row) as f64 * height + layout.title_room;
            canvas.open_panel(&map.title, &self.unit);
            self.draw_map(canvas, map, layout, (x, y));
            layout.labels[index].draw(canvas, (x, y + map.rows.len() as f64 * layout.cell.1));
            canvas.close();
        }
        let bottom = top + self.maps.len().div_ceil(layout.per_row) as f64 * height;
        let middle = (top + layout.title_room + bottom - layout.label_height) / 2.0;
        let room = bottom - top - layout.label_height / 2.0;
        vertical_title(canvas, &self.row_axis, (MARGIN + size::HEADING, middle), room);
        if self.column_axis.is_empty() {
            return bottom;
        }
        let middle = (layout.left + layout.row_labels + layout.width) / 2.0;
        let room = 2.0 * (middle - MARGIN).min(layout.width - middle + 60.0);
        let title = shorten(&self.column_axis, size::HEADING, Weight::Regular, room);
        let place = (middle, bottom + LINE);
        canvas.text(Text { size: size::HEADING, anchor: Anchor::Middle, ..Text::at(place, &title) });
        bottom + LINE + 6.0
    }

    fn draw_map(&self, canvas: &mut Canvas, map: &HeatMap, layout: &Layout, (x, y): Place) {
        let (cell_width, cell_height) = layout.cell;
        let room = map.columns.len() as f64 * cell_width;
        let (start, title_width) = title_place(map, layout, x);
        page::panel_title(canvas, &map.title, (start, y), title_width);
        let every = (LINE / cell_height).ceil().max(1.0) as usize;
        for (row, name) in map.rows.iter().enumerate() {
            let top = y + row as f64 * cell_height;
            if row % every == 0 {
                let name = shorten(name, size::LABEL, Weight::Regular, layout.row_labels - 8.0);
                let place = (x - 6.0, top + cell_height / 2.0 + 4.0);
                canvas.text(Text { anchor: Anchor::End, colour: SOFT_INK, ..Text::at(place, &name) });
            }
            for column in 0..map.columns.len() {
                // Cells keep their colours on a dark page, where the class exempts them from its palette.
                let class = if map.values[row][column].is_some() { "cell" } else { "no-value" };
                canvas.open_value(class, &map.told(row, column, &self.star_label));
                draw_cell(canvas, map, layout, (row, column), (x + column as f64 * cell_width, top));
                canvas.close();
            }
        }
        canvas.outline((x, y), (room, map.rows.len() as f64 * cell_height), Stroke::solid(FRAME, 0.8));
    }
}

/// Where the title of a map begins and how wide it may be: above the cells, or from the row names on if it is long.
fn title_place(map: &HeatMap, layout: &Layout, x: f64) -> (f64, f64) {
    let room = map.columns.len() as f64 * layout.cell.0;
    if width(&map.title, size::LABEL, Weight::Bold) <= room {
        (x, room)
    } else {
        (x - layout.row_labels, layout.map.0 - MAP_GAP)
    }
}

fn draw_cell(canvas: &mut Canvas, map: &HeatMap, layout: &Layout, (row, column): (usize, usize), corner: Place) {
    let star = map.has_star(row, column);
    let text = match map.values[row][column] {
        Some(value) if layout.prints => short(value, layout.largest) + if star { "*" } else { "" },
        None if layout.prints => "–".into(),
        _ if star => "*".into(),
        _ => String::new(),
    };
    let fill = map.values[row][column].map(|value| Colours::Diverging.of(share(value, layout.largest)));
    let weight = if star { Weight::Bold } else { Weight::Regular };
    Cell { fill, text: &text, weight, prints: layout.prints }.draw(canvas, corner, layout.cell);
}

/// Where a value lies on the colour scale, from −1 to 1.
fn share(value: f64, largest: f64) -> f64 {
    if largest > 0.0 { value / largest } else { 0.0 }
}

impl HeatMap {
    fn has_star(&self, row: usize, column: usize) -> bool {
        self.stars.get(row).and_then(|stars| stars.get(column)) == Some(&true)
    }

    /// What a cell tells: its row, its column and its number.
    fn told(&self, row: usize, column: usize, star_label: &str) -> String {
        let value = self.values[row][column].map_or_else(|| "no value".to_string(), precise);
        let star = if self.has_star(row, column) { format!(", {star_label}") } else { String::new() };
        format!("{}, {}: {value}{star}", self.rows[row], self.columns[column])
    }
}
