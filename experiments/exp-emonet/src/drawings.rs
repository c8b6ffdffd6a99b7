//! The panels of the figure, A to F, and the areas of the classes.

use std::collections::BTreeMap;

use anyhow::Result;
use figures::{
    Bar, BarChart, BarSeries, Bars, ConfusionChart, GridPicture, GridRow, Merge, NetworkDrawing, NetworkLayer,
    PictureGrid, Reference, Scatter, ScatterPanel, ScatterPoint, Thumbnail,
};
use graph::{Graph, Node, NodeId, Op};
use study::report::Drawing;

use crate::confusion::cluster_of;
use crate::findings::Findings;
use crate::maps::PREDICTIONS;
use crate::numbers::MEAN;
use crate::opened::Opened;
use crate::passed::layers;
use crate::rows::{ClassRow, InterventionTestRow, MapRow};
use crate::scored::Scored;

/// Longest side of a frame in panel C, in pixels.
const THUMBNAIL: u32 = 96;
/// The most classes that marks can tell apart.
const MOST_MARKED: usize = 20;

/// Every panel.
///
/// # Errors
/// A frame that cannot be read, or values that cannot be drawn.
pub fn draw(opened: &Opened, shown: &Scored, found: &Findings) -> Result<Vec<Drawing>> {
    let mut drawings = vec![network(opened, shown)?];
    let predicted = |row: &MapRow| row.map == PREDICTIONS;
    let marked = opened.classes().len() <= MOST_MARKED;
    if marked {
        drawings.push(maps(opened, found, "b-layers", "Test frames by units of layers", &|row| !predicted(row))?);
    }
    drawings.extend([examples(opened, found)?, decoding(found)?]);
    if marked {
        drawings.push(maps(opened, found, "e-predictions", "Test frames by their predictions", &predicted)?);
    }
    drawings.extend([confusion(opened, found)?, areas(shown, found)?]);
    for &gain in &opened.config.interventions.gains {
        drawings.extend(causes(found, gain)?);
    }
    Ok(drawings)
}

fn drawing(name: &str, figure: figures::Figure, caption: &str, description: String) -> Drawing {
    Drawing { name: name.into(), figure, caption: caption.into(), description }
}

/// Panel A.
fn network(opened: &Opened, shown: &Scored) -> Result<Drawing> {
    let architecture = &opened.checkpoint.architecture;
    let graph = architecture.graph();
    let studied = layers(architecture);
    let retrained = |id: NodeId| shown.layer.is_some() && id == graph.output();
    let blocks = graph.ids().filter(|id| !matches!(graph.node(*id).op, Op::Activation(_) | Op::Flatten));
    let layer = |id: NodeId| {
        let node = graph.node(id);
        let (kind, note) = kind(node);
        let (height, width) = (node.shape.height, node.shape.width);
        let channels = if retrained(id) { opened.classes().len() } else { node.shape.channels };
        let is_site = studied.contains(&id);
        NetworkLayer { name: node.name.clone(), kind, channels, height, width, note, is_site, retrained: retrained(id) }
    };
    let caption = format!(
        "{}: {} weights, {} multiplications for one picture. {}",
        architecture.name(),
        graph.weight_count(),
        graph.total_multiplications(),
        if shown.layer.is_some() {
            "Only the last layer is trained on the classes."
        } else {
            "Its own class scores are shown."
        }
    );
    let drawn = NetworkDrawing {
        title: "The network".into(),
        layers: blocks.map(layer).collect(),
        site_label: "layer that classes are read from".into(),
        retrained_label: "trained anew".into(),
        caption: caption.clone(),
    };
    Ok(drawing("a-network", drawn.draw()?, &caption, layers_in_words(graph)))
}

/// What a layer does, and what else there is to say of it.
fn kind(node: &Node) -> (String, String) {
    match &node.op {
        Op::Conv(conv) => {
            let note = if conv.groups > 1 { format!("{} groups", conv.groups) } else { String::new() };
            (format!("convolution {}×{}", conv.kernel[0], conv.kernel[1]), note)
        }
        Op::Dense(_) => ("dense".into(), String::new()),
        Op::MaxPool(pool) => (format!("max-pool {}×{}", pool.window.kernel[0], pool.window.kernel[1]), String::new()),
        Op::AveragePool(pool) => {
            (format!("mean-pool {}×{}", pool.window.kernel[0], pool.window.kernel[1]), String::new())
        }
        Op::GlobalAverage => ("mean over the map".into(), String::new()),
        Op::Lrn(lrn) => (format!("normalisation over {} channels", lrn.size()), String::new()),
        Op::Add => ("sum".into(), String::new()),
        Op::Multiply => ("product".into(), String::new()),
        Op::Concat => ("concatenation".into(), String::new()),
        Op::Input(_) => ("pictures".into(), String::new()),
        Op::Activation(_) => ("activation".into(), String::new()),
        Op::Flatten => ("flattening".into(), String::new()),
    }
}

