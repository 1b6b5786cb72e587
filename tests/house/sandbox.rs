//! The folders of the sandbox: one for what is of any vendor's, and one a vendor.

use super::structure::found;
use super::{code, sources};

/// The folder of the sandbox that a file is in.
fn folder(file: &str) -> Option<&str> {
    Some(file.strip_prefix("src/sandbox/")?.split_once('/')?.0)
}

/// Whether a file in a folder of the sandbox uses more than this folder and the core.
fn is_astray(from: &str, to: &str) -> bool {
    folder(from).is_some_and(|here| folder(to).is_none_or(|there| there != here && there != "core"))
}

#[test]
fn the_core_uses_no_vendor_and_no_vendor_another() {
    let found = found();
    let arrows =
        found.arrows.iter().flat_map(|(from, to)| to.iter().map(move |(to, paths)| (from, to, paths)));
    let astray: Vec<_> = arrows.filter(|(from, to, _)| is_astray(from, to)).collect();
    assert!(astray.is_empty(), "{astray:#?}");
}

#[test]
fn the_core_names_no_vendor() {
    for (path, text) in sources("sandbox/core") {
        for line in code(&text) {
            assert!(!line.to_lowercase().contains("spot"), "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_folder_that_uses_what_it_may_not_is_found() {
    assert!(is_astray("src/sandbox/core/faults.rs", "src/sandbox/spot/contract.rs"));
    assert!(is_astray("src/sandbox/core/control/mod.rs", "src/sandbox/spot/mod.rs"));
    assert!(is_astray("src/sandbox/core/faults.rs", "src/sandbox/mod.rs"));
    assert!(is_astray("src/sandbox/spot/start.rs", "src/sandbox/other/start.rs"));
    assert!(!is_astray("src/sandbox/spot/start.rs", "src/sandbox/core/faults.rs"));
    assert!(!is_astray("src/sandbox/core/control/mod.rs", "src/sandbox/core/sandbox.rs"));
    assert!(!is_astray("src/sandbox/mod.rs", "src/sandbox/spot/start.rs"));
}
