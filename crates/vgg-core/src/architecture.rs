//! A network as experiments see it: a graph, the sites where channels can be given gain, and what recognition heads read.

#[cfg(test)]
mod tests;

use graph::{Blueprint, Form, Graph, GraphError, NodeId, Op, Site, SiteError, VggTable};
use serde::{Deserialize, Serialize};

/// The groups of VGG-16 (Simonyan & Zisserman 2015, configuration D) as (channels, convolutions).
const VGG16_GROUPS: [(usize, usize); 5] = [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)];

/// The shape of a network, without its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Architecture {
    name: String,
    graph: Graph,
    sites: Vec<Site>,
    features: NodeId,
}

/// The serialised form: by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    name: String,
    graph: Graph,
    sites: Vec<NamedSite>,
    features: String,
}

/// A site under the name that tables give it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedSite {
    /// What tables and reports call it, such as `conv1_1`.
    pub name: String,
    /// The node whose result is scaled, such as `relu1_1`.
    pub node: String,
}

/// A network on which no experiment can be done.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ArchitectureError {
    /// The graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// A site.
    #[error("{error}; the sites of this network are {}", sites.join(", "))]
    Site {
        /// Why it is none.
        error: SiteError,
        /// Those there are.
        sites: Vec<String>,
    },
    /// Pictures of another kind.
    #[error("the input is {0}; experiments need square RGB pictures, 3 channels")]
    Input(String),
    /// No such node, for what heads read.
    #[error("the network has no node {0:?} for recognition heads to read")]
    Features(String),
    /// A site from which nothing leads to what heads read.
    #[error(
        "{site}: what happens there never reaches {features}, which recognition heads read; choose an earlier site"
    )]
    Unread {
        /// The site.
        site: String,
        /// What heads read.
        features: String,
    },
    /// A site that is named twice.
    #[error("the site {0} is named twice")]
    Twice(String),
    /// No site at all.
    #[error("the network has no activation before {0}, so there is nowhere for a gain or a lesion to act")]
    NoSites(String),
}

/// What a gain line at a site costs, in multiplications for one picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LineCost {
    /// All that does not depend on the site: once for all groups of channels.
    pub before: u64,
    /// What is linear in the gain: once for the intact network, and once for each group by its share of the channels.
    pub linear: u64,
    /// All the rest, for each slope.
    pub per_slope: u64,
}

impl Architecture {
    /// A network of any graph.
    ///
    /// # Errors
    /// An input that is no square RGB picture, a node that does not exist, a site that is none or is named twice, or one
    /// that does not lead to the features.
    pub fn new(
        name: impl Into<String>,
        graph: Graph,
        sites: &[NamedSite],
        features: &str,
    ) -> Result<Self, ArchitectureError> {
        let input = graph.node(graph.input()).shape;
        if input.channels != 3 || input.height != input.width {
            return Err(ArchitectureError::Input(input.to_string()));
        }
        let features = graph.find(features).ok_or_else(|| ArchitectureError::Features(features.into()))?;
        let mut network = Self { name: name.into(), graph, sites: Vec::new(), features };
        let reaching = network.graph.ancestors(&[features]);
        network.sites = sites.iter().map(|site| network.site(site, &reaching)).collect::<Result<_, _>>()?;
        network.sites.sort_by_key(|site| site.node);
        for (position, site) in network.sites.iter().enumerate() {
            let same = |other: &Site| other.name == site.name || other.node == site.node;
            if network.sites[..position].iter().any(same) {
                return Err(ArchitectureError::Twice(site.name.clone()));
            }
        }
        match network.sites.is_empty() {
            true => Err(ArchitectureError::NoSites(network.feature_name().into())),
            false => Ok(network),
        }
    }

    /// A network of a graph that no table knows: its sites are all activations from which something leads to the
    /// features, by the names of their nodes; the features are what the last layer with weights reads, where no activation
    /// follows it, and the output otherwise.
    ///
    /// # Errors
    /// As [`Architecture::new`].
    pub fn of_graph(name: impl Into<String>, graph: Graph) -> Result<Self, ArchitectureError> {
        let features = graph.node(features(&graph)).name.clone();
        let sites = graph.until(&features)?.sites().into_iter();
        let sites: Vec<NamedSite> = sites.map(|site| NamedSite { node: site.name.clone(), name: site.name }).collect();
        Self::new(name, graph, &sites, &features)
    }

