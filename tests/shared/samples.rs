//! The manifests of `config/samples`, as `kubectl kustomize` finds them.

#![allow(clippy::expect_used, reason = "a test that cannot go on panics")]

use std::path::Path;

use serde_json::Value;

/// The manifests, in the order of the kustomizations.
pub fn documents() -> Vec<Value> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples");
    let mut documents = Vec::new();
    collect(&directory, &mut documents);
    documents
}

/// Those of a folder's kustomization, which lists files and folders.
fn collect(directory: &Path, documents: &mut Vec<Value>) {
    let kustomization = read(&directory.join("kustomization.yaml")).swap_remove(0);
    for resource in kustomization["resources"].as_array().expect("a kustomization lists resources") {
        let path = directory.join(resource.as_str().expect("the name of a file or folder"));
        if path.is_dir() {
            collect(&path, documents);
        } else {
            documents.extend(read(&path));
        }
    }
}

fn read(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
