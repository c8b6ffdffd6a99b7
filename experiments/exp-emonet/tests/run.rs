//! The program as a whole: what it leaves, twice the same, and what lesions, gains and rated pictures give.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stimuli::frames::Classes;
use vgg_core::random::he_initialised;
use vgg_core::{Architecture, Origin, weights};

/// Small enough to end in seconds: 80 frames in 20 classes.
const CUT_DOWN: &str = "
name = \"cut-down\"
seed = 3

[frames.synthetic]
name = \"clips\"
style = \"flat\"
clips = 80
frames_per_clip = 1
side = 48
seed = 1

[training]
epochs = 2

[panels]
units = 60
points = 40
prediction_points = 40
perplexity = 5.0
iterations = 50
bootstrap = 20
permutations = 50
cluster_samples = 10
cluster_draws = 3

[interventions]
sites = [\"conv2\", \"conv5\"]
frames = 10
draws = 2
";

type Row = BTreeMap<String, String>;

struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, config: &str, out: &str, more: &[&str]) -> Output {
        let file = self.path("config.toml");
        fs::write(&file, config).expect("writable");
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-emonet"));
        command.args(["--device", "cpu", "--config"]).arg(file).arg("--out").arg(self.path(out)).args(more);
        command.env("NO_COLOR", "1").output().expect("the program starts")
    }

    fn table(&self, out: &str, name: &str) -> Vec<Row> {
        let mut reader = csv::Reader::from_path(self.path(out).join(format!("tables/{name}.csv"))).expect("a table");
        let header: Vec<String> = reader.headers().expect("a header").iter().map(String::from).collect();
        let row = |record: csv::StringRecord| header.iter().cloned().zip(record.iter().map(String::from)).collect();
        reader.records().map(|record| row(record.expect("a record"))).collect()
    }

    /// Every file of a run but the manifest, which holds the time and the command.
    fn files(&self, out: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let (root, mut all, mut folders) = (self.path(out), BTreeMap::new(), vec![self.path(out)]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("readable") {
                let path = entry.expect("readable").path();
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
                if path.is_dir() {
                    folders.push(path);
                } else if name != "manifest.json" && !name.starts_with('.') {
                    all.insert(
                        path.strip_prefix(&root).expect("inside").to_path_buf(),
                        fs::read(&path).expect("bytes"),
                    );
                }
            }
        }
        all
    }

    /// Squares that grow with valence, with a table like that of OASIS; returns its part of a configuration.
    fn oasis(&self) -> String {
        let images = self.path("oasis");
        fs::create_dir(&images).expect("writable");
        let mut table = String::from(
            ",Theme,Category,Source,Valence_mean,Valence_SD,Valence_N,Arousal_mean,Arousal_SD,Arousal_N\n",
        );
        for number in 1..=30_u32 {
            let (valence, arousal) = (1.5 + f64::from(number) / 6.0, 1.5 + f64::from(number * 7 % 30) / 6.0);
            let colour = [40, (number * 7 % 30 * 8) as u8, 90];
            let inside = |x: u32, y: u32| x.abs_diff(32).max(y.abs_diff(32)) <= number;
            let pixel = |x: u32, y: u32| if inside(x, y) { [230; 3] } else { colour };
            let picture = image::RgbImage::from_fn(64, 64, |x, y| image::Rgb(pixel(x, y)));
            picture.save(images.join(format!("Acorns {number}.png"))).expect("writable");
            table += &format!("I{number},Acorns {number},Object,Drawn,{valence},1,100,{arousal},1,100\n");
        }
        fs::write(self.path("OASIS.csv"), table).expect("writable");
        "\n[[rated]]\nname = \"open\"\nkind = \"oasis\"\nimages = \"oasis\"\nratings = \"OASIS.csv\"\n".into()
    }

    /// The same pictures with a table that has no arousal.
    fn without_arousal(&self) -> String {
        let rows: String = (1..=12).map(|number| format!("Acorns {number}.png,{}\n", number % 5 + 1)).collect();
        fs::write(self.path("plain.csv"), format!("path,valence\n{rows}")).expect("writable");
        "\n[[rated]]\nname = \"plain\"\nkind = \"table\"\nimages = \"oasis\"\nratings = \"plain.csv\"\nscale = [1.0, 9.0]\n"
            .into()
    }
}

/// What stands in place of a class for the mean over all that channels prefer.
const MEAN: &str = "mean over classes";

