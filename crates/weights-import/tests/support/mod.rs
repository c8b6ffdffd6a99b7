//! What the tests of this crate share: fixtures, and the message of a refusal.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use weights_import::{ImportOptions, import};

/// A file written by `tests/golden/weights_fixtures.py`.
pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Checks that a file is refused, and that the message names it and holds these parts.
#[allow(dead_code, reason = "each test program uses a part of this module")]
pub fn check_message(path: &Path, parts: &[&str]) {
    let error = import(path, &ImportOptions::default()).expect_err("a bad file").to_string();
    assert!(error.starts_with(&path.display().to_string()), "the file is named first: {error}");
    for part in parts {
        assert!(error.contains(part), "\"{part}\" is not in: {error}");
    }
}
