//! The folders of the engine: which may use which, and what is pure.

use super::structure::found;
use super::{code, sources};

/// The folders and files of `src/engine`, each of which may use those before it.
const ORDER: [&str; 10] = [
    "base",
    "decide",
    "lead",
    "external",
    "provider",
    "runtime",
    "organization",
    "resource",
    "domain.rs",
    "run.rs",
];

/// What nothing that is only decided has: it waits for nothing, changes nothing that others see, and asks no port.
const IMPURE: [&str; 9] =
    ["async", "await", "Cell", "RefCell", "OnceCell", "Clock", "Entropy", "Cluster", "Network"];

/// Where a file of the engine stands in that order.
fn rank(file: &str) -> Option<usize> {
    let inside = file.strip_prefix("src/engine/")?;
    let first = inside.split('/').next()?;
    Some(ORDER.iter().position(|folder| *folder == first).unwrap_or_else(|| panic!("{file} is in no folder")))
}

/// Whether one file of the engine stands below another and uses it.
fn is_backward(from: &str, to: &str) -> bool {
    // The engine's own file says which folders there are, and nothing else.
    let [from, to] = [from, to].map(|file| (file != "src/engine/mod.rs").then(|| rank(file)).flatten());
    from.zip(to).is_some_and(|(from, to)| from < to)
}

/// The words of code of what stands above that are not for what is pure.
fn impure(text: &str) -> Vec<&str> {
    let words = code(text).flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter(|word| IMPURE.contains(word)).collect()
}

#[test]
fn folders_use_those_before_them_only() {
    let found = found();
    let arrows =
        found.arrows.iter().flat_map(|(from, to)| to.iter().map(move |(to, paths)| (from, to, paths)));
    let backward: Vec<_> = arrows.filter(|(from, to, _)| is_backward(from, to)).collect();
    assert!(backward.is_empty(), "{backward:#?}");
}

#[test]
fn a_folder_that_uses_a_later_one_is_found() {
    assert!(is_backward("src/engine/base/error.rs", "src/engine/decide/report.rs"));
    assert!(is_backward("src/engine/resource/token/fill.rs", "src/engine/run.rs"));
    assert!(!is_backward("src/engine/decide/report.rs", "src/engine/base/error.rs"));
    assert!(!is_backward("src/engine/base/error.rs", "src/engine/base/reason.rs"));
    assert!(!is_backward("src/vendors/spot/mod.rs", "src/engine/run.rs"));
}

#[test]
fn what_is_decided_is_pure() {
    for (path, text) in sources("engine/decide") {
        assert_eq!(impure(&text), [""; 0], "{}", path.display());
    }
}

#[test]
fn what_is_not_pure_is_found() {
    let planted =
        "struct A(RefCell<u8>);\n// async\nasync fn a(clock: &dyn Clock) { b().await }\n#[cfg(test)]\nCell";
    assert_eq!(impure(planted), ["RefCell", "async", "Clock", "await"]);
}
