//! Points of classes in a plane without units, such as t-SNE gives, in panels of equal aspect.

use crate::class_names::short_names;
use crate::error::{FigureError, check_count, check_value};
use crate::figure::Figure;
use crate::legend::Legend;
use crate::page::{self, MARGIN};
use crate::scatter_panel::{Plane, note_height};
use crate::svg::{Canvas, Stroke};
use crate::theme::{INK, MOST_CLASSES, class_look};

/// One point.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterPoint {
    /// To the right.
    pub x: f64,
    /// Upwards.
    pub y: f64,
    /// Number of its class, counted from 0.
    pub class: usize,
    /// Whether a ring is drawn around it, such as for a truth among the top five.
    pub ringed: bool,
    /// What it is, such as the name of a picture.
    pub label: String,
}

/// One plane.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterPanel {
    /// Stands above the panel.
    pub title: String,
    /// The points; later ones of a class lie on top.
    pub points: Vec<ScatterPoint>,
    /// Stands below the panel, such as "KL divergence 0.84; 61 % of 10 neighbours kept".
    pub note: String,
}

/// Planes that share their classes but neither place nor scale.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// Stands above the figure.
    pub title: String,
    /// Names of up to 20 classes, in the order of the legend.
    pub classes: Vec<String>,
    /// What a class is, such as "true class"; stands before the name that a point tells.
    pub class_label: String,
    /// What a ring means; in the legend if there is any.
    pub ring_label: String,
    /// The planes, side by side and then in further rows.
    pub panels: Vec<ScatterPanel>,
    /// Stands below the figure.
    pub caption: String,
}

const GAP: f64 = 16.0;

impl Scatter {
    /// Draws the planes. One px is the same distance along both axes; there are no numbers, since the plane has no unit.
    ///
    /// # Examples
    /// ```
    /// use figures::{Scatter, ScatterPanel, ScatterPoint};
    ///
    /// let point = |x, y, class| ScatterPoint { x, y, class, ringed: class == 0, label: format!("picture {x}") };
    /// let points = vec![point(0.0, 1.0, 0), point(3.0, -2.0, 1)];
    /// let scatter = Scatter {
    ///     title: "t-SNE".into(),
    ///     classes: vec!["Awe".into(), "Fear".into()],
    ///     class_label: "predicted".into(),
    ///     ring_label: "truth among the top five".into(),
    ///     panels: vec![ScatterPanel { title: "fc8".into(), points, note: "KL divergence 0.21".into() }],
    ///     caption: "n = 2 pictures".into(),
    /// };
    /// assert!(scatter.draw()?.svg().contains("picture 3, predicted Fear"));
    /// # Ok::<(), figures::FigureError>(())
    /// ```
    ///
    /// # Errors
    /// [`FigureError`] if there is no panel or class, if there are more than 20 classes, if a point has a class that
    /// does not exist, or if a coordinate is not finite or above 1e100.
    pub fn draw(&self) -> Result<Figure, FigureError> {
        self.check()?;
        let (per_row, side): (usize, f64) = match self.panels.len() {
            1 => (1, 640.0),
            2 => (2, 430.0),
            4 => (2, 400.0),
            _ => (3, 290.0),
        };
        let width = 2.0 * MARGIN + per_row as f64 * (side + GAP) - GAP;
        let mut canvas = Canvas::for_values(self.panels.iter().map(|panel| panel.points.len()).sum());
        let top = page::title(&mut canvas, &self.title, MARGIN, width);
        let mut y = self.legend().draw(&mut canvas, top, width);
        for panels in self.panels.chunks(per_row) {
            y += panels.iter().map(|panel| page::panel_title_room(&panel.title, side)).fold(0.0, f64::max);
            for (column, panel) in panels.iter().enumerate() {
                let corner = (MARGIN + column as f64 * (side + GAP), y);
                Plane::new(corner, side, self, panel).draw(&mut canvas);
            }
            y += side + panels.iter().map(|panel| note_height(&panel.note, side)).fold(0.0, f64::max);
        }
        let bottom = page::caption(&mut canvas, &self.caption, y + 6.0, width);
        Ok(canvas.finish((width, bottom + MARGIN), &self.title, &self.caption))
    }

    fn legend(&self) -> Legend {
        let mut legend = Legend::default();
        for (class, (name, short)) in self.classes.iter().zip(short_names(&self.classes)).enumerate() {
            let name = if name.starts_with(&short) { name.clone() } else { format!("{short} {name}") };
            legend.add_own(&name, 12.0, move |canvas, (x, y)| canvas.marker((x + 6.0, y), 4.0, class_look(class), ""));
        }
        if self.panels.iter().any(|panel| panel.points.iter().any(|point| point.ringed)) {
            legend.add_own(&self.ring_label, 14.0, |canvas, (x, y)| {
                canvas.dot((x + 7.0, y), 6.0, "none", Stroke::solid(INK, 0.9));
            });
        }
        legend
    }

    fn check(&self) -> Result<(), FigureError> {
        let place = || format!("scatter \"{}\"", self.title);
        for (count, what) in [(self.classes.len(), "classes"), (self.panels.len(), "panels")] {
            if count == 0 {
                return Err(FigureError::Empty { place: place(), what });
            }
        }
        check_count(self.classes.len(), MOST_CLASSES, "classes", place)?;
        for (panel, point) in self.panels.iter().flat_map(|panel| panel.points.iter().map(move |point| (panel, point)))
        {
            let place = || format!("{}, panel \"{}\", point \"{}\"", place(), panel.title, point.label);
            [point.x, point.y].into_iter().try_for_each(|value| check_value(value, place))?;
            if point.class >= self.classes.len() {
                let (index, count) = (point.class, self.classes.len());
                return Err(FigureError::Index { place: place(), what: "class", index, count });
            }
        }
        Ok(())
    }
}
