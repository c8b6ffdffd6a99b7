//! Random networks that join and part: every recipe adds a node where it fits, and loose ends meet in the scores.

use graph::{
    Activation, AveragePool, Conv, Dense, Graph, GraphBuilder, Lrn, MaxPool, Op, Parameters, Shape, Weights, Window,
};
use proptest::prelude::*;

use crate::seeded::signed;

/// Operation, the values that it reads, and its settings.
pub type Recipe = (u8, u16, u16, u8);

pub fn recipes() -> impl Strategy<Value = Vec<Recipe>> {
    proptest::collection::vec(any::<Recipe>(), 4..16)
}

/// Seeded weights for every node that has some.
pub fn weights(graph: &Graph) -> Weights<f64> {
    let named = graph.ids().filter_map(|id| {
        let (name, kernel) = (graph.node(id).name.clone(), graph.kernel_shape(id)?);
        let reads: usize = kernel[1..].iter().product();
        let bias = graph.node(id).op.has_bias().then(|| signed(&format!("{name}.bias"), kernel[0], 1.0));
        let kernel = signed(&format!("{name}.kernel"), kernel.iter().product(), 2.0 / (reads as f64).sqrt());
        Some((name, Parameters { kernel, bias }))
    });
    Weights::new(graph, named.collect::<Vec<_>>()).expect("of the right lengths")
}

/// A network of a convolution, a ReLU, and what the recipes say.
pub fn network(recipes: &[Recipe]) -> Graph {
    let mut random = Random { builder: GraphBuilder::new(), values: Vec::new(), loose: Vec::new() };
    random.add(Op::Input(Shape::new(3, 7, 6)), &[]);
    random.add(Op::Conv(Conv::square(6, 3).padding(1)), &[0]);
    random.add(Op::Activation(Activation::Relu), &[1]);
    for &(op, a, b, settings) in recipes {
        // The picture and the first convolution stay behind the first site.
        let a = 2 + a as usize % (random.values.len() - 2);
        random.grow(op, a, b, settings);
    }
    random.finish()
}

struct Random {
    builder: GraphBuilder,
    values: Vec<Shape>,
    loose: Vec<bool>,
}

fn name(index: usize) -> String {
    format!("v{index}")
}

impl Random {
    /// Adds a node if it fits.
    fn add(&mut self, op: Op, inputs: &[usize]) -> Option<usize> {
        let shapes: Vec<Shape> = inputs.iter().map(|&input| self.values[input]).collect();
        let shape = op.output_shape("random", &shapes).ok().filter(|shape| shape.values() < 2000)?;
        let names: Vec<String> = inputs.iter().map(|&input| name(input)).collect();
        self.builder.add(name(self.values.len()), op, &names.iter().map(String::as_str).collect::<Vec<_>>());
        inputs.iter().for_each(|&input| self.loose[input] = false);
        self.values.push(shape);
        self.loose.push(true);
        Some(self.values.len() - 1)
    }

    fn grow(&mut self, op: u8, a: usize, b: u16, settings: u8) {
        let channels = self.values[a].channels;
        let bias = settings & 1 == 1;
        let stride = 1 + usize::from(settings >> 1 & 1);
        let window = Window {
            kernel: [2 + usize::from(settings & 1), 2],
            stride: [stride, 1 + usize::from(settings >> 4 & 1)],
            padding: [usize::from(settings >> 2 & 1), 0, usize::from(settings >> 3 & 1), 1],
            ceil: settings & 32 > 0,
        };
        let outputs = 2 + usize::from(settings >> 5);
        let conv = |outputs| Conv { bias, ..Conv::square(outputs, 3).padding(1).stride(stride) };
        let activation = |activation| Op::Activation(activation);
        match op % 22 {
            0 | 1 => self.add(Op::Conv(conv(outputs)), &[a]),
            2 => self.add(Op::Conv(Conv { dilation: [2, 1], padding: [2, 0, 2, 1], ..conv(outputs) }), &[a]),
            3 => self.add(Op::Conv(Conv { bias, ..Conv::square(outputs, 1) }), &[a]),
            4 | 5 => self.add(Op::Conv(conv(channels).groups(channels)), &[a]),
            6 => self.add(Op::Conv(conv(4).groups(2)), &[a]),
            7 | 8 => self.add(activation(Activation::Relu), &[a]),
            9 => self.add(activation(Activation::RELU6), &[a]),
            10 => self.add(activation(Activation::LeakyRelu { slope: 0.25 }), &[a]),
            11 => {
                let smooth = [Activation::Silu, Activation::HardSwish, Activation::HardSigmoid, Activation::Sigmoid];
                self.add(activation(smooth[settings as usize % 4]), &[a])
            }
            12 => self.add(Op::Lrn(Lrn::pytorch(1 + settings as usize % 4, 0.5, 0.75, 1.0)), &[a]),
            13 | 14 => self.join(Op::Add, a, b),
            15 => self.join(Op::Multiply, a, b),
            16 => self.join(Op::Concat, a, b),
            17 => self.add(Op::MaxPool(MaxPool { window, dilation: [1, 1 + usize::from(settings >> 6 & 1)] }), &[a]),
            18 => self.add(Op::AveragePool(AveragePool { window, count_include_pad: bias }), &[a]),
            19 => self.add(Op::GlobalAverage, &[a]),
            20 => {
                // Squeeze-and-excitation: maps times a gate of their own means.
                let means = self.add(Op::GlobalAverage, &[a]);
                let gate = means.and_then(|means| self.add(activation(Activation::Sigmoid), &[means]));
                gate.and_then(|gate| self.add(Op::Multiply, &[a, gate]))
            }
            _ => {
                let flat = self.add(Op::Flatten, &[a]);
                flat.and_then(|flat| self.add(Op::Dense(Dense { outputs, bias }), &[flat]))
            }
        };
    }

    /// Joins a value with another one that fits.
    fn join(&mut self, op: Op, a: usize, b: u16) -> Option<usize> {
        let fits = |b: &usize| op.output_shape("random", &[self.values[a], self.values[*b]]).is_ok();
        let partners: Vec<usize> = (0..self.values.len()).filter(fits).collect();
        let partner = *partners.get(b as usize % partners.len().max(1))?;
        self.add(op, &[a, partner])
    }

    fn finish(mut self) -> Graph {
        let ends: Vec<usize> = (0..self.values.len()).filter(|&index| self.loose[index]).collect();
        let mut scores = Vec::new();
        for end in ends {
            let means = self.add(Op::GlobalAverage, &[end]).expect("fits any value");
            scores.push(self.add(Op::Dense(Dense { outputs: 2, bias: true }), &[means]).expect("fits a vector"));
        }
        let scores = match scores[..] {
            [one] => one,
            _ => self.add(Op::Add, &scores).expect("of one shape"),
        };
        self.builder.finish(&name(scores)).expect("fits by construction")
    }
}
