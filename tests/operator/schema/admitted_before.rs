//! An object that an older, laxer schema admitted can still be let go of.

use crate::support::cluster::Cluster;
use crate::support::wait::{PATIENCE, wait_until};
use kube::api::{ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::{Api, ResourceExt};
use orgkeeper::api::{crd, finalizer};
use serde_json::{Value, json};

/// The definitions under a group of their own: the shared ones must not change under other tests.
const GROUP: &str = "before.test.orgkeeper.dev";

fn definitions() -> Vec<Value> {
    crd::all()
        .iter()
        .map(|crd| {
            let mut definition = serde_json::to_value(crd).unwrap();
            let plural = definition["spec"]["names"]["plural"].as_str().unwrap().to_owned();
            definition["spec"]["group"] = json!(GROUP);
            definition["metadata"]["name"] = json!(format!("{plural}.{GROUP}"));
            // Categories and short names would make what people type ambiguous.
            definition["spec"]["names"]["categories"] = json!([]);
            definition["spec"]["names"]["shortNames"] = json!([]);
            definition
        })
        .collect()
}

/// The same, with a spec that admits anything.
fn lax(mut definition: Value) -> Value {
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"] =
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    definition
}

async fn install(cluster: &Cluster, definition: &Value) {
    cluster.apply("", &definition.to_string()).await;
}

async fn create(api: &Api<DynamicObject>, resource: &ApiResource, name: &str) -> kube::Result<DynamicObject> {
    let mut object = DynamicObject::new(name, resource).data(json!({"spec": {
        "name": "12345",
        "organizationId": "not a number",
        "organizationRef": {"name": "Not A Name", "id": 7},
        "adopt": {"policy": "Never", "id": "pu-1"},
        "slackNotificationChannels": [{}],
        "connection": {"endpoint": "nowhere", "contract": "Beta"},
        "resyncInterval": "soon",
        "allowed": "everybody",
    }}));
    object.finalizers_mut().push(finalizer::OBJECT.to_owned());
    api.create(&PostParams::default(), &object).await
}

#[tokio::test]
async fn its_finalizer_can_be_removed() {
    let cluster = Cluster::shared().await;
    let namespace = cluster.namespace("schema").await;
    for definition in definitions() {
        let kind = definition["spec"]["names"]["kind"].as_str().unwrap();
        let plural = definition["spec"]["names"]["plural"].as_str().unwrap();
        let resource =
            ApiResource::from_gvk_with_plural(&GroupVersionKind::gvk(GROUP, "v1alpha1", kind), plural);
        let api: Api<DynamicObject> = Api::namespaced_with(cluster.client(), &namespace, &resource);

        install(cluster, &lax(definition.clone())).await;
        wait_until(PATIENCE, "the lax definition is served", async || {
            create(&api, &resource, "old").await.ok()
        })
        .await;
        install(cluster, &definition).await;
        let attempt = |number: usize| format!("new-{number}");
        let mut attempts = 0;
        wait_until(PATIENCE, "the strict definition is served", async || {
            attempts += 1;
            create(&api, &resource, &attempt(attempts)).await.is_err().then_some(())
        })
        .await;

        let status = Patch::Merge(json!({"status": {"observedGeneration": 1}}));
        api.patch_status("old", &PatchParams::default(), &status).await.unwrap();
        let label = Patch::Merge(json!({"metadata": {"labels": {"seen": "yes"}}}));
        api.patch("old", &PatchParams::default(), &label).await.unwrap();

        for name in (1..attempts).map(attempt).chain(["old".to_owned()]) {
            api.delete(&name, &DeleteParams::default()).await.unwrap();
            let free = Patch::Merge(json!({"metadata": {"finalizers": null}}));
            api.patch(&name, &PatchParams::default(), &free).await.unwrap();
            wait_until(PATIENCE, "the object has gone", async || {
                api.get_opt(&name).await.unwrap().is_none().then_some(())
            })
            .await;
        }
    }
}
