//! What may not grow together: files that need each other, and types that are made in many files.

mod arrows;
pub mod names;

use crate::docs::root;
use arrows::Found;
use names::Modules;
use std::collections::BTreeMap;
use std::fs;

pub fn found() -> Found {
    let read = |path: &str| fs::read_to_string(root().join(path)).ok();
    Found::of(&Modules::below("src/lib.rs", &read))
}

/// The circles in a crate.
pub fn circles_of(modules: &Modules) -> Vec<String> {
    Found::of(modules).circles()
}

/// What is found in a crate of these files.
fn planted(files: &[(&str, &str)]) -> Found {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    Found::of(&Modules::below("src/lib.rs", &|path| files.get(path).map(|text| (*text).to_owned())))
}

/// The types with `impl` blocks of their own outside the file that defines them: a method there uses the whole type,
/// though no import says so.
fn foreign(found: &Found) -> Vec<String> {
    let told = |(name, files): (&String, _)| {
        format!(
            "{name} has impl blocks in files that do not define it: put code into a type of its own. {files:?}"
        )
    };
    found.foreign.iter().map(told).collect()
}

#[test]
fn no_file_needs_one_that_needs_it() {
    let found = found();
    assert!(found.arrows.len() > 100, "{} files use others", found.arrows.len());
    let circles = found.circles();
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn no_type_is_implemented_outside_its_file() {
    assert_eq!(foreign(&found()), [""; 0]);
}

/// The planted files use each other in this way: the circles that are found.
fn circles(one: &str, two: &str) -> usize {
    let lib = "mod one;\nmod two;\npub mod both { pub use crate::one::One; }\n";
    planted(&[("src/lib.rs", lib), ("src/one.rs", one), ("src/two/mod.rs", two), ("src/two/inner.rs", "")])
        .circles()
        .len()
}

#[test]
fn a_planted_circle_is_found_however_it_is_written() {
    let one = "use crate::two::Two;\npub struct One(Two);\n";
    for two in [
        "use crate::one::One;\npub struct Two(Box<One>);",
        "use super::{one::{self, One as Other}};\npub struct Two(Box<Other>);",
        "use crate::both::One;\npub struct Two(Box<One>);",
        "pub use crate::one::One;\npub struct Two(Box<One>);",
        "pub struct Two(Box<crate::one::One>);",
        "pub struct Two(Box<super::one::One>);",
        "pub struct Two(Box<self::super::one::One>);",
        "pub struct Two; fn f() { super::one::made(); }",
        "pub struct Two; fn f() { use super::one::made; made(); }",
        "pub struct Two; fn f() { println!(\"{}\", crate::one::text(1)); }",
        "#[serde(skip_serializing_if = \"crate::one::is_false\")]\npub struct Two;",
        "mod inner { pub struct Deep(Box<super::super::one::One>); }\npub struct Two;",
    ] {
        assert_eq!(circles(one, two), 1, "{two}");
    }
}

#[test]
fn what_makes_no_circle_is_not_taken_for_one() {
    let one = "use crate::two::Two;\npub struct One(Two);\n";
    for two in [
        "pub struct Two;",
        "pub(in crate::one) struct Two;",
        "/// See [`crate::one::One`].\npub struct Two;",
        "pub use crate::one::One;\npub struct Two;",
        "#[cfg(test)]\nmod tests { use crate::one::One; }\npub struct Two;",
        "#[cfg(test)]\nuse crate::one::One;\npub struct Two;",
        "pub struct Two; fn f() { let one = 1; g(one); }",
        "mod inner;\npub struct Two;",
        "use one::One;\npub struct Two(One);",
    ] {
        assert_eq!(circles(one, two), 0, "{two}");
    }
}

#[test]
fn a_file_and_what_is_below_it_may_not_need_each_other_either() {
    let lib = ("src/lib.rs", "mod a;");
    let above = "mod b;\npub struct Above;\nfn f() { b::below(); }";
    let below = "pub fn below() { super::Above; }";
    let found = planted(&[lib, ("src/a/mod.rs", above), ("src/a/b.rs", below)]);
    assert_eq!(found.circles().len(), 1);
    assert!(found.circles()[0].contains("src/a/mod.rs -> src/a/b.rs: b::below"), "{:?}", found.circles());
}

#[test]
fn a_planted_impl_outside_its_file_is_found() {
    let lib = ("src/lib.rs", "mod a;\nmod b;\nmod c;");
    let a = ("src/a.rs", "pub struct A<T>(T);\nimpl<T> A<T> {}");
    let b = ("src/b.rs", "impl<T: Copy> super::a::A<T> where T: Clone {}\nstruct B;\nimpl B {}");
    let c = (
        "src/c.rs",
        "use crate::a::A as Other;\nimpl Other<u8> {}\nimpl Other<u16> {}\nimpl Clone for Other<u8> {}",
    );
    let found = planted(&[lib, a, b, c]);
    let told = foreign(&found);
    assert!(told.len() == 1 && told[0].contains("src/b.rs") && told[0].contains("src/c.rs"), "{told:?}");
}
