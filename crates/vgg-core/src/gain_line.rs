//! The exact evaluation of all gains of a group of channels at once.
//!
//! Scaling a group of channels of a site by a slope s gives the map `u + s·v`, where u holds the untouched channels
//! and v the group's. Max-pooling commutes with a non-negative factor per channel, and convolutions, dense layers, sums
//! and averages are linear, so up to the next activation every value is `A + s·B`. Since `A + B` is the intact value,
//! which every group of that site shares, a group costs the linear part of its own channels (B) and every slope costs a
//! multiplication and an addition before the rest of the network. A lesion is the point s = 0.
//!
//! How far the line goes is a property of the graph: [`graph::Graph::line_forms`].

mod route;

use graph::{Form, NodeId, Op};
use ndarray::Array2;

use crate::executor::Map;
use crate::network::{Network, PassError, Trip, Values};
use crate::route::Step;
use crate::{Intervention, InterventionError};
pub(crate) use route::LineRoute;

/// Features that may wait on the device to be read, in values: 16 MB.
const QUEUED_VALUES: usize = 4 << 20;

/// Where the lines of one site branch off: shared by all groups of channels of that site.
pub struct Junction {
    site: usize,
    /// Intact values: all that does not depend on the site, and of what is a line in its gain, what is read.
    intact: Values,
}

/// The line of one group of channels.
pub struct GainLine<'a> {
    network: &'a Network,
    junction: &'a Junction,
    /// The group, in each value of which it is a part as it is.
    members: Vec<(NodeId, Vec<usize>)>,
    /// B, for every value that more is read of than another B.
    directions: Values,
}

impl Network {
    /// Prepares the lines of the site where a trip was halted for a batch.
    pub fn junction(&self, trip: &Trip) -> Junction {
        let (site, line) = (trip.site(), self.line(trip.site()));
        Junction { site, intact: self.run(&line.intact, trip.aside.clone(), &Intervention::none()) }
    }

    /// The line of a group of channels of the junction's site.
    ///
    /// # Panics
    /// If the site has no such channel.
    pub fn gain_line<'a>(&'a self, junction: &'a Junction, group: &[usize]) -> GainLine<'a> {
        let route = self.line(junction.site);
        let members = route.members(self.architecture().graph(), group);
        let mut line = GainLine { network: self, junction, members, directions: Values::default() };
        for (step, frees) in &route.directions.steps {
            let direction = line.direction_at(step.node);
            line.directions.free(frees);
            line.directions.put(step.node, direction);
        }
        line
    }
}

