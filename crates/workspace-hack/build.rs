//! Cargo looks at the build dependencies of a package only where there is a build script.

fn main() {}
