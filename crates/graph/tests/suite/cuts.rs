//! Cuts: what is computed when, what is kept, and what may be freed.

use graph::{Graph, KNOWN, NodeId, Schedule, known};

fn names(graph: &Graph, ids: &[NodeId]) -> Vec<String> {
    ids.iter().map(|&id| graph.node(id).name.clone()).collect()
}

/// Follows a schedule as an executor would: reads only what is there, and frees nothing that is still read.
fn follow(graph: &Graph, schedule: &Schedule, live: &mut Vec<NodeId>) -> usize {
    let size = |live: &[NodeId]| live.iter().map(|&id| graph.node(id).shape.values()).sum::<usize>();
    let mut peak = 0;
    for step in &schedule.steps {
        for input in &graph.node(step.node).inputs {
            assert!(live.contains(input), "{} reads what is not there", graph.node(step.node).name);
        }
        live.push(step.node);
        peak = peak.max(size(live));
        for freed in &step.frees {
            assert!(live.contains(freed), "freed once");
            live.retain(|id| id != freed);
        }
    }
    peak
}

#[test]
fn a_suffix_after_its_prefix_computes_every_node_once_at_every_site() {
    for known in KNOWN {
        let graph = known.build().expect("builds").graph;
        for site in graph.sites() {
            let cut = graph.cut(&site);
            let mut live = Vec::new();
            follow(&graph, &cut.prefix, &mut live);
            let mut held = cut.kept.clone();
            held.push(site.node);
            held.sort();
            live.sort();
            assert_eq!(live, held, "{}: the prefix holds the site and what is kept", known.name);
            for _ in 0..2 {
                let mut during = live.clone();
                let peak = follow(&graph, &cut.suffix, &mut during);
                assert_eq!(peak, cut.suffix.peak_values, "{} at {}", known.name, site.name);
                assert!(during.contains(&graph.output()) && live.iter().all(|id| during.contains(id)));
                assert!(during.len() <= live.len() + 1, "only the output is left over");
            }
            let mut all: Vec<_> = cut.prefix.steps.iter().chain(&cut.suffix.steps).map(|step| step.node).collect();
            all.sort();
            assert!(all.into_iter().eq(graph.ids()), "{} at {}", known.name, site.name);
        }
    }
}

#[test]
fn skip_connections_are_kept() {
    let resnet = known("resnet18").expect("known").build().expect("builds");
    let kept = |site: &str| names(&resnet.graph, &resnet.graph.cut(&resnet.site(site).expect("a site")).kept);
    assert!(kept("layer1.0").is_empty(), "every path goes through the end of a block");
    assert_eq!(kept("layer1.1.relu1"), ["layer1.0.relu"]);
    let lite = known("efficientnet-lite0").expect("known").build().expect("builds");
    let kept = names(&lite.graph, &lite.graph.cut(&lite.site("blocks.2").expect("a site")).kept);
    assert_eq!(kept, ["_blocks.1._project_conv"]);
    let squeezenet = known("squeezenet1_1").expect("known").build().expect("builds");
    let site = squeezenet.site("features.3.expand1x1_activation").expect("a site");
    assert_eq!(names(&squeezenet.graph, &squeezenet.graph.cut(&site).kept), ["features.3.expand3x3_activation"]);
}

#[test]
fn memory_is_held_down() {
    let vgg = known("vgg16").expect("known").build().expect("builds").graph;
    let schedule = vgg.schedule();
    assert_eq!(schedule.peak_values, 2 * 64 * 224 * 224, "one layer's input and output, not all fifteen million");
    let mut live = Vec::new();
    follow(&vgg, &schedule, &mut live);
    assert_eq!(live, [vgg.output()]);
}
