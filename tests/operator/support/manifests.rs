//! Applying manifests as a person would: YAML or JSON, any kinds, any number.

use std::path::Path;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, DynamicObject, Patch, PatchParams},
    core::GroupVersionKind,
    discovery::{self, Scope},
};
use serde_json::Value;

use super::{
    cluster::Cluster,
    wait::{PATIENCE, wait_until},
};

const FIELD_MANAGER: &str = "orgkeeper-test";

impl Cluster {
    /// Applies manifests by server-side apply. A namespaced object that names no
    /// namespace goes to the one given.
    pub async fn apply(&self, namespace: &str, manifests: &str) -> Vec<DynamicObject> {
        self.try_apply(namespace, manifests)
            .await
            .unwrap_or_else(|error| panic!("{error}, applying:\n{manifests}"))
    }

    /// As [`Self::apply`], for manifests that the API server may refuse.
    pub async fn try_apply(&self, namespace: &str, manifests: &str) -> kube::Result<Vec<DynamicObject>> {
        apply_as(&self.client(), namespace, manifests, &params()).await
    }

    /// Asks the API server whether it would take the manifests, and returns its
    /// message where it would not.
    pub async fn dry_run(&self, namespace: &str, manifests: &str) -> Result<(), String> {
        match apply_as(&self.client(), namespace, manifests, &params().dry_run()).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) => Err(status.message),
            Err(error) => panic!("{error}, trying:\n{manifests}"),
        }
    }

    /// Deletes what the manifests name, and does not wait. What does not exist
    /// counts as deleted.
    pub async fn delete(&self, namespace: &str, manifests: &str) {
        let client = self.client();
        for object in parse(manifests) {
            let api = api_of(&client, namespace, &object).await.expect("the kind is known");
            match api.delete(&object.name_any(), &DeleteParams::default()).await {
                Ok(_) => {}
                Err(kube::Error::Api(status)) if status.is_not_found() => {}
                Err(error) => panic!("{error}, deleting:\n{manifests}"),
            }
        }
    }

    /// As [`Self::delete`], and waits until all have gone.
    pub async fn delete_and_wait(&self, namespace: &str, manifests: &str) {
        self.delete(namespace, manifests).await;
        let client = self.client();
        for object in parse(manifests) {
            let api = api_of(&client, namespace, &object).await.expect("the kind is known");
            let name = object.name_any();
            wait_until(PATIENCE, &format!("{name} has gone"), async || {
                let found = api.get_opt(&name).await.expect("it can be read");
                found.is_none().then_some(())
            })
            .await;
        }
    }

    /// Applies the generated CRDs, once per process, and waits until the API
    /// server serves them.
    pub async fn install_crds(&self) {
        self.crds
            .get_or_init(async || {
                let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
                self.install_crds_from(&directory).await;
                self.recorder.watch_kinds().await;
            })
            .await;
    }

    /// Applies the CRDs in `*.yaml` of a directory, and waits until the API
    /// server serves them. The kustomization beside them is for people.
    pub async fn install_crds_from(&self, directory: &Path) {
        let mut paths: Vec<_> = std::fs::read_dir(directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
            .map(|entry| entry.expect("a directory can be listed").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
            .filter(|path| !path.ends_with("kustomization.yaml"))
            .collect();
        paths.sort();
        let mut definitions = Vec::new();
        for path in paths {
            let manifest = std::fs::read_to_string(&path).expect("a CRD can be read");
            definitions.extend(self.apply("", &manifest).await.iter().filter_map(definition));
        }
        for definition in &definitions {
            self.serves(definition).await;
        }
    }
}

/// The object, where it is a CRD.
fn definition(object: &DynamicObject) -> Option<CustomResourceDefinition> {
    let whole = serde_json::to_value(object).expect("an object is JSON");
    (whole["kind"] == "CustomResourceDefinition").then(|| serde_json::from_value(whole).expect("a CRD"))
}

fn params() -> PatchParams {
    PatchParams::apply(FIELD_MANAGER).force()
}

/// Applies manifests with any client and parameters.
pub async fn apply_as(
    client: &Client,
    namespace: &str,
    manifests: &str,
    params: &PatchParams,
) -> kube::Result<Vec<DynamicObject>> {
    let mut applied = Vec::new();
    for object in parse(manifests) {
        let api = api_of(client, namespace, &object).await?;
        let name = object.name_any();
        applied.push(api.patch(&name, params, &Patch::Apply(object)).await?);
    }
    Ok(applied)
}

/// The objects in a stream of documents, with lists taken apart.
fn parse(manifests: &str) -> Vec<DynamicObject> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(manifests)
        .unwrap_or_else(|error| panic!("{error}, reading:\n{manifests}"));
    documents
        .into_iter()
        .filter(|document| !document.is_null())
        .flat_map(|mut document| match document["kind"].as_str() {
            Some(kind) if kind.ends_with("List") && document["items"].is_array() => {
                serde_json::from_value(document["items"].take()).expect("an array")
            }
            _ => vec![document],
        })
        .map(|object| {
            serde_json::from_value(object).unwrap_or_else(|error| panic!("{error}, reading:\n{manifests}"))
        })
        .collect()
}

async fn api_of(
    client: &Client,
    namespace: &str,
    object: &DynamicObject,
) -> kube::Result<Api<DynamicObject>> {
    let types = object.types.as_ref().expect("a manifest says its kind");
    let kind = GroupVersionKind::try_from(types).expect("an apiVersion is group/version");
    let (resource, capabilities) = discovery::pinned_kind(client, &kind).await?;
    Ok(match capabilities.scope {
        Scope::Cluster => Api::all_with(client.clone(), &resource),
        Scope::Namespaced => {
            let namespace = object.metadata.namespace.as_deref().unwrap_or(namespace);
            Api::namespaced_with(client.clone(), namespace, &resource)
        }
    })
}
