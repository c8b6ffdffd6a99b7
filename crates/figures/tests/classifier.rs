//! Structure of the figures of a classifier: every text and mark is there and tells its value, and bad data are refused.

#[path = "support/drawn.rs"]
mod drawn;

use drawn::{assert_sound, assert_texts_inside, count};
use figures::{
    Bar, BarChart, BarSeries, Bars, ConfusionChart, Figure, FigureError, GridPicture, GridRow, Merge, NetworkDrawing,
    NetworkLayer, PictureGrid, Reference, Scatter, ScatterPanel, ScatterPoint, Thumbnail,
};
use proptest::prelude::*;

const LONG: &str = "Aesthetic_Appreciation of pictures in a museum";

fn refuse(figure: Result<Figure, FigureError>, message: &str) {
    assert_eq!(figure.expect_err("bad data").to_string(), message);
}

fn long() -> String {
    LONG.repeat(6)
}

fn layer(name: &str, channels: usize, side: usize) -> NetworkLayer {
    NetworkLayer {
        name: name.into(),
        kind: "convolution".into(),
        channels,
        height: side,
        width: side,
        note: "2 groups".into(),
        is_site: side > 1,
        retrained: side == 1,
    }
}

fn network(layers: Vec<NetworkLayer>) -> NetworkDrawing {
    NetworkDrawing {
        title: "A network".into(),
        layers,
        site_label: "studied".into(),
        retrained_label: "trained anew".into(),
        caption: "n = 3".into(),
    }
}

