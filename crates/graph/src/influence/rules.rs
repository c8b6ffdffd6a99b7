//! What becomes of the forms of a value in each operation: the table of [`super::Influence`].

use super::Form;
use crate::{Activation, Conv, Lrn, Op, Shape};

/// Forms of the channels of a result from those of the inputs.
pub(super) fn propagate(op: &Op, inputs: &[&[Form]], shape: Shape) -> Vec<Form> {
    let each = |rule: fn(Form) -> Form| inputs[0].iter().map(|&form| rule(form)).collect();
    match op {
        Op::Input(_) => vec![Form::Fixed; shape.channels],
        Op::Conv(conv) => grouped(conv, inputs[0]),
        Op::Dense(dense) => vec![combined(inputs[0].iter().copied(), dense.bias); shape.channels],
        Op::Add => (0..shape.channels).map(|c| combined(inputs.iter().map(|input| input[c]), false)).collect(),
        Op::Multiply => (0..shape.channels).map(|c| product(inputs[0][c], inputs[1][c])).collect(),
        Op::Concat => inputs.concat(),
        Op::MaxPool(_) => each(homogeneous),
        Op::AveragePool(_) | Op::GlobalAverage => inputs[0].to_vec(),
        Op::Activation(activation) => each(activated(*activation)),
        Op::Lrn(lrn) => normalised(lrn, inputs[0]),
        Op::Flatten => {
            let pixels = shape.channels / inputs[0].len();
            inputs[0].iter().flat_map(|&form| std::iter::repeat_n(form, pixels)).collect()
        }
    }
}

/// A linear combination of channels, plus a constant where there is one.
fn combined(forms: impl Iterator<Item = Form> + Clone, constant: bool) -> Form {
    let strongest = forms.clone().max().unwrap_or(Form::Fixed);
    let purely_scaled = !constant && forms.min() == Some(Form::Scaled);
    match strongest {
        Form::Scaled if !purely_scaled => Form::Affine,
        form => form,
    }
}

fn grouped(conv: &Conv, input: &[Form]) -> Vec<Form> {
    let (reads, gives) = (input.len() / conv.groups, conv.outputs / conv.groups);
    input
        .chunks(reads)
        .flat_map(|group| std::iter::repeat_n(combined(group.iter().copied(), conv.bias), gives))
        .collect()
}

fn product(a: Form, b: Form) -> Form {
    match (a, b) {
        (Form::Fixed, form) | (form, Form::Fixed) => form,
        _ => Form::Curved,
    }
}

fn homogeneous(form: Form) -> Form {
    if form == Form::Affine { Form::Curved } else { form }
}

fn curved(form: Form) -> Form {
    if form == Form::Fixed { form } else { Form::Curved }
}

fn activated(activation: Activation) -> fn(Form) -> Form {
    if activation.is_homogeneous() { homogeneous } else { curved }
}

fn normalised(lrn: &Lrn, input: &[Form]) -> Vec<Form> {
    let window = |c: usize| &input[c.saturating_sub(lrn.below)..(c + lrn.above + 1).min(input.len())];
    let form = |c: usize| curved(window(c).iter().copied().max().unwrap_or(Form::Fixed));
    (0..input.len()).map(form).collect()
}
