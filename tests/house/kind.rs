//! The tests of the simulation that keep a kind world: they are counted, and no new one is among them.

use crate::docs::root;
use std::collections::BTreeSet;
use std::fs;

/// How many there are. It only gets less: what a new test shows has to hold in a world that errs, conflicts and tells
/// late (`tests/simulation/support/unkind`).
const COUNT: usize = 573;

/// The text of the module of a test, which stands in its own file or in the one of its parent.
fn module(path: &[&str]) -> Option<String> {
    let file = root().join("tests/simulation").join(path.join("/")).with_extension("rs");
    fs::read_to_string(file).ok().or_else(|| module(path.split_last()?.1))
}

#[test]
fn the_tests_with_a_kind_world_are_counted_and_there() {
    let list = fs::read_to_string(root().join("tests/simulation/kind.txt")).unwrap();
    let names: BTreeSet<&str> = list.lines().collect();
    assert_eq!(names.len(), list.lines().count(), "a test is listed twice");
    assert_eq!(
        names.len(),
        COUNT,
        "a new test has an unkind world; for one that is gone, take 1 from the count"
    );
    for name in names {
        let path: Vec<&str> = name.split("::").collect();
        let (function, modules) = path.split_last().unwrap();
        let text = module(modules).unwrap_or_default();
        assert!(text.contains(&format!("fn {function}(")), "there is no test {name}");
    }
}
