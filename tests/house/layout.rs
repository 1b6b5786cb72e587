//! `make kind` lays out a kind that fits the program as it is. The templates are compiled with the unit tests; what is
//! made of them is not compiled again, which would take minutes: it is parsed, what it uses is looked up, and what it
//! implements is held against the traits.

use crate::docs::root;
use crate::structure::circles_of;
use crate::structure::names::Modules;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use syn::{ImplItem, Item, TraitItem};

/// What the script reads and changes.
const COPIED: [&str; 5] =
    ["src", "config/argocd/waves", "docs/kinds", "tests/simulation/support", "README.md"];

/// Where a new kind has to be named by hand, but for files of its own.
const NAMED: [&str; 7] = [
    "README.md",
    "config/argocd/waves/kustomization.yaml",
    "src/api/spot/kinds.rs",
    "src/api/spot/mod.rs",
    "src/operator/vendors.rs",
    "src/vendors/spot/mod.rs",
    "tests/simulation/support/watched.rs",
];

const TYPE: &str = "src/api/spot/cloud_budget.rs";
const FOLDER: &str = "src/vendors/spot/cloud_budget/mod.rs";
const PAGE: &str = "docs/kinds/cloudbudget.md";

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

fn lay_out(in_folder: &Path, vendor: &str, kind: &str, parent: &str) -> Output {
    let mut script = Command::new(root().join("hack/kind.sh"));
    script.args([vendor, kind, parent]).env("ROOT", in_folder).output().unwrap()
}

/// The names of what is in the first trait, or implementation of one, that is called so; for a trait, those alone that
/// have no default.
fn members(file: &str, called: &str) -> BTreeSet<String> {
    let items = syn::parse_file(file).unwrap().items;
    let of_trait = |item: &TraitItem| match item {
        TraitItem::Const(item) if item.default.is_none() => Some(item.ident.to_string()),
        TraitItem::Fn(item) if item.default.is_none() => Some(item.sig.ident.to_string()),
        TraitItem::Type(item) => Some(item.ident.to_string()),
        _ => None,
    };
    let of_impl = |item: &ImplItem| match item {
        ImplItem::Const(item) => Some(item.ident.to_string()),
        ImplItem::Fn(item) => Some(item.sig.ident.to_string()),
        ImplItem::Type(item) => Some(item.ident.to_string()),
        _ => None,
    };
    let found = items.iter().find_map(|item| match item {
        Item::Trait(item) if item.ident == called => Some(item.items.iter().filter_map(of_trait).collect()),
        Item::Impl(item) if item.trait_.as_ref().is_some_and(|(path, _)| path.is_ident(called)) => {
            Some(item.items.iter().filter_map(of_impl).collect())
        }
        _ => None,
    });
    found.unwrap_or_else(|| panic!("there is no {called}"))
}

/// The parents that a kind can have, and the list of kinds that it is in then.
const PARENTS: [(&str, &str); 2] = [("organization", "IN_ORGANIZATIONS"), ("account", "IN_ACCOUNTS")];

#[test]
fn a_kind_that_is_laid_out_fits_the_program() {
    for (parent, list) in PARENTS {
        assert_fits(parent, list);
    }
}

fn assert_fits(parent: &str, list: &str) {
    let folder = tempfile::tempdir().unwrap();
    let read = |file: &str| fs::read_to_string(folder.path().join(file)).ok();
    let text = |file: &str| read(file).unwrap_or_else(|| panic!("{file} is missing"));
    for part in COPIED {
        copy(&root().join(part), &folder.path().join(part));
    }
    let before = NAMED.map(text);

    let output = lay_out(folder.path(), "spot", "CloudBudget", parent);
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let part = |head: &str| {
        let (_, rest) = said.split_once(&format!("\n{head}:\n")).unwrap();
        let lines = rest.lines().map_while(|line| line.strip_prefix("  "));
        lines.map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(part("made"), [TYPE, FOLDER, PAGE].map(str::to_owned).into());
    assert_eq!(part("changed"), NAMED.map(str::to_owned).into());
    let kinds = text("src/api/spot/kinds.rs");
    let listed = kinds.lines().find(|line| line.contains(&format!("const {list}:"))).unwrap();
    assert!(listed.ends_with(", CLOUD_BUDGET];"), "{listed}");
    for (file, before) in NAMED.into_iter().zip(before) {
        let after = text(file);
        let kept: Vec<&str> = after.lines().filter(|line| before.lines().any(|old| old == *line)).collect();
        assert!(kept.len() >= before.lines().count(), "{file} lost lines");
        let named = ["CloudBudget", "cloud_budget", "CLOUD_BUDGET"].iter().any(|name| after.contains(name));
        assert!(named, "{file} does not name it");
    }
    assert!(
        text("src/operator/vendors.rs")
            .contains(".with(cloud_budget::registration())\n            .wiring()")
    );
    for file in [TYPE, FOLDER, PAGE] {
        let left =
            ["plainkind", "plain_kind", "plain kind", "scopedkind", "scoped_kind", "scoped kind", "spshort"];
        let text = text(file).to_lowercase();
        assert!(!left.iter().any(|word| text.contains(word)), "{file} has words of its template");
    }

    let modules = Modules::below("src/lib.rs", &read);
    for (index, module) in modules.0.iter().enumerate().filter(|(_, it)| [TYPE, FOLDER].contains(&&*it.file))
    {
        for path in
            module.uses.iter().filter(|path| path[0] == "crate" && path.last().unwrap() != "CloudBudget")
        {
            let place = modules.resolve(index, path);
            assert!(place.is_some_and(|place| modules.has(&place)), "{}: {path:?} is nothing", module.file);
        }
    }
    assert_eq!(circles_of(&modules), [""; 0]);
    for (of, called, file) in
        [("src/api/managed.rs", "Managed", TYPE), ("src/engine/provider/kind.rs", "Kind", FOLDER)]
    {
        let missing = &members(&text(of), called) - &members(&text(file), called);
        assert!(missing.is_empty(), "hack/kind lacks of {called}: {missing:?}");
    }

    assert!(!lay_out(folder.path(), "spot", "CloudBudget", parent).status.success(), "it is there already");
}

#[test]
fn what_cannot_be_laid_out_is_refused_and_nothing_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    for (vendor, kind, parent) in [
        ("", "", ""),
        ("spot", "", ""),
        ("spot", "cloudBudget", "account"),
        ("other", "CloudBudget", "account"),
        ("spot", "CloudBudget", "user"),
    ] {
        let output = lay_out(folder.path(), vendor, kind, parent);
        assert!(!output.status.success() && !output.stderr.is_empty(), "{vendor} {kind} {parent}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The unit tests compile every template, from the very file.
#[test]
fn every_template_is_compiled() {
    for (parent, _) in PARENTS {
        for (template, module) in
            [("api.rs", "src/api/spot/mod.rs"), ("vendor.rs", "src/vendors/spot/mod.rs")]
        {
            let included = format!("#[cfg(test)]\n#[path = \"../../../hack/kind/{parent}/{template}\"]\n");
            let text = fs::read_to_string(root().join(module)).unwrap();
            assert!(text.contains(&included), "{module} does not compile hack/kind/{parent}/{template}");
        }
    }
}
