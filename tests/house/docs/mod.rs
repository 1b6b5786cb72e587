//! What the pages say is so: links, commands, and manifests.

mod commands;
mod links;
mod manifests;
mod markdown;
mod secrets;
mod shape;

pub use markdown::{files, root};