    /// A known network with the sites that its table names.
    ///
    /// # Errors
    /// As [`Architecture::new`].
    pub fn of_blueprint(name: impl Into<String>, blueprint: Blueprint) -> Result<Self, ArchitectureError> {
        let Blueprint { graph, sites, features, .. } = blueprint;
        let node = |site: Site| NamedSite { node: graph.node(site.node).name.clone(), name: site.name };
        let sites: Vec<NamedSite> = sites.into_iter().map(node).collect();
        let features = graph.node(features).name.clone();
        Self::new(name, graph, &sites, &features)
    }

    /// A network after the pattern of VGG.
    ///
    /// # Errors
    /// A side that is too small for the pools, or a width of 0.
    pub fn vgg(
        name: impl Into<String>,
        side: usize,
        table: &VggTable<'_>,
        classes: usize,
    ) -> Result<Self, ArchitectureError> {
        Self::of_blueprint(name, table.build(side, classes)?)
    }

    /// VGG-16 for 224×224 pictures: 13 convolutions with 4,224 channels, fc6 and fc7 of 4,096 units.
    ///
    /// # Examples
    /// ```
    /// use vgg_core::Architecture;
    ///
    /// let network = Architecture::vgg16(1000);
    /// assert_eq!((network.sites().len(), network.channels()), (13, 4224));
    /// assert_eq!(network.site_index("conv5_3"), Some(12));
    /// ```
    ///
    /// # Panics
    /// If there are no classes.
    pub fn vgg16(classes: usize) -> Self {
        Self::known("vgg16", classes)
    }

    /// VGG-16 without its dense layers: heads then read the pooled conv5_3.
    pub fn vgg16_notop() -> Self {
        let table = VggTable { groups: &VGG16_GROUPS, hidden: &[] };
        Self::vgg("vgg16-notop", 224, &table, 0).expect("VGG-16 is a network")
    }

    /// The demonstration network: the stages of VGG-16 at an eighth of the width, for 64×64 pictures.
    ///
    /// # Panics
    /// If there are no classes.
    pub fn vgg16_demo(classes: usize) -> Self {
        Self::known("vgg16-demo", classes)
    }

    /// The demonstration network of EmoNet, [`graph::alexnet_demo`].
    ///
    /// # Panics
    /// If there are no classes.
    pub fn alexnet_demo(classes: usize) -> Self {
        let network = graph::alexnet_demo(classes).expect("it is a network");
        Self::of_blueprint("alexnet-demo", network).expect("with sites")
    }

    /// A network of four convolutions for tests, with five classes.
    pub fn tiny() -> Self {
        Self::known("tiny", 5)
    }

    fn known(name: &str, classes: usize) -> Self {
        let known = graph::known(name).expect("in the table").classes(classes);
        Self::of_blueprint(name, known.build().expect("known networks are networks")).expect("with sites")
    }

    /// The same network with other sites: those of its table by their names there, any other by the name of its node.
    /// They are put in the order of computation.
    ///
    /// # Errors
    /// A site that does not exist or cannot take a gain.
    pub fn with_sites(&self, names: &[String]) -> Result<Self, ArchitectureError> {
        let node = |name: &String| match self.sites.iter().find(|site| site.name == *name) {
            Some(site) => self.graph.node(site.node).name.clone(),
            None => name.clone(),
        };
        let sites: Vec<NamedSite> =
            names.iter().map(|name| NamedSite { name: name.clone(), node: node(name) }).collect();
        let with_advice = |error| match error {
            ArchitectureError::Site { error, .. } => ArchitectureError::Site { error, sites: self.site_names() },
            error => error,
        };
        Self::new(self.name.clone(), self.graph.clone(), &sites, self.feature_name()).map_err(with_advice)
    }

