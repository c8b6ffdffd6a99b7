//! Grids of pictures.

use super::*;

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
