//! The figures of a classifier of twenty emotions: ordinary data first, then the awkward cases.

use crate::charts::{names, wave};
use figures::{
    Bar, BarChart, BarSeries, Bars, ConfusionChart, Figure, FigureError, GridPicture, GridRow, Merge, NetworkDrawing,
    NetworkLayer, PictureGrid, Reference, Scatter, ScatterPanel, ScatterPoint, Thumbnail,
};

const CLASSES: [&str; 20] = [
    "Adoration",
    "Aesthetic Appreciation",
    "Amusement",
    "Anxiety",
    "Awe",
    "Boredom",
    "Confusion",
    "Craving",
    "Disgust",
    "Empathic Pain",
    "Entrancement",
    "Excitement",
    "Fear",
    "Horror",
    "Interest",
    "Joy",
    "Romance",
    "Sadness",
    "Sexual Desire",
    "Surprise",
];

/// Every figure with its name.
pub fn all() -> Result<Vec<(&'static str, Figure)>, FigureError> {
    let planes = ["conv1", "conv3", "conv5", "fc6", "fc8"];
    Ok(vec![
        ("network", alexnet().draw()?),
        ("network_deep", deep_network().draw()?),
        ("network_one_layer", one_layer().draw()?),
        ("scatter", scatter(&planes, 300).draw()?),
        ("scatter_large", scatter(&["predictions of test frames"], 5000).draw()?),
        ("scatter_awkward", awkward_scatter().draw()?),
        ("pictures", pictures(6).draw()?),
        ("pictures_many", pictures(11).draw()?),
        ("bars", layer_bars().draw()?),
        ("bars_level", class_bars().draw()?),
        ("bars_awkward", awkward_bars(Bars::Upright).draw()?),
        ("bars_level_awkward", awkward_bars(Bars::Level).draw()?),
        ("confusions", confusions(20).draw()?),
        ("confusions_plain", ConfusionChart { merges: vec![], clusters: vec![], ..confusions(5) }.draw()?),
        ("confusions_many", confusions(60).draw()?),
        ("confusions_one", confusions(1).draw()?),
    ])
}

fn layer(name: &str, kind: &str, (channels, side): (usize, usize), note: &str) -> NetworkLayer {
    let is_site = kind.starts_with("convolution");
    let (name, kind, note) = (name.into(), kind.into(), note.into());
    NetworkLayer { name, kind, channels, height: side, width: side, note, is_site, retrained: false }
}

fn alexnet() -> NetworkDrawing {
    let mut layers = vec![
        layer("input", "picture − mean", (3, 227), ""),
        layer("conv1", "convolution 11×11", (96, 55), "stride 4"),
        layer("norm1", "response norm.", (96, 55), ""),
        layer("pool1", "maximum 3×3", (96, 27), "stride 2"),
        layer("conv2", "convolution 5×5", (256, 27), "2 groups"),
        layer("norm2", "response norm.", (256, 27), ""),
        layer("pool2", "maximum 3×3", (256, 13), "stride 2"),
        layer("conv3", "convolution 3×3", (384, 13), ""),
        layer("conv4", "convolution 3×3", (384, 13), "2 groups"),
        layer("conv5", "convolution 3×3", (256, 13), "2 groups"),
        layer("pool5", "maximum 3×3", (256, 6), "stride 2"),
        layer("fc6", "dense", (4096, 1), ""),
        layer("fc7", "dense", (4096, 1), ""),
        layer("fc8", "dense", (20, 1), "softmax"),
    ];
    layers[13].retrained = true;
    NetworkDrawing {
        title: "The network".into(),
        layers,
        site_label: "site: its channels are studied".into(),
        retrained_label: "trained anew for 20 emotions; all other weights are those of object recognition".into(),
        caption: "ReLU follows each convolution, fc6 and fc7.".into(),
    }
}

fn deep_network() -> NetworkDrawing {
    let mut layers =
        vec![layer("conv1", "convolution 7×7", (64, 112), "stride 2"), layer("maxpool", "maximum", (64, 56), "")];
    for (stage, (blocks, side)) in [(3, 56), (4, 28), (6, 14), (3, 7)].into_iter().enumerate() {
        for index in 0..blocks {
            for (part, factor) in [(1, 1), (2, 1), (3, 4)] {
                let name = format!("layer{}.{index}.conv{part}", stage + 1);
                let kind = if part == 2 { "convolution 3×3" } else { "1×1" };
                layers.push(layer(
                    &name,
                    kind,
                    ((64 << stage) * factor, side),
                    if part == 3 { "+ shortcut" } else { "" },
                ));
            }
        }
        let name = format!("layer{}.0.downsample", stage + 1);
        layers.push(layer(&name, "1×1", ((64 << stage) * 4, side), ""));
    }
    layers.extend([layer("avgpool", "mean", (2048, 1), ""), layer("fc", "dense", (1000, 1), "")]);
    layers.push(layer("softmax", "softmax", (1000, 1), ""));
    NetworkDrawing { title: "A deep network".into(), layers, caption: String::new(), ..alexnet() }
}

