//! Which network a graph is: a known one, one after the pattern of VGG, or one of its own. A network that is recognised
//! gets the names that its table gives to nodes, sites and features, whatever its file calls them.

use graph::{Blueprint, Correspondence, Graph, KNOWN, Known, NodeId, Op, VggTable, Weights, compare};
use stimuli::frames::EMONET_CLASSES;
use vgg_core::{Architecture, EMONET_SIDE};

use crate::emonet::EMONET;
use crate::error::Flaw;

/// The table of a network after the pattern of VGG.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    /// Groups as (channels, 3×3 convolutions).
    pub groups: Vec<(usize, usize)>,
    /// Widths of the hidden dense layers.
    pub hidden: Vec<usize>,
    /// Class scores; 0 without dense layers.
    pub classes: usize,
}

/// Whether an AlexNet of Caffe's layers is EmoNet, as far as is told beside the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emonet {
    /// The names of its tensors are EmoNet's, whatever classes it has.
    Named,
    /// Nothing speaks against it: it is EmoNet with twenty classes.
    Possible,
    /// It is another one: names or classes are others.
    No,
}

impl Emonet {
    /// Whether a row of the table is meant, of the two that are alike.
    fn means(self, known: &Known, classes: usize) -> bool {
        let emonet = match self {
            Self::Named => true,
            Self::Possible => classes == EMONET_CLASSES.len(),
            Self::No => false,
        };
        match known.name {
            EMONET => emonet,
            "alexnet-caffe" => !emonet,
            _ => true,
        }
    }
}

/// The network with its usual names, and its weights under them. `name` is for a network of its own.
///
/// # Errors
/// A network on which no experiment can be done.
pub(crate) fn recognise(
    graph: Graph,
    weights: Weights<f32>,
    name: &str,
    emonet: Emonet,
) -> Result<(Architecture, Weights<f32>), Flaw> {
    let input = graph.node(graph.input()).shape;
    let classes = graph.node(graph.output()).shape.values();
    // EmoNet has one size; at others the same layers are Caffe's.
    let emonet = if input.height == EMONET_SIDE as usize { emonet } else { Emonet::No };
    for known in KNOWN.iter().filter(|known| input.height == input.width && emonet.means(known, classes)) {
        let Ok(blueprint) = known.side(input.height).classes(classes).build() else { continue };
        if let Ok(same) = compare(&blueprint.graph, &graph) {
            return named(known.name, blueprint, |known| same.transfer(known, weights));
        }
    }
    if let Some(table) = table_of(&graph) {
        let vgg = VggTable { groups: &table.groups, hidden: &table.hidden };
        if let Ok(blueprint) = vgg.build(input.height, table.classes)
            && let Some(same) = same_or_unflattened(&blueprint.graph, &graph)
        {
            return named(&vgg_name(&table), blueprint, |known| same.transfer(known, weights));
        }
    }
    Ok((Architecture::of_graph(name, graph)?, weights))
}

/// Compares a network with one of a table. Where the table ends with flattened maps, the maps are as good.
fn same_or_unflattened(known: &Graph, found: &Graph) -> Option<Correspondence> {
    let last = known.node(known.output());
    compare(known, found).ok().or_else(|| match (&last.op, last.inputs.first()) {
        (Op::Flatten, Some(&maps)) => compare(&known.until(&known.node(maps).name).ok()?, found).ok(),
        _ => None,
    })
}

fn named(
    name: &str,
    blueprint: Blueprint,
    transfer: impl FnOnce(&Graph) -> Result<Weights<f32>, graph::WeightsError>,
) -> Result<(Architecture, Weights<f32>), Flaw> {
    let weights = transfer(&blueprint.graph)?;
    Ok((Architecture::of_blueprint(name, blueprint)?, weights))
}

/// The table of a known network, if it is one after the pattern of VGG.
pub(crate) fn table_of_known(known: &Known) -> Option<Table> {
    table_of(&known.build().ok()?.graph)
}

/// `vgg16-notop` for the convolutions of VGG-16 alone, `vgg16-custom` for other widths.
fn vgg_name(table: &Table) -> String {
    let same = |known: &&Known| table_of_known(known).is_some_and(|known| known.groups == table.groups);
    match KNOWN.iter().find(same) {
        Some(known) if table.classes == 0 => format!("{}-notop", known.name),
        _ => format!("vgg{}-custom", table.groups.iter().map(|group| group.1).sum::<usize>() + 3),
    }
}

/// The table of a chain of convolutions, pools and dense layers; whether it is right, a comparison must tell.
fn table_of(graph: &Graph) -> Option<Table> {
    let (mut groups, mut widths, mut open) = (Vec::<(usize, usize)>::new(), Vec::new(), false);
    for id in graph.ids() {
        match &graph.node(id).op {
            Op::Conv(conv) if whole(graph, id) => widths.push(conv.outputs),
            Op::Conv(conv) if open => groups.last_mut().filter(|group| group.0 == conv.outputs)?.1 += 1,
            Op::Conv(conv) => {
                groups.push((conv.outputs, 1));
                open = true;
            }
            Op::MaxPool(_) => open = false,
            Op::Dense(dense) => widths.push(dense.outputs),
            _ => {}
        }
    }
    let (classes, hidden) = widths.split_last().map_or((0, vec![]), |(last, hidden)| (*last, hidden.to_vec()));
    (!groups.is_empty()).then_some(Table { groups, hidden, classes })
}

