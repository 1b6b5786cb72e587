//! Files, and parts of files, that are made from the list of the kinds (`src/operator/vendors.rs`) and their types.
//! `make generate` writes them, and this fails while one is stale.

mod forms;
mod regions;
mod waves;

use crate::reference;
use forms::text;
use orgkeeper::cli::crds;
use orgkeeper::operator::vendors;
use regions::{MARK, rewrite};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Set to write them.
const UPDATE: &str = "UPDATE";
const REMEDY: &str = "run `make generate` and commit what it writes";

/// Where files have parts that are generated.
const PLACES: [&str; 4] = ["charts/orgkeeper/templates", "config", "docs", "hack"];

/// What holds nothing by hand.
const OWN: [&str; 4] =
    ["charts/orgkeeper/files/admission", "charts/orgkeeper/files/crds", "crds", "docs/reference"];

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// The files in a folder and below it, by their names from the root.
fn below(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(path(folder)).into_iter().flatten().map(|entry| entry.unwrap());
    let named =
        entries.map(|entry| (format!("{folder}/{}", entry.file_name().to_str().unwrap()), entry.path()));
    named.flat_map(|(name, path)| if path.is_dir() { below(&name) } else { BTreeSet::from([name]) }).collect()
}

/// The files with parts that are generated, as they have to be.
fn with_parts() -> BTreeMap<String, String> {
    let kinds = vendors::all();
    let mut files = BTreeMap::new();
    for file in PLACES.into_iter().flat_map(below) {
        let Ok(stored) = fs::read_to_string(path(&file)) else { continue };
        if stored.contains(MARK) {
            let fresh = rewrite(&stored, &|form| text(&kinds, form));
            files.insert(file.clone(), fresh.unwrap_or_else(|wrong| panic!("{file}: {wrong}")));
        }
    }
    files
}

/// All that is generated. The chart holds copies, as its package has nothing beside its own folder.
fn generated() -> BTreeMap<String, String> {
    let mut files = with_parts();
    for file in below("config/admission").into_iter().filter(|file| !file.ends_with("/kustomization.yaml")) {
        let stored = || fs::read_to_string(path(&file)).unwrap();
        let text = files.get(&file).cloned().unwrap_or_else(stored);
        files.insert(file.replace("config/", "charts/orgkeeper/files/"), text);
    }
    for definition in crds::render().unwrap() {
        files.insert(format!("charts/orgkeeper/files/crds/{}", definition.file), definition.text);
    }
    for rendered in crds::render_directory().unwrap() {
        files.insert(format!("crds/{}", rendered.file), rendered.text);
    }
    files.extend(reference::pages().into_iter().map(|(page, text)| (format!("docs/reference/{page}"), text)));
    files
}

#[test]
fn what_is_generated_is_fresh() {
    let files = generated();
    let update = std::env::var_os(UPDATE).is_some();
    let mut stale = Vec::new();
    for (file, text) in &files {
        if fs::read_to_string(path(file)).ok().as_ref() != Some(text) {
            if update {
                fs::create_dir_all(path(file).parent().unwrap()).unwrap();
                fs::write(path(file), text).unwrap();
            } else {
                stale.push(file.clone());
            }
        }
    }
    for file in OWN.into_iter().flat_map(below).filter(|file| !files.contains_key(file)) {
        if update {
            fs::remove_file(path(&file)).unwrap();
        } else {
            stale.push(format!("{file} (nothing makes it)"));
        }
    }
    assert!(stale.is_empty(), "stale: {stale:#?}\n{REMEDY}");
}

/// The marks of a part can be taken out, and it would be stale for ever.
#[test]
fn what_lists_the_kinds_has_its_list_from_here() {
    let files: Vec<String> = with_parts().into_keys().collect();
    assert_eq!(
        files,
        [
            "charts/orgkeeper/templates/_rules.tpl",
            "config/admission/annotations.yaml",
            "config/admission/approvers.yaml",
            "config/admission/confirm_delete.yaml",
            "config/argocd/kustomization.yaml",
            "config/flux/health.yaml",
            "config/rbac/cluster_role.yaml",
            "config/roles/approver.yaml",
            "config/roles/edit.yaml",
            "config/roles/organization_edit.yaml",
            "config/roles/view.yaml",
            "docs/README.md",
            "docs/uninstall.md",
            "hack/demo.sh",
        ]
    );
}

/// What is said of a kind there is for people to say.
#[test]
fn every_kind_has_a_page_and_a_row_of_what_works() {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    for kind in vendors::kinds() {
        let page = format!("docs/kinds/{}.md", kind.kind.name().to_lowercase());
        assert!(path(&page).is_file(), "{page} is missing");
        assert!(
            readme.contains(&format!("[`{}`]({page})", kind.kind.name())),
            "README.md does not tell of {page}"
        );
    }
}
