//! Writes every kind of figure, and a report with all of them, from invented data: `gallery FOLDER`.
//!
//! Meant for the eye: ordinary data first, then the awkward cases (few layers, gaps, outliers, long names).

use figures::{Block, Figure, FigureError, HeatMap, HeatMaps, LayerChart, Panel, Point, Report, Role, Section, Series};
use std::error::Error;
use std::path::Path;

const LAYERS: [&str; 13] = [
    "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1", "conv4_2", "conv4_3",
    "conv5_1", "conv5_2", "conv5_3",
];
const EMOTIONS: [&str; 3] = ["pleasant", "neutral", "unpleasant"];

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: gallery FOLDER")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let mut blocks = Vec::new();
    for (name, figure) in gallery()? {
        std::fs::write(folder.join(format!("{name}.svg")), figure.svg())?;
        std::fs::write(folder.join(format!("{name}.png")), figure.png()?)?;
        let description = format!("The invented figure {name}.");
        blocks.push(Block::Figure { figure, caption: format!("The case {name}."), description });
    }
    std::fs::write(folder.join("report.html"), report(blocks).html())?;
    Ok(())
}

fn gallery() -> Result<Vec<(&'static str, Figure)>, FigureError> {
    Ok(vec![
        ("lesion", lesion(&LAYERS, &["drawn scenes", "photographs"]).draw()?),
        ("lesion_four_layers", lesion(&LAYERS[..4], &["sketch"]).draw()?),
        ("one_panel_many_series", many_series().draw()?),
        ("gaps_and_outlier", awkward().draw()?),
        ("no_values", empty().draw()?),
        ("one_layer", lesion(&LAYERS[..1], &["a"]).draw()?),
        ("long_names", long_names().draw()?),
        ("specificity", specificity().draw()?),
        ("specificity_by_layer", by_layer().draw()?),
        ("sweep", sweep().draw()?),
    ])
}

/// A smooth invented number between −1 and 1.
fn wave(index: usize, shift: f64) -> f64 {
    (index as f64 * 1.7 + shift).sin()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| name.to_string()).collect()
}

fn selective(layers: usize, emotion: usize, depth: f64) -> Series {
    let y = |index: usize| -depth * (index as f64 / 12.0).powi(2) + 1.5 * wave(index, emotion as f64);
    let points = (0..layers).map(|index| Some(Point::with_interval(y(index), y(index) - 4.0, y(index) + 4.0)));
    let stars = (0..layers).map(|index| y(index) < -9.0).collect();
    Series { name: "selective (95 % CI)".into(), role: Role::EMOTIONS[emotion], points: points.collect(), stars }
}

fn control(name: &str, layers: usize, index: usize) -> Series {
    let y = |layer: usize| -0.25 * layer as f64 * (1.0 + index as f64) + 0.6 * wave(layer, index as f64);
    let spread = |layer: usize| 1.0 + 0.25 * layer as f64;
    let point = |layer: usize| {
        if index == 0 {
            Point::with_interval(y(layer), y(layer) - spread(layer), y(layer) + spread(layer))
        } else {
            Point::new(y(layer))
        }
    };
    let points = (0..layers).map(|layer| Some(point(layer))).collect();
    Series { name: name.into(), role: Role::Control(index), points, stars: vec![] }
}

fn lesion(layers: &[&str], sets: &[&str]) -> LayerChart {
    let panel = |set: &str, emotion: usize| Panel {
        title: format!("{set} · {}", EMOTIONS[emotion]),
        series: vec![
            selective(layers.len(), emotion, 22.0 + 14.0 * emotion as f64),
            control("random (95 % of 100 draws)", layers.len(), 0),
            control("random, non-selective", layers.len(), 1),
            control("matched by mean activation", layers.len(), 2),
        ],
    };
    LayerChart {
        title: "Lesion of the selective channels against random channels".into(),
        x_label: "lesioned convolution layer".into(),
        y_label: "change of F1 (%)".into(),
        layers: names(layers),
        panels: sets.iter().map(|set| (0..3).map(|emotion| panel(set, emotion)).collect()).collect(),
        baseline: Some(0.0),
        star_label: "q < .05 against random".into(),
        caption: "Invented data. Change of the F1 of each recognition head after all channels selective for its emotion \
                  in one layer were silenced. Means over 20 splits, n = 257 test pictures per set; bars: 95 % confidence \
                  interval by bootstrap over pictures; grey band: 2.5th to 97.5th percentile of 100 random groups of equal \
                  size. Stars: empirical p, Benjamini–Hochberg over 78 tests."
            .into(),
    }
}

fn many_series() -> LayerChart {
    let network = |index: usize| {
        let y = |layer: usize| 0.2 + 0.04 * layer as f64 * if index == 0 { 1.0 } else { 0.2 } + 0.02 * wave(layer, 2.0);
        let points =
            (0..13).map(|layer| Some(Point::with_interval(y(layer), y(layer) - 0.03, y(layer) + 0.03))).collect();
        let name = if index == 0 { "trained".to_string() } else { format!("random weights {index}") };
        Series { name, role: Role::Network(index), points, stars: vec![] }
    };
    LayerChart {
        title: "Tuning quality".into(),
        y_label: "tuning quality (sd)".into(),
        panels: vec![vec![Panel { title: "both sets".into(), series: (0..4).map(network).collect() }]],
        baseline: None,
        ..lesion(&LAYERS, &["a"])
    }
}