fn layers_in_words(graph: &Graph) -> String {
    let words = graph.ids().map(|id| format!("{} ({})", graph.node(id).name, graph.node(id).shape));
    format!("The layers in order: {}.", words.collect::<Vec<_>>().join(", "))
}

/// Panels B and E.
fn maps(
    opened: &Opened,
    found: &Findings,
    name: &str,
    title: &str,
    wanted: &dyn Fn(&MapRow) -> bool,
) -> Result<Drawing> {
    let predictions = name.starts_with('e');
    let class = |class: &str| opened.classes().iter().position(|known| known == class).unwrap_or_default();
    let mut panels: Vec<ScatterPanel> = Vec::new();
    for fit in &found.maps.fits {
        let rows = found.maps.rows.iter().filter(|row| row.map == fit.map && wanted(row));
        let point = |row: &MapRow| ScatterPoint {
            x: row.x,
            y: row.y,
            class: class(if predictions { &row.predicted } else { &row.class }),
            ringed: predictions && row.in_top_5,
            label: row.picture.clone(),
        };
        let points: Vec<ScatterPoint> = rows.map(point).collect();
        if !points.is_empty() {
            let kept = 100.0 * fit.neighbours_kept;
            let note = format!("KL divergence {:.2}; {kept:.0} % of 10 neighbours kept", fit.divergence);
            panels.push(ScatterPanel { title: fit.map.clone(), points, note });
        }
    }
    let caption = if predictions {
        "t-SNE of the probabilities of all classes. Colour and shape: predicted class; ring: the true class is among the five \
         most probable."
    } else {
        "t-SNE of random units of each layer, before their activation; the same frames in all panels. Colour and shape: true \
         class."
    };
    let scatter = Scatter {
        title: title.into(),
        classes: opened.classes().to_vec(),
        class_label: if predictions { "predicted" } else { "true class" }.into(),
        ring_label: if predictions { "truth among the top five".into() } else { String::new() },
        panels,
        caption: caption.into(),
    };
    Ok(drawing(
        name,
        scatter.draw()?,
        caption,
        format!("{title}: the places stand in maps.csv, the numbers in map_fits.csv."),
    ))
}

/// Panel C.
fn examples(opened: &Opened, found: &Findings) -> Result<Drawing> {
    let mut rows = Vec::new();
    for (class, frames) in found.confusions.examples.iter().enumerate() {
        let pictures = frames.iter().map(|&frame| picture(opened, frame)).collect::<Result<_>>()?;
        rows.push(GridRow { name: opened.classes()[class].clone(), pictures });
    }
    let caption = "Random test frames of each predicted class, with their true class.";
    let grid = PictureGrid { title: "Frames by predicted class".into(), rows, caption: caption.into() };
    Ok(drawing("c-examples", grid.draw()?, caption, "The frames stand in examples.csv.".into()))
}

fn picture(opened: &Opened, frame: usize) -> Result<GridPicture> {
    let frame = &opened.frames.frames[frame];
    let small = |pixels: &image::RgbImage| {
        let longest = pixels.width().max(pixels.height()).max(1);
        let side = |side: u32| (u64::from(side) * u64::from(THUMBNAIL) / u64::from(longest)).max(1) as u32;
        let (width, height) = (side(pixels.width()), side(pixels.height()));
        let rgb = image::imageops::thumbnail(pixels, width, height).into_raw();
        Thumbnail { width: width as usize, height: height as usize, rgb }
    };
    let thumbnail = opened.frames.show_thumbnails.then(|| frame.with_pixels(small)).transpose()?;
    Ok(GridPicture { id: frame.id.clone(), thumbnail, truth: opened.classes()[frame.class].clone() })
}

/// Panel D.
fn decoding(found: &Findings) -> Result<Drawing> {
    let rows = &found.decoding.rows;
    let bar = |row: &crate::rows::DecodingRow| {
        let intervals = vec![Some((row.accuracy - row.sem, row.accuracy + row.sem)), Some((row.ci_low, row.ci_high))];
        Some(Bar { value: row.accuracy, intervals })
    };
    let chance = rows.iter().map(|row| row.chance).sum::<f64>() / rows.len().max(1) as f64;
    let caption = "Share of test frames whose class is right, read from each layer by partial least squares (spatial means of \
                   channels, before their activation). The binomial standard error takes frames of a video for independent, as \
                   the paper does; the interval resamples videos.";
    let chart = BarChart {
        title: "Classes read from each layer".into(),
        category_label: "layer".into(),
        value_label: "share of frames".into(),
        direction: Bars::Upright,
        categories: rows.iter().map(|row| row.layer.clone()).collect(),
        series: vec![BarSeries { name: String::new(), bars: rows.iter().map(bar).collect() }],
        intervals: vec!["± binomial SEM over frames".into(), "95 % CI over videos".into()],
        start: 0.0,
        references: vec![Reference { name: "shuffled labels".into(), value: chance }],
        caption: caption.into(),
    };
    Ok(drawing("d-decoding", chart.draw()?, caption, "The numbers stand in decoding.csv.".into()))
}