    /// A site among the nodes that reach the features.
    fn site(&self, named: &NamedSite, reaching: &[bool]) -> Result<Site, ArchitectureError> {
        let error = |error| ArchitectureError::Site {
            error,
            sites: self.graph.sites().into_iter().map(|site| site.name).collect(),
        };
        let site = Site { name: named.name.clone(), ..self.graph.site(&named.node).map_err(error)? };
        match reaching[site.node.index()] {
            true => Ok(site),
            false => Err(ArchitectureError::Unread { site: site.name, features: self.feature_name().into() }),
        }
    }

    /// A name for people and for error messages, such as `vgg16`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The graph.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Where gains and lesions act, in the order of computation: for a VGG network its convolutions.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Names of the sites, in order.
    pub fn site_names(&self) -> Vec<String> {
        self.sites.iter().map(|site| site.name.clone()).collect()
    }

    /// Position of the site of that name among [`Architecture::sites`].
    pub fn site_index(&self, name: &str) -> Option<usize> {
        self.sites.iter().position(|site| site.name == name)
    }

    /// Number of channels over all sites.
    pub fn channels(&self) -> usize {
        self.sites.iter().map(|site| site.channels).sum()
    }

    /// Side of the square RGB input, in pixels.
    pub fn input_side(&self) -> usize {
        self.graph.node(self.graph.input()).shape.height
    }

    /// What recognition heads read.
    pub fn features(&self) -> NodeId {
        self.features
    }

    /// The name of the node that recognition heads read.
    pub fn feature_name(&self) -> &str {
        &self.graph.node(self.features).name
    }

    /// Width of the features: fc7 of VGG-16, or its pooled last convolution without dense layers.
    pub fn feature_units(&self) -> usize {
        self.graph.node(self.features).shape.values()
    }

    /// Number of class scores; 0 for a network that ends with its features.
    pub fn classes(&self) -> usize {
        if self.features == self.graph.output() { 0 } else { self.graph.node(self.graph.output()).shape.values() }
    }

    /// Multiplications from the picture to the features.
    pub fn multiplications(&self) -> u64 {
        let graph = &self.graph;
        graph.ids().take(self.features.index() + 1).map(|id| graph.multiplications(id)).sum()
    }

    /// What a gain line at a site costs.
    ///
    /// # Panics
    /// If there is no such site.
    pub fn line_cost(&self, site: usize) -> LineCost {
        let (graph, forms) = (&self.graph, self.graph.line_forms(&self.sites[site]));
        let mut cost = LineCost::default();
        for id in graph.ids().take(self.features.index() + 1) {
            let inputs = graph.node(id).inputs.iter().map(|input| forms[input.index()]);
            let part = match inputs.max().unwrap_or(Form::Fixed) {
                Form::Fixed => &mut cost.before,
                Form::Scaled | Form::Affine => &mut cost.linear,
                Form::Curved => &mut cost.per_slope,
            };
            *part += graph.multiplications(id);
        }
        cost
    }

    /// Values of the largest map.
    pub fn widest(&self) -> usize {
        self.graph.nodes().iter().map(|node| node.shape.values()).max().unwrap_or(1)
    }
}

/// What the last layer with weights reads, where no activation follows it; otherwise the output.
fn features(graph: &Graph) -> NodeId {
    let weighted = |id: &NodeId| matches!(graph.node(*id).op, Op::Conv(_) | Op::Dense(_));
    let Some(last) = graph.ids().rev().find(weighted) else { return graph.output() };
    let ends = graph.ids().skip(last.index() + 1).all(|id| !matches!(graph.node(id).op, Op::Activation(_)));
    if ends { graph.node(last).inputs[0] } else { graph.output() }
}

impl TryFrom<Stored> for Architecture {
    type Error = ArchitectureError;

    fn try_from(stored: Stored) -> Result<Self, ArchitectureError> {
        let Stored { name, graph, sites, features } = stored;
        Self::new(name, graph, &sites, &features)
    }
}

impl From<Architecture> for Stored {
    fn from(network: Architecture) -> Self {
        let node =
            |site: &Site| NamedSite { name: site.name.clone(), node: network.graph.node(site.node).name.clone() };
        let (sites, features) = (network.sites.iter().map(node).collect(), network.feature_name().into());
        Self { name: network.name, graph: network.graph, sites, features }
    }
}
