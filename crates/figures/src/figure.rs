//! A finished drawing, as SVG and as PNG.

use crate::error::FigureError;
use crate::png;
use crate::svg::number;
use crate::text::escape;
use crate::theme::{FONT_FALLBACK, PAPER};

/// A finished drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) marks: String,
    pub(crate) has_pictures: bool,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Figure {
    /// The drawing as an SVG document, without XML declaration, with title and description for programs that read it
    /// aloud. Marks that stand for a number have it as their `<title>`, which viewers show on hovering.
    pub fn svg(&self) -> String {
        let (title, description) = (escape(&self.title), escape(&self.description));
        self.document("", &format!("<title>{title}</title>\n<desc>{description}</desc>\n"))
    }

    /// The drawing inside a page, described by that text, with a class. It has no title of its own, which would cover
    /// the page with one tooltip for the whole drawing.
    pub(crate) fn inline(&self, class: &str, description: &str) -> String {
        self.document(&format!(" class=\"{class}\" aria-label=\"{}\"", escape(description)), "")
    }

    fn document(&self, attributes: &str, head: &str) -> String {
        let [w, h] = [self.width, self.height].map(number);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" \
             font-family=\"{FONT_FALLBACK}\"{attributes}>\n{head}\
             <rect width=\"{w}\" height=\"{h}\" fill=\"{PAPER}\"/>\n{}</svg>\n",
            self.marks
        )
    }

    /// Whether any mark carries its number.
    pub(crate) fn has_values(&self) -> bool {
        self.marks.contains("<title>")
    }

    /// Whether there are pictures in the drawing.
    pub(crate) fn has_pictures(&self) -> bool {
        self.has_pictures
    }

    /// The drawing as a PNG file of twice its [`Figure::size`].
    ///
    /// # Errors
    /// [`FigureError::Raster`] if the drawing is too large for a picture.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        png::encode(&self.svg())
    }

    /// Width and height in px.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }
}
