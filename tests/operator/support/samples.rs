//! The manifests of `config/samples`, for a house of their own.

use std::path::Path;

use serde_json::Value;

use super::house::House;

/// The manifests, in the order of the kustomization, with the house's namespaces for `platform` and
/// `payments`, its vendor for the sandbox, and frequent resyncs.
pub fn manifests(house: &House) -> Vec<Value> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples");
    let read = |file: &str| {
        let text = std::fs::read_to_string(directory.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        serde_saphyr::from_multiple::<Value>(&text).unwrap_or_else(|e| panic!("{file}: {e}"))
    };
    let kustomization = read("kustomization.yaml").swap_remove(0);
    let files = kustomization["resources"].as_array().expect("a kustomization lists its files");
    let mut manifests: Vec<Value> =
        files.iter().flat_map(|file| read(file.as_str().expect("a file's name"))).collect();
    for manifest in &mut manifests {
        let mut places = match manifest["kind"].as_str() {
            Some("Namespace") => vec!["/metadata/name".to_owned()],
            _ => vec!["/metadata/namespace".to_owned(), "/spec/organizationRef/namespace".to_owned()],
        };
        let accounts = manifest["spec"]["accounts"].as_array().map_or(0, Vec::len);
        places.extend((0..accounts).map(|index| format!("/spec/accounts/{index}/accountRef/namespace")));
        for place in places {
            if let Some(namespace) = manifest.pointer_mut(&place) {
                let index = match namespace.as_str() {
                    Some("platform") => 0,
                    Some("payments") => 1,
                    other => panic!("no sample is in {other:?}"),
                };
                *namespace = house.namespaces[index].clone().into();
            }
        }
        if manifest["kind"] == "SpotOrganization" {
            manifest["spec"]["connection"]["endpoint"] = house.sandbox.url().into();
            manifest["spec"]["resyncInterval"] = "10s".into();
        }
    }
    manifests
}
