//! The shape that an operation gives, and the shapes of its weights.

use crate::geometry::Axis;
use crate::{AveragePool, Conv, Dense, GraphError, Lrn, MAX_VALUES, MAX_WINDOW, Op, Shape, Window};

impl Op {
    /// The shape of the result, for one picture. `node` is named in errors.
    ///
    /// # Errors
    /// [`GraphError::Arity`], [`GraphError::Setting`], [`GraphError::Shapes`] or [`GraphError::TooLarge`].
    pub fn output_shape(&self, node: &str, inputs: &[Shape]) -> Result<Shape, GraphError> {
        self.check_arity(node, inputs.len())?;
        let at = Place { node, inputs };
        let shape = match (self, inputs) {
            (Self::Input(shape), _) => *shape,
            (Self::Conv(conv), &[input]) => at.conv(conv, input)?,
            (Self::Dense(dense), &[input]) => at.dense(dense, input)?,
            (Self::Add, _) => at.sum()?,
            (Self::Multiply, &[a, b]) => at.product(a, b)?,
            (Self::Concat, _) => at.concat()?,
            (Self::MaxPool(pool), &[input]) => at.pool(&pool.window, pool.dilation, input)?,
            (Self::AveragePool(AveragePool { window, .. }), &[input]) => at.pool(window, [1; 2], input)?,
            (Self::GlobalAverage, &[input]) => Shape::vector(input.channels),
            (Self::Activation(activation), &[input]) => match activation.flaw() {
                Some(rule) => return Err(at.setting(rule, format!("{activation:?}"))),
                None => input,
            },
            (Self::Lrn(lrn), &[input]) => at.lrn(lrn, input)?,
            (Self::Flatten, &[input]) => Shape::vector(input.values()),
            // The arity was checked above, so one of the arms before takes every other case.
            _ => return Err(at.misfit("the inputs do not fit the operation")),
        };
        at.check_size(shape)
    }

    /// Shape of the kernel, `[outputs, inputs / groups, height, width]`, for an operation that has one. A dense
    /// matrix is `[outputs, inputs, 1, 1]`.
    pub fn kernel_shape(&self, input: Shape) -> Option<[usize; 4]> {
        match self {
            Self::Conv(conv) => {
                let reads = input.channels.checked_div(conv.groups)?;
                Some([conv.outputs, reads, conv.kernel[0], conv.kernel[1]])
            }
            Self::Dense(dense) => Some([dense.outputs, input.channels, 1, 1]),
            _ => None,
        }
    }

    /// Whether a bias is added.
    pub fn has_bias(&self) -> bool {
        matches!(self, Self::Conv(Conv { bias: true, .. }) | Self::Dense(Dense { bias: true, .. }))
    }

    fn check_arity(&self, node: &str, found: usize) -> Result<(), GraphError> {
        let expected = match self.arity() {
            (least, most) if (least..=most).contains(&found) => return Ok(()),
            (0, _) => "nothing",
            (1, 1) => "one value",
            (2, 2) => "two values",
            (1, _) => "one value or more",
            _ => "two values or more",
        };
        Err(GraphError::Arity { node: node.into(), op: self.to_string(), expected, found })
    }
}

/// The node whose shape is inferred, for messages.
struct Place<'a> {
    node: &'a str,
    inputs: &'a [Shape],
}