fn awkward() -> LayerChart {
    let mut chart = lesion(&LAYERS, &["gaps"]);
    for index in [2, 5, 6, 8, 10] {
        chart.panels[0].iter_mut().flat_map(|panel| &mut panel.series).for_each(|series| series.points[index] = None);
    }
    chart.panels[0][1].series[0].points[12] = Some(Point::with_interval(-3.2e6, -4e6, -2e6));
    chart.panels[0].pop();
    chart
}

fn empty() -> LayerChart {
    let mut chart = lesion(&LAYERS, &["nothing"]);
    chart.panels[0].truncate(1);
    chart.panels[0][0].series.iter_mut().for_each(|series| series.points.fill(None));
    chart
}

fn long_names() -> LayerChart {
    let long = "international_collection_of_affective_pictures_second_edition_2019_final(3)";
    let mut chart = lesion(&LAYERS, &[long, long]);
    chart.layers = (0..13).map(|index| format!("features.stage{index}.convolution.with.a.long.name_{index}")).collect();
    chart.title = format!("{} in {long} and in {long}", chart.title);
    chart.panels[0][0].series[0].name = format!("selective in {long}, {long} and {long}");
    chart.panels[1].pop();
    chart.y_label = "relative change of the F1 of the target emotion with respect to the intact network (%)".into();
    chart
}

fn matrix(title: &str, size: f64) -> HeatMap {
    let value =
        |row: usize, column: usize| Some(if row == column { -size } else { size / 6.0 * wave(row * 3 + column, 0.0) });
    HeatMap {
        title: title.into(),
        rows: names(&EMOTIONS),
        columns: names(&EMOTIONS),
        values: (0..3).map(|row| (0..3).map(|column| value(row, column)).collect()).collect(),
        stars: (0..3).map(|row| (0..3).map(|column| row == column).collect()).collect(),
    }
}

fn specificity() -> HeatMaps {
    let mut maps = vec![matrix("drawn scenes", 43.2), matrix("photographs", 21.9)];
    maps[1].values[2][0] = None;
    HeatMaps {
        title: "Specificity: lesion for one emotion, read another".into(),
        maps,
        row_axis: "channels silenced".into(),
        column_axis: "emotion recognised".into(),
        unit: "change of F1 (%)".into(),
        star_label: "q < .05 against random".into(),
        caption: "Invented data. All layers; n = 257 test pictures per set, 20 splits.".into(),
    }
}

fn by_layer() -> HeatMaps {
    let maps = LAYERS.iter().enumerate().map(|(index, name)| matrix(name, 3.0 * index as f64 + 1.0)).collect();
    HeatMaps { title: "Specificity by layer".into(), maps, ..specificity() }
}

fn sweep() -> HeatMaps {
    let value =
        |row: usize, column: usize| Some(8.0 * wave(column / 9, row as f64 * 0.4) - 0.02 * (column * row) as f64);
    let map = HeatMap {
        title: "drawn scenes · pleasant".into(),
        rows: names(&LAYERS),
        columns: (0..51).map(|index| format!("{:.1}", index as f64 / 10.0)).collect(),
        values: (0..13).map(|row| (0..51).map(|column| value(row, column)).collect()).collect(),
        stars: vec![],
    };
    HeatMaps {
        title: "Gain sweep".into(),
        maps: vec![map],
        row_axis: "layer".into(),
        column_axis: "gain α".into(),
        ..specificity()
    }
}

fn report(figures: Vec<Block>) -> Report {
    let row = |cells: [&str; 4]| names(&cells);
    let table = Block::Table {
        caption: "Largest change per emotion.".into(),
        header: names(&["set", "emotion", "layer", "change of F1 (%)"]),
        rows: vec![
            row(["drawn scenes", "pleasant", "conv5_3", "−43.2"]),
            row(["<img src=x onerror=alert(1)>.jpg", "neutral", "conv5_2", "−7.5"]),
        ],
    };
    let text = Block::Paragraph("One layer at a time, all selective channels were silenced.".into());
    let settings = Block::Preformatted("[study]\nseed = 1\nname = \"<b>not bold</b>\"\n".into());
    Report {
        title: "Lesion experiment: demonstration".into(),
        summary: names(&[
            "Silencing selective channels lowers F1 most in conv5_3 (−43 %).",
            "Random channels of the same number change it by less than 4 % in every layer.",
        ]),
        notice: Some(
            "Synthetic data: the pictures were drawn by the program. Nothing here says anything about people.".into(),
        ),
        sections: vec![
            Section { title: "Figures".into(), blocks: [vec![text], figures].concat() },
            Section { title: "Tables".into(), blocks: vec![table] },
            Section { title: "Settings".into(), blocks: vec![settings] },
        ],
    }
}
