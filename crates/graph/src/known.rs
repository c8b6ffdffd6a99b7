//! Networks that people use, as tables: a row per layer or block, and one short function per family that lays the rows
//! out.

mod alexnet;
mod inverted;
mod resnet;
mod sketch;
mod squeezenet;
mod state_dict;
mod vgg;

use crate::{Graph, GraphError, NodeId, Site, SiteError};
pub use state_dict::{Norm, Source, Tensor};
pub use vgg::VggTable;

/// A known network: its name, its table, and the sizes that may be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// The usual short name.
    pub name: &'static str,
    /// Where the network is described, and whose parameter names are used.
    pub origin: &'static str,
    /// Side of the square RGB input in pixels.
    pub side: usize,
    /// Number of class scores.
    pub classes: usize,
    family: Family,
}

#[derive(Clone, Copy, Debug)]
enum Family {
    Vgg(&'static VggTable<'static>),
    AlexNet(&'static alexnet::Table),
    ResNet(&'static resnet::Table),
    SqueezeNet(&'static squeezenet::Table),
    Inverted(&'static inverted::Table),
}

const VGG: &str = "Simonyan & Zisserman 2015; parameter names of torchvision";
const RESNET: &str = "He et al. 2016, stride in the 3×3 convolution; parameter names of torchvision";

/// All known networks.
pub const KNOWN: &[Known] = &[
    Known { name: "vgg11", origin: VGG, side: 224, classes: 1000, family: Family::Vgg(&vgg::VGG11) },
    Known { name: "vgg13", origin: VGG, side: 224, classes: 1000, family: Family::Vgg(&vgg::VGG13) },
    Known { name: "vgg16", origin: VGG, side: 224, classes: 1000, family: Family::Vgg(&vgg::VGG16) },
    Known { name: "vgg19", origin: VGG, side: 224, classes: 1000, family: Family::Vgg(&vgg::VGG19) },
    Known {
        name: "vgg16-demo",
        origin: "VGG-16 at an eighth of the width, made for demonstrations",
        side: 64,
        classes: 8,
        family: Family::Vgg(&vgg::DEMO),
    },
    Known {
        name: "tiny",
        origin: "four convolutions, made for tests",
        side: 16,
        classes: 5,
        family: Family::Vgg(&vgg::TINY),
    },
    Known {
        name: "alexnet",
        origin: "Krizhevsky 2014; parameter names of torchvision",
        side: 224,
        classes: 1000,
        family: Family::AlexNet(&alexnet::TORCHVISION),
    },
    Known {
        name: "alexnet-caffe",
        origin: "Krizhevsky et al. 2012 as in Caffe and MATLAB, the trunk of EmoNet; Caffe's layer names",
        side: 227,
        classes: 1000,
        family: Family::AlexNet(&alexnet::CAFFE),
    },
    Known {
        name: "emonet",
        origin: "Kragel et al. 2019, 20 emotions; parameter names of emonet-pytorch",
        side: 227,
        classes: 20,
        family: Family::AlexNet(&alexnet::EMONET),
    },
    Known { name: "resnet18", origin: RESNET, side: 224, classes: 1000, family: Family::ResNet(&resnet::RESNET18) },
    Known { name: "resnet34", origin: RESNET, side: 224, classes: 1000, family: Family::ResNet(&resnet::RESNET34) },
    Known { name: "resnet50", origin: RESNET, side: 224, classes: 1000, family: Family::ResNet(&resnet::RESNET50) },
    Known {
        name: "squeezenet1_1",
        origin: "Iandola et al. 2016, version 1.1; parameter names of torchvision",
        side: 224,
        classes: 1000,
        family: Family::SqueezeNet(&squeezenet::SQUEEZENET1_1),
    },
    Known {
        name: "mobilenet_v2",
        origin: "Sandler et al. 2018; parameter names of torchvision",
        side: 224,
        classes: 1000,
        family: Family::Inverted(&inverted::MOBILENET_V2),
    },
    Known {
        name: "efficientnet-lite0",
        origin: "Tan & Le 2019 without squeeze-and-excitation; parameter names of the package efficientnet-lite-pytorch",
        side: 224,
        classes: 1000,
        family: Family::Inverted(&inverted::EFFICIENTNET_LITE0),
    },
];

/// The known network of that name.
///
/// # Examples
/// ```
/// let vgg16 = graph::known("vgg16").expect("in the table").build()?;
/// assert_eq!(vgg16.graph.weight_count(), 138_357_544);
/// assert_eq!(vgg16.graph.total_multiplications(), 15_470_264_320);
/// assert_eq!(vgg16.sites.len(), 13);
/// # Ok::<(), graph::GraphError>(())
/// ```
pub fn known(name: &str) -> Option<Known> {
    KNOWN.iter().find(|known| known.name == name).copied()
}

/// The demonstration network of EmoNet: its layers, groups and normalisations at an eighth of the width, for 99×99 pictures,
/// the smallest at which every pool divides its map without a rest, as at 227. No file has it, so it is not among [`KNOWN`].
///
/// # Errors
/// No classes.
pub fn alexnet_demo(classes: usize) -> Result<Blueprint, GraphError> {
    alexnet::DEMO.sketch(99, classes).finish()
}

/// A known network, laid out.
#[derive(Clone, Debug)]
pub struct Blueprint {
    /// The network.
    pub graph: Graph,
    /// The default sites, in order. VGG networks and AlexNets: every convolution's ReLU, under the name of the
    /// convolution. All others: one site per block, stem and head included and the classifier left out, namely the
    /// last activation of the block. That is the ReLU behind the sum in a ResNet, the concatenated expansion of a fire
    /// module, and the ReLU6 behind the depthwise convolution of an inverted residual (whose output itself is linear).
    pub sites: Vec<Site>,
    /// What recognition heads read: all that is known of a picture before the class scores, which is what the last layer
    /// with weights reads. Without such a layer behind the convolutions it is the output.
    pub features: NodeId,
    /// Where each node's weights stand in a state dict.
    pub sources: Vec<Source>,
}

impl Known {
    /// The same network for pictures of another side. Dense layers behind a flattening get as many inputs as there
    /// are then, where torchvision would pool its maps to a fixed size.
    #[must_use]
    pub const fn side(self, side: usize) -> Self {
        Self { side, ..self }
    }

    /// The same network with another number of class scores.
    #[must_use]
    pub const fn classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// Lays the network out.
    ///
    /// # Errors
    /// A side that is too small for the network's windows, or no classes.
    pub fn build(&self) -> Result<Blueprint, GraphError> {
        match self.family {
            Family::Vgg(table) => table.sketch(self.side, self.classes),
            Family::AlexNet(table) => table.sketch(self.side, self.classes),
            Family::ResNet(table) => table.sketch(self.side, self.classes),
            Family::SqueezeNet(table) => table.sketch(self.side, self.classes),
            Family::Inverted(table) => table.sketch(self.side, self.classes),
        }
        .finish()
    }
}

impl Blueprint {
    /// A default site by its name, or any other site by the name of its node.
    ///
    /// # Errors
    /// Why there is no such site.
    pub fn site(&self, name: &str) -> Result<Site, SiteError> {
        match self.sites.iter().find(|site| site.name == name) {
            Some(site) => Ok(site.clone()),
            None => self.graph.site(name),
        }
    }
}
