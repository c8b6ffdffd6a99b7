//! Confusions with their tree.

use super::*;

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
