//! What the pages say is so: links, commands, and manifests.

mod commands;
mod links;
mod manifests;
mod markdown;
mod shape;

pub use markdown::{files, root};
