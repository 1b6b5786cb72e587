//! What the vendor of the tests has and Spot has not: each with the engine's part of it, and tests that fail without that.

use crate::rules::{named, read};
use crate::security::{tables, unshown};

#[test]
fn each_has_a_part_of_the_engine_and_tests_that_exist() {
    let page = read("docs/storms.md");
    let tables = tables(&page);
    assert!(tables.iter().flatten().count() >= 20, "{tables:?}");
    assert_eq!(unshown(&tables), [""; 0]);
    let parts: Vec<_> = tables.iter().flatten().flat_map(|cells| named(cells[1])).collect();
    let missing: Vec<_> = parts.iter().filter(|part| !read(part.file).contains(part.test)).collect();
    assert!(missing.is_empty(), "not there: {missing:?}");
}
