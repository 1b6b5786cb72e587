//! The wall clock can be set: it is read where people are told a time, and by few.

use super::{code, sources};
use std::collections::BTreeMap;

/// Where the engine and the vendors read the wall clock, and how often: for what people read, for moments that
/// are stored, and for what the vendor dates. Waits are counted on the other clock. This list only shrinks.
const READ: &[(&str, usize)] = &[
    ("src/engine/runtime/memory.rs", 1),
    ("src/engine/runtime/update/subject.rs", 1),
    ("src/engine/runtime/update/align.rs", 1),
    ("src/engine/runtime/update/settled.rs", 1),
    ("src/engine/resource/apply/create.rs", 3),
    ("src/engine/resource/report/advice.rs", 1),
    ("src/engine/resource/apply/prepare.rs", 1),
    ("src/engine/resource/delete/remove.rs", 1),
    ("src/engine/resource/token/rotate.rs", 3),
    ("src/engine/resource/report/outcome.rs", 1),
    ("src/engine/runtime/commit/committer.rs", 1),
    ("src/engine/organization/blast_radius.rs", 1),
    ("src/engine/lead/lease.rs", 2),
    ("src/engine/external/caller.rs", 1),
    ("src/engine/organization/create.rs", 1),
    ("src/engine/organization/fields.rs", 1),
    ("src/engine/organization/finalize.rs", 3),
    ("src/engine/organization/guard.rs", 1),
    ("src/engine/organization/reconcile.rs", 2),
    ("src/engine/organization/session.rs", 1),
    ("src/engine/organization/sweep.rs", 1),
    ("src/engine/organization/verdict.rs", 1),
    ("src/engine/organization/weigh.rs", 1),
    ("src/engine/runtime/context.rs", 1),
];

#[test]
fn the_wall_clock_is_read_in_few_places() {
    let mut found = BTreeMap::new();
    for part in ["engine", "vendors"] {
        let tests = |path: &std::path::Path| path.ends_with("tests.rs");
        for (path, text) in sources(part).into_iter().filter(|(path, _)| !tests(path)) {
            let reads: usize = code(&text).map(|line| line.matches(".wall()").count()).sum();
            if reads > 0 {
                let name = path.display().to_string();
                let at = name.find("src/").unwrap();
                found.insert(name[at..].to_owned(), reads);
            }
        }
    }
    let listed: BTreeMap<String, usize> =
        READ.iter().map(|(name, reads)| ((*name).to_owned(), *reads)).collect();
    assert_eq!(
        found, listed,
        "who reads it less: take it from the list; who reads it more: ask the other clock"
    );
}