/// Panel F.
fn confusion(opened: &Opened, found: &Findings) -> Result<Drawing> {
    let confusions = &found.confusions;
    let shares: BTreeMap<(&str, &str), f64> =
        confusions.matrix.iter().map(|row| ((row.class.as_str(), row.predicted.as_str()), row.share)).collect();
    let names = opened.classes();
    let row = |class: &String| -> Vec<Option<f64>> {
        let row: Vec<f64> = names.iter().map(|other| shares[&(class.as_str(), other.as_str())]).collect();
        let empty = row.iter().all(|share| *share == 0.0);
        row.into_iter().map(|share| (!empty).then_some(share)).collect()
    };
    let merge = |union: &stats::ward::Union| Merge { a: union.of[0], b: union.of[1], height: union.height };
    let best = confusions.tree.best.map_or_else(|| "no".to_string(), |best| best.to_string());
    let caption = format!(
        "Share of the test frames of each class (row) that was taken for each class (column), sorted by Ward's clusters of what \
         is confused; {best} clusters by the rule of the authors' program."
    );
    let chart = ConfusionChart {
        title: "What is taken for what".into(),
        classes: names.to_vec(),
        values: names.iter().map(row).collect(),
        clusters: cluster_of(&confusions.tree),
        merges: confusions.tree.tree.iter().map(merge).collect(),
        row_axis: "true class".into(),
        column_axis: "predicted class".into(),
        unit: "share of frames of the true class".into(),
        height_label: "distance (Ward)".into(),
        caption: caption.clone(),
    };
    Ok(drawing("f-confusion", chart.draw()?, &caption, "The numbers stand in confusion.csv and clusters.csv.".into()))
}

/// What a gain of the channels that prefer a class does to its probability, site by site; nothing where no channel of any
/// site prefers one.
fn causes(found: &Findings, gain: f32) -> Result<Option<Drawing>> {
    let means = found.intervention_tests.iter().filter(|row| row.gain as f32 == gain && row.class == MEAN);
    let rows: Vec<&InterventionTestRow> = means.collect();
    if rows.is_empty() {
        return Ok(None);
    }
    let series = |name: &str, value: &dyn Fn(&InterventionTestRow) -> Option<f64>| BarSeries {
        name: name.into(),
        bars: rows.iter().map(|row| value(row).map(|value| Bar { value, intervals: vec![] })).collect(),
    };
    let (name, title) = match gain {
        0.0 => ("lesions".to_string(), "Channels that prefer a class are silenced".to_string()),
        gain => (format!("gain-{gain}"), format!("Channels that prefer a class get the gain {gain}")),
    };
    let significant: Vec<&str> =
        rows.iter().filter(|row| row.q.is_some_and(|q| q < 0.05)).map(|row| row.site.as_str()).collect();
    let differs = if significant.is_empty() { "no site".to_string() } else { significant.join(", ") };
    let caption = format!(
        "Change of the probability of the class that the channels prefer, mean over classes and test frames, against as many \
         random channels of the site. Other than random channels (q < .05 over sites): {differs}. Every class stands in \
         intervention_tests.csv."
    );
    let chart = BarChart {
        title,
        category_label: "site".into(),
        value_label: "change of probability".into(),
        direction: Bars::Upright,
        categories: rows.iter().map(|row| row.site.clone()).collect(),
        series: vec![
            series("channels that prefer the class", &|row| Some(row.probability_change)),
            series("random channels", &|row| row.control_mean),
        ],
        intervals: vec![],
        start: 0.0,
        references: vec![],
        caption: caption.clone(),
    };
    Ok(Some(drawing(&name, chart.draw()?, &caption, "The numbers stand in intervention_tests.csv.".into())))
}

/// The area of every class.
fn areas(shown: &Scored, found: &Findings) -> Result<Drawing> {
    let rows: Vec<&ClassRow> =
        found.classes.iter().filter(|row| row.scores == shown.name && row.class != MEAN).collect();
    let bar = |row: &&ClassRow| Some(Bar { value: row.auc?, intervals: vec![row.ci_low.zip(row.ci_high)] });
    let caption = "Area under the ROC curve of every class against all others, by its probability, over test frames; intervals \
                   resample videos.";
    let chart = BarChart {
        title: "How well each class is told apart".into(),
        category_label: "class".into(),
        value_label: "area under the ROC curve".into(),
        direction: Bars::Level,
        categories: rows.iter().map(|row| row.class.clone()).collect(),
        series: vec![BarSeries { name: String::new(), bars: rows.iter().map(bar).collect() }],
        intervals: vec!["95 % CI over videos".into()],
        start: 0.5,
        references: vec![],
        caption: caption.into(),
    };
    Ok(drawing("classes", chart.draw()?, caption, "The numbers stand in classes.csv.".into()))
}