/// Whether a convolution is a dense layer: its kernel is the whole map.
fn whole(graph: &Graph, id: NodeId) -> bool {
    let node = graph.node(id);
    let input = node.inputs.first().map(|&input| graph.node(input).shape);
    match (&node.op, input) {
        (Op::Conv(conv), Some(input)) => conv.kernel == [input.height, input.width] && conv.padding == [0; 4],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use graph::{GraphBuilder, Parameters, known};

    use super::*;

    fn zeros(graph: &Graph) -> Weights<f32> {
        let of = |id: NodeId| {
            let shape = graph.kernel_shape(id)?;
            let bias = graph.node(id).op.has_bias().then(|| vec![0.0; shape[0]]);
            Some((graph.node(id).name.clone(), Parameters { kernel: vec![0.0; shape.iter().product()], bias }))
        };
        Weights::new(graph, graph.ids().filter_map(of)).expect("of the right sizes")
    }

    /// The same network under other names, as an exporter would write it.
    fn renamed(graph: &Graph) -> Graph {
        let mut builder = GraphBuilder::new();
        let name = |id: NodeId| format!("node_{}", id.index());
        for id in graph.ids() {
            let inputs: Vec<String> = graph.node(id).inputs.iter().map(|&input| name(input)).collect();
            let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
            builder.add(name(id), graph.node(id).op.clone(), &inputs);
        }
        builder.finish(&name(graph.output())).expect("the same network")
    }

    fn recognised(graph: &Graph) -> Architecture {
        let renamed = renamed(graph);
        let weights = zeros(&renamed);
        recognise(renamed, weights, "mine", Emonet::Possible).expect("a network").0
    }

    #[test]
    fn known_networks_get_their_names_back() {
        // The large ones would need gigabytes here; `same` is tested on all of them in its own crate.
        for name in ["tiny", "vgg16-demo", "squeezenet1_1", "resnet18", "mobilenet_v2", "efficientnet-lite0"] {
            let blueprint = known(name).expect("in the table").classes(7).side(64).build().expect("large enough");
            let architecture = recognised(&blueprint.graph);
            assert_eq!(architecture, Architecture::of_blueprint(name, blueprint).expect("has sites"), "{name}");
        }
    }

    #[test]
    fn emonet_is_told_apart_from_other_alexnets_by_names_or_classes() {
        let means = |emonet: Emonet, classes| {
            let rows = ["emonet", "alexnet-caffe", "alexnet"].map(|name| known(name).expect("in the table"));
            rows.map(|row| emonet.means(&row, classes))
        };
        let (first, second) = ([true, false, true], [false, true, true]);
        assert_eq!([means(Emonet::Named, 7), means(Emonet::Named, 20)], [first; 2]);
        assert_eq!([means(Emonet::Possible, 20), means(Emonet::Possible, 1000)], [first, second]);
        assert_eq!(means(Emonet::No, 20), second);
        let small = known("alexnet-caffe").expect("in the table").classes(20).side(99).build().expect("large enough");
        assert_eq!(recognised(&small.graph).name(), "alexnet-caffe", "EmoNet has pictures of 227 pixels");
    }

    #[test]
    fn networks_after_the_pattern_of_vgg_get_its_names() {
        let check = |groups: &[(usize, usize)], hidden: &[usize], classes, name: &str| {
            let blueprint = VggTable { groups, hidden }.build(32, classes).expect("large enough");
            let architecture = recognised(&blueprint.graph);
            assert_eq!(architecture, Architecture::of_blueprint(name, blueprint).expect("has sites"), "{name}");
        };
        check(&[(2, 2), (3, 2), (4, 3), (5, 3), (6, 3)], &[8, 7], 5, "vgg16-custom");
        check(&[(2, 1), (3, 1)], &[4], 3, "vgg5-custom");
        check(&[(8, 2), (16, 2), (32, 3), (64, 3), (64, 3)], &[], 0, "vgg16-demo-notop");
        check(&[(2, 2), (3, 2), (4, 3), (5, 3), (6, 3)], &[], 0, "vgg16-custom");
    }

    #[test]
    fn maps_that_nobody_flattens_are_flattened() {
        let table = VggTable { groups: &[(2, 1), (3, 1)], hidden: &[] };
        let blueprint = table.build(32, 0).expect("large enough");
        let architecture = recognised(&blueprint.graph.until("pool2").expect("a node"));
        assert_eq!(architecture, Architecture::of_blueprint("vgg5-custom", blueprint).expect("has sites"));
    }

    #[test]
    fn another_network_keeps_its_own_names() {
        let mut builder = GraphBuilder::new();
        builder
            .add("picture", Op::Input(graph::Shape::new(3, 8, 8)), &[])
            .add("a", Op::Conv(graph::Conv::square(4, 3)), &["picture"])
            .add("b", Op::Activation(graph::Activation::Relu), &["a"])
            .add("c", Op::GlobalAverage, &["b"])
            .add("d", Op::Dense(graph::Dense { outputs: 2, bias: true }), &["c"]);
        let graph = builder.finish("d").expect("a network");
        let weights = zeros(&graph);
        let architecture = recognise(graph, weights, "mine", Emonet::Possible).expect("has a site").0;
        assert_eq!((architecture.name(), architecture.site_names()), ("mine", vec!["b".to_string()]));
    }
}