#[test]
fn a_network_shows_its_layers_and_what_is_special_of_them() {
    let figure = network(vec![layer("conv1", 96, 55), layer("fc8", 20, 1)]).draw().expect("a figure");
    for text in ["conv1", "55×55×96", "2 groups", "fc8", "20", "retrained", "studied", "trained anew", "n = 3"] {
        assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
    }
    assert_eq!(count(&figure, "<title>conv1: convolution, 96 channels of 55 × 55, 2 groups, studied</title>"), 1);
    assert_eq!(count(&figure, "<title>fc8: convolution, 20 units, 2 groups, trained anew</title>"), 1);
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn networks_of_every_length_are_drawn() {
    for length in [1, 12, 13, 60] {
        let layers = (0..length).map(|index| layer(&long(), 1 << (index % 30), 1 + index)).collect();
        let figure = NetworkDrawing { title: long(), caption: long(), ..network(layers) }.draw().expect("a figure");
        assert_eq!(count(&figure, r#"<g class="layer">"#), length);
        assert_sound(&figure);
        assert_texts_inside(&figure);
    }
    let unit = network(vec![layer("unit", 1, 1), layer("large", usize::MAX, usize::MAX)]).draw().expect("a figure");
    assert_sound(&unit);
    assert_texts_inside(&unit);
}

#[test]
fn layers_without_maps_are_refused() {
    refuse(network(vec![]).draw(), "network \"A network\": there are no layers; a chart needs at least one");
    let message = |what| format!("network \"A network\", layer pool: there are no {what}; a chart needs at least one");
    refuse(network(vec![layer("pool", 0, 7)]).draw(), &message("channels"));
    refuse(network(vec![layer("pool", 7, 0)]).draw(), &message("rows"));
}

fn point(x: f64, y: f64, class: usize) -> ScatterPoint {
    ScatterPoint { x, y, class, ringed: class == 1, label: format!("picture at {x}") }
}

fn scatter(points: Vec<ScatterPoint>) -> Scatter {
    Scatter {
        title: "t-SNE".into(),
        classes: ["Awe", "Fear", "Joy"].map(String::from).to_vec(),
        class_label: "true class".into(),
        ring_label: "among the top five".into(),
        panels: vec![ScatterPanel { title: "fc7".into(), points, note: "KL divergence 0.84".into() }],
        caption: "n = 3".into(),
    }
}

/// Centres of the circles of the first class, in order.
fn circles(figure: &Figure) -> Vec<(f64, f64)> {
    let svg = figure.svg();
    let marks = svg.split("<g class=\"marks\"").nth(1).expect("marks");
    let value = |text: &str, name: &str| -> f64 {
        let start = text.find(&format!(" {name}=\"")).expect(name) + name.len() + 3;
        text[start..].split('"').next().expect("a value").parse().expect("a number")
    };
    let class = marks.split("</g>").next().expect("a group");
    class.split("<circle").skip(1).map(|circle| (value(circle, "cx"), value(circle, "cy"))).collect()
}

#[test]
fn a_scatter_shows_points_rings_names_and_note() {
    let figure = scatter(vec![point(0.0, 0.0, 0), point(3.0, 4.0, 1), point(1.0, 2.0, 1)]).draw().expect("a figure");
    for text in ["t-SNE", "fc7", "KL divergence 0.84", "among the top five", "n = 3"] {
        assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
    }
    let names = ["Awe", "Fear", "Joy"].map(|name| count(&figure, &format!(">{name}</text>")));
    assert_eq!(names, [2, 2, 1], "in the legend, and at the points of classes that have any");
    assert_eq!(count(&figure, "<title>picture at 0, true class Awe</title>"), 1);
    assert_eq!(count(&figure, "<title>picture at 3, true class Fear, among the top five</title>"), 1);
    let rings = figure
        .svg()
        .split("<g class=\"rings\"")
        .nth(1)
        .map(|group| group.split("</g>").next().unwrap_or_default().matches("<circle").count());
    assert_eq!(rings, Some(2));
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn distances_are_the_same_along_both_axes() {
    let corners = [(0.0, 0.0), (10.0, 0.0), (0.0, 4.0)].map(|(x, y)| point(x, y, 0));
    let places = circles(&scatter(corners.to_vec()).draw().expect("a figure"));
    let (across, upwards) = (places[1].0 - places[0].0, places[0].1 - places[2].1);
    assert!(across > 100.0 && (across / 10.0 - upwards / 4.0).abs() < 0.05, "{places:?}");
}

#[test]
fn points_of_every_number_and_place_are_drawn() {
    let cases = [
        vec![],
        vec![point(2.0, 3.0, 2)],
        vec![point(7.0, 7.0, 0); 9],
        vec![point(1e100, -1e100, 0), point(-1e100, 1e100, 1)],
        vec![point(1e-300, 0.0, 0), point(2e-300, 0.0, 1)],
        (0..400).map(|index| point(index as f64, 0.0, 1)).collect(),
    ];
    for points in cases {
        let given = points.len();
        let figure = scatter(points).draw().expect("a figure");
        assert_eq!(count(&figure, "<title>picture at"), given);
        assert_eq!(figure.svg().contains("no values"), given == 0);
        assert_sound(&figure);
        assert_texts_inside(&figure);
    }
}

#[test]
fn five_thousand_points_are_a_small_file() {
    let mut scatter =
        scatter((0..5000).map(|index| point((index * 37 % 997) as f64, (index * 61 % 991) as f64, 0)).collect());
    scatter.classes = (0..20).map(|index| format!("{index} {LONG}")).collect();
    for (index, point) in scatter.panels[0].points.iter_mut().enumerate() {
        point.class = index % 20;
        point.ringed = true;
        point.label = format!("a/rather/long/folder/of/pictures/{index:06}/frame_{index:06}.jpg");
    }
    let figure = scatter.draw().expect("a figure");
    assert_eq!(count(&figure, "<title>a/rather"), 5000);
    let size = figure.svg().len();
    assert!(size < 2_000_000, "{size} bytes");
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn long_texts_of_a_scatter_stay_inside() {
    for panels in [1, 2, 4, 5] {
        let mut scatter = scatter((0..60).map(|index| point(index as f64, (index % 7) as f64, index % 3)).collect());
        scatter.classes.iter_mut().enumerate().for_each(|(index, name)| *name = format!("{index}{}", long()));
        (scatter.panels[0].title, scatter.panels[0].note) = (long(), long());
        let panels = vec![scatter.panels[0].clone(); panels];
        let (title, ring_label, caption) = (long(), long(), long());
        let scatter = Scatter { title, ring_label, caption, panels, ..scatter };
        assert_texts_inside(&scatter.draw().expect("a figure"));
    }
}

#[test]
fn points_that_cannot_be_are_refused() {
    let place = "scatter \"t-SNE\", panel \"fc7\", point \"picture at";
    refuse(
        scatter(vec![point(1.0, f64::NAN, 0)]).draw(),
        &format!("{place} 1\": NaN is no finite number; leave the value out (None) where there is nothing to show"),
    );
    refuse(
        scatter(vec![point(1.0, 1.0, 3)]).draw(),
        &format!("{place} 1\": there is no class 3; there are 3, counted from 0"),
    );
    let many = Scatter { classes: vec!["name".into(); 21], ..scatter(vec![]) };
    refuse(many.draw(), "scatter \"t-SNE\": 21 classes cannot be told apart in one chart; the most is 20, so split it");
    let none = Scatter { panels: vec![], ..scatter(vec![]) };
    refuse(none.draw(), "scatter \"t-SNE\": there are no panels; a chart needs at least one");
}

fn picture(thumbnail: Option<Thumbnail>, truth: &str) -> GridPicture {
    GridPicture { id: "IAPS 1050.jpg".into(), thumbnail, truth: truth.into() }
}

fn red() -> Thumbnail {
    Thumbnail { width: 3, height: 2, rgb: [255, 0, 0].repeat(6) }
}

fn pictures(pictures: Vec<GridPicture>) -> PictureGrid {
    let rows = vec![GridRow { name: "Fear".into(), pictures }];
    PictureGrid { title: "Pictures".into(), rows, caption: "n = 3".into() }
}

#[test]
fn a_grid_shows_pictures_or_their_names() {
    let figure = pictures(vec![picture(Some(red()), "Fear"), picture(None, "Aesthetic Appreciation")]);
    let figure = figure.draw().expect("a figure");
    assert_eq!(count(&figure, "<image "), 1);
    assert_eq!(count(&figure, "href=\"data:image/png;base64,iVBORw0KGgo"), 1);
    assert_eq!(count(&figure, "<title>IAPS 1050.jpg: true class Fear, right</title>"), 1);
    assert_eq!(count(&figure, "<title>IAPS 1050.jpg: true class Aesthetic Appreciation, wrong</title>"), 1);
    for text in ["Fear", "Aesthetic", "Appreciation", "IAPS 1050.jpg"] {
        assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
    }
    assert_eq!(count(&figure, "stroke-dasharray"), 2, "a wrong picture differs by its frame, here and in the legend");
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn the_pixels_of_a_thumbnail_reach_the_png() {
    let reds = |thumbnail| {
        let png = pictures(vec![picture(thumbnail, "Fear")]).draw().expect("a figure").png().expect("a PNG");
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        reader.next_frame(&mut pixels).expect("pixels");
        pixels.chunks(4).filter(|pixel| pixel[..3] == [255, 0, 0]).count()
    };
    assert_eq!(reds(None), 0);
    // 90 px across at two pixels per px, and two thirds of that in height; the edges may be blurred.
    let found = reds(Some(red())) as f64;
    assert!((found / (180.0 * 120.0) - 1.0).abs() < 0.05, "{found}");
}

#[test]
fn grids_of_every_shape_stay_inside() {
    for number in [0, 1, 8, 9, 20] {
        let mut grid = pictures(vec![picture(Some(red()), &long()); number]);
        grid.rows[0]
            .pictures
            .iter_mut()
            .step_by(2)
            .for_each(|picture| (picture.id, picture.thumbnail) = (long(), None));
        grid.rows[0].name = long();
        let grid = PictureGrid { title: long(), caption: long(), rows: vec![grid.rows[0].clone(); 2] };
        let figure = grid.draw().expect("a figure");
        assert_eq!(count(&figure, "<title>"), 2 * number + 1);
        assert_eq!(count(&figure, "no picture") > 0, number == 0);
        assert_sound(&figure);
        assert_texts_inside(&figure);
    }
}

#[test]
fn bytes_that_are_no_picture_are_refused() {
    let message = |size, bytes| {
        format!(
            "pictures \"Pictures\", row Fear, picture IAPS 1050.jpg: {size} pixels of red, green and blue need sides from \
             1 to 320 and three bytes per pixel; there are {bytes} bytes"
        )
    };
    let with = |width, height, bytes| {
        let thumbnail = Thumbnail { width, height, rgb: vec![0; bytes] };
        pictures(vec![picture(Some(thumbnail), "Fear")]).draw()
    };
    refuse(with(2, 2, 11), &message("2 × 2", 11));
    refuse(with(0, 2, 0), &message("0 × 2", 0));
    refuse(with(321, 1, 963), &message("321 × 1", 963));
    refuse(with(usize::MAX, usize::MAX, 3), &message(&format!("{0} × {0}", usize::MAX), 3));
    let none = PictureGrid { rows: vec![], ..pictures(vec![]) };
    refuse(none.draw(), "pictures \"Pictures\": there are no rows; a chart needs at least one");
}

fn bars(direction: Bars, values: &[Option<f64>]) -> BarChart {
    let bar = |value: f64| Bar { value, intervals: vec![Some((value - 0.5, value + 0.5)), None] };
    BarChart {
        title: "Accuracy".into(),
        category_label: "layer".into(),
        value_label: "share (%)".into(),
        direction,
        categories: (0..values.len()).map(|index| format!("conv{index}")).collect(),
        series: vec![BarSeries { name: "trained".into(), bars: values.iter().map(|value| value.map(bar)).collect() }],
        intervals: vec!["SEM".into(), "CI".into()],
        start: 0.0,
        references: vec![Reference { name: "chance".into(), value: 5.0 }],
        caption: "n = 3".into(),
    }
}

#[test]
fn bars_tell_values_intervals_and_references() {
    for direction in [Bars::Upright, Bars::Level] {
        let mut chart = bars(direction, &[Some(8.0), None, Some(-2.0)]);
        chart.series[0].bars[2].as_mut().expect("a bar").intervals[1] = Some((-3.0, 1.0));
        let figure = chart.draw().expect("a figure");
        assert_eq!(count(&figure, "<title>conv0, trained: 8; SEM [7.5, 8.5]</title>"), 1);
        assert_eq!(count(&figure, "<title>conv2, trained: −2; SEM [−2.5, −1.5]; CI [−3, 1]</title>"), 1);
        assert_eq!(count(&figure, "<title>chance: 5</title>"), 1);
        for text in ["conv1", "layer", "share (%)", "trained", "SEM", "CI", "chance (5)", "n = 3"] {
            assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
        }
        assert_sound(&figure);
        assert_texts_inside(&figure);
    }
}

#[test]
fn bars_of_every_size_are_drawn() {
    let cases: [&[Option<f64>]; 6] =
        [&[None], &[Some(0.0); 3], &[Some(7.0); 20], &[Some(1e100), Some(-1e100)], &[Some(1e-300)], &[Some(3.0); 60]];
    for direction in [Bars::Upright, Bars::Level] {
        for values in cases {
            let mut chart = bars(direction, values);
            for bar in chart.series[0].bars.iter_mut().flatten() {
                bar.intervals = vec![Some((bar.value, bar.value)); 2];
            }
            let figure = chart.draw().expect("a figure");
            assert_eq!(count(&figure, "<title>conv"), values.iter().flatten().count());
            assert_eq!(figure.svg().contains("no values"), values.iter().all(Option::is_none));
            assert_sound(&figure);
            assert_texts_inside(&figure);
            let categories = vec![long(); values.len()];
            let [title, category_label, value_label, caption] = std::array::from_fn(|_| long());
            let long = BarChart { title, category_label, value_label, caption, categories, ..chart };
            assert_texts_inside(&long.draw().expect("a figure"));
        }
    }
}

#[test]
fn bars_that_cannot_be_are_refused() {
    let place = "bars \"Accuracy\"";
    let with = |change: fn(&mut BarChart)| {
        let mut chart = bars(Bars::Upright, &[Some(1.0), Some(2.0)]);
        change(&mut chart);
        chart.draw()
    };
    fn first(chart: &mut BarChart) -> &mut Bar {
        chart.series[0].bars[0].as_mut().expect("a bar")
    }
    refuse(
        with(|chart| chart.categories.clear()),
        &format!("{place}: there are no categories; a chart needs at least one"),
    );
    refuse(
        with(|chart| chart.series = vec![chart.series[0].clone(); 5]),
        &format!("{place}: 5 series of bars cannot be told apart in one chart; the most is 4, so split it"),
    );
    let bar = format!("{place}, series \"trained\", category conv0");
    refuse(
        with(|chart| first(chart).value = f64::INFINITY),
        &format!("{bar}: inf is no finite number; leave the value out (None) where there is nothing to show"),
    );
    refuse(
        with(|chart| first(chart).intervals[1] = Some((2.0, 1.0))),
        &format!("{bar}: the interval from 2 to 1 is upside down; its lower end must come first"),
    );
    refuse(
        with(|chart| first(chart).intervals.truncate(1)),
        &format!("{bar}: expected 2 intervals, one per kind, found 1"),
    );
    assert!(matches!(with(|chart| chart.start = f64::NAN), Err(FigureError::NotFinite { .. })));
    assert!(matches!(with(|chart| chart.references[0].value = 1e101), Err(FigureError::TooLarge { .. })));
    assert!(matches!(with(|chart| chart.series[0].bars.truncate(1)), Err(FigureError::Shape { .. })));
}

/// Three classes, of which the first and the last are one cluster.
fn confusions() -> ConfusionChart {
    let row = |values: [f64; 3]| values.map(Some).to_vec();
    ConfusionChart {
        title: "Confusions".into(),
        classes: ["Awe", "Fear", "Joy"].map(String::from).to_vec(),
        values: vec![row([0.5, 0.0, 0.5]), row([0.125, 0.875, 0.0]), vec![None; 3]],
        clusters: vec![4, 7, 4],
        merges: vec![Merge { a: 0, b: 2, height: 0.5 }, Merge { a: 3, b: 1, height: 0.9 }],
        row_axis: "true".into(),
        column_axis: "taken for".into(),
        unit: "share".into(),
        height_label: "distance".into(),
        caption: "n = 3".into(),
    }
}

/// The texts of a drawing, in order.
fn texts(figure: &Figure) -> Vec<String> {
    let svg = figure.svg();
    svg.split("</text>").filter_map(|part| Some(part.rsplit_once('>')?.1.to_string())).collect()
}

#[test]
fn confusions_stand_in_the_order_of_the_tree() {
    let figure = confusions().draw().expect("a figure");
    let names = |texts: Vec<String>| -> Vec<String> {
        texts.into_iter().filter(|text| ["Awe", "Fear", "Joy"].contains(&text.as_str())).collect()
    };
    let sorted = ["Awe", "Joy", "Fear", "Awe", "Joy", "Fear"];
    assert_eq!(names(texts(&figure)), sorted);
    let flat = ConfusionChart { merges: vec![], ..confusions() };
    assert_eq!(names(texts(&flat.draw().expect("a figure"))), sorted, "by clusters where there is no tree");
    let plain = ConfusionChart { clusters: vec![], ..flat };
    assert_eq!(names(texts(&plain.draw().expect("a figure")))[..3], ["Awe", "Fear", "Joy"]);
}

#[test]
fn confusions_tell_shares_merges_and_the_cut() {
    let figure = confusions().draw().expect("a figure");
    for title in [
        "true Awe, taken for Joy: 0.5",
        "true Fear, taken for Joy: 0",
        "true Joy, taken for Awe: no value",
        "Awe, Joy: merged at 0.5",
        "Awe, Joy, Fear: merged at 0.9",
        "cut into clusters at 0.7",
    ] {
        assert_eq!(count(&figure, &format!("<title>{title}</title>")), 1, "{title}");
    }
    for text in [".50", ".88", "0", "–", "true", "taken for", "share", "distance"] {
        assert!(texts(&figure).iter().any(|drawn| drawn == text), "{text} is missing");
    }
    assert_eq!(count(&figure, r##"fill="none" stroke="#1a1a1a" stroke-width="2""##), 2, "one border per cluster");
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

/// Everyone is taken for what they are; classes merge one after another.
fn identity(count: usize, name: &str) -> ConfusionChart {
    ConfusionChart {
        classes: (0..count).map(|index| format!("{index}{name}")).collect(),
        values: (0..count).map(|i| (0..count).map(|j| Some(f64::from(u8::from(i == j)))).collect()).collect(),
        clusters: vec![0; count],
        merges: (1..count).map(|b| Merge { a: if b == 1 { 0 } else { count + b - 2 }, b, height: 0.0 }).collect(),
        ..confusions()
    }
}

#[test]
fn confusions_of_every_size_stay_inside() {
    for number in [1, 2, 3, 20, 21, 70] {
        let figure = identity(number, "").draw().expect("a figure");
        assert_eq!(texts(&figure).iter().any(|text| text == "1.00"), number <= 20);
        assert_eq!(count(&figure, "<title>true "), number * number);
        assert_sound(&figure);
        assert_texts_inside(&figure);
        let [title, row_axis, column_axis, unit, height_label, caption] = std::array::from_fn(|_| long());
        let chart = identity(number, LONG);
        let long = ConfusionChart { title, row_axis, column_axis, unit, height_label, caption, ..chart };
        assert_texts_inside(&long.draw().expect("a figure"));
    }
}

#[test]
fn confusions_that_cannot_be_are_refused() {
    let with = |change: fn(&mut ConfusionChart)| {
        let mut chart = confusions();
        change(&mut chart);
        chart.draw()
    };
    let place = "confusions \"Confusions\"";
    refuse(with(|chart| chart.classes.clear()), &format!("{place}: there are no classes; a chart needs at least one"));
    refuse(with(|chart| chart.values[0][0] = Some(1.5)), &format!("{place}, row Awe: 1.5 is not between 0 and 1"));
    refuse(
        with(|chart| chart.values[0][0] = Some(f64::NAN)),
        &format!(
            "{place}, row Awe: NaN is no finite number; leave the value out (None) where there is nothing to show"
        ),
    );
    refuse(
        with(|chart| chart.values[0][0] = Some(0.25)),
        &format!("{place}, row Awe, sum of its shares: 0.75 is not between 0.999999 and 1.000001"),
    );
    refuse(
        with(|chart| chart.clusters = vec![4, 4, 7]),
        &format!("{place}: cluster 4 is torn apart by the tree at Fear; clusters must be a cut of the same tree"),
    );
    refuse(
        with(|chart| chart.merges[1].b = 0),
        &format!("{place}, merge 1: branch 0 was merged before; every branch is merged once"),
    );
    refuse(with(|chart| chart.clusters.truncate(2)), &format!("{place}: expected 3 clusters, one per class, found 2"));
    assert!(matches!(with(|chart| chart.values[1].truncate(2)), Err(FigureError::Shape { .. })));
    assert!(matches!(with(|chart| chart.merges.truncate(1)), Err(FigureError::Shape { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_finite_points_stay_in_their_panel(
        places in prop::collection::vec((-1e9..1e9f64, -1e3..1e3f64), 1..40),
    ) {
        let points = places.iter().map(|&(x, y)| point(x, y, 0)).collect();
        let drawn = circles(&scatter(points).draw().expect("a figure"));
        prop_assert_eq!(drawn.len(), places.len());
        // Left margin and side of the only panel; the top depends on the legend.
        prop_assert!(drawn.iter().all(|(x, _)| (14.0..=654.0).contains(x)), "{:?}", drawn);
    }

    #[test]
    fn the_same_data_give_the_same_bytes(values in prop::collection::vec(prop::option::of(-1e6..1e6f64), 1..12)) {
        let draw = |direction| bars(direction, &values).draw().expect("a figure").svg();
        for direction in [Bars::Upright, Bars::Level] {
            prop_assert!(!draw(direction).contains("NaN"));
            prop_assert_eq!(draw(direction), draw(direction));
        }
    }
}
