//! The orgkeeper program.
fn main() {}
