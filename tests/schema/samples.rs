//! The samples are what the types read, member by member.

use orgkeeper::api::grant::Asker;
use orgkeeper::api::managed::Managed;
use orgkeeper::api::reference::SecretKeyRef;
use orgkeeper::api::spot::{Role, SpotAccount, SpotOrganization, SpotUser};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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
    let users = of_kind::<SpotUser>(&documents);
    assert_eq!(users.len(), 4);
    assert_eq!(users.iter().filter(|user| user.token_target().is_some()).count(), 1);
    assert_eq!(documents.iter().filter(|document| document["kind"] == "Namespace").count(), 2);
}

fn own<K: Managed>(object: &K) -> &str {
    object.meta().namespace.as_deref().unwrap()
}

fn labels(documents: &[Value], namespace: &str) -> BTreeMap<String, String> {
    let is_it =
        |document: &&Value| document["kind"] == "Namespace" && document["metadata"]["name"] == namespace;
    serde_json::from_value(documents.iter().find(is_it).unwrap()["metadata"]["labels"].clone()).unwrap()
}

/// That the organization admits the object with all that it asks for, and so does each account that it names.
fn assert_admitted<K: Managed>(documents: &[Value], object: &K) {
    let (namespace, what) = (own(object), format!("{} {:?}", K::KIND, object.meta().name));
    let labels = labels(documents, namespace);
    let organization = of_kind::<SpotOrganization>(documents).remove(0);
    let reference = object.organization_ref().unwrap();
    assert_eq!(Some(&reference.name), organization.metadata.name.as_ref(), "{what}");
    assert_eq!(reference.namespace.as_deref().unwrap_or(namespace), own(&organization), "{what}");
    let asker = |power| Asker { kind: K::KIND, namespace, labels: &labels, power };
    assert!(organization.admits(&asker(object.power())), "{what}");
    let accounts = of_kind::<SpotAccount>(documents);
    for pointer in object.pointers() {
        assert_eq!(pointer.kind, SpotAccount::KIND, "{what}");
        let place = pointer.namespace.unwrap_or(namespace);
        let account = accounts
            .iter()
            .find(|account| own(*account) == place && account.metadata.name.as_deref() == Some(pointer.name));
        let account = account.unwrap_or_else(|| panic!("{what}: no account {place}/{}", pointer.name));
        assert!(account.admits(&asker(pointer.power)), "{what}: {place}/{}", pointer.name);
    }
}

#[test]
fn every_sample_is_admitted_where_it_asks() {
    let documents = documents();
    for account in of_kind::<SpotAccount>(&documents) {
        assert_admitted(&documents, &account);
    }
    for user in of_kind::<SpotUser>(&documents) {
        assert_admitted(&documents, &user);
    }
}

/// The samples show what a highest role is for: it must not be there for nothing.
#[test]
fn the_sample_organization_bounds_what_the_payments_team_gives() {
    let documents = documents();
    let organization = of_kind::<SpotOrganization>(&documents).remove(0);
    let labels = labels(&documents, "payments");
    let asker = |role: Role| Asker {
        kind: SpotUser::KIND,
        namespace: "payments",
        labels: &labels,
        power: role.power(),
    };
    assert!(organization.admits(&asker(Role::Editor)) && !organization.admits(&asker(Role::Admin)));
}

/// Namespace, name and key of each.
fn each_secret_ref<K: Managed>(documents: &[Value], check: impl Fn(&str, &str, &str)) {
    for object in of_kind::<K>(documents) {
        for SecretKeyRef { name, key } in object.secret_refs() {
            check(own(&object), name, key);
        }
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
    each_secret_ref::<SpotOrganization>(&documents, check);
    each_secret_ref::<SpotAccount>(&documents, check);
    each_secret_ref::<SpotUser>(&documents, check);
}

#[test]
fn no_secret_of_the_samples_is_where_a_token_will_be_written() {
    let documents = documents();
    let secrets: BTreeSet<(&str, &str)> = documents
        .iter()
        .filter(|document| document["kind"] == "Secret")
        .map(|secret| {
            let text = |member: &str| secret["metadata"][member].as_str().unwrap();
            (text("namespace"), text("name"))
        })
        .collect();
    for user in of_kind::<SpotUser>(&documents) {
        if let Some(target) = user.token_target() {
            assert!(!secrets.contains(&(own(&user), &target.name)), "{target:?}");
        }
    }
}
