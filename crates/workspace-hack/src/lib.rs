//! Nothing but a list of dependencies: see this crate's Cargo.toml.
