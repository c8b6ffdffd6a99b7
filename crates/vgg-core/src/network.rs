//! A network on a device: the full pass, the pass with taps, the prefix up to a site and the suffix from it.
//!
//! A prefix and a suffix are the two halves of the same trip through the graph, so that their composition is the full
//! pass to the last bit.

mod halts;
mod values;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use graph::NodeId;
use ndarray::{Array2, ArrayView4};

use crate::checkpoint::Mismatch;
use crate::device::{Device, DeviceInfo};
use crate::executor::{self, ComputeError, Executor, Map};
use crate::gain_line::LineRoute;
use crate::route::Route;
use crate::{Architecture, Checkpoint, Intervention, InterventionError, Preprocessing};
use halts::Halt;
pub(crate) use values::Values;

/// A network whose weights lie on a device, ready for forward passes.
pub struct Network {
    architecture: Architecture,
    preprocessing: Preprocessing,
    device: DeviceInfo,
    pub(crate) executor: Box<dyn Executor>,
    whole: Route,
    tapped: Route,
    scores: Route,
    /// The ways around each site, found when a pass first asks for them: a chunk is about one site of many.
    ways: Vec<OnceLock<Ways>>,
    room: AtomicUsize,
    on_lack: Box<dyn Fn(usize, usize) + Send + Sync>,
}

/// The ways around one site.
struct Ways {
    halt: Halt,
    line: LineRoute,
}

/// A batch's trip through the untouched network, halted at a site: the site's value before any intervention, and all
/// values from before it that are still to be read.
#[derive(Clone)]
pub struct Trip {
    pub(crate) site: usize,
    /// Values up to the site that are read behind it, and its own.
    kept: Values,
    /// The same, and all others that do not depend on the site.
    pub(crate) aside: Values,
}

/// What one pass through the untouched network gives.
///
/// # Shapes
/// - `responses`: one array `[pictures × channels]` per site, the spatial mean of each map
/// - `features`: `[pictures × feature units]`, what recognition heads read
pub struct Tapped {
    /// Responses, Liu et al. 2024 eq. 2.
    pub responses: Vec<Array2<f32>>,
    /// Features of fc7, or whatever the architecture names.
    pub features: Array2<f32>,
}

