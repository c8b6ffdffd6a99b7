//! What the tests of this crate share: fixtures, and the message of a refusal.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use weights_import::{ImportOptions, PreprocessingChoice, import};

/// A file written by `tests/golden/weights_fixtures.py`.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A file written by `tests/golden/weights_variants.py`.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn variant(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/variants").join(name)
}

/// Options of a user who says nothing but a preprocessing.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn told(preprocessing: PreprocessingChoice) -> ImportOptions {
    ImportOptions { preprocessing: preprocessing.into(), ..Default::default() }
}

/// Checks that a file is refused though its preprocessing is told, and that the message names it and holds these parts.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn check_message(path: &Path, parts: &[&str]) {
    check_refused(path, &told(PreprocessingChoice::Torchvision), parts);
}

/// Checks that a file is refused, and that the message names it and holds these parts.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn check_refused(path: &Path, options: &ImportOptions, parts: &[&str]) {
    let error = import(path, options).expect_err("a bad file").to_string();
    assert!(error.starts_with(&path.display().to_string()), "the file is named first: {error}");
    for part in parts {
        assert!(error.contains(part), "\"{part}\" is not in: {error}");
    }
}
