//! What is read, and seeds of each kind: files of the repository, and what the programs write themselves.

use std::fs;
use std::path::{Path, PathBuf};

use stimuli::{Kind as SetKind, SetSpec};
use study::config::Config;
use tidy::{Column, Table, from_parquet, to_parquet};
use vgg_core::{Architecture, random, weights};
use weights_import::{ImportOptions, PreprocessingChoice, import};

/// Reads bytes, and says whether they were accepted.
pub type Reading = Box<dyn Fn(&[u8]) -> bool>;

/// A kind of input.
pub struct Kind {
    /// Its name, for the command line.
    pub name: &'static str,
    /// Inputs that are right.
    pub seeds: Vec<Vec<u8>>,
    /// Reads an input; whether it was taken.
    pub read: Reading,
}

/// All kinds; files are written below a folder.
pub fn all(place: &Path) -> Vec<Kind> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let fixtures = |ending: &[&str]| files(&root.join("assets/fixtures"), ending);
    let pictures = [fixtures(&[]), files(&root.join("assets/fixtures/pictures"), &[])].concat();
    let pictures = [pictures, files(&root.join("assets/fixtures/tiff"), &[])].concat();
    let onnx = files(&root.join("crates/weights-import/tests/fixtures"), &["onnx"]);
    vec![
        kind("tables", tables(), norms(place, "norms.txt")),
        kind("workbooks", fixtures(&["xls", "xlsx", "ods"]), norms(place, "norms.xls")),
        kind("configurations", files(&root.join("experiments"), &["toml"]), configuration),
        kind("onnx", onnx, onnx_file(place)),
        kind("weights", vec![bpk(place), unsealed(&bpk(place))], |bytes| weights::from_bytes(bytes, "input").is_ok()),
        kind("chunks", vec![chunk()], |bytes| from_parquet(bytes.to_vec()).is_ok()),
        kind("pictures", pictures, picture(place)),
    ]
}

fn kind(name: &'static str, seeds: Vec<Vec<u8>>, read: impl Fn(&[u8]) -> bool + 'static) -> Kind {
    assert!(!seeds.is_empty(), "{name}: no seeds");
    Kind { name, seeds, read: Box::new(read) }
}

/// The files of a folder with these endings, by name; all of them where none is named.
fn files(folder: &Path, endings: &[&str]) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let fits = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        path.is_file() && (endings.is_empty() && ending != "json" || endings.contains(&ending))
    };
    let mut paths: Vec<PathBuf> = entries.filter(fits).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| fs::read(path).ok()).collect()
}

fn tables() -> Vec<Vec<u8>> {
    let iaps = "desc\tIAPS\tvalmn\tvalsd\taromn\tarosd\tset\nSnake\t1050\t3.46\t2.15\t6.87\t1.68\t1\n\
                Mug\t7035\t4.98\t0.96\t2.66\t1.82\t3\n";
    let oasis = ",Theme,Category,Valence_mean,Valence_SD,Arousal_mean\r\nI1,Dog 1,Animal,6.1,0.9,4.2\r\n";
    let naps = "ID;All Valence M;All Valence SD;All Arousal M\nAnimals_001_h;5,1;1,2;4,3\n";
    let plain = "path,category,valence\n\"a, b.png\",pleasant,7\nc.png,neutral,5\n";
    [iaps, oasis, naps, plain].map(|text| text.as_bytes().to_vec()).to_vec()
}

/// Reads norms as a set of each kind, whose folder of pictures is empty: what is not refused misses its pictures.
fn norms(place: &Path, name: &str) -> impl Fn(&[u8]) -> bool + 'static {
    let (images, ratings) = (place.join("images"), place.join(name));
    fs::create_dir_all(&images).expect("writable");
    move |bytes| {
        fs::write(&ratings, bytes).expect("writable");
        let kinds = [SetKind::Iaps, SetKind::Naps, SetKind::Oasis, SetKind::Table];
        // One kind for each input: opening the file is the dearest part.
        let kind = kinds[bytes.len() % kinds.len()];
        let kind = serde_json::to_value(kind).expect("a word");
        let spec =
            serde_json::json!({"name": "x", "kind": kind, "images": images, "ratings": ratings, "scale": [1, 9]});
        let spec: SetSpec = serde_json::from_value(spec).expect("a set");
        // Whatever else is wrong is told of the table.
        stimuli::load(&spec, false).map_or_else(|error| error.to_string().starts_with("picture set"), |_| true)
    }
}

fn configuration(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| Config::parse(text, "input.toml", &[]).is_ok())
}

fn onnx_file(place: &Path) -> impl Fn(&[u8]) -> bool + 'static {
    let path = place.join("input.onnx");
    let options = ImportOptions { preprocessing: PreprocessingChoice::Torchvision.into(), ..ImportOptions::default() };
    move |bytes| {
        fs::write(&path, bytes).expect("writable");
        import(&path, &options).is_ok()
    }
}

fn picture(place: &Path) -> impl Fn(&[u8]) -> bool + 'static {
    let path = place.join("input.png");
    move |bytes| {
        fs::write(&path, bytes).expect("writable");
        stimuli::decode::decode(&path).is_ok()
    }
}

fn bpk(place: &Path) -> Vec<u8> {
    let path = place.join("tiny.bpk");
    weights::save(random::he_initialised(&Architecture::tiny(), 1), &path).expect("writable");
    fs::read(path).expect("just written")
}

/// The same as an earlier version wrote it, without a checksum, so that what lies behind it is reached.
fn unsealed(sealed: &[u8]) -> Vec<u8> {
    let (new, old) = (b"gainlab weights 3", b"gainlab weights 2");
    let at = sealed.windows(new.len()).position(|found| found == new).expect("its format");
    let end = sealed.windows(10).rposition(|found| found == b"\ngainlab: ").expect("its last line");
    let mut bytes = sealed[..end].to_vec();
    bytes[at..at + old.len()].copy_from_slice(old);
    bytes
}

fn chunk() -> Vec<u8> {
    let columns = vec![
        ("layer".to_string(), Column::Text((0..50).map(|row| format!("conv{}", row % 5)).collect())),
        ("f1".to_string(), Column::Number((0..50).map(|row| Some(f64::from(row) / 7.0)).collect())),
        ("draw".to_string(), Column::Integer((0..50).map(|row| (row % 3 > 0).then_some(row)).collect())),
        ("best".to_string(), Column::Flag((0..50).map(|row| row % 2 == 0).collect())),
    ];
    to_parquet(&Table { columns }, &[("plan", "abc"), ("rows", "50")]).expect("a table")
}
