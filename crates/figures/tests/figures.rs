//! Structure of the drawings: every text is there, every value has its mark, and bad data are refused by name.

#[path = "support/drawn.rs"]
mod drawn;

use drawn::{assert_sound, assert_texts_inside, count};
use figures::{Figure, FigureError, HeatMap, HeatMaps, LayerChart, Panel, Point, Role, Series};
use proptest::prelude::*;

fn series(name: &str, role: Role, values: &[Option<f64>]) -> Series {
    let point = |&y: &f64| Point::with_interval(y, y - 1.0, y + 1.0);
    let points = values.iter().map(|value| value.as_ref().map(point)).collect();
    Series { name: name.into(), role, points, stars: vec![] }
}

fn chart(series: Vec<Series>) -> LayerChart {
    let layers = (0..series[0].points.len()).map(|index| format!("conv{}_{}", index / 2 + 1, index % 2 + 1)).collect();
    LayerChart {
        title: "A title".into(),
        x_label: "layer".into(),
        y_label: "change of F1 (%)".into(),
        layers,
        panels: vec![vec![Panel { title: "IAPS · pleasant".into(), series }]],
        baseline: Some(0.0),
        star_label: "q < .05".into(),
        caption: "Means, n = 257.".into(),
    }
}

fn map(values: Vec<Vec<Option<f64>>>) -> HeatMaps {
    let names = |count: usize| (0..count).map(|index| format!("name{index}")).collect();
    let (rows, columns) = (names(values.len()), names(values[0].len()));
    HeatMaps {
        title: "Specificity".into(),
        maps: vec![HeatMap { title: "IAPS".into(), rows, columns, values, stars: vec![] }],
        row_axis: "silenced".into(),
        column_axis: "recognised".into(),
        unit: "change (%)".into(),
        star_label: String::new(),
        caption: "n = 257".into(),
    }
}

