//! The report in a real browser: quiet, whole at every width and in every scheme, and usable by mouse and by keyboard.

#[path = "browser/devtools.rs"]
mod devtools;

#[allow(dead_code, reason = "the page needs only some of the gallery's charts")]
#[path = "../examples/gallery/charts.rs"]
mod charts;
#[path = "../examples/gallery/classifier.rs"]
mod classifier;
#[path = "../examples/gallery/page.rs"]
mod page;

use devtools::Browser;
use serde_json::json;
use std::path::PathBuf;
use tempfile::TempDir;

/// A browser and the report of the gallery as a file; `None` where no browser is installed.
struct Visit {
    browser: Browser,
    file: PathBuf,
    _folder: TempDir,
}

impl Visit {
    fn start() -> Option<Self> {
        let browser = Browser::start()?;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("report.html");
        std::fs::write(&file, page::report().expect("a report").html()).expect("written");
        let mut visit = Self { browser, file, _folder: folder };
        visit.browser.resize(1200);
        visit.open("");
        Some(visit)
    }

    fn open(&mut self, fragment: &str) {
        let file = self.file.clone();
        self.browser.open(&file, fragment);
    }

    fn assert_quiet(&self) {
        let noisy = ["Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded"];
        for event in noisy {
            assert!(self.browser.events(event).is_empty(), "{event}: {:?}", self.browser.events(event));
        }
        let requests = self.browser.events("Network.requestWillBeSent");
        // Pictures are data of the page itself, which browsers report as if they were asked for.
        let addresses = requests.iter().filter_map(|request| request["request"]["url"].as_str());
        let asked: Vec<&str> = addresses.filter(|address| !address.starts_with("data:image/png;base64,")).collect();
        assert!(asked.len() == 1 && asked[0] == requests[0]["documentURL"], "{asked:?}");
    }

    fn assert_no_sideways_scroll(&mut self) {
        self.browser.assert("document.documentElement.scrollWidth <= document.documentElement.clientWidth");
    }
}

/// The labels of the panels that are seen, one string each.
const SEEN: &str = "[...document.querySelectorAll('.panel')].filter(p => p.offsetHeight > 0)\
                    .map(p => p.querySelector('h4').textContent)";
/// What is broader than its place, by name.
const CUT: &str = "[...document.querySelectorAll('.drawing, .table, pre')].filter(e => e.scrollWidth > e.clientWidth + 1)\
                   .map(e => e.getAttribute('aria-label'))";
const ANNOUNCED: &str = "document.getElementById('announcement').textContent";
const TIP: &str = "document.querySelector('.tip').hidden ? '' : document.querySelector('.tip').innerText";

#[test]
fn the_page_is_quiet_and_shows_one_panel() {
    let Some(mut visit) = Visit::start() else { return };
    visit.assert_quiet();
    visit.browser.assert(&format!("document.title.includes('gallery') && {SEEN}.length === 1"));
    assert_eq!(visit.browser.evaluate(SEEN), json!(["conv1_1 · pleasant"]));
    visit.browser.assert("document.getElementById('x1').querySelector('.pickers').offsetHeight > 0");
}

#[test]
fn the_policy_stops_a_foreign_script() {
    let Some(mut visit) = Visit::start() else { return };
    let foreign = "const s = document.createElement('script'); s.textContent = 'window.foreign = 1';\
                   document.body.append(s); const i = new Image(); i.src = 'https://evil.example/x';\
                   document.body.append(i);";
    visit.browser.evaluate(foreign);
    visit.browser.assert("window.foreign === undefined");
    assert!(!visit.browser.events("Log.entryAdded").is_empty(), "the browser reports what the policy stopped");
}

#[test]
fn a_click_and_keys_pick_a_panel_and_the_address_remembers_it() {
    let Some(mut visit) = Visit::start() else { return };
    let browser = &mut visit.browser;
    browser.click("document.querySelector('#x1 input[value=\"2\"]')");
    assert_eq!(browser.evaluate(SEEN), json!(["conv1_1 · unpleasant"]));
    assert_eq!(browser.evaluate(ANNOUNCED), json!("Shown: layer conv1_1, emotion unpleasant."));
    browser.evaluate("document.querySelector('#x1 select').focus()");
    browser.press("ArrowDown", 40);
    assert_eq!(browser.evaluate(SEEN), json!(["conv1_2 · unpleasant"]));
    browser.evaluate("document.querySelector('#x1 input:checked').focus()");
    browser.press("ArrowUp", 38);
    assert_eq!(browser.evaluate(SEEN), json!(["conv1_2 · neutral"]));
    let fragment = browser.evaluate("location.hash").as_str().expect("a text").to_string();
    assert_eq!(fragment, "#x1-layer=conv1_2&x1-emotion=neutral");
    visit.open("");
    assert_eq!(visit.browser.evaluate(SEEN), json!(["conv1_1 · pleasant"]));
    visit.open(&fragment);
    assert_eq!(visit.browser.evaluate(SEEN), json!(["conv1_2 · neutral"]));
    visit.browser.assert("document.querySelector('#x1 select').selectedIndex === 1");
    visit.open("#x1-layer=no-such-layer&x1-emotion=<script>");
    assert_eq!(visit.browser.evaluate(SEEN), json!(["conv1_1 · pleasant"]));
    visit.assert_quiet();
}

