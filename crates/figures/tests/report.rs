//! The report is one safe file with the structure that screen readers need.

use figures::{
    Block, Claim, Explorer, ExplorerPanel, FigureError, GridPicture, GridRow, LayerChart, Panel, PictureGrid, Point,
    Report, Role, Section, Series, Span, Thumbnail, Verdict,
};
use proptest::prelude::*;
use std::sync::LazyLock;

const HOSTILE: &str = "\"><script>alert(1)</script><img src=http://evil.example/x.png onerror='alert(2)'>.jpg";

fn figure(text: &str) -> Block {
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
    Block::Figure { figure: chart.draw().expect("a figure"), caption: text.into(), description: text.into() }
}

fn table(text: &str) -> Block {
    Block::Table {
        caption: text.into(),
        header: vec![text.into(), "F1".into()],
        rows: vec![vec![text.into(), "−0.5".into()]],
    }
}

fn claim(text: &str, verdict: Verdict) -> Claim {
    let [claim, source, published, ours, interval, p, reason] = std::array::from_fn(|_| text.to_string());
    Claim { claim, source, published, ours, interval, p, verdict, reason }
}

fn panel(labels: &[&str], blocks: Vec<Block>) -> ExplorerPanel {
    ExplorerPanel { labels: labels.iter().map(|label| label.to_string()).collect(), blocks }
}

fn report(text: &str) -> Report {
    let panels = vec![panel(&[text, "a"], vec![figure(text), table(text)]), panel(&[text, text], vec![figure(text)])];
    let spans = vec![
        Span::Text(text.into()),
        Span::Code(text.into()),
        Span::Choice(text.into()),
        Span::Link { text: text.into(), address: format!("https://doi.org/{text}") },
        Span::Link { text: text.into(), address: text.into() },
    ];
    let blocks = vec![
        Block::Heading(text.into()),
        Block::Paragraph(text.into()),
        Block::Prose(spans.clone()),
        Block::List(vec![text.into()]),
        figure(text),
        table(text),
        Block::Claims { caption: text.into(), claims: Verdict::ALL.map(|verdict| claim(text, verdict)).to_vec() },
        Block::Explorer(Explorer::new(text, &[text, "emotion"], panels).expect("an explorer")),
        Block::Preformatted(text.into()),
        Block::Copyable { label: text.into(), text: text.into() },
        Block::Methods(vec![spans]),
    ];
    let section = Section { title: text.into(), blocks };
    Report {
        title: text.into(),
        summary: vec![text.into()],
        notice: Some(text.into()),
        sections: vec![section.clone(), section],
    }
}

/// The page without its own style and script.
fn body(text: &str) -> String {
    let html = report(text).html();
    html[html.find("<body>").expect("a body")..].to_string()
}

/// How many tags and quotes a page has. Drawings are left out, since the length of a name changes how many lines they
/// need.
fn skeleton(html: &str) -> (usize, usize, usize) {
    let parts: Vec<&str> = html.split("<svg").map(|part| part.rsplit("</svg>").next().unwrap_or(part)).collect();
    let count = |mark: char| parts.iter().map(|part| part.matches(mark).count()).sum::<usize>();
    (count('<'), count('"'), parts.len())
}

#[test]
fn hostile_names_are_only_text() {
    let long = "x".repeat(4_000);
    for hostile in [HOSTILE, "]]></script></style>-->", "\u{0}\u{1b}\u{202e}\u{2066}gpj", "{{'\"`", &long] {
        let page = body(hostile);
        for wrong in ["<script", "<img", "</style", "-->", "\u{0}", "\u{1b}", "\u{202e}", "\u{2066}"] {
            assert!(!page.contains(wrong), "{wrong:?} in the page");
        }
        // In attributes a quote ends the value: the page must have no more tags and quotes than with a tame name.
        assert_eq!(*TAME, skeleton(&page));
    }
}

static TAME: LazyLock<(usize, usize, usize)> = LazyLock::new(|| skeleton(&body("tame")));

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_text_becomes_markup(text in "([<>\"'&;/a-z\u{0}\u{202e}\\]]|script|onload=){1,30}") {
        // A text that reads as a number, or none at all, is set otherwise.
        prop_assume!(text.replace('−', "-").parse::<f64>().is_err() && text != "a");
        prop_assert_eq!(*TAME, skeleton(&body(&text)));
    }
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let html = report("tame").html();
    for wrong in ["src=", "url(", "@import", "<link", "<iframe", "style=", "onclick", "href=\"http:", "'unsafe-inline'"]
    {
        assert!(!html.contains(wrong), "{wrong} in the page");
    }
    assert_eq!(html.matches("<script>").count(), 1);
    assert_eq!(html.matches("'sha256-").count(), 2, "of the script and of the style");
    assert!(html.contains("default-src 'none'; script-src 'sha256-"));
    let links = html.matches("href=\"https://doi.org/tame\"").count();
    let known = 1 + html.matches("xmlns=\"http").count() + links;
    assert_eq!((links, html.matches("http").count()), (4, known), "only http-equiv, namespaces and links");
}

