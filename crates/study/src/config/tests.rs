//! What a configuration accepts, and how it refuses the rest.

use super::*;

const SMALL: &str =
    "name = \"small\"\n[[sets]]\nkind = \"synthetic\"\nname = \"a\"\nstyle = \"flat\"\nper_category = 4\nseed = 1\n";

fn check_refused(text: &str, overrides: &[&str], message: &str) {
    let overrides: Vec<String> = overrides.iter().map(|text| text.to_string()).collect();
    let error = Config::parse(text, "a.toml", &overrides).expect_err("a bad configuration").to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn a_small_configuration_has_the_papers_defaults() {
    let config = Config::parse(SMALL, "a.toml", &[]).expect("valid");
    assert_eq!((config.heads.splits, config.heads.epochs, config.sweep.draws), (20, 10, 100));
    assert_eq!(Config::parse(&config.to_toml(), "again", &[]).expect("reads back"), config);
}

#[test]
fn any_value_can_be_overridden() {
    let set: Vec<String> = ["sweep.draws=7", "heads.recipe=logistic", "sets.0.per_category=9", "seed=5"]
        .iter()
        .map(|text| text.to_string())
        .collect();
    let config = Config::parse(SMALL, "a.toml", &set).expect("valid");
    assert_eq!((config.sweep.draws, config.seed), (7, 5));
    assert_eq!(config.heads.recipe, HeadRecipe::Logistic);
    assert!(matches!(&config.sets[0], SetConfig::Synthetic(spec) if spec.per_category == 9));
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    check_refused(&SMALL.replace("name = \"small\"", "name = \"../x\""), &[], "name");
    check_refused("name = \"a\"\nsets = []", &[], "[[sets]]");
    check_refused(&SMALL.replace("per_category = 4", "per_category = \"x\""), &[], "expected usize in `per_category`");
    check_refused(SMALL, &["sweep.draws"], "key=value");
    check_refused(SMALL, &["sets.4.seed=1"], "sets has 1 entry");
    check_refused(SMALL, &["heads.learning_rate=-1"], "above 0");
    check_refused(SMALL, &["selectivity.permutations=0"], "selectivity: permutations");
    check_refused(SMALL, &["selectivity.folds=1"], "at least 2 folds");
    check_refused(SMALL, &["generalization.draws=0"], "generalization: draws");
    check_refused(&SMALL.replace("\"flat\"", "\"oil\""), &[], "oil");
}

#[test]
fn a_count_beyond_all_reason_is_refused_with_the_largest_allowed() {
    for (option, message) in [
        ("sweep.draws=1000000000", "sweep.draws: 1000000000 is too many, the largest value is 100000"),
        ("attention.control_draws=100001", "attention.control_draws: 100001 is too many, the largest value is 100000"),
        ("sweep.bootstrap=9000000", "sweep.bootstrap: 9000000 is too many, the largest value is 1000000"),
        ("heads.splits=10001", "heads.splits: 10001 is too many, the largest value is 10000"),
        ("network.random_networks=1001", "network.random_networks: 1001"),
        ("selectivity.permutations=1000000000", "selectivity.permutations: 1000000000"),
        ("generalization.draws=10000000000", "generalization.draws: 10000000000"),
        ("sets.0.per_category=100000000", "sets.0.per_category: 100000000 is too many, the largest value is 20000"),
    ] {
        check_refused(SMALL, &[option], message);
    }
    let largest = ["sweep.draws=100000".to_string(), "sets.0.per_category=20000".to_string()];
    Config::parse(SMALL, "a.toml", &largest).expect("large, but possible");
}

#[test]
fn what_a_list_names_twice_is_refused() {
    for (setting, entry) in [
        ("sweep.controls=[\"random\", \"matched\", \"random\"]", "\"random\" stands in the list twice"),
        ("sweep.layers=[\"conv5_3\", \"conv5_3\"]", "\"conv5_3\" stands in the list twice"),
        ("attention.controls=[\"permuted\", \"permuted\"]", "\"permuted\" stands in the list twice"),
        ("attention.modes=[\"tuning\", \"tuning\"]", "\"tuning\" stands in the list twice"),
    ] {
        let error = Config::parse(SMALL, "a.toml", &[setting.to_string()]).expect_err("twice").to_string();
        let key = setting.split('=').next().expect("a key");
        assert!(error.contains(key) && error.contains(entry), "{error}");
    }
}

#[test]
fn two_sets_of_one_name_are_refused_by_the_name_that_files_have() {
    let drawn = |name: &str| {
        format!("[[sets]]\nkind = \"synthetic\"\nname = \"{name}\"\nstyle = \"flat\"\nper_category = 4\nseed = 2\n")
    };
    let files = |name: &str, halves: bool| {
        format!(
            "[[sets]]\nkind = \"oasis\"\nname = \"{name}\"\nimages = \"i\"\nratings = \"r\"\nsplit_halves = {halves}\n"
        )
    };
    for (more, key, name) in [
        (drawn("a"), "sets.1.name", "`synthetic-a`"),
        (drawn("synthetic-a"), "sets.1.name", "`synthetic-a`"),
        (files("Synthetic-A ", false), "sets.1.name", "`Synthetic-A `"),
        (files("x", true) + &files("x-B", false), "sets.2.name", "`x-B`"),
        (files("all sets", false), "sets.1.name", "`all sets`"),
    ] {
        let error = Config::parse(&(SMALL.to_string() + &more), "a.toml", &[]).expect_err("one name").to_string();
        assert!(error.contains(key) && error.contains(name) && error.contains("another name"), "{error}");
    }
    let apart = SMALL.to_string() + &drawn("b") + &files("a", true) + &files("a", false);
    let names: Vec<String> =
        Config::parse(&apart, "a.toml", &[]).expect("four names").sets.iter().flat_map(SetConfig::names).collect();
    assert_eq!(names, ["synthetic-a", "synthetic-b", "a-A", "a-B", "a"]);
}

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    let in_file = |key: &str| format!("{key}\n{SMALL}");
    check_refused(&in_file("sede = 1"), &[], "a.toml: unknown key `sede`: did you mean `seed`?");
    check_refused(&in_file("draws = 1"), &[], "unknown key `draws`: did you mean `sweep.draws`?");
    check_refused(&in_file("zzz = 1"), &[], "unknown key `zzz`: the keys here are name, description, seed");
    check_refused(&format!("{SMALL}[swep]\ndraws = 1"), &[], "unknown key `swep`: did you mean `sweep`?");
    check_refused(&format!("{SMALL}[sweep]\ndrws = 1"), &[], "unknown key `sweep.drws`: did you mean `sweep.draws`?");
    check_refused(&SMALL.replace("style", "stile"), &[], "unknown key `sets.0.stile`: did you mean `sets.0.style`?");
    check_refused(&SMALL.replace("synthetic", "oasys"), &[], "kind of picture set `oasys`: did you mean `oasis`?");
    let thresholds = format!("{FILES}[sets.thresholds]\nneutrel = [4, 5]\n");
    check_refused(&thresholds, &[], "`sets.0.thresholds.neutrel`: did you mean `sets.0.thresholds.neutral`?");
    let columns = format!("{FILES}[sets.columns]\nvalenz = \"V\"\n");
    check_refused(&columns, &[], "a.toml: unknown key `sets.0.columns.valenz`: did you mean `sets.0.columns.valence`?");
    check_refused(FILES, &["sets.0.colums.valence=V"], "unknown key `sets.0.colums`: did you mean `sets.0.columns`?");
    check_refused(
        SMALL,
        &["sweep.drws=3"],
        "--set sweep.drws=3: unknown key `sweep.drws`: did you mean `sweep.draws`?",
    );
    check_refused(SMALL, &["sets.0.sed=3"], "unknown key `sets.0.sed`: did you mean `sets.0.seed`?");
    check_refused(SMALL, &["=3"], "key=value");
}