fn one_layer() -> NetworkDrawing {
    let mut layers = vec![layer("features.stage3.convolution.with.a.long.name_3", "convolution", (1, 1), "")];
    layers[0].retrained = true;
    NetworkDrawing { title: "One unit".into(), layers, ..alexnet() }
}

/// Twenty clouds in the plane that overlap the more the less `depth` there is.
fn scatter(planes: &[&str], count: usize) -> Scatter {
    let point = |index: usize, depth: f64| {
        // Half of the points are of three classes, as videos are.
        let class = if index.is_multiple_of(2) { [2, 1, 8][index / 2 % 3] } else { index / 2 % CLASSES.len() };
        let (angle, far) = (class as f64 * 2.4, 4.0 + class as f64);
        let (turn, out) = (index as f64 * 2.399, 9.0 * ((index * 7919 % 1000) as f64 / 1000.0).sqrt());
        ScatterPoint {
            x: depth * far * angle.cos() + out * turn.cos(),
            y: depth * far * angle.sin() + out * turn.sin(),
            class,
            ringed: wave(index, 0.3) > -0.3,
            label: format!("video {:04}, frame {}", index / 3, index % 3),
        }
    };
    let panel = |(depth, title): (usize, &&str)| ScatterPanel {
        title: title.to_string(),
        points: (0..count).map(|index| point(index, 0.5 + depth as f64 / 2.0)).collect(),
        note: format!(
            "KL divergence {:.2}; {} % of the 10 nearest neighbours kept",
            1.4 - depth as f64 / 8.0,
            41 + 7 * depth
        ),
    };
    Scatter {
        title: "t-SNE".into(),
        classes: names(&CLASSES),
        class_label: "true class".into(),
        ring_label: "truth among the top five".into(),
        panels: planes.iter().enumerate().map(panel).collect(),
        caption: format!("Invented data; n = {count} pictures, perplexity 30, 1,000 iterations."),
    }
}

fn awkward_scatter() -> Scatter {
    let mut scatter = scatter(&["no points", "one point", "all the same place", "one class, one line"], 60);
    let panels = &mut scatter.panels;
    panels[0].points.clear();
    panels[1].points.truncate(1);
    panels[2].points.iter_mut().for_each(|point| (point.x, point.y) = (1e99, -1e99));
    panels[3].points.iter_mut().for_each(|point| (point.y, point.class) = (0.0, 1));
    panels[3].note = "a note that is much longer than what fits below a panel ".repeat(8);
    scatter
}

/// A picture of waves in two colours.
fn thumbnail(index: usize) -> Thumbnail {
    let (width, height) = if index.is_multiple_of(3) { (96, 60) } else { (72, 96) };
    let pixel = |at: usize| {
        let (x, y) = ((at % width) as f64, (at / width) as f64);
        let share = 0.5 + 0.5 * ((x * wave(index, 0.0) + y * wave(index, 1.0)) / 6.0).sin();
        [(255.0 * share) as u8, (40 * (index % 6)) as u8, (255.0 * (1.0 - share)) as u8]
    };
    Thumbnail { width, height, rgb: (0..width * height).flat_map(pixel).collect() }
}

fn pictures(count: usize) -> PictureGrid {
    let row = |(row, name): (usize, &&str)| {
        let picture = |index: usize| GridPicture {
            id: format!("IAPS {}{index}.jpg", 1000 + row),
            // One row holds pictures whose owner forbids showing them.
            thumbnail: (row != 2).then(|| thumbnail(row * 8 + index)),
            truth: CLASSES[if index.is_multiple_of(2) { row } else { (row * 3 + index) % CLASSES.len() }].into(),
        };
        let count = if row == 3 { 0 } else { count };
        GridRow { name: name.to_string(), pictures: (0..count).map(picture).collect() }
    };
    PictureGrid {
        title: "Random frames per predicted class".into(),
        rows: CLASSES[..5].iter().enumerate().map(row).collect(),
        caption: "Invented pictures; drawn by seed 1 among all frames of a predicted class.".into(),
    }
}

fn bar(value: f64, sem: f64, spread: f64) -> Option<Bar> {
    Some(Bar { value, intervals: vec![Some((value - sem, value + sem)), Some((value - spread, value + 1.2 * spread))] })
}