#[test]
fn links_lead_only_to_https() {
    let page = |address: &str| {
        let blocks = vec![Block::Prose(vec![Span::Link { text: "here".into(), address: address.into() }])];
        let sections = vec![Section { title: "s".into(), blocks }];
        Report { title: "t".into(), summary: vec![], notice: None, sections }.html()
    };
    assert!(page("https://doi.org/1").contains("<a href=\"https://doi.org/1\" rel=\"noreferrer\">here</a>"));
    for address in ["javascript:alert(1)", "http://example.org", "file:///etc/passwd", "data:text/html,x"] {
        assert!(page(address).contains(&format!("<p>here ({address})</p>")), "{address}");
    }
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
        ("role=\"img\"", 6),
        (" aria-label=\"tame\">\n<rect", 6),
        ("<th scope=\"col\">tame</th><th scope=\"col\" class=\"number\">F1</th>", 4),
        ("<tr><th scope=\"row\">tame</th><td class=\"number\">−0.5</td></tr>", 4),
        ("<th scope=\"col\" role=\"columnheader\">", 14),
        ("<th scope=\"row\" role=\"rowheader\">tame</th>", 6),
        ("<caption>", 6),
        ("<figcaption>", 6),
        ("prefers-color-scheme: dark", 2),
        ("@media print", 1),
        ("name=\"viewport\"", 1),
        ("role=\"status\"", 1),
        ("id=\"s1\"", 1),
        ("id=\"s2\"", 1),
        ("id=\"x1\"", 1),
        ("id=\"x2\"", 1),
    ] {
        assert_eq!(html.matches(part).count(), times, "{part}");
    }
}

#[test]
fn panels_of_an_explorer_share_their_numbers() {
    let html = report("tame").html();
    for (label, times) in [
        ("<b>Figure 1.</b>", 1),
        ("<b>Figure 2 (tame, a).</b>", 1),
        ("<b>Figure 2 (tame, tame).</b>", 1),
        ("<b>Figure 3.</b>", 1),
        ("<b>Figure 4 (tame, a).</b>", 1),
        ("<b>Table 3 (tame, a).</b>", 1),
        ("<b>Table 4.</b>", 1),
        ("<b>Figure 5", 0),
    ] {
        assert_eq!(html.matches(label).count(), times, "{label}");
    }
}

#[test]
fn every_claim_has_its_verdict_in_words_and_all_are_counted() {
    let html = report("tame").html();
    for (part, times) in [
        ("<span aria-hidden=\"true\">✓</span> reached</span>", 2),
        ("<span aria-hidden=\"true\">✗</span> not reached</span>", 2),
        ("<span aria-hidden=\"true\">○</span> not testable here</span>", 2),
        ("Of 3 claims: 1 reached, 1 not reached, 1 not testable here.", 2),
    ] {
        assert_eq!(html.matches(part).count(), times, "{part}");
    }
    let empty = Claim { ours: String::new(), ..claim("x", Verdict::NotTestable) };
    let blocks = vec![Block::Claims { caption: "c".into(), claims: vec![empty] }];
    let sections = vec![Section { title: "s".into(), blocks }];
    let html = Report { title: "t".into(), summary: vec![], notice: None, sections }.html();
    assert!(html.contains("data-column=\"ours\">–</td>"), "an empty cell says that it is empty");
}

#[test]
fn an_explorer_that_cannot_be_picked_from_is_refused() {
    let check = |dimensions: &[&str], panels: Vec<ExplorerPanel>, message: &str| {
        let error: FigureError = Explorer::new("Gain", dimensions, panels).expect_err("no explorer");
        assert_eq!(error.to_string(), message);
    };
    let place = "explorer \"Gain\"";
    check(&[], vec![], &format!("{place}: there are no dimensions; a chart needs at least one"));
    check(&["layer"], vec![], &format!("{place}: there are no panels; a chart needs at least one"));
    check(
        &["layer", "emotion"],
        vec![panel(&["conv1_1"], vec![])],
        &format!("{place}, panel \"conv1_1\": expected 2 labels, one per dimension, found 1"),
    );
    check(
        &["layer"],
        vec![panel(&["conv1_1"], vec![]), panel(&["conv1_1"], vec![])],
        &format!("{place}, panel \"conv1_1\" is there twice; give every panel a place of its own"),
    );
}

