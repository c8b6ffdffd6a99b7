//! What networks are, and which cannot be.

use super::*;

#[test]
fn vgg16_has_the_published_size() {
    let network = Architecture::vgg16(1000);
    assert_eq!(network.sites().len(), 13);
    assert_eq!(network.channels(), 4224);
    assert_eq!(network.graph().weight_count(), 138_357_544, "torchvision's parameter count");
    assert_eq!(network.graph().total_multiplications(), 15_470_264_320, "15.5 billion for one picture");
    assert_eq!((network.feature_units(), network.classes()), (4096, 1000));
}

#[test]
fn a_line_costs_what_follows_the_next_layer() {
    let network = Architecture::vgg16(1000);
    let (first, last) = (network.line_cost(0), network.line_cost(12));
    let total = network.multiplications();
    assert_eq!(first.before + first.linear + first.per_slope, total);
    assert_eq!(last.before, total - 25_088 * 4096 - 4096 * 4096);
    assert_eq!((last.linear, last.per_slope), (25_088 * 4096, 4096 * 4096));
}

#[test]
fn without_dense_layers_the_features_are_the_pooled_maps() {
    let network = Architecture::vgg16_notop();
    assert_eq!((network.feature_units(), network.classes()), (25_088, 0));
}

#[test]
fn other_sites_are_chosen_by_name_and_refused_with_those_there_are() {
    let network = Architecture::tiny();
    let names = ["relu6".to_string(), "conv1_1".to_string()];
    let chosen = network.with_sites(&names).expect("two activations");
    assert_eq!(chosen.site_names(), ["conv1_1", "relu6"], "in the order of computation");
    assert_eq!(chosen.sites()[1].channels, 10);
    let refused = |name: &str| network.with_sites(&[name.into()]).expect_err("no site").to_string();
    assert!(refused("conv9").contains("conv1_1, conv1_2"), "{}", refused("conv9"));
    assert!(refused("pool1").contains("a gain acts on activations"), "{}", refused("pool1"));
    assert!(network.with_sites(&["conv1_1".into(), "relu1_1".into()]).is_err(), "one node under two names");
    assert!(network.with_sites(&[]).is_err(), "no site");
}

#[test]
fn a_network_is_read_as_it_was_written() {
    let network = Architecture::tiny();
    let text = serde_json::to_string(&network).expect("plain values");
    assert_eq!(serde_json::from_str::<Architecture>(&text).expect("just written"), network);
}
