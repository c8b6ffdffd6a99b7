//! Records what the program was built from: the commit and the versions of the crates that decide the numbers.

use std::path::Path;
use std::process::Command;

const DECISIVE: [&str; 8] = ["burn", "burn-flex", "cubecl-wgpu", "wgpu", "image", "rand", "rand_chacha", "tiny-skia"];

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
    let versions: Vec<String> = DECISIVE.iter().filter_map(|name| version(&lock, name)).collect();
    println!("cargo::rustc-env=GAINLAB_CRATES={}", versions.join(", "));
}

/// `name version` as Cargo.lock has it.
fn version(lock: &str, name: &str) -> Option<String> {
    let (_, after) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    Some(format!("{name} {}", after.split('"').next()?))
}