#[test]
fn a_wrong_type_names_the_option_that_brought_it() {
    check_refused(SMALL, &["seed=4", "sweep.draws=many", "heads.splits=3"], "--set sweep.draws=many: ");
    check_refused(SMALL, &["sweep.draws=many"], "sweep.draws");
}

const FILES: &str = "name = \"files\"\n[[sets]]\nkind = \"oasis\"\nname = \"a\"\nimages = \"pictures\"\nratings = \"r.csv\"\n\
                     split_halves = true\n";

fn printed(effective: &Effective, line: &str) {
    let text = effective.print();
    assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
}

#[test]
fn the_printed_configuration_names_origins_and_reads_back() {
    let options = [
        Assignment::set("sweep.draws=7").expect("key=value"),
        Assignment::set("sets.0.per_category=9").expect("key=value"),
        Assignment::seed(5),
        Assignment::weights(Path::new("a \"b\".bpk")).expect("UTF-8"),
    ];
    let effective = Effective::embedded(SMALL, "the embedded demonstration", &options).expect("valid");
    printed(&effective, "name = \"small\"  # the embedded demonstration");
    printed(&effective, "seed = 5  # --seed");
    printed(&effective, "draws = 7  # --set");
    printed(&effective, "per_category = 9  # --set");
    printed(&effective, "splits = 20  # default");
    printed(&effective, "# batch is not set");
    printed(&effective, "# step = 0.1  # default");
    let again = Config::parse(&effective.print(), "printed", &[]).expect("reads back");
    let weights = again.network.weights.clone().expect("given");
    assert!(weights.is_absolute() && weights.ends_with("a \"b\".bpk"));
    let mut expected = effective.config.clone();
    expected.network.weights = Some(weights);
    assert_eq!(again, expected);
}

