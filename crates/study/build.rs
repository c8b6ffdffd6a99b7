//! Records what the program was built from: the commit, the versions of the crates that decide the numbers, and a hash of
//! the sources that decide responses.

use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

#[path = "src/manifest/versions.rs"]
mod versions;

const DECISIVE: [&str; 8] = ["burn", "burn-flex", "cubecl-wgpu", "wgpu", "image", "rand", "rand_chacha", "tiny-skia"];

/// Crates through which a picture becomes a response, beside this one.
const RESPONSES: [&str; 4] = ["stimuli", "vgg-core", "graph", "kernels"];

fn main() {
    let root = Path::new("../..");
    println!("cargo::rerun-if-changed=../../Cargo.lock");
    println!("cargo::rerun-if-changed=../../.git/HEAD");
    println!("cargo::rerun-if-changed=../../.git/refs/heads");
    let commit = Command::new("git").args(["rev-parse", "HEAD"]).current_dir(root).output();
    let commit = commit.ok().filter(|output| output.status.success());
    let commit = commit.map_or("unknown".into(), |output| String::from_utf8_lossy(&output.stdout).trim().to_string());
    println!("cargo::rustc-env=GAINLAB_COMMIT={commit}");
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default();
    let versions = versions::of("study", &lock, &DECISIVE);
    println!("cargo::rustc-env=GAINLAB_CRATES={}", versions.join(", "));
    let mut hasher = DefaultHasher::new();
    hasher.write(lock.as_bytes());
    for name in RESPONSES {
        let folder = root.join("crates").join(name).join("src");
        println!("cargo::rerun-if-changed={}", folder.display());
        hash(&folder, &mut hasher);
    }
    println!("cargo::rustc-env=GAINLAB_RESPONSES={:016x}", hasher.finish());
}

/// Hashes every file below a folder, in the order of names.
fn hash(folder: &Path, hasher: &mut DefaultHasher) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        hasher.write(path.to_string_lossy().as_bytes());
        match path.is_dir() {
            true => hash(&path, hasher),
            false => hasher.write(&std::fs::read(&path).unwrap_or_default()),
        }
    }
}