fn check_done(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn number(row: &Row, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

#[test]
fn a_run_is_the_same_twice_and_watches_over_its_files() {
    let place = Place::new();
    check_done(&place.run(CUT_DOWN, "first", &[]));
    check_done(&place.run(CUT_DOWN, "second", &[]));
    let (first, second) = (place.files("first"), place.files("second"));
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    for (name, bytes) in &first {
        assert!(second[name] == *bytes, "{} differs", name.display());
    }
    check_no_nan(&first);
    assert!(!first.contains_key(Path::new("tables/ratings.csv")), "no pictures are rated");
    check_interventions(&place.table("first", "interventions"), &place.table("first", "intervention_tests"));
    let refused = place.run(CUT_DOWN, "first", &[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--force replaces it"));
    check_verify(&place);
    let none = CUT_DOWN.replace("draws = 2", "draws = 2\ngains = []");
    check_done(&place.run(&none, "first", &["--force"]));
    assert!(!place.files("first").contains_key(Path::new("tables/interventions.csv")), "nothing was intervened on");
}

#[test]
fn rated_pictures_are_read_from_scores_and_from_the_last_hidden_layer() {
    let place = Place::new();
    let config = format!("{CUT_DOWN}{}{}", place.oasis(), place.without_arousal());
    check_done(&place.run(&config.replace("draws = 2", "gains = []"), "run", &[]));
    let found = place.table("run", "ratings");
    let kinds: Vec<[&str; 4]> =
        found.iter().map(|row| ["set", "rating", "weights", "features"].map(|key| row[key].as_str())).collect();
    assert_eq!(
        kinds,
        [
            ["open", "valence", "cross-validated", "logits"],
            ["open", "valence", "cross-validated", "relu7"],
            ["open", "arousal", "cross-validated", "logits"],
            ["open", "arousal", "cross-validated", "relu7"],
            ["plain", "valence", "cross-validated", "logits"],
            ["plain", "valence", "cross-validated", "relu7"],
        ]
    );
    for row in &found {
        assert!(number(row, "r").abs() <= 1.0 && number(row, "rmse") > 0.0, "{row:?}");
        assert!(number(row, "r_ci_low") <= number(row, "r_ci_high"), "{row:?}");
        assert_eq!(row["r_quantiles"].is_empty(), row["set"] == "plain", "25 bins need as many pictures: {row:?}");
        assert!(row["published_r"].is_empty(), "the scores are not EmoNet's: {row:?}");
    }
    assert!(number(&found[1], "r") > 0.7, "a hidden layer sees the size that valence was drawn with: {:?}", found[1]);
    let pictures = place.table("run", "rated_predictions");
    assert_eq!(pictures.len(), 42);
    assert!(pictures.iter().all(|row| row["predicted_arousal"].is_empty() == (row["set"] == "plain")));
    assert!(pictures.iter().all(|row| number(row, "predicted_valence").is_finite()));
    fs::remove_file(place.path("oasis/Acorns 30.png")).expect("it was drawn");
    let refused = place.run(&config, "other", &[]);
    assert_eq!(refused.status.code(), Some(1));
    let told = String::from_utf8_lossy(&refused.stderr).to_string();
    assert!(told.contains("Acorns 30") && told.contains("--allow-missing"), "{told}");
    check_done(&place.run(&config.replace("draws = 2", "gains = []"), "other", &["--allow-missing"]));
    assert_eq!(place.table("other", "ratings")[0]["pictures"], "29");
}

#[test]
fn emonets_own_scores_are_read_by_the_released_weights() {
    let place = Place::new();
    let mut checkpoint = he_initialised(&Architecture::alexnet_demo(20), 5);
    let classes = Classes::emonet().names().to_vec();
    checkpoint.origin = Origin { classes, ..checkpoint.origin };
    weights::save(checkpoint, &place.path("emonet.bpk")).expect("writable");
    let config = format!("{CUT_DOWN}{}", place.oasis());
    let weights = place.path("emonet.bpk");
    check_done(&place.run(&config, "run", &["--weights", weights.to_str().expect("UTF-8")]));
    let found = place.table("run", "ratings");
    let released: Vec<_> = found.iter().filter(|row| row["weights"] == "released").collect();
    let published: Vec<&str> = released.iter().map(|row| row["published_r"].as_str()).collect();
    assert_eq!(published, ["0.83", "0.84"]);
    assert!(found.iter().filter(|row| row["weights"] != "released").all(|row| row["published_r"].is_empty()));
    let tests = place.table("run", "intervention_tests");
    let classes: Vec<_> = tests.iter().filter(|row| row["class"] != MEAN).collect();
    assert!(classes.iter().all(|row| number(row, "valence_change").is_finite() && !row["control_arousal"].is_empty()));
    assert!(classes.iter().any(|row| number(row, "valence_change") != 0.0), "a lesion moves valence");
}

fn check_no_nan(files: &BTreeMap<PathBuf, Vec<u8>>) {
    for (name, bytes) in files.iter().filter(|(name, _)| name.extension().is_some_and(|ending| ending == "csv")) {
        let text = String::from_utf8_lossy(bytes);
        assert!(!text.split([',', '\n']).any(|cell| ["NaN", "inf", "-inf"].contains(&cell)), "{}", name.display());
    }
}

fn check_interventions(rows: &[Row], tests: &[Row]) {
    let sites: std::collections::BTreeSet<&str> = rows.iter().map(|row| row["site"].as_str()).collect();
    assert_eq!(sites.into_iter().collect::<Vec<_>>(), ["conv2", "conv5"]);
    for mean in tests.iter().filter(|row| row["class"] == MEAN) {
        let same = |row: &&Row| row["class"] != MEAN && ["site", "gain"].iter().all(|key| row[*key] == mean[*key]);
        let changes: Vec<f64> = tests.iter().filter(same).map(|row| number(row, "probability_change")).collect();
        let expected = changes.iter().sum::<f64>() / changes.len() as f64;
        assert!((number(mean, "probability_change") - expected).abs() < 1e-12, "{mean:?}");
    }
    assert_eq!(tests.iter().filter(|row| row["class"] == MEAN).count(), 4, "two sites at two gains");
    for test in tests.iter().filter(|row| row["class"] != MEAN) {
        let same = |row: &&Row| ["site", "class", "gain", "channels"].iter().all(|key| row[*key] == test[*key]);
        let own: Vec<&Row> = rows.iter().filter(same).filter(|row| row["group"] == "preferring").collect();
        let random: Vec<&Row> = rows.iter().filter(same).filter(|row| row["group"] == "random").collect();
        assert_eq!((own.len(), random.len()), (20, 2), "{test:?}");
        let sum: f64 = own.iter().map(|row| number(row, "probability_change")).sum();
        assert!(sum.abs() < 1e-9, "probabilities sum to 1 before and after: {sum}");
        let change = number(test, "probability_change");
        let read = own.iter().find(|row| row["read_class"] == test["class"]).expect("the class itself");
        assert_eq!(number(read, "probability_change"), change);
        let lesion = test["gain"] == "0.0";
        let extreme = |row: &&&Row| {
            let control = number(row, "probability_change");
            if lesion { control <= change } else { control >= change }
        };
        let p = (1 + random.iter().filter(extreme).count()) as f64 / 3.0;
        assert_eq!((number(test, "p"), number(test, "draws")), (p, 2.0), "{test:?}");
        assert!(test["valence_change"].is_empty(), "the scores are not EmoNet's");
    }
    check_families(tests);
    let changed =
        |gain: &str| tests.iter().filter(|row| row["gain"] == gain).any(|row| number(row, "probability_change") != 0.0);
    assert!(changed("0.0") && changed("2.0"), "both a lesion and a gain do something");
}

/// Benjamini and Hochberg's q within a gain, of classes and of means: the smallest p · m / rank of all p that are as large.
fn check_families(tests: &[Row]) {
    for (gain, means) in [("0.0", false), ("0.0", true), ("2.0", false), ("2.0", true)] {
        let belongs = |row: &&Row| row["gain"] == gain && (row["class"] == MEAN) == means;
        let family: Vec<&Row> = tests.iter().filter(belongs).collect();
        let p: Vec<f64> = family.iter().map(|row| number(row, "p")).collect();
        for row in &family {
            let rank = |p_of: f64| p.iter().filter(|p| **p <= p_of).count() as f64;
            let larger = p.iter().filter(|p| **p >= number(row, "p"));
            let expected = larger.map(|&p_of| p_of * p.len() as f64 / rank(p_of)).fold(1.0, f64::min);
            assert!((number(row, "q") - expected).abs() < 1e-12, "{expected}: {row:?}");
        }
    }
}

/// A changed cell is found.
fn check_verify(place: &Place) {
    let verify = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exp-emonet"));
        command.arg("verify").arg("--out").arg(place.path("first")).output().expect("the program starts")
    };
    check_done(&verify());
    let path = place.path("first/tables/interventions.csv");
    let text = fs::read_to_string(&path).expect("a table");
    fs::write(&path, text.replacen("preferring", "random", 1)).expect("writable");
    let changed = verify();
    assert_eq!(changed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&changed.stderr).contains("tables/interventions.csv"));
}
