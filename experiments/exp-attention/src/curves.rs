//! Changes over gains, taken from the tables of a sweep.

use study::comparison::mean;
use study::measure::Measure;
use study::rows::SweepRow;
use study::sweep::GainTables;

/// Which curves: network, heads' set, pictures' set, layer, emotion of the channels, emotion of the head.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// The network.
    pub network: &'a str,
    /// The set on which heads were trained.
    pub train: &'a str,
    /// The set that is read.
    pub test: &'a str,
    /// The layer.
    pub layer: &'a str,
    /// The emotion of the changed channels.
    pub emotion: &'a str,
    /// The emotion of the head.
    pub task: &'a str,
}

/// Mean over splits at every gain, with its interval; ascending in gain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GainPoint {
    /// The slope.
    pub gain: f64,
    /// The change of a measure.
    pub change: f64,
    /// Ends of the 95 % interval.
    pub interval: (Option<f64>, Option<f64>),
}

/// The curve of a group that is no random draw.
pub fn group(tables: &GainTables, group: &str, key: Key<'_>, measure: Measure) -> Vec<GainPoint> {
    let belongs = |row: &&SweepRow| {
        row.group == group
            && row.network == key.network
            && row.set_train == key.train
            && row.set_test == key.test
            && row.layer == key.layer
            && row.emotion == key.emotion
            && row.task == key.task
    };
    let rows: Vec<&SweepRow> = tables.sweep.iter().filter(belongs).collect();
    let of_gain = |gain: f64| {
        let changes: Vec<f64> =
            rows.iter().filter(|row| row.gain == gain).filter_map(|row| measure.of_sweep(row)).collect();
        let first = rows.iter().find(|row| row.gain == gain)?;
        (!changes.is_empty()).then(|| GainPoint {
            gain,
            change: mean(&changes),
            interval: measure.interval_of_sweep(first),
        })
    };
    gains(rows.iter().map(|row| row.gain)).into_iter().filter_map(of_gain).collect()
}

/// The mean over random draws at every gain, with the range of 95 % of them.
pub fn random(tables: &GainTables, control: &str, key: Key<'_>, measure: Measure) -> anyhow::Result<Vec<GainPoint>> {
    let rows: Vec<_> = tables
        .draws
        .iter()
        .filter(|row| row.group == control && row.network == key.network && row.layer == key.layer)
        .filter(|row| row.set_train == key.train && row.set_test == key.test && row.emotion == key.emotion)
        .collect();
    let mut points = Vec::new();
    for gain in gains(rows.iter().map(|row| row.gain)) {
        let changes: Vec<f64> =
            rows.iter().filter(|row| row.gain == gain).filter_map(|row| measure.of_draw(row)).collect();
        if !changes.is_empty() {
            let [low, high] = stats::quantile::quantiles(&changes, [0.025, 0.975])?;
            points.push(GainPoint { gain, change: mean(&changes), interval: (Some(low), Some(high)) });
        }
    }
    Ok(points)
}

/// α of a slope, without the error that subtraction leaves in the last digits.
pub fn alpha(gain: f64) -> f64 {
    ((gain - 1.0) * 1e6).round() / 1e6
}

/// The distinct gains, ascending.
pub fn gains(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut gains: Vec<f64> = values.collect();
    gains.sort_by(f64::total_cmp);
    gains.dedup();
    gains
}
