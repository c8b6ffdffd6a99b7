//! Structure of the figures of a classifier: every text and mark is there and tells its value, and bad data are refused.

#[path = "../support/drawn.rs"]
mod drawn;

mod bars;
mod confusions;
mod grids;
mod networks;
mod properties;
mod scatters;

use drawn::{assert_sound, assert_texts_inside, count};
use figures::{
    Bar, BarChart, BarSeries, Bars, ConfusionChart, Figure, FigureError, GridPicture, GridRow, Merge, NetworkDrawing,
    NetworkLayer, PictureGrid, Reference, Scatter, ScatterPanel, ScatterPoint, Thumbnail,
};

const LONG: &str = "Aesthetic_Appreciation of pictures in a museum";

fn refuse(figure: Result<Figure, FigureError>, message: &str) {
    assert_eq!(figure.expect_err("bad data").to_string(), message);
}

fn long() -> String {
    LONG.repeat(6)
}

/// The texts of a drawing, in order.
fn texts(figure: &Figure) -> Vec<String> {
    let svg = figure.svg();
    svg.split("</text>").filter_map(|part| Some(part.rsplit_once('>')?.1.to_string())).collect()
}
