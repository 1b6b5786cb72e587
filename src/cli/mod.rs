//! One file a subcommand.

pub mod crds;
