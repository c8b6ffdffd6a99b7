//! How often planted effects are found: the table's rows and the figure.

use anyhow::{Context, Result};
use figures::{Curve, CurveChart, CurvePanel, Point, Role};
use study::comparison::ALPHA;
use study::report::Drawing;
use study::rows::{CalibrationRow, PowerRow};
use study::{Experiment, whole_file};

use crate::claims::CLAIMS;

/// Where the table lies in the folder of a study, without ending.
pub const TABLE: &str = "tables/power";
/// Where the figure lies, without ending.
pub const FIGURE: &str = "figures/power";
const PANELS_PER_ROW: usize = 3;

/// The rate of a claim at one effect.
pub fn row(effect: f64, rate: CalibrationRow) -> PowerRow {
    let CalibrationRow { claim, labellings, reached, rate, ci_low, ci_high, testable } = rate;
    PowerRow { claim, effect, labellings, reached, rate, ci_low, ci_high, testable }
}

/// Writes the figure as SVG and PNG, unless no claim could be tested.
///
/// # Errors
/// A folder that cannot be written.
pub fn draw(experiment: &Experiment, rows: &[PowerRow]) -> Result<()> {
    let Some(Drawing { figure, .. }) = drawing(rows)? else { return Ok(()) };
    let base = experiment.out.join(FIGURE);
    let folder = base.parent().unwrap_or(&experiment.out);
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (ending, bytes) in [("svg", figure.svg().as_bytes().to_vec()), ("png", figure.png()?)] {
        let path = base.with_extension(ending);
        whole_file::write(&path, &bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// A panel per claim that could be tested at any effect; nothing where there is none.
///
/// # Errors
/// None for rates, which are finite.
pub fn drawing(rows: &[PowerRow]) -> Result<Option<Drawing>> {
    let panels: Vec<CurvePanel> = CLAIMS.iter().filter_map(|claim| panel(claim.id, rows)).collect();
    if panels.is_empty() {
        return Ok(None);
    }
    let caption = format!(
        "Share of labellings in which a claim is reached at any place, with its exact 95 % interval, when labels follow a tenth \
         of the trained network\u{2019}s channels in the deepest third of its layers with that correlation. The line is at {ALPHA}."
    );
    let chart = CurveChart {
        title: "How often planted effects are found".into(),
        x_label: "planted effect (correlation of label score and mean response)".into(),
        y_label: "share reached".into(),
        panels: panels.chunks(PANELS_PER_ROW).map(<[CurvePanel]>::to_vec).collect(),
        baseline: Some(ALPHA),
        caption: caption.clone(),
    };
    let description = "Curves of the share of labellings that reach each claim; the numbers are in power.csv.".into();
    Ok(Some(Drawing { name: "power".into(), figure: chart.draw()?, caption, description }))
}

fn panel(claim: &str, rows: &[PowerRow]) -> Option<CurvePanel> {
    let own: Vec<&PowerRow> = rows.iter().filter(|row| row.claim == claim).collect();
    own.iter().any(|row| row.testable > 0).then(|| {
        let point = |row: &&PowerRow| (row.effect, Point::with_interval(row.rate, row.ci_low, row.ci_high));
        let points = own.iter().map(point).collect();
        let curve = Curve { name: "share reached, 95 % interval".into(), role: Role::Control(0), points };
        CurvePanel { title: claim.into(), curves: vec![curve] }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_has_a_panel_where_it_could_be_tested() {
        let row = |claim: &str, effect, reached: usize, testable| PowerRow {
            claim: claim.into(),
            effect,
            labellings: 10,
            reached,
            rate: reached as f64 / 10.0,
            ci_low: 0.0,
            ci_high: 1.0,
            testable,
        };
        let rows = [row("quality-rises", 0.2, 3, 10), row("quality-rises", 0.8, 9, 10), row("lesion-hurts", 0.2, 0, 0)];
        let drawn = drawing(&rows).expect("finite").expect("a figure");
        let svg = drawn.figure.svg();
        assert!(svg.contains("0.2, share reached, 95 % interval: 0.3 [0, 1]"), "{svg}");
        assert!(svg.contains("quality-rises") && !svg.contains("lesion-hurts"));
        assert!(drawing(&rows[2..]).expect("nothing to draw").is_none());
    }
}