/// Why a pass under an intervention gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The device.
    #[error(transparent)]
    Compute(#[from] ComputeError),
    /// An intervention that this network, or this part of it, cannot take.
    #[error(transparent)]
    Intervention(#[from] InterventionError),
}

impl Network {
    /// Puts weights on a device.
    ///
    /// # Errors
    /// Weights that do not fit their architecture.
    pub fn new(checkpoint: &Checkpoint, device: &Device) -> Result<Self, Mismatch> {
        checkpoint.validate()?;
        let architecture = checkpoint.architecture.clone();
        let (graph, features) = (architecture.graph(), architecture.features());
        let taps: Vec<NodeId> = architecture.sites().iter().map(|site| site.node).collect();
        let needed = graph.ancestors(&[features]);
        let run = |wanted: bool| -> Vec<bool> {
            graph.ids().map(|id| id != graph.input() && needed[id.index()] == wanted).collect()
        };
        Ok(Self {
            whole: Route::new(graph, &run(true), &[features]),
            tapped: Route::seeing(graph, &run(true), &[features], &taps),
            scores: Route::new(graph, &run(false), &[graph.output()]),
            ways: architecture.sites().iter().map(|_| OnceLock::new()).collect(),
            preprocessing: checkpoint.preprocessing.clone(),
            device: device.info().clone(),
            executor: executor::place(checkpoint, device),
            architecture,
            room: AtomicUsize::new(usize::MAX),
            on_lack: Box::new(|_, _| {}),
        })
    }

    /// The network that this was made from.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// How pictures are prepared for these weights.
    pub fn preprocessing(&self) -> &Preprocessing {
        &self.preprocessing
    }

    /// Where it computes.
    pub fn device(&self) -> &DeviceInfo {
        &self.device
    }

    /// Features of a batch `[pictures, 3, side, side]` under an intervention.
    ///
    /// # Errors
    /// The device failed, or the network has no such site to intervene on.
    pub fn features(
        &self,
        pictures: ArrayView4<'_, f32>,
        intervention: &Intervention,
    ) -> Result<Array2<f32>, PassError> {
        intervention.validate(&self.architecture)?;
        let values = self.run(&self.whole, self.uploaded(pictures), intervention);
        Ok(self.read(values)?)
    }

    /// Class scores (logits) of a batch `[pictures, 3, side, side]`, as `[pictures × classes]`.
    ///
    /// # Errors
    /// The device failed, or the network has no class scores.
    pub fn logits(&self, pictures: ArrayView4<'_, f32>) -> Result<Array2<f32>, ComputeError> {
        if self.architecture.classes() == 0 {
            return Err(ComputeError::new(self.device.to_string(), "the network has no class scores"));
        }
        let values = self.run(&self.whole, self.uploaded(pictures), &Intervention::none());
        let mut values = self.run(&self.scores, values, &Intervention::none());
        one(self.executor.download(vec![values.take(self.architecture.graph().output())])?)
    }

    /// Responses of every site and the features, in one pass.
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
    /// let tapped = network.tapped(Array4::zeros((2, 3, side, side)).view())?;
    /// assert_eq!(tapped.responses.len(), network.architecture().sites().len());
    /// assert_eq!(tapped.features.nrows(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The device failed.
    pub fn tapped(&self, pictures: ArrayView4<'_, f32>) -> Result<Tapped, ComputeError> {
        let mut means = vec![None; self.architecture.sites().len()];
        let values = self.walk(&self.tapped, self.uploaded(pictures), &Intervention::none(), |id, map| {
            if let Some(site) = self.site_at(id) {
                means[site] = Some(self.executor.means(map));
            }
        });
        let responses = self.executor.download(means.into_iter().flatten().collect())?;
        Ok(Tapped { responses, features: self.read(values)? })
    }

    /// Whole values of some nodes of the graph, each `[pictures × units]` with maps flattened channel first, row by row.
    ///
    /// # Examples
    /// ```
    /// use ndarray::Array4;
    /// use vgg_core::device::Device;
    /// use vgg_core::random::he_initialised;
    /// use vgg_core::{Architecture, Network};
    ///
    /// let network = Network::new(&he_initialised(&Architecture::tiny(), 1), &Device::cpu())?;
    /// let graph = network.architecture().graph();
    /// let nodes = [graph.find("conv1_1").expect("a convolution"), graph.output()];
    /// let pictures = Array4::from_elem((2, 3, 16, 16), 0.5);
    /// let values = network.values(pictures.view(), &nodes)?;
    /// assert_eq!(values[0].dim(), (2, graph.node(nodes[0]).shape.values()));
    /// assert_eq!(values[1], network.logits(pictures.view())?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The device failed.
    pub fn values(&self, pictures: ArrayView4<'_, f32>, nodes: &[NodeId]) -> Result<Vec<Array2<f32>>, ComputeError> {
        let graph = self.architecture.graph();
        let mut runs = graph.ancestors(nodes);
        runs[graph.input().index()] = false;
        let values = self.run(&Route::new(graph, &runs, nodes), self.uploaded(pictures), &Intervention::none());
        self.executor.download(nodes.iter().map(|&node| values.get(node).clone()).collect())
    }

    /// The trip halted at a site (its position among [`Architecture::sites`]), with everything before it untouched.
    ///
    /// # Panics
    /// If the network has no such site.
    pub fn prefix(&self, pictures: ArrayView4<'_, f32>, site: usize) -> Trip {
        self.halted(self.run(&self.halt(site).direct, self.uploaded(pictures), &Intervention::none()), site)
    }

    /// The same trip halted at the next site: a whole trip computes everything once.
    ///
    /// # Panics
    /// If this is the last site.
    pub fn next(&self, trip: &Trip) -> Trip {
        let site = trip.site + 1;
        self.halted(self.run(&self.halt(site).onward, trip.kept.clone(), &Intervention::none()), site)
    }

    fn halted(&self, mut kept: Values, site: usize) -> Trip {
        let halt = self.halt(site);
        kept.keep(&halt.held);
        Trip { site, aside: self.run(&halt.aside, kept.clone(), &Intervention::none()), kept }
    }

    /// Features from a site on, under an intervention on that site or later ones. Equal to [`Network::features`] to the
    /// last bit on the CPU.
    ///
    /// # Examples
    /// ```
    /// use ndarray::Array4;
    /// use vgg_core::device::Device;
    /// use vgg_core::random::he_initialised;
    /// use vgg_core::{Architecture, GainRelu, Intervention, Network};
    ///
    /// let network = Network::new(&he_initialised(&Architecture::tiny(), 1), &Device::cpu())?;
    /// let side = network.architecture().input_side();
    /// let pictures = Array4::from_elem((1, 3, side, side), 0.5);
    /// // Channels 0 and 1 of the second site are silenced; what comes before it is computed once.
    /// let lesion = Intervention::at(1, GainRelu::lesion(network.architecture().sites()[1].channels, &[0, 1])?);
    /// let trip = network.prefix(pictures.view(), 1);
    /// assert_eq!(network.suffix(&trip, &lesion)?, network.features(pictures.view(), &lesion)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The device failed, or there is no such site to intervene on, here or at all.
    pub fn suffix(&self, trip: &Trip, intervention: &Intervention) -> Result<Array2<f32>, PassError> {
        intervention.validate(&self.architecture)?;
        intervention.validate_from(trip.site)?;
        let mut values = trip.aside.clone();
        if let Some(factors) = intervention.factors(trip.site) {
            let node = self.architecture.sites()[trip.site].node;
            values.put(node, self.executor.scaled(values.get(node), factors));
        }
        Ok(self.read(self.run(&self.halt(trip.site).suffix, values, intervention))?)
    }

    /// The same network, to which no more pictures than that are to be given at once.
    #[must_use]
    pub fn with_room_for(self, pictures: usize) -> Self {
        Self { room: AtomicUsize::new(pictures.max(1)), ..self }
    }

    /// Pictures that may be given at once, as far as is known.
    pub fn room(&self) -> usize {
        self.room.load(Ordering::Relaxed)
    }

    /// The same network, which says when memory runs out: with how many pictures, and for how many there is room now.
    #[must_use]
    pub fn on_lack_of_memory(self, say: impl Fn(usize, usize) + Send + Sync + 'static) -> Self {
        Self { on_lack: Box::new(say), ..self }
    }

    /// Notes that memory ran out with so many pictures, and gives what no trip uses back to the driver. From then
    /// on there is room for half as many; nothing where that is none.
    pub fn ran_out_with(&self, pictures: usize) -> Option<usize> {
        self.executor.reclaim();
        let half = pictures / 2;
        let room = (half > 0).then(|| self.room.fetch_min(half, Ordering::Relaxed).min(half))?;
        (self.on_lack)(pictures, room);
        Some(room)
    }

    /// The same network on a device whose memory is enough for that many pictures at once: every larger batch fails with
    /// [`Cause::OutOfMemory`](crate::device::Cause). For tests of what must go on then.
    #[must_use]
    pub fn with_memory_for(self, pictures: usize) -> Self {
        Self { executor: executor::exhausted_above(pictures, self.executor), ..self }
    }

    fn uploaded(&self, pictures: ArrayView4<'_, f32>) -> Values {
        let mut values = Values::default();
        values.put(self.architecture.graph().input(), self.executor.upload(pictures));
        values
    }

    fn read(&self, mut values: Values) -> Result<Array2<f32>, ComputeError> {
        one(self.executor.download(vec![values.take(self.architecture.features())])?)
    }

    /// Computes a route from the values that it reads.
    pub(crate) fn run(&self, route: &Route, values: Values, intervention: &Intervention) -> Values {
        self.walk(route, values, intervention, |_, _| {})
    }

    fn walk(
        &self,
        route: &Route,
        mut values: Values,
        intervention: &Intervention,
        mut tap: impl FnMut(NodeId, &Map),
    ) -> Values {
        let graph = self.architecture.graph();
        for (step, frees) in &route.steps {
            let inputs: Vec<&Map> = graph.node(step.node).inputs.iter().map(|&input| values.get(input)).collect();
            let factors = self.site_at(step.modulated()).and_then(|site| intervention.factors(site));
            let map = self.executor.step(*step, &inputs, factors);
            tap(step.last(), &map);
            values.free(frees);
            values.put(step.last(), map);
        }
        values
    }

    fn ways(&self, site: usize) -> &Ways {
        let ways =
            || Ways { halt: Halt::new(&self.architecture, site), line: LineRoute::new(&self.architecture, site) };
        self.ways.get(site).expect("a site of the network").get_or_init(ways)
    }

    fn halt(&self, site: usize) -> &Halt {
        &self.ways(site).halt
    }

    /// The ways of the gain lines of a site.
    pub(crate) fn line(&self, site: usize) -> &LineRoute {
        &self.ways(site).line
    }

    fn site_at(&self, node: NodeId) -> Option<usize> {
        self.architecture.sites().binary_search_by_key(&node, |site| site.node).ok()
    }
}

impl Trip {
    /// The site's position among [`Architecture::sites`].
    pub fn site(&self) -> usize {
        self.site
    }
}

fn one(mut arrays: Vec<Array2<f32>>) -> Result<Array2<f32>, ComputeError> {
    Ok(arrays.pop().expect("one map gives one array"))
}
