//! What happens to factors and summands per channel: into the weights before them, into the preprocessing in front of the
//! network, or into a layer of their own.

use graph::{Conv, Dense, Op, Parameters};
use vgg_core::MeanPicture;

use super::line::Line;
use super::network::{Draft, Network, Source, Work};
use super::refusals;
use crate::arithmetic::Affine;
use crate::error::Flaw;
use crate::preprocessing::Evidence;

/// The network after it.
pub(super) struct Folded {
    /// Its nodes; only those that the output needs are meant.
    pub drafts: Vec<Draft>,
    pub output: usize,
    /// The node that stands for each node: itself, or the one that it became a part of.
    stands: Vec<usize>,
    /// For each node whether the output needs it.
    pub needed: Vec<bool>,
    /// Weights of layers that were lines.
    pub own: Vec<(String, Parameters)>,
    pub evidence: Option<Evidence>,
    /// Batch normalisations that went into the weights before them.
    pub folded: usize,
    /// The nodes of those that became layers.
    pub layers: Vec<String>,
}

/// Puts every line where it belongs.
pub(super) fn fold(network: Network<'_>, output: usize) -> Result<Folded, Flaw> {
    let mut drafts = network.drafts;
    join(&mut drafts);
    let mut folded = Folded {
        needed: needed(&drafts, output),
        stands: (0..drafts.len()).collect(),
        drafts,
        output,
        own: vec![],
        evidence: None,
        folded: 0,
        layers: vec![],
    };
    folded.prepare()?;
    folded.settle()?;
    folded.needed = needed(&folded.drafts, folded.output);
    Ok(folded)
}

/// Makes one line of lines that follow one another, but keeps what prepares the pictures apart from a normalisation.
fn join(drafts: &mut [Draft]) {
    for at in 0..drafts.len() {
        let (before, here) = drafts.split_at_mut(at);
        let Some(Draft { work: Work::Line(line), inputs, .. }) = here.first_mut() else { continue };
        let [input] = inputs[..] else { continue };
        let Work::Line(first) = &before[input].work else { continue };
        let prepares = before[input].inputs == [0] && first.norms == 0;
        if prepares && line.norms > 0 {
            continue;
        }
        *line = first.then(line);
        inputs.clone_from(&before[input].inputs);
    }
}

fn needed(drafts: &[Draft], output: usize) -> Vec<bool> {
    let mut needed = vec![false; drafts.len()];
    needed[output] = true;
    // What a node reads stands before it.
    for at in (0..drafts.len()).rev().filter(|&at| at <= output) {
        if needed[at] {
            drafts[at].inputs.iter().for_each(|&input| needed[input] = true);
        }
    }
    needed
}

impl Folded {
    /// Arithmetic in front of the network is its preprocessing.
    fn prepare(&mut self) -> Result<(), Flaw> {
        let readers: Vec<usize> =
            (0..self.drafts.len()).filter(|&at| self.needed[at] && self.drafts[at].inputs.contains(&0)).collect();
        let line = |at: usize| match &self.drafts[at].work {
            Work::Line(line) if line.norms == 0 => Some(line),
            _ => None,
        };
        let Some(&first) = readers.iter().find(|&&at| line(at).is_some()) else { return Ok(()) };
        let Some(prepared) = line(first).cloned() else { return Ok(()) };
        let same = |at: &usize| {
            let numbers = |line: &Line| (line.scale.clone(), line.shift.clone(), line.image.clone());
            line(*at).is_some_and(|line| numbers(line) == numbers(&prepared))
        };
        if let Some(&other) = readers.iter().find(|at| !same(at)) {
            let found = format!("{}, which reads the pictures otherwise", self.drafts[other].at);
            return Err(Flaw::deviation(
                &self.drafts[first].at,
                "one preparation of the pictures for all that follows",
                found,
            ));
        }
        let three = |numbers: &[f64]| std::array::from_fn(|channel| numbers.get(channel).copied().unwrap_or(f64::NAN));
        let affine = Affine { scale: three(&prepared.scale), shift: three(&prepared.shift) };
        let (at, side) = (prepared.at.join(", "), self.drafts[0].shape.height);
        self.evidence = Some(match &prepared.image {
            Some(image) => with_image(at, affine, image, side)?,
            None => Evidence::Arithmetic { at, affine },
        });
        readers.into_iter().for_each(|at| self.replace(at, 0));
        Ok(())
    }