impl GainLine<'_> {
    /// Features `[pictures × feature units]` with the group's slope at a value; 0 is the lesion, 1 the intact network.
    ///
    /// # Examples
    /// ```
    /// use ndarray::Array4;
    /// use vgg_core::device::Device;
    /// use vgg_core::random::he_initialised;
    /// use vgg_core::{Architecture, Network};
    ///
    /// let network = Network::new(&he_initialised(&Architecture::tiny(), 1), &Device::cpu())?;
    /// let side = network.architecture().input_side();
    /// let pictures = Array4::from_elem((1, 3, side, side), 0.5);
    /// let junction = network.junction(&network.prefix(pictures.view(), 0));
    /// let line = network.gain_line(&junction, &[0]);
    /// // Three slopes, among them the lesion, for one convolution of channel 0.
    /// for slope in [0.0, 1.0, 2.5] {
    ///     assert_eq!(line.features(slope)?.nrows(), 1);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`GainLine::features_at`].
    pub fn features(&self, slope: f32) -> Result<Array2<f32>, PassError> {
        Ok(self.features_at(&[slope])?.pop().expect("one slope gives one array"))
    }

    /// The same for several slopes: the device is given all of them before the first result is waited for.
    ///
    /// # Errors
    /// The device failed, or a slope that is negative, infinite or NaN.
    pub fn features_at(&self, slopes: &[f32]) -> Result<Vec<Array2<f32>>, PassError> {
        if let Some(&slope) = slopes.iter().find(|slope| !(slope.is_finite() && **slope >= 0.0)) {
            return Err(InterventionError::Line { slope }.into());
        }
        let (mut features, mut queued) = (Vec::new(), Vec::new());
        for &slope in slopes {
            let map = self.point(slope);
            let full = map.len() * (queued.len() + 1) >= QUEUED_VALUES;
            queued.push(map);
            if full {
                features.extend(self.network.executor.download(std::mem::take(&mut queued))?);
            }
        }
        features.extend(self.network.executor.download(queued)?);
        Ok(features)
    }

    fn route(&self) -> &LineRoute {
        self.network.line(self.junction.site)
    }

    /// B of a linear operation from those of what it reads.
    fn direction_at(&self, node: NodeId) -> Map {
        let graph = self.network.architecture().graph();
        let executor = &self.network.executor;
        let inputs = &graph.node(node).inputs;
        match graph.node(node).op {
            Op::Conv(_) | Op::Dense(_) => match self.group_in(inputs[0]) {
                Some(group) => executor.direction(node, self.junction.intact.get(inputs[0]), Some(group)),
                None => executor.direction(node, self.directions.get(inputs[0]), None),
            },
            // A summand that does not depend on the gain adds nothing to B.
            Op::Add => {
                let depends = inputs.iter().filter(|&&input| self.route().kind(input) != Form::Fixed);
                let parts: Vec<Map> = depends.map(|&input| self.direction_of(input)).collect();
                executor.step(Step::single(node), &parts.iter().collect::<Vec<_>>(), None)
            }
            // The other factor is what it is.
            Op::Multiply => {
                let part = |&input: &NodeId| match self.route().kind(input) {
                    Form::Fixed => self.junction.intact.get(input).clone(),
                    _ => self.direction_of(input),
                };
                let parts: Vec<Map> = inputs.iter().map(part).collect();
                executor.step(Step::single(node), &parts.iter().collect::<Vec<_>>(), None)
            }
            _ => {
                let parts: Vec<Map> = inputs.iter().map(|&input| self.direction_of(input)).collect();
                executor.step(Step::single(node), &parts.iter().collect::<Vec<_>>(), None)
            }
        }
    }

    /// B of any value: what was computed, the group of what holds it as it is, and otherwise nothing.
    fn direction_of(&self, node: NodeId) -> Map {
        if self.route().kind(node) == Form::Affine {
            return self.directions.get(node).clone();
        }
        self.with_factors(node, 0.0, 1.0)
    }

    /// A value that holds the group as it is, or not at all, with a factor for the group and one for all else.
    fn with_factors(&self, node: NodeId, others: f32, group: f32) -> Map {
        let channels = self.network.architecture().graph().node(node).shape.channels;
        let mut factors = vec![others; channels];
        self.group_in(node).unwrap_or_default().iter().for_each(|&channel| factors[channel] = group);
        self.network.executor.scaled(self.junction.intact.get(node), &factors)
    }

    fn group_in(&self, node: NodeId) -> Option<&[usize]> {
        self.members.iter().find(|(at, _)| *at == node).map(|(_, group)| group.as_slice())
    }

    fn point(&self, slope: f32) -> Map {
        let (network, route) = (self.network, self.route());
        let graph = network.architecture().graph();
        let mut values = self.junction.intact.clone();
        for &node in &route.materialised {
            values.put(node, self.at(Step::single(node), slope));
        }
        for (step, frees) in &route.curved.steps {
            let inputs = &graph.node(step.node).inputs;
            let map = match route.kind(inputs[0]) {
                Form::Affine if matches!(graph.node(step.node).op, Op::Activation(_)) => {
                    self.at(Step { node: inputs[0], activation: Some(step.node), pool: step.pool }, slope)
                }
                _ => {
                    let inputs: Vec<&Map> = inputs.iter().map(|&input| values.get(input)).collect();
                    network.executor.step(*step, &inputs, None)
                }
            };
            values.free(frees);
            values.put(step.last(), map);
        }
        values.take(network.architecture().features())
    }

    /// The value of a step on the line at a slope.
    fn at(&self, step: Step, slope: f32) -> Map {
        match self.route().kind(step.node) {
            Form::Affine => {
                let (intact, direction) = (self.junction.intact.get(step.node), self.directions.get(step.node));
                self.network.executor.line_point(step, intact, direction, slope)
            }
            _ => self.with_factors(step.node, 1.0, slope),
        }
    }
}