#[test]
fn many_options_open_and_few_stand_side_by_side() {
    let page = |options: usize| {
        let panels = (0..options).map(|index| panel(&[&format!("conv{index}")], vec![])).collect();
        let blocks = vec![Block::Explorer(Explorer::new("Gain", &["layer"], panels).expect("an explorer"))];
        let sections = vec![Section { title: "s".into(), blocks }];
        Report { title: "t".into(), summary: vec![], notice: None, sections }.html()
    };
    assert_eq!((page(4).matches("type=\"radio\"").count(), page(4).matches("<option").count()), (4, 0));
    assert_eq!((page(5).matches("type=\"radio\"").count(), page(5).matches("<option").count()), (0, 5));
}

#[test]
fn an_explorer_starts_where_it_is_told_to() {
    for options in [3, 6] {
        let panels = (0..options).map(|index| panel(&[&format!("conv{index}")], vec![])).collect();
        let explorer = Explorer::new("Gain", &["layer"], panels).expect("an explorer").starting_at(2);
        let sections = vec![Section { title: "s".into(), blocks: vec![Block::Explorer(explorer)] }];
        let page = Report { title: "t".into(), summary: vec![], notice: None, sections }.html();
        assert!(page.contains("class=\"panel shown\" data-place=\"2\""));
        let mark =
            if options > 4 { "<option value=\"2\" selected>" } else { "value=\"2\" autocomplete=\"off\" checked>" };
        assert!(
            page.contains(mark) && !page.contains("value=\"0\" selected") && !page.contains("shown\" data-place=\"0\"")
        );
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    assert_eq!(report("tame").html(), report("tame").html());
}

#[test]
fn only_a_page_with_pictures_may_show_them() {
    assert!(!report("tame").html().contains("img-src"));
    let rgb = [1, 2, 3].repeat(4);
    let pictures = vec![GridPicture {
        id: HOSTILE.into(),
        thumbnail: Some(Thumbnail { width: 2, height: 2, rgb }),
        truth: HOSTILE.into(),
    }];
    let rows = vec![GridRow { name: HOSTILE.into(), pictures }];
    let grid = PictureGrid { title: HOSTILE.into(), rows, caption: HOSTILE.into() };
    let figure = grid.draw().expect("a figure");
    let figure = Block::Figure { figure, caption: String::new(), description: HOSTILE.into() };
    let sections = vec![Section { title: "Pictures".into(), blocks: vec![figure] }];
    let html = Report { sections, ..report("tame") }.html();
    assert!(html.contains("; img-src data:; base-uri 'none'"), "no other source of pictures is allowed");
    assert_eq!(html.matches("<image ").count(), 1);
    assert!(!html.contains("<img") && html.matches("<script").count() == 1);
}

#[test]
fn nine_claims_have_their_rules_and_none_is_hidden() {
    let claims: Vec<Claim> = (1..=9)
        .map(|number| Claim {
            claim: format!("Claim {number}"),
            source: "Kragel et al. 2019, fig. 4".into(),
            published: ".745".into(),
            ours: if number < 7 { format!("0.7{number}") } else { String::new() },
            interval: if number < 7 { "0.70 to 0.80".into() } else { String::new() },
            p: if number < 7 { "< .001".into() } else { String::new() },
            verdict: if number < 7 { Verdict::Reached } else { Verdict::NotTestable },
            reason: if number < 7 { format!("Rule {number}.") } else { "Needs the videos.".into() },
        })
        .collect();
    let blocks = vec![Block::Claims { caption: "Claims.".into(), claims }];
    let html = Report { sections: vec![Section { title: "Claims".into(), blocks }], ..report("tame") }.html();
    let rows: Vec<&str> = html.split("<tr role=\"row\"><th scope=\"row\"").skip(1).collect();
    assert_eq!(rows.len(), 9);
    for (index, row) in rows.iter().enumerate() {
        let number = index + 1;
        assert!(row.contains(&format!(">Claim {number}</th>")), "{row}");
        let parts = if number < 7 {
            [format!(">0.7{number}</td>"), ">0.70 to 0.80</td>".into(), format!("Rule {number}.")]
        } else {
            ["not testable here".into(), ">–</td>".into(), "Needs the videos.".into()]
        };
        assert!(parts.iter().all(|part| row.contains(part)), "{row}");
    }
    assert!(html.contains("Of 9 claims: 6 reached, 0 not reached, 3 not testable here."));
}
