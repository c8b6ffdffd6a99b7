//! Points in planes without units.

use super::*;

pub fn point(x: f64, y: f64, class: usize) -> ScatterPoint {
    ScatterPoint { x, y, class, ringed: class == 1, label: format!("picture at {x}") }
}

pub fn scatter(points: Vec<ScatterPoint>) -> Scatter {
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
pub fn circles(figure: &Figure) -> Vec<(f64, f64)> {
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
