//! Panels along named dimensions, such as layer and emotion, of which the reader picks one.

use super::block::{Block, Page};
use crate::error::{FigureError, check_length};
use crate::text::escape;
use std::collections::HashSet;
use std::fmt::Write;

/// Up to this many options stand side by side; more of them are a list that opens.
const MOST_RADIO_BUTTONS: usize = 4;

/// Panels of which the page shows one at a time, picked by its place along each dimension. Without script, and in
/// print, all of them follow one another.
#[derive(Clone, Debug, PartialEq)]
pub struct Explorer {
    title: String,
    dimensions: Vec<Dimension>,
    panels: Vec<ExplorerPanel>,
    start: usize,
}

/// One panel of an [`Explorer`].
#[derive(Clone, Debug, PartialEq)]
pub struct ExplorerPanel {
    /// Its place: one label per dimension, such as "conv4_2" and "pleasant".
    pub labels: Vec<String>,
    /// What it shows.
    pub blocks: Vec<Block>,
}

/// A dimension and its options in the order of their first panels.
#[derive(Clone, Debug, PartialEq)]
struct Dimension {
    name: String,
    options: Vec<String>,
}

impl Explorer {
    /// Panels along dimensions with these names. The first panel is shown first (but see
    /// [`starting_at`](Self::starting_at)); options stand in the order in which
    /// panels first have them. Places may be empty: the page then says that there is no such panel.
    ///
    /// # Examples
    /// ```
    /// use figures::{Block, Explorer, ExplorerPanel};
    ///
    /// let panel = |layer: &str| ExplorerPanel {
    ///     labels: vec![layer.into()],
    ///     blocks: vec![Block::Paragraph(format!("All about {layer}."))],
    /// };
    /// assert!(Explorer::new("By layer", &["layer"], vec![panel("conv1_1"), panel("conv5_3")]).is_ok());
    /// assert!(Explorer::new("By layer", &["layer"], vec![panel("conv1_1"), panel("conv1_1")]).is_err(), "twice the same");
    /// ```
    ///
    /// # Errors
    /// [`FigureError`] if there is no dimension or panel, if a panel does not have one label per dimension, or if two
    /// panels have the same labels.
    pub fn new(title: &str, dimensions: &[&str], panels: Vec<ExplorerPanel>) -> Result<Self, FigureError> {
        let empty = |what| Err(FigureError::Empty { place: format!("explorer \"{title}\""), what });
        if dimensions.is_empty() {
            return empty("dimensions");
        }
        if panels.is_empty() {
            return empty("panels");
        }
        let mut seen = HashSet::new();
        for panel in &panels {
            let place = || format!("explorer \"{title}\", panel \"{}\"", panel.labels.join(", "));
            check_length(panel.labels.len(), dimensions.len(), "labels, one per dimension", place)?;
            if !seen.insert(&panel.labels) {
                return Err(FigureError::Repeated { place: place() });
            }
        }
        let dimension = |(index, name): (usize, &&str)| Dimension::of(name, panels.iter().map(|p| &p.labels[index]));
        let dimensions = dimensions.iter().enumerate().map(dimension).collect();
        Ok(Self { title: title.into(), dimensions, panels, start: 0 })
    }

    /// The same explorer, which shows the panel of this number first (the last one, if there are fewer).
    #[must_use]
    pub fn starting_at(self, panel: usize) -> Self {
        Self { start: panel.min(self.panels.len() - 1), ..self }
    }

    pub(super) fn html(&self, page: &mut Page) -> String {
        page.explorers += 1;
        let id = format!("x{}", page.explorers);
        let title = escape(&self.title);
        let pickers: String = std::iter::zip(&self.dimensions, &self.panels[self.start].labels)
            .enumerate()
            .map(|(index, (dimension, picked))| dimension.html(&id, index, picked))
            .collect();
        let mut html = format!(
            "<section class=\"explorer\" id=\"{id}\" aria-labelledby=\"{id}-title\">\n<h3 id=\"{id}-title\">{title}</h3>\n\
             <div class=\"pickers\" role=\"group\" aria-labelledby=\"{id}-title\">\n{pickers}</div>\n\
             <p class=\"no-panel\" hidden>There is no panel for this choice.</p>\n"
        );
        let before = page.clone();
        for (index, panel) in self.panels.iter().enumerate() {
            // Each panel begins with the same numbers, and the text after the explorer goes on from the highest.
            let explorers = page.explorers;
            let mut inside = Page { panel: panel.labels.join(", "), explorers, ..before.clone() };
            let _ = write!(html, "{}", self.panel_html(panel, index == self.start, &mut inside));
            page.figures = page.figures.max(inside.figures);
            page.tables = page.tables.max(inside.tables);
            page.explorers = inside.explorers;
            page.widths.extend(inside.widths);
        }
        html + "</section>\n"
    }

    fn panel_html(&self, panel: &ExplorerPanel, is_shown: bool, page: &mut Page) -> String {
        let place: Vec<String> = std::iter::zip(&self.dimensions, &panel.labels)
            .filter_map(|(dimension, label)| dimension.options.iter().position(|option| option == label))
            .map(|position| position.to_string())
            .collect();
        let (place, shown) = (place.join(" "), if is_shown { " shown" } else { "" });
        let blocks: String = panel.blocks.iter().map(|block| block.html(page)).collect();
        let heading = escape(&panel.labels.join(" · "));
        format!("<div class=\"panel{shown}\" data-place=\"{place}\">\n<h4>{heading}</h4>\n{blocks}</div>\n")
    }
}

impl Dimension {
    fn of<'a>(name: &str, labels: impl Iterator<Item = &'a String>) -> Self {
        let mut options: Vec<String> = Vec::new();
        for label in labels {
            if !options.contains(label) {
                options.push(label.clone());
            }
        }
        Self { name: name.into(), options }
    }

    /// The options, one line each; `mark` stands in the one that is picked.
    fn options(&self, picked: &str, mark: &str, line: impl Fn(usize, &str, &str) -> String) -> String {
        let line =
            |(value, option): (usize, &String)| line(value, &escape(option), if option == picked { mark } else { "" });
        self.options.iter().enumerate().map(line).collect()
    }

    fn html(&self, explorer: &str, index: usize, picked: &str) -> String {
        let name = escape(&self.name);
        // Browsers keep what was picked over a reload, which would contradict the address; autocomplete forbids it.
        if self.options.len() > MOST_RADIO_BUTTONS {
            let options = self.options(picked, " selected", |value, option, selected| {
                format!("<option value=\"{value}\"{selected}>{option}</option>\n")
            });
            return format!(
                "<label class=\"picker\" data-dimension=\"{name}\"><span>{name}</span> <select autocomplete=\"off\">\n\
                 {options}</select></label>\n"
            );
        }
        let buttons = self.options(picked, " checked", |value, option, checked| {
            format!(
                "<label><input type=\"radio\" name=\"{explorer}-{index}\" value=\"{value}\" autocomplete=\"off\"{checked}> \
                 {option}</label>\n"
            )
        });
        format!("<fieldset class=\"picker\" data-dimension=\"{name}\"><legend>{name}</legend>\n{buttons}</fieldset>\n")
    }
}
