//! What tests look at in a drawing.

use figures::Figure;

/// How often a piece of markup stands in the drawing.
pub fn count(figure: &Figure, markup: &str) -> usize {
    figure.svg().matches(markup).count()
}

/// No number is broken, and the PNG has twice the size of the drawing.
pub fn assert_sound(figure: &Figure) {
    let svg = figure.svg();
    for wrong in ["NaN", "inf"] {
        // The data of pictures may hold any letters.
        let mut parts = svg.split('"').filter(|part| !part.starts_with("data:"));
        assert!(parts.all(|part| !part.contains(wrong)), "{wrong} in the drawing");
    }
    let (width, height) = figure.size();
    let png = figure.png().expect("a PNG");
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let pixels = |at: usize| f64::from(u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]));
    assert_eq!((pixels(16), pixels(20)), (2.0 * width, 2.0 * height));
}

/// Every text must begin and end inside the drawing; measured by the renderer, which is not what laid it out.
pub fn assert_texts_inside(figure: &Figure) {
    use resvg::usvg::{Node, Options, Tree, fontdb};
    let mut fonts = fontdb::Database::new();
    for name in ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"] {
        let path = format!("{}/../../assets/fonts/{name}", env!("CARGO_MANIFEST_DIR"));
        fonts.load_font_data(std::fs::read(path).expect("the font"));
    }
    let options = Options { fontdb: fonts.into(), font_family: "DejaVu Sans".into(), ..Options::default() };
    let tree = Tree::from_str(&figure.svg(), &options).expect("an SVG");
    fn visit(group: &resvg::usvg::Group, seen: &mut usize, (width, height): (f64, f64)) {
        for node in group.children() {
            match node {
                Node::Group(group) => visit(group, seen, (width, height)),
                Node::Text(text) => {
                    *seen += 1;
                    let place = text.abs_bounding_box();
                    let inside = place.left() >= 0.0
                        && place.top() >= 0.0
                        && f64::from(place.right()) <= width
                        && f64::from(place.bottom()) <= height;
                    assert!(inside, "{:?} leaves the drawing: {place:?}", text.chunks()[0].text());
                }
                _ => {}
            }
        }
    }
    let mut seen = 0;
    visit(tree.root(), &mut seen, figure.size());
    assert!(seen > 3, "only {seen} texts were found");
}