/// A mark of each figure of a classifier, and a part of what it tells.
const CLASSIFIER_MARKS: [(&str, &str); 6] = [
    ("g.layer:nth-of-type(2) > rect", "conv1: convolution 11×11, 96 channels of 55 × 55"),
    ("g.marks > path", "true class "),
    ("g.picture image", "IAPS 10000.jpg: true class Adoration, right"),
    ("g.bar > polyline, g.bar > circle", "95 % CI, bootstrap over videos ["),
    ("g.merge > polyline", "Adoration, Aesthetic Appreciation: merged at "),
    ("g.reference > line", "chance: 0.05"),
];

#[test]
fn hovering_and_arrow_keys_tell_the_values() {
    let Some(mut visit) = Visit::start() else { return };
    let browser = &mut visit.browser;
    assert_eq!(browser.evaluate(TIP), json!(""));
    browser.hover("document.querySelectorAll('#x1 .shown svg g.series')[1].querySelectorAll('circle')[25]");
    let tip = browser.evaluate(TIP);
    let tip = tip.as_str().expect("a text");
    assert!(tip.starts_with("drawn scenes: change of F1 (%)\n2.5, selective (95 % CI): "), "{tip}");
    browser.assert("document.querySelectorAll('.told').length === 1");
    browser.press("Escape", 27);
    assert_eq!(browser.evaluate(TIP), json!(""));
    browser.hover("document.querySelector('.cell text')");
    let cell = browser.evaluate(TIP).as_str().expect("a text").to_string();
    assert!(cell.contains("pleasant, pleasant: −43.2, q < .05"), "{cell}");
    browser.hover("document.querySelector('g.bar')");
    let bar = browser.evaluate(TIP).as_str().expect("a text").to_string();
    assert!(bar.contains("conv1_1, pleasant: ") && bar.ends_with(" %"), "{bar}");

    for (mark, told) in CLASSIFIER_MARKS {
        browser.hover(&format!("document.querySelector('{mark}')"));
        let tip = browser.evaluate(TIP).as_str().expect("a text").to_string();
        assert!(tip.contains(told), "{mark}: {tip}");
    }

    browser.evaluate("document.querySelector('#x1 .shown .drawing').focus()");
    browser.press("ArrowRight", 39);
    browser.press("ArrowRight", 39);
    let said = browser.evaluate(ANNOUNCED).as_str().expect("a text").to_string();
    assert!(said.starts_with("drawn scenes: change of F1 (%). 0.1, random"), "{said}");
    browser.press("End", 35);
    let said = browser.evaluate(ANNOUNCED).as_str().expect("a text").to_string();
    assert!(said.starts_with("photographs: change of F1 (%). 5, selective"), "{said}");
    browser.assert(
        "(() => { const t = document.querySelector('.tip').getBoundingClientRect(); \
         return t.left >= 0 && t.right <= innerWidth && t.top >= 0 && t.bottom <= innerHeight; })()",
    );
    browser.evaluate("document.activeElement.blur()");
    assert_eq!(browser.evaluate(TIP), json!(""));
    visit.assert_quiet();
}

#[test]
fn nothing_is_cut_at_any_width_or_scheme() {
    let Some(mut visit) = Visit::start() else { return };
    for width in [320, 360, 768, 1200, 1920] {
        visit.browser.resize(width);
        for scheme in ["light", "dark"] {
            visit.browser.emulate("screen", scheme);
            visit.open("");
            visit.assert_no_sideways_scroll();
            visit.browser.hover("document.querySelector('#x1 .shown svg g.series circle')");
            visit.assert_no_sideways_scroll();
        }
    }
}

