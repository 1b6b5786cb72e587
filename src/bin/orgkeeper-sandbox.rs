//! The stand-in vendor.
fn main() {}
