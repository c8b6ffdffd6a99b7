//! Plain data in, finished pages out: charts as SVG and PNG from one drawing, and a report as one HTML file.
//!
//! A chart is a value that describes what to show ([`LayerChart`], [`HeatMaps`]); `draw` turns it into a [`Figure`].
//! The crate reads no file, knows no table of the experiments and depends on no system font, so the same data give
//! the same bytes on every machine. A further kind of chart is one more file that puts its marks on a
//! `svg::Canvas` with the help of `page` (title, legend, caption) and `axes` (scales, ticks, labels). A [`Report`] is
//! made of [`Block`]s; `cargo run -p figures --example gallery --release -- FOLDER` shows them all.

mod colour;
mod error;
mod theme;

mod number;
mod text;

mod figure;
mod marker;
mod png;
mod svg;

mod axes;
mod legend;
mod matrix;
mod page;

mod bar_chart;
mod bar_marks;
mod bar_panel;
mod channel_examples;
mod class_names;
mod confusion_chart;
mod curve_chart;
mod dendrogram;
mod example_panels;
mod heat_map;
mod layer_chart;
mod layer_panel;
mod network_block;
mod network_drawing;
mod picture_cell;
mod picture_grid;
mod scatter;
mod scatter_panel;
mod stacked_shares;

mod report;

pub use bar_chart::{Bar, BarChart, BarSeries, Bars, Reference};
pub use channel_examples::{ChannelExample, ChannelExamples, ExampleSet};
pub use confusion_chart::ConfusionChart;
pub use curve_chart::{Curve, CurveChart, CurvePanel};
pub use dendrogram::Merge;
pub use error::FigureError;
pub use figure::Figure;
pub use heat_map::{HeatMap, HeatMaps};
pub use layer_chart::{LayerChart, Panel, Point, Series};
pub use network_drawing::{NetworkDrawing, NetworkLayer};
pub use picture_grid::{GridPicture, GridRow, PictureGrid, Thumbnail};
pub use report::{Block, Claim, Explorer, ExplorerPanel, Markdown, Report, Section, Span, Verdict};
pub use scatter::{Scatter, ScatterPanel, ScatterPoint};
pub use stacked_shares::{SharePanel, StackedShares};
pub use theme::Role;