#[test]
fn drawings_follow_a_dark_page_but_heat_map_cells_do_not() {
    let Some(mut visit) = Visit::start() else { return };
    let fill = |element: &str| format!("getComputedStyle(document.querySelector('{element}')).fill");
    let (paper, title, cell) = (fill(".drawing svg > rect"), fill(".drawing svg > text"), fill(".cell rect"));
    let seen = |browser: &mut Browser| [&paper, &title, &cell].map(|expression| browser.evaluate(expression));
    let light = seen(&mut visit.browser);
    assert_eq!(light[..2], [json!("rgb(255, 255, 255)"), json!("rgb(26, 26, 26)")]);
    visit.browser.emulate("screen", "dark");
    let dark = seen(&mut visit.browser);
    assert_eq!(dark[..2], [json!("rgb(27, 30, 34)"), json!("rgb(236, 236, 236)")]);
    assert_eq!(light[2], dark[2]);
    visit.browser.emulate("print", "dark");
    assert_eq!(seen(&mut visit.browser), light, "paper is white");
}

#[test]
fn pictures_of_the_page_are_shown() {
    let Some(mut visit) = Visit::start() else { return };
    let decoded = "Promise.all([...document.querySelectorAll('.picture image')].map(async (element) => {\
                   const picture = new Image(); picture.src = element.href.baseVal; await picture.decode();\
                   return picture.naturalWidth; }))";
    let widths = visit.browser.evaluate(decoded);
    let widths = widths.as_array().expect("widths");
    assert!(widths.len() > 20 && widths.iter().all(|width| *width == json!(96) || *width == json!(72)), "{widths:?}");
    let size = "(() => { const b = document.querySelector('.picture image').getBBox(); return b.width / b.height; })()";
    assert_eq!(visit.browser.evaluate(size), json!(1.6));
    visit.assert_quiet();
}

#[test]
fn print_shows_every_panel_and_no_control() {
    let Some(mut visit) = Visit::start() else { return };
    let browser = &mut visit.browser;
    browser.emulate("print", "light");
    // A4 without its margins.
    browser.resize(718);
    browser.assert(&format!("{SEEN}.length === 39"));
    browser.assert("[...document.querySelectorAll('.pickers, button, nav')].every(e => e.offsetHeight === 0)");
    visit.assert_no_sideways_scroll();
    assert_eq!(visit.browser.evaluate(CUT), json!([]));
}

#[test]
fn on_a_laptop_nothing_is_cut() {
    let Some(mut visit) = Visit::start() else { return };
    visit.browser.resize(1200);
    visit.assert_no_sideways_scroll();
    assert_eq!(visit.browser.evaluate(CUT), json!([]));
}

#[test]
fn without_script_every_panel_is_shown() {
    let Some(mut visit) = Visit::start() else { return };
    visit.browser.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    visit.open("");
    let browser = &mut visit.browser;
    browser.assert("!document.documentElement.classList.contains('scripted')");
    browser.assert(&format!("{SEEN}.length === 39"));
    browser.assert("document.querySelector('.pickers').offsetHeight === 0 && !document.querySelector('button')");
    browser.assert("document.querySelector('#x1 svg title').textContent.includes('random')");
}

#[test]
fn a_button_copies_what_stands_beside_it() {
    let Some(mut visit) = Visit::start() else { return };
    let grant = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    visit.browser.call("Browser.grantPermissions", grant);
    let browser = &mut visit.browser;
    let copied = |browser: &mut Browser, label: &str| {
        browser.click(&format!("document.querySelector('.copyable[aria-label=\"{label}\"] button')"));
        browser.evaluate("navigator.clipboard.readText()").as_str().expect("a text").to_string()
    };
    assert!(copied(browser, "Shell").starts_with("git clone https://example.org/gainlab.git && cd gainlab\ncargo run"));
    assert_eq!(browser.evaluate(ANNOUNCED), json!("Copied."));
    let methods = copied(browser, "Methods text");
    assert!(methods.contains("and Adam [choice] at a learning rate"), "{methods}");
    assert!(methods.contains("of the pictures.\n\nIntervals are"), "{methods}");
}

#[test]
fn every_control_and_region_has_a_name() {
    let Some(mut visit) = Visit::start() else { return };
    let tree = visit.browser.call("Accessibility.getFullAXTree", json!({}));
    let nodes = tree["nodes"].as_array().expect("nodes");
    let named =
        ["application", "region", "combobox", "radio", "button", "group", "link", "table", "image", "navigation"];
    let mut seen = std::collections::BTreeMap::new();
    for node in nodes.iter().filter(|node| node["ignored"] == json!(false)) {
        let role = node["role"]["value"].as_str().unwrap_or_default();
        if let Some(role) = named.iter().find(|name| **name == role) {
            let name = node["name"]["value"].as_str().unwrap_or_default();
            assert!(!name.is_empty(), "{node}");
            *seen.entry(role).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.get(&"combobox"), Some(&1));
    assert_eq!(seen.get(&"radio"), Some(&3));
    assert!(seen.get(&"application") > Some(&10) && seen.get(&"button") == Some(&3), "{seen:?}");
}