impl Place<'_> {
    fn conv(&self, conv: &Conv, input: Shape) -> Result<Shape, GraphError> {
        let groups = conv.groups;
        if conv.outputs == 0 || groups == 0 {
            let found = format!("{} and {groups}", conv.outputs);
            return Err(self.setting("output channels and groups must be at least 1", found));
        }
        if !conv.outputs.is_multiple_of(groups) {
            let found = format!("{groups} groups of {} output channels", conv.outputs);
            return Err(self.setting("groups must divide the output channels", found));
        }
        if !input.channels.is_multiple_of(groups) {
            return Err(self.misfit(&format!("its {groups} groups must divide the input channels")));
        }
        let [height, width] = self.slide(Axis::of_conv(conv), input)?;
        let kernel = [conv.outputs, input.channels / groups, conv.kernel[0], conv.kernel[1]];
        self.check_kernel(kernel)?;
        Ok(Shape::new(conv.outputs, height, width))
    }

    fn dense(&self, dense: &Dense, input: Shape) -> Result<Shape, GraphError> {
        if dense.outputs == 0 {
            return Err(self.setting("a dense layer needs at least 1 unit", "0".into()));
        }
        if !input.is_vector() {
            return Err(self.misfit("a dense layer reads a vector; flatten the maps before"));
        }
        self.check_kernel([dense.outputs, input.channels, 1, 1])?;
        Ok(Shape::vector(dense.outputs))
    }

    fn sum(&self) -> Result<Shape, GraphError> {
        let first = self.inputs[0];
        let same = self.inputs.iter().all(|&shape| shape == first);
        same.then_some(first).ok_or_else(|| self.misfit("a sum is of values of one shape"))
    }

    fn product(&self, a: Shape, b: Shape) -> Result<Shape, GraphError> {
        let scales = |factor: Shape, maps: Shape| factor.is_vector() && factor.channels == maps.channels;
        match (a == b || scales(b, a), scales(a, b)) {
            (true, _) => Ok(a),
            (_, true) => Ok(b),
            _ => Err(self.misfit("a product is of values of one shape, or of maps and one factor per channel")),
        }
    }

    fn concat(&self) -> Result<Shape, GraphError> {
        let first = self.inputs[0];
        if self.inputs.iter().any(|shape| (shape.height, shape.width) != (first.height, first.width)) {
            return Err(self.misfit("a concatenation is of maps of one height and width"));
        }
        let channels = self.inputs.iter().fold(0usize, |sum, shape| sum.saturating_add(shape.channels));
        Ok(Shape { channels, ..first })
    }

    fn pool(&self, window: &Window, dilation: [usize; 2], input: Shape) -> Result<Shape, GraphError> {
        let axes = Axis::of_window(window, dilation);
        let [height, width] = self.slide(axes, input)?;
        if !axes[0].sees_input(input.height, height) || !axes[1].sees_input(input.width, width) {
            return Err(self.misfit("every window of a pool must see the input, not padding alone"));
        }
        Ok(Shape { height, width, ..input })
    }

    fn lrn(&self, lrn: &Lrn, input: Shape) -> Result<Shape, GraphError> {
        let finite = lrn.alpha.is_finite() && lrn.beta.is_finite() && lrn.k.is_finite();
        if !(finite && lrn.alpha >= 0.0 && lrn.beta >= 0.0 && lrn.k > 0.0) || lrn.size() > MAX_WINDOW {
            let rule =
                "alpha and beta must be at least 0, k above 0, all numbers finite, the window at most 32,768 channels";
            return Err(self.setting(rule, format!("{lrn:?}")));
        }
        Ok(input)
    }

    fn slide(&self, axes: [Axis; 2], input: Shape) -> Result<[usize; 2], GraphError> {
        if let Some(rule) = axes[0].flaw().or(axes[1].flaw()) {
            let found = format!(
                "kernel {}×{}, stride {}×{}, padding {} {} {} {}, dilation {}×{}",
                axes[0].kernel,
                axes[1].kernel,
                axes[0].stride,
                axes[1].stride,
                axes[0].before,
                axes[1].before,
                axes[0].after,
                axes[1].after,
                axes[0].dilation,
                axes[1].dilation
            );
            return Err(self.setting(rule, found));
        }
        match (axes[0].outputs(input.height), axes[1].outputs(input.width)) {
            (Some(height), Some(width)) => Ok([height, width]),
            _ => {
                let extents = format!("{}×{}", axes[0].extent(), axes[1].extent());
                Err(self.misfit(&format!("a window of {extents} pixels is larger than the padded maps")))
            }
        }
    }

    fn check_kernel(&self, shape: [usize; 4]) -> Result<(), GraphError> {
        let product = shape.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
        if product.is_some_and(|values| values <= MAX_VALUES) { Ok(()) } else { Err(self.too_large("its kernel")) }
    }

    fn check_size(&self, shape: Shape) -> Result<Shape, GraphError> {
        let values = shape.channels.checked_mul(shape.height).and_then(|n| n.checked_mul(shape.width));
        match values {
            Some(0) => Err(self.setting("every size must be at least 1", shape.to_string())),
            Some(values) if values <= MAX_VALUES => Ok(shape),
            _ => Err(self.too_large("the numbers of its result")),
        }
    }

    fn setting(&self, rule: &'static str, found: String) -> GraphError {
        GraphError::Setting { node: self.node.into(), rule, found }
    }

    fn misfit(&self, rule: &str) -> GraphError {
        GraphError::Shapes { node: self.node.into(), rule: rule.into(), inputs: self.inputs.to_vec() }
    }

    fn too_large(&self, what: &'static str) -> GraphError {
        GraphError::TooLarge { node: self.node.into(), what, limit: MAX_VALUES as u64 }
    }
}
