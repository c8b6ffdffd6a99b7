//! Structure of example grids and stacked shares: every text and mark is there, and bad data are refused by name.

use figures::{ChannelExample, ChannelExamples, ExampleSet, FigureError, Role, SharePanel, StackedShares};

fn shares(values: Vec<Vec<f64>>) -> StackedShares {
    StackedShares {
        title: "Shares".into(),
        x_label: "layer".into(),
        y_label: "share of channels".into(),
        layers: (0..values.len()).map(|index| format!("conv{index}_1")).collect(),
        categories: vec![("pleasant".into(), Role::Pleasant), ("neutral".into(), Role::Neutral)],
        panels: vec![vec![SharePanel { title: "IAPS".into(), shares: values }]],
        caption: "n = 3 pictures".into(),
    }
}

fn examples(curve: Vec<Option<f64>>, values: Vec<f64>) -> ChannelExamples {
    let set = ExampleSet { name: "IAPS".into(), role: Role::Network(0), curve, values };
    ChannelExamples {
        title: "Examples".into(),
        categories: ["pleasant", "neutral", "unpleasant"].map(String::from).to_vec(),
        curve_label: "tuning value".into(),
        value_label: "valence".into(),
        value_range: (1.0, 9.0),
        rows: vec![vec![ChannelExample { title: "conv1_1, channel 3".into(), sets: vec![set] }]],
        caption: "n = 3 pictures".into(),
    }
}

#[test]
fn a_bar_has_a_rectangle_per_share() {
    let bare = shares(vec![vec![0.0, 0.0]]).draw().expect("draws").svg().matches("<rect").count();
    let figure = shares(vec![vec![0.5, 0.25], vec![0.0, 1.0]]).draw().expect("draws");
    assert_eq!(figure.svg().matches("<rect").count(), bare + 2);
    assert!(figure.svg().contains("<title>conv0_1, neutral: 25 %</title>"));
    assert!(figure.svg().contains("IAPS") && figure.svg().contains("share of channels"));
    figure.png().expect("a PNG");
}

#[test]
fn shares_that_cannot_be_are_refused() {
    assert!(matches!(shares(vec![vec![0.7, 0.7]]).draw(), Err(FigureError::Interval { .. })));
    assert!(matches!(shares(vec![vec![-0.1, 0.7]]).draw(), Err(FigureError::Interval { .. })));
    assert!(matches!(shares(vec![vec![0.1]]).draw(), Err(FigureError::Shape { .. })));
    assert!(matches!(shares(vec![vec![f64::NAN, 0.1]]).draw(), Err(FigureError::NotFinite { .. })));
    assert!(matches!(shares(vec![]).draw(), Err(FigureError::Empty { .. })));
}

#[test]
fn an_example_has_its_curve_and_its_histogram() {
    let figure = examples(vec![Some(0.5), Some(-0.2), None], vec![2.0, 8.0]).draw().expect("draws");
    assert_eq!(figure.svg().matches("<circle").count(), 2 + 1, "two values and the legend");
    assert!(!figure.svg().contains("no values") && !figure.svg().contains("NaN"));
    assert!(figure.svg().contains("<title>tuning value, pleasant, IAPS: 0.5</title>"));
    assert!(figure.svg().contains("<title>valence 2 to 2.5: IAPS 50 %</title>"));
    figure.png().expect("a PNG");
    let empty = examples(vec![None; 3], vec![]).draw().expect("draws");
    assert_eq!(empty.svg().matches("no values").count(), 2);
}

#[test]
fn examples_that_cannot_be_are_refused() {
    assert!(matches!(examples(vec![None; 2], vec![]).draw(), Err(FigureError::Shape { .. })));
    assert!(matches!(examples(vec![None; 3], vec![f64::INFINITY]).draw(), Err(FigureError::NotFinite { .. })));
    let flat = ChannelExamples { value_range: (2.0, 2.0), ..examples(vec![None; 3], vec![]) };
    assert!(matches!(flat.draw(), Err(FigureError::Interval { .. })));
}
