//! The report is one safe file with the structure that screen readers need.

use figures::{Block, LayerChart, Panel, Point, Report, Role, Section, Series};

const HOSTILE: &str = "\"><script>alert(1)</script><img src=http://evil.example/x.png onerror='alert(2)'>.jpg";

fn report(text: &str) -> Report {
    let series = Series { name: text.into(), role: Role::Pleasant, points: vec![Some(Point::new(1.0))], stars: vec![] };
    let chart = LayerChart {
        title: text.into(),
        x_label: text.into(),
        y_label: text.into(),
        layers: vec![text.into()],
        panels: vec![vec![Panel { title: text.into(), series: vec![series] }]],
        baseline: None,
        star_label: text.into(),
        caption: text.into(),
    };
    let figure = chart.draw().expect("a figure");
    let blocks = vec![
        Block::Paragraph(text.into()),
        Block::List(vec![text.into()]),
        Block::Figure { figure, caption: text.into(), description: text.into() },
        Block::Table {
            caption: text.into(),
            header: vec![text.into(), "F1".into()],
            rows: vec![vec![text.into(), "−0.5".into()]],
        },
        Block::Preformatted(text.into()),
    ];
    let section = Section { title: text.into(), blocks };
    Report {
        title: text.into(),
        summary: vec![text.into()],
        notice: Some(text.into()),
        sections: vec![section.clone(), section],
    }
}

#[test]
fn a_hostile_file_name_is_only_text() {
    let (tame, hostile) = (report("tame").html(), report(HOSTILE).html());
    for wrong in ["<script", "<img", "\u{0}"] {
        assert!(!hostile.contains(wrong), "{wrong} in the page");
    }
    // In attributes a quote ends the value: the page must have no more tags and quotes than with a tame name. Drawings
    // are left out, since the length of a name changes how many lines they need.
    let skeleton = |html: &str| {
        let parts: Vec<&str> = html.split("<svg").map(|part| part.rsplit("</svg>").next().unwrap_or(part)).collect();
        let count = |mark: char| parts.iter().map(|part| part.matches(mark).count()).sum::<usize>();
        (count('<'), count('"'), parts.len())
    };
    assert_eq!(skeleton(&tame), skeleton(&hostile));
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let html = report("tame").html();
    for wrong in ["src=", "url(", "@import", "<link", "<script", "<iframe", "href=\"http"] {
        assert!(!html.contains(wrong), "{wrong} in the page");
    }
    assert_eq!(
        html.matches("http").count(),
        1 + html.matches("xmlns=\"http").count(),
        "only http-equiv and namespaces"
    );
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn the_page_has_landmarks_headings_and_descriptions() {
    let html = report("tame").html();
    for (part, times) in [
        ("<html lang=\"en\">", 1),
        ("<h1>", 1),
        ("<h2 ", 2),
        ("<header>", 1),
        ("<nav ", 1),
        ("<main ", 1),
        ("role=\"note\"", 1),
        ("role=\"img\" aria-label=\"tame\"", 2),
        ("<th scope=\"col\">", 4),
        ("<caption>", 2),
        ("<figcaption>", 2),
        ("<td class=\"number\">−0.5</td>", 2),
        ("prefers-color-scheme: dark", 1),
        ("@media print", 1),
        ("name=\"viewport\"", 1),
        ("<b>Figure 2.</b>", 1),
        ("<b>Table 2.</b>", 1),
        ("id=\"s1\"", 1),
        ("id=\"s2\"", 1),
    ] {
        assert_eq!(html.matches(part).count(), times, "{part}");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(report("a").html(), report("a").html());
}