    /// Every line that is left goes into the weights before it where nothing else reads them, and becomes a layer
    /// elsewhere.
    fn settle(&mut self) -> Result<(), Flaw> {
        let mut readers = vec![0_usize; self.drafts.len()];
        for at in (0..self.drafts.len()).filter(|&at| self.needed[at]) {
            self.drafts[at].inputs.iter().for_each(|&input| readers[self.stands[input]] += 1);
        }
        for at in 0..self.drafts.len() {
            // What a node reads stands before it, so it is known by now what became of it.
            self.drafts[at].inputs.iter_mut().for_each(|input| *input = self.stands[*input]);
            let Draft { work: Work::Line(line), inputs, .. } = &self.drafts[at] else { continue };
            let &[input] = &inputs[..] else { continue };
            if !self.needed[at] || self.stands[at] != at {
                continue;
            }
            let line = line.clone();
            if line.image.is_some() {
                return Err(refusals::from_pixel_to_pixel(&self.drafts[at].at, None));
            }
            if line.is_identity() {
                readers[input] += readers[at] - 1;
                self.replace(at, input);
                continue;
            }
            match &mut self.drafts[input].work {
                Work::Weighted(op, source) if readers[input] == 1 => {
                    self.folded += line.norms;
                    source.line = Some(source.line.take().map_or_else(|| line.clone(), |first| first.then(&line)));
                    give_bias(op);
                    readers[input] = readers[at];
                    self.replace(at, input);
                }
                _ => self.make_layer(at, &line)?,
            }
        }
        Ok(())
    }

    fn make_layer(&mut self, at: usize, line: &Line) -> Result<(), Flaw> {
        let draft = &mut self.drafts[at];
        let (conv, parameters) = line.as_depthwise(&draft.name)?;
        draft.work = Work::Plain(Op::Conv(conv));
        self.own.push((draft.name.clone(), parameters));
        self.layers.extend((line.norms > 0).then(|| line.at.join(", ")));
        Ok(())
    }

    /// Whoever reads one node reads another one from now on.
    fn replace(&mut self, gone: usize, by: usize) {
        self.stands[gone] = by;
        if self.output == gone {
            self.output = by;
        }
    }
}

/// `scale · x + shift + image` as a mean image and a standard deviation: what is subtracted is `−(shift + image) / scale`.
/// One whose pixels are all the same is a mean colour.
fn with_image(at: String, affine: Affine, image: &[f64], side: usize) -> Result<Evidence, Flaw> {
    let Affine { scale, shift } = affine;
    let plane = side * side;
    let mean = |(place, added): (usize, &f64)| {
        let channel = place / plane;
        (-(shift[channel] + added) / scale[channel]) as f32
    };
    let image = MeanPicture::new(side as u32, image.iter().enumerate().map(mean).collect())
        .map_err(|error| Flaw::deviation(&at, "a mean image of finite numbers", error.to_string()))?;
    let sd = scale.map(|scale| 1.0 / scale);
    Ok(match image.plain() {
        Some(colour) => Evidence::Arithmetic { at, affine: Affine::normalised(colour.map(f64::from), sd) },
        None => Evidence::MeanImage { at, image, sd },
    })
}

fn give_bias(op: &mut Op) {
    match op {
        Op::Conv(conv) => *conv = Conv { bias: true, ..*conv },
        Op::Dense(dense) => *dense = Dense { bias: true, ..*dense },
        _ => {}
    }
}

/// The numbers of a layer, in the order of the graph.
pub(super) fn parameters(name: &str, op: &Op, source: Source) -> Result<Parameters, Flaw> {
    let Source { kernel, transposed, columns, bias, line } = source;
    let rows = kernel.shape.first().copied().unwrap_or(0);
    let mut kernel = match (transposed, kernel.shape.get(1).copied()) {
        (true, Some(outputs)) => kernel.into_transposed(rows, outputs)?.into_raw_vec_and_offset().0,
        _ => kernel.into_floats()?,
    };
    if let Some(columns) = columns {
        let mut old = vec![0.0; columns.len()];
        for row in kernel.chunks_exact_mut(columns.len()) {
            old.copy_from_slice(row);
            row.iter_mut().zip(&columns).for_each(|(number, &place)| *number = old[place]);
        }
    }
    let bias = bias.map(crate::tensor::SourceTensor::into_floats).transpose()?;
    let parameters = Parameters { kernel, bias };
    match line {
        Some(line) => Ok(line.fold(name, parameters)?),
        None if op.has_bias() && parameters.bias.is_none() => {
            Err(graph::WeightsError::Missing { node: name.into(), tensor: "its bias".into() }.into())
        }
        None => Ok(parameters),
    }
}
