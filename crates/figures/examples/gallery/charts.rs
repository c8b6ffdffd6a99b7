//! The figures: ordinary data first, then the awkward cases (few layers, gaps, outliers, long names).

use figures::{
    ChannelExample, ChannelExamples, Curve, CurveChart, CurvePanel, ExampleSet, Figure, FigureError, HeatMap, HeatMaps,
    LayerChart, Panel, Point, Role, Series, SharePanel, StackedShares,
};

pub const LAYERS: [&str; 13] = [
    "conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv4_1", "conv4_2", "conv4_3",
    "conv5_1", "conv5_2", "conv5_3",
];
pub const EMOTIONS: [&str; 3] = ["pleasant", "neutral", "unpleasant"];

/// Every figure with its name.
pub fn all() -> Result<Vec<(&'static str, Figure)>, FigureError> {
    let mut figures = vec![
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
        ("curves", curves("conv4_2", 1).draw()?),
        ("shares", shares().draw()?),
        ("examples", examples().draw()?),
    ];
    figures.extend(crate::classifier::all()?);
    Ok(figures)
}

/// A smooth invented number between −1 and 1.
pub fn wave(index: usize, shift: f64) -> f64 {
    (index as f64 * 1.7 + shift).sin()
}

pub fn names(names: &[&str]) -> Vec<String> {
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

/// F1 over the gain of one layer's channels that are selective for an emotion.
pub fn curves(layer: &str, emotion: usize) -> CurveChart {
    let depth = LAYERS.iter().position(|name| *name == layer).unwrap_or(0) as f64;
    let point = |step: usize, size: f64| {
        let gain = step as f64 / 10.0;
        let y = size * (gain - 0.3 * gain * gain) * (1.0 + depth / 6.0) + 0.3 * wave(step, emotion as f64);
        (gain, Point::with_interval(y, y - 1.0 - size, y + 1.0 + size))
    };
    let curve = |name: &str, role, size| Curve {
        name: name.into(),
        role,
        points: (0..51).map(|step| point(step, size)).collect(),
    };
    let panel = |set: &str| CurvePanel {
        title: set.into(),
        curves: vec![
            curve("random (95 % of 100 draws)", Role::Control(0), 0.1),
            curve("selective (95 % CI)", Role::EMOTIONS[emotion], 2.0),
        ],
    };
    CurveChart {
        title: format!("Gain of {} channels in {layer}", EMOTIONS[emotion]),
        x_label: "gain α".into(),
        y_label: "change of F1 (%)".into(),
        panels: vec![vec![panel("drawn scenes"), panel("photographs")]],
        baseline: Some(0.0),
        caption: "Invented data; n = 257 test pictures per set, 20 splits.".into(),
    }
}

fn shares() -> StackedShares {
    let shares = |layer: usize| (0..3).map(|emotion| 0.25 + 0.08 * wave(layer, emotion as f64 * 2.0)).collect();
    let panel = |set: &str| SharePanel { title: set.into(), shares: (0..LAYERS.len()).map(shares).collect() };
    StackedShares {
        title: "Preferred emotions".into(),
        x_label: "convolution layer".into(),
        y_label: "share of channels".into(),
        layers: names(&LAYERS),
        categories: EMOTIONS.iter().map(|name| name.to_string()).zip(Role::EMOTIONS).collect(),
        panels: vec![vec![panel("drawn scenes"), panel("photographs")]],
        caption: "Invented data; n = 4,224 channels. What is missing to 1 has no preference.".into(),
    }
}

fn examples() -> ChannelExamples {
    let set = |name: &str, network: usize, channel: usize| ExampleSet {
        name: name.into(),
        role: Role::Network(network),
        curve: (0..3).map(|emotion| Some(wave(channel + emotion, network as f64))).collect(),
        values: (0..40).map(|index| 5.0 + 3.8 * wave(index, (channel + network) as f64)).collect(),
    };
    let cell = |channel: usize| ChannelExample {
        title: format!("{}, channel {channel}", LAYERS[channel]),
        sets: vec![set("drawn scenes", 0, channel), set("photographs", 1, channel)],
    };
    ChannelExamples {
        title: "Example channels".into(),
        categories: names(&EMOTIONS),
        curve_label: "tuning value (sd)".into(),
        value_label: "valence (1–9)".into(),
        value_range: (1.0, 9.0),
        rows: vec![vec![cell(0), cell(4)], vec![cell(8), cell(12)]],
        caption: "Invented data; n = 40 pictures that drive the channel most.".into(),
    }
}
