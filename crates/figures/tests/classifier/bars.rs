//! Bars with two kinds of interval.

use super::*;

pub fn bars(direction: Bars, values: &[Option<f64>]) -> BarChart {
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