#[test]
fn a_layer_chart_shows_all_it_was_given() {
    let values = [-1.0, -2.0, -30.0, -4.0].map(Some);
    let mut data = vec![series("selective", Role::Unpleasant, &values), series("random", Role::Control(0), &values)];
    data[0].stars = vec![false, false, true, false];
    let figure = chart(data).draw().expect("a figure");
    for text in ["A title", "layer", "change of F1 (%)", "conv1_1", "conv2_2", "IAPS · pleasant", "selective", "random"]
    {
        assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
    }
    assert!(figure.svg().contains(">q &lt; .05</text>") && figure.svg().contains(">Means, n = 257.</text>"));
    assert_eq!(count(&figure, "<polyline"), 2, "one line per series");
    assert_eq!(count(&figure, "<title>conv"), 8, "one marker with tooltip per value");
    assert_eq!(count(&figure, ">*</text>"), 2, "one star, and its key");
    assert_eq!(count(&figure, r#"fill-opacity="0.2""#), 2, "the band of the control, and its key");
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn a_gap_breaks_the_line() {
    let values = [Some(1.0), Some(2.0), None, Some(3.0), None, Some(1.0), Some(1.5)];
    let figure = chart(vec![series("s", Role::Pleasant, &values)]).draw().expect("a figure");
    assert_eq!(count(&figure, "<polyline"), 2, "two stretches; the lone value has no line");
    assert_eq!(count(&figure, "<title>conv"), 5);
}

#[test]
fn values_of_every_size_are_drawn() {
    let cases: [&[Option<f64>]; 8] = [
        &[None, None, None],
        &[Some(0.0), Some(0.0)],
        &[Some(7.0); 13],
        &[Some(-5.0), Some(-6.0), Some(-7.0)],
        &[Some(1.0), Some(2.0), Some(3e9)],
        &[Some(1e100), Some(-1e100)],
        &[Some(1e-300), Some(2e-300)],
        &[Some(4.0)],
    ];
    for values in cases {
        for baseline in [Some(0.0), None] {
            let mut chart = chart(vec![series("s", Role::Network(0), values)]);
            for point in chart.panels[0][0].series[0].points.iter_mut().flatten() {
                *point = Point::new(point.y);
            }
            let figure = LayerChart { baseline, ..chart }.draw().expect("a figure");
            assert_eq!(count(&figure, "<title>conv"), values.iter().flatten().count());
            assert_eq!(figure.svg().contains("no values"), values.iter().all(Option::is_none));
            assert_sound(&figure);
            assert_texts_inside(&figure);
        }
        let figure = map(vec![values.to_vec()]).draw().expect("a figure");
        assert_sound(&figure);
        assert_texts_inside(&figure);
    }
}

#[test]
fn long_names_stay_inside() {
    let long = "international_collection_of_affective_pictures ".repeat(6);
    let mut chart =
        chart(vec![series(&long, Role::Pleasant, &[Some(1.0); 13]), series("b", Role::Control(1), &[None; 13])]);
    chart.layers.fill(long.clone());
    chart.panels[0][0].title = long.clone();
    let chart = LayerChart {
        title: long.clone(),
        x_label: long.clone(),
        y_label: long.clone(),
        caption: long.clone(),
        ..chart
    };
    assert_texts_inside(&chart.draw().expect("a figure"));
    let mut maps = map(vec![vec![Some(1.0); 4]; 3]);
    maps.maps[0].rows.fill(long.clone());
    maps.maps[0].columns.fill(long.clone());
    maps.maps[0].title = long.clone();
    let [title, row_axis, column_axis, unit, caption] = std::array::from_fn(|_| long.clone());
    let maps = HeatMaps { title, row_axis, column_axis, unit, caption, ..maps };
    assert_texts_inside(&maps.draw().expect("a figure"));
}

#[test]
fn a_heat_map_prints_its_values() {
    let figure = map(vec![vec![Some(-43.2), Some(1.25)], vec![None, Some(0.0)]]).draw().expect("a figure");
    for text in ["−43.2", "1.2", "–", "0.0", "name0", "silenced", "recognised", "change (%)", "IAPS"] {
        assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
    }
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn a_dense_heat_map_leaves_the_values_out() {
    let figure = map(vec![vec![Some(-43.2); 51]; 13]).draw().expect("a figure");
    assert_eq!(count(&figure, ">−43.2</text>"), 0);
    assert_eq!(count(&figure, "<title>name0, name50: −43.2</title>"), 1, "hovering tells the value");
    assert_texts_inside(&figure);
}

#[test]
fn the_same_data_give_the_same_bytes() {
    let draw = || chart(vec![series("s", Role::Neutral, &[Some(1.0), Some(2.0)])]).draw().expect("a figure");
    assert_eq!(draw(), draw());
    assert_eq!(draw().png().expect("a PNG"), draw().png().expect("a PNG"));
}

#[test]
fn markup_in_names_is_drawn_as_text() {
    let hostile = "<script>alert(1)</script>&\u{0}\u{8}\"'";
    let mut chart = chart(vec![series(hostile, Role::Pleasant, &[Some(1.0)])]);
    chart.layers = vec![hostile.into()];
    let figure = LayerChart { title: hostile.into(), caption: hostile.into(), ..chart }.draw().expect("a figure");
    assert!(!figure.svg().contains("<script"));
    assert_sound(&figure);
}

#[test]
fn bad_data_are_refused_by_name() {
    let check = |error: Result<Figure, FigureError>, message: &str| {
        assert_eq!(error.expect_err("bad data").to_string(), message);
    };
    let with = |change: fn(&mut LayerChart)| {
        let mut chart = chart(vec![series("s", Role::Pleasant, &[Some(1.0), Some(2.0)])]);
        change(&mut chart);
        chart.draw()
    };
    let place = "chart \"A title\", panel \"IAPS · pleasant\", series \"s\"";
    check(
        with(|chart| chart.panels[0][0].series[0].points[1] = Some(Point::new(f64::NAN))),
        &format!(
            "{place}, layer conv1_2: NaN is no finite number; leave the value out (None) where there is nothing to show"
        ),
    );
    check(
        with(|chart| chart.panels[0][0].series[0].points[0] = Some(Point::with_interval(1.0, 2.0, 0.5))),
        &format!("{place}, layer conv1_1: the interval from 2 to 0.5 is upside down; its lower end must come first"),
    );
    check(
        with(|chart| chart.panels[0][0].series[0].points[0] = Some(Point::new(1e101))),
        &format!("{place}, layer conv1_1: 1e101 is too large to be drawn; the largest value is 1e100"),
    );
    check(
        with(|chart| chart.panels[0][0].series[0].points.truncate(1)),
        &format!("{place}: expected 2 points, one per layer, found 1"),
    );
    check(
        with(|chart| chart.panels[0][0].series[0].stars = vec![true]),
        &format!("{place}: expected 2 stars, one per layer, found 1"),
    );
    check(with(|chart| chart.layers.clear()), "chart \"A title\": there are no layers; a chart needs at least one");
    check(with(|chart| chart.panels.clear()), "chart \"A title\": there are no panels; a chart needs at least one");
    check(
        with(|chart| chart.baseline = Some(f64::INFINITY)),
        "chart \"A title\", baseline: inf is no finite number; leave the value out (None) where there is nothing to show",
    );
    let mut ragged = map(vec![vec![Some(1.0); 2]; 2]);
    ragged.maps[0].values[1].pop();
    check(ragged.draw(), "heat map \"IAPS\", row name1: expected 2 values, one per column, found 1");
    check(
        map(vec![vec![Some(f64::NEG_INFINITY)]]).draw(),
        "heat map \"IAPS\", row name0: -inf is no finite number; leave the value out (None) where there is nothing to show",
    );
    let none = HeatMaps { maps: vec![], ..map(vec![vec![None]]) };
    check(none.draw(), "heat maps \"Specificity\": there are no maps; a chart needs at least one");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_finite_values_make_a_sound_chart(
        values in prop::collection::vec(prop::option::of(-1e9..1e9f64), 1..40),
        name in "\\PC{0,40}",
    ) {
        let figure = chart(vec![series(&name, Role::Control(0), &values), series("b", Role::Neutral, &values)]);
        let figure = figure.draw().expect("a figure");
        prop_assert!(!figure.svg().contains("NaN"));
        prop_assert_eq!(count(&figure, "<title>conv"), 2 * values.iter().flatten().count());
    }
}