#[test]
fn paths_start_from_the_file_or_from_where_the_program_runs() {
    let place = tempfile::tempdir().expect("a temporary folder");
    let file = place.path().join("a.toml");
    std::fs::write(&file, format!("{FILES}[sets.thresholds]\nneutral = [4.9, 5.4]\n")).expect("writable");
    let option = Assignment::set("sets.0.ratings=here.csv").expect("key=value");
    let effective = Effective::read(&file, &[option]).expect("valid");
    let SetConfig::Halves(spec) = &effective.config.sets[0] else { panic!("a set of files") };
    assert_eq!(spec.images, place.path().join("pictures"));
    assert_eq!(spec.ratings, Path::new("here.csv"));
    printed(&effective, &format!("neutral = [4.9, 5.4]  # {}", file.display()));
    printed(&effective, "pleasant_above = 6.5  # default");
    let again = Config::parse(&effective.print(), "printed", &[]).expect("reads back");
    let SetConfig::Halves(printed) = &again.sets[0] else { panic!("a set of files") };
    assert_eq!((&printed.images, printed.thresholds), (&spec.images, spec.thresholds));
    assert_eq!(printed.ratings, std::path::absolute("here.csv").expect("a folder"));
}

#[test]
fn columns_and_sheet_of_a_set_are_printed_with_their_origin_and_read_back() {
    let text = format!("{FILES}sheet = \"all\"\n[sets.columns]\nvalence = \"All Valence M\"\n");
    let option = Assignment::set("sets.0.columns.arousal=column 4").expect("key=value");
    let effective = Effective::embedded(&text, "a.toml", &[option]).expect("valid");
    printed(&effective, "sheet = \"all\"  # a.toml");
    printed(&effective, "[sets.columns]");
    printed(&effective, "valence = \"All Valence M\"  # a.toml");
    printed(&effective, "arousal = \"column 4\"  # --set");
    printed(&effective, "# object is not set");
    let again = Config::parse(&effective.print(), "printed", &[]).expect("reads back");
    let [SetConfig::Halves(one), SetConfig::Halves(other)] = [&effective.config.sets[0], &again.sets[0]] else {
        panic!("sets of files")
    };
    assert_eq!((&one.columns, &one.sheet), (&other.columns, &other.sheet));
}

#[test]
fn a_seed_beyond_what_toml_can_hold_is_refused() {
    let error = Effective::embedded(SMALL, "a.toml", &[Assignment::seed(u64::MAX)]).expect_err("too large");
    assert!(error.to_string().contains("--seed 18446744073709551615"), "{error}");
}
