//! Which version of a crate a program uses, from Cargo.lock: that of the nearest package that depends on it, since a lock
//! file may hold several of one name. The build script compiles this file too.

use std::collections::BTreeSet;

/// A package of a lock file.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    dependencies: Vec<&'a str>,
}

/// `name version` of every wanted crate that a package depends on, in the order of the names that are wanted.
pub fn of(root: &str, lock: &str, wanted: &[&str]) -> Vec<String> {
    let packages: Vec<Package<'_>> = lock.split("[[package]]").skip(1).filter_map(package).collect();
    let near = by_distance(root, &packages);
    let version = |name: &&str| near.iter().find(|package| package.name == *name);
    wanted.iter().filter_map(version).map(|package| format!("{} {}", package.name, package.version)).collect()
}

/// A package and all that it depends on, nearest first.
fn by_distance<'a, 'b>(root: &str, packages: &'b [Package<'a>]) -> Vec<&'b Package<'a>> {
    let mut found: Vec<&Package<'_>> = packages.iter().filter(|package| package.name == root).collect();
    let mut known: BTreeSet<(&str, &str)> = found.iter().map(|package| (package.name, package.version)).collect();
    let mut next = 0;
    while let Some(package) = found.get(next).copied() {
        next += 1;
        let dependencies = package.dependencies.iter().filter_map(|wanted| resolve(wanted, packages));
        found.extend(dependencies.filter(|dependency| known.insert((dependency.name, dependency.version))));
    }
    found
}

/// A dependency is a name, with a version behind it where the lock file holds several.
fn resolve<'a, 'b>(dependency: &str, packages: &'b [Package<'a>]) -> Option<&'b Package<'a>> {
    let mut words = dependency.split(' ');
    let (name, version) = (words.next()?, words.next());
    packages.iter().find(|package| package.name == name && version.is_none_or(|version| version == package.version))
}

fn package(text: &str) -> Option<Package<'_>> {
    let (_, list) = text.split_once("dependencies = [").unwrap_or_default();
    let list = list.split(']').next()?;
    let dependencies = list.split('"').skip(1).step_by(2).collect();
    Some(Package { name: value(text, "name")?, version: value(text, "version")?, dependencies })
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"'))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "rand"
version = "0.8.8"

[[package]]
name = "rand"
version = "0.10.4"
dependencies = [
 "rand_core",
]

[[package]]
name = "rand_core"
version = "0.9.1"

[[package]]
name = "peer"
version = "1.0.0"
dependencies = [
 "rand 0.8.8",
]

[[package]]
name = "study"
version = "0.1.0"
dependencies = [
 "peer",
 "rand 0.10.4",
]
"#;

    #[test]
    fn the_version_is_that_of_the_nearest_user() {
        assert_eq!(of("study", LOCK, &["rand_core", "rand", "absent"]), ["rand_core 0.9.1", "rand 0.10.4"]);
        assert_eq!(of("peer", LOCK, &["rand"]), ["rand 0.8.8"]);
    }

    #[test]
    fn what_reports_say_is_what_cargo_resolves() {
        let cargo = Command::new(env!("CARGO"))
            .args(["tree", "--offline", "--package", "study", "--depth", "1", "--prefix", "none", "--format", "{p}"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        let tree = String::from_utf8_lossy(&cargo.stdout);
        let resolved = tree.lines().find_map(|line| line.strip_prefix("rand v")).expect("study depends on rand");
        assert!(
            crate::manifest::crates().contains(&format!("rand {resolved}").as_str()),
            "{:?}",
            crate::manifest::crates()
        );
    }
}
