//! Networks as blocks.

use super::*;

fn layer(name: &str, channels: usize, side: usize) -> NetworkLayer {
    NetworkLayer {
        name: name.into(),
        kind: "convolution".into(),
        channels,
        height: side,
        width: side,
        note: "2 groups".into(),
        is_site: side > 1,
        retrained: side == 1,
    }
}

fn network(layers: Vec<NetworkLayer>) -> NetworkDrawing {
    NetworkDrawing {
        title: "A network".into(),
        layers,
        site_label: "studied".into(),
        retrained_label: "trained anew".into(),
        caption: "n = 3".into(),
    }
}

#[test]
fn a_network_shows_its_layers_and_what_is_special_of_them() {
    let figure = network(vec![layer("conv1", 96, 55), layer("fc8", 20, 1)]).draw().expect("a figure");
    for text in ["conv1", "55×55×96", "2 groups", "fc8", "20", "retrained", "studied", "trained anew", "n = 3"] {
        assert!(figure.svg().contains(&format!(">{text}</text>")), "{text} is missing");
    }
    assert_eq!(count(&figure, "<title>conv1: convolution, 96 channels of 55 × 55, 2 groups, studied</title>"), 1);
    assert_eq!(count(&figure, "<title>fc8: convolution, 20 units, 2 groups, trained anew</title>"), 1);
    assert_sound(&figure);
    assert_texts_inside(&figure);
}

#[test]
fn networks_of_every_length_are_drawn() {
    for length in [1, 12, 13, 60] {
        let layers = (0..length).map(|index| layer(&long(), 1 << (index % 30), 1 + index)).collect();
        let figure = NetworkDrawing { title: long(), caption: long(), ..network(layers) }.draw().expect("a figure");
        assert_eq!(count(&figure, r#"<g class="layer">"#), length);
        assert_sound(&figure);
        assert_texts_inside(&figure);
    }
    let unit = network(vec![layer("unit", 1, 1), layer("large", usize::MAX, usize::MAX)]).draw().expect("a figure");
    assert_sound(&unit);
    assert_texts_inside(&unit);
}

#[test]
fn layers_without_maps_are_refused() {
    refuse(network(vec![]).draw(), "network \"A network\": there are no layers; a chart needs at least one");
    let message = |what| format!("network \"A network\", layer pool: there are no {what}; a chart needs at least one");
    refuse(network(vec![layer("pool", 0, 7)]).draw(), &message("channels"));
    refuse(network(vec![layer("pool", 7, 0)]).draw(), &message("rows"));
}
