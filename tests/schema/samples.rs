//! The samples are what the types read, member by member.

use orgkeeper::api::grant::{Asker, Power};
use orgkeeper::api::managed::Managed;
use orgkeeper::api::spot::{SpotAccount, SpotOrganization};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;

fn documents() -> Vec<Value> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples");
    let read = |file: &str| std::fs::read_to_string(dir.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let kustomization: Value = serde_saphyr::from_str(&read("kustomization.yaml")).unwrap();
    kustomization["resources"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|file| serde_saphyr::from_multiple::<Value>(&read(file.as_str().unwrap())).unwrap())
        .collect()
}

fn of_kind<K: Managed>(documents: &[Value]) -> Vec<K> {
    documents.iter().filter(|document| document["kind"] == K::KIND).map(read_whole).collect()
}

/// A member that the type does not know, or reads as something else, is missing from what it writes.
fn read_whole<K: DeserializeOwned + serde::Serialize>(document: &Value) -> K {
    let object: K = serde_json::from_value(document.clone()).unwrap();
    let written = serde_json::to_value(&object).unwrap();
    assert!(contains(&written, document), "written: {written:#}\nsample: {document:#}");
    object
}

fn contains(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|found| contains(found, value)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| contains(whole, part))
        }
        _ => whole == part,
    }
}

#[test]
fn every_sample_is_read_whole() {
    let documents = documents();
    assert_eq!(of_kind::<SpotOrganization>(&documents).len(), 1);
    assert_eq!(of_kind::<SpotAccount>(&documents).len(), 5);
    assert_eq!(documents.iter().filter(|document| document["kind"] == "Namespace").count(), 2);
}

#[test]
fn the_sample_organization_admits_every_sample_account() {
    let documents = documents();
    let organization = of_kind::<SpotOrganization>(&documents).remove(0);
    for account in of_kind::<SpotAccount>(&documents) {
        let own = account.metadata.namespace.as_deref().unwrap();
        let namespace = documents
            .iter()
            .find(|document| document["kind"] == "Namespace" && document["metadata"]["name"] == own)
            .unwrap();
        let labels = serde_json::from_value(namespace["metadata"]["labels"].clone()).unwrap();
        let asker = Asker { kind: SpotAccount::KIND, namespace: own, labels: &labels, power: Power::NONE };
        assert!(organization.admits(&asker), "{own}/{:?}", account.metadata.name);
        let reference = account.organization_ref().unwrap();
        assert_eq!(Some(&reference.name), organization.metadata.name.as_ref());
        assert_eq!(
            reference.namespace.as_deref().unwrap_or(own),
            organization.metadata.namespace.as_deref().unwrap()
        );
    }
}

#[test]
fn every_secret_that_a_sample_reads_is_a_sample() {
    let documents = documents();
    let check = |namespace: &str, name: &str, key: &str| {
        let found = documents.iter().any(|document| {
            document["kind"] == "Secret"
                && document["metadata"]["name"] == name
                && document["metadata"]["namespace"] == namespace
                && document["stringData"].get(key).is_some()
        });
        assert!(found, "{namespace}/{name} has no key {key}");
    };
    for organization in of_kind::<SpotOrganization>(&documents) {
        for secret in organization.secret_refs() {
            check(organization.metadata.namespace.as_deref().unwrap(), &secret.name, &secret.key);
        }
    }
    for account in of_kind::<SpotAccount>(&documents) {
        for secret in account.secret_refs() {
            check(account.metadata.namespace.as_deref().unwrap(), &secret.name, &secret.key);
        }
    }
}