fn layer_bars() -> BarChart {
    let layers = ["conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8"];
    let bars = |slope: f64| (0..8).map(|layer| bar(0.08 + slope * layer as f64, 0.004, 0.02)).collect();
    BarChart {
        title: "Emotion decoded from each layer".into(),
        category_label: "layer".into(),
        value_label: "accuracy (share of frames)".into(),
        direction: Bars::Upright,
        categories: names(&layers),
        series: vec![
            BarSeries { name: "spatial means".into(), bars: bars(0.021) },
            BarSeries { name: "random weights".into(), bars: bars(0.002) },
        ],
        intervals: names(&["± binomial SEM of frames", "95 % CI, bootstrap over videos"]),
        start: 0.0,
        references: vec![
            Reference { name: "chance".into(), value: 0.05 },
            Reference { name: "always Amusement".into(), value: 0.275 },
        ],
        caption: "Invented data; n = 24,634 frames of 400 videos; PLS, 20 components.".into(),
    }
}

fn class_bars() -> BarChart {
    let value = |class: usize| 0.72 + 0.22 * wave(class, 0.5);
    BarChart {
        title: "One class against the rest".into(),
        category_label: "class".into(),
        value_label: "AUC".into(),
        direction: Bars::Level,
        categories: names(&CLASSES),
        series: vec![BarSeries {
            name: String::new(),
            bars: (0..20).map(|class| bar(value(class), 0.012, 0.05)).collect(),
        }],
        start: 0.5,
        references: vec![
            Reference { name: "chance".into(), value: 0.5 },
            Reference { name: "mean".into(), value: 0.745 },
        ],
        ..layer_bars()
    }
}

fn awkward_bars(direction: Bars) -> BarChart {
    let series = |name: &str, value: f64| BarSeries {
        name: name.into(),
        bars: vec![bar(value, 0.0, 3.0), None, Some(Bar { value: -value, intervals: vec![None, Some((-9.0, 2.0))] })],
    };
    BarChart {
        title: "Bars with gaps".into(),
        direction,
        categories: names(&["Aesthetic Appreciation", "no bars", &"a category with a very long name ".repeat(4)]),
        series: vec![series("a", 5.0), series("b", -3.0), series("c", 0.0), series("d", 12.0)],
        value_label: "change of probability (percentage points) under a lesion of all selective channels".into(),
        references: vec![],
        ..layer_bars()
    }
}

/// Classes that are taken for their neighbours, in as many clusters as a cut gives.
fn confusions(count: usize) -> ConfusionChart {
    let row = |i: usize| -> Vec<Option<f64>> {
        let close = |j: usize| {
            if i == j {
                6.0
            } else if i * 11 / count == j * 11 / count {
                2.5
            } else {
                0.3 + 0.3 * wave(i * 3 + j, 0.0)
            }
        };
        let sum: f64 = (0..count).map(close).sum();
        // One class has no frames at all.
        (0..count).map(|j| (i != 13).then_some(close(j) / sum)).collect()
    };
    let class = |index: usize| CLASSES.get(index).map_or(format!("class {index}"), |name| name.to_string());
    ConfusionChart {
        title: "Confusions in clusters".into(),
        classes: (0..count).map(class).collect(),
        values: (0..count).map(row).collect(),
        clusters: (0..count).map(|class| class * 11 / count).collect(),
        merges: merges(count),
        row_axis: "true class".into(),
        column_axis: "predicted class".into(),
        unit: "share of frames of the true class".into(),
        height_label: "distance (Ward)".into(),
        caption: "Invented data; n = 24,634 frames. Frames: 11 clusters.".into(),
    }
}

/// Merges within the eleven clusters first, then of the clusters.
fn merges(count: usize) -> Vec<Merge> {
    let mut merges: Vec<Merge> = Vec::new();
    let mut clusters: Vec<usize> = Vec::new();
    let join = |a: usize, b: usize, height: f64, merges: &mut Vec<Merge>| {
        merges.push(Merge { a, b, height });
        count + merges.len() - 1
    };
    for class in 0..count {
        match clusters.last_mut() {
            Some(last) if class > 0 && (class - 1) * 11 / count == class * 11 / count => {
                *last = join(*last, class, 0.6 + 0.002 * class as f64, &mut merges);
            }
            _ => clusters.push(class),
        }
    }
    let mut step = 0.0;
    while clusters.len() > 1 {
        let next: Vec<usize> = clusters
            .chunks(2)
            .map(|pair| {
                if let [a, b] = pair {
                    step += 0.02;
                    join(*a, *b, 0.95 + step, &mut merges)
                } else {
                    pair[0]
                }
            })
            .collect();
        clusters = next;
    }
    merges
}
